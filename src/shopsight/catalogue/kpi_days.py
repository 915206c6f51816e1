"""KPIs day by day: counted from the events, or taken from daily tables that the shop brought along.

Where a daily table answers for a day it is believed, and that day's events are not added to it: nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, case, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from shopsight.catalogue.products import batches
from shopsight.catalogue.schema import events, kpi_days
from shopsight.errors import BadInput
from shopsight.kpis import KPIS
from shopsight.types import Kpi, KpiDay

EPOCH = date(1970, 1, 1)
By = Literal["", "sku", "photo", "variant"]
KEYS = ("", "sku", "photo", "variant")
KEY_COLUMNS = ("kpi", "day", "sku", "photo", "variant")
MOST = 1e12


@dataclass(frozen=True, slots=True)
class DailyRow:
    """A row of a daily table: `numerator` out of `denominator` on a day (UTC), of what is named, else of the shop."""

    day: date
    kpi: str
    numerator: float
    denominator: float
    sku: str = ""
    photo: str = ""
    variant: str = ""


def kpi_named(name: str) -> Kpi:
    """The KPI of that name. Raises `BadInput` with those there are."""
    if name not in KPIS:
        raise BadInput(f"KPI {name[:40]}", "there is none of that name", f"Use one of {', '.join(KPIS)}")
    return KPIS[name]


def read_days(
    connection: Connection, name: str, sku: str = "", by: By = "", since: date | None = None, until: date | None = None
) -> list[KpiDay]:
    """The KPI's days in order, both ends included; see `Catalogue.daily`."""
    if by not in KEYS:
        raise BadInput(f"by {by}", "days cannot be told apart by that", "Use sku, photo, variant or nothing")
    kpi = kpi_named(name)
    brought = _brought(connection, kpi, sku, by, since, until)
    answered = {row.day for row in brought}
    counted = [row for row in _counted(connection, kpi, sku, by, since, until) if row.day not in answered]
    return sorted(brought + counted, key=lambda row: (row.day, row.key))


def save_days(connection: Connection, rows: Sequence[DailyRow], source: str) -> int:
    """Saves rows of a daily table over what was known of the same KPI, day and thing. Call it in a write transaction.

    Raises `BadInput` for a row that cannot be.
    """
    kept: dict[tuple[str, int, str, str, str], DailyRow] = {}
    for row in rows:
        check_row(row)
        kept[row.kpi, number_of(row.day), row.sku, row.photo, row.variant] = row
    for batch in batches(kept.items()):
        connection.execute(_over_the_old(connection), [_to_row(key, row, source) for key, row in batch])
    return len(kept)


def _to_row(key: tuple[str, int, str, str, str], row: DailyRow, source: str) -> dict[str, Any]:
    named = dict(zip(KEY_COLUMNS, key, strict=True))
    counts = {"numerator": float(row.numerator), "denominator": float(row.denominator)}
    return {**named, **counts, "level": sum(map(bool, key[2:])), "source": source}


def _over_the_old(connection: Connection) -> Any:
    """An insert that replaces what stands under the same key: both databases can, each in its own dialect."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(kpi_days)
    changed = {name: adding.excluded[name] for name in ("numerator", "denominator", "level", "source")}
    return adding.on_conflict_do_update(index_elements=KEY_COLUMNS, set_=changed)


def check_row(row: DailyRow) -> None:
    """Raises `BadInput` for counts that cannot be."""
    kpi, item = kpi_named(row.kpi), f"{row.kpi} {row.day}"
    if not (0 <= row.numerator < MOST and 0 <= row.denominator < MOST):
        raise BadInput(item, f"{row.numerator} of {row.denominator} cannot be counted", "Give numbers of 0 and more")
    if kpi.family == "binomial" and row.numerator > row.denominator and kpi.out_of and row.denominator == 0:
        raise BadInput(item, f"{row.numerator:g} {kpi.numerator} of no {kpi.denominator}", "Check the two columns")


def first_and_last(connection: Connection) -> tuple[date, date] | None:
    """The days between which anything is known, or none."""
    ends = [
        end
        for table in (events, kpi_days)
        for end in connection.execute(select(func.min(table.c.day), func.max(table.c.day))).one()
        if end is not None
    ]
    return (date_of(min(ends)), date_of(max(ends))) if ends else None


def sources_of(connection: Connection, name: str, since: date | None, until: date | None) -> tuple[str, ...]:
    """Where the days of a KPI came from."""
    kpi = kpi_named(name)
    known: set[str] = set()
    kinds = events.c.kind.in_({*kpi.counts, *kpi.out_of})
    for table, which in ((events, kinds), (kpi_days, kpi_days.c.kpi == name)):
        query = select(table.c.source).where(which, *_between(table.c.day, since, until)).distinct()
        known.update(connection.execute(query).scalars())
    return tuple(sorted(known))


def tells_of(connection: Connection, name: str) -> bool:
    """Whether anything of what the KPI counts was ever told."""
    kpi = kpi_named(name)
    asked = (
        select(literal(1)).select_from(events).where(events.c.kind.in_(kpi.counts)),
        select(literal(1)).select_from(kpi_days).where(kpi_days.c.kpi == name),
    )
    return any(connection.execute(one.limit(1)).first() is not None for one in asked)


def number_of(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def _between(column: ColumnElement[int], since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    ends = [column >= number_of(since)] if since else []
    return [*ends, column <= number_of(until)] if until else ends


def _counted(
    connection: Connection, kpi: Kpi, sku: str, by: By, since: date | None, until: date | None
) -> list[KpiDay]:
    """Days counted from people's events."""
    table = events.c
    key: Any = table[by] if by else literal("")
    worth: Any = table.amount if kpi.sums_amount else 1.0
    numerator = func.sum(case((table.kind.in_(kpi.counts), worth), else_=0.0))
    denominator = func.sum(case((table.kind.in_(kpi.out_of), 1.0), else_=0.0)) if kpi.out_of else literal(1.0)
    wanted = [table.bot == 0, table.kind.in_({*kpi.counts, *kpi.out_of}), *_between(table.day, since, until)]
    wanted += [table.sku == sku] if sku else []
    wanted += [key != ""] if by else []
    query = select(table.day, key.label("key"), numerator, denominator).where(*wanted)
    query = query.group_by(table.day, key) if by else query.group_by(table.day)
    return [KpiDay(date_of(day), who, float(top), float(under)) for day, who, top, under in connection.execute(query)]


def _brought(
    connection: Connection, kpi: Kpi, sku: str, by: By, since: date | None, until: date | None
) -> list[KpiDay]:
    """Days from daily tables: of each day and thing the least detailed rows only, added up."""
    table = kpi_days.c
    key: Any = table[by] if by else literal("")
    wanted = [table.kpi == kpi.name, *_between(table.day, since, until)]
    wanted += [table.sku == sku] if sku else []
    wanted += [key != ""] if by else []
    least = func.min(table.level).over(partition_by=(table.day, key))
    rows = select(table.day, key.label("key"), table.numerator, table.denominator, table.level, least.label("least"))
    one = rows.where(*wanted).subquery()
    under = func.sum(one.c.denominator) if kpi.out_of else literal(1.0)
    query = select(one.c.day, one.c.key, func.sum(one.c.numerator), under).where(one.c.level == one.c.least)
    query = query.group_by(one.c.day, one.c.key)
    return [KpiDay(date_of(day), who, float(top), float(below)) for day, who, top, below in connection.execute(query)]


def forget_source(connection: Connection, source: str) -> int:
    """Removes the daily rows of one source; gives how many."""
    return int(connection.execute(delete(kpi_days).where(kpi_days.c.source == source)).rowcount)
