"""Influence as documents, tables and plain words, the same from the command line, over HTTP and in the report."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from shopsight.insight.effects import CALLED, FactorEffect
from shopsight.insight.factors import FACTORS, PRODUCT_FACTORS
from shopsight.insight.influence import Control, Influence, counted_in
from shopsight.insight.shapes import Shape
from shopsight.types import Estimate, Kpi

NOT_PROVEN = (
    "Estimated from logs: photos were not given to products by chance. A factor may go with a KPI because dearer, "
    "newer or better placed products are photographed that way, or because another factor goes with both. Only an "
    "experiment that changes the photo and nothing else measures what the photo does."
)
SIMULATED = "SIMULATED: these numbers are made up."
TOLD = 5
SCALES = {"binomial": "log-odds", "poisson": "log", "gaussian": "the KPI's unit"}
COLUMNS = (
    "category", "factor", "meaning", "effect", "low", "high", "unit", "slope", "slope_low", "slope_high", "slope_scale",
    "p", "p_adjusted", "called", "rows", "kind", "spread", "spread_unit", "stands_for", "simulated",
)  # fmt: skip


def describe_influence(answer: Influence) -> dict[str, Any]:
    """The whole answer as one JSON document."""
    return {
        "kpi": answer.kpi.name,
        "unit": answer.kpi.unit,
        "higher_is_better": answer.kpi.higher_is_better,
        "kind": "estimated from logs",
        "simulated": answer.simulated,
        "mode": answer.mode,
        "products": answer.products,
        "counted": [answer.counted, answer.out_of],
        "between_products": answer.between,
        "called_at": CALLED,
        "slope_scale": SCALES[answer.kpi.family],
        "summary": list(summary(answer)),
        "not_proven": NOT_PROVEN,
        "effects": [_effect(effect) for effect in answer.effects],
        "by_category": {kind: [_effect(one) for one in effects] for kind, effects in answer.by_category.items()},
        "left_out": list(answer.left_out),
        "constant": list(answer.constant),
        "control": _control(answer.control),
        "shapes": [_shape(shape) for shape in answer.shapes],
        "since": answer.since.isoformat() if answer.since else None,
        "until": answer.until.isoformat() if answer.until else None,
        "sources": list(answer.sources),
    }


def summary(answer: Influence) -> Iterator[str]:
    """The answer in plain words, sentence by sentence."""
    if answer.simulated:
        yield SIMULATED
    kpi, called = answer.kpi, answer.called
    counts = f"{answer.products:,} products, {answer.out_of if kpi.family == 'gaussian' else answer.counted:,.0f}"
    evidence = f"{counts} {counted_in(kpi)}"
    go = "factor goes" if len(called) == 1 else "factors go"
    yield f"{len(called)} of {len(answer.effects)} {go} with {kpi.title.lower()} beyond chance ({evidence})."
    for effect in called[:TOLD]:
        yield f"{in_words(kpi, effect)}."
    if answer.mode == "joint":
        yield "Each factor is told with all the others held still, and products are compared within their category."
    else:
        yield (
            "There are too few products to tell all factors apart: each is told by itself, within categories, so that "
            "factors that go together share their effect."
        )
    yield control_in_words(answer.control)


def in_words(kpi: Kpi, effect: FactorEffect) -> str:
    """One effect: `More brightness (one spread is 0.12 share) goes with +0.34 points (0.25 to 0.44): better`."""
    good = "better" if (effect.effect.value > 0) == kpi.higher_is_better else "worse"
    unit = f" {unit}" if (unit := unit_of(effect.name)) else ""
    size = f"one spread is {effect.spread:.3g}{unit}"
    return f"More {spoken(effect.name)} ({size}) goes with {say_effect(kpi, effect.effect)}: {good}"


def control_in_words(control: Control) -> str:
    """What the shuffled photos found."""
    some = control.any_called
    found = f"something was called in {some.value:.0%} of the shuffles ({some.low:.0%} to {some.high:.0%})"
    told = f"Control: the photos were shuffled among the products {control.shuffles} times, and {found}"
    if control.clean:
        return f"{told}, with a mean effect of about zero. A tenth may pass by chance: the method invents nothing here."
    return f"{told}. That is too often, or the mean effect leans to one side: do not trust this answer."


def spoken(name: str) -> str:
    """A factor's name as words.

    >>> spoken("white_ground")
    'white ground'
    """
    return name.replace("_", " ")


def unit_of(name: str) -> str:
    """The unit of a factor; empty for a name that is no factor."""
    factor = FACTORS.get(name) or PRODUCT_FACTORS.get(name)
    return factor.unit if factor else ""


def meaning_of(name: str) -> str:
    """What a factor means; empty for a name that is no factor."""
    factor = FACTORS.get(name) or PRODUCT_FACTORS.get(name)
    return factor.meaning if factor else ""


def say_effect(kpi: Kpi, one: Estimate) -> str:
    """An effect with its range.

    >>> from shopsight.kpis import KPIS
    >>> say_effect(KPIS["click_through"], Estimate(0.0034, 0.0025, 0.0044, 300, "estimated from logs"))
    '+0.34 points (+0.25 to +0.44)'
    """
    value, low, high = (in_unit(kpi, x) for x in (one.value, one.low, one.high))
    return f"{value:+.3g} {effect_unit(kpi)} ({low:+.3g} to {high:+.3g})"


def say_p(p: float) -> str:
    """A p-value as people read it.

    >>> say_p(4.4e-21), say_p(0.0312)
    ('p < 0.0001', 'p 0.031')
    """
    return "p < 0.0001" if p < 1e-4 else f"p {p:.2g}"


def in_unit(kpi: Kpi, value: float) -> float:
    """An effect in the unit that people read: percentage points for a share."""
    return value * 100 if kpi.unit == "share" else value


def effect_unit(kpi: Kpi) -> str:
    """The unit of an effect as people read it."""
    return "points" if kpi.unit == "share" else kpi.unit


def rows_of(answer: Influence) -> list[dict[str, Any]]:
    """Every effect as a row of a table, those of the whole shop (category empty) first."""
    parts: Sequence[tuple[str, Sequence[FactorEffect]]] = [("", answer.effects), *answer.by_category.items()]
    return [_row(answer, kind, effect) for kind, effects in parts for effect in effects]


def write_csv(answer: Influence, file: TextIO) -> None:
    """Every effect as a line."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows_of(answer))


def _harmless(value: object) -> object:
    """A category from a feed must not be read as a formula by a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _row(answer: Influence, category: str, effect: FactorEffect) -> dict[str, Any]:
    one, slope = effect.effect, effect.slope
    values = (
        category, effect.name, meaning_of(effect.name), one.value, one.low, one.high, answer.kpi.unit, slope.value,
        slope.low, slope.high, SCALES[answer.kpi.family], effect.p, effect.p_adjusted, effect.called, one.rows,
        one.kind, effect.spread, unit_of(effect.name), " ".join(effect.stands_for), answer.simulated,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _effect(effect: FactorEffect) -> dict[str, Any]:
    return {
        "factor": effect.name,
        "meaning": meaning_of(effect.name),
        "effect": estimate_document(effect.effect),
        "slope": estimate_document(effect.slope),
        "p": effect.p,
        "p_adjusted": effect.p_adjusted,
        "called": effect.called,
        "spread": effect.spread,
        "spread_unit": unit_of(effect.name),
        "stands_for": list(effect.stands_for),
    }


def _control(control: Control) -> dict[str, Any]:
    return {
        "shuffles": control.shuffles,
        "any_called": estimate_document(control.any_called),
        "called": estimate_document(control.called),
        "mean_effect": estimate_document(control.mean_effect),
        "clean": control.clean,
    }


def _shape(shape: Shape) -> dict[str, Any]:
    curve = [{"at": at, "kpi": estimate_document(level)} for at, level in zip(shape.at, shape.kpi, strict=True)]
    return {"factor": shape.name, "importance": estimate_document(shape.importance), "curve": curve}


def estimate_document(one: Estimate) -> dict[str, Any]:
    """`{value, low, high, rows, kind}`."""
    return {"value": one.value, "low": one.low, "high": one.high, "rows": one.rows, "kind": one.kind}
