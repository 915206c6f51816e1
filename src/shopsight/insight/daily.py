"""A KPI as a row of days without holes in the calendar, and what a calendar says of each day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from shopsight.types import Kpi, KpiDay

Values = NDArray[np.float64]
WEEK, YEAR = 7, 365.25


@dataclass(frozen=True, slots=True)
class Series:
    """One number a day from `first` on, NaN where nothing is known of the day."""

    first: date
    values: Values

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=i) for i in range(len(self.values))]

    @property
    def known(self) -> int:
        return int(np.isfinite(self.values).sum())

    def after(self, steps: int) -> list[date]:
        """The days that come next."""
        return [self.first + timedelta(days=len(self.values) + i) for i in range(steps)]


def read_series(rows: Sequence[KpiDay], kpi: Kpi, open_days: Collection[date] = ()) -> Series | None:
    """The KPI day by day, numerator out of denominator; None without rows.

    A day without a denominator is a gap, and so is a day that is missing: nobody knows whether nothing happened or
    nothing was counted. Only for a KPI that counts per day, `open_days` are those on which others were counted: on
    these it was 0.
    """
    by_day: dict[date, list[float]] = {}
    for row in rows:
        counted = by_day.setdefault(row.day, [0.0, 0.0])
        counted[0] += row.numerator
        counted[1] = counted[1] + row.denominator if kpi.out_of else 1.0
    silent = set() if kpi.out_of else set(open_days) - set(by_day)
    if not by_day:
        return None
    first, last = min(by_day), max([*by_day, *silent])
    values = np.full((last - first).days + 1, np.nan)
    for day, (counted_up, out_of) in by_day.items():
        if out_of > 0:
            values[(day - first).days] = counted_up / out_of
    for day in silent:
        if day > first:
            values[(day - first).days] = 0.0
    return Series(first, values)


def calendar(series: Series, steps: int) -> Values:
    """`(T + steps, D)`: six weekdays, the first three days of a month, and a year's waves once two years were seen."""
    days = [*series.days, *series.after(steps)]
    weekdays = np.array([day.weekday() for day in days])
    columns = [(weekdays == weekday).astype(float) for weekday in range(1, 7)]
    columns.append(np.array([day.day <= 3 for day in days], float))
    if len(series.values) >= 2 * YEAR:
        turn = 2 * np.pi * np.array([day.timetuple().tm_yday for day in days]) / YEAR
        columns += [wave(k * turn) for k in (1, 2) for wave in (np.sin, np.cos)]
    return np.stack(columns, 1)


def periods_of(series: Series) -> tuple[int, ...]:
    """After how many days things repeat: a week, and a year once two were seen."""
    return (WEEK, round(YEAR)) if len(series.values) >= 2 * YEAR else (WEEK,)
