"""Looks count as bought together only where two products carry them."""

from __future__ import annotations

from itertools import product as every_pair

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.engines.rules.bitset import Bitset
from shopsight.errors import TooLittleData
from shopsight.insight.looks import Look, find_look_rules, joined
from shopsight.insight.rules import pack_baskets
from shopsight.insight.together import renamed

LOOKS = {
    "s1": Look("Shirt", "blue", "striped", "white ground"),
    "s2": Look("Shirt", "white", "striped", "coloured ground"),
    "t1": Look("Trousers", "blue", "", "white ground"),
    "h1": Look("Hat", "red", "plain", ""),
}
CARRIES = {sku: {*joined(look.tags), sku} for sku, look in LOOKS.items()}


def test_a_look_of_one_product_is_no_rule() -> None:
    book = find_look_rules(pack_baskets([["s1", "h1"]] * 15 + [["t1", "h1"]] * 15), LOOKS, Bitset(), 0.1, 0.1)
    for rule in book.rules:
        assert ("Hat" in rule.right or "red" in rule.right or "plain" in rule.right or rule.right == "h1") != (
            any(word in rule.left[0] for word in ("Hat", "red", "plain", "h1"))
        )


def test_striped_on_white_ground_can_be_an_item() -> None:
    baskets = [["s1", "h1"]] * 12 + [["s2", "t1"]] * 12 + [["t1", "h1"]] * 4
    book = find_look_rules(pack_baskets(baskets), LOOKS, Bitset(), 0.1, 0.2, keep_redundant=True)
    found = {(rule.left, rule.right): rule for rule in book.rules}
    rule = found[("striped + white ground",), "Hat"]
    assert (rule.together, rule.with_left, rule.with_right, rule.baskets) == (12, 12, 16, 28)


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.sampled_from(sorted(LOOKS)), unique=True, min_size=1, max_size=4), min_size=25, max_size=40)
)
def test_counts_are_those_of_counting_pairs_of_products(baskets: list[list[str]]) -> None:
    full = [basket for basket in baskets if len(basket) >= 2]
    if len(full) < 20:
        return
    book = find_look_rules(pack_baskets(baskets), LOOKS, Bitset(), 0.05, 0.05, keep_redundant=True)
    assert book.baskets == len(full)
    for rule in book.rules:
        (left,), right = rule.left, rule.right
        both = sum(
            any(p != q and left in CARRIES[p] and right in CARRIES[q] for p, q in every_pair(basket, basket))
            for basket in full
        )
        assert rule.together == both
        assert rule.with_left == sum(any(left in CARRIES[p] for p in basket) for basket in full)


def test_categories_count_once_a_basket() -> None:
    coarser = renamed(
        pack_baskets([["s1", "s2", "t1"], ["x"], ["h1"]]), {s: look.category for s, look in LOOKS.items()}
    )
    baskets = [coarser.items[a:b].tolist() for a, b in zip(coarser.starts[:-1], coarser.starts[1:], strict=True)]
    assert [[coarser.names[i] for i in basket] for basket in baskets] == [["Shirt", "Trousers"], ["Hat"]]


def test_baskets_in_which_no_look_is_known_are_too_few_baskets() -> None:
    with pytest.raises(TooLittleData):
        find_look_rules(pack_baskets([["a", "b"]] * 40), {}, Bitset(), 0.1, 0.1)
