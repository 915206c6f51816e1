"""Shoppers' words find products: mistyped, half typed, in the plural, in other words, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from stock_room import Opener, look, new_database, stock

from shopsight.catalogue.speech import distance, others, pieces, singular, words_of
from shopsight.catalogue.store import Catalogue
from shopsight.types import Filters, Product

GOODS = [
    Product("S1", "Red striped shirt", brand="Acme", category="Shirts", price=Decimal(30), audience="men"),
    Product("S2", "Blue shirt", brand="Acme", category="Shirts", attributes={"Fabric": "Organic cotton"}),
    Product("T1", "Graphic T-Shirt", brand="Wilder", category="T-Shirts", attributes={"Colour": "Navy Blue"}),
    Product("D1", "Summer dress", brand="Élan", category="Dresses", attributes={"Colour": "Red"}, audience="women"),
    Product("K1", "Runner", brand="Fleet", category="Sneakers", description="Shoes for every day, waterproof"),
    Product("P1", "Slim chinos", brand="Fleet", category="Trousers", attributes={"Size": "32"}),
    Product("J1", "牛仔裤 Jeans", brand="Fleet", category="Trousers"),
    Product("X-99", "Mystery thing"),
]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stocked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """A shop that the tests only read: filled once for all of them."""
    url = "" if request.param == "sqlite" else new_database(request.getfixturevalue("postgres"))
    with Catalogue.open(tmp_path_factory.mktemp("stocked"), url) as shop:
        shop.save(GOODS)
        yield shop


@pytest.fixture
def filled(shop: Catalogue) -> Catalogue:
    """A shop of the test's own."""
    shop.save(GOODS)
    return shop


def skus(shop: Catalogue, text: str, filters: Filters = Filters()) -> list[str]:  # noqa: B008
    return [sku for sku, _, _ in shop.find_words(text, filters)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("red shirt", "S1"),
        ("shirt red", "S1"),
        ("RED SHIRTS", "S1"),
        ("blue shirts", "S2"),
        ("red dress", "D1"),
        ("dreses", "D1"),
        ("elan", "D1"),
        ("Élan dress", "D1"),
        ("sumer dres", "D1"),
        ("womens dresses", "D1"),
        ("tee", "T1"),
        ("t shirt", "T1"),
        ("t-sh", "T1"),
        ("t-shir", "T1"),
        ("tee-shirts", "T1"),
        ("navy tshirt", "T1"),
        ("organic coton", "S2"),
        ("stirped shrit", "S1"),
        ("redshirt", "S1"),
        ("sneak", "K1"),
        ("trainers", "K1"),
        ("shoes", "K1"),
        ("waterproof", "K1"),
        ("pants 32", "P1"),
        ("slacks slim", "P1"),
        ("牛仔", "J1"),
        ("x-99", "X-99"),
        ("the red shirt with stripes", "S1"),
        ("men's shirt", "S1"),
        ("acme striped", "S1"),
    ],
)
def test_words_find_the_product_meant(stocked: Catalogue, text: str, first: str) -> None:
    found = stocked.find_words(text)
    assert found[0][0] == first, (text, found)
    assert 0 < found[0][1] <= 1
    assert found[0][2]


def test_a_product_with_every_word_beats_any_with_some(stocked: Catalogue) -> None:
    found = stocked.find_words("red dress")
    scores = {sku: score for sku, score, _ in found}
    assert max(scores, key=lambda sku: scores[sku]) == "D1"
    assert scores["D1"] > 0.75 > scores["S1"]
    assert [score for _, score, _ in found] == sorted(scores.values(), reverse=True)


def test_fields_in_which_words_were_found_are_told(stocked: Catalogue) -> None:
    fields = {sku: where for sku, _, where in stocked.find_words("red")}
    assert fields == {"S1": ("title",), "D1": ("colour", "attributes")}


@pytest.mark.parametrize(
    "text", ["", "   ", "!!!", '"', "' OR 1=1 --", "NEAR(", "a* AND *", "title:red", "(((", "\x00"]
)
def test_odd_queries_do_no_harm(stocked: Catalogue, text: str) -> None:
    assert isinstance(stocked.find_words(text), list)
    assert isinstance(stocked.correct(text), str)


def test_nothing_fits_and_nothing_is_found(stocked: Catalogue) -> None:
    assert stocked.find_words("zzzzqqq") == []
    assert stocked.find_words("") == []


def test_words_as_understood(stocked: Catalogue) -> None:
    assert stocked.correct("stirped shrit red") == "striped shirt red"
    assert stocked.correct("Red Shirts") == "red shirts"
    assert stocked.correct("zzzzqqq") == "zzzzqqq"
    assert stocked.correct("redshirt now ") == "red shirt now"


def test_filters_hold_for_words_too(stocked: Catalogue) -> None:
    assert set(skus(stocked, "shirt")) >= {"S1", "S2"}
    assert skus(stocked, "shirt", Filters(price_max=Decimal(40))) == ["S1"]
    assert skus(stocked, "red", Filters(audiences=("women",))) == ["D1"]
    assert skus(stocked, "x-99", Filters(brands=("Acme",))) == []


def test_changed_and_removed_products_are_found_as_they_are(filled: Catalogue) -> None:
    filled.save([Product("S1", "Green hat")])
    assert skus(filled, "striped") == []
    assert skus(filled, "green hat")[0] == "S1"
    filled.remove(["S1"])
    assert skus(filled, "hat") == []
    assert filled.correct("stripedd ") == "stripedd"


def test_pictures_without_text_are_found_by_what_is_seen(shop: Catalogue) -> None:
    stock(shop, "A", title="")
    assert skus(shop, "dotted blue dress") == []
    look(shop, category="Dress", colour="blue", pattern="dotted")
    assert shop.find_words("blue dresses")[0][0] == "A"
    assert shop.find_words("polka dress")[0][2] == ("recognised",)
    assert shop.find_words("doted dres")[0][0] == "A"


def test_words_browse_a_page(stocked: Catalogue) -> None:
    page = stocked.browse(words="shirt", limit=1)
    assert (len(page.products), page.total >= 2) == (1, True)
    assert page.products[0].sku != stocked.browse(words="shirt", offset=1, limit=1).products[0].sku


def test_an_index_survives_closing(open_shop: Opener) -> None:
    open_shop().save(GOODS)
    assert skus(open_shop(), "striped shirt")[0] == "S1"


WORDS = st.text("abcdeé ñß'-#牛", max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=WORDS, query=WORDS)
def test_any_text_is_indexed_and_any_query_answered(shop: Catalogue, title: str, query: str) -> None:
    shop.save([Product("A", title)])
    shop.find_words(query)
    if words_of(title):
        assert skus(shop, title + " ") == ["A"]


@given(st.text(max_size=30))
def test_words_are_folded_once_and_for_all(text: str) -> None:
    assert all(word and word == word.casefold() for word in words_of(text))
    assert all(words_of(word) for word in words_of(text))


@pytest.mark.parametrize(
    ("many", "one"),
    [
        *(("shirts", "shirt"), ("dresses", "dress"), ("dress", "dress"), ("watches", "watch"), ("shoes", "shoe")),
        *(("boxes", "box"), ("women", "woman"), ("accessories", "accessory"), ("bus", "bus"), ("7s", "7s")),
    ],
)
def test_singulars(many: str, one: str) -> None:
    assert singular(many) == one


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_distance_is_that_of_the_textbook(one: str, two: str) -> None:
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(two) + 1)}
    for i in range(1, len(one) + 1):
        for j in range(1, len(two) + 1):
            steps = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (one[i - 1] != two[j - 1])]
            if i > 1 and j > 1 and one[i - 1] == two[j - 2] and one[i - 2] == two[j - 1]:
                steps.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(steps)
    assert distance(one, two, 9) == table[len(one), len(two)]
    assert distance(one, two, 1) == min(table[len(one), len(two)], 2)


def test_other_words_go_both_ways_only_for_the_same_thing() -> None:
    assert others("tshirt")["tee"] == others("tee")["tshirt"] == 0.9
    assert others("shoe")["boot"] == 0.6
    assert "shoe" not in others("boot")
    assert pieces("ab") == {"^a", "ab", "b$"}
