"""The photos at both ends of a factor: what "more of it" looks like in this shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shopsight.errors import NotFound, TooLittleData
from shopsight.types import Product

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue


class Shown(NamedTuple):
    """A product and how much of the factor its cover has."""

    product: Product
    value: float


class Ends(NamedTuple):
    """Products whose covers have least of a factor and most of it, each from the end inwards."""

    factor: str
    low: tuple[Shown, ...]
    high: tuple[Shown, ...]


def ends_of(catalogue: Catalogue, factor: str, space: str = "", count: int = 6, category: str = "") -> Ends:
    """The `count` covers low and high on a factor, of all measured products or of one category, none on both sides.

    Raises `NotFound` for a factor that is none, `TooLittleData` where no photo was measured.
    """
    from shopsight.insight.table import factor_table

    skus, names, values = factor_table(catalogue, space, looks=0, categories=False)
    if factor not in names:
        raise NotFound(f"factor {factor[:60]}", "there is none of that name here", "See `shopsight factors --list`.")
    products = catalogue.products(skus)
    rows = [place for place, sku in enumerate(skus) if not category or products[sku].category == category]
    if not rows:
        cure = "Measure the photos with `shopsight factors --catalogue`."
        raise TooLittleData(f"photos by {factor}", "no photo has been measured", cure)
    column = values[rows, names.index(factor)]
    order = np.argsort(column, kind="stable")
    shown = [Shown(products[skus[rows[place]]], float(column[place])) for place in order]
    count = min(count, len(shown) // 2)
    return Ends(factor, tuple(shown[:count]), tuple(reversed(shown[len(shown) - count :])))
