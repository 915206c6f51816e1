"""The console's page of forecasts: the fan, how good its way has been, and what-if sliders for picture factors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from shopsight.charts import data_uri, words_of
from shopsight.charts.scale import nice_step, say
from shopsight.errors import BadInput, NotFound, ShopsightError, TooLittleData
from shopsight.insight import forecast_report as report
from shopsight.insight.forecast import Forecast
from shopsight.insight.outlook import Knob, is_simulated
from shopsight.kpis import KPIS
from shopsight.web.asking import clean_words
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read

pages = APIRouter(
    prefix="/console/forecast",
    include_in_schema=False,
    dependencies=[Depends(may_read)],
    default_response_class=HTMLResponse,
)
SLIDERS = 6
"""Sliders that are shown at once; more are behind a click."""
MOST_SHIFTS = 10
SHIFT = "shift."
MARKS = 40
"""Steps of a slider from one end of what the shop has had to the other."""
NAMED = 200
"""Products whose SKUs the field offers."""
WIDE_PX, LOW_PX = 1080, 360
"""The drawing across the whole page."""
TALL_PX = 560
"""On a phone the drawing is this high, for the usual 720 in width."""


class Asked:
    """The KPI, the product (none: the whole shop), the days, and by how much each picture factor is shifted."""

    def __init__(
        self,
        request: Request,
        kpi: Annotated[str, Query(max_length=100)] = "",
        sku: Annotated[str, Query(max_length=200)] = "",
        days: Annotated[int, Query(ge=1, le=366)] = 28,
    ) -> None:
        self.kpi, self.sku, self.days = clean_words(kpi), clean_words(sku), days
        self.shifts = read_shifts(request.query_params)

    def query(self, *, shifted: bool) -> str:
        """The same question as the end of an address."""
        more = {f"{SHIFT}{name}": f"{shift:g}" for name, shift in self.shifts.items()} if shifted else {}
        return urlencode({"kpi": self.kpi, "sku": self.sku, "days": self.days, **more})


Question = Annotated[Asked, Depends()]


@dataclass(frozen=True, slots=True)
class Slider:
    """A knob with its ends, in marks of `step`; 0 leaves the factor as it is."""

    knob: Knob
    step: float
    low: float
    high: float
    value: float

    @property
    def words(self) -> Mapping[str, str]:
        """`now`, `low` and `high`, no finer than the slider."""
        knob = self.knob
        ends = {"now": knob.now, "low": knob.low, "high": knob.high}
        return {name: say(value, "", self.step) for name, value in ends.items()}


@pages.get("")
def show_forecast(request: Request, door: At, asked: Question) -> Response:
    """The merchandiser's page."""
    values = {**values_of(door, asked), **answer_of(door, asked)}
    problem = values["problem"]
    status = 200 if problem is None or isinstance(problem, TooLittleData) else problem.web_status
    return door.pages.show(request, "forecast.html", status, **values, **choices(door, asked))


@pages.get("/what-if")
def show_answer(request: Request, door: At, asked: Question) -> Response:
    """What the sliders would change, alone: a part of the page."""
    return door.pages.show(request, "_forecast_what_if.html", asked=asked, **answer_of(door, asked))


@pages.get("/report")
def show_report(request: Request, door: At, asked: Question) -> Response:
    """The same as one file that needs nothing else."""
    values = {**values_of(door, asked), **answer_of(door, asked)}
    page = door.pages.show(request, "forecast_report.html", **values)
    page.headers["Content-Disposition"] = f'attachment; filename="{file_name(asked)}.html"'
    return page


@pages.get(".csv")
def show_table(door: At, asked: Question) -> Response:
    """The days as a table; with shifted factors, as they would be then."""
    said, _ = forecasts(door, asked)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(asked)}.csv"'}
    return Response(report.csv_of(said), media_type="text/csv; charset=utf-8", headers=headers)


@pages.get(".svg")
def show_drawing(door: At, asked: Question) -> Response:
    """The drawing as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name(asked)}.svg"'}
    return Response(report.svg_of(*forecasts(door, asked)), media_type="image/svg+xml", headers=headers)


def forecasts(door: Door, asked: Asked) -> tuple[Forecast, Forecast | None]:
    """The forecast that is meant, and the unchanged one where factors are shifted."""
    kpi = chosen(door, asked)
    if not asked.shifts:
        return door.shop.forecast(kpi, asked.days, sku=asked.sku), None
    answer = door.shop.what_if(kpi, asked.shifts, asked.days, sku=asked.sku)
    return answer.after, answer.before


def values_of(door: Door, asked: Asked) -> dict[str, Any]:
    """What the page and the report show; too few days is an answer, not a failure."""
    values: dict[str, Any] = {"asked": asked, "said": None, "problem": None, "simulated": False}
    try:
        asked.kpi = chosen(door, asked)
        said = door.shop.forecast(asked.kpi, asked.days, sku=asked.sku)
    except (BadInput, NotFound) as problem:
        return {**values, "problem": problem}
    return {
        **values,
        "said": said,
        "title": report.headline(said),
        "fan": fan(said),
        "days": report.day_rows(said),
        "method": report.say_method(said),
        "tried": report.tried_rows(said),
        "simulated": is_simulated(door.shop.catalogue, asked.kpi),
    }


def answer_of(door: Door, asked: Asked) -> dict[str, Any]:
    """What shifted factors would change, or why that cannot be said; nothing where none is shifted."""
    values: dict[str, Any] = {"answer": None, "refusal": None}
    if not asked.shifts:
        return values
    try:
        answer = door.shop.what_if(chosen(door, asked), asked.shifts, asked.days, sku=asked.sku)
    except (BadInput, NotFound) as problem:
        return {**values, "refusal": problem}
    moved, unit = answer.difference, answer.after.unit
    return {
        "refusal": None,
        "answer": answer,
        "difference": report.say_difference(moved, unit),
        "verdict": report.say_verdict(moved),
        "changed": [(spoken(name), say(shift)) for name, shift in answer.changes.items()],
        "changed_fan": fan(answer.after, answer.before),
        "changed_days": report.day_rows(answer.after),
    }


def choices(door: Door, asked: Asked) -> dict[str, Any]:
    """What the page's fields and sliders offer."""
    known = [KPIS[name] for name in KPIS if name == asked.kpi or door.shop.catalogue.tells_of(name)]
    products = door.shop.browse(limit=NAMED).products
    return {"kpis": known, "products": products, **sliders_of(door, asked)}


def sliders_of(door: Door, asked: Asked) -> dict[str, Any]:
    """Sliders of the factors that varied, names of those that did not, or why there are none."""
    try:
        knobs = door.shop.knobs(chosen(door, asked), sku=asked.sku)
    except ShopsightError as problem:
        return {"sliders": [], "more_sliders": [], "still": [], "no_sliders": problem}
    sliders = [slider(knob, asked.shifts.get(knob.factor.name, 0.0)) for knob in knobs if knob.varied]
    # What was shifted stays in sight.
    sliders.sort(key=lambda one: one.value == 0)
    still = [spoken(knob.factor.name) for knob in knobs if not knob.varied]
    return {"sliders": sliders[:SLIDERS], "more_sliders": sliders[SLIDERS:], "still": still, "no_sliders": None}


def slider(knob: Knob, value: float) -> Slider:
    """A slider that ends where the shop's photos have ended so far: beyond is nothing to learn from."""
    step = nice_step((knob.high - knob.low) / MARKS)
    low, high = (-math.floor((knob.now - knob.low) / step) * step, math.floor((knob.high - knob.now) / step) * step)
    return Slider(knob, step, low, high, value)


def fan(said: Forecast, beside: Forecast | None = None) -> dict[str, str]:
    """The drawing for wide and for narrow screens, and its words."""
    wide = report.svg_of(said, beside) if beside else report.svg_of(said, width_px=WIDE_PX, height_px=LOW_PX)
    tall = report.svg_of(said, beside, height_px=TALL_PX)
    return {"wide": data_uri(wide), "tall": data_uri(tall), "words": words_of(wide)}


def chosen(door: Door, asked: Asked) -> str:
    """The KPI that is asked about; where none is, the first of which anything is known. Raises `TooLittleData`."""
    if asked.kpi:
        return asked.kpi
    known = next((name for name in KPIS if door.shop.catalogue.tells_of(name)), "")
    if not known:
        raise TooLittleData("forecast", "no day of any KPI is known", "Import events or a daily table first.")
    return known


def read_shifts(query: Mapping[str, str]) -> dict[str, float]:
    """`shift.NAME=AMOUNT` of an address, without what is not shifted. Raises `BadInput` for what is no number."""
    shifts = {}
    for key, text in query.items():
        if key.startswith(SHIFT):
            name = clean_words(key.removeprefix(SHIFT))[:100]
            shifts[name] = read_shift(name, text)
    moved = {name: shift for name, shift in shifts.items() if shift}
    if len(moved) > MOST_SHIFTS:
        raise BadInput(f"{len(moved)} factors", "that many cannot be told apart", f"Shift at most {MOST_SHIFTS}.")
    return moved


def read_shift(name: str, text: str) -> float:
    """The amount. Raises `BadInput`."""
    try:
        shift = float(text or 0)
    except ValueError:
        shift = math.nan
    if not abs(shift) <= 1e9:
        raise BadInput(f"the shift of {name}", "it is no number", "Say by how much, such as 0.05.")
    return shift


def file_name(asked: Asked) -> str:
    """What a download is called; the address says the rest."""
    return "forecast-what-if" if asked.shifts else "forecast"


def spoken(name: str) -> str:
    """A factor's name as people read it.

    >>> spoken("subject_size")
    'Subject size'
    """
    return name.replace("_", " ").capitalize()
