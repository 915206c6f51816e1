"""What to say about a product that its shop does not say yet: from what was seen in its photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from shopsight.catalogue.describe import MAIN_SHARE
from shopsight.catalogue.records import key_of
from shopsight.catalogue.suggestions import Idea, Kind, said
from shopsight.types import Product, Sight

SURE = 0.5
"""A category is suggested from this mean chance over the product's photos on."""


def suggest(product: Product, seen: Mapping[str, Sight], known: frozenset[str], *, restate: bool = False) -> list[Idea]:
    """Ideas for one product. `seen` are its looked-at photos by id, `known` those of them that show a known product.

    A category's score is its mean chance over the known photos, a colour's the mean share of the product that it
    covers, a pattern's the share of photos that show it. What the shop states is left alone; with `restate`, it is
    suggested too where the photos say something else.
    """
    looks = {photo: sight for photo, sight in seen.items() if photo in known}
    if not looks:
        return []
    categories = {photo: {f.label: f.score for f in sight.categories} for photo, sight in looks.items()}
    colours = {photo: {f.label: f.score for f in sight.colours} for photo, sight in looks.items()}
    patterns = {photo: {sight.pattern: 1.0} if sight.pattern else {} for photo, sight in looks.items()}
    wanted: tuple[tuple[Kind, dict[str, dict[str, float]], float], ...] = (
        ("category", categories, SURE),
        ("colour", colours, MAIN_SHARE),
        ("pattern", patterns, SURE),
    )
    ideas = [_best(product, kind, scores, least) for kind, scores, least in wanted]
    return [idea for idea in ideas if idea and _is_news(product, idea, restate)]


def _best(product: Product, kind: Kind, scores: Mapping[str, Mapping[str, float]], least: float) -> Idea | None:
    """The value that all photos together speak for, with the photo that shows it best."""
    together: Counter[str] = Counter()
    for of_photo in scores.values():
        together.update(of_photo)
    if not together:
        return None
    value, total = min(together.items(), key=lambda item: (-item[1], item[0]))
    score = total / len(scores)
    if score < least:
        return None
    photo = max(scores, key=lambda photo: scores[photo].get(value, 0.0))
    return Idea(product.sku, photo, kind, value, round(min(1.0, float(score)), 4))


def _is_news(product: Product, idea: Idea, restate: bool) -> bool:
    stated = said(product, idea.kind)
    return not stated or (restate and _plain(idea.value) not in _plain(stated))


def _plain(name: str) -> str:
    """Without case, hyphens and a plural's s: "T-Shirts" names what "t-shirt" does."""
    return " ".join(word.rstrip("s") for word in key_of(name).replace("-", "").split())
