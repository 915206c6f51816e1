"""What filters ask of products, as columns of small numbers: a filter over a million products is a few comparisons.

A `Columns` is a snapshot of one generation. The next one is made from it and from what changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from shopsight.catalogue.products import positions
from shopsight.catalogue.records import key_of, price_e4
from shopsight.catalogue.schema import (
    AUDIENCES,
    AVAILABILITIES,
    BRAND,
    CATEGORY,
    COLOUR,
    names,
    product_colours,
    products,
    removals,
    shop,
)
from shopsight.types import Filters

Mask = NDArray[np.bool_]
Codes = NDArray[np.int32]
NO_PRICE = -1
FEWEST_COLOURS = 4
"""Room for colours per product that is there from the start."""


@dataclass(frozen=True, slots=True)
class Facets:
    """How many products each choice of a filter would give, most first, and the range of prices."""

    categories: dict[str, int]
    brands: dict[str, int]
    colours: dict[str, int]
    audiences: dict[str, int]
    availabilities: dict[str, int]
    price_min: Decimal | None = None
    price_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Products by place, P in all; a removed product keeps its place and is not `alive`.

    `numbers` `(P,) int64` are the products' database numbers, rising. `categories`, `brands` `(P,) int32` and `colours`
    `(P, K) int32` hold numbers of names, 0 for none; `audiences`, `availabilities` `(P,) int8` places in their tables;
    `prices` `(P,) int64` ten-thousandths, -1 for none.
    """

    generation: int
    skus: list[str]
    numbers: NDArray[np.int64]
    alive: Mask
    categories: Codes
    brands: Codes
    colours: Codes
    audiences: NDArray[np.int8]
    availabilities: NDArray[np.int8]
    prices: NDArray[np.int64]
    names: Mapping[tuple[int, str], int]
    shown: Mapping[int, str]

    def allowed(self, filters: Filters) -> Mask | None:
        """`(P,) bool`: which products are there and match; None when all are."""
        masks = [] if self.alive.all() else [self.alive]
        masks += self._matches(filters).values()
        return _all_of(masks) if masks else None

    def facets(self, filters: Filters) -> Facets:
        """The choices that are left under the filters. A field's own filter does not narrow its own choices."""
        masks = self._matches(filters)

        def under(field: str) -> Mask:
            others = [mask for name, mask in masks.items() if name != field]
            return _all_of([self.alive, *others])

        prices = self.prices[np.logical_and(under("price"), self.prices != NO_PRICE)]
        return Facets(
            categories=self._named(self.categories[under("categories")]),
            brands=self._named(self.brands[under("brands")]),
            colours=self._named(self.colours[under("colours")]),
            audiences=_tally(self.audiences[under("audiences")], AUDIENCES),
            availabilities=_tally(self.availabilities[under("availabilities")], AVAILABILITIES),
            price_min=Decimal(int(prices.min())) / 10_000 if prices.size else None,
            price_max=Decimal(int(prices.max())) / 10_000 if prices.size else None,
        )

    def places_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where products with these database numbers are. All must be there."""
        return np.searchsorted(self.numbers, numbers)

    def _matches(self, filters: Filters) -> dict[str, Mask]:
        """A mask per field that is filtered."""
        masks: dict[str, Mask] = {}
        if filters.categories:
            masks["categories"] = self._has(self.categories, CATEGORY, filters.categories)
        if filters.brands:
            masks["brands"] = self._has(self.brands, BRAND, filters.brands)
        if filters.colours:
            masks["colours"] = np.logical_or.reduce(self._has(self.colours, COLOUR, filters.colours), axis=1)
        if filters.audiences:
            masks["audiences"] = np.isin(self.audiences, positions(AUDIENCES, filters.audiences))
        if filters.availabilities:
            masks["availabilities"] = np.isin(self.availabilities, positions(AVAILABILITIES, filters.availabilities))
        if filters.price_min is not None or filters.price_max is not None:
            masks["price"] = self._priced(filters.price_min, filters.price_max)
        return masks

    def _has(self, codes: Codes, kind: int, wanted: Iterable[str]) -> Mask:
        chosen = np.zeros(max(self.shown, default=0) + 1, np.bool_)
        chosen[[self.names[kind, key] for key in map(key_of, wanted) if (kind, key) in self.names]] = True
        chosen[0] = False
        found: Mask = chosen[codes]
        return found

    def _priced(self, low: Decimal | None, high: Decimal | None) -> Mask:
        masks = [self.prices != NO_PRICE]
        if low is not None:
            masks.append(self.prices >= price_e4(low))
        if high is not None:
            masks.append(self.prices <= price_e4(high))
        return _all_of(masks)

    def _named(self, codes: Codes) -> dict[str, int]:
        counts = np.bincount(codes.ravel(), minlength=1)
        counts[0] = 0
        found = [(self.shown[code], int(counts[code])) for code in np.flatnonzero(counts).tolist()]
        return dict(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _all_of(masks: Sequence[Mask]) -> Mask:
    whole: Mask = np.logical_and.reduce(masks)
    return whole


def _tally(codes: NDArray[np.int8], table: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(table)).tolist()
    return dict(sorted(((name, n) for name, n in zip(table, counts, strict=True) if n), key=lambda pair: -pair[1]))


def plain_rows(connection: Connection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """The answer as the driver gives it: for a million rows, dressing each up would take longer than reading it."""
    cursor: Any = connection.execute(query).cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def table_of(connection: Connection, query: Select[Any], width: int) -> NDArray[np.int64]:
    """An answer of whole numbers, `(n, width) int64`."""
    rows = plain_rows(connection, query)
    return np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * width).reshape(-1, width)


def generation_of(connection: Connection) -> int:
    """The shop's generation: it rises with every change."""
    return int(connection.execute(select(shop.c.generation)).scalar_one())


def read_columns(connection: Connection, old: Columns | None = None) -> Columns:
    """The columns of this moment, made from `old` and from what changed since, or whole."""
    generation = generation_of(connection)
    if old is not None and old.generation == generation:
        return old
    since = old.generation if old is not None else -1
    return _merged(old, _read(connection, since, generation, old), _removed(connection, since))


def _read(connection: Connection, since: int, generation: int, old: Columns | None) -> Columns:
    """The products that changed after generation `since`, as columns of their own."""
    p = products.c
    query = select(p.id, p.sku, p.category_id, p.brand_id, p.audience, p.availability, p.price_e4).order_by(p.id)
    rows = plain_rows(connection, query.where(p.revision > since) if since >= 0 else query)
    ids, skus, categories, brands, audiences, availabilities, prices = zip(*rows, strict=True) if rows else [()] * 7
    numbers = np.array(ids, np.int64)
    known = max(old.shown, default=0) if old else 0
    new_names = connection.execute(select(names).where(names.c.id > known)).all()
    return Columns(
        generation=generation,
        skus=list(skus),
        numbers=numbers,
        alive=np.ones(len(rows), np.bool_),
        categories=np.array(categories, np.int32),
        brands=np.array(brands, np.int32),
        colours=_read_colours(connection, since, numbers),
        audiences=np.array(audiences, np.int8),
        availabilities=np.array(availabilities, np.int8),
        prices=np.array([NO_PRICE if price is None else price for price in prices], np.int64),
        names={**(old.names if old else {}), **{(row.kind, row.key): row.id for row in new_names}},
        shown={**(old.shown if old else {}), **{row.id: row.shown for row in new_names}},
    )


def _read_colours(connection: Connection, since: int, numbers: NDArray[np.int64]) -> Codes:
    table = product_colours.c
    query = select(table.product_id, table.name_id).order_by(table.product_id, table.name_id)
    if since >= 0:
        changed = select(products.c.id).where(products.c.revision > since)
        query = query.where(table.product_id.in_(changed))
    pairs = table_of(connection, query, 2)
    places = np.searchsorted(numbers, pairs[:, 0])
    first = np.searchsorted(places, places)  # where each product's run of colours begins
    column = np.arange(len(places)) - first
    colours = np.zeros((len(numbers), max(FEWEST_COLOURS, int(column.max(initial=-1)) + 1)), np.int32)
    colours[places, column] = pairs[:, 1]
    return colours


def _removed(connection: Connection, since: int) -> NDArray[np.int64]:
    if since < 0:
        return np.zeros(0, np.int64)
    query = select(removals.c.product_id).where(removals.c.revision > since).order_by(removals.c.product_id)
    return np.array(list(connection.execute(query).scalars()), np.int64)


def _merged(old: Columns | None, new: Columns, gone: NDArray[np.int64]) -> Columns:
    """`old` with the products of `new` put in, and those of `gone` no more alive."""
    if old is None:
        return new
    at = np.searchsorted(old.numbers, new.numbers)
    is_old = at < len(old.numbers)
    is_old[is_old] = old.numbers[at[is_old]] == new.numbers[is_old]
    at, fresh = at[is_old], ~is_old
    width = max(old.colours.shape[1], new.colours.shape[1])

    def joined(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        whole = np.concatenate([before, after[fresh]])
        whole[at] = after[is_old]
        return whole

    alive = joined(old.alive, new.alive)
    numbers = joined(old.numbers, new.numbers)
    alive[np.searchsorted(numbers, np.intersect1d(numbers, gone))] = False
    return Columns(
        generation=new.generation,
        skus=[*old.skus, *(sku for sku, is_new in zip(new.skus, fresh.tolist(), strict=True) if is_new)],
        numbers=numbers,
        alive=alive,
        categories=joined(old.categories, new.categories),
        brands=joined(old.brands, new.brands),
        colours=joined(_widened(old.colours, width), _widened(new.colours, width)),
        audiences=joined(old.audiences, new.audiences),
        availabilities=joined(old.availabilities, new.availabilities),
        prices=joined(old.prices, new.prices),
        names=new.names,
        shown=new.shown,
    )


def _widened(colours: Codes, width: int) -> Codes:
    return np.pad(colours, ((0, 0), (0, width - colours.shape[1])))
