"""Influence as pictures: effects with their ranges, and the curves of the strongest factors."""

from __future__ import annotations

from collections.abc import Sequence

from shopsight.charts import interval_chart, line_chart
from shopsight.insight.effects import FactorEffect
from shopsight.insight.influence import Influence
from shopsight.insight.influence_table import effect_unit, in_unit, spoken
from shopsight.insight.shapes import Shape


def draw_effects(answer: Influence, category: str = "", most: int | None = None) -> str:
    """The SVG of the effects of the whole shop or of one category, the `most` surest, sorted by their size."""
    effects: Sequence[FactorEffect] = answer.by_category[category] if category else answer.effects
    rows = {spoken(effect.name): _in_unit(answer, effect) for effect in effects[:most]}
    what = f" of {category}" if category else ""
    title = f"{_named(answer)}{what}, one spread more"
    unit = effect_unit(answer.kpi)
    label = "percentage points, with 95 % range" if unit == "points" else f"{unit}, with 95 % range"
    return interval_chart(rows, title=title, x_label=label)


def draw_shape(answer: Influence, shape: Shape) -> str:
    """The SVG of a factor's curve: the KPI where the factor is so many spreads from its mean."""
    levels = [level.value for level in shape.kpi]
    band = ([level.low for level in shape.kpi], [level.high for level in shape.kpi])
    name, unit = spoken(shape.name), answer.kpi.unit
    return line_chart(
        {name: (shape.at, levels)},
        bands={name: band},
        title=f"{_named(answer)} by {name}",
        x_label=f"{name}, spreads from the mean",
        y_label="" if unit == "share" else unit,
        unit="share" if unit == "share" else "",
    )


def _named(answer: Influence) -> str:
    # Said first: a long title is cut at its end.
    return f"Simulated {answer.kpi.title.lower()}" if answer.simulated else answer.kpi.title


def _in_unit(answer: Influence, effect: FactorEffect) -> tuple[float, float, float]:
    one = effect.effect
    return in_unit(answer.kpi, one.value), in_unit(answer.kpi, one.low), in_unit(answer.kpi, one.high)
