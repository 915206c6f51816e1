"""KPIs over time: each day stands for the seven days up to it, with their range and the rows behind it.

One day alone says little and follows the weekday; seven are the shortest stretch that holds each weekday once.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TextIO

from shopsight.errors import TooLittleData
from shopsight.insight.readings import estimate_kpi
from shopsight.types import Estimate, Kpi, KpiDay

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue

WINDOW = 7
COLUMNS = (
    "kpi", "day", "numerator", "denominator", "seven_day_value", "low", "high", "rows", "unit", "kind", "simulated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinePoint:
    """A day: what was counted on it, and the KPI over the seven days up to it, none where there is too little."""

    day: date
    numerator: float
    denominator: float
    week: Estimate | None


def kpi_line(
    catalogue: Catalogue, kpi: Kpi, since: date | None = None, until: date | None = None
) -> tuple[LinePoint, ...]:
    """The KPI of the shop day by day; days of which nothing is known are left out."""
    before = since - timedelta(days=WINDOW - 1) if since else None
    points = line_of(kpi, catalogue.daily(kpi.name, since=before, until=until))
    return tuple(point for point in points if since is None or point.day >= since)


def line_of(kpi: Kpi, rows: Sequence[KpiDay]) -> list[LinePoint]:
    """The same from rows in the order of their days, one a day.

    >>> from shopsight.kpis import KPIS
    >>> days = [KpiDay(date(2026, 3, day), "", 30, 1000) for day in range(1, 15)]
    >>> [point.week.rows for point in line_of(KPIS["click_through"], days)][::6]
    [1000, 7000, 7000]
    """
    points, first = [], 0
    for place, row in enumerate(rows):
        while (row.day - rows[first].day).days >= WINDOW:
            first += 1
        points.append(LinePoint(row.day, row.numerator, row.denominator, _week(kpi, rows[first : place + 1])))
    return points


def _week(kpi: Kpi, rows: Sequence[KpiDay]) -> Estimate | None:
    try:
        return estimate_kpi(kpi, rows)
    except TooLittleData:
        return None


def write_lines(lines: Sequence[tuple[Kpi, Sequence[LinePoint], bool]], file: TextIO) -> None:
    """All lines as one table; the flag says whether any of a line is simulated."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for kpi, points, simulated in lines:
        for point in points:
            one = point.week
            week = (
                (one.value, one.low, one.high, one.rows, kpi.unit, one.kind) if one else ("", "", "", "", kpi.unit, "")
            )
            writer.writerow((kpi.name, point.day.isoformat(), point.numerator, point.denominator, *week, simulated))
