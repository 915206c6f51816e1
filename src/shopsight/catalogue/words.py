"""Finding products by words: full text with BM25-like ranking, mistypings mended from the shop's own vocabulary.

SQLite searches with FTS5 and `bm25()`; PostgreSQL with `tsvector`, its rank weighed by how rare each word is. Both
index the same tokens, and the last step, how much of the query a product covers, is the same code.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy import table as named_table
from sqlalchemy import text as sql

from shopsight.catalogue.database import Writing
from shopsight.catalogue.products import batches, matching
from shopsight.catalogue.records import stated_colours, writable
from shopsight.catalogue.schema import WORD_FIELDS, grams, products, vocabulary
from shopsight.catalogue.speech import STOP, TOKEN, distance, fold, others, pieces, singular, words_of
from shopsight.types import Filters, Product

if TYPE_CHECKING:
    from shopsight.catalogue.describe import Recognised

Found = tuple[str, float, tuple[str, ...]]
WEIGHTS = {"title": 10, "brand": 6, "category": 6, "colour": 6, "attributes": 3, "recognised": 3, "description": 1}
LETTERS = {"title": "A", "brand": "B", "category": "B", "colour": "B", "attributes": "C", "recognised": "C"}
"""PostgreSQL's classes of weight; the rest is D."""
MOST_WORDS = 12
"""Words of a query that are searched for; a longer one is cut."""
DESCRIPTION_LETTERS = 2000
CANDIDATES = 200
"""Products that are ranked to the end, at least."""
NEIGHBOURS = 200
"""Words of the vocabulary that are compared with a mistyped one."""
BEGUN = 0.95
"""How well a word stands for its beginning: one that is typed to the end is better."""

index = named_table("words", *map(column, ("rowid", "product_id", *WORD_FIELDS)))


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query: what stands for it, how well (0-1), and whether it is only the beginning of a word."""

    word: str
    choices: Mapping[str, float]
    begun: bool = False
    rarity: float = 1.0

    def fit(self, words: Iterable[str]) -> float:
        """How well some of these words stand for the term, 0-1."""
        exact = max((self.choices.get(word, 0.0) for word in words), default=0.0)
        begun = self.begun and any(word.startswith(self.word) for word in words)
        return max(exact, BEGUN if begun else 0.0)


# --- the index ---------------------------------------------------------------------------------------------------


def index_words(writing: Writing, wanted: Mapping[int, tuple[Product, Recognised]]) -> None:
    """Puts products into the word index, in place of what was there of them."""
    after = {number: readable(product, recognised) for number, (product, recognised) in wanted.items()}
    before = _indexed(writing.connection, list(after))
    moved = [number for number in after if before.get(number) != after[number]]
    _unindex(writing.connection, [number for number in moved if number in before])
    if moved:
        _insert(writing.connection, {number: after[number] for number in moved})
        _count(writing.connection, [before[n] for n in moved if n in before], [after[n] for n in moved])


def drop_words(writing: Writing, numbers: Sequence[int]) -> None:
    """Takes products out of the word index."""
    before = _indexed(writing.connection, numbers)
    _unindex(writing.connection, list(before))
    _count(writing.connection, before.values(), [])


def readable(product: Product, recognised: Recognised) -> dict[str, str]:
    """What a product is found by: tokens per field, blanks between."""
    audience = "" if product.audience == "unknown" else product.audience
    texts = {
        "title": product.title,
        "brand": product.brand,
        "category": product.category,
        "colour": " ".join(stated_colours(product.attributes)),
        "attributes": " ".join([*product.attributes.values(), audience]),
        "recognised": " ".join([*recognised.categories, *recognised.colours, recognised.pattern]),
        "description": product.description[:DESCRIPTION_LETTERS],
    }
    return {name: " ".join(words_of(text)) for name, text in texts.items()}


def _key(connection: Connection) -> ColumnElement[int]:
    return index.c.rowid if connection.dialect.name == "sqlite" else index.c.product_id


def _indexed(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    key = _key(connection)
    query = select(key.label("number"), *(index.c[name] for name in WORD_FIELDS))
    rows = (row for batch in batches(numbers) for row in connection.execute(query.where(key.in_(batch))).mappings())
    return {row["number"]: {name: row[name] for name in WORD_FIELDS} for row in rows}


def _unindex(connection: Connection, numbers: Sequence[int]) -> None:
    if numbers:
        connection.execute(delete(index).where(_key(connection).in_(numbers)))


def _insert(connection: Connection, wanted: Mapping[int, Mapping[str, str]]) -> None:
    fields = ", ".join(WORD_FIELDS)
    values = ", ".join(f":{name}" for name in WORD_FIELDS)
    rows = [{"number": number, **texts} for number, texts in wanted.items()]
    if connection.dialect.name == "sqlite":
        connection.execute(sql(f"INSERT INTO words (rowid, {fields}) VALUES (:number, {values})"), rows)
        return
    rows = [{**row, "document": _document(row)} for row in rows]
    add = f"INSERT INTO words (product_id, {fields}, document) VALUES (:number, {values}, CAST(:document AS tsvector))"
    connection.execute(sql(add), rows)


def _document(texts: Mapping[str, Any]) -> str:
    """A `tsvector` as PostgreSQL writes it: every token with its place and weight. No parser comes between."""
    tokens = [(word, LETTERS.get(name, "D")) for name in WORD_FIELDS for word in texts[name].split()]
    return " ".join(f"'{word}':{min(place, 16383)}{letter}" for place, (word, letter) in enumerate(tokens, 1))


def _count(connection: Connection, before: Iterable[Mapping[str, str]], after: Iterable[Mapping[str, str]]) -> None:
    """Keeps the vocabulary: in how many products every word is."""
    change: Counter[str] = Counter()
    for texts in after:
        change.update(_vocabulary_of(texts))
    for texts in before:
        change.subtract(_vocabulary_of(texts))
    moved = {word: by for word, by in change.items() if by}
    known: set[str] = set()
    for batch in batches(moved):
        known.update(connection.execute(select(vocabulary.c.word).where(vocabulary.c.word.in_(batch))).scalars())
    if known:
        more = update(vocabulary).where(vocabulary.c.word == bindparam("known"))
        more = more.values(products=vocabulary.c.products + bindparam("by"))
        connection.execute(more, [{"known": word, "by": moved[word]} for word in sorted(known)])
    if new := sorted(moved.keys() - known):
        connection.execute(insert(vocabulary), [{"word": word, "products": moved[word]} for word in new])
        rows = [{"gram": piece, "word": word} for word in new if not word.isdigit() for piece in pieces(word)]
        if rows:
            connection.execute(insert(grams), rows)


def _vocabulary_of(texts: Mapping[str, str]) -> set[str]:
    return {word for text in texts.values() for word in text.split()}


# --- the query ---------------------------------------------------------------------------------------------------


def correct(connection: Connection, text: str) -> str:
    """The words as they are understood: mistyped ones in the shop's spelling, the others as they were typed."""
    text = writable(text)
    typed = TOKEN.findall(fold(text))[:MOST_WORDS]
    understood = [_mend(connection, singular(word), is_last) for word, is_last in _last_marked(typed, text)]
    kept = [
        word if mended == [singular(word)] else " ".join(mended) for word, mended in zip(typed, understood, strict=True)
    ]
    return " ".join(kept)


def find_words(connection: Connection, text: str, filters: Filters, limit: int) -> list[Found]:
    """Products that fit the words, best first: SKU, score 0-1 and the fields in which the words are.

    The score is the share of the query that the product covers, every word counting by its rarity, and within equal
    shares the full-text rank. Products that cover all words come before any that do not.
    """
    text = writable(text)
    terms = _terms(connection, text)
    conditions = matching(connection, filters)
    exact = _of_that_sku(connection, text, conditions)
    if not terms:
        return exact[:limit]
    most = max(CANDIDATES, 2 * limit)
    ranked = _candidates(connection, terms, conditions, most, every=True)
    if len(ranked) < limit and len(terms) > 1:
        ranked = _candidates(connection, terms, conditions, most, every=False) | ranked
    found = exact + [hit for hit in _judge(connection, terms, ranked) if hit[0] not in {sku for sku, *_ in exact}]
    return found[:limit]


def _of_that_sku(connection: Connection, text: str, conditions: Sequence[ColumnElement[bool]]) -> list[Found]:
    """The product whose SKU was typed."""
    query = select(products.c.sku).where(products.c.sku.in_([text.strip(), text.strip().upper()]), *conditions)
    return [(sku, 1.0, ("sku",)) for sku in connection.execute(query).scalars()]


def _terms(connection: Connection, text: str) -> list[Term]:
    """The query as terms: stop words left out, mistypings mended, other words for the same thing added."""
    typed = list(_last_marked(words_of(text)[:MOST_WORDS], text))
    typed = [(word, is_last) for word, is_last in typed if word not in STOP] or typed
    mended = [(word, is_last) for whole, is_last in typed for word in _mend(connection, whole, is_last)]
    terms = {word: Term(word, {**others(word), word: 1.0}, begun=is_last and len(word) > 1) for word, is_last in mended}
    return _weighed(connection, list(terms.values()))


def _last_marked(words: Sequence[str], text: str) -> list[tuple[str, bool]]:
    """Each word, and whether it is the last one and may still be being typed."""
    return [(word, place == len(words) - 1 and not text[-1:].isspace()) for place, word in enumerate(words)]


def _weighed(connection: Connection, terms: list[Term]) -> list[Term]:
    """Terms with their rarity, the inverse document frequency of BM25 (Robertson, Sparck Jones), and only those
    choices that the shop has."""
    every = {word for term in terms for word in term.choices}
    query = select(vocabulary.c.word, vocabulary.c.products).where(
        vocabulary.c.word.in_(every), vocabulary.c.products > 0
    )
    counts = {row.word: row.products for row in connection.execute(query)}
    total = connection.execute(select(func.count()).select_from(products)).scalar_one()
    weighed = []
    for term in terms:
        choices = {word: fit for word, fit in term.choices.items() if word in counts or word == term.word}
        n = min(sum(counts.get(word, 0) for word in choices), total)
        weighed.append(replace(term, choices=choices, rarity=math.log(1 + (total - n + 0.5) / (n + 0.5)) + 0.1))
    return weighed


def _mend(connection: Connection, word: str, is_last: bool) -> list[str]:
    """The word as the shop spells it; two words when it was written together; itself when nothing is near."""
    if len(word) < 3 or word.isdigit() or _is_known(connection, [word, *others(word)]):
        return [word]
    if is_last and _is_begun(connection, word):
        return [word]
    return _nearest(connection, word) or _split(connection, word) or [word]


def _is_known(connection: Connection, words: Iterable[str]) -> bool:
    query = select(vocabulary.c.word).where(vocabulary.c.word.in_(list(words)), vocabulary.c.products > 0)
    return connection.execute(query.limit(1)).first() is not None


def _is_begun(connection: Connection, word: str) -> bool:
    after = word[:-1] + chr(ord(word[-1]) + 1)
    # Bytes decide, not the server's language, in which letters may stand elsewhere or count as equal.
    by_bytes = vocabulary.c.word.collate("BINARY" if connection.dialect.name == "sqlite" else "C")
    query = select(vocabulary.c.word).where(by_bytes >= word, by_bytes < after, vocabulary.c.products > 0)
    return any(found.startswith(word) for found in connection.execute(query.limit(20)).scalars())


def _nearest(connection: Connection, word: str) -> list[str]:
    """The word of the vocabulary with the fewest mistypings between, the more usual one of two; none when none is
    near: one mistyping in up to five letters, two in more."""
    most = 1 if len(word) < 6 else 2
    shared = func.count().label("shared")
    query = (
        select(vocabulary.c.word, vocabulary.c.products, shared)
        .join_from(grams, vocabulary, vocabulary.c.word == grams.c.word)
        .where(grams.c.gram.in_(pieces(word)), vocabulary.c.products > 0)
        .where(func.length(vocabulary.c.word).between(len(word) - most, len(word) + most))
        .group_by(vocabulary.c.word, vocabulary.c.products)
        .order_by(shared.desc(), vocabulary.c.products.desc(), vocabulary.c.word)
        .limit(NEIGHBOURS)
    )
    near = [
        (distance(word, row.word, most), row.word[0] != word[0], -row.products, row.word)
        for row in connection.execute(query)
    ]
    best = min(near, default=None)
    return [best[-1]] if best is not None and best[0] <= most else []


def _split(connection: Connection, word: str) -> list[str]:
    """Two words of the vocabulary that were written as one: "reddress"."""
    halves = [(word[:place], singular(word[place:])) for place in range(3, len(word) - 2)]
    wanted = {half for pair in halves for half in pair}
    query = select(vocabulary.c.word).where(vocabulary.c.word.in_(wanted), vocabulary.c.products > 0)
    known = set(connection.execute(query).scalars()) if wanted else set()
    return next(([one, two] for one, two in halves if one in known and two in known), [])


def _candidates(
    connection: Connection, terms: Sequence[Term], conditions: Sequence[ColumnElement[bool]], most: int, *, every: bool
) -> dict[int, tuple[str, float]]:
    """Product number -> SKU and full-text rank (more is better) of the best products with every term, or with some."""
    search = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgres
    rows = connection.execute(search(terms, conditions, every).limit(most))
    return {number: (sku, float(rank)) for number, sku, rank in rows}


def _on_sqlite(terms: Sequence[Term], conditions: Sequence[ColumnElement[bool]], every: bool) -> Select[Any]:
    match = (" AND " if every else " OR ").join(
        "(" + " OR ".join([f'"{word}"' for word in term.choices] + [f'"{term.word}"*'] * term.begun) + ")"
        for term in terms
    )
    weights = ", ".join(str(WEIGHTS[name]) for name in WORD_FIELDS)
    rank: ColumnElement[float] = literal_column(f"-bm25(words, {weights})").label("rank")
    return (
        select(products.c.id, products.c.sku, rank)
        .join_from(index, products, products.c.id == index.c.rowid)
        .where(sql("words MATCH :match").bindparams(match=match), *conditions)
        .order_by(sql("rank DESC"), products.c.id)
    )


def _on_postgres(terms: Sequence[Term], conditions: Sequence[ColumnElement[bool]], every: bool) -> Select[Any]:
    parts = [
        "(" + " | ".join([f"'{word}'" for word in term.choices] + [f"'{term.word}':*"] * term.begun) + ")"
        for term in terms
    ]
    given = {f"term{place}": part for place, part in enumerate(parts)}
    ranks = " + ".join(
        f"ts_rank('{{0.1, 0.3, 0.6, 1.0}}', words.document, CAST(:term{place} AS tsquery), 1) * {term.rarity:.6f}"
        for place, term in enumerate(terms)
    )
    match = (" & " if every else " | ").join(parts)
    return (
        select(products.c.id, products.c.sku, sql(f"({ranks}) AS rank").bindparams(**given))
        .join_from(index, products, products.c.id == index.c.product_id)
        .where(sql("words.document @@ CAST(:match AS tsquery)").bindparams(match=match), *conditions)
        .order_by(sql("rank DESC"), products.c.id)
    )


def _judge(connection: Connection, terms: Sequence[Term], ranked: Mapping[int, tuple[str, float]]) -> list[Found]:
    """Scores candidates by how much of the query they cover, then by their rank."""
    texts = _indexed(connection, list(ranked))
    best = max((rank for _, rank in ranked.values()), default=0.0) or 1.0
    whole = sum(term.rarity for term in terms)
    found = []
    for number, (sku, rank) in ranked.items():
        fields = {name: text.split() for name, text in texts[number].items() if text}
        fits = {term.word: {name: term.fit(words) for name, words in fields.items()} for term in terms}
        covered = sum(term.rarity * max(fits[term.word].values(), default=0.0) for term in terms) / whole
        where = tuple(name for name in fields if any(fit[name] for fit in fits.values()))
        found.append((sku, round(covered * (0.8 + 0.2 * max(rank, 0.0) / best), 4), where))
    return sorted(found, key=lambda hit: -hit[1])
