"""WooCommerce's product export: variations are rows of their own that name their parent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from shopsight.catalogue.importers.draft import Item, Source, draft
from shopsight.catalogue.importers.mapping import Columns, complete
from shopsight.catalogue.importers.origin import Origin
from shopsight.catalogue.importers.rows import Row, Table, read_table
from shopsight.catalogue.importers.shopify import cheapest
from shopsight.catalogue.importers.table import split_photos
from shopsight.errors import BadInput, BadSource
from shopsight.types import Rejection

NAMES: dict[str, tuple[str, ...]] = {
    "sku": ("SKU", "ID"),
    "title": ("Name",),
    "description": ("Description", "Short description"),
    "brand": ("Brands", "Brand"),
    "category": ("Categories",),
    "price": ("Sale price", "Regular price"),
    "availability": ("In stock?", "Stock"),
    "url": ("External URL",),
    "photos": ("Images",),
    "attributes.tags": ("Tags",),
}


def looks_like(headers: Sequence[str]) -> bool:
    """Whether these are the columns of WooCommerce's export."""
    return all(name in headers for name in ("Type", "Name", "Regular price")) and (
        "Images" in headers or "In stock?" in headers
    )


def open_woocommerce(origin: Origin, mapping: Mapping[str, str]) -> Source:
    """One product per parent or simple row; variations add prices, attributes and pictures to it."""
    table = read_table(origin)
    if not looks_like(table.headers):
        raise BadSource(
            origin.name,
            "not a WooCommerce export: Type, Name, Regular price or Images is missing",
            "export products as CSV in WooCommerce, or use --kind csv",
        )
    guessed = {
        field: "|".join(found) for field, names in NAMES.items() if (found := [n for n in names if n in table.headers])
    }
    columns = complete(table.headers, mapping, guessed, origin.name)
    return Source("woocommerce", origin.name, lambda: _read(table, columns), columns.mapping)


def _read(table: Table, columns: Columns) -> Iterator[Item]:
    parents: dict[str, tuple[int, Row]] = {}
    children: dict[str, list[Row]] = {}
    names: dict[str, str] = {}
    for line, row in table.rows():
        if isinstance(row, Rejection):
            yield row
        elif "variation" in row["Type"].casefold():
            children.setdefault(_parent(row), []).append({**row, "#line": str(line)})
        else:
            key = f"row {line}"
            parents[key] = line, row
            names.setdefault(row.get("SKU", "").strip() or key, key)
            names.setdefault(f"id:{row.get('ID', '').strip()}", key)
    families: dict[str, list[Row]] = {}
    for parent, rows in children.items():
        if parent in names:
            families.setdefault(names[parent], []).extend(rows)
        else:
            yield from (_orphan(row) for row in rows)
    for key, (line, row) in parents.items():
        yield _product(table.origin, columns, f"row {line}", row, families.get(key, []))


def _parent(row: Row) -> str:
    return row.get("Parent", "").strip()


def _orphan(row: Row) -> Rejection:
    name = row.get("SKU", "").strip() or f"row {row['#line']}"
    return Rejection(
        name,
        f'its parent "{_parent(row)}" is not in the export',
        "export the variable product together with its variations",
    )


def _product(origin: Origin, columns: Columns, where: str, row: Row, variations: list[Row]) -> Item:
    facts = columns.facts(row)
    name = facts.get("sku") or where
    if row.get("Published", "1").strip() not in ("1", "", "yes", "true"):
        return Rejection(
            name, f"{where}: it is not published", "publish it in WooCommerce and export again, or leave it out"
        )
    try:
        facts = columns.facts(row | _price(row, variations))
        photos = [
            origin.place(photo)
            for r in (row, *variations)
            for cell in columns.values("photos", r)
            for photo in split_photos(cell)
        ]
    except BadInput as why:
        return Rejection(name, f"{where}: {why.message}", why.cure)
    return draft({**_attributes([row, *variations]), **facts, **_category(facts)}, photos, where)


def _price(row: Row, variations: list[Row]) -> Row:
    """What the cheapest variation costs, sale prices counted, in the column that is read first."""
    prices = [r.get("Sale price", "").strip() or r.get("Regular price", "").strip() for r in (row, *variations)]
    lowest = cheapest([{"p": price} for price in prices], ["p"]).get("p", "")
    return {"Sale price": lowest, "Regular price": lowest}


def _category(facts: Mapping[str, str]) -> Row:
    """The deepest category of those named."""
    paths = [path.strip() for path in re.split(r"(?<!\\),", facts.get("category", "")) if path.strip()]
    deepest = max(paths, key=lambda path: path.count(">"), default="")
    return {"category": deepest.replace("\\,", ",")}


def _attributes(rows: Sequence[Row]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for row in rows:
        for number in range(1, 11):
            name = re.sub(r"^pa_", "", row.get(f"Attribute {number} name", "").strip().casefold())
            values = row.get(f"Attribute {number} value(s)", "").split(",")
            if name:
                found.setdefault({"color": "colour"}.get(name, name), []).extend(v.strip() for v in values if v.strip())
    return {f"attributes.{name}": ", ".join(dict.fromkeys(values)) for name, values in found.items()}
