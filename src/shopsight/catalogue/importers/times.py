"""Times as logs write them, brought to UTC; a clock that is put forward or back is minded.

A time that names its own offset needs no zone. One without is a clock on a wall in the zone that is given: at an hour
that the clock skips in spring it cannot be, and of an hour that it strikes twice in autumn the first is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from shopsight.errors import BadInput

DayOrder = Literal["dmy", "mdy", ""]
# Seconds, milliseconds or microseconds since 1970; ten digits that start with 2 are a date and an hour.
NUMBER = re.compile(r"(?:\d{9}|1\d{9}|\d{13}|\d{16})(?:\.\d+)?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})?)?")
POINTED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T,]+(.*))?")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*([ap]\.?m\.?)?", re.IGNORECASE)
CURE = "Write it as 2026-11-20T14:00:00+01:00"


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The time zone of that name. Raises `BadInput`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as why:
        raise BadInput(f"zone {name[:40]}", "there is no such time zone", "Write for example Europe/Berlin") from why


def read_time(text: str, zone: str = "", order: DayOrder = "") -> datetime:
    """A point in time, in UTC. `zone` is where clocks without an offset hang; `order` reads 03/04/2026.

    >>> read_time("2026-07-01 12:00", "Europe/Berlin").isoformat()
    '2026-07-01T10:00:00+00:00'
    >>> read_time("20.11.2026 14:03 ", "UTC").isoformat()
    '2026-11-20T14:03:00+00:00'

    Raises `BadInput` saying what is wrong with it.
    """
    said = text.strip()
    if NUMBER.fullmatch(said):
        return _since_1970(said)
    local = _local(said, order)
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    if not zone:
        raise BadInput(said[:40], "this time has no zone", "Say where the clock hangs: --zone Europe/Berlin")
    return _to_utc(local, zone)


def read_day(text: str, order: DayOrder = "") -> date:
    """A day; of a time with a clock its day as written.

    >>> read_day("20261120")
    datetime.date(2026, 11, 20)
    """
    return _local(text.strip(), order).date()


def guess_order(samples: Iterable[str]) -> DayOrder:
    """Whether 03/04/2026 is the 3rd of April or the 4th of March, where any of the samples tells.

    >>> guess_order(["03/04/2026", "03/14/2026"])
    'mdy'
    """
    found = [m for sample in samples if (m := POINTED.fullmatch(sample.strip()))]
    if any(int(m[1]) > 12 for m in found):
        return "dmy"
    return "mdy" if any(int(m[2]) > 12 for m in found) else ""


def _since_1970(said: str) -> datetime:
    """Seconds, milliseconds or microseconds, by their size."""
    number = float(said)
    scale = next(scale for scale in (1, 1e3, 1e6) if number / scale < 1e11)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / scale)


def _local(said: str, order: DayOrder) -> datetime:
    """The time as written, with its offset if it names one."""
    try:
        if found := COMPACT.fullmatch(said):
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
        if found := POINTED.fullmatch(said):
            return _pointed(found, order)
        return datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "+00:00", said))
    except ValueError as why:
        raise BadInput(said[:40], "this is no time that can be read", CURE) from why


def _pointed(found: re.Match[str], order: DayOrder) -> datetime:
    """Day, month and year with points, or in the order that the file shows."""
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    if "." not in found[0][:5] and not order and first <= 12 and second <= 12 and first != second:
        reason = "day and month cannot be told apart anywhere in this file"
        raise BadInput(found[0][:40], reason, "Write the date as 2026-11-20")
    day, month = (second, first) if order == "mdy" and "." not in found[0][:5] else (first, second)
    return datetime(year, month, day) + _clock(found[4] or "0:00")


def _clock(said: str) -> timedelta:
    found = CLOCK.fullmatch(said.strip())
    if not found:
        raise ValueError(said)
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[5]:
        if not 1 <= hour <= 12:
            raise ValueError(said)
        hour = hour % 12 + (12 if found[5].lower().startswith("p") else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(said)
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=int((found[4] or "0").ljust(6, "0")))


def _to_utc(local: datetime, zone: str) -> datetime:
    there = zone_named(zone)
    try:
        utc = local.replace(tzinfo=there).astimezone(UTC)
        exists = utc.astimezone(there).replace(tzinfo=None) == local
    except OverflowError as why:
        raise BadInput(str(local), "no time lies there", CURE) from why
    if not exists:
        reason = f"the clock in {zone} skips this time"
        raise BadInput(local.isoformat(" "), reason, "Check the zone, or write the offset beside the time")
    return utc
