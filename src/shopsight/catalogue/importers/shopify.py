"""Shopify's product export: one row per variant and per further picture, held together by the handle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from shopsight.catalogue.importers.draft import Item, Source, draft
from shopsight.catalogue.importers.mapping import Columns, complete
from shopsight.catalogue.importers.origin import Origin
from shopsight.catalogue.importers.price import read_price
from shopsight.catalogue.importers.rows import Row, Table, read_table
from shopsight.catalogue.importers.vocabulary import read_audience
from shopsight.errors import BadInput, BadSource
from shopsight.types import Rejection

# The names of the export of today and of the years before.
NAMES: dict[str, tuple[str, ...]] = {
    "sku": ("Handle", "URL handle"),
    "title": ("Title",),
    "description": ("Body (HTML)", "Body HTML", "Description"),
    "brand": ("Vendor",),
    "category": ("Type", "Custom Product Type", "Product Category", "Product category", "Standardized Product Type"),
    "price": ("Variant Price", "Price"),
    "audience": ("Google Shopping / Gender", "Gender"),
    "age": ("Google Shopping / Age Group", "Age group"),
    "photos": ("Image Src", "Product image URL"),
    "attributes.tags": ("Tags",),
    "attributes.colour": ("Color (product.metafields.shopify.color-pattern)",),
}
POSITION = ("Image Position", "Image position")
VARIANT_PHOTO = ("Variant Image", "Variant image URL")
QUANTITY = ("Variant Inventory Qty", "Inventory quantity")
TRACKER = ("Variant Inventory Tracker", "Inventory tracker")
POLICY = ("Variant Inventory Policy", "Continue selling when out of stock")
PUBLISHED = ("Published", "Published on online store")


def looks_like(headers: Sequence[str]) -> bool:
    """Whether these are the columns of Shopify's export."""
    return (
        any(h in headers for h in NAMES["sku"]) and any(h in headers for h in NAMES["photos"]) and "Vendor" in headers
    )


def open_shopify(origin: Origin, mapping: Mapping[str, str]) -> Source:
    """One product per handle; variants add their prices, sizes, colours and pictures to it."""
    table = read_table(origin)
    if not looks_like(table.headers):
        raise BadSource(
            origin.name,
            "not a Shopify product export: Handle, Vendor or Image Src is missing",
            "export products as CSV in Shopify, or use --kind csv",
        )
    guessed = {
        field: "|".join(found) for field, names in NAMES.items() if (found := [n for n in names if n in table.headers])
    }
    columns = complete(table.headers, mapping, guessed, origin.name)
    return Source("shopify", origin.name, lambda: _read(table, columns), columns.mapping)


def _read(table: Table, columns: Columns) -> Iterator[Item]:
    handle = next(h for h in NAMES["sku"] if h in table.headers)
    groups: dict[str, list[tuple[int, Row]]] = {}
    for line, row in table.rows():
        if isinstance(row, Rejection):
            yield row
        elif not row[handle].strip():
            yield Rejection(
                f"row {line}", f'its column "{handle}" is empty', "give every row the handle of its product"
            )
        else:
            groups.setdefault(row[handle].strip(), []).append((line, row))
    for name, lines in groups.items():
        yield _product(table.origin, columns, name, lines)


def _product(origin: Origin, columns: Columns, handle: str, lines: list[tuple[int, Row]]) -> Item:
    where, rows = f"row {lines[0][0]}", [row for _, row in lines]
    merged = merge(rows)
    if _first(merged, PUBLISHED).casefold() == "false" or merged.get("Status", "active").casefold() in (
        "draft",
        "archived",
    ):
        return Rejection(
            handle, f"{where}: it is not published", "publish it in Shopify and export again, or leave it out"
        )
    try:
        merged |= cheapest(rows, [n for n in NAMES["price"] if n in merged])
        photos = [origin.place(photo) for photo in _photos(rows, columns)]
    except BadInput as why:
        return Rejection(handle, f"{where}: {why.message}", why.cure)
    facts = {"availability": _availability(rows), **_options(rows), **columns.facts(merged)}
    if not facts.get("audience"):
        facts["audience"] = _audience_of_tags(merged.get("Tags", ""))
    return draft(facts, photos, where)


def merge(rows: Sequence[Row]) -> Row:
    """One row with the first filled value of every column."""
    return {name: next((row[name].strip() for row in rows if row[name].strip()), "") for name in rows[0]}


def cheapest(rows: Sequence[Row], columns: Sequence[str]) -> Row:
    """For each price column, the text of the lowest price among the rows."""
    lowest: Row = {}
    for column in columns:
        prices = [(amount, row[column]) for row in rows if (amount := read_price(row[column])[0]) is not None]
        if prices:
            lowest[column] = min(prices, key=lambda p: p[0])[1]
    return lowest


def _photos(rows: Sequence[Row], columns: Columns) -> list[str]:
    """The product's pictures by their position, then those that only a variant names."""
    numbered = [(_position(row, i), photo) for i, row in enumerate(rows) for photo in columns.values("photos", row)]
    ordered = [photo for _, photo in sorted(numbered, key=lambda n: n[0])]
    return ordered + [photo for row in rows if (photo := _first(row, VARIANT_PHOTO))]


def _position(row: Row, index: int) -> tuple[Decimal, int]:
    try:
        return Decimal(_first(row, POSITION)), index
    except ArithmeticError:
        return Decimal(10_000), index


def _options(rows: Sequence[Row]) -> dict[str, str]:
    """Sizes, colours and whatever else the variants differ in, each value once."""
    found: dict[str, list[str]] = {}
    for number in (1, 2, 3):
        names = (f"Option{number} Name", f"Option{number} name")
        name = next((said for row in rows if (said := _first(row, names))), "").casefold()
        values = [_first(row, (f"Option{number} Value", f"Option{number} value")) for row in rows]
        if name and name != "title":
            found.setdefault({"color": "colour"}.get(name, name), []).extend(v for v in values if v)
    return {f"attributes.{name}": ", ".join(dict.fromkeys(values)) for name, values in found.items()}


def _availability(rows: Sequence[Row]) -> str:
    """Out of stock only when every variant is counted, none is left, and none is sold beyond that."""
    variants = [row for row in rows if any(_first(row, (n,)) for n in NAMES["price"])]
    if not variants:
        return ""
    return "out of stock" if all(_sold_out(row) for row in variants) else "in stock"


def _sold_out(row: Row) -> bool:
    quantity, policy = _first(row, QUANTITY), _first(row, POLICY).casefold()
    return (
        bool(_first(row, TRACKER)) and policy in ("deny", "false", "") and (quantity.startswith("-") or quantity == "0")
    )


def _audience_of_tags(tags: str) -> str:
    """The tags that say nothing but an audience; "Anchor men's watch" as one tag is left alone."""
    return ", ".join(tag for tag in tags.split(",") if len(tag.split()) == 1 and read_audience(tag) != "unknown")


def _first(row: Row, names: Sequence[str]) -> str:
    return next((row[name].strip() for name in names if row.get(name, "").strip()), "")
