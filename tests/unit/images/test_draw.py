"""The sample shop: enough of it, the same every time, and each product its own."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import cv2
import numpy as np
import pytest

from shopsight.images.draw import PHOTO_PX, Sample, draw_shop
from shopsight.images.drawing.assortment import FAMILY, order_sheet
from shopsight.images.drawing.cloth import COLOURS
from shopsight.images.measure import product_mask

pytestmark = pytest.mark.timeout(1200)
"""The shop takes under 20 seconds on a quiet core; a crowded one must not make it fail."""


@pytest.fixture(scope="module")
def shop() -> list[Sample]:
    return list(draw_shop())


def test_the_shop_is_big_and_varied(shop: list[Sample]) -> None:
    assert len(shop) >= 160
    categories = Counter(s.product.category for s in shop)
    assert len(categories) == 12
    assert min(categories.values()) >= 8
    assert {s.product.attributes["pattern"] for s in shop} >= {"plain", "striped", "checked", "dotted", "printed"}
    assert len({s.product.attributes["colour"] for s in shop}) >= 16
    assert {s.product.audience for s in shop} >= {"women", "men", "unisex", "kids", "girls", "boys"}
    assert {s.product.availability for s in shop} == {"in_stock", "out_of_stock", "preorder"}


def test_every_product_can_be_sold(shop: list[Sample]) -> None:
    assert len({s.product.sku for s in shop}) == len(shop)
    for sample in shop:
        product = sample.product
        assert product.title
        assert product.brand
        assert product.description
        assert product.price
        assert product.price > 5
        assert product.currency == "EUR"
        assert product.photos == ()
    titles = Counter(s.product.title for s in shop)
    assert titles["Striped linen shirt, pink and white"] == 1


def test_photos_are_square_colour_pictures(shop: list[Sample]) -> None:
    assert {len(s.photos) for s in shop} == {2, 3}
    for sample in shop:
        for pixels in sample.photos:
            assert pixels.shape == (PHOTO_PX, PHOTO_PX, 3)
            assert pixels.dtype == np.uint8


def test_the_cover_shows_the_product_on_white(shop: list[Sample]) -> None:
    for sample in shop:
        cover = sample.photos[0]
        assert cover[:12, :12].min() > 230, sample.product.title
        assert 0.05 < product_mask(cover).mean() < 0.8, sample.product.title


def test_nothing_is_cut_off_on_the_cover(shop: list[Sample]) -> None:
    for sample in shop:
        cover = sample.photos[0]
        rim = np.concatenate([cover[:4].reshape(-1, 3), cover[:, :4].reshape(-1, 3), cover[:, -4:].reshape(-1, 3)])
        assert rim.min() > 215, sample.product.title


def test_no_two_covers_look_alike(shop: list[Sample]) -> None:
    """Small and grey enough to forgive folds and light: what is left must still differ in shape or in colour."""
    small = np.stack([cv2.resize(s.photos[0], (24, 24), interpolation=cv2.INTER_AREA) for s in shop]).astype(np.float32)
    flat = small.reshape(len(shop), -1)
    far = ((flat[:, None, :] - flat[None, :, :]) ** 2).mean(2) ** 0.5
    far[np.arange(len(shop)), np.arange(len(shop))] = np.inf
    first, second = np.unravel_index(far.argmin(), far.shape)
    assert far.min() > 3, (shop[first].product.title, shop[second].product.title)


def test_the_colour_in_the_title_is_the_colour_in_the_photo(shop: list[Sample]) -> None:
    """A plain product's middle tone is its dye, give or take light and shade."""
    for sample, line in zip(shop, order_sheet(), strict=True):
        plain = len(line.colours) == 1 and not line.motif and "raglan" not in line.look.details
        if not plain or line.category not in ("Skirts", "Pants", "Longsleeves"):
            continue
        cover = sample.photos[0]
        tone = np.median(cover[product_mask(cover)], axis=0)
        assert np.abs(tone - COLOURS[line.colours[0]]).max() < 45, (sample.product.title, tone)


def test_the_same_seed_draws_the_same_shop() -> None:
    for once, again in zip(islice(draw_shop(7), 3), islice(draw_shop(7), 3), strict=True):
        assert once.product == again.product
        assert all(np.array_equal(a, b) for a, b in zip(once.photos, again.photos, strict=True))
    other = next(draw_shop(8))
    assert not np.array_equal(next(draw_shop(7)).photos[1], other.photos[1])


def test_families_are_plain_names() -> None:
    assert set(FAMILY) <= set(COLOURS)
    assert not set(FAMILY.values()) & set(FAMILY)
