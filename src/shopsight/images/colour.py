"""Which colours has the product? In words a shopper uses, and as a vector that compares.

Both come from one soft count: every product pixel is shared among the prototypes below by its distance in CIELAB
(CIE 1976, D65), a Gaussian of `WIDTH` units; lightness counts less than hue because light changes it most. A name's
share is the sum over its prototypes; the vector is the square root of the names' shares (so its dot product is the
Bhattacharyya coefficient, Comaniciu et al. 2003).
"""

from __future__ import annotations

from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.types import Finding, Pixels, Vector

# Shop words and their prototypes, sRGB in hex: as goods look in photos, lit and shaded, not as paint names.
SHOP_COLOURS: dict[str, tuple[str, ...]] = {
    "black": ("#0c0c0d", "#1d1d1f", "#2b2a2b"),
    "charcoal": ("#3b3c3f", "#4a4b4f"),
    "grey": ("#66676a", "#85868a", "#a3a4a8", "#bfc0c3"),
    "white": ("#d9dadc", "#ededee", "#fafafa"),
    "cream": ("#efe6d2", "#e6dac0"),
    "beige": ("#d3c1a0", "#bda789"),
    "tan": ("#b08a5b", "#9b7a55"),
    "brown": ("#7a5232", "#5c3b25", "#432b1e", "#8a6248"),
    "navy": ("#1b2340", "#232d52", "#141a2c"),
    "blue": ("#1f3f8f", "#2f5fb8", "#3f6f9f", "#4a6385"),
    "light blue": ("#8fb4de", "#b9d3ea", "#7d9fc0"),
    "turquoise": ("#3fb8c0", "#1f8f98", "#7fd0cf"),
    "green": ("#1f6b3a", "#3f9a4f", "#16402a", "#7cbf6a"),
    "olive": ("#5b5b33", "#7a7746", "#44472b"),
    "yellow": ("#f2d43a", "#f5e27a", "#e0b92a"),
    "orange": ("#ee7a22", "#d9642a", "#f5a05a"),
    "red": ("#c21f2b", "#e0323a", "#97202a"),
    "burgundy": ("#5e1826", "#7a2236", "#431520"),
    "pink": ("#e87aa4", "#f3b3c8", "#d33f7f", "#e9c3c6"),
    "purple": ("#5b2f7a", "#7c4a9c", "#3d2450", "#a05aa5"),
    "lavender": ("#b7a3d3", "#9a8fc0"),
}
NAMES = tuple(SHOP_COLOURS)
DIM = len(NAMES)
WIDTH = 9.0
LIGHTNESS_WEIGHT = 0.75
SIDE_PX = 48
# A product pixel this far (CIELAB) from the ground counts fully; one like the ground is mostly ground that leaked in.
GROUND_WIDTH = 12.0
GROUND_FLOOR = 0.1


def to_lab(pixels: Pixels) -> NDArray[np.float32]:
    """`(H, W, 3) float32` CIELAB: L 0..100, a and b about -128..127."""
    return cast(NDArray[np.float32], cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


@cache
def _prototypes() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The prototypes in weighted CIELAB `(P, 3)`, and which name each belongs to, `(P, DIM)` of 0 and 1."""
    rgb = [tuple(bytes.fromhex(h[1:])) for shades in SHOP_COLOURS.values() for h in shades]
    swatches = np.zeros((1, len(rgb), 3), np.uint8)
    swatches[0] = rgb
    lab = to_lab(swatches)[0] * np.array((LIGHTNESS_WEIGHT, 1, 1), np.float32)
    belongs = np.repeat(np.eye(len(NAMES)), [len(v) for v in SHOP_COLOURS.values()], axis=0)
    return lab.astype(np.float32), belongs.astype(np.float32)


@cache
def _centrality() -> NDArray[np.float32]:
    """`(SIDE_PX, SIDE_PX) float32`: 1 in the middle, about 0.2 in the corners; what is sold stands in the middle."""
    at = (np.arange(SIDE_PX, dtype=np.float32) + 0.5) / SIDE_PX - 0.5
    return np.exp(-((at[:, None] / 0.42) ** 2) - (at[None, :] / 0.38) ** 2).astype(np.float32)


def count_colours(pixels: Pixels, weight: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Share of the product in each of `NAMES`, `(DIM,) float32` summing to 1.

    `weight` is `(h, w) float32` 0..1, how much a place belongs to the product; None takes the whole picture as it is.
    Single pixels are looked at, never averages: the average of a black shoe and its white ground is a grey that is
    nowhere in the photo.
    """
    lab = to_lab(cast(Pixels, cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST)))
    shares = np.ones((SIDE_PX, SIDE_PX), np.float32) if weight is None else _product_share(lab, weight)
    prototypes, belongs = _prototypes()
    flat = lab.reshape(-1, 3) * np.array((LIGHTNESS_WEIGHT, 1, 1), np.float32)
    far = (flat**2).sum(1)[:, None] + (prototypes**2).sum(1) - 2 * flat @ prototypes.T
    near = np.exp((far.min(1, keepdims=True) - far) / (2 * WIDTH**2))
    near /= near.sum(1, keepdims=True)
    counts: NDArray[np.float32] = (shares.ravel() / shares.sum()) @ near @ belongs
    return counts


def _product_share(lab: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each looked-at pixel counts: on the product, near the middle, and unlike the ground at the rim."""
    place = cv2.resize(weight.astype(np.float32), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LINEAR)
    rim = np.zeros(lab.shape[:2], bool)
    rim[:2], rim[-2:], rim[:, :2], rim[:, -2:] = True, True, True, True
    off = np.linalg.norm(lab - np.median(lab[rim], axis=0), axis=2)
    unlike = GROUND_FLOOR + (1 - GROUND_FLOOR) * (1 - np.exp(-((off / GROUND_WIDTH) ** 2)))
    share: NDArray[np.float32] = (place * _centrality() * unlike + 1e-5).astype(np.float32)
    return share


def colour_vector(counts: NDArray[np.float32]) -> Vector:
    """The counts as a direction, `(DIM,) float32` of length 1."""
    root = np.sqrt(np.maximum(counts, 0))
    return (root / max(float(np.linalg.norm(root)), 1e-9)).astype(np.float32)


def name_colours(counts: NDArray[np.float32], least_share: float = 0.15) -> tuple[Finding, ...]:
    """The colours by name with the share of the product they cover, most first; at most three, at least one."""
    order = np.argsort(-counts, kind="stable")[:3]
    kept = [i for rank, i in enumerate(order) if rank == 0 or counts[i] >= least_share]
    return tuple(Finding(NAMES[i], float(min(1.0, counts[i]))) for i in kept)


def name_css(pixels: Pixels, mask: NDArray[np.bool_], colours: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The CSS name (CSS Color 4) nearest to each of these shop colours as the product shows it, shares kept.

    `mask` is `(H, W) bool`, the product's pixels. Of the pixels that are called "blue", the middle one decides whether
    CSS says "steelblue" or "royalblue". Two shop colours that CSS calls the same become one.
    """
    product = pixels[mask] if mask.any() else pixels.reshape(-1, 3)
    step = max(1, len(product) // 4000)
    lab = to_lab(product[None, ::step])[0]
    prototypes, belongs = _prototypes()
    flat = lab * np.array((LIGHTNESS_WEIGHT, 1, 1), np.float32)
    called = belongs.argmax(1)[np.linalg.norm(flat[:, None] - prototypes[None], axis=2).argmin(1)]
    shares: dict[str, float] = {}
    for colour in colours:
        if colour.label not in SHOP_COLOURS:
            continue
        mine = lab[called == NAMES.index(colour.label)]
        middle = np.median(mine, axis=0) if len(mine) else _middle_of(colour.label)
        name = _nearest_css(middle)
        shares[name] = min(1.0, shares.get(name, 0.0) + colour.score)
    ordered = sorted(shares.items(), key=lambda share: -share[1])
    return tuple(Finding(name, share) for name, share in ordered)


def _middle_of(name: str) -> NDArray[np.float32]:
    shades = np.array([[tuple(bytes.fromhex(shade[1:])) for shade in SHOP_COLOURS[name]]], np.uint8)
    return cast(NDArray[np.float32], np.median(to_lab(shades)[0], axis=0))


@cache
def _css_table() -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The names of CSS Color 4, each colour once (its British spelling), and their CIELAB values `(N, 3)`."""
    from PIL import ImageColor

    by_value: dict[tuple[int, ...], str] = {}
    for name in sorted(ImageColor.colormap, key=lambda name: ("gray" in name, name in {"cyan", "magenta"}, name)):
        by_value.setdefault(ImageColor.getrgb(name)[:3], name)
    return tuple(by_value.values()), to_lab(np.array([list(by_value)], np.uint8))[0]


def _nearest_css(lab: NDArray[np.float32]) -> str:
    names, table = _css_table()
    return names[int(np.linalg.norm(table - lab, axis=1).argmin())]
