"""A shopper's story on real phone photos, with the engine that is shipped: photo, words, both, filters, likes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from shopsight.images.alter import ALTERATIONS
from shopsight.images.decode import decode, inspect
from shopsight.shop import Shop, open_shop
from shopsight.types import Filters, Product

pytestmark = pytest.mark.data

KINDS = ("Dress", "Shoes", "Pants", "Hat", "T-Shirt", "Skirt")
EACH = 12


@pytest.fixture(scope="module")
def shop(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """72 garments of six kinds with a price and a made-up brand; kinds and colours are for the engine to see."""
    with (shared_data / "clothing" / "images.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    with open_shop(tmp_path_factory.mktemp("story") / "shop") as opened:
        products, seen = [], {}
        for kind in KINDS:
            for row in [row for row in rows if row["label"] == kind][:EACH]:
                data = (shared_data / "clothing" / "images" / f"{row['image']}.jpg").read_bytes()
                photo = inspect(data)
                opened.catalogue.keep_photo(data, photo)
                seen[photo.id] = opened.look(data)
                number = len(products)
                brand = ("Solvang", "Rivet")[number % 2]
                price = Decimal(10 + number)
                products.append(
                    Product(f"G{number}", f"Piece {number}", "", brand, "", price, "EUR", photos=(photo.id,))
                )
        opened.catalogue.save(products)
        opened.catalogue.keep_sights(opened.engine.space, seen)
        yield opened


def kind_of(sku: str) -> str:
    return KINDS[int(sku[1:]) // EACH]


def photo_of(shop: Shop, sku: str) -> np.ndarray:
    return decode(shop.catalogue.photo_bytes(shop.product(sku).photos[0]))


def test_a_photo_taken_again_finds_its_product(shop: Shop) -> None:
    asked = [(f"G{n}", list(ALTERATIONS)[n % len(ALTERATIONS)]) for n in range(0, EACH * len(KINDS), 3)]
    first = [shop.find(ALTERATIONS[name](photo_of(shop, sku), 1), k=1).hits[0].product.sku for sku, name in asked]
    assert np.mean([found == sku for found, (sku, _) in zip(first, asked, strict=True)]) >= 0.9


def test_filters_narrow_a_photo_search_exactly(shop: Shop) -> None:
    filters = Filters(categories=("Shoes",), brands=("Rivet",), price_max=Decimal(40))
    answer = shop.find(photo_of(shop, "G0"), filters=filters, k=50)
    wanted = {p.sku for p in shop.browse(filters, limit=100).products}
    assert {hit.product.sku for hit in answer.hits} == wanted != set()


def test_words_beside_a_photo_bring_their_colour_up(shop: Shop) -> None:
    photo = photo_of(shop, "G0")
    here = max(shop.facets().colours, key=lambda name: shop.facets().colours[name])
    plain, bent = shop.find(photo, k=6), shop.find(photo, f"like this but {here}", k=6)
    coloured = {p.sku for p in shop.browse(Filters(colours=(here,)), limit=100).products}

    def share(answer: object) -> float:
        return float(np.mean([hit.product.sku in coloured for hit in answer.hits]))  # type: ignore[attr-defined]

    assert bent.understood == here
    assert share(bent) >= max(0.8, share(plain))


def test_words_beside_a_photo_can_ask_for_another_kind(shop: Shop) -> None:
    answer = shop.find(photo_of(shop, "G0"), "the same as a skirt", k=5)
    assert [kind_of(hit.product.sku) for hit in answer.hits].count("Skirt") >= 4


def test_more_like_this_stays_with_its_kind(shop: Shop) -> None:
    asked = [f"G{number}" for number in range(0, EACH * len(KINDS), 6)]
    same = [kind_of(hit.product.sku) == kind_of(sku) for sku in asked for hit in shop.more_like(sku, k=4).hits]
    assert np.mean(same) >= 0.6


def test_pictures_without_text_are_found_by_words(shop: Shop) -> None:
    """By what was recognised: neither titles nor categories say anything."""
    answer = shop.find(words="dress", k=EACH)
    assert answer.verdict == "found"
    assert np.mean([kind_of(hit.product.sku) == "Dress" for hit in answer.hits]) >= 0.7


def test_every_hit_says_why(shop: Shop) -> None:
    answer = shop.find(photo_of(shop, "G20"), k=5)
    assert answer.hits[0].because
    assert {because.kind for hit in answer.hits for because in hit.because} <= {"category", "colour", "shape", "text"}
