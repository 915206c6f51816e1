"""What goes well with a product: what people bought with it, then what goes with it by look. Each says which it is.

Bought together counts only where it is more often than chance explains: the low end of the lift's range is above 1.
Such companions come in the order of the low end of their share, so that three of four baskets do not beat 300 of 500.
By look means: another kind of thing, for the same people, in a colour that goes with this one. That is a rule of thumb
about colours (near hues of CIELAB, or opposite ones; neutrals go with all), and no number stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from shopsight.images.colour import SHOP_COLOURS, to_lab
from shopsight.insight.looks import Look, read_looks
from shopsight.insight.rules import lift_of, share
from shopsight.types import Audience, Baskets, Estimate, Filters, Product

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue

LEAST_TOGETHER = 3
CANDIDATES = 400
"""Products that are looked at for a match by look."""
NEUTRAL_CHROMA = 22.0
"""CIELAB chroma below which a colour goes with all others; denim and navy count as neutral for the same reason."""
ALWAYS = frozenset({"navy", "charcoal", "tan", "beige", "cream", "brown"})
NEAR_DEGREES, OPPOSITE_DEGREES = 40.0, 145.0
# What is worn in one place replaces another thing of that place; words as categories hold them.
PLACES = {
    "legs": "trouser jeans shorts skirt leggings pants bottom chino",
    "feet": "shoe boot sneaker sandal trainer heel slipper loafer pump",
    "whole": "dress jumpsuit overall",
    "over": "jacket coat blazer parka outwear cardigan",
    "body": "shirt top blouse tee polo longsleeve sweater hoodie pullover jumper vest undershirt body knit",
    "head": "hat cap beanie",
    "carried": "bag backpack purse clutch wallet",
}
Source = Literal["baskets", "look"]


@dataclass(frozen=True, slots=True)
class Companion:
    """A product that goes with another. `source` says how that is known, `because` says it in words.

    For source "baskets": `share` is the share of the baskets with the one that hold the other too, `lift` how many
    times as often that is as in all baskets. For source "look" both are none: too few have bought them together.
    """

    product: Product
    source: Source
    because: str
    share: Estimate | None = None
    lift: Estimate | None = None


def find_companions(catalogue: Catalogue, space: str, baskets: Baskets, product: Product, k: int) -> list[Companion]:
    """At most k products that go with this one: bought with it first, then by look; what is sold out comes last."""
    bought = bought_with(baskets, product.sku, catalogue, k)
    taken = {product.sku, *(companion.product.sku for companion in bought)}
    by_look = [] if len(bought) >= k else goes_by_look(catalogue, space, product, taken, k - len(bought))
    return sorted([*bought, *by_look], key=lambda companion: companion.product.availability == "out_of_stock")


def bought_with(baskets: Baskets, sku: str, catalogue: Catalogue, k: int) -> list[Companion]:
    """What lies beside the product in baskets more often than by chance, surest first."""
    if sku not in baskets.names:
        return []
    item, total = baskets.names.index(sku), len(baskets)
    holds = np.repeat(np.arange(total), np.diff(baskets.starts))
    chosen = np.zeros(total, bool)
    chosen[holds[baskets.items == item]] = True
    together = np.bincount(baskets.items[chosen[holds]], minlength=len(baskets.names))
    everywhere = np.bincount(baskets.items, minlength=len(baskets.names))
    with_it = int(chosen.sum())
    ranked: list[tuple[float, str, Estimate, Estimate, int]] = []
    for other in np.flatnonzero(together >= LEAST_TOGETHER).tolist():
        count = int(together[other])
        lift = lift_of(count, with_it, int(everywhere[other]), total)
        if other != item and lift.low > 1:
            part = share(count, with_it)
            ranked.append((-part.low, baskets.names[other], part, lift, count))
    ranked.sort(key=lambda row: row[:2])
    products = catalogue.products([sku for _, sku, *_ in ranked[: 4 * k]])
    return [
        Companion(products[sku], "baskets", f"bought together in {count:,} of {with_it:,} baskets", part, lift)
        for _, sku, part, lift, count in ranked
        if sku in products
    ][:k]


def goes_by_look(catalogue: Catalogue, space: str, product: Product, taken: set[str], k: int) -> list[Companion]:
    """Another kind of thing for the same people whose colour goes with this one's; one of each kind before a second."""
    page = catalogue.browse(_for_the_same_people(product.audience), limit=CANDIDATES, order="newest")
    others = [other for other in page.products if other.sku not in taken]
    looks = read_looks(catalogue, space, [product.sku, *(other.sku for other in others)])
    mine = looks[product.sku]
    fitting = []
    for other in others:
        harmony = harmony_of(mine.colour, looks[other.sku].colour)
        if harmony and _is_another_kind(mine.category, looks[other.sku].category):
            fitting.append((other, looks[other.sku], harmony))
    # What can be had comes before what cannot, a stated harmony of hues before the safe neutrals.
    fitting.sort(key=lambda row: (row[0].availability == "out_of_stock", -row[2].strength, row[0].sku))
    return [
        Companion(other, "look", f"goes with it by look: {_in_words(mine, look, harmony)}")
        for other, look, harmony in _each_kind_in_turn(fitting)[:k]
    ]


@dataclass(frozen=True, slots=True)
class Harmony:
    """Why two colours go together, and how clearly, 0-1."""

    words: str
    strength: float


def harmony_of(one: str, other: str) -> Harmony | None:
    """Whether two colours by name go together; None where they do not, or one has no such name.

    >>> harmony_of("red", "white").words, harmony_of("blue", "yellow").words, harmony_of("red", "green")
    ('white goes with all', 'blue and yellow are opposite', None)
    """
    if one not in SHOP_COLOURS or other not in SHOP_COLOURS:
        return None
    if one == other:
        return Harmony(f"both {one}", 0.5)
    for colour in (other, one):
        if colour in ALWAYS or _chroma_and_hue(colour)[0] < NEUTRAL_CHROMA:
            return Harmony(f"{colour} goes with all", 0.6)
    turn = abs(_chroma_and_hue(one)[1] - _chroma_and_hue(other)[1]) % 360
    turn = min(turn, 360 - turn)
    if turn <= NEAR_DEGREES:
        return Harmony(f"{one} and {other} are near", 0.8)
    return Harmony(f"{one} and {other} are opposite", 1.0) if turn >= OPPOSITE_DEGREES else None


@cache
def _chroma_and_hue(colour: str) -> tuple[float, float]:
    """Of the colour's middle shade in CIELAB; the hue in degrees."""
    shades = SHOP_COLOURS[colour]
    rgb = np.array([[tuple(bytes.fromhex(shades[len(shades) // 2][1:]))]], np.uint8)
    _, a, b = to_lab(rgb)[0, 0].tolist()
    return float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a))) % 360


def _for_the_same_people(audience: Audience) -> Filters:
    if audience == "unknown":
        return Filters()
    wider: Mapping[str, tuple[str, ...]] = {
        "women": ("women", "unisex"),
        "men": ("men", "unisex"),
        "girls": ("girls", "kids"),
        "boys": ("boys", "kids"),
        "kids": ("kids", "girls", "boys"),
        "unisex": ("unisex", "women", "men"),
    }
    return Filters(audiences=wider[audience])


def _is_another_kind(one: str, other: str) -> bool:
    """Whether both are worn or carried together: other categories, and not of the same place (no shirt over a top)."""
    if not one or not other or one.casefold() == other.casefold():
        return False
    mine, theirs = place_of(one), place_of(other)
    if mine == theirs:
        return not mine
    return {mine, theirs} not in ({"whole", "body"}, {"whole", "legs"})


def place_of(category: str) -> str:
    """Where a thing of that category is worn; "" where its name does not say.

    >>> place_of("Ankle boots"), place_of("T-shirt"), place_of("Lamp")
    ('feet', 'body', '')
    """
    said = category.casefold()
    return next((place for place, words in PLACES.items() if any(word in said for word in words.split())), "")


def _each_kind_in_turn(fitting: Sequence[tuple[Product, Look, Harmony]]) -> list[tuple[Product, Look, Harmony]]:
    """The first of every category, then the second of every category ..."""
    met: dict[str, int] = {}
    turns = []
    for row in fitting:
        category = row[1].category.casefold()
        met[category] = met.get(category, 0) + 1
        turns.append((met[category], row))
    return [row for _, row in sorted(turns, key=lambda turn: turn[0])]


def _in_words(mine: Look, other: Look, harmony: Harmony) -> str:
    return f"{other.category} with {mine.category}, {harmony.words}".casefold()
