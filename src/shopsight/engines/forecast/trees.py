"""Boosted trees for all series together: how far a series moves in h steps, from how it has moved so far.

One model for every series and step (cross-learning), fitted on absolute errors in each series' own unit, which is what
MASE counts. It sees the latest moves, the distance to recent means, how lively the series is, and what the same stretch
did one, two and three periods ago. With few windows it says what most windows say: hardly any move.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shopsight.engines.forecast.panel import Panel, Values, lay_out, scale_of
from shopsight.engines.record import Record

Seen = NDArray[np.float32]
LATEST = 13
MEANS = (2, 4, 8, 13, 26, 52, 104)
LIVELY = (4, 13, 52)
ROUNDS = 3
WINDOWS, STRIDE = 60, 7
"""The latest windows of each series that are learned from, and how far they lie apart."""
SHORTEST = 14
"""Points before the first window."""
MOST_ROWS = 400_000


class PooledTrees:
    """Gradient boosting on windows of all series that are forecast together."""

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
        """See `Forecaster`. The last of `periods` is the one that is looked back on."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        panel = lay_out(histories, steps)
        if not len(panel.values):
            return np.zeros((0, steps))
        unit, period = scale_of(panel), max(periods, default=1)
        seen, moved = _learn_from(panel, unit, steps, period)
        telling = _tell(seen)
        if not telling.any():
            return np.repeat(panel.last[:, None], steps, 1)
        model = HistGradientBoostingRegressor(
            loss="absolute_error",
            max_iter=150,
            learning_rate=0.08,
            max_leaf_nodes=12,
            min_samples_leaf=300,
            l2_regularization=5,
            early_stopping=False,
            random_state=0,
        ).fit(seen[:, telling], moved)
        now = np.concatenate([_look(s, np.array([len(s)]), steps, period) for s in _series(panel, unit)])
        ahead = model.predict(now.reshape(-1, now.shape[2])[:, telling]).reshape(len(panel.values), steps)
        return panel.last[:, None] + np.asarray(ahead) * unit[:, None]


def _series(panel: Panel, unit: Values) -> list[Values]:
    """Each series without its padding, in its own unit."""
    return [row[start:] / one for row, start, one in zip(panel.values, panel.starts, unit, strict=True)]


def _learn_from(panel: Panel, unit: Values, steps: int, period: int) -> tuple[Seen, NDArray[np.float32]]:
    """What was seen at the end of each window and step, `(rows, features)`, and how far it then moved, `(rows,)`."""
    most = max(1, min(WINDOWS, MOST_ROWS // (steps * len(panel.values))))
    seen, moved = [], []
    for series in _series(panel, unit):
        ends = np.arange(len(series) - steps, SHORTEST - 1, -STRIDE)[:most]
        if len(ends):
            looked = _look(series, ends, steps, period)
            seen.append(looked.reshape(-1, looked.shape[2]))
            moved.append((series[ends[:, None] + np.arange(steps)] - series[ends - 1][:, None]).ravel())
    if not moved:
        return np.zeros((0, 1), np.float32), np.zeros(0, np.float32)
    return np.concatenate(seen), np.concatenate(moved).astype(np.float32)


def _tell(seen: Seen) -> NDArray[np.bool_]:
    """Which features take more than one value."""
    there = ~np.isnan(seen)
    low = np.where(there, seen, np.inf).min(0, initial=np.inf)
    return np.asarray(np.where(there, seen, -np.inf).max(0, initial=-np.inf) > low)


def _look(series: Values, ends: NDArray[np.int64], steps: int, period: int) -> Seen:
    """`(ends, steps, features)` of what is known when the point before each end is the last one; NaN where nothing is.

    Nothing at or after an end is read.
    """
    room = ROUNDS * period + max(steps, max(MEANS)) + 2
    padded = np.concatenate([np.full(room, np.nan), series])
    at = ends + room
    now = padded[at - 1]
    moves = padded[at[:, None] - np.arange(1, LATEST + 1)] - padded[at[:, None] - np.arange(2, LATEST + 2)]
    far = np.stack([now - _mean(padded, at, k) for k in MEANS], 1)
    since = np.stack([now - padded[at - 1 - k] for k in MEANS[:-1]], 1)
    lively = np.stack([_mean(np.abs(np.diff(padded, prepend=np.nan)), at, k) for k in LIVELY], 1)
    apart = np.repeat(np.concatenate([moves, far, since, lively], 1)[:, None], steps, 1)
    ahead = np.arange(steps)
    back = [-(-(steps) // period) * period + k * period for k in range(ROUNDS)]
    again = np.stack([padded[_not_after(at, ahead, k)] - padded[at - 1 - k][:, None] for k in back], 2)
    known = np.maximum((~np.isnan(again)).sum(2, keepdims=True), 1)
    usual = np.where(np.isnan(again).all(2, keepdims=True), np.nan, np.nansum(again, 2, keepdims=True) / known)
    level = padded[_not_after(at, ahead, back[0])][:, :, None] - now[:, None, None]
    step = np.broadcast_to(ahead[None, :, None] + 1.0, (len(ends), steps, 1))
    return np.concatenate([apart, again, usual, level, step], 2).astype(np.float32)


def _not_after(at: NDArray[np.int64], ahead: NDArray[np.int64], back: int) -> NDArray[np.int64]:
    """Where the same step was `back` points earlier."""
    return np.asarray(np.maximum(at[:, None] + ahead - back, 0))


def _mean(padded: Values, at: NDArray[np.int64], width: int) -> Values:
    """The mean of the `width` points before each end, over those that are there."""
    there = np.cumsum(~np.isnan(padded))
    sums = np.cumsum(np.nan_to_num(padded))
    count = there[at - 1] - there[at - 1 - width]
    return np.asarray((sums[at - 1] - sums[at - 1 - width]) / np.maximum(count, 1))
