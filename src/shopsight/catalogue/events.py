"""What happened, at rest: each event once, machines told from people, visitors known by nothing but a hash.

An event is a machine's when its user agent says so, or when its visitor did more than `MOST_A_MINUTE` things by hand
(views, clicks, carts, purchases) within one minute of the clock: then all that this visitor did on that day (UTC) is.
Machines' events are kept, marked, and counted in no KPI.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from shopsight.catalogue.products import batches
from shopsight.catalogue.records import writable
from shopsight.catalogue.schema import bot_days, event_sources, events, shop_secrets
from shopsight.errors import BadInput
from shopsight.kpis import EVENT_KINDS
from shopsight.types import Event, Rejection

MOST_A_MINUTE = 60
"""Things that one visitor can do by hand within a minute."""
MACHINES = re.compile(
    r"bot\b|bots\b|crawl|spider|slurp|scrap|headless|phantom|selenium|playwright|puppeteer|lighthouse|curl/|wget|"
    r"python-|okhttp|libwww|httpclient|go-http|monitor|preview|facebookexternalhit|bingpreview|ia_archiver|archiver",
    re.IGNORECASE,
)
"""What user agents of machines say of themselves."""
LONGEST_TEXT = 500
LARGEST_AMOUNT = 1e9
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BY_HAND = tuple(kind.name for kind in EVENT_KINDS.values() if kind.by_hand)
TEXTS = ("sku", "photo", "variant", "campaign")
MINUTE_US = 60_000_000
PEOPLE, AGENT, PACE = 0, 1, 2
"""Values of the column `bot`."""


@dataclass(frozen=True, slots=True)
class EventChanges:
    """What keeping events did. `bots` are among the added; duplicates were known by their id and changed nothing."""

    added: int = 0
    duplicates: int = 0
    bots: int = 0
    rejected: tuple[Rejection, ...] = ()

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> EventChanges:
        """What became of many, counted."""
        rejected = tuple(outcome for outcome in outcomes if isinstance(outcome, Rejection))
        added, duplicates, bots = (
            sum(outcome == what for outcome in outcomes) for what in ("added", "duplicate", "bot")
        )
        return cls(added + bots, duplicates, bots, rejected)

    def __add__(self, other: EventChanges) -> EventChanges:
        return EventChanges(
            self.added + other.added,
            self.duplicates + other.duplicates,
            self.bots + other.bots,
            self.rejected + other.rejected,
        )


def check_event(event_id: str, event: Event, now: datetime) -> None:
    """Raises `BadInput` naming the event when it cannot be kept."""
    name = f"event {event_id[:80]}"
    if not event_id.strip() or len(event_id) > LONGEST_TEXT:
        raise BadInput(name, "its id is empty or too long", f"Give each event an id of 1 to {LONGEST_TEXT} characters")
    kind = EVENT_KINDS.get(event.kind)
    if kind is None:
        raise BadInput(name, f"'{event.kind[:40]}' is no kind of event", f"Use one of {', '.join(EVENT_KINDS)}")
    if event.at.tzinfo is None:
        raise BadInput(name, "its time has no zone", "Write it as 2026-11-20T14:00:00Z or with an offset")
    if not FIRST_DAY <= event.at <= now + timedelta(days=1):
        raise BadInput(name, f"its time {event.at.isoformat()} lies before 2000 or in the future", "Check the clock")
    if not (math.isfinite(event.amount) and 0 <= event.amount <= LARGEST_AMOUNT):
        raise BadInput(name, f"{event.amount} is no amount", "Give a number from 0 to a thousand million")
    if kind.amount == "position" and event.amount < 1:
        raise BadInput(name, "it has no place in the list", "Give the place as amount, counted from 1")
    if any(len(getattr(event, field)) > LONGEST_TEXT for field in TEXTS):
        raise BadInput(name, f"one of {', '.join(TEXTS)} is too long", f"Use at most {LONGEST_TEXT} characters")


Outcome = Literal["added", "bot", "duplicate"] | Rejection
"""What became of one event."""


def keep_batch(connection: Connection, wanted: Sequence[tuple[str, Event]], source: str, key: bytes) -> list[Outcome]:
    """Keeps those events that are sound and new; gives what became of each. Call it inside a write transaction."""
    now = datetime.now(UTC)
    refused: dict[int, Rejection] = {}
    first: dict[str, int] = {}
    for place, (event_id, event) in enumerate(wanted):
        try:
            check_event(event_id, event, now)
            first.setdefault(writable(event_id), place)
        except BadInput as why:
            refused[place] = Rejection(why.item, why.reason, why.cure)
    known = _known(connection, list(first))
    rows = {place: to_row(one, wanted[place][1], source, key) for one, place in first.items() if one not in known}
    caught = _mark_the_quick(connection, list(rows.values()))
    if rows:
        connection.execute(insert(events), list(rows.values()))
    outcomes: list[Outcome] = [
        refused.get(place) or (("bot" if rows[place]["bot"] else "added") if place in rows else "duplicate")
        for place in range(len(wanted))
    ]
    _count(connection, source, EventChanges.of(outcomes), caught)
    return outcomes


def to_row(event_id: str, event: Event, source: str, key: bytes) -> dict[str, Any]:
    """The event as a row; amounts only where the kind has one."""
    at_us = (event.at - EPOCH) // timedelta(microseconds=1)
    return {
        "id": event_id,
        "at_us": at_us,
        "day": at_us // (1440 * MINUTE_US),
        "kind": event.kind,
        **{field: writable(getattr(event, field)) for field in TEXTS},
        "visitor": hide_visitor(event.visitor, key),
        "amount": float(event.amount) if EVENT_KINDS[event.kind].amount else 0.0,
        "bot": AGENT if MACHINES.search(event.agent) else PEOPLE,
        "source": writable(source),
    }


def hide_visitor(visitor: str, key: bytes) -> str:
    """32 hex digits that tell visitors apart and say nothing of them: whatever was sent, be it an address or a name,
    is hashed with a key of the shop's own (HMAC-SHA-256, first 16 bytes), so that nobody can try out addresses.
    """
    said = visitor.strip().casefold().encode("utf-8", "surrogatepass")
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:32] if said else ""


def visitor_key(connection: Connection) -> bytes:
    """The key that visitors are hashed with, drawn where there is none. Call it inside a write transaction."""
    found = connection.execute(select(shop_secrets.c.value).where(shop_secrets.c.name == "visitors")).scalar()
    if found is None:
        found = secrets.token_hex(32)
        connection.execute(insert(shop_secrets).values(name="visitors", value=found))
    return bytes.fromhex(found)


def counts_by_source(connection: Connection) -> dict[str, EventChanges]:
    """How many events came from where."""
    rows = connection.execute(select(event_sources).order_by(event_sources.c.source))
    return {row.source: EventChanges(row.added, row.duplicates, row.bots) for row in rows}


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    return {
        one
        for batch in batches(ids)
        for one in connection.execute(select(events.c.id).where(events.c.id.in_(batch))).scalars()
    }


# ---- machines ------------------------------------------------------------------------------------------------------


def _mark_the_quick(connection: Connection, rows: Sequence[dict[str, Any]]) -> Counter[str]:
    """Marks the rows of visitors that are too quick; what was kept of them that day before is marked too.

    Gives how many of the kept ones are newly marked, by source.
    """
    mine = [row for row in rows if row["visitor"]]
    if not mine:
        return Counter()
    quick = _too_quick(connection, mine)
    known = _known_bots(connection, {row["visitor"] for row in mine})
    for row in mine:
        if (row["visitor"], row["day"]) in quick | known and row["bot"] == PEOPLE:
            row["bot"] = PACE
    return _mark_kept(connection, sorted(quick - known))


def _too_quick(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, int]]:
    """Visitors and days with more than a person can do in one of the minutes that these rows lie in."""
    minutes = Counter((row["visitor"], row["at_us"] // MINUTE_US) for row in rows if row["kind"] in BY_HAND)
    kept = _kept_by_hand(connection, minutes)
    return {(who, minute // 1440) for (who, minute), n in minutes.items() if n + kept[who, minute] > MOST_A_MINUTE}


def _kept_by_hand(connection: Connection, minutes: Iterable[tuple[str, int]]) -> Counter[tuple[str, int]]:
    kept: Counter[tuple[str, int]] = Counter()
    wanted = list(minutes)
    if not wanted:
        return kept
    first, last = min(m for _, m in wanted) * MINUTE_US, (max(m for _, m in wanted) + 1) * MINUTE_US
    minute = (events.c.at_us // MINUTE_US).label("minute")
    query = select(events.c.visitor, minute, func.count()).group_by(events.c.visitor, minute)
    query = query.where(events.c.at_us >= first, events.c.at_us < last, events.c.kind.in_(BY_HAND))
    for batch in batches(sorted({who for who, _ in wanted})):
        for who, when, count in connection.execute(query.where(events.c.visitor.in_(batch))):
            kept[who, int(when)] = count
    return kept


def _known_bots(connection: Connection, visitors: Iterable[str]) -> set[tuple[str, int]]:
    query = select(bot_days.c.visitor, bot_days.c.day)
    return {
        (who, day)
        for batch in batches(sorted(visitors))
        for who, day in connection.execute(query.where(bot_days.c.visitor.in_(batch)))
    }


def _mark_kept(connection: Connection, caught: Sequence[tuple[str, int]]) -> Counter[str]:
    marked: Counter[str] = Counter()
    for batch in batches(caught):
        connection.execute(insert(bot_days), [{"visitor": who, "day": day} for who, day in batch])
        theirs = or_(*((events.c.visitor == who) & (events.c.day == day) for who, day in batch))
        query = select(events.c.source, func.count()).where(theirs, events.c.bot == PEOPLE).group_by(events.c.source)
        marked.update({source: int(count) for source, count in connection.execute(query)})
        connection.execute(update(events).where(theirs, events.c.bot == PEOPLE).values(bot=PACE))
    return marked


def _count(connection: Connection, source: str, changes: EventChanges, caught: Mapping[str, int]) -> None:
    """Adds to what is known of each source."""
    news = {source: Counter(added=changes.added, duplicates=changes.duplicates, bots=changes.bots)}
    for other, bots in caught.items():
        news.setdefault(other, Counter())["bots"] += bots
    table = event_sources
    for name, counts in news.items():
        if not any(counts.values()):
            continue
        more = {field: table.c[field] + counts[field] for field in ("added", "duplicates", "bots")}
        if not connection.execute(update(table).where(table.c.source == name).values(**more)).rowcount:
            row = {field: counts[field] for field in ("added", "duplicates", "bots")}
            connection.execute(insert(table).values(source=name, **row))


def forget_source(connection: Connection, source: str) -> int:
    """Removes what came from one source, such as a simulation; gives how many events that were."""
    removed = connection.execute(delete(events).where(events.c.source == source)).rowcount
    connection.execute(delete(event_sources).where(event_sources.c.source == source))
    return int(removed)
