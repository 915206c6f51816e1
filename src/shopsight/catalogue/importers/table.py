"""CSV and TSV tables of products, one row each, with columns guessed from the headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from shopsight.catalogue.importers.draft import Item, Source, draft
from shopsight.catalogue.importers.mapping import Columns, complete, guess
from shopsight.catalogue.importers.origin import Origin, is_url
from shopsight.catalogue.importers.rows import Row, Table, read_table
from shopsight.errors import BadInput
from shopsight.types import Rejection

FOLDERS = ("", "images/", "photos/", "pictures/", "img/", "image/", "bilder/")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", "")


def open_table(origin: Origin, mapping: Mapping[str, str]) -> Source:
    """Any table with a header line; pictures are columns, or files named after one ("images/{id}.jpg")."""
    table = read_table(origin)
    guessed = guess(table.headers)
    if "photos" not in mapping:
        guessed = find_pictures(table, guessed)
    columns = complete(table.headers, mapping, guessed, origin.name)
    return Source("csv", origin.name, lambda: _read(table, columns), columns.mapping, table.lines())


def _read(table: Table, columns: Columns) -> Iterator[Item]:
    for line, row in table.rows():
        yield row if isinstance(row, Rejection) else read_row(table.origin, columns, row, f"row {line}")


def read_row(origin: Origin, columns: Columns, row: Row, where: str) -> Item:
    facts = columns.facts(row)
    try:
        photos = [origin.place(one) for cell in columns.values("photos", row) for one in split_photos(cell)]
    except BadInput as why:
        return Rejection(facts.get("sku") or where, f"{where}: {why.message}", why.cure)
    return draft(facts, photos, where)


def split_photos(cell: str) -> list[str]:
    """The pictures named in one cell, in order: parted by line breaks, bars, semicolons, commas or, for URLs, spaces.

    A comma or semicolon inside a URL belongs to it, so these only part when another URL follows.

    >>> split_photos("https://a.example/w_1,h_2/x.jpg, https://a.example/y.jpg")
    ['https://a.example/w_1,h_2/x.jpg', 'https://a.example/y.jpg']
    """
    pattern = r"\s*[|\n]\s*|(?:'?\s*[,;]\s*'?|\s+)(?=(?:https?:)?//)" if "//" in cell else r"\s*[|\n;,]\s*"
    said = cell.strip().strip("[]")
    return [part for piece in re.split(pattern, said) if (part := piece.strip(" \t\r\n'\",;"))]


def find_pictures(table: Table, mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with a picture pattern, when files named after a column lie beside the table."""
    folder = table.origin.path.parent if table.origin.path else None
    samples = table.samples()
    if folder is None or not samples or _resolves(folder, Columns(table.headers, mapping), samples):
        return dict(mapping)
    candidates = [c for field in ("photos", "sku") for c in mapping.get(field, "").split("|") if c]
    for pattern in (f"{where}{{{column}}}{ending}" for column in candidates for where in FOLDERS for ending in ENDINGS):
        if _resolves(folder, Columns(table.headers, {"photos": pattern}), samples):
            return {**mapping, "photos": pattern}
    return dict(mapping)


def _resolves(folder: Path, columns: Columns, samples: list[Row]) -> bool:
    """Whether the pictures named in any of the sample rows are there, or are URLs."""
    said = [one for row in samples for cell in columns.values("photos", row) for one in split_photos(cell)]
    return any(is_url(one) or one.startswith("//") or (".." not in one and _is_file(folder / one)) for one in said)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
