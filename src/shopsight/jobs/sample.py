"""Stocks a shop with the sample that the project draws itself, so that a first look needs no pictures of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from shopsight.images.decode import encode
from shopsight.types import Photo, Pixels, Product

if TYPE_CHECKING:
    from shopsight.shop import Shop

SOURCE = "the drawn sample shop"
BATCH = 40
"""Products written at once."""


def stock_sample(shop: Shop, *, seed: int = 0, progress: Callable[[str, int, int | None], None] | None = None) -> int:
    """Draw the sample and keep it; gives back how many products it has. Doing it again changes nothing."""
    from shopsight.images.draw import draw_shop

    samples = list(draw_shop(seed))
    batch: list[Product] = []
    for done, sample in enumerate(samples, 1):
        photos = tuple(_keep(shop, pixels) for pixels in sample.photos)
        batch.append(replace(sample.product, photos=photos))
        if len(batch) == BATCH or done == len(samples):
            shop.catalogue.save(batch, source=SOURCE)
            batch.clear()
        if progress is not None:
            progress("drawing", done, len(samples))
    return len(samples)


def _keep(shop: Shop, pixels: Pixels) -> str:
    """Keep one drawn picture as JPEG; gives back its id."""
    data = encode(pixels)
    height_px, width_px = pixels.shape[:2]
    photo = Photo(sha256(data).hexdigest(), width_px, height_px)
    shop.catalogue.keep_photo(data, photo)
    return photo.id
