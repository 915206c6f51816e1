"""Tries a shop on questions whose answers are known: its own photos altered as shoppers alter them, its own titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopsight.errors import TooLittleData
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Answer, Product

if TYPE_CHECKING:
    from shopsight.shop import Shop

QUESTIONS = 10
WORD_QUESTIONS = 4
HITS = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question and its answer: `kind` is an alteration or "words", `expected` the SKU that should come first."""

    kind: str
    expected: str
    words: str
    answer: Answer

    @property
    def right(self) -> bool:
        """Whether the first hit is the expected product."""
        return bool(self.answer.hits) and self.answer.hits[0].product.sku == self.expected


@dataclass(frozen=True, slots=True)
class Trial:
    """Ten questions asked; `recall_at_1` is the share whose first hit was the expected product."""

    questions: tuple[Question, ...]

    @property
    def recall_at_1(self) -> float:
        return sum(question.right for question in self.questions) / len(self.questions)


def try_shop(shop: Shop, *, seed: int = 0, progress: Progress = silent) -> Trial:
    """Ask ten questions about products spread over the catalogue. Raises `TooLittleData` for a shop without photos."""
    products = _spread(shop)
    if not products:
        raise TooLittleData(f"shop {shop.folder}", "it has no product with a photo", "Import a source with pictures.")
    worded = _told_apart(products)[:WORD_QUESTIONS]
    plan = [("words", product) for product in worded]
    kinds = _alterations()
    photographed = [products[i % len(products)] for i in range(QUESTIONS - len(plan))]
    plan = [(kinds[i % len(kinds)], product) for i, product in enumerate(photographed)] + plan
    questions = []
    for number, (kind, product) in enumerate(plan):
        questions.append(_ask(shop, kind, product, seed + number))
        progress("asking", number + 1, len(plan))
    return Trial(tuple(questions))


def _alterations() -> Sequence[str]:
    from shopsight.images.alter import ALTERATIONS

    return tuple(ALTERATIONS)


def _spread(shop: Shop, wanted: int = 4 * QUESTIONS) -> list[Product]:
    """Products with photos, evenly over the catalogue in title order, so that a trial is the same every time."""
    total = shop.browse(limit=1).total
    step = max(1, total // wanted)
    found = [p for offset in range(0, total, step) for p in shop.browse(offset=offset, limit=1).products if p.photos]
    apart = max(1, len(found) // QUESTIONS)
    return found[::apart] + [p for i, p in enumerate(found) if i % apart]


def _told_apart(products: Sequence[Product]) -> list[Product]:
    """Those whose title names no other of them: words can only be expected to find what they tell apart."""
    titles = Counter(p.title.casefold() for p in products)
    return [p for p in reversed(products) if p.title.strip() and titles[p.title.casefold()] == 1]


def _ask(shop: Shop, kind: str, product: Product, seed: int) -> Question:
    if kind == "words":
        return Question(kind, product.sku, product.title, shop.find(words=product.title, k=HITS))
    from shopsight.images.alter import ALTERATIONS
    from shopsight.images.decode import decode

    pixels = decode(shop.catalogue.photo_bytes(product.photos[0]), name=product.photos[0])
    return Question(kind, product.sku, "", shop.find(ALTERATIONS[kind](pixels, seed), k=HITS))
