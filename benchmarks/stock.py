"""Synthetic shops of any size: products with words, prices and vectors; the photos' files are left out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np

if TYPE_CHECKING:
    from shopsight.shop import Shop

BATCH = 2_000
KINDS = ("dress", "shirt", "t-shirt", "trousers", "skirt", "jacket", "shoes", "hat", "bag", "shorts")
COLOURS = ("red", "blue", "green", "black", "white", "grey", "brown", "pink", "yellow", "purple")


def open_stocked(folder: Path, products: int) -> Shop:
    """A shop of that many products in `folder`; one that is there already is opened as it is."""
    from shopsight import open_shop

    shop = open_shop(folder, engine=engine_name())
    have = shop.catalogue.counts()["products"]
    with mock.patch("shopsight.catalogue.photos.write"):
        for start in range(have, products, BATCH):
            _stock(shop, range(start, min(start + BATCH, products)))
    return shop


def engine_name() -> str:
    """shop.lite0 where its weights are made, else the floor."""
    from shopsight.engines.store import is_here

    return "shop.lite0" if is_here("shop.lite0") else "histogram"


def _stock(shop: Shop, numbers: range) -> None:
    from shopsight.types import Finding, Photo, Product, Sight

    photos = {n: Photo(sha256(f"synthetic {n}".encode()).hexdigest(), 800, 1000) for n in numbers}
    shop.catalogue.keep_photos({f"synthetic:{n}": (b"", photo) for n, photo in photos.items()})
    products, sights = [], {}
    for n, values in zip(numbers, _vectors(shop.engine.dim, numbers), strict=True):
        kind, colour = KINDS[n % 10], COLOURS[n // 10 % 10]
        product = Product(f"S{n:07}", f"{colour} {kind} {n}", brand=f"Brand {n % 97}", category=kind, currency="EUR")
        words = {"price": Decimal(5 + n % 200), "attributes": {"colour": colour}, "photos": (photos[n].id,)}
        products.append(_with(product, words))
        sights[photos[n].id] = Sight(values, (Finding(kind, 0.9),), (Finding(colour, 0.8),), "plain")
    shop.catalogue.save(products, "synthetic")
    shop.catalogue.keep_sights(shop.engine.space, sights)


def _with(product: object, values: dict[str, object]) -> object:
    from dataclasses import replace

    return replace(product, **values)  # type: ignore[type-var]


def _vectors(dim: int, numbers: range) -> Iterator[np.ndarray]:
    """Clumped: about 300 products to a clump, each clump with its own centre."""
    for n in numbers:
        centre = np.random.default_rng(n // 300).standard_normal(dim)
        values = centre + 0.5 * np.random.default_rng((7, n)).standard_normal(dim)
        yield (values / np.linalg.norm(values)).astype(np.float32)
