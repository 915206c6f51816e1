"""Google Merchant feeds, XML (RSS or Atom) and TSV; most other product feeds speak the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from shopsight.catalogue.importers.draft import Item, Source, draft
from shopsight.catalogue.importers.mapping import Columns, complete
from shopsight.catalogue.importers.origin import Origin
from shopsight.catalogue.importers.rows import Row, read_table
from shopsight.catalogue.importers.shopify import cheapest, merge
from shopsight.catalogue.importers.table import split_photos
from shopsight.catalogue.importers.xml import Element, read_items
from shopsight.errors import BadInput, BadSource
from shopsight.types import Rejection

MAPPING = {
    "sku": "id",
    "title": "title",
    "description": "description|summary",
    "brand": "brand",
    "category": "product_type|google_product_category",
    "price": "sale_price|price",
    "audience": "gender",
    "age": "age_group",
    "availability": "availability",
    "url": "link",
    "photos": "image_link|additional_image_link",
    "attributes.colour": "color",
    "attributes.size": "size",
    "attributes.material": "material",
    "attributes.pattern": "pattern",
}
COLUMNS = (*dict.fromkeys(name for rule in MAPPING.values() for name in rule.split("|")), "item_group_id")
MANY = "\n"


def looks_like(headers: Sequence[str]) -> bool:
    """Whether these are the columns of a Merchant feed."""
    return {"id", "image_link"} <= {_bare(h) for h in headers}


def open_merchant(origin: Origin, mapping: Mapping[str, str]) -> Source:
    """One product per item; the sizes of one item group in one colour, pattern and material are one product."""
    xml = origin.head(1000).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or origin.suffix == ".xml"
    if not xml and not looks_like(read_table(origin).headers):
        raise BadSource(
            origin.name, "not a Merchant feed: id or image_link is missing", "check the feed, or use --kind csv"
        )
    headers = COLUMNS if xml else tuple(map(_bare, read_table(origin).headers))
    guessed = {field: rule for field, rule in MAPPING.items() if set(rule.split("|")) & set(headers)}
    columns = complete(headers, mapping, guessed, origin.name)
    rows = _xml_rows if xml else _table_rows
    return Source("merchant", origin.name, lambda: _read(origin, columns, rows(origin)), columns.mapping, None)


def _bare(header: str) -> str:
    return header.casefold().removeprefix("g:").strip().replace(" ", "_")


def _xml_rows(origin: Origin) -> Iterator[tuple[str, Row | Rejection]]:
    count = 0
    try:
        for count, (line, element) in enumerate(read_items(origin), 1):  # noqa: B007
            yield f"item on line {line}", _flat(element)
    except BadSource as why:
        if not count:
            raise
        yield "feed", Rejection(f"item {count + 1} and all after it", why.reason, why.cure)
    if not count:
        raise BadSource(origin.name, "holds no <item> or <entry>", "check that this is a product feed")


def _flat(element: Element) -> Row:
    """Each tag's first text; all of them where a tag may come again."""
    return {name: MANY.join(texts) if "image" in name else texts[0] for name, texts in element.items()}


def _table_rows(origin: Origin) -> Iterator[tuple[str, Row | Rejection]]:
    for line, row in read_table(origin).rows():
        yield f"row {line}", row if isinstance(row, Rejection) else {_bare(name): value for name, value in row.items()}


def _read(origin: Origin, columns: Columns, rows: Iterator[tuple[str, Row | Rejection]]) -> Iterator[Item]:
    """Only variants that follow each other are put together, so that a feed of any length streams."""
    for group, members in groupby(
        rows, key=lambda r: "" if isinstance(r[1], Rejection) else r[1].get("item_group_id", "").strip()
    ):
        if not group:
            for where, row in members:
                yield row if isinstance(row, Rejection) else _product(origin, columns, where, [row])
            continue
        looks: dict[tuple[str, ...], list[tuple[str, Row]]] = {}
        for where, row in members:
            if isinstance(row, dict):
                looks.setdefault(
                    tuple(row.get(n, "").strip().casefold() for n in ("color", "pattern", "material")), []
                ).append((where, row))
        for same in looks.values():
            yield _product(origin, columns, same[0][0], [row for _, row in same])


def _product(origin: Origin, columns: Columns, where: str, rows: list[Row]) -> Item:
    names = dict.fromkeys(name for row in rows for name in row)
    full = [{name: row.get(name, "") for name in names} for row in rows]
    merged = merge(full)
    sizes = dict.fromkeys(row["size"].strip() for row in full if row.get("size", "").strip())
    merged["size"] = ", ".join(sizes)
    try:
        merged |= cheapest(full, [n for n in ("sale_price", "price") if n in merged])
        merged["availability"] = _best_stock(full)
        photos = [
            origin.place(one) for row in full for cell in columns.values("photos", row) for one in split_photos(cell)
        ]
    except BadInput as why:
        return Rejection(merged.get("id", "").strip() or where, f"{where}: {why.message}", why.cure)
    return draft(columns.facts(merged), photos, where)


def _best_stock(rows: list[Row]) -> str:
    said = [row.get("availability", "") for row in rows]
    return next((s for s in said if s.casefold().replace("_", " ") == "in stock"), said[0])
