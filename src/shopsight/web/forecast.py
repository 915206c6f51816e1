"""What a KPI will be, and what it would be with other pictures."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from shopsight.insight.forecast import Forecast, WhatIf
from shopsight.types import Estimate, EstimateKind
from shopsight.web.asking import clean_words
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.shapes import Line

router = APIRouter(prefix="/forecast", tags=["insight"], dependencies=[Depends(may_read)])

KpiName = Annotated[Line, Query(description="Which KPI: `traffic`, `click_through`, `conversion` ...")]
Days = Annotated[int, Query(ge=1, le=366, description="How many days ahead.")]
SkuOrAll = Annotated[str, Query(max_length=200, description="Only this product; empty for the whole shop.")]
WithFactors = Annotated[bool, Query(description="Let the factors of the photos shown take part.")]
Shift = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]


class RangedOut(BaseModel):
    """A number with its 95 % range, the days behind it, and what kind of knowledge it is."""

    value: float
    low: float
    high: float
    rows: int
    kind: EstimateKind


class ForecastDayOut(BaseModel):
    """A day to come, with 80 and 95 % ranges."""

    day: date
    value: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float
    rows: int
    kind: Literal["predicted"] = "predicted"


class ForecastOut(BaseModel):
    """A KPI for days to come. `error` and `seasonal_naive_error` are mean absolute errors at earlier days, null where
    the past is too short to try."""

    kpi: str
    sku: str
    unit: str
    method: str
    error: float | None
    seasonal_naive_error: float | None
    tried: dict[str, float | None]
    factors: list[str]
    gaps: int
    notes: list[str]
    past: list[tuple[date, float | None]]
    days: list[ForecastDayOut]


class WhatIfIn(BaseModel):
    """A KPI and how much each picture factor is to change, in the factor's own unit."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"kpi": "click_through", "days": 14, "changes": {"brightness": 0.1}}}
    )
    kpi: Line
    changes: dict[Line, Shift] = Field(min_length=1, max_length=10)
    days: int = Field(28, ge=1, le=366)
    sku: str = Field("", max_length=200)


class WhatIfOut(BaseModel):
    """The forecast before and after, and what the change moves a day by. Predicted, never a measured effect."""

    changes: dict[str, float]
    difference_per_day: RangedOut
    before: ForecastOut
    after: ForecastOut


@router.get("")
def forecast(
    door: At, kpi: KpiName, days: Days = 28, sku: SkuOrAll = "", with_factors: WithFactors = False
) -> ForecastOut:
    """A KPI day by day, by the way that erred least at earlier days."""
    said = door.shop.forecast(clean_words(kpi), days, sku=clean_words(sku), with_factors=with_factors)
    return forecast_out(said)


@router.post("/what-if")
def what_if(door: At, asked: WhatIfIn) -> WhatIfOut:
    """The same forecast with changed picture factors."""
    return what_if_out(door.shop.what_if(clean_words(asked.kpi), asked.changes, asked.days, sku=clean_words(asked.sku)))


def forecast_out(said: Forecast) -> ForecastOut:
    """The noun as it goes over the wire."""
    days = [
        ForecastDayOut(
            day=day.day,
            value=day.estimate.value,
            low_80=day.low_80,
            high_80=day.high_80,
            low_95=day.estimate.low,
            high_95=day.estimate.high,
            rows=day.estimate.rows,
        )
        for day in said.days
    ]
    return ForecastOut(
        kpi=said.kpi,
        sku=said.sku,
        unit=said.unit,
        method=said.method,
        error=_number(said.error),
        seasonal_naive_error=_number(said.naive_error),
        tried={name: _number(error) for name, error in said.tried.items()},
        factors=list(said.factors),
        gaps=said.gaps,
        notes=list(said.notes),
        past=list(said.past),
        days=days,
    )


def what_if_out(answer: WhatIf) -> WhatIfOut:
    """The noun as it goes over the wire."""
    return WhatIfOut(
        changes=dict(answer.changes),
        difference_per_day=ranged_out(answer.difference),
        before=forecast_out(answer.before),
        after=forecast_out(answer.after),
    )


def ranged_out(one: Estimate) -> RangedOut:
    """An estimate as it goes over the wire."""
    return RangedOut(value=one.value, low=one.low, high=one.high, rows=one.rows, kind=one.kind)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
