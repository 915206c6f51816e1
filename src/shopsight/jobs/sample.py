"""Stocks a shop with the sample that the project draws itself, so that a first look needs no pictures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from shopsight.images.decode import encode
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Photo, Product

if TYPE_CHECKING:
    from shopsight.images.draw import Sample
    from shopsight.shop import Shop

BATCH = 16
"""Products written at once."""


def stock_sample(shop: Shop, *, seed: int = 0, progress: Progress = silent) -> int:
    """Draw the sample and keep it; gives back how many products it has. One that is there whole is not drawn again."""
    from shopsight.images.draw import draw_shop
    from shopsight.images.drawing.assortment import order_sheet

    source, total = f"the sample shop, drawn with seed {seed}", len(order_sheet())
    if len(shop.catalogue.skus_of(source)) == total:
        return total
    progress("drawing", 0, total)
    done = 0
    samples = draw_shop(seed)
    while batch := list(islice(samples, BATCH)):
        shop.catalogue.save(_keep(shop, batch), source)
        done += len(batch)
        progress("drawing", done, total)
    return done


def _keep(shop: Shop, samples: Sequence[Sample]) -> list[Product]:
    """Keep the drawn pictures as JPEG; gives back the products with their photos' ids."""
    kept: dict[str, tuple[bytes, Photo]] = {}
    products = []
    for sample in samples:
        ids = []
        for number, pixels in enumerate(sample.photos):
            data = encode(pixels)
            height_px, width_px = pixels.shape[:2]
            photo = Photo(sha256(data).hexdigest(), width_px, height_px)
            kept[f"drawn:{sample.product.sku}/{number}"] = data, photo
            ids.append(photo.id)
        products.append(replace(sample.product, photos=tuple(ids)))
    shop.catalogue.keep_photos(kept)
    return products
