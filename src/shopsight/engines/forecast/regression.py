"""What moves with what: regression on drivers (the calendar, picture factors), with errors that remember.

Least squares on differences y[t] - rho y[t-1] (Cochrane and Orcutt, 1949), where rho is the memory of the errors, found
by turns. Missing days are left out, not filled in. What the drivers do not explain goes on by damped smoothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shopsight.engines.forecast.ets import smooth
from shopsight.engines.forecast.panel import Values, lay_out
from shopsight.engines.forecast.season import take_out
from shopsight.engines.record import Record
from shopsight.errors import BadInput

TURNS = 8
MOST_MEMORY = 0.98
PENALTY = 0.5
"""Of one row per standardised driver: enough to keep twins from running apart, next to nothing with a month of days."""


class Regression:
    """Linear in its drivers, one model a series; without drivers it is smoothing alone."""

    heeds_drivers = True

    def __init__(self, record: Record, **options: object) -> None:
        self.record = record

    def forecast(
        self,
        histories: Sequence[Values],
        steps: int,
        periods: Sequence[int] = (),
        drivers: Sequence[Values] | None = None,
    ) -> Values:
        """See `Forecaster`. Drivers are `(T + steps, D)` a series. Raises `BadInput` for drivers of another length."""
        lay_out(histories, steps)
        if drivers is None:
            drivers = [np.zeros((len(history) + steps, 0)) for history in histories]
        if not histories:
            return np.zeros((0, steps))
        explained = [_explained(h, d, steps) for h, d in zip(histories, drivers, strict=True)]
        left = [np.asarray(h, np.float64) - known[: len(h)] for h, known in zip(histories, explained, strict=True)]
        panel, season = take_out(lay_out(left, steps), periods, steps)
        return np.asarray(smooth(panel, steps) + season + np.array([known[-steps:] for known in explained]))


def _explained(history: Values, drivers: Values, steps: int) -> Values:
    """`(T + steps,)` what the drivers explain of every day. Raises `BadInput` where they do not fit the days."""
    if drivers.ndim != 2 or len(drivers) != len(history) + steps or not np.isfinite(drivers).all():
        reason = f"{len(history)} days and {steps} ahead need {len(history) + steps} rows of numbers"
        raise BadInput("drivers", reason, "Give a row of numbers for every day, known and ahead.")
    return np.asarray(drivers @ explain(history, drivers[: len(history)]))


def explain(history: Values, drivers: Values) -> Values:
    """`(D,)` how much one unit of each driver moves the series; 0 for a driver that never varied."""
    known = np.isfinite(history)
    pairs = known[1:] & known[:-1]
    spread = drivers[known].std(0) if known.any() else np.zeros(drivers.shape[1])
    varied = spread > 1e-9 * (1 + np.abs(drivers).max(0, initial=0))
    effects = np.zeros(drivers.shape[1])
    if not varied.any() or pairs.sum() < 4:
        return effects
    y = np.where(known, history, 0.0)
    x = (drivers[:, varied] - drivers[known][:, varied].mean(0)) / spread[varied]
    memory, slopes = 0.0, np.zeros(x.shape[1])
    for _ in range(TURNS):
        x_moves = (x[1:] - memory * x[:-1])[pairs]
        y_moves = (y[1:] - memory * y[:-1])[pairs]
        x_moves, y_moves = x_moves - x_moves.mean(0), y_moves - y_moves.mean()
        squares = x_moves.T @ x_moves + PENALTY * (1 - memory) ** 2 * np.eye(x.shape[1]) + 1e-9 * np.eye(x.shape[1])
        slopes = np.linalg.solve(squares, x_moves.T @ y_moves)
        errors = y - x @ slopes
        errors = errors - errors[known].mean()
        old, new = errors[:-1][pairs], errors[1:][pairs]
        memory = float(np.clip(old @ new / max(old @ old, 1e-300), 0, MOST_MEMORY))
    effects[varied] = slopes / spread[varied]
    return effects
