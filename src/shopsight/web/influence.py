"""What pictures have to do with a KPI, at the web door: the answer as a document, the console's page, and its files."""

from __future__ import annotations

import io
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from shopsight.charts import data_uri, words_of
from shopsight.errors import NotFound, TooLittleData
from shopsight.insight.influence import Influence
from shopsight.insight.influence_drawing import draw_effects, draw_shape
from shopsight.insight.influence_table import (
    NOT_PROVEN,
    SIMULATED,
    control_in_words,
    describe_influence,
    meaning_of,
    say_effect,
    say_p,
    spoken,
    summary,
    unit_of,
    write_csv,
)
from shopsight.kpis import KPIS
from shopsight.types import EstimateKind
from shopsight.web.asking import clean_words
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read
from shopsight.web.render import Pages
from shopsight.web.shapes import Line

router = APIRouter(prefix="/influence", tags=["insight"], dependencies=[Depends(may_read)])
pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)
SHOWN, DRAWN = 60, 20
"""Lines of a table and of a drawing on the page; the files hold all."""


class RangeOut(BaseModel):
    """A number with its 95 % range, the products (of the control: the shuffles) behind it, and its kind."""

    value: float
    low: float
    high: float
    rows: int
    kind: EstimateKind


class EffectOut(BaseModel):
    """What one spread more of a factor goes with: `effect` in the KPI's unit, `slope` on `slope_scale`."""

    factor: str
    meaning: str
    effect: RangeOut
    slope: RangeOut
    p: float
    p_adjusted: float = Field(description="Corrected for all factors asked (Benjamini-Hochberg).")
    called: bool = Field(description="Beyond chance: at most a tenth of those called are false on average.")
    spread: float = Field(description="One standard deviation in the factor's own unit.")
    spread_unit: str
    stands_for: list[str] = Field(description="Factors too alike to be told apart from this one.")


class ControlOut(BaseModel):
    """The same question asked of photos shuffled among the products: nothing is to be found there."""

    shuffles: int
    any_called: RangeOut = Field(description="Share of shuffles in which a factor was called; a tenth may be.")
    called: RangeOut = Field(description="Share of factors called.")
    mean_effect: RangeOut
    clean: bool


class PointOut(BaseModel):
    """The KPI where a factor is `at` spreads from its mean."""

    at: float
    kpi: RangeOut


class ShapeOut(BaseModel):
    """A factor's importance in boosted trees, and its curve where it is among the strongest."""

    factor: str
    importance: RangeOut
    curve: list[PointOut]


class InfluenceOut(BaseModel):
    """Which factors of the cover photos go with a KPI; `summary` says it in plain words."""

    kpi: str
    unit: str
    higher_is_better: bool
    kind: EstimateKind
    simulated: bool
    mode: Literal["joint", "one by one"]
    products: int
    counted: tuple[float, float] = Field(description="Numerator and denominator.")
    between_products: float
    called_at: float
    slope_scale: str
    summary: list[str]
    not_proven: str
    effects: list[EffectOut]
    by_category: dict[str, list[EffectOut]]
    left_out: list[str] = Field(description="Categories with too little data.")
    constant: list[str] = Field(description="Factors that never vary.")
    control: ControlOut
    shapes: list[ShapeOut]
    since: date | None
    until: date | None
    sources: list[str]


class Asked:
    """The parameters that the API, the page and its files share."""

    def __init__(
        self,
        kpi: Annotated[Line, Query(description="Which KPI: `traffic`, `click_through`, `conversion` ...")],
        by: Annotated[Literal["", "category"], Query(description="`category`: each category by itself too.")] = "",
    ) -> None:
        self.kpi = clean_words(kpi)
        self.by: Literal["", "category"] = by

    def answer(self, door: Door) -> Influence:
        return door.shop.influence(self.kpi, self.by)


Question = Annotated[Asked, Depends()]


@router.get("")
def find_influence(door: At, asked: Question) -> InfluenceOut:
    """Which factors of the cover photos go with a KPI, with ranges, a correction for their number, and a control."""
    return InfluenceOut.model_validate(describe_influence(asked.answer(door)))


@pages.get("/console/influence")
def show_influence(
    request: Request,
    door: At,
    kpi: Annotated[str, Query(max_length=60)] = "",
    by: Literal["", "category"] = "",
    factor: Annotated[str, Query(max_length=60)] = "",
    category: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The merchandiser's page of influence; a factor that was clicked shows its photos low and high."""
    known = [one for name, one in KPIS.items() if door.shop.catalogue.tells_of(name)]
    chosen = clean_words(kpi) if kpi else (known[0].name if known else "click_through")
    asked = Asked(chosen, by)
    values = {"known": known, "ends": None, "working": "", **values_of(door, asked)}
    if factor and values["answer"]:
        values["ends"] = door.shop.factor_ends(clean_words(factor), category=clean_words(category) if category else "")
    return door.pages.show(request, "influence.html", **values)


@pages.get("/console/influence/report")
def show_report(door: At, asked: Question) -> Response:
    """The same as one file that needs nothing else."""
    headers = {"Content-Disposition": f'attachment; filename="influence-{asked.kpi}.html"'}
    return HTMLResponse(report_of(asked.answer(door), door.pages), headers=headers)


@pages.get("/console/influence.svg")
def show_drawing(door: At, asked: Question, category: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The effects as a drawing."""
    answer = asked.answer(door)
    if category and category not in answer.by_category:
        raise NotFound(f"category {category[:60]}", "there is no answer for it", "Ask by category, of one with data.")
    headers = {"Content-Disposition": f'attachment; filename="influence-{asked.kpi}.svg"'}
    return Response(draw_effects(answer, category), media_type="image/svg+xml", headers=headers)


@pages.get("/console/influence.csv")
def show_table(door: At, asked: Question) -> Response:
    """All effects as a table."""
    text = io.StringIO()
    write_csv(asked.answer(door), text)
    headers = {"Content-Disposition": f'attachment; filename="influence-{asked.kpi}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def values_of(door: Door, asked: Asked) -> dict[str, Any]:
    """What the page shows; too little data is an answer, not a failure, and what takes long is worked on meanwhile."""
    try:
        told_so_far = door.answers.ask(
            f"influence {asked.kpi} {asked.by}",
            lambda progress: door.shop.influence(asked.kpi, asked.by, progress=progress),
        )
    except TooLittleData as too_little:
        return {"asked": asked, "answer": None, "problem": too_little}
    if isinstance(told_so_far, str):
        return {"asked": asked, "answer": None, "problem": None, "working": told_so_far}
    return {"asked": asked, "problem": None, **told(told_so_far, DRAWN)}


def told(answer: Influence, most: int | None = None) -> dict[str, Any]:
    """The answer as page and report tell it."""
    words = {"spoken": spoken, "say_effect": say_effect, "meaning_of": meaning_of, "unit_of": unit_of, "say_p": say_p}
    return {
        "answer": answer,
        "sentences": [sentence for sentence in summary(answer) if sentence != SIMULATED],
        "not_proven": NOT_PROVEN,
        "control_words": control_in_words(answer.control),
        "shown": SHOWN,
        "drawing": drawn(draw_effects(answer, most=most)),
        "parts": {kind: drawn(draw_effects(answer, kind, most)) for kind in answer.by_category},
        "curves": [drawn(draw_shape(answer, shape)) for shape in answer.shapes if shape.at],
        **words,
    }


def drawn(svg: str) -> tuple[str, str]:
    """An SVG as the address and the words of an `<img>`."""
    return data_uri(svg), words_of(svg)


def report_of(answer: Influence, pages: Pages | None = None) -> str:
    """The answer as one HTML file that needs nothing else."""
    return (pages or Pages()).fill("influence_report.html", **told(answer))
