"""What shoppers write beside a photo, and what is made of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.images.colour import SHOP_COLOURS
from shopsight.search.intent import (
    CATEGORIES,
    COLOURS,
    KIN,
    PATTERNS,
    Intent,
    category_match,
    colour_match,
    name_colour,
    understand,
    understand_with,
    wishes_met,
)
from shopsight.types import Finding, Product, Sight

SEEN = Sight(np.ones(1, np.float32), (Finding("Dress", 0.8),), (Finding("navy", 0.7),), "striped")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("like this but red", Intent(colours=("red",))),
        ("Same, but in NAVY blue please", Intent(colours=("navy",))),
        ("a light blue shirt", Intent(colours=("light blue",), categories=("shirt",))),
        ("not black", Intent(unwanted=("black",))),
        ("no stripes, red", Intent(colours=("red",), unwanted=("striped",))),
        ("without dots but checked", Intent(patterns=("checked",), unwanted=("dotted",))),
        ("red or blue trousers", Intent(colours=("red", "blue"), categories=("pants",))),
        ("linen t-shirt", Intent(categories=("tshirt",), rest="linen")),
        ("show me something like this", Intent()),
        ("", Intent()),
    ],
)
def test_words_become_wishes(words: str, meant: Intent) -> None:
    assert understand(words) == meant


def test_what_was_understood_can_be_said() -> None:
    assert understand("red striped linen dress, not black").spoken == "red, striped, dress, not black, linen"


def test_mistyped_wishes_are_mended_before_they_are_understood() -> None:
    mend = {"strpied": "striped", "linnen": "linen"}
    assert understand_with("strpied linnen", lambda word: mend.get(word, word)) == Intent(
        patterns=("striped",), rest="linen"
    )


@given(st.text(max_size=200))
def test_any_text_is_understood_somehow(words: str) -> None:
    intent = understand(words)
    assert set(intent.colours) <= set(COLOURS)
    assert set(intent.patterns) <= set(PATTERNS)
    assert set(intent.categories) <= set(CATEGORIES)


def test_every_colour_that_photos_are_named_by_is_understood_as_itself() -> None:
    for name in SHOP_COLOURS:
        assert understand(name).colours == (name,)
        assert name_colour(name) == name
    assert all(name in COLOURS for kin in KIN for name in kin)


def test_kin_of_a_colour_counts_for_less() -> None:
    assert colour_match(["blue"], ["Navy Blue"]) == colour_match(["navy"], ["blue"]) == 0.6
    assert colour_match(["navy"], ["Navy Blue"]) == 1
    assert colour_match(["red"], ["blue", "green"]) == 0


def test_a_stated_category_beats_a_recognised_one() -> None:
    assert category_match(["dress"], "Women > Gowns", SEEN) == 1
    assert category_match(["dress"], "Things", SEEN) == 0.8
    assert category_match(["hat"], "", SEEN) == 0


def test_wishes_are_met_by_what_is_stated_and_by_what_is_seen() -> None:
    stated = Product("1", "Checked cotton thing", attributes={"Colour": "Sky Blue"})
    met = wishes_met(understand("light blue or red, checked, not striped, cotton"), stated, SEEN, 0.5)
    assert met == {"light blue": 1, "red": 1, "checked": 1, "not striped": 0, "cotton": 0.5}
