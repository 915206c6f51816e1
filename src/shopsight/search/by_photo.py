"""A photo in, the products that look like it out: exact neighbours, one hit per product, with its chance and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shopsight.errors import NotFound
from shopsight.images.decode import decode
from shopsight.search.because import explain_looks
from shopsight.search.by_words import find_by_words
from shopsight.search.desk import Desk, Found
from shopsight.search.nearest import Near, nearest_products
from shopsight.search.verdict import CROWD, weigh
from shopsight.types import Filters, Hit, Product, Sight

if TYPE_CHECKING:
    from shopsight.catalogue.shelf import Shelf

LEAST_PX = 512
"""Longest side at which one of the shop's own photos is looked at again."""


def find_by_photo(desk: Desk, sight: Sight, filters: Filters, k: int) -> Found:
    """The k products nearest to what was seen, among those that pass the filters."""
    shelf = desk.catalogue.shelf(desk.space)
    near = nearest_products(desk.neighbours, shelf, sight.values, max(k, CROWD), shelf.allowed(filters))
    return _judged(desk, shelf, sight, near, k)


def find_more_like(desk: Desk, product: Product, filters: Filters, k: int) -> Found:
    """Products that look like this one, without it; by its words when it has no photo."""
    sight = own_sight(desk, product)
    if sight is None:
        found = find_by_words(desk, f"{product.category} {product.title}".strip(), filters, k + 1)
        return Found(found.verdict, tuple(h for h in found.hits if h.product.sku != product.sku)[:k])
    shelf = desk.catalogue.shelf(desk.space)
    near = nearest_products(desk.neighbours, shelf, sight.values, max(k, CROWD) + 1, shelf.allowed(filters))
    others = np.array([shelf.skus[number] != product.sku for number in near.products], bool)
    found = _judged(desk, shelf, sight, near.ordered(np.flatnonzero(others)), k)
    return Found("similar" if found.verdict == "found" else found.verdict, found.hits)


def own_sight(desk: Desk, product: Product) -> Sight | None:
    """What was seen in the product's first photo; looked at now when that has not been done yet."""
    for photo in product.photos:
        sight = desk.catalogue.sight(desk.space, photo)
        if sight is not None:
            return sight
    if not product.photos:
        return None
    try:
        data = desk.catalogue.photo_bytes(product.photos[0])
    except NotFound:
        return None
    return desk.see(decode(data, name=product.photos[0], side_px=LEAST_PX))


def _judged(desk: Desk, shelf: Shelf, sight: Sight, near: Near, k: int) -> Found:
    if not len(near):
        return Found("nothing like it", ())
    photos = [shelf.photo_ids[row] for row in near.rows.tolist()]
    skus = [shelf.skus[number] for number in near.products]
    products, seen = desk.catalogue.hits(desk.space, skus[:k], photos)
    looks = [seen.get(photo) for photo in photos]
    evidence = weigh(sight, np.asarray(shelf.matrix[near.rows]), looks, desk.parts)
    # The order is the cosine's; a chance that rose down the list would contradict it.
    matches = desk.judge.match_chances(evidence)
    chances = np.minimum.accumulate(matches)
    why = explain_looks(desk.judge, sight, evidence, looks)
    hits = [
        Hit(products[sku], float(cosine), float(chance), because, photo)
        for sku, photo, cosine, chance, because in zip(skus, photos, near.cosines, chances, why, strict=True)
        if sku in products  # removed since the shelf was read
    ]
    return Found(desk.judge.verdict(evidence, matches), tuple(hits[:k]))
