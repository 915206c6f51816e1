"""Baskets in the tables: what was bought together, kept by the order's own number, read as columns of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from shopsight.catalogue.database import Writing
from shopsight.catalogue.products import Changes, batches
from shopsight.catalogue.schema import basket_goods, basket_lines, baskets
from shopsight.errors import BadInput
from shopsight.types import Baskets

LONGEST_KEY = 200
MOST_LINES = 10_000
MOST_OF_ONE = 1_000_000


@dataclass(frozen=True, slots=True)
class Basket:
    """What one order held: how many of which SKU. `key` is the order's number, `day` in UTC where it is known."""

    key: str
    lines: Mapping[str, int] = field(default_factory=dict)
    day: date | None = None


def check_basket(basket: Basket) -> None:
    """Raises `BadInput` for a basket that cannot be kept."""
    name = f"basket {basket.key[:60]}"
    if not basket.key or len(basket.key) > LONGEST_KEY or not basket.key.isprintable():
        raise BadInput(name, "its number is no line of 1 to 200 letters", "Give the order's number.")
    if not basket.lines:
        raise BadInput(name, "there is nothing in it", "Leave empty orders out.")
    if len(basket.lines) > MOST_LINES:
        raise BadInput(name, f"{len(basket.lines):,} different goods", f"Leave out orders above {MOST_LINES:,} goods.")
    for sku, quantity in basket.lines.items():
        if not sku or len(sku) > LONGEST_KEY or not sku.isprintable():
            raise BadInput(name, f"{sku[:60]!r} is no SKU", "Give SKUs of 1 to 200 letters.")
        if not 1 <= quantity <= MOST_OF_ONE:
            raise BadInput(name, f"{quantity} of {sku}", "Give a quantity of at least 1; leave returns out.")


def keep_batch(writing: Writing, wanted: Sequence[Basket], source: str) -> Changes:
    """Keeps baskets and says what that changed. Of two with one number the later counts."""
    by_key = {basket.key: basket for basket in wanted}
    for basket in by_key.values():
        check_basket(basket)
    goods = _number_goods(writing.connection, {sku for basket in by_key.values() for sku in basket.lines})
    numbers, before = _kept(writing.connection, list(by_key))
    lines = {key: {goods[sku]: n for sku, n in basket.lines.items()} for key, basket in by_key.items()}
    added = [basket for key, basket in by_key.items() if key not in numbers]
    changed = [b for key, b in by_key.items() if key in numbers and before[key] != (b.day, lines[key])]
    if added or changed:
        _drop_lines(writing.connection, [numbers[basket.key] for basket in changed])
        _renew(writing, changed, numbers, source)
        numbers |= _insert(writing, added, source)
        rows = [(numbers[b.key], good, n) for b in (*added, *changed) for good, n in lines[b.key].items()]
        names = ("basket_id", "good_id", "quantity")
        writing.connection.execute(insert(basket_lines), [dict(zip(names, row, strict=True)) for row in rows])
        writing.changed = True
    return Changes(len(added), len(changed), len(wanted) - len(added) - len(changed))


def read_baskets(connection: Connection, since: date | None = None, until: date | None = None) -> Baskets:
    """All baskets, or those of some days, both included, in the order in which they were first kept."""
    query = select(basket_lines.c.basket_id, basket_lines.c.good_id)
    if since or until:
        query = _of_days(query.join(baskets, baskets.c.id == basket_lines.c.basket_id), since, until)
    rows = connection.execute(query.order_by(basket_lines.c.basket_id, basket_lines.c.good_id)).all()
    table = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)
    _, starts = np.unique(table[:, 0], return_index=True)
    goods, items = np.unique(table[:, 1], return_inverse=True)
    skus: dict[int, str] = {}
    for batch in batches(goods.tolist()):
        found = connection.execute(select(basket_goods.c.id, basket_goods.c.sku).where(basket_goods.c.id.in_(batch)))
        skus.update({row.id: row.sku for row in found})
    names = tuple(skus[number] for number in goods.tolist())
    return Baskets(np.append(starts, len(table)).astype(np.int64), items.astype(np.int32), names)


def revision_of(connection: Connection) -> tuple[int, int]:
    """The newest revision of a basket and how many there are: both the same means that nothing changed."""
    newest, count = connection.execute(select(func.max(baskets.c.revision), func.count())).one()
    return int(newest or 0), int(count)


def forget_source(writing: Writing, source: str) -> int:
    """Removes the baskets that came from one source; gives how many that were."""
    gone = writing.connection.execute(delete(baskets).where(baskets.c.source == source)).rowcount
    writing.changed |= bool(gone)
    return int(gone)


def _of_days(query: Select[Any], since: date | None, until: date | None) -> Select[Any]:
    if since:
        query = query.where(baskets.c.day >= since)
    return query.where(baskets.c.day <= until) if until else query


def _number_goods(connection: Connection, skus: set[str]) -> dict[str, int]:
    """The number of every SKU; new ones get one."""
    numbers: dict[str, int] = {}
    for batch in batches(sorted(skus)):
        known = select(basket_goods.c.sku, basket_goods.c.id).where(basket_goods.c.sku.in_(batch))
        numbers |= {row.sku: row.id for row in connection.execute(known)}
        new = [{"sku": sku} for sku in batch if sku not in numbers]
        if new:
            ids = insert(basket_goods).returning(basket_goods.c.sku, basket_goods.c.id)
            numbers |= {row.sku: row.id for row in connection.execute(ids, new)}
    return numbers


Kept = tuple[date | None, dict[int, int]]


def _kept(connection: Connection, keys: Sequence[str]) -> tuple[dict[str, int], dict[str, Kept]]:
    """Of the baskets that are there already: their numbers, and their day and lines."""
    there = connection.execute(select(baskets.c.id, baskets.c.key, baskets.c.day).where(baskets.c.key.in_(keys))).all()
    contents: dict[int, dict[int, int]] = {row.id: {} for row in there}
    for row in connection.execute(select(basket_lines).where(basket_lines.c.basket_id.in_(contents))):
        contents[row.basket_id][row.good_id] = row.quantity
    return {row.key: row.id for row in there}, {row.key: (row.day, contents[row.id]) for row in there}


def _drop_lines(connection: Connection, numbers: Iterable[int]) -> None:
    connection.execute(delete(basket_lines).where(basket_lines.c.basket_id.in_(list(numbers))))


def _renew(writing: Writing, changed: Sequence[Basket], numbers: Mapping[str, int], source: str) -> None:
    for basket in changed:
        here = update(baskets).where(baskets.c.id == numbers[basket.key])
        writing.connection.execute(here.values(day=basket.day, source=source, revision=writing.revision))


def _insert(writing: Writing, added: Sequence[Basket], source: str) -> dict[str, int]:
    if not added:
        return {}
    rows = [{"key": b.key, "day": b.day, "source": source, "revision": writing.revision} for b in added]
    ids = insert(baskets).returning(baskets.c.key, baskets.c.id)
    return {row.key: row.id for row in writing.connection.execute(ids, rows)}
