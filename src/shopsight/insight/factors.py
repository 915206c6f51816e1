"""A picture as numbers that a person can read: what was measured, in which unit, and what it means.

    from shopsight.insight.factors import measure_factors
    measure_factors(pixels)["brightness"]

`FACTORS` describes what is measured in a photo, `PRODUCT_FACTORS` what is known only of a product among others.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shopsight.insight import colours, composition, light, texture
from shopsight.insight.view import Factor, Mask, View
from shopsight.types import Pixels

__all__ = ["FACTORS", "PRODUCT_FACTORS", "VERSION", "Factor", "measure_factors"]
VERSION = "1"
"""Changes when a rule changes, so that every photo is measured anew."""
PARTS = (light, colours, composition, texture)
FACTORS: Mapping[str, Factor] = MappingProxyType({factor.name: factor for part in PARTS for factor in part.FACTORS})
"""What is measured in each photo, by name."""
PRODUCT_FACTORS: Mapping[str, Factor] = MappingProxyType(
    {
        factor.name: factor
        for factor in (
            Factor("photo_count", "photos", 0, 20, "how many photos the product has", "the catalogue"),
            Factor(
                "near_duplicate", "cosine", -1, 1, "how alike the cover is to that of the nearest other product",
                "the embedding engine's vectors",
            ),
        )
    }
)  # fmt: skip
"""What is known of a product beside its cover photo's factors."""


def measure_factors(
    pixels: Pixels,
    mask: Mask | None = None,
    *,
    products: int | None = None,
    size_px: tuple[int, int] | None = None,
) -> dict[str, float]:
    """All `FACTORS` of one photo, `(H, W, 3) uint8` RGB; every value is finite.

    `mask` `(H, W) bool` says where the product is (none: `images.measure.product_mask`), `products` how many there are
    (none: pieces of the mask), `size_px` width and height of the original where `pixels` are a smaller copy.
    Raises `BadPhoto` for what are no pixels.

    >>> import numpy as np
    >>> white = measure_factors(np.full((64, 48, 3), 255, np.uint8))
    >>> round(white["brightness"], 2), white["contrast"], white["colourfulness"]
    (1.0, 0.0, 0.0)
    """
    view = View.of(pixels, mask, products, size_px)
    values = {name: value for part in PARTS for name, value in part.measure(view).items()}
    return {name: float(values[name]) for name in FACTORS}
