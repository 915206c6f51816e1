"""What happened in the shop: events in, KPIs out."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from shopsight.errors import BadInput, TooLarge
from shopsight.insight.readings import KpiReading
from shopsight.kpis import EVENT_KINDS, KPIS, event_kind
from shopsight.types import Event, Rejection
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read, may_write
from shopsight.web.shapes import RejectionOut, rejection_out

MOST_EVENTS = 5_000
Name = Annotated[str, StringConstraints(max_length=500)]

taking = APIRouter(tags=["events"])
router = APIRouter(tags=["kpis"], dependencies=[Depends(may_read)])


class EventIn(BaseModel):
    """Something that happened. The same `id` again changes nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "5f2c-81",
                "at": "2026-03-02T12:00:00Z",
                "kind": "purchase",
                "sku": "SD-0003",
                "visitor": "a81f",
                "amount": 49.9,
            }
        }
    )
    id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    kind: Annotated[str, StringConstraints(max_length=60)] = Field(description=f"One of {', '.join(EVENT_KINDS)}.")
    at: AwareDatetime | None = Field(None, description="When, with its offset; now, where nothing is said.")
    sku: Name = ""
    photo: Name = Field("", description="The photo that was shown, by its id.")
    variant: Name = ""
    campaign: Name = ""
    visitor: Name = Field("", description="Tells visitors apart; it is hashed, whatever it is.")
    amount: float = Field(0.0, ge=0, le=1e9, allow_inf_nan=False, description="Money, or a place in a list.")
    agent: Annotated[str, StringConstraints(max_length=2000)] = Field(
        "", description="The visitor's user agent: judged, and not kept."
    )


class EventsOut(BaseModel):
    """What became of them: `bots` are among the added and counted in no KPI; duplicates were known by their id."""

    added: int
    duplicates: int
    bots: int
    rejected: list[RejectionOut]


class EstimateOut(BaseModel):
    """A number with its 95 % range, the rows behind it, and what kind of knowledge it is."""

    value: float
    low: float
    high: float
    rows: int
    kind: Literal["predicted", "estimated from logs", "measured"]


class KpiOut(BaseModel):
    """A KPI as it was; `estimate` is null where there is too little to say."""

    name: str
    title: str
    numerator: str
    denominator: str
    unit: str
    higher_is_better: bool
    estimate: EstimateOut | None
    counted: tuple[float, float] = Field(description="Numerator and denominator, added up.")
    days: int
    since: date
    until: date
    sources: list[str]
    simulated: bool


class KpisOut(BaseModel):
    """Every KPI of which something is known."""

    kpis: list[KpiOut]


class KpiDayOut(BaseModel):
    """One day, in UTC; `key` is a SKU, a photo's id or a variant where days were told apart by it."""

    day: date
    key: str
    numerator: float
    denominator: float


class KpiDaysOut(BaseModel):
    """A KPI day by day."""

    kpi: str
    unit: str
    days: list[KpiDayOut]


_ONE = EventIn.model_json_schema()
_MANY = {"type": "array", "items": _ONE, "maxItems": MOST_EVENTS}
_BATCH = {"type": "object", "properties": {"events": _MANY}, "required": ["events"], "additionalProperties": False}
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": [_ONE, _BATCH]}}}}
}


@taking.post("/events", openapi_extra=BODY)
async def take_events(request: Request) -> EventsOut:
    """Takes one event, or many as `{"events": [...]}`; answers when they are on disk.

    Of many, those that cannot be taken are listed and the rest is taken. Sending the same again is safe.
    """
    # Called here, not as a dependency: plain functions would each wait for a free thread.
    may_write(request)
    door: Door = request.app.state.door
    said, single = read_body(await request.body())
    rejected: list[Rejection] = []
    events = [event for item in said if (event := read_event(item, rejected))]
    if single and rejected:
        raise BadInput(rejected[0].item, rejected[0].reason, rejected[0].cure)
    done = await asyncio.wrap_future(door.events.take(events))
    if single and done.rejected:
        raise BadInput(done.rejected[0].item, done.rejected[0].reason, done.rejected[0].cure)
    problems = [rejection_out(one) for one in (*rejected, *done.rejected)]
    return EventsOut(added=done.added, duplicates=done.duplicates, bots=done.bots, rejected=problems)


@router.get("/kpis")
def list_kpis(
    door: At, days: Annotated[int | None, Query(ge=1, le=100_000, description="Only the last days.")] = None
) -> KpisOut:
    """Every KPI of which something is known, with its range."""
    return KpisOut(kpis=[kpi_out(reading) for reading in door.shop.kpis(days)])


@router.get("/kpis/{name}/daily")
def list_kpi_days(
    door: At,
    name: Annotated[str, Path(max_length=60, description=f"One of {', '.join(KPIS)}.")],
    sku: Annotated[str, Query(max_length=500, description="Only this product.")] = "",
    by: Annotated[Literal["", "sku", "photo", "variant"], Query(description="Tell days apart by this.")] = "",
    since: Annotated[date | None, Query(description="The first day.")] = None,
    until: Annotated[date | None, Query(description="The last day.")] = None,
) -> KpiDaysOut:
    """A KPI day by day (UTC), of the shop or of one product."""
    rows = door.shop.catalogue.daily(name, sku=sku, by=by, since=since, until=until)
    days = [KpiDayOut(day=r.day, key=r.key, numerator=r.numerator, denominator=r.denominator) for r in rows]
    return KpiDaysOut(kpi=name, unit=KPIS[name].unit, days=days)


def read_body(body: bytes) -> tuple[list[Any], bool]:
    """The events of a request, unchecked, and whether it was a single one. Raises `BadInput`, `TooLarge`."""
    try:
        said = from_json(body)
    except ValueError as why:
        raise BadInput("body", f"this is no JSON ({why})", 'Send an event, or {"events": [...]}.') from why
    many = said.get("events") if isinstance(said, dict) and set(said) == {"events"} else None
    if many is None:
        return [said], True
    if not isinstance(many, list):
        raise BadInput("events", "this is no list", 'Send {"events": [...]}.')
    if len(many) > MOST_EVENTS:
        raise TooLarge("events", f"{len(many)} are more than the {MOST_EVENTS} that are taken at once", "Send fewer.")
    return many, False


def read_event(said: Any, rejected: list[Rejection]) -> tuple[str, Event] | None:
    """The event with its id, or none and a rejection more."""
    try:
        sent = EventIn.model_validate(said)
    except ValidationError as why:
        first = why.errors()[0]
        where = ".".join(map(str, first["loc"])) or "event"
        item = f"event {str(said.get('id', ''))[:80]}" if isinstance(said, dict) else "event"
        rejected.append(Rejection(item, f"{where}: {first['msg']}", "See /api for what an event holds."))
        return None
    kind = event_kind(sent.kind)
    if kind is None:
        cure = f"Use one of {', '.join(EVENT_KINDS)}."
        rejected.append(Rejection(f"event {sent.id[:80]}", f"'{sent.kind}' is no kind of event", cure))
        return None
    at = datetime.now(UTC) if sent.at is None else sent.at
    return sent.id, Event(
        at, kind.name, sent.sku, sent.photo, sent.variant, sent.campaign, sent.visitor, sent.amount, sent.agent
    )


def kpi_out(reading: KpiReading) -> KpiOut:
    kpi, found = reading.kpi, reading.estimate
    return KpiOut(
        name=kpi.name,
        title=kpi.title,
        numerator=kpi.numerator,
        denominator=kpi.denominator,
        unit=kpi.unit,
        higher_is_better=kpi.higher_is_better,
        estimate=EstimateOut.model_validate(found, from_attributes=True) if found else None,
        counted=(reading.numerator, reading.denominator),
        days=reading.days,
        since=reading.since,
        until=reading.until,
        sources=list(reading.sources),
        simulated=reading.simulated,
    )
