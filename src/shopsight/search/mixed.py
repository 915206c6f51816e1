"""A photo and words together: the photo says what it should look like, the words bend it ("like this but red").

Both are put on one scale from 0 to 1 before they are added: cosines as nearness (`Judge.nearness`), words as the
share of the wishes that a product meets. Wishes are soft: what lacks them sinks, and is not hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopsight.catalogue.schema import COLOUR
from shopsight.search.because import explain_looks, explain_wish, explain_words
from shopsight.search.by_photo import find_by_photo
from shopsight.search.desk import Desk, Found
from shopsight.search.intent import Intent, name_colour, understand_with, wishes_met
from shopsight.search.nearest import Mask, Near, nearest_products, without_part
from shopsight.search.verdict import weigh
from shopsight.types import Because, Filters, Hit, Product, Sight, Vector

if TYPE_CHECKING:
    from shopsight.catalogue.shelf import Shelf

POOL = 60
"""So many are ranked from each side: nearest to the photo, nearest in the wished colour, found by the words."""
WORDS_SHARE = 0.5
"""How much the wishes weigh beside the photo."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that may be meant: its best photo, what was seen in it, and how well the word search found it."""

    product: Product
    photo: str
    look: Sight
    text: float
    fields: Sequence[str]


def find_by_both(desk: Desk, sight: Sight, words: str, filters: Filters, k: int) -> Found:
    """The k products that look like the photo and meet the words best."""
    intent = understand_with(words, desk.catalogue.correct)
    if intent.empty:
        return find_by_photo(desk, sight, filters, k)
    candidates = _candidates(desk, sight.values, intent, filters)
    if not candidates:
        return Found("nothing like it", (), intent.spoken)
    return _ranked(desk, sight, candidates, intent, k)


def _candidates(desk: Desk, query: Vector, intent: Intent, filters: Filters) -> list[Candidate]:
    """Products worth ranking, each once."""
    shelf = desk.catalogue.shelf(desk.space)
    found = desk.catalogue.find_words(intent.text, filters, POOL) if intent.text else []
    text = {sku: (score, fields) for sku, score, fields in found}
    photos = _near_photos(desk, shelf, _bent(desk, query, intent), intent, filters)
    products = desk.catalogue.products([*dict.fromkeys([*photos, *text])])
    photos |= {sku: p.photos[0] for sku, p in products.items() if sku not in photos and p.photos}
    looks = desk.catalogue.sights(desk.space, [*photos.values()])
    return [
        Candidate(product, photos[sku], looks[photos[sku]], *text.get(sku, (0.0, ())))
        for sku, product in products.items()
        if photos.get(sku) in looks
    ]


def _bent(desk: Desk, query: Vector, intent: Intent) -> Vector:
    """The photo's vector, without its colour where the words ask for another one."""
    return without_part(query, desk.parts["colour"]) if intent.asks_colour and "colour" in desk.parts else query


def _near_photos(desk: Desk, shelf: Shelf, query: Vector, intent: Intent, filters: Filters) -> dict[str, str]:
    """By sku the best photo of the products nearest to the query, and of the nearest ones in the wished colour.

    The colour is looked for exactly: the one red thing in a million is not missed for lying far away.
    """
    allowed = shelf.allowed(filters)
    sides = [nearest_products(desk.neighbours, shelf, query, POOL, allowed)]
    if intent.colours:
        coloured = _both(allowed, shelf.allowed(Filters(colours=_colours_of_shop(shelf, intent.colours))))
        sides.append(nearest_products(desk.neighbours, shelf, query, POOL, coloured))
    return {sku: photo for side in sides for sku, photo in _named(shelf, side)}


def _colours_of_shop(shelf: Shelf, wanted: Sequence[str]) -> tuple[str, ...]:
    """The shop's own names for the wanted colours: "navy blue" and "dark blue" for navy."""
    names = (key for kind, key in shelf.columns.names if kind == COLOUR)
    return (*wanted, *(key for key in names if name_colour(key) in wanted))


def _named(shelf: Shelf, near: Near) -> list[tuple[str, str]]:
    return [
        (shelf.skus[p], shelf.photo_ids[r]) for p, r in zip(near.products.tolist(), near.rows.tolist(), strict=True)
    ]


def _both(one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


def _ranked(desk: Desk, sight: Sight, candidates: list[Candidate], intent: Intent, k: int) -> Found:
    evidence = weigh(sight, np.stack([c.look.values for c in candidates]), [c.look for c in candidates], desk.parts)
    wishes = [wishes_met(intent, c.product, c.look, c.text) for c in candidates]
    met = np.array([np.mean(list(wish.values())) for wish in wishes])
    nearness = desk.judge.nearness(_cosines_asked(desk, sight, candidates, intent, evidence.cosines))
    scores = (1 - WORDS_SHARE) * nearness + WORDS_SHARE * met
    order = np.argsort(-scores, kind="stable")[:k].tolist()
    # What differs from the wish is not what was asked for, however like the photo it is.
    chances = desk.judge.match_chances(evidence) * met
    why = explain_looks(desk.judge, sight, evidence, [c.look for c in candidates])
    hits = [_hit(candidates[i], scores[i], chances[i], why[i], wishes[i], intent) for i in order]
    if chances[order[0]] >= desk.judge.found_at:
        return Found("found", tuple(hits), intent.spoken)
    kind_is_sold = desk.judge.kind_chance(evidence.best_first()) >= desk.judge.similar_at
    meant = kind_is_sold or met[order[0]] == 1
    return Found("similar" if meant else "nothing like it", tuple(hits), intent.spoken)


def _cosines_asked(
    desk: Desk, sight: Sight, candidates: list[Candidate], intent: Intent, whole: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cosines with the photo; in shape alone where the words ask for another colour."""
    if not intent.asks_colour or "colour" not in desk.parts:
        return whole
    bent = _bent(desk, sight.values, intent)
    vectors = np.stack([without_part(c.look.values, desk.parts["colour"]) for c in candidates])
    return np.asarray(vectors @ bent, np.float64)


def _hit(
    candidate: Candidate, score: float, chance: float, why: tuple[Because, ...], wish: dict[str, float], intent: Intent
) -> Hit:
    granted = tuple(
        explain_wish(name) for name in (*intent.colours, *intent.patterns, *intent.categories) if wish[name] >= 0.5
    )
    text = explain_words(intent.rest, candidate.fields, candidate.text) if intent.rest else ()
    said = {because.kind for because in granted}
    rest = tuple(because for because in why if because.kind not in said)
    return Hit(candidate.product, float(score), float(chance), (*granted, *text, *rest), candidate.photo)
