"""From a query vector to the nearest products: one row per product, its best photo, nothing looped over N."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopsight.protocols import Neighbours
from shopsight.types import Vector

if TYPE_CHECKING:
    from shopsight.catalogue.shelf import Shelf

Rows = NDArray[np.int64]
Cosines = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest products, best first: shelf rows `(K,)`, product numbers `(K,)` and cosines `(K,) float32`."""

    rows: Rows
    products: Rows
    cosines: Cosines

    def __len__(self) -> int:
        return len(self.rows)

    def first(self, k: int) -> Near:
        return Near(self.rows[:k], self.products[:k], self.cosines[:k])

    def ordered(self, order: Rows) -> Near:
        return Near(self.rows[order], self.products[order], self.cosines[order])


def nearest_products(neighbours: Neighbours, shelf: Shelf, query: Vector, k: int, allowed: Mask | None = None) -> Near:
    """The k nearest distinct products among the allowed rows `(N,) bool` (None: all).

    Photos of one product crowd the front, so more rows than products are asked for, and twice as many again while
    there are too few products and rows are left.
    """
    total = len(shelf.photo_ids)
    if not total:
        return Near(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
    wanted = min(total, 2 * k + 8)
    while True:
        rows, cosines = neighbours.nearest(shelf.matrix, query, wanted, allowed)
        near = best_per_product(rows, cosines, shelf.rows_sku)
        if len(near) >= k or len(rows) < wanted or wanted == total:
            return near.first(k)
        wanted = min(total, 4 * wanted)


def best_per_product(rows: Rows, cosines: Cosines, rows_product: NDArray[np.integer]) -> Near:
    """Keep each product's first row of a list that is sorted best first."""
    products = np.asarray(rows_product)[rows].astype(np.int64)
    _, first = np.unique(products, return_index=True)
    first.sort()
    return Near(rows[first], products[first], cosines[first])


def without_part(query: Vector, part: slice) -> Vector:
    """The query with one part left out, of length 1 again; unchanged when nothing would be left."""
    rest = query.copy()
    rest[part] = 0
    length = float(np.linalg.norm(rest))
    return (rest / length).astype(np.float32) if length > 1e-6 else query
