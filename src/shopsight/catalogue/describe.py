"""What is known of a product beyond what the shop states: what was recognised in its photos.

From it follow the colours that a filter finds it by, its category where none is stated, and the words that find it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from shopsight.catalogue.database import Writing
from shopsight.catalogue.names import number_names
from shopsight.catalogue.products import batches
from shopsight.catalogue.records import key_of, stated_colours, to_product, unpack_facts
from shopsight.catalogue.schema import CATEGORY, COLOUR, facts, product_colours, product_photos, products
from shopsight.catalogue.words import index_words
from shopsight.types import Finding, Product, Sight

SURE = 0.5
"""A recognised category counts from this score on."""
MAIN_SHARE = 0.25
"""A recognised colour is a main colour from this score on; the first one always is."""
NO_VALUES = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the photos of one product show together, surest first."""

    categories: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    pattern: str = ""


def describe(writing: Writing, numbers: Sequence[int]) -> None:
    """Works out anew what is known of these products."""
    for batch in batches(numbers):
        _describe_batch(writing, batch)


def _describe_batch(writing: Writing, numbers: list[int]) -> None:
    rows = writing.connection.execute(select(products).where(products.c.id.in_(numbers))).mappings().all()
    sights = _sights_of(writing.connection, numbers)
    stated = {row["id"]: to_product(row, ()) for row in rows}
    recognised = {number: sum_up(sights.get(number, ())) for number in stated}
    colours = {number: colours_of(stated[number], recognised[number]) for number in stated}
    moved = _write_colours(writing, colours)
    before = {row["id"]: row["category_id"] for row in rows}
    moved |= _write_categories(writing, stated, recognised, before)
    if moved:
        writing.changed = True
        touch = update(products).where(products.c.id.in_(moved)).values(revision=writing.revision)
        writing.connection.execute(touch)
    index_words(writing, {number: (product, recognised[number]) for number, product in stated.items()})


def sum_up(sights: Iterable[Sight]) -> Recognised:
    """One account of all photos: categories by their summed scores, colours and pattern by how often they were seen."""
    categories: Counter[str] = Counter()
    colours: Counter[str] = Counter()
    patterns: Counter[str] = Counter()
    for sight in sights:
        categories.update({f.label: f.score for f in sight.categories[:1] if f.score >= SURE})
        colours.update({f.label: f.score for f in main_colours(sight)})
        patterns.update([sight.pattern] if sight.pattern else [])
    return Recognised(
        tuple(label for label, _ in categories.most_common()),
        tuple(label for label, _ in colours.most_common()),
        patterns.most_common(1)[0][0] if patterns else "",
    )


def main_colours(sight: Sight) -> list[Finding]:
    """The colours that a photo's product is called by: the first one, and others that cover a good part of it."""
    return [f for place, f in enumerate(sight.colours) if place == 0 or f.score >= MAIN_SHARE]


def colours_of(product: Product, recognised: Recognised) -> tuple[str, ...]:
    """The colours that a filter finds the product by: stated ones and recognised main ones."""
    return tuple(dict.fromkeys([*stated_colours(product.attributes), *map(key_of, recognised.colours)]))


def _sights_of(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Sight]]:
    query = (
        select(product_photos.c.product_id, facts.c.recognised)
        .join_from(product_photos, facts, facts.c.photo_id == product_photos.c.photo_id)
        .where(product_photos.c.product_id.in_(numbers))
        .order_by(product_photos.c.product_id, product_photos.c.position, facts.c.space_id)
    )
    found: dict[int, list[Sight]] = {}
    for number, packed in connection.execute(query):
        found.setdefault(number, []).append(unpack_facts(NO_VALUES, packed))
    return found


def _write_colours(writing: Writing, wanted: dict[int, tuple[str, ...]]) -> set[int]:
    """Writes the colours; gives the products whose colours are other than they were."""
    table, connection = product_colours, writing.connection
    known = number_names(writing, COLOUR, (colour for colours in wanted.values() for colour in colours))
    before: dict[int, set[int]] = {}
    for number, name in connection.execute(select(table).where(table.c.product_id.in_(wanted))):
        before.setdefault(number, set()).add(name)
    after = {number: {known[key_of(colour)] for colour in colours} for number, colours in wanted.items()}
    moved = {number for number, names in after.items() if names != before.get(number, set())}
    if lost := moved & before.keys():
        connection.execute(delete(table).where(table.c.product_id.in_(lost)))
    if rows := [{"product_id": number, "name_id": name} for number in sorted(moved) for name in sorted(after[number])]:
        connection.execute(insert(table), rows)
    return moved


def _write_categories(
    writing: Writing, stated: dict[int, Product], recognised: dict[int, Recognised], before: dict[int, int]
) -> set[int]:
    """Gives products without a stated category the recognised one; says which products that changed."""
    silent = {number: recognised[number].categories for number, product in stated.items() if not product.category}
    known = number_names(writing, CATEGORY, (labels[0] for labels in silent.values() if labels))
    after = {number: known[key_of(labels[0])] if labels else 0 for number, labels in silent.items()}
    moved = {number for number, name in after.items() if name != before[number]}
    if moved:
        change = update(products).where(products.c.id == bindparam("number")).values(category_id=bindparam("name"))
        writing.connection.execute(change, [{"number": number, "name": after[number]} for number in sorted(moved)])
    return moved
