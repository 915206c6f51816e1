"""A photo as every measure sees it: small, in the planes that are asked for most, beside the product's mask.

All measures look at a longest side of `SIDE_PX`: about what a shopper sees in a list, and enough to be quick.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadPhoto
from shopsight.images.measure import box_of, product_mask
from shopsight.types import Box, Pixels

SIDE_PX = 256
Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]
Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Factor:
    """One number that a person can read in a picture: what it means, in which unit, between which ends, after whom.

    `circular` is set where both ends are the same (a hue): such a factor is shown, not used in a straight line.
    """

    name: str
    unit: str
    low: float
    high: float
    meaning: str
    source: str
    circular: bool = False


@dataclass(frozen=True)
class View:
    """`rgb` `(h, w, 3) uint8`, `mask` `(h, w) bool` of the product, and the size of the photo as it came in."""

    rgb: Pixels
    mask: Mask
    width_px: int
    height_px: int
    products: float

    @classmethod
    def of(cls, pixels: Pixels, mask: Mask | None, products: int | None, size_px: tuple[int, int] | None) -> View:
        """Looks at a photo. `mask` is `(H, W) bool` at the photo's size or any other of the same shape.

        `size_px` is width and height of the original where `pixels` are a smaller copy. Raises `BadPhoto`.
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
            what = f"{pixels.dtype} {pixels.shape}"
            raise BadPhoto("photo", f"{what} are no pixels", "Give (H, W, 3) uint8, RGB")
        height, width = pixels.shape[:2]
        scale = min(1.0, SIDE_PX / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small_rgb = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
        rgb: Pixels = np.ascontiguousarray(small_rgb, np.uint8)
        small = product_mask(rgb) if mask is None else _shrunk(mask, size)
        original = size_px or (width, height)
        pieces = _count_pieces(small) if products is None else products
        return cls(rgb, small, original[0], original[1], float(pieces))

    @cached_property
    def lab(self) -> tuple[Plane, Plane, Plane]:
        """CIELAB, three planes `(h, w) float32`: L 0-100, a and b about -128..127, as 8-bit conversion rounds them."""
        light, a, b = cv2.split(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2LAB))
        off = np.float32(128)
        return light * np.float32(100 / 255), a.astype(np.float32) - off, b.astype(np.float32) - off

    @cached_property
    def chroma(self) -> Plane:
        """`(h, w) float32`: distance from grey in CIELAB."""
        return np.asarray(cv2.magnitude(self.lab[1], self.lab[2]), np.float32)

    @cached_property
    def grey8(self) -> Bits:
        return cast(Bits, cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY))

    @cached_property
    def grey(self) -> Plane:
        """`(h, w) float32`, 0-255 (Rec. 601 luma)."""
        return self.grey8.astype(np.float32)

    @cached_property
    def edges(self) -> Mask:
        """Where Canny's detector (1986) sees an edge, thresholds 60 and 120."""
        return np.asarray(cv2.Canny(self.grey8, 60, 120) > 0)

    @cached_property
    def slopes(self) -> tuple[Plane, Plane]:
        """Sobel derivatives of the grey, across and down."""
        across: Any = cv2.Sobel(self.grey8, cv2.CV_32F, 1, 0)
        down: Any = cv2.Sobel(self.grey8, cv2.CV_32F, 0, 1)
        return across, down

    @cached_property
    def box_px(self) -> Box:
        return box_of(self.mask)

    @cached_property
    def subject(self) -> Bits:
        """Where the product is, or everywhere where none is seen: `(h, w) uint8`, 0 or 1."""
        return self.mask.astype(np.uint8) if self.mask.any() else np.ones(self.mask.shape, np.uint8)

    @cached_property
    def ground(self) -> Bits:
        """Where the product is not, or everywhere where it fills the photo."""
        return (~self.mask).astype(np.uint8) if not self.mask.all() else np.ones(self.mask.shape, np.uint8)


def mean_of(plane: NDArray[Any], where: Bits | None = None) -> float:
    """Mean of a plane, or of the part of it where `where` is 1."""
    return float(cv2.mean(plane, where)[0])


def spread_of(plane: NDArray[Any], where: Bits | None = None) -> float:
    """Standard deviation of a plane, or of a part of it."""
    return float(cv2.meanStdDev(plane, mask=where)[1][0, 0])


def share_of(seen: NDArray[np.bool_], where: Bits | None = None) -> float:
    """How much of the picture, or of a part of it, is true."""
    bits = seen.view(np.uint8)
    if where is None:
        return cv2.countNonZero(bits) / bits.size
    return cv2.countNonZero(bits & where) / cv2.countNonZero(where)


def _shrunk(mask: Mask, size: tuple[int, int]) -> Mask:
    if mask.ndim != 2 or 0 in mask.shape:
        raise BadPhoto("mask", f"a mask of shape {mask.shape} fits no photo", "Give (H, W) bool")
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5)


def _count_pieces(mask: Mask) -> int:
    """Connected pieces of the mask that are at least a fifth of the largest: a pair of shoes is two."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas >= max(1, 0.2 * areas.max(initial=0))).sum())
