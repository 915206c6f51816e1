"""Products in the tables: saved, read, removed, browsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, insert, select, update

from shopsight.catalogue.database import Writing
from shopsight.catalogue.names import known_names, number_names
from shopsight.catalogue.records import clean, key_of, price_e4, to_product, to_row
from shopsight.catalogue.schema import (
    AUDIENCES,
    AVAILABILITIES,
    BRAND,
    CATEGORY,
    COLOUR,
    photos,
    product_colours,
    product_photos,
    products,
    removals,
)
from shopsight.errors import BadInput, NotFound
from shopsight.types import Filters, Product

BATCH = 500
"""Rows asked for at once: both databases take it, and a batch stays small in memory."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changes:
    """What saving did: how many products were new, how many were different, how many were as they had been."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of products, and how many there are in all."""

    products: tuple[Product, ...]
    total: int


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def save_batch(writing: Writing, wanted: Sequence[Product], source: str) -> tuple[Changes, list[int]]:
    """Saves products and says what that changed, and the numbers of those that are new or different."""
    by_sku = {product.sku: product for product in map(clean, wanted)}
    photo_numbers = _photo_numbers(writing.connection, by_sku.values())
    numbers, before = _numbers_and_products(writing.connection, list(by_sku))
    added = [product for sku, product in by_sku.items() if sku not in before]
    changed = [product for sku, product in by_sku.items() if sku in before and before[sku] != product]
    if added or changed:
        numbers |= _write(writing, added, changed, numbers, source)
        _write_photos(writing, added, changed, numbers, photo_numbers, before)
        writing.changed = True
    _set_source(writing, [number for sku, number in numbers.items() if sku in before], source)
    touched = [numbers[product.sku] for product in added + changed]
    return Changes(len(added), len(changed), len(wanted) - len(added) - len(changed)), touched


def _write(
    writing: Writing, added: list[Product], changed: list[Product], numbers: dict[str, int], source: str
) -> dict[str, int]:
    """Writes the rows of `products`; gives the numbers of the added ones."""
    brands = number_names(writing, BRAND, (product.brand for product in added + changed))
    categories = number_names(writing, CATEGORY, (product.category for product in added + changed))

    def row(product: Product) -> dict[str, Any]:
        return {
            **to_row(product),
            "brand_id": brands.get(key_of(product.brand), 0),
            "category_id": categories.get(key_of(product.category), 0),
            "revision": writing.revision,
        }

    if changed:
        rows = [{**row(product), "number": numbers[product.sku]} for product in changed]
        writing.connection.execute(update(products).where(products.c.id == bindparam("number")), rows)
    if not added:
        return {}
    new = insert(products).returning(products.c.id, sort_by_parameter_order=True)
    ids = writing.connection.execute(new, [{**row(product), "source": source} for product in added]).scalars()
    return dict(zip((product.sku for product in added), ids, strict=True))


def _write_photos(
    writing: Writing,
    added: list[Product],
    changed: list[Product],
    numbers: dict[str, int],
    photo_numbers: dict[str, int],
    before: dict[str, Product],
) -> None:
    moved = [product for product in changed if before[product.sku].photos != product.photos]
    if moved:
        gone = [numbers[product.sku] for product in moved]
        writing.connection.execute(delete(product_photos).where(product_photos.c.product_id.in_(gone)))
    rows = [
        {"product_id": numbers[product.sku], "position": position, "photo_id": photo_numbers[photo]}
        for product in added + moved
        for position, photo in enumerate(product.photos)
    ]
    if rows:
        writing.connection.execute(insert(product_photos), rows)


def _set_source(writing: Writing, numbers: list[int], source: str) -> None:
    if source and numbers:
        other = and_(products.c.id.in_(numbers), products.c.source != source)
        writing.connection.execute(update(products).where(other).values(source=source))


def _photo_numbers(connection: Connection, wanted: Iterable[Product]) -> dict[str, int]:
    first_user = {photo: product.sku for product in wanted for photo in product.photos}
    known: dict[str, int] = {}
    for batch in batches(first_user):
        rows = connection.execute(select(photos.c.sha, photos.c.id).where(photos.c.sha.in_(batch)))
        known |= {row.sha: row.id for row in rows}
    for photo, sku in first_user.items():
        if photo not in known:
            raise BadInput(sku, f"its photo {photo[:12]} is not kept here", "Keep the photo before its product")
    return known


def _numbers_and_products(connection: Connection, skus: Sequence[str]) -> tuple[dict[str, int], dict[str, Product]]:
    rows = [
        row
        for batch in batches(skus)
        for row in connection.execute(select(products).where(products.c.sku.in_(batch))).mappings()
    ]
    photo_ids = photos_of(connection, [row["id"] for row in rows])
    numbers = {row["sku"]: row["id"] for row in rows}
    return numbers, {row["sku"]: to_product(row, photo_ids.get(row["id"], ())) for row in rows}


def photo_numbers_of(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """The database numbers of the photos that these products use."""
    table = product_photos.c
    query = select(table.photo_id).where(table.product_id.in_(numbers)).distinct()
    return list(connection.execute(query).scalars())


def photos_of(connection: Connection, numbers: Iterable[int]) -> dict[int, list[str]]:
    """The photo ids of products, in order."""
    found: dict[int, list[str]] = {}
    joined = product_photos.join(photos, photos.c.id == product_photos.c.photo_id)
    for batch in batches(numbers):
        query = (
            select(product_photos.c.product_id, photos.c.sha)
            .select_from(joined)
            .where(product_photos.c.product_id.in_(batch))
            .order_by(product_photos.c.product_id, product_photos.c.position)
        )
        for number, sha in connection.execute(query):
            found.setdefault(number, []).append(sha)
    return found


def read_products(connection: Connection, skus: Sequence[str]) -> dict[str, Product]:
    """The products of those SKUs, in the order asked for; unknown ones are left out."""
    _, found = _numbers_and_products(connection, list(dict.fromkeys(skus)))
    return {sku: found[sku] for sku in skus if sku in found}


def read_product(connection: Connection, sku: str) -> Product:
    found = read_products(connection, [sku])
    if not found:
        raise NotFound(sku[:80], "the shop has no such product", "Look it up with a search")
    return found[sku]


def remove_batch(writing: Writing, skus: Sequence[str]) -> list[int]:
    """Removes products; gives the numbers of those that were there. Their photos stay kept."""
    query = select(products.c.id).where(products.c.sku.in_(skus))
    numbers = list(writing.connection.execute(query).scalars())
    if numbers:
        writing.connection.execute(delete(product_photos).where(product_photos.c.product_id.in_(numbers)))
        writing.connection.execute(delete(product_colours).where(product_colours.c.product_id.in_(numbers)))
        writing.connection.execute(delete(products).where(products.c.id.in_(numbers)))
        gone = [{"product_id": number, "revision": writing.revision} for number in numbers]
        writing.connection.execute(insert(removals), gone)
        writing.changed = True
    return numbers


def matching(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    """What `filters` asks, as conditions on `products`."""
    conditions: list[ColumnElement[bool]] = []
    if filters.categories:
        conditions.append(products.c.category_id.in_(known_names(connection, CATEGORY, filters.categories)))
    if filters.brands:
        conditions.append(products.c.brand_id.in_(known_names(connection, BRAND, filters.brands)))
    if filters.colours:
        colours = known_names(connection, COLOUR, filters.colours)
        coloured = select(product_colours.c.product_id).where(product_colours.c.name_id.in_(colours))
        conditions.append(products.c.id.in_(coloured))
    if filters.audiences:
        conditions.append(products.c.audience.in_(positions(AUDIENCES, filters.audiences)))
    if filters.availabilities:
        conditions.append(products.c.availability.in_(positions(AVAILABILITIES, filters.availabilities)))
    if filters.price_min is not None:
        conditions.append(products.c.price_e4 >= price_e4(filters.price_min))
    if filters.price_max is not None:
        conditions.append(products.c.price_e4 <= price_e4(filters.price_max))
    return conditions


def positions(table: Sequence[str], wanted: Iterable[str]) -> list[int]:
    """The places of the wanted words in a table; words that are not in it have none."""
    return [table.index(word) for word in dict.fromkeys(wanted) if word in table]


ORDERS: dict[str, list[ColumnElement[Any]]] = {
    "title": [products.c.title_key, products.c.id],
    "price": [products.c.price_e4.is_(None), products.c.price_e4, products.c.id],
    "-price": [products.c.price_e4.is_(None), products.c.price_e4.desc(), products.c.id],
    "newest": [products.c.id.desc()],
    "sku": [products.c.sku],
}
"""How a page of products may be sorted. Products without a price come last."""


def browse(connection: Connection, filters: Filters, offset: int, limit: int, order: str) -> Page:
    """A page of the products that match."""
    if order not in ORDERS:
        raise BadInput(f"order '{order}'", "products are not sorted that way", f"Use one of {', '.join(ORDERS)}")
    conditions = matching(connection, filters)
    total = connection.execute(select(func.count()).select_from(products).where(*conditions)).scalar_one()
    page: Select[Any] = select(products).where(*conditions).order_by(*ORDERS[order]).offset(offset).limit(limit)
    rows = connection.execute(page).mappings().all()
    photo_ids = photos_of(connection, [row["id"] for row in rows])
    return Page(tuple(to_product(row, photo_ids.get(row["id"], ())) for row in rows), total)
