"""Theta (Assimakopoulos and Nikolopoulos, 2000), the plain method that won the M3 competition.

Simple exponential smoothing with half the slope of a straight line through the series as drift, as Hyndman and Billah
(2003) showed it to be; seasons are taken out before and put back after.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shopsight.engines.forecast.panel import Panel, Values, lay_out
from shopsight.engines.forecast.season import take_out
from shopsight.engines.record import Record

ALPHAS = np.linspace(0.05, 1, 20)


class Theta:
    """Level by smoothing, drift by half the straight line's slope."""

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
        panel, season = take_out(lay_out(histories, steps), periods, steps)
        alpha, level = _level(panel)
        ahead = np.arange(steps) + ((1 - (1 - alpha) ** panel.lengths) / alpha)[:, None]
        return level[:, None] + _slope(panel)[:, None] / 2 * ahead + season


def _level(panel: Panel) -> tuple[Values, Values]:
    """The smoothing weight with the least squared one-step error, and the level at the end, `(N,)` each."""
    from scipy.signal import lfilter

    moves = panel.values - panel.values[:, :1]
    squares, levels = [], []
    for alpha in ALPHAS:
        errors = lfilter([1.0, -1.0], [1.0, alpha - 1], moves, axis=1)
        squares.append((errors**2).sum(1))
        levels.append(panel.last - (1 - alpha) * errors[:, -1])
    best = np.argmin(squares, axis=0)
    return ALPHAS[best], np.array(levels)[best, np.arange(len(best))]


def _slope(panel: Panel) -> Values:
    """`(N,)` the slope of a straight line through each series; 0 for a single point."""
    time = np.where(panel.known, np.arange(panel.values.shape[1]), 0.0)
    count = panel.lengths
    time = np.where(panel.known, time - (time.sum(1) / count)[:, None], 0.0)
    return np.asarray((time * panel.values).sum(1) / np.maximum((time**2).sum(1), 1e-12))
