"""Baskets at rest, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from shopsight.catalogue.baskets import Basket
from shopsight.catalogue.store import Catalogue, Changes
from shopsight.errors import BadInput

MONDAY, TUESDAY = date(2025, 3, 31), date(2025, 4, 1)


def contents(shop: Catalogue, **days: date) -> list[set[str]]:
    packed = shop.baskets(**days)
    ends = zip(packed.starts[:-1], packed.starts[1:], strict=True)
    return [{packed.names[item] for item in packed.items[start:end]} for start, end in ends]


def test_baskets_come_back_and_repeating_changes_nothing(shop: Catalogue) -> None:
    wanted = [Basket("1", {"a": 1, "b": 2}, MONDAY), Basket("2", {"b": 1}, TUESDAY), Basket("3", {"c": 1})]
    before = shop.baskets_revision()
    assert shop.keep_baskets(wanted, "one.csv") == Changes(3, 0, 0)
    assert shop.keep_baskets(wanted, "one.csv") == Changes(0, 0, 3)
    assert contents(shop) == [{"a", "b"}, {"b"}, {"c"}]
    assert contents(shop, since=TUESDAY) == [{"b"}]
    assert contents(shop, until=MONDAY) == [{"a", "b"}]
    after = shop.baskets_revision()
    assert after != before
    assert shop.keep_baskets([Basket("1", {"a": 1, "b": 1}, MONDAY)]) == Changes(0, 1, 0)
    assert shop.baskets_revision() != after
    assert shop.forget_baskets("one.csv") == 2
    assert contents(shop) == [{"a", "b"}]


def test_an_empty_shop_has_no_baskets(shop: Catalogue) -> None:
    assert contents(shop) == []
    assert shop.baskets_revision() == (0, 0)


@pytest.mark.parametrize(
    "wrong",
    [Basket("", {"a": 1}), Basket("1"), Basket("1", {"a": 0}), Basket("1", {"": 1}), Basket("1\n", {"a": 1})],
)
def test_a_wrong_basket_is_refused_and_none_is_kept(shop: Catalogue, wrong: Basket) -> None:
    with pytest.raises(BadInput):
        shop.keep_baskets([Basket("sound", {"a": 1}), wrong])
    assert contents(shop) == []
