"""What an engine suggests about products, and what people say to it: accept, correct, dismiss, undo.

A product has at most one suggestion of a kind. Until somebody decides, a new run renews it; what was decided is never
asked again. Accepting writes the value to the product; undoing puts back what stood there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from shopsight.catalogue.database import Writing
from shopsight.catalogue.products import batches, read_products
from shopsight.catalogue.records import COLOUR_KEYS, key_of, writable
from shopsight.catalogue.schema import products, suggestions
from shopsight.errors import BadInput, NotFound
from shopsight.types import Product

Kind = Literal["category", "colour", "pattern"]
State = Literal["pending", "accepted", "corrected", "dismissed"]
KINDS: tuple[Kind, ...] = ("category", "colour", "pattern")
STATES: tuple[State, ...] = ("pending", "accepted", "corrected", "dismissed")
LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Idea:
    """A suggestion before it is kept: `value` for this `kind`, seen in `photo` (its id), with a score of 0-1."""

    sku: str
    photo: str
    kind: Kind
    value: str
    score: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion at rest. `corrected` is what a person said instead, in the state "corrected"; times are UTC."""

    id: int
    sku: str
    photo: str
    kind: Kind
    value: str
    score: float
    engine: str
    state: State
    corrected: str
    made_at: datetime
    decided_at: datetime | None

    @property
    def truth(self) -> str:
        """What is true as far as a person has said: the accepted or corrected value; empty where nobody has."""
        return {"accepted": self.value, "corrected": self.corrected}.get(self.state, "")


@dataclass(frozen=True, slots=True)
class Kept:
    """What suggesting did: new ones, renewed ones that nobody had decided on, and those decided already."""

    added: int = 0
    renewed: int = 0
    decided: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.added + other.added, self.renewed + other.renewed, self.decided + other.decided)


@dataclass(frozen=True, slots=True)
class SuggestionPage:
    """A page of suggestions, how many there are in all, and how many of each state in the whole shop."""

    suggestions: tuple[Suggestion, ...]
    total: int
    states: dict[str, int]


Save = Callable[[Product], None]
"""Saves a product inside the transaction that decides."""


def keep(writing: Writing, ideas: Sequence[Idea], engine: str) -> Kept:
    """Keeps ideas as pending suggestions. Raises `BadInput` for an unknown kind or an empty value."""
    kept = Kept()
    for batch in batches(ideas):
        kept += _keep_batch(writing.connection, [_checked(idea) for idea in batch], engine)
    return kept


def _keep_batch(connection: Connection, ideas: list[Idea], engine: str) -> Kept:
    table, now = suggestions.c, _now()
    query = select(table.sku, table.kind, table.id, table.state).where(table.sku.in_({idea.sku for idea in ideas}))
    known = {(row.sku, row.kind): row for row in connection.execute(query)}
    new, renewed, decided = {}, 0, 0
    for idea in ideas:
        row = {"photo": idea.photo, "value": idea.value, "score": idea.score, "engine": engine, "made_at_s": now}
        before = known.get((idea.sku, idea.kind))
        if before is None:
            fixed = {"state": "pending", "corrected": "", "written": "", "decided_at_s": None}
            new[idea.sku, idea.kind] = {"sku": idea.sku, "kind": idea.kind, **row, **fixed}
        elif before.state == "pending":
            connection.execute(update(suggestions).where(table.id == before.id).values(row))
            renewed += 1
        else:
            decided += 1
    if new:
        connection.execute(insert(suggestions), list(new.values()))
    return Kept(len(new), renewed, decided)


def _checked(idea: Idea) -> Idea:
    if idea.kind not in KINDS:
        raise BadInput(f"suggestion of {idea.kind!r}", "there is no such kind", f"Use one of {', '.join(KINDS)}.")
    return replace(idea, value=clean_value(idea.value), sku=writable(idea.sku))


def clean_value(value: str) -> str:
    """The value as it can be written. Raises `BadInput` for an empty or endless one."""
    text = " ".join("".join(c if c.isprintable() else " " for c in writable(value)).split())
    if not text:
        raise BadInput("value", "it is empty", "Say what is right, or dismiss the suggestion.")
    if len(text) > LONGEST_VALUE:
        raise BadInput("value", f"it has {len(text)} characters", f"Keep it under {LONGEST_VALUE}.")
    return text


def browse(
    connection: Connection, state: str, kind: str, sku: str, least_score: float, offset: int, limit: int
) -> SuggestionPage:
    """Suggestions of products that the shop still has, the surest first."""
    for given, allowed, name in ((state, STATES, "state"), (kind, KINDS, "kind")):
        if given and given not in allowed:
            raise BadInput(f"{name} {given[:40]!r}", "there is no such one", f"Use one of {', '.join(allowed)}.")
    here = _of_living()
    wanted = ((suggestions.c.state, state), (suggestions.c.kind, kind), (suggestions.c.sku, sku))
    for column, value in wanted:
        here = here.where(column == value) if value else here
    here = here.where(suggestions.c.score >= least_score) if least_score > 0 else here
    total = connection.execute(select(func.count()).select_from(here.subquery())).scalar_one()
    page = here.order_by(suggestions.c.score.desc(), suggestions.c.id).offset(offset).limit(limit)
    found = tuple(_read(row) for row in connection.execute(page))
    living = _of_living().subquery()
    counted = connection.execute(select(living.c.state, func.count()).group_by(living.c.state))
    return SuggestionPage(found, total, dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in counted})


def corrections(connection: Connection, kind: str) -> list[Suggestion]:
    """All that people accepted or corrected, oldest decision first: training data."""
    query = _of_living().where(suggestions.c.state.in_(("accepted", "corrected")))
    query = query.where(suggestions.c.kind == kind) if kind else query
    ordered = query.order_by(suggestions.c.decided_at_s, suggestions.c.id)
    return [_read(row) for row in connection.execute(ordered)]


def _of_living() -> Select[Any]:
    """A removed product's suggestions stay at rest, in case it comes back, and are not told of."""
    return select(suggestions).where(suggestions.c.sku.in_(select(products.c.sku)))


def accept(writing: Writing, number: int, save: Save, instead: str = "") -> Suggestion:
    """Writes the value, or what a person says instead of it, to the product. Raises `NotFound`, `BadInput`."""
    before = _reopened(writing, number, save)
    instead = clean_value(instead) if instead else ""
    value = instead or before.value
    state: State = "corrected" if instead and instead != before.value else "accepted"
    product = _product(writing, before.sku)
    save(_with(product, before.kind, value))
    written = {"value": value, "before": said(product, before.kind)}
    return _decide(writing, before, state, instead if state == "corrected" else "", json.dumps(written))


def dismiss(writing: Writing, number: int, save: Save) -> Suggestion:
    """Says that the suggestion is wrong or unwanted; a product that it was written to gets back what it said."""
    return _decide(writing, _reopened(writing, number, save), "dismissed", "", "")


def undo(writing: Writing, number: int, save: Save) -> Suggestion:
    """Takes a decision back: the suggestion is pending again, and the product as it was.

    Raises `BadInput` when the product was changed by somebody since.
    """
    return _reopened(writing, number, save)


def _reopened(writing: Writing, number: int, save: Save) -> Suggestion:
    row = writing.connection.execute(select(suggestions).where(suggestions.c.id == number)).first()
    if row is None:
        raise NotFound(f"suggestion {number}", "there is no such suggestion", "List them to see their numbers.")
    if row.state == "pending":
        return _read(row)
    if row.written:
        _put_back(writing, row, save)
    return _decide(writing, _read(row), "pending", "", "")


def _put_back(writing: Writing, row: Row[Any], save: Save) -> None:
    written, product = json.loads(row.written), _product(writing, row.sku)
    if said(product, row.kind) != written["value"]:
        reason = f"its {row.kind} was changed since, to {said(product, row.kind)!r}"
        raise BadInput(row.sku[:80], reason, "Change the product itself, or leave the decision as it is.")
    save(_with(product, row.kind, written["before"]))


def _decide(writing: Writing, before: Suggestion, state: State, corrected: str, written: str) -> Suggestion:
    now = None if state == "pending" else _now()
    values = {"state": state, "corrected": corrected, "written": written, "decided_at_s": now}
    writing.connection.execute(update(suggestions).where(suggestions.c.id == before.id).values(values))
    return replace(before, state=state, corrected=corrected, decided_at=_time(now))


# ---- what a product says -------------------------------------------------------------------------------------------


def said(product: Product, kind: str) -> str:
    """What the shop states about a product of this kind; empty where nothing."""
    if kind == "category":
        return product.category
    return product.attributes.get(_attribute(product, kind), "")


def _with(product: Product, kind: str, value: str) -> Product:
    if kind == "category":
        return replace(product, category=value)
    name = _attribute(product, kind)
    rest = {key: text for key, text in product.attributes.items() if key != name}
    return replace(product, attributes={**product.attributes, name: value} if value else rest)


def _attribute(product: Product, kind: str) -> str:
    """The product's own name for that attribute: "Farbe" where its feed says so."""
    names = COLOUR_KEYS if kind == "colour" else {kind}
    return next((key for key in product.attributes if key_of(key) in names), kind)


def _product(writing: Writing, sku: str) -> Product:
    found = read_products(writing.connection, [sku])
    if not found:
        raise NotFound(sku[:80], "the shop does not have this product any more", "Import it again first.")
    return found[sku]


def _read(row: Row[Any]) -> Suggestion:
    made = cast(datetime, _time(row.made_at_s))
    texts = (row.id, row.sku, row.photo, row.kind, row.value, row.score, row.engine, row.state, row.corrected)
    return Suggestion(*texts, made, _time(row.decided_at_s))


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
