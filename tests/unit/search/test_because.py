"""Reasons that were really seen, in words a shopper reads."""

from __future__ import annotations

import numpy as np

from shopsight.search.because import explain_look, explain_wish, explain_words, named
from shopsight.types import Finding, Sight


def sight(
    category: str = "", sure: float = 0.9, colours: tuple[tuple[str, float], ...] = (), pattern: str = ""
) -> Sight:
    findings = (Finding(category, sure),) if category else ()
    return Sight(np.ones(1, np.float32), findings, tuple(Finding(*c) for c in colours), pattern)


def words(*looks: Sight, shape: float = 0.0) -> list[str]:
    return [because.words for because in explain_look(*looks, shape)]


def test_what_both_have_is_said_strongest_first() -> None:
    mine = sight("Dress", colours=(("red", 0.5), ("white", 0.4)), pattern="striped")
    theirs = sight("Dress", colours=(("white", 0.5), ("red", 0.45)), pattern="striped")
    assert words(mine, theirs, shape=0.95) == [
        "nearly the same shape",
        "also a dress",
        "also red and white",
        "also striped",
    ]


def test_what_differs_or_is_unsure_is_not_said() -> None:
    assert words(sight("Dress"), sight("Hat"), shape=0.3) == []
    assert words(sight("Dress", sure=0.2), sight("Dress")) == []
    assert words(sight(colours=(("red", 0.05),)), sight(colours=(("red", 0.9),))) == []
    assert words(sight(pattern="plain"), sight(pattern="plain")) == []


def test_a_hit_that_was_not_looked_at_is_explained_by_its_shape_alone() -> None:
    assert [b.words for b in explain_look(sight("Dress"), None, 0.6)] == ["a similar shape"]


def test_weights_are_shares() -> None:
    found = explain_look(sight("Hat", colours=(("red", 1.0),)), sight("Hat", colours=(("red", 1.0),)), 1.0)
    assert all(0 < because.weight <= 1 for because in found)


def test_words_and_wishes_name_where_they_are() -> None:
    assert explain_words("linen", ("title", "brand"), 0.9)[0].words == "“linen” in its title and brand"
    assert explain_words("red linen", ("title",), 0.5)[0].words == "some of “red linen” in its title"
    assert explain_words("linen", (), 0.7) == ()
    assert (explain_wish("red").kind, explain_wish("striped").kind, explain_wish("dress").kind) == (
        "colour",
        "shape",
        "category",
    )


def test_categories_are_named_as_people_do() -> None:
    assert [named(n) for n in ("T-Shirt", "Shorts", "Undershirt", "Hat")] == [
        "a T-shirt",
        "shorts",
        "an undershirt",
        "a hat",
    ]
