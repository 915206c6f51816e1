"""What goes with what, at the web door: baskets in, rules out, companions of a product, and the console's page."""

from __future__ import annotations

import io
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopsight.catalogue.baskets import Basket
from shopsight.charts import data_uri, scatter
from shopsight.charts.graph import graph
from shopsight.errors import TooLittleData
from shopsight.insight.goes_with import Companion, Source
from shopsight.insight.rule_table import describe_rules, summary, write_csv
from shopsight.insight.rules import Limits, RuleBook, listed, say
from shopsight.insight.together import Level
from shopsight.types import Estimate, EstimateKind
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read, may_write
from shopsight.web.products import SkuPath
from shopsight.web.shapes import ProductOut, Sku, product_out

router = APIRouter(tags=["insight"], dependencies=[Depends(may_read)])
pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)

PATIENCE = Limits(max_items=6, max_itemsets=200_000, max_seconds=10.0)
"""A visitor's rules may not keep a core from the shoppers."""
SHOWN, DRAWN = 100, 10
Share = Annotated[float, Query(gt=0, le=1, allow_inf_nan=False)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class BasketIn(BaseModel):
    """One order: its number, the day (UTC) where it is known, and how many of which SKU."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": "A-1001", "day": "2025-03-31", "lines": {"S1": 2}}})
    id: Number
    day: date | None = None
    lines: dict[Sku, Quantity] = Field(min_length=1, max_length=1000)


class BasketsIn(BaseModel):
    """Orders to keep."""

    baskets: list[BasketIn] = Field(min_length=1, max_length=5000)


class BasketsKept(BaseModel):
    """What keeping them changed: a basket with a known number is replaced where it differs."""

    added: int
    changed: int
    unchanged: int


class RuleOut(BaseModel):
    """Who has all of `left` also has `right`; `words` says it. `conviction` is null where it is infinite."""

    left: list[str]
    right: str
    words: str
    support: float
    confidence: float
    confidence_low: float
    confidence_high: float
    lift: float
    lift_low: float
    lift_high: float
    leverage: float
    conviction: float | None
    p_value: float
    p_corrected: float
    together: int
    with_left: int
    with_right: int
    baskets: int


class RulesOut(BaseModel):
    """Rules by lift, and what was left out: `redundant_dropped` say what a shorter left side says as surely."""

    level: Level
    min_support: float
    min_confidence: float
    baskets: int
    itemsets: int
    looked_at: int
    redundant_dropped: int
    least_count: int
    kind: EstimateKind
    rules: list[RuleOut]


class ShareOut(BaseModel):
    """A number with its 95 % range, the baskets behind it and its kind."""

    value: float
    low: float
    high: float
    rows: int
    kind: EstimateKind


class CompanionOut(BaseModel):
    """A product that goes with another: `baskets` means bought together, `look` that nobody has yet."""

    product: ProductOut
    source: Source
    because: str
    share: ShareOut | None
    lift: ShareOut | None


class Asked:
    """The parameters that the API, the page and its exports share."""

    def __init__(
        self,
        min_support: Share = 0.01,
        min_confidence: Share = 0.3,
        level: Level = "product",
        keep_redundant: bool = False,
    ) -> None:
        self.min_support, self.min_confidence = min_support, min_confidence
        self.level: Level = level
        self.keep_redundant = keep_redundant

    def book(self, door: Door) -> RuleBook:
        asked = (self.min_support, self.min_confidence, self.level)
        return door.shop.rules(*asked, keep_redundant=self.keep_redundant, limits=PATIENCE)


Question = Annotated[Asked, Depends()]


@router.get("/rules")
def find_rules(door: At, asked: Question, limit: Annotated[int, Query(ge=1, le=5000)] = 500) -> RulesOut:
    """Who buys what also buys what, best lift first."""
    said = describe_rules(asked.book(door), asked.level)
    return RulesOut.model_validate({**said, "rules": said["rules"][:limit]})


@router.post("/baskets", dependencies=[Depends(may_write)])
def keep_baskets(door: At, orders: BasketsIn) -> BasketsKept:
    """Keeps what was bought together; sending it again changes nothing."""
    baskets = [Basket(order.id, order.lines, order.day) for order in orders.baskets]
    return BasketsKept.model_validate(door.shop.catalogue.keep_baskets(baskets, "api"), from_attributes=True)


@router.get("/products/{sku:path}/goes-with")
def goes_with(door: At, sku: SkuPath, k: Annotated[int, Query(ge=1, le=50)] = 8) -> list[CompanionOut]:
    """What goes well with this product: bought together, else by look, each saying which."""
    return [companion_out(companion) for companion in door.shop.goes_with(sku, k)]


def companion_out(companion: Companion) -> CompanionOut:
    product, ranges = product_out(companion.product), (ranged(companion.share), ranged(companion.lift))
    return CompanionOut.model_construct(
        product=product, source=companion.source, because=companion.because, share=ranges[0], lift=ranges[1]
    )


def ranged(one: Estimate | None) -> ShareOut | None:
    return None if one is None else ShareOut.model_validate(one, from_attributes=True)


@pages.get("/console/rules")
def show_rules(request: Request, door: At, asked: Question) -> Response:
    """The merchandiser's page of rules."""
    return door.pages.show(request, "rules.html", **values_of(door, asked))


@pages.get("/console/rules/report")
def show_report(request: Request, door: At, asked: Question) -> Response:
    """The same as one file that needs nothing else."""
    page = door.pages.show(request, "rules_report.html", **values_of(door, asked))
    page.headers["Content-Disposition"] = 'attachment; filename="rules.html"'
    return page


@pages.get("/console/rules/{name}.svg")
def show_drawing(door: At, asked: Question, name: Literal["lift", "graph"]) -> Response:
    """One of the drawings as a file."""
    svg = {"lift": draw_lift, "graph": draw_graph}[name](asked.book(door))
    headers = {"Content-Disposition": f'attachment; filename="rules-{name}.svg"'}
    return Response(svg, media_type="image/svg+xml", headers=headers)


@pages.get("/console/rules.csv")
def show_table(door: At, asked: Question) -> Response:
    """All rules as a table."""
    text = io.StringIO()
    write_csv(asked.book(door), text)
    headers = {"Content-Disposition": 'attachment; filename="rules.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def values_of(door: Door, asked: Asked) -> dict[str, Any]:
    """What the page and the report show; too few baskets is an answer, not a failure."""
    values: dict[str, Any] = {"asked": asked, "book": None, "problem": None, "shown": []}
    try:
        book = asked.book(door)
    except TooLittleData as too_few:
        return {**values, "problem": too_few}
    rows = [{"rule": rule, "words": say(rule, book.names)} for rule in book.rules[:SHOWN]]
    drawings = {"lift": data_uri(draw_lift(book)), "graph": data_uri(draw_graph(book))}
    return {**values, "book": book, "shown": rows, "summary": summary(book), "drawings": drawings}


def draw_lift(book: RuleBook) -> str:
    """Every rule as a point: how often against how much more often than by chance."""
    points = ([r.support.value * 100 for r in book.rules], [r.lift.value for r in book.rules])
    return scatter(
        {"rules": points} if book.rules else {},
        title="Lift against support",
        x_label="share of baskets with both sides, %",
        y_label="lift: times as often as in all baskets",
    )


def draw_graph(book: RuleBook) -> str:
    """The strongest rules as arrows between things."""
    names = dict(book.names)
    edges = []
    for rule in book.rules[:DRAWN]:
        left = " & ".join(rule.left)
        names[left] = listed([book.names.get(item, item) for item in rule.left])
        edges.append((left, rule.right, rule.lift.value))
    return graph(edges, names=names, title=f"The {len(edges)} rules of the highest lift")
