"""Brings events and daily KPI tables in from CSV files. Safe to stop at any moment and to repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from shopsight.catalogue.events import EventChanges
from shopsight.catalogue.importers.happenings import open_daily, open_events
from shopsight.catalogue.importers.origin import Origin
from shopsight.catalogue.importers.times import zone_named
from shopsight.catalogue.kpi_days import DailyRow
from shopsight.errors import NotFound
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Event, Rejection

if TYPE_CHECKING:
    from shopsight.shop import Shop

T = TypeVar("T")
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class EventReport:
    """What an import of events or of a daily table did. `bots` are among the added; `rows` is what the file held."""

    rows: int
    added: int
    duplicates: int
    bots: int
    rejected: tuple[Rejection, ...]
    mapping: Mapping[str, str]
    seconds: float


def import_events(
    shop: Shop,
    file: Path | str,
    *,
    mapping: Mapping[str, str] | None = None,
    zone: str = "",
    progress: Progress = silent,
) -> EventReport:
    """Takes every event of a CSV file that can be taken; the same file again adds nothing.

    `zone` is where clocks without an offset hang. Raises `NotFound`, `BadSource`, `BadInput` for an unknown zone or
    field, `Busy`, `NoRoom`; what was committed before stays.
    """
    began, origin = perf_counter(), _origin(file)
    if zone:
        zone_named(zone)
    table = open_events(origin, mapping or {}, zone)
    changes, rejected, rows = EventChanges(), [], 0
    progress("events", 0, table.total)
    for batch in _batches(table.events()):
        sound: list[tuple[str, Event]] = [one for one in batch if not isinstance(one, Rejection)]
        rejected += [one for one in batch if isinstance(one, Rejection)]
        changes += shop.catalogue.keep_events(sound, source_of(file))
        rows += len(batch)
        progress("events", rows, table.total)
    rejected += changes.rejected
    seconds = perf_counter() - began
    return EventReport(
        rows, changes.added, changes.duplicates, changes.bots, tuple(rejected), dict(table.mapping), seconds
    )


def import_daily(
    shop: Shop, file: Path | str, *, mapping: Mapping[str, str] | None = None, progress: Progress = silent
) -> EventReport:
    """Takes every row of a daily table that can be taken; a day that is known already is replaced. Raises as above."""
    began = perf_counter()
    table = open_daily(_origin(file), mapping or {})
    added, rejected, done = 0, [], 0
    progress("days", 0, table.total)
    for batch in _batches(table.rows()):
        sound: list[DailyRow] = [one for one in batch if not isinstance(one, Rejection)]
        rejected += [one for one in batch if isinstance(one, Rejection)]
        added += shop.catalogue.save_daily(sound, source_of(file))
        done += len(batch)
        progress("days", min(done, table.total), table.total)
    return EventReport(done, added, 0, 0, tuple(rejected), dict(table.mapping), perf_counter() - began)


def source_of(file: Path | str) -> str:
    """What the rows of a file are remembered by."""
    return f"file {Path(file).name}"


def _origin(file: Path | str) -> Origin:
    path = Path(file)
    if not path.is_file():
        raise NotFound(str(file), "there is no such file", "Check the path")
    return Origin(path=path.resolve())


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, BATCH)):
        yield batch
