"""Photos, products and sights for tests: small, and different by number."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from shopsight.catalogue.store import Catalogue
from shopsight.types import Finding, Photo, Product, Sight

Opener = Callable[..., Catalogue]
"""Opens the test's shop once more, as another process would."""
SPACE = "test/1"
DIM = 8


NUMBERS = itertools.count()


def new_database(server: Any) -> str:
    """The URL of an empty database on the test run's PostgreSQL server."""
    name = f"shop{next(NUMBERS)}"
    server.psql(f"CREATE DATABASE {name}")
    return str(server.get_uri(name))


def photo(number: int) -> tuple[bytes, Photo]:
    """Bytes that stand for a picture (the store never decodes), and the photo that they are."""
    data = b"\xff\xd8 photo %d" % number
    return data, Photo(hashlib.sha256(data).hexdigest(), 30, 40)


def keep(shop: Catalogue, *numbers: int) -> tuple[str, ...]:
    """Keeps photos; gives their ids."""
    for number in numbers:
        shop.keep_photo(*photo(number))
    return tuple(photo(number)[1].id for number in numbers)


def stock(shop: Catalogue, *skus: str, photos_each: int = 1, **fields: object) -> list[Product]:
    """Saves a product per SKU with photos of its own."""
    made = []
    for sku in skus:
        first = int.from_bytes(hashlib.sha256(sku.encode()).digest()[:4], "big")
        ids = keep(shop, *range(first, first + photos_each))
        made.append(Product(sku, **{"title": f"Thing {sku}", "photos": ids, **fields}))  # type: ignore[arg-type]
    shop.save(made)
    return made


def sight(photo_id: str, category: str = "", colour: str = "", pattern: str = "") -> Sight:
    """A sight whose vector follows from the photo."""
    seed = np.random.default_rng(int(photo_id[:8], 16))
    values = seed.normal(size=DIM).astype(np.float32)
    return Sight(
        values / np.linalg.norm(values),
        categories=(Finding(category, 0.9),) if category else (),
        colours=(Finding(colour, 0.8),) if colour else (),
        pattern=pattern,
        box_px=(1, 2, 20, 30),
    )


def look(shop: Catalogue, space: str = SPACE, **facts: str) -> int:
    """Looks at all that is unseen; gives how many photos that were."""
    unseen = shop.unseen(space)
    shop.keep_sights(space, {photo_id: sight(photo_id, **facts) for photo_id in unseen})
    return len(unseen)
