"""One autoregression for all series together: what follows on what, learned from each and used for every one.

A linear model of the next value on the last ones, fitted over all series at once and applied step by step. With many
series it beats one model each (Montero-Manso and Hyndman, 2021, "Principles and algorithms for forecasting groups of
time series"). Every window is seen relative to its own mean and in the series' own unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shopsight.engines.forecast.panel import Panel, Values, lay_out, scale_of
from shopsight.engines.record import Record

EXTRA_LAGS = 4
ROUNDS = 20
"""Rounds of a period that make the moves between them well known."""
SHORTEST, LONGEST = 8, 400
"""Lags looked at: two of the longest period, at least `SHORTEST` and never more than `LONGEST`."""
MOST_WINDOWS = 800
"""The latest windows of each series that are learned from."""
PENALTY = 1e-5
"""Of the mean square of the inputs."""


class PooledLags:
    """A ridge autoregression shared by all series that are forecast together."""

    heeds_drivers = False

    def __init__(self, record: Record, **options: object) -> None:
        self.record = record

    def forecast(
        self,
        histories: Sequence[Values],
        steps: int,
        periods: Sequence[int] = (),
        drivers: Sequence[Values] | None = None,
    ) -> Values:
        """See `Forecaster`."""
        panel = lay_out(histories, steps)
        if not len(panel.values):
            return np.zeros((0, steps))
        unit, lags = _unit(panel, periods)[:, None], _lags(panel, periods)
        values = panel.values / unit
        learned = _learn(values, panel.starts, lags)
        window = np.concatenate([np.repeat(values[:, :1], max(0, lags - values.shape[1]), 1), values], 1)[:, -lags:]
        low, high = values.min(1), values.max(1)
        reach = high - low
        said = np.empty((len(values), steps))
        for step in range(steps):
            middle = window.mean(1)
            # An autoregression may run away; nothing goes further out than the series ever reached, twice over.
            said[:, step] = np.clip((window - middle[:, None]) @ learned + middle, low - reach, high + reach)
            window = np.concatenate([window[:, 1:], said[:, step : step + 1]], 1)
        return said * unit


def _unit(panel: Panel, periods: Sequence[int]) -> Values:
    """`(N,)` the size of the moves from one period to the next where that is well known, else by one step."""
    rounds = np.median(panel.lengths) / periods[0] if periods else 0
    return scale_of(panel, lags=periods[:1] if rounds >= ROUNDS else (1,))


def _lags(panel: Panel, periods: Sequence[int]) -> int:
    wanted = min(LONGEST, max(SHORTEST, 2 * max(periods, default=2) + EXTRA_LAGS))
    # Half of a typical series at most, so that there is something to learn from.
    return max(1, min(wanted, int(np.median(panel.lengths)) // 2))


def _learn(values: Values, starts: NDArray[np.int64], lags: int) -> Values:
    """`(lags,)` the weights, oldest first."""
    squares, products = np.zeros((lags, lags)), np.zeros(lags)
    for row, start in zip(values, starts, strict=True):
        series = row[start:]
        if len(series) > lags:
            windows = np.lib.stride_tricks.sliding_window_view(series, lags + 1)[-MOST_WINDOWS:]
            middle = windows[:, :lags].mean(1, keepdims=True)
            seen = windows[:, :lags] - middle
            squares += seen.T @ seen
            products += seen.T @ (windows[:, lags] - middle[:, 0])
    # The windows' own mean is taken out, so the squares are singular without a penalty.
    penalty = PENALTY * np.trace(squares) / lags + 1e-9
    return np.asarray(np.linalg.solve(squares + penalty * np.eye(lags), products))
