"""What repeats: the part of a series that comes back every week or year, taken out before and put back after.

The classical decomposition (a centred moving average of one period, then the mean of what is left by place in the
period) with two changes: recent periods count more, and what may be chance is shrunk towards nothing, by the ratio of
the spread within a place to the spread between places (James and Stein, 1961). No test, no threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shopsight.engines.forecast.panel import Panel, Values

HALF_LIFE = 6.0
"""After so many periods a season counts half."""


def take_out(panel: Panel, periods: Sequence[int], steps: int) -> tuple[Panel, Values]:
    """The panel without its seasons, and `(N, steps)` what they will add. A period needs two full rounds to count."""
    values, ahead = panel.values, np.zeros((len(panel.values), steps))
    for period in sorted(set(periods)):
        if 2 <= period <= values.shape[1] // 2:
            profile = _profile(values, panel.starts, period)
            # Place 0 is the one right after the last point, so the first column's is minus the length.
            places = (np.arange(values.shape[1]) - values.shape[1]) % period
            values = values - profile[:, places] * panel.known
            ahead += profile[:, np.arange(steps) % period]
    first = np.take_along_axis(values, panel.starts[:, None], 1)
    return replace(panel, values=np.where(panel.known, values, first)), ahead


def _profile(values: Values, starts: NDArray[np.int64], period: int) -> Values:
    """`(N, period)`: what each place adds; column 0 is the place right after the last point."""
    rounds = values.shape[1] // period
    cut = values[:, values.shape[1] - rounds * period :]
    begun = np.arange(cut.shape[1]) + values.shape[1] - cut.shape[1] >= starts[:, None]
    left = np.where(begun, cut - _trend(cut, period), np.nan).reshape(len(values), rounds, period)
    weights = np.where(np.isnan(left), 0.0, 0.5 ** (np.arange(rounds)[::-1] / HALF_LIFE)[None, :, None])
    total = np.maximum(weights.sum(1), 1e-12)
    mean = (weights * np.nan_to_num(left)).sum(1) / total
    within = (weights * np.nan_to_num(left - mean[:, None]) ** 2).sum(1) / total
    effective = total**2 / np.maximum((weights**2).sum(1), 1e-12)
    chance = (within / np.maximum(effective - 1, 0.5)).mean(1)
    between = mean.var(1)
    # A series that has not seen two rounds says nothing about what repeats.
    enough = values.shape[1] - starts >= 2 * period
    tells = enough & (between > chance)
    kept = np.where(tells, 1 - np.divide(chance, between, out=np.ones_like(chance), where=tells), 0.0)
    return np.asarray((mean - mean.mean(1, keepdims=True)) * kept[:, None])


def _trend(values: Values, period: int) -> Values:
    """The centred moving average of one period; where it does not reach, the nearest one goes on."""
    even = period % 2 == 0
    width = period + even
    half = width // 2
    if width > values.shape[1]:
        return np.repeat(values.mean(1, keepdims=True), values.shape[1], 1)
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    middle = sums[:, width:] - sums[:, :-width]
    if even:
        middle = middle - 0.5 * (values[:, : middle.shape[1]] + values[:, width - 1 :])
    return np.pad(middle / period, ((0, 0), (half, values.shape[1] - half - middle.shape[1])), mode="edge")
