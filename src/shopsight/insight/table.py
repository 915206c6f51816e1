"""Products as rows of numbers: the cover's factors, what is known of the product, and how its photo looks as a whole.

    skus, names, values = factor_table(catalogue, space)

Names say where a column comes from: a factor by its own name, `category=Shirt` for a category (1 or 0), `look 1` ...
for the main directions in which the covers' embeddings differ. Those have no names that a person would know: they
stand for what the factors leave out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopsight.insight.factors import FACTORS, VERSION
from shopsight.types import Product

if TYPE_CHECKING:
    from datetime import date

    from shopsight.catalogue.store import Catalogue

LOOKS = 8
FEWEST_OF_A_CATEGORY = 5
EVERY_PRODUCT = 1_000_000
COMPARED = 1024
LINEAR = tuple(name for name, factor in FACTORS.items() if not factor.circular)
Rows = NDArray[np.float32]


class FactorTable(NamedTuple):
    """`values` is `(N, F) float32` and finite: one row per SKU, one column per name."""

    skus: tuple[str, ...]
    names: tuple[str, ...]
    values: Rows


def factor_table(catalogue: Catalogue, space: str = "", *, looks: int = LOOKS, categories: bool = True) -> FactorTable:
    """All products whose cover was measured, with their factors. `space` is the embedding engine's, for `look` and
    `near_duplicate` (none: left out, as they are where the photos were not looked at)."""
    products = [product for product in all_products(catalogue) if product.photos]
    measured = catalogue.factors(VERSION, [product.photos[0] for product in products])
    products = [product for product in products if product.photos[0] in measured]
    covers = [measured[product.photos[0]] for product in products]
    names: list[str] = list(LINEAR)
    columns = [np.array([[cover[name] for name in LINEAR] for cover in covers], np.float32).reshape(-1, len(LINEAR))]
    names.append("photo_count")
    columns.append(np.array([[len(product.photos)] for product in products], np.float32).reshape(-1, 1))
    for more_names, more in (_looks(catalogue, space, products, looks), _categories(products) if categories else NONE):
        names += more_names
        columns += [more] if more_names else []
    return FactorTable(tuple(p.sku for p in products), tuple(names), np.concatenate(columns, axis=1))


def kpi_counts(
    catalogue: Catalogue, kpi: str, skus: Sequence[str], since: date | None = None, until: date | None = None
) -> NDArray[np.float64]:
    """Numerator and denominator of a KPI for each of those products, `(N, 2) float64`; 0 where nothing is known."""
    totals: dict[str, NDArray[np.float64]] = {}
    for row in catalogue.daily(kpi, by="sku", since=since, until=until):
        totals[row.key] = totals.get(row.key, np.zeros(2)) + np.array([row.numerator, row.denominator])
    return np.array([totals.get(sku, np.zeros(2)) for sku in skus]).reshape(-1, 2)


NONE: tuple[list[str], Rows] = ([], np.zeros((0, 0), np.float32))


def all_products(catalogue: Catalogue) -> tuple[Product, ...]:
    """Every product of the shop, by SKU."""
    return catalogue.browse(limit=EVERY_PRODUCT, order="sku").products


def _categories(products: Sequence[Product]) -> tuple[list[str], Rows]:
    """A column for each category with enough products; all others are 0 everywhere."""
    counts = Counter(product.category for product in products)
    kept = sorted(name for name, count in counts.items() if name and count >= FEWEST_OF_A_CATEGORY)
    values = np.array([[product.category == name for name in kept] for product in products], np.float32)
    return [f"category={name}" for name in kept], values.reshape(len(products), len(kept))


def _looks(catalogue: Catalogue, space: str, products: Sequence[Product], count: int) -> tuple[list[str], Rows]:
    """How alike each cover is to the nearest other product's, and its scores along the main directions."""
    sights = catalogue.sights(space, [product.photos[0] for product in products]) if space else {}
    if len(products) < 2 or any(product.photos[0] not in sights for product in products):
        return NONE
    vectors = np.stack([sights[product.photos[0]].values for product in products]).astype(np.float32)
    scores = principal_scores(vectors, count)
    names = ["near_duplicate", *(f"look {place + 1}" for place in range(scores.shape[1]))]
    return names, np.concatenate([nearest_other(vectors)[:, None], scores], axis=1)


def nearest_other(vectors: Rows) -> Rows:
    """Cosine of each row of `(N, D) float32` with the nearest other row, `(N,) float32`."""
    best = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), COMPARED):
        alike = vectors[start : start + COMPARED] @ vectors.T
        alike[np.arange(len(alike)), np.arange(start, start + len(alike))] = -1
        best[start : start + COMPARED] = alike.max(axis=1)
    return best


def principal_scores(vectors: Rows, count: int) -> Rows:
    """Scores along the `count` main directions, `(N, count) float32`, each with mean 0 and the larger part positive:
    the same vectors give the same signs."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, : min(count, len(vectors) - 1, vectors.shape[1])]
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(directions.shape[1])])
    return np.asarray(centred @ (directions * signs), np.float32)


def average_of_photos(values: Mapping[str, Mapping[str, float]], photos: Sequence[str]) -> dict[str, float]:
    """The mean of each factor over those of the photos that were measured; empty where none was."""
    known = [values[photo] for photo in photos if photo in values]
    return {name: float(np.mean([one[name] for one in known])) for name in FACTORS} if known else {}
