"""What a KPI will be: the way that would have done best so far goes on, with ranges from the errors it made.

`foresee` answers for a shop's daily KPI; `what_if` gives the same forecast with other picture factors. What comes out
is *predicted*: a model's word about days to come, never the effect of a picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput, TooLittleData
from shopsight.insight.backtest import Backtest, backtest, offsets_for
from shopsight.insight.daily import Series, calendar, periods_of
from shopsight.insight.ranges import half_widths
from shopsight.protocols import Forecaster
from shopsight.types import Estimate, Kpi

Values = NDArray[np.float64]
FLOOR = "seasonal-naive"
"""The way that every other is compared with."""
WITH_FACTORS = "regression"
LEAST_DAYS = 5
"""Known days below which nothing is forecast."""
LEAST_FACTOR_DAYS = 30
"""Known days below which no picture factor is believed to move anything."""
DAYS_PER_FACTOR = 20
MOST_DAYS = 366
BLOCKS = 12
"""Stretches of days that are left out in turn to see how sure an effect is."""
CLOSE_CALL = 0.98
"""A way must beat seasonal naive by this much to take its place: less is chance."""


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """One day to come: the value with its 95 % range in `estimate`, its 80 % range in `low_80` and `high_80`."""

    day: date
    estimate: Estimate
    low_80: float
    high_80: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days to come, the past they go on from, and how good this way was before.

    `error` is the mean absolute error of `method` at earlier days, `naive_error` that of "as it was a week ago", and
    `tried` has every way's. They are NaN where the past is too short to try. `gaps` counts the days nobody counted.
    """

    kpi: str
    sku: str
    unit: str
    days: tuple[ForecastDay, ...]
    past: tuple[tuple[date, float | None], ...]
    method: str
    error: float
    naive_error: float
    tried: Mapping[str, float]
    gaps: int
    factors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The same forecast before and after a change of picture factors; `difference` is what it moves a day by."""

    changes: Mapping[str, float]
    before: Forecast
    after: Forecast
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Factors:
    """Mean picture factors day by day: `values` `(T, F)`, NaN where nothing is known, columns named by `names`."""

    names: tuple[str, ...]
    values: Values
    spans: Mapping[str, float] = field(default_factory=dict)


def foresee(
    series: Series,
    kpi: Kpi,
    steps: int,
    forecasters: Mapping[str, Forecaster],
    *,
    factors: Factors | None = None,
    sku: str = "",
) -> Forecast:
    """The KPI for the next `steps` days, by the way that erred least at earlier days.

    `forecasters` are the ways by name, `FLOOR` among them. With `factors` only those that heed them take part beside
    it. Raises `TooLittleData` below `LEAST_DAYS` known days, `BadInput` for a number of days that is none.
    """
    check(series, kpi, steps)
    drivers, used = _drivers(series, steps, factors)
    if factors is not None:
        forecasters = {n: f for n, f in forecasters.items() if f.heeds_drivers or n == FLOOR}
    return _foresee(series, kpi, steps, forecasters, drivers, used, sku)


def what_if(
    series: Series,
    kpi: Kpi,
    steps: int,
    forecaster: Forecaster,
    factors: Factors,
    changes: Mapping[str, float],
    *,
    floor: Forecaster,
    sku: str = "",
) -> WhatIf:
    """The forecast with picture factors shifted by `changes` (in each factor's unit) on all days ahead.

    How sure the difference is comes from leaving out stretches of days in turn (the delete-a-block jackknife, which
    respects that days resemble their neighbours). Raises `BadInput` for an unknown factor, `TooLittleData` for one that
    never varied or for fewer than `LEAST_FACTOR_DAYS` known days.
    """
    check(series, kpi, steps)
    _check_changes(series, factors, changes)
    drivers, used = _drivers(series, steps, factors, tuple(changes))
    before = _foresee(series, kpi, steps, {WITH_FACTORS: forecaster, FLOOR: floor}, drivers, used, sku, WITH_FACTORS)
    changed = drivers.copy()
    for name, shift in changes.items():
        changed[len(series.values) :, _column(used, name, drivers)] += shift
    moved = _moved(series, steps, forecaster, drivers, changed)
    difference = Estimate(moved[0], moved[0] - moved[1], moved[0] + moved[1], series.known, "predicted")
    after = replace(before, days=tuple(_shift(day, difference, kpi) for day in before.days))
    notes = _beyond(factors, changes)
    return WhatIf(dict(changes), before, replace(after, notes=(*after.notes, *notes)), difference)


def check(series: Series, kpi: Kpi, steps: int) -> None:
    """Raises what `foresee` raises."""
    if not 1 <= steps <= MOST_DAYS:
        raise BadInput(f"{steps} days", "that many days cannot be forecast", f"Ask for 1 to {MOST_DAYS} days.")
    if series.known < LEAST_DAYS:
        reason = f"{series.known} days are known, {LEAST_DAYS} are needed"
        raise TooLittleData(f"forecast of {kpi.name}", reason, "Import more days of events or a daily table.")


def _foresee(
    series: Series,
    kpi: Kpi,
    steps: int,
    forecasters: Mapping[str, Forecaster],
    drivers: Values,
    used: tuple[str, ...],
    sku: str,
    forced: str = "",
) -> Forecast:
    histories, periods = [series.values], periods_of(series)
    offsets = offsets_for(len(series.values), steps)
    tests = {n: backtest(f, histories, steps, periods, offsets, [drivers]) for n, f in forecasters.items()}
    method = forced or choose(tests)
    said = forecasters[method].forecast(histories, steps, periods, [drivers])[0]
    unit = np.array([_unit(series.values)])
    wide, narrow = (half_widths(tests[method].errors, unit, level)[0] for level in (0.95, 0.80))
    days = zip(series.after(steps), said, wide, np.minimum(narrow, wide), strict=True)
    return Forecast(
        kpi=kpi.name,
        sku=sku,
        unit=kpi.unit,
        days=tuple(_day(day, value, far, near, series.known, kpi) for day, value, far, near in days),
        past=tuple((d, float(v) if np.isfinite(v) else None) for d, v in zip(series.days, series.values, strict=True)),
        method=method,
        error=tests[method].error,
        naive_error=tests[FLOOR].error,
        tried={name: test.error for name, test in tests.items()},
        gaps=len(series.values) - series.known,
        factors=used,
        notes=_notes(series, tests[method]),
    )


def choose(tests: Mapping[str, Backtest]) -> str:
    """The way that erred least; the floor where none is clearly better, or nothing could be tried."""
    floor = tests[FLOOR].error
    known = {name: test.error for name, test in tests.items() if math.isfinite(test.error)}
    best = min(known, key=lambda name: known[name], default=FLOOR)
    return best if math.isfinite(floor) and known[best] < CLOSE_CALL * floor else FLOOR


def _unit(values: Values) -> float:
    """The size of the series' daily moves; its own size where it never moves; never 0."""
    known = values[np.isfinite(values)]
    moves = np.abs(np.diff(known))
    return float(moves.mean()) or float(np.abs(known).mean()) * 1e-3 or 1e-9


def _day(day: date, value: float, far: float, near: float, rows: int, kpi: Kpi) -> ForecastDay:
    value = _within(value, kpi)
    estimate = Estimate(value, _within(value - far, kpi), _within(value + far, kpi), rows, "predicted")
    return ForecastDay(day, estimate, _within(value - near, kpi), _within(value + near, kpi))


def _shift(day: ForecastDay, by: Estimate, kpi: Kpi) -> ForecastDay:
    """The day moved by the difference; its ranges are wider by how unsure the difference is."""
    unsure, old = (by.high - by.low) / 2, day.estimate
    value = _within(old.value + by.value, kpi)
    far = math.hypot((old.high - old.low) / 2, unsure)
    near = math.hypot((day.high_80 - day.low_80) / 2, unsure * 0.65)
    return _day(day.day, value, far, near, old.rows, kpi)


def _within(value: float, kpi: Kpi) -> float:
    """No KPI is below 0, no share above 1."""
    return float(min(max(value, 0.0), 1.0 if kpi.unit == "share" else math.inf))


def _notes(series: Series, test: Backtest) -> tuple[str, ...]:
    notes = []
    if series.known < 28:
        notes.append(f"Only {series.known} days are known: the week is hardly seen, and the ranges are wide for it.")
    if not math.isfinite(test.error):
        notes.append("The past is too short to try anything on it: the ranges are a guess by Student's t.")
    if series.known < 0.8 * len(series.values):
        notes.append(f"{len(series.values) - series.known} of {len(series.values)} days were not counted.")
    return tuple(notes)


def _drivers(
    series: Series, steps: int, factors: Factors | None, wanted: Sequence[str] = ()
) -> tuple[Values, tuple[str, ...]]:
    """Calendar columns first, then the factors that are used; these go on as they were in the last week."""
    days = calendar(series, steps)
    if factors is None:
        return days, ()
    if len(factors.values) != len(series.values):
        raise BadInput("factors", "they have not one row for every day", "Give a row a day, NaN where none is known.")
    used = tuple(wanted) or _most_varied(factors, series.known)
    columns = [_go_on(factors.values[:, factors.names.index(name)], steps) for name in used]
    return np.column_stack([days, *columns]), used


def _most_varied(factors: Factors, known: int) -> tuple[str, ...]:
    """The factors that varied most in their own span, one per so many days; the KPI is not looked at."""
    spread = {n: _spread(factors.values[:, i]) / factors.spans.get(n, 1.0) for i, n in enumerate(factors.names)}
    varied = sorted((name for name in spread if spread[name] > 0), key=lambda name: -spread[name])
    if not varied or known < LEAST_FACTOR_DAYS:
        reason = f"no picture factor varied over {known} days" if not varied else f"only {known} days are known"
        cure = f"Change photos over at least {LEAST_FACTOR_DAYS} days, or leave the factors out."
        raise TooLittleData("picture factors", reason, cure)
    return tuple(varied[: max(1, known // DAYS_PER_FACTOR)])


def _spread(column: Values) -> float:
    known = column[np.isfinite(column)]
    spread = float(known.std()) if len(known) else 0.0
    return spread if spread > 1e-9 * (1 + float(np.abs(known).max(initial=0))) else 0.0


def _go_on(column: Values, steps: int) -> Values:
    """A factor for every day: gaps bridged, ahead as the mean of its last week."""
    known = np.flatnonzero(np.isfinite(column))
    if not len(known):
        return np.zeros(len(column) + steps)
    whole = np.interp(np.arange(len(column)), known, column[known])
    return np.concatenate([whole, np.full(steps, whole[-7:].mean())])


def _column(used: tuple[str, ...], name: str, drivers: Values) -> int:
    return int(drivers.shape[1]) - len(used) + used.index(name)


def _check_changes(series: Series, factors: Factors, changes: Mapping[str, float]) -> None:
    if not changes:
        raise BadInput("what-if", "no picture factor is changed", "Name one and by how much, such as brightness=+10.")
    for name, shift in changes.items():
        if name not in factors.names:
            raise BadInput(
                f"factor {name[:40]}", "there is none of that name", f"Use one of {', '.join(factors.names)}."
            )
        if not math.isfinite(shift):
            raise BadInput(f"factor {name}", "the change is no number", "Say by how much, such as +10.")
        if not _spread(factors.values[:, factors.names.index(name)]):
            cure = "Change photos first, or run an experiment: only what varied can be learned from."
            raise TooLittleData(f"factor {name}", "it never varied in this time", cure)
    if series.known < LEAST_FACTOR_DAYS:
        reason = f"{series.known} days are known, {LEAST_FACTOR_DAYS} are needed"
        raise TooLittleData("what-if", reason, "Collect more days.")


def _moved(series: Series, steps: int, forecaster: Forecaster, drivers: Values, changed: Values) -> tuple[float, float]:
    """The mean move a day, and half its 95 % range by the delete-a-block jackknife."""
    from scipy.stats import t as student

    pasts = [series.values]
    for block in np.array_split(np.arange(len(series.values)), BLOCKS):
        left = series.values.copy()
        left[block] = np.nan
        if np.isfinite(left).any():
            pasts.append(left)
    # A way that heeds drivers looks at each series alone, so that all can be asked in one go.
    both = [*[changed] * len(pasts), *[drivers] * len(pasts)]
    said = forecaster.forecast([*pasts, *pasts], steps, periods_of(series), both).mean(1)
    whole, *parts = said[: len(pasts)] - said[len(pasts) :]
    spread = math.sqrt((len(parts) - 1) / len(parts) * float(((np.array(parts) - np.mean(parts)) ** 2).sum()))
    return float(whole), spread * float(student.ppf(0.975, len(parts) - 1))


def _beyond(factors: Factors, changes: Mapping[str, float]) -> tuple[str, ...]:
    """A word on each change that leads where no photo of this shop has been."""
    notes = []
    for name, shift in changes.items():
        column = factors.values[:, factors.names.index(name)]
        known = column[np.isfinite(column)]
        goes_to = float(_go_on(column, 1)[-1]) + shift
        if not known.min() <= goes_to <= known.max():
            notes.append(
                f"{name} would go to {goes_to:.3g}; so far it was between {known.min():.3g} and {known.max():.3g}."
            )
    return tuple(notes)
