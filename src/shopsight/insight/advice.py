"""What would make a product photo better, read from its factors: the fault, why it is one, and the cure.

The limits were set on drawn shop photos and phone photos of clothes that were darkened, blurred, cut, flattened and
laid on busy grounds; how often they are right is measured on others, in `tests/quality/test_advice_quality.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shopsight.insight.factors import VERSION

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue

Values = Mapping[str, float]
ALIKE = 0.995
"""Cosine from which two products' covers count as one picture."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: `seen` says of a photo's factors whether it has it."""

    name: str
    seen: Callable[[Values], bool]
    reason: str
    cure: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One fault of one photo. `sku` is empty where the photo was looked at by itself."""

    photo: str
    sku: str
    fault: str
    reason: str
    cure: str


FAULTS: tuple[Fault, ...] = (
    Fault(
        "too dark",
        lambda v: v["highlight"] < 0.55,
        "even its lightest parts are darker than mid-tone",
        "Photograph with more light, or raise the exposure",
    ),
    Fault(
        "grey",
        lambda v: 0.55 <= v["highlight"] < 0.86 and v["highlight"] - v["shadow"] < 0.42,
        "neither light nor dark is in it, so it looks washed out",
        "Raise the contrast, or wipe the lens and avoid light from behind",
    ),
    Fault(
        "blurred",
        lambda v: v["blur"] > 0.55,
        "further blurring would hardly change it",
        "Hold the camera still, and let it focus on the product",
    ),
    Fault(
        "cut off",
        # On a model the frame cuts the person, not the product; more skin than a model shows is cloth of its colour.
        lambda v: v["cut_off"] > 0.2 and not 0.02 <= v["skin_share"] <= 0.25,
        "the product runs out of the frame",
        "Step back until there is room on every side",
    ),
    Fault(
        "busy ground",
        lambda v: v["ground_busyness"] > 0.045,
        "the ground has many edges that draw the eye",
        "Photograph on an even ground, or cut the product out",
    ),
    Fault(
        "far away",
        lambda v: v["fill"] < 0.1,
        "the product fills less than a tenth of the picture",
        "Go nearer, or crop the picture",
    ),
    Fault(
        "low resolution",
        lambda v: v["megapixels"] < 0.25,
        "it has under a quarter of a megapixel, too little to zoom into",
        "Use the original file, at least 800 pixels on the long side",
    ),
)
DUPLICATE = Fault(
    "duplicate",
    lambda v: v.get("near_duplicate", 0.0) >= ALIKE,
    "another product shows the same picture",
    "Give each product a photo of its own, or join the two products",
)


def advise(values: Values, photo: str = "", sku: str = "") -> tuple[Advice, ...]:
    """What the factors of one photo advise; nothing for a good photo."""
    seen = (fault for fault in FAULTS if fault.seen(values))
    return tuple(Advice(photo, sku, fault.name, fault.reason, fault.cure) for fault in seen)


def advise_shop(catalogue: Catalogue, space: str = "", skus: Sequence[str] | None = None) -> Iterator[Advice]:
    """Advice for every measured photo of the shop, or of some products; with the embedding engine's `space` covers that
    two products share are told too."""
    from shopsight.insight.table import all_products

    chosen = all_products(catalogue) if skus is None else tuple(catalogue.products(skus).values())
    wanted = {photo: product.sku for product in reversed(chosen) for photo in product.photos}
    measured = catalogue.factors(VERSION, list(wanted))
    twins = find_twins(catalogue, space) if space else {}
    for product in chosen:
        for photo in product.photos:
            if wanted[photo] == product.sku and photo in measured:
                yield from advise(measured[photo], photo, product.sku)
        if product.sku in twins:
            reason = f"{DUPLICATE.reason}: {twins[product.sku]}"
            yield Advice(product.photos[0], product.sku, DUPLICATE.name, reason, DUPLICATE.cure)


def find_twins(catalogue: Catalogue, space: str) -> dict[str, str]:
    """Products whose cover is that of another product, by SKU, with the other's SKU."""
    from shopsight.insight.table import COMPARED, all_products

    products = [product for product in all_products(catalogue) if product.photos]
    sights = catalogue.sights(space, [product.photos[0] for product in products])
    products = [product for product in products if product.photos[0] in sights]
    if len(products) < 2:
        return {}
    vectors = np.stack([sights[product.photos[0]].values for product in products])
    twins: dict[str, str] = {}
    for start in range(0, len(vectors), COMPARED):
        alike = vectors[start : start + COMPARED] @ vectors.T
        alike[np.arange(len(alike)), np.arange(start, start + len(alike))] = -1
        nearest = alike.argmax(axis=1)
        for place in np.flatnonzero(alike.max(axis=1) >= ALIKE):
            twins[products[start + place].sku] = products[int(nearest[place])].sku
    return twins
