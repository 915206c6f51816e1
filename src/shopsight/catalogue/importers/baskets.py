"""Ways in for baskets: a table of order lines, or one basket a line (names by commas, numbers by blanks)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from shopsight.catalogue.baskets import Basket, check_basket
from shopsight.catalogue.importers.encoding import open_text
from shopsight.catalogue.importers.origin import Origin
from shopsight.catalogue.importers.rows import Row, Table, read_table
from shopsight.errors import BadInput, BadSource, NotFound
from shopsight.types import Rejection

KINDS = ("lines", "wide", "fimi")
FIELDS = ("order", "sku", "day", "quantity")
# What shops call each field, best first. Compared in lower case without anything but letters and digits.
NAMES = {
    "order": (
        "order orderid ordernumber orderno basket basketid transaction transactionid invoice invoiceno invoiceid "
        "receipt receiptid ticket ticketid cart cartid bestellung bestellnummer ordername"
    ),
    "sku": (
        "sku productsku variantsku lineitemsku itemsku productid product itemid item articleid article stockcode "
        "articlenumber artikelnummer lineitemname itemdescription title name"
    ),
    "day": "day date orderdate createdat transactiondate invoicedate purchasedate timestamp time paidat datum",
    "quantity": "quantity lineitemquantity qty amount count units menge anzahl",
}

Item = Basket | Rejection


@dataclass(frozen=True)
class BasketSource:
    """A file of baskets: `kind` as found or said, `mapping` says which column was read as what."""

    kind: str
    name: str
    mapping: Mapping[str, str]
    read: Callable[[], Iterator[Item]]

    def __iter__(self) -> Iterator[Item]:
        return self.read()


def open_baskets(path: Path, *, kind: str = "", mapping: Mapping[str, str] | None = None) -> BasketSource:
    """Opens a file of baskets. `kind` is one of `KINDS`; empty means: found out from its first lines.

    lines: a table with a column for the order and one for the SKU, a row for each good of an order. wide: SKUs by
    comma, semicolon or tab, one basket a line. fimi: numbers by blanks, one basket a line. A basket of the last two is
    called by the file's name and its line. Raises `NotFound`, `BadSource`.
    """
    if not path.is_file():
        raise NotFound(str(path), "there is no such file", "Check the path.")
    if kind and kind not in KINDS:
        raise BadSource(kind, "not a kind of basket file", f"Use one of {', '.join(KINDS)}.")
    origin = Origin(path=path)
    kind = kind or _kind_of(origin, mapping or {})
    if kind != "lines" and mapping:
        raise BadSource(path.name, "only a table of order lines has columns", "Leave out --map, or say --kind lines.")
    if kind == "lines":
        table = read_table(origin)
        columns = _columns(table, mapping or {})
        return BasketSource(kind, path.name, columns, lambda: _read_lines(table, columns))
    return BasketSource(kind, path.name, {}, lambda: _read_wide(origin, kind))


def _kind_of(origin: Origin, mapping: Mapping[str, str]) -> str:
    with open_text(origin) as text:
        lines = [line for line in islice(text, 50) if line.strip()]
    if not lines:
        raise BadSource(origin.name, "it is empty", "Export it again.")
    if all(re.fullmatch(r"\s*\d+(\s+\d+)*\s*", line) for line in lines):
        return "fimi"
    guessed = {**_guess(read_table(origin).headers), **mapping}
    return "lines" if {"order", "sku"} <= guessed.keys() else "wide"


def _guess(headers: tuple[str, ...]) -> dict[str, str]:
    bare = {re.sub(r"[\W_]+", "", header.casefold()): header for header in reversed(headers)}
    found = {field: next((bare[name] for name in names.split() if name in bare), "") for field, names in NAMES.items()}
    return {field: column for field, column in found.items() if column}


def _columns(table: Table, given: Mapping[str, str]) -> dict[str, str]:
    for field, column in given.items():
        if field not in FIELDS:
            raise BadSource(field, "not a field of an order line", f"Use one of {', '.join(FIELDS)}.")
        if column and column not in table.headers:
            raise BadSource(table.origin.name, f'has no column "{column}"', f"It has {', '.join(table.headers[:30])}.")
    columns = {field: column for field, column in {**_guess(table.headers), **given}.items() if column}
    for field in ("order", "sku"):
        if field not in columns:
            reason = f"no column tells the {'order' if field == 'order' else 'product'}"
            raise BadSource(table.origin.name, reason, f"Say which one does: --map {field}=COLUMN")
    return columns


def _read_lines(table: Table, columns: Mapping[str, str]) -> Iterator[Item]:
    """Baskets once all lines are read: an order's lines need not lie together."""
    lines: dict[str, dict[str, int]] = {}
    days: dict[str, date | None] = {}
    for number, row in table.rows():
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            order, sku, quantity, day = _read_line(row, columns)
        except BadInput as why:
            yield Rejection(f"row {number}", why.message, why.cure)
            continue
        goods = lines.setdefault(order, {})
        goods[sku] = goods.get(sku, 0) + quantity
        days[order] = days.get(order) or day
    for order, goods in lines.items():
        yield _checked(Basket(order, goods, days[order]))


def _read_line(row: Row, columns: Mapping[str, str]) -> tuple[str, str, int, date | None]:
    order, sku = (row[columns[field]].strip() for field in ("order", "sku"))
    if not order or not sku:
        raise BadInput("order line", f"the {'order' if not order else 'product'} is missing", "Fill the cell.")
    quantity = row[columns["quantity"]].strip() if "quantity" in columns else ""
    day = row[columns["day"]].strip() if "day" in columns else ""
    return order, sku, read_quantity(quantity), read_day(day)


def read_quantity(text: str) -> int:
    """A whole number of goods; an empty cell means one.

    >>> read_quantity(""), read_quantity("2.0")
    (1, 2)
    """
    if not text:
        return 1
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not value.is_integer() or value < 1:
        raise BadInput("quantity", f"{text[:30]!r} is no number of goods", "Write 1, 2, 3 ...; leave returns out.")
    return int(value)


def read_day(text: str) -> date | None:
    """A day as ISO 8601 writes it, with or without a time; a time with a zone is turned to UTC.

    >>> read_day("2025-03-30T23:30:00-05:00")
    datetime.date(2025, 3, 31)
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise BadInput("day", f"{text[:30]!r} is no date", "Write it as 2025-03-31.") from None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _read_wide(origin: Origin, kind: str) -> Iterator[Item]:
    separator = None if kind == "fimi" else _separator(origin)
    with open_text(origin) as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                cells = next(csv.reader([line], delimiter=separator), []) if separator else line.split()
                goods = [cell.strip() for cell in cells if cell.strip()]
                yield _checked(Basket(f"{Path(origin.name).name}:{number}", {sku: goods.count(sku) for sku in goods}))


def _separator(origin: Origin) -> str:
    with open_text(origin) as text:
        head = "".join(islice(text, 200))
    return max(",;\t|", key=head.count)


def _checked(basket: Basket) -> Item:
    try:
        check_basket(basket)
    except BadInput as why:
        return Rejection(why.item, why.reason, why.cure)
    return basket
