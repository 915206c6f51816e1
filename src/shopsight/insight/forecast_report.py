"""Forecasts as documents, tables and drawings, the same from the command line and over HTTP."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from shopsight.charts import fan_chart
from shopsight.charts.scale import say
from shopsight.insight.forecast import Forecast, ForecastDay, WhatIf
from shopsight.kpis import KPIS
from shopsight.types import Estimate

COLUMNS = ("day", "value", "low_80", "high_80", "low_95", "high_95", "rows", "kind")
PREDICTED = "predicted: a model's word about days to come, not a measured effect of anything."
WIDTH_PX, HEIGHT_PX = 720, 320
Range = tuple[float, float]


def describe_forecast(said: Forecast) -> dict[str, Any]:
    """The forecast as JSON; an error that could not be tried is null."""
    return {
        "kpi": said.kpi,
        "sku": said.sku,
        "unit": said.unit,
        "kind": "predicted",
        "method": said.method,
        "error": _number(said.error),
        "seasonal_naive_error": _number(said.naive_error),
        "tried": {name: _number(error) for name, error in said.tried.items()},
        "factors": list(said.factors),
        "gaps": said.gaps,
        "notes": list(said.notes),
        "days": [dict(zip(COLUMNS, _cells(day), strict=True)) for day in said.days],
    }


def describe_what_if(answer: WhatIf) -> dict[str, Any]:
    """What would change, and the forecast before and after."""
    return {
        "changes": dict(answer.changes),
        "difference_per_day": describe_estimate(answer.difference),
        "before": describe_forecast(answer.before),
        "after": describe_forecast(answer.after),
    }


def describe_estimate(one: Estimate) -> dict[str, Any]:
    """`{value, low, high, rows, kind}`."""
    return {"value": one.value, "low": one.low, "high": one.high, "rows": one.rows, "kind": one.kind}


def csv_of(said: Forecast) -> str:
    """One line a day, with a header."""
    lines = [COLUMNS, *(tuple(map(str, _cells(day))) for day in said.days)]
    return "".join(",".join(line) + "\n" for line in lines)


def svg_of(
    said: Forecast, beside: Forecast | None = None, *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX
) -> str:
    """The fan chart; with `beside`, a line of what that one says."""
    return fan_chart(
        said.past,
        [(day.day, day.estimate.value, (day.low_80, day.high_80), _range(day)) for day in said.days],
        beside=[(day.day, day.estimate.value) for day in beside.days] if beside else (),
        title=headline(said),
        y_label="" if said.unit == "share" else said.unit,
        unit="share" if said.unit == "share" else "",
        width_px=width_px,
        height_px=height_px,
    )


def headline(said: Forecast) -> str:
    """Which KPI, of what, for how long: "Traffic: the next 28 days"."""
    of = f" of {said.sku}" if said.sku else ""
    days = f"{len(said.days)} days" if len(said.days) > 1 else "day"
    return f"{KPIS[said.kpi].title}{of}: the next {days}"


def say_value(value: float, unit: str) -> str:
    """A KPI's value as people read it.

    >>> say_value(0.0312, "share"), say_value(1234.5, "views per day"), say_value(float("nan"), "place")
    ('3.12 %', '1,234', '–')
    """
    return say(value, "share" if unit == "share" else "")


def say_size(size: float, unit: str) -> str:
    """How far two values of a KPI lie apart; of a share in percentage points.

    >>> say_size(0.00383, "share"), say_size(2.6134, "views per day")
    ('0.38 percentage points', '2.6')
    """
    if unit == "share":
        return f"{say(size * 100, '', _figures(size * 100))} percentage points"
    return say(size, "", _figures(size))


def say_difference(one: Estimate, unit: str) -> str:
    """A difference a day with its 95 % range; of a share in percentage points.

    >>> say_difference(Estimate(0.012, 0.004, 0.02, 120, "predicted"), "share")
    '+1.2 percentage points a day (95 %: +0.4 to +2)'
    """
    size = 100 if unit == "share" else 1
    words = "percentage points" if unit == "share" else unit.removesuffix(" per day")
    # All three to the same place: what is finer than the range is noise.
    step = _figures(max(abs(one.high - one.low), abs(one.value)) * size)
    value, low, high = (_signed(number * size, step) for number in (one.value, one.low, one.high))
    return f"{value} {words} a day (95 %: {low} to {high})"


def say_verdict(one: Estimate) -> str:
    """What a difference's range allows to be said.

    >>> say_verdict(Estimate(0.1, -0.2, 0.4, 120, "predicted"))
    'The range holds zero: the days so far do not say whether it would go up or down.'
    """
    if one.low <= 0 <= one.high:
        return "The range holds zero: the days so far do not say whether it would go up or down."
    return f"The whole range lies {'above' if one.low > 0 else 'below'} zero."


def say_method(said: Forecast) -> str:
    """How good the chosen way was at earlier days, beside seasonal naive."""
    if not math.isfinite(said.error):
        return f"{_known(said)}: too few to try anything on. It goes on as it was a week before."
    ours, plain = say_size(said.error, said.unit), say_size(said.naive_error, said.unit)
    if said.method == "seasonal-naive":
        return (
            f"{_known(said)}. No way was clearly better than “as it was a week before”, which was off by {plain} a day."
        )
    return (
        f"{_known(said)}. At earlier days {said.method} was off by {ours} a day on average, "
        f"“as it was a week before” (seasonal naive) by {plain}."
    )


def tried_rows(said: Forecast) -> list[tuple[str, str, str]]:
    """Each way with its error and the error's ratio to seasonal naive's, the best first."""
    ranked = sorted(said.tried.items(), key=lambda item: item[1] if math.isfinite(item[1]) else math.inf)
    return [(name, say_size(error, said.unit), _ratio(error, said.naive_error)) for name, error in ranked]


def day_rows(said: Forecast) -> list[tuple[str, str, str, str]]:
    """Each day with its value, 80 % and 95 % range in words."""
    step = _step(said)
    unit = "share" if said.unit == "share" else ""

    def between(ends: Range) -> str:
        return f"{say(ends[0], unit, step)} to {say(ends[1], unit, step)}"

    return [
        (
            f"{day.day:%a} {day.day.isoformat()}",
            say(day.estimate.value, unit, step),
            between((day.low_80, day.high_80)),
            between(_range(day)),
        )
        for day in said.days
    ]


def _step(said: Forecast) -> float | None:
    """Two figures of a usual 95 % range: finer is noise."""
    widths: Sequence[float] = sorted(high - low for low, high in map(_range, said.days))
    return _figures(widths[len(widths) // 2])


def _figures(size: float) -> float | None:
    """The place of a number's second figure; none for no number.

    >>> _figures(0.0868), _figures(164.8)
    (0.001, 10.0)
    """
    return 10.0 ** (math.floor(math.log10(abs(size))) - 1) if size and math.isfinite(size) else None


def _known(said: Forecast) -> str:
    known = sum(value is not None for _, value in said.past)
    missing = f", {said.gaps} missing" if said.gaps else ""
    return f"{known} days known{missing}"


def _signed(value: float, step: float | None) -> str:
    text = say(value, "", step)
    return text if text.startswith("−") or text == "0" else f"+{text}"


def _ratio(error: float, beside: float) -> str:
    return f"{error / beside:.2f}" if math.isfinite(error) and beside > 0 else "–"


def _range(day: ForecastDay) -> Range:
    return day.estimate.low, day.estimate.high


def _cells(day: ForecastDay) -> tuple[str | float | int, ...]:
    one = day.estimate
    return day.day.isoformat(), one.value, day.low_80, day.high_80, one.low, one.high, one.rows, one.kind


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
