"""Suggestions: kept, renewed until somebody decides, written to the product, undone, read back as truth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stock_room import Opener, stock

from shopsight.catalogue.store import Catalogue
from shopsight.catalogue.suggestions import Idea, Kept, clean_value
from shopsight.errors import BadInput, NotFound
from shopsight.types import Filters

ENGINE = "shop.lite0/1"


def idea(
    sku: str = "A", kind: str = "category", value: str = "Dress", score: float = 0.8, photo: str = "f" * 64
) -> Idea:
    return Idea(sku, photo, kind, value, score)  # type: ignore[arg-type]


def only(shop: Catalogue, **asked: str) -> object:
    [suggestion] = shop.suggestions(**asked).suggestions
    return suggestion


def test_an_accepted_category_is_the_product_s_and_can_be_undone(shop: Catalogue) -> None:
    stock(shop, "A", category="")
    assert shop.suggest([idea()], ENGINE) == Kept(added=1)
    made = only(shop)
    assert (made.sku, made.kind, made.value, made.score, made.engine) == ("A", "category", "Dress", 0.8, ENGINE)
    assert (made.state, made.truth, made.decided_at) == ("pending", "", None)
    [accepted] = shop.accept_suggestions([made.id])
    assert (accepted.state, accepted.truth) == ("accepted", "Dress")
    assert accepted.decided_at is not None
    assert shop.product("A").category == "Dress"
    assert shop.browse(Filters(categories=("dress",))).total == 1
    [undone] = shop.undo_suggestions([made.id])
    assert undone == made
    assert shop.product("A").category == ""
    assert shop.browse(Filters(categories=("dress",))).total == 0


def test_colour_and_pattern_are_written_under_the_shop_s_own_name(shop: Catalogue) -> None:
    stock(shop, "A", attributes={"Farbe": "rot", "size": "M"})
    shop.suggest([idea(kind="colour", value="burgundy"), idea(kind="pattern", value="striped")], ENGINE)
    shop.accept_suggestions([s.id for s in shop.suggestions().suggestions])
    assert shop.product("A").attributes == {"Farbe": "burgundy", "size": "M", "pattern": "striped"}
    assert shop.browse(Filters(colours=("burgundy",))).total == 1
    shop.undo_suggestions([s.id for s in shop.suggestions().suggestions])
    assert shop.product("A").attributes == {"Farbe": "rot", "size": "M"}


def test_a_correction_is_what_becomes_true(shop: Catalogue) -> None:
    stock(shop, "A", "B", category="")
    shop.suggest([idea("A", score=0.9), idea("B", value="Skirt", score=0.6)], ENGINE)
    first, second = shop.suggestions().suggestions
    corrected = shop.correct_suggestion(first.id, "  Evening\tdress ")
    assert (corrected.state, corrected.corrected, corrected.truth) == ("corrected", "Evening dress", "Evening dress")
    assert shop.product("A").category == "Evening dress"
    # Saying the same as was suggested is accepting it.
    assert shop.correct_suggestion(second.id, "Skirt").state == "accepted"
    assert {(c.sku, c.value, c.truth) for c in shop.corrections()} == {
        ("A", "Dress", "Evening dress"),
        ("B", "Skirt", "Skirt"),
    }
    assert shop.corrections("pattern") == []


def test_what_was_decided_is_not_asked_again_and_what_was_not_is_renewed(shop: Catalogue) -> None:
    stock(shop, "A", "B", category="")
    shop.suggest([idea("A"), idea("B")], ENGINE)
    shop.dismiss_suggestions([only(shop, sku="A").id])
    again = [idea("A", value="Skirt"), idea("B", value="Skirt", score=0.4)]
    assert shop.suggest(again, "another/2") == Kept(renewed=1, decided=1)
    assert (only(shop, sku="A").value, only(shop, sku="A").state) == ("Dress", "dismissed")
    renewed = only(shop, sku="B")
    assert (renewed.value, renewed.score, renewed.engine) == ("Skirt", 0.4, "another/2")
    page = shop.suggestions("pending")
    assert (page.total, page.states) == (1, {"pending": 1, "accepted": 0, "corrected": 0, "dismissed": 1})


def test_a_mind_may_be_changed(shop: Catalogue) -> None:
    stock(shop, "A", category="Tops")
    shop.suggest([idea()], ENGINE)
    number = only(shop).id
    for _ in range(2):  # accepting twice is accepting once
        shop.accept_suggestions([number])
        assert shop.product("A").category == "Dress"
    shop.correct_suggestion(number, "Gown")
    assert shop.product("A").category == "Gown"
    [dismissed] = shop.dismiss_suggestions([number])
    assert (dismissed.state, dismissed.corrected, dismissed.truth) == ("dismissed", "", "")
    assert shop.product("A").category == "Tops"


def test_undoing_does_not_overwrite_what_somebody_changed_since(shop: Catalogue) -> None:
    [product] = stock(shop, "A", category="")
    shop.suggest([idea()], ENGINE)
    number = only(shop).id
    shop.accept_suggestions([number])
    shop.save([replace(product, category="Ball gown")])
    with pytest.raises(BadInput, match="changed since, to 'Ball gown'"):
        shop.undo_suggestions([number])
    assert shop.product("A").category == "Ball gown"
    assert only(shop).state == "accepted"


def test_many_are_decided_together_or_not_at_all(shop: Catalogue) -> None:
    stock(shop, "A", "B", category="")
    shop.suggest([idea("A"), idea("B")], ENGINE)
    numbers = [s.id for s in shop.suggestions().suggestions]
    with pytest.raises(NotFound, match="suggestion 999"):
        shop.accept_suggestions([*numbers, 999])
    assert [shop.product(sku).category for sku in "AB"] == ["", ""]
    assert shop.suggestions("pending").total == 2


def test_a_removed_product_is_not_spoken_of(shop: Catalogue) -> None:
    stock(shop, "A", category="")
    shop.suggest([idea()], ENGINE)
    number = only(shop).id
    shop.accept_suggestions([number])
    shop.remove(["A"])
    assert shop.suggestions().total == 0
    assert shop.suggestions().states["accepted"] == 0
    assert shop.corrections() == []
    with pytest.raises(NotFound, match="does not have this product"):
        shop.undo_suggestions([number])


def test_pages_are_ordered_by_score_and_filtered(shop: Catalogue) -> None:
    skus = [f"S{n}" for n in range(9)]
    stock(shop, *skus)
    shop.suggest([idea(sku, score=n / 10) for n, sku in enumerate(skus)], ENGINE)
    shop.suggest([idea("S3", "colour", "red", 0.95)], ENGINE)
    assert [s.sku for s in shop.suggestions(kind="category", offset=2, limit=3).suggestions] == ["S6", "S5", "S4"]
    assert shop.suggestions(sku="S3").total == 2
    assert {s.sku for s in shop.suggestions(least_score=0.65).suggestions} == {"S7", "S8", "S3"}
    assert shop.suggestions(limit=1).total == 10
    for asked in ({"state": "maybe"}, {"kind": "size"}):
        with pytest.raises(BadInput, match="Use one of"):
            shop.suggestions(**asked)


def test_suggestions_outlive_the_process(open_shop: Opener) -> None:
    shop = open_shop()
    stock(shop, "A", category="")
    shop.suggest([idea()], ENGINE)
    shop.accept_suggestions([only(shop).id])
    shop.close()
    again = open_shop()
    again.undo_suggestions([only(again).id])
    assert again.product("A").category == ""


@pytest.mark.parametrize("value", ["", "  \t ", "\x00\x1b", "x" * 501])
def test_values_that_are_none_are_refused(shop: Catalogue, value: str) -> None:
    stock(shop, "A", category="")
    shop.suggest([idea()], ENGINE)
    with pytest.raises(BadInput, match="value"):
        shop.correct_suggestion(only(shop).id, value)
    with pytest.raises(BadInput, match="value"):
        shop.suggest([idea(kind="colour", value=value)], ENGINE)
    assert only(shop).state == "pending"


def test_an_unknown_kind_or_number_is_refused(shop: Catalogue) -> None:
    with pytest.raises(BadInput, match="no such kind"):
        shop.suggest([idea(kind="size")], ENGINE)
    for decide in (shop.accept_suggestions, shop.dismiss_suggestions, shop.undo_suggestions):
        with pytest.raises(NotFound):
            decide([7])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=600))
def test_any_text_is_cleaned_or_refused(text: str) -> None:
    try:
        value = clean_value(text)
    except BadInput:
        return
    assert value == value.strip()
    assert value.isprintable()
    assert 0 < len(value) <= 500
    assert clean_value(value) == value
