"""Influence: what is asked, what is refused, what is dropped, and how it is told."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from shopsight.errors import BadInput, TooLittleData
from shopsight.insight.effects import prepare
from shopsight.insight.gain import gain
from shopsight.insight.influence import Influence, Logs, find_influence
from shopsight.insight.influence_drawing import draw_effects, draw_shape
from shopsight.insight.influence_table import describe_influence, summary, write_csv
from shopsight.insight.simulate import simulate_shop
from shopsight.kpis import KPIS

EFFECTS = {
    "click_through": {"brightness": 0.25, "warmth": -0.2},
    "traffic": {"brightness": 0.5},
    "conversion": {"brightness": 0.5},
}


def logs_of(kpi: str, products: int = 160, *, seed: int = 3, days: int = 14) -> Logs:
    shop = simulate_shop(seed, products, days, EFFECTS)
    counts = np.stack([table.sum(1) for table in shop.totals(kpi)], 1)
    return Logs(
        shop.skus, shop.names, shop.factors, shop.categories, counts, ("simulated",), shop.days[0], shop.days[-1]
    )


@pytest.fixture(scope="module")
def answer() -> Influence:
    return find_influence(KPIS["click_through"], logs_of("click_through", 240), "category")


def test_planted_effects_are_found_with_the_right_sign_and_size(answer: Influence) -> None:
    first, second = answer.effects[:2]
    assert (first.name, second.name) == ("brightness", "warmth")
    assert first.called
    assert first.slope.low < 0.25 < first.slope.high
    assert second.slope.high < 0 < first.slope.low
    # A usual click-through of 3 % moves by about 3 % x 97 % x 0.25.
    assert first.effect.value == pytest.approx(0.03 * 0.97 * 0.25, rel=0.5)
    assert (first.effect.rows, first.effect.kind) == (240, "estimated from logs")
    assert answer.control.clean
    assert set(answer.by_category) == {"Bags", "Dresses", "Shirts", "Shoes"}
    shirts = {effect.name: effect for effect in answer.by_category["Shirts"]}
    assert shirts["brightness"].called
    assert shirts["brightness"].effect.rows == 60


def test_the_strongest_shape_rises_where_more_is_better(answer: Influence) -> None:
    shape = answer.shapes[0]
    assert shape.name == "brightness"
    assert shape.importance.low > 0
    assert shape.kpi[-1].value > shape.kpi[0].value
    assert len(shape.at) == len(shape.kpi)
    weakest = answer.shapes[-1].importance
    assert weakest.low < 0.02


@pytest.mark.parametrize("kpi", ["traffic", "revenue_per_view"])
def test_every_kind_of_kpi_is_told_in_its_own_unit(kpi: str) -> None:
    found = find_influence(KPIS[kpi], logs_of(kpi), shapes=False, shuffles=3)
    assert found.effects[0].name == "brightness"
    assert found.effects[0].effect.low > 0
    assert KPIS[kpi].unit in " ".join(summary(found))


def test_the_same_logs_give_the_same_answer(answer: Influence) -> None:
    again = find_influence(KPIS["click_through"], logs_of("click_through", 240), "category")
    assert describe_influence(again) == describe_influence(answer)
    assert logs_of("click_through").digest() != logs_of("click_through", seed=4).digest()


@pytest.mark.parametrize(("products", "days", "reason"), [(39, 14, "39 measured products"), (60, 1, "are too few")])
def test_too_little_is_refused_with_what_it_takes(products: int, days: int, reason: str) -> None:
    logs = logs_of("conversion", products, days=days)
    with pytest.raises(TooLittleData, match=reason) as refused:
        find_influence(KPIS["conversion"], logs)
    assert "40 products and 100 purchases" in refused.value.cure


def test_few_products_are_asked_one_factor_at_a_time_and_said_so() -> None:
    found = find_influence(KPIS["click_through"], logs_of("click_through", 60), shapes=False, shuffles=3)
    assert found.mode == "one by one"
    assert "each is told by itself" in " ".join(summary(found))
    assert len(found.effects) == 8


def test_what_cannot_be_told_apart_is_left_to_one_that_stands_for_it() -> None:
    logs = logs_of("click_through")
    values = np.concatenate([logs.values, -2 * logs.values[:, :1] + 7, np.full((160, 1), 3.0)], 1)
    names = (*logs.names, "darkness", "always")
    sheet = prepare(KPIS["click_through"], names, values, logs.categories, logs.counts)
    assert sheet.constant == ("always",)
    assert sheet.stands_for == {"brightness": ("darkness",)}
    assert "darkness" not in sheet.names
    assert sheet.values.std(0) == pytest.approx(np.ones(8), rel=1e-6)


def test_a_factor_that_only_tells_the_category_says_nothing_of_photos() -> None:
    """Shoes are photographed dark and clicked less: within shoes, dark or light is all the same."""
    logs = logs_of("click_through", 200)
    lot = np.random.default_rng(0)
    shoes = np.array(logs.categories) == "Shoes"
    dark = np.where(shoes, 3.0, 0.0) + lot.standard_normal(200)
    counts = logs.counts.copy()
    counts[shoes, 0] = np.floor(counts[shoes, 0] * 0.4)
    told = find_influence(
        KPIS["click_through"],
        replace(logs, names=("dark",), values=dark[:, None], counts=counts),
        shapes=False,
        shuffles=3,
    )
    assert not told.effects[0].called


def test_products_and_categories_without_evidence_are_left_out() -> None:
    logs = logs_of("click_through")
    counts = logs.counts.copy()
    bags = np.array(logs.categories) == "Bags"
    counts[bags, 0] = 0
    counts[0, :] = 0
    sheet = prepare(KPIS["click_through"], logs.names, logs.values, logs.categories, counts)
    assert len(sheet.above) == 160 - 40 - 1
    assert "Bags" not in sheet.categories


def test_photos_that_do_not_differ_are_refused() -> None:
    logs = replace(logs_of("click_through"), values=np.ones((160, 8)))
    with pytest.raises(TooLittleData, match="do not differ"):
        find_influence(KPIS["click_through"], logs)


def test_it_is_told_as_a_document_a_table_and_drawings(answer: Influence) -> None:
    document = json.loads(json.dumps(describe_influence(answer)))
    assert document["simulated"] is True
    assert document["summary"][0].startswith("SIMULATED")
    assert document["effects"][0]["effect"].keys() == {"value", "low", "high", "rows", "kind"}
    text = io.StringIO()
    write_csv(answer, text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue())))
    assert len(rows) == 8 * 5
    assert {row["simulated"] for row in rows} == {"True"}
    for svg in (draw_effects(answer), draw_effects(answer, "Shirts", 3), draw_shape(answer, answer.shapes[0])):
        assert svg.startswith("<svg")
        assert "Simulated" in svg


def test_a_category_that_looks_like_a_formula_stays_text(answer: Influence) -> None:
    text = io.StringIO()
    write_csv(replace(answer, by_category={"=1+1": answer.effects[:1]}), text)
    assert list(csv.DictReader(io.StringIO(text.getvalue())))[-1]["category"] == "'=1+1"


def test_gain_tells_useful_columns_from_useless_ones() -> None:
    lot = np.random.default_rng(0)
    base, useful, useless = lot.standard_normal((300, 3)), lot.standard_normal((300, 2)), lot.standard_normal((300, 5))
    target = base @ [1.0, 0.5, 0.0] + useful @ [0.8, -0.8] + lot.standard_normal(300)
    good, bad = gain(target, base, useful), gain(target, base, useless)
    assert good.gain.low > 0.1
    assert good.control.value < 0.01
    assert bad.gain.low < 0 < bad.gain.high + 0.02
    assert bad.gain.value < 0.01
    trees = gain(target, base, useful, repeats=1, learner="trees")
    assert trees.gain.value > 0.1
    with pytest.raises(TooLittleData):
        gain(target[:20], base[:20], useful[:20])
    with pytest.raises(BadInput):
        gain(target, base[:20], useful)
