"""Baskets in the tables: what was bought together, kept by the order's own number, read as columns of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select, update

from shopsight.catalogue.database import Writing
from shopsight.catalogue.products import Changes, batches
from shopsight.catalogue.schema import basket_goods, baskets
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
    before = _kept(writing.connection, list(by_key))
    rows = {key: _packed(basket, goods) for key, basket in by_key.items()}
    added = [basket for key, basket in by_key.items() if key not in before]
    changed = [b for key, b in by_key.items() if key in before and before[key] != (b.day, *rows[key].values())]
    said = {"source": source, "revision": writing.revision}
    for basket in changed:
        here = update(baskets).where(baskets.c.key == basket.key)
        writing.connection.execute(here.values(day=basket.day, **rows[basket.key], **said))
    if added:
        new = [{"key": b.key, "day": b.day, **rows[b.key], **said} for b in added]
        writing.connection.execute(insert(baskets), new)
    writing.changed |= bool(added or changed)
    return Changes(len(added), len(changed), len(wanted) - len(added) - len(changed))


def read_baskets(connection: Connection, since: date | None = None, until: date | None = None) -> Baskets:
    """All baskets, or those of some days, both included, in the order in which they were first kept."""
    query = select(baskets.c.goods).order_by(baskets.c.id)
    if since:
        query = query.where(baskets.c.day >= since)
    if until:
        query = query.where(baskets.c.day <= until)
    texts = connection.execute(query).scalars().all()
    numbers = np.array(" ".join(texts).split(), np.int64)
    starts = np.cumsum([0, *(text.count(" ") + 1 for text in texts)]).astype(np.int64)
    goods, items = np.unique(numbers, return_inverse=True)
    skus: dict[int, str] = {}
    for batch in batches(goods.tolist()):
        found = connection.execute(select(basket_goods.c.id, basket_goods.c.sku).where(basket_goods.c.id.in_(batch)))
        skus.update({row.id: row.sku for row in found})
    return Baskets(starts, items.astype(np.int32), tuple(skus[number] for number in goods.tolist()))


def revision_of(connection: Connection) -> tuple[int, int]:
    """The newest revision of a basket and how many there are: both the same means that nothing changed."""
    newest, count = connection.execute(select(func.max(baskets.c.revision), func.count())).one()
    return int(newest or 0), int(count)


def forget_source(writing: Writing, source: str) -> int:
    """Removes the baskets that came from one source; gives how many that were."""
    gone = writing.connection.execute(delete(baskets).where(baskets.c.source == source)).rowcount
    writing.changed |= bool(gone)
    return int(gone)


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


def _kept(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[date | None, str, str]]:
    """Of the baskets that are there already, by number: day, goods and quantities."""
    columns = (baskets.c.key, baskets.c.day, baskets.c.goods, baskets.c.quantities)
    there = connection.execute(select(*columns).where(baskets.c.key.in_(keys)))
    return {row.key: (row.day, row.goods, row.quantities) for row in there}


def _packed(basket: Basket, goods: Mapping[str, int]) -> dict[str, str]:
    """The columns `goods` and `quantities` of a basket."""
    lines = sorted((goods[sku], quantity) for sku, quantity in basket.lines.items())
    quantities = "" if all(n == 1 for _, n in lines) else " ".join(str(n) for _, n in lines)
    return {"goods": " ".join(str(number) for number, _ in lines), "quantities": quantities}
