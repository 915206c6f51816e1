"""Why a hit is a hit, in words that a shopper reads; only what was really seen in both photos, or read in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shopsight.search.intent import meaning
from shopsight.search.verdict import Evidence, Judge
from shopsight.types import Because, Finding, Sight

LEAST_CATEGORY = 0.35
"""A category less sure than this is not spoken of."""
LEAST_COLOUR = 0.15
"""A colour on less than this share of either product is not spoken of."""
WHOLE = 0.8
"""Share of the words (0-1) from which a product is said to carry them, and not only some."""
ALIKE, NEARLY_THE_SAME = 0.55, 0.85
"""Likeness of shape (0-1, see `Judge.likeness`) from which it is called similar, or nearly the same."""


def explain_look(mine: Sight, theirs: Sight | None, shape: float) -> tuple[Because, ...]:
    """What two looks have in common, strongest first. `shape` is their likeness of shape, 0-1.

    >>> red = Sight(np.ones(1, np.float32), (Finding("Dress", 0.9),), (Finding("red", 0.8),))
    >>> [b.words for b in explain_look(red, red, 0.9)]
    ['nearly the same shape', 'also a dress', 'also red']
    """
    found = [*_shape(shape)]
    if theirs is not None:
        found += [*_category(mine, theirs), *_colours(mine, theirs), *_pattern(mine, theirs)]
    return tuple(sorted(found, key=lambda b: -b.weight))


def explain_words(words: str, fields: Sequence[str] | Mapping[str, object], score: float) -> tuple[Because, ...]:
    """Which fields of the product carry the words; `score` is the share of the words that they carry, 0-1.

    >>> [b.words for b in explain_words("red dress", ["title"], 0.5)]
    ['some of “red dress” in its title']
    """
    if not fields:
        return ()
    carried = f"“{words}”" if score >= WHOLE else f"some of “{words}”"
    return (Because("text", f"{carried} in its {_listed([str(f) for f in fields])}", round(score, 3)),)


def explain_wish(name: str) -> Because:
    """A colour, pattern or category that the shopper asked for in words, and the product has."""
    kind, _ = meaning(name)
    return Because(
        "shape" if kind == "pattern" else "colour" if kind == "colour" else "category", f"{name}, as asked", 1.0
    )


def explain_looks(
    judge: Judge, sight: Sight, evidence: Evidence, looks: Sequence[Sight | None]
) -> list[tuple[Because, ...]]:
    """`explain_look` for every hit; their shape is the vector's part of that name, or a vector without parts.

    A vector whose parts are all something else, such as colours, says nothing about shape.
    """
    shape = evidence.parts.get("shape", np.full(len(looks), -1.0) if evidence.parts else evidence.cosines)
    likeness = judge.likeness(shape).tolist()
    return [explain_look(sight, look, alike) for look, alike in zip(looks, likeness, strict=True)]


def _category(mine: Sight, theirs: Sight) -> list[Because]:
    if not mine.categories or not theirs.categories:
        return []
    one, other = mine.categories[0], theirs.categories[0]
    sure = min(one.score, other.score)
    if one.label != other.label or sure < LEAST_CATEGORY:
        return []
    return [Because("category", f"also {named(one.label)}", round(sure, 3))]


def _colours(mine: Sight, theirs: Sight) -> list[Because]:
    shared = _shared(mine.colours, theirs.colours)
    if not shared:
        return []
    words = f"also {_listed([f.label for f in shared])}"
    return [Because("colour", words, round(min(1.0, sum(f.score for f in shared)), 3))]


def _pattern(mine: Sight, theirs: Sight) -> list[Because]:
    if not mine.pattern or mine.pattern != theirs.pattern or mine.pattern == "plain":
        return []
    return [Because("shape", f"also {mine.pattern}", 0.5)]


def _shape(likeness: float) -> list[Because]:
    if likeness < ALIKE:
        return []
    words = "nearly the same shape" if likeness >= NEARLY_THE_SAME else "a similar shape"
    return [Because("shape", words, round(float(likeness), 3))]


def _shared(mine: tuple[Finding, ...], theirs: tuple[Finding, ...]) -> list[Finding]:
    """Findings of both lists with the smaller of their shares, strongest first."""
    other = {f.label: f.score for f in theirs}
    both = [Finding(f.label, min(f.score, other.get(f.label, 0.0))) for f in mine]
    return sorted((f for f in both if f.score >= LEAST_COLOUR), key=lambda f: -f.score)[:3]


PLURAL = (
    "pants",
    "shorts",
    "shoes",
    "jeans",
    "leggings",
    "sandals",
    "boots",
    "trousers",
    "sneakers",
    "socks",
    "glasses",
)


def named(label: str) -> str:
    """A category in a sentence: "a dress", "an apron", "pants".

    >>> named("Outwear"), named("T-Shirt"), named("Pants")
    ('outerwear', 'a T-shirt', 'pants')
    """
    words = {"T-Shirt": "T-shirt", "Longsleeve": "long-sleeved top", "Outwear": "outerwear", "Body": "bodysuit"}
    word = words.get(label, label.lower())
    if word.split()[-1] in PLURAL or word == "outerwear":
        return word
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def _listed(words: Sequence[str]) -> str:
    """ "red", "red and white", "red, white and navy"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
