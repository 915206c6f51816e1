"""Words in, products out: the catalogue's own word search, joined by the engine's where that can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shopsight.search.because import WHOLE, explain_words
from shopsight.search.desk import Desk, Found
from shopsight.search.nearest import nearest_products
from shopsight.types import Because, Filters, Hit, Vector, Verdict

PARTLY = 0.3
"""Word score (0-1) from which an answer is called similar; from `WHOLE` on it is found."""
READING_SHARE = 0.4
"""Share of the engine's reading in the mixed score; the words as written keep the rest."""
PATIENCE = 10.0
"""How fast the engine's reading counts for less down its list: half after so many places."""


def find_by_words(desk: Desk, words: str, filters: Filters, k: int) -> Found:
    """The k products that carry the words, or look as the words say."""
    understood = desk.catalogue.correct(words)
    written = {sku: (score, fields) for sku, score, fields in desk.catalogue.find_words(words, filters, max(k, 50))}
    read = _read(desk, desk.read(understood), filters, max(k, 50)) if desk.read else {}
    scores = {sku: _mix(sku, written, read) for sku in {**written, **read}}
    best = sorted(scores, key=lambda sku: -scores[sku])[:k]
    products = desk.catalogue.products(best)
    hits = []
    for sku in best:
        score, fields = written.get(sku, (0.0, ()))
        why = explain_words(understood, fields, score) or (Because("shape", f"looks like “{understood}”", 0.5),)
        if sku in products:
            hits.append(Hit(products[sku], scores[sku], min(1.0, max(0.0, score)), why, *products[sku].photos[:1]))
    return Found(_verdict(hits), tuple(hits), understood)


def _mix(sku: str, written: Mapping[str, tuple[float, Sequence[str]]], read: Mapping[str, float]) -> float:
    if not read:
        return written[sku][0]
    return (1 - READING_SHARE) * (written[sku][0] if sku in written else 0.0) + READING_SHARE * read.get(sku, 0.0)


def _read(desk: Desk, words: Vector, filters: Filters, k: int) -> dict[str, float]:
    """Products whose photos are near the words' vector: 1 for the nearest, falling with the rank.

    Ranks, because cosines between words and photos have a scale of their own in every engine.
    """
    shelf = desk.catalogue.shelf(desk.space)
    near = nearest_products(desk.neighbours, shelf, words, k, shelf.allowed(filters))
    return {shelf.skus[number]: 1 / (1 + rank / PATIENCE) for rank, number in enumerate(near.products)}


def _verdict(hits: list[Hit]) -> Verdict:
    best = max((hit.match_probability for hit in hits), default=0.0)
    if best >= WHOLE:
        return "found"
    return "similar" if best >= PARTLY else "nothing like it"
