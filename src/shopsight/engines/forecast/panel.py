"""Many series side by side, so that one pass of numpy serves them all; and what is common to each way of forecasting.

A history is `(T,) float64`, oldest first, NaN where a day is missing. Side by side they are right-aligned: the last
column is the last point of every series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Panel:
    """`values` is `(N, T)` without gaps: a gap is bridged by a straight line, the ends go on as they were.

    `known` is `(N, T)`: where a series has begun (its bridged gaps count); `starts` `(N,)` is its first column;
    `lengths` `(N,)` how many points it has.
    """

    values: Values
    known: Mask
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.asarray(self.values.shape[1] - self.starts)

    @property
    def last(self) -> Values:
        return self.values[:, -1]


def lay_out(histories: Sequence[Values], steps: int) -> Panel:
    """The panel of some histories. Raises `BadInput` for one without a single number, and for fewer steps than one."""
    if steps < 1:
        raise BadInput("steps", f"{steps} days ahead cannot be forecast", "Ask for at least 1.")
    bridged = [bridge(history) for history in histories]
    longest = max((len(series) for series in bridged), default=1)
    values = np.zeros((len(bridged), longest))
    starts = np.zeros(len(bridged), np.int64)
    for row, series in enumerate(bridged):
        starts[row] = longest - len(series)
        values[row, starts[row] :] = series
        values[row, : starts[row]] = series[0]
    return Panel(values, np.arange(longest) >= starts[:, None], starts)


def bridge(history: Values) -> Values:
    """The series from its first number on, gaps bridged by straight lines. Raises `BadInput` where there is none."""
    values = np.asarray(history, np.float64)
    if values.ndim != 1 or not np.isfinite(values).any():
        raise BadInput("history", "it holds no number", "Give one row of numbers, NaN where a day is missing.")
    there = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(there[0], len(values)), there, values[there])


def scale_of(panel: Panel, lags: Sequence[int] = (1,)) -> Values:
    """`(N,)` the mean absolute move of each series by the first of these lags by which it moves at all: its own unit.

    Where it moves by none of them, by one step; never 0: a constant series has the unit 1.
    """
    unit = np.zeros(len(panel.values))
    for lag in (*lags, 1):
        if lag < panel.values.shape[1]:
            moves = np.abs(panel.values[:, lag:] - panel.values[:, :-lag])
            inside = panel.known[:, :-lag]
            mean = (moves * inside).sum(1) / np.maximum(inside.sum(1), 1)
            unit = np.where(unit > 0, unit, mean)
    return np.where(unit > 0, unit, 1.0)
