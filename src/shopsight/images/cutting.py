"""Take the product off its ground: onto white, or cut the photo to it.

The mask is handed in, `(H, W) bool`, from whatever found the product; without one `measure.product_mask` does, which
needs no model. A plane `(H, W) float32` is looked at as a grey photo.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput
from shopsight.images.measure import box_of, product_mask
from shopsight.images.picture import Picture, Plane, check_picture, is_photo, like, stretch, to_float, to_pixels
from shopsight.types import Box, Pixels

Mask = NDArray[np.bool_]
_SMALLEST_PX = 8
"""Below this side nothing can be told from its ground."""


def find_product(picture: Picture, mask: Mask | None = None) -> Mask:
    """`(H, W) bool`: the mask that was handed in, else the one found; all of a picture too small to look at.

    Raises `BadInput` for a mask of another size.
    """
    check_picture(picture)
    if mask is not None:
        if mask.shape != picture.shape[:2]:
            sizes = f"{mask.shape[1]} x {mask.shape[0]} on a picture of {picture.shape[1]} x {picture.shape[0]} px"
            raise BadInput("mask", f"it has another size: {sizes}", "Give a mask of the picture's own size.")
        return mask.astype(bool)
    if min(picture.shape[:2]) < _SMALLEST_PX:
        return np.ones(picture.shape[:2], bool)
    pixels = cast(Pixels, picture) if is_photo(picture) else to_pixels(stretch(picture))
    return along_edges(product_mask(pixels), pixels)


def along_edges(mask: Mask, pixels: Pixels) -> Mask:
    """The mask with its outline moved to the nearest edge of the photo, at most 1/30 of the longest side away.

    A mask that was found on a small copy has steps. A guided filter (He, Sun and Tang 2010) lets it follow the photo;
    the guide is the one direction in Lab that tells product and ground apart best.
    """
    reach = max(2, round(max(mask.shape) / 60))
    share = float(mask.mean())
    if not 0.005 < share < 0.995:
        return mask
    guide = _telling(mask, pixels)
    soft = _guided(mask.astype(np.float32), guide, reach)
    near = cv2.blur(mask.astype(np.float32), (4 * reach + 1,) * 2)
    # Far from the outline nothing moves: holes and islands are the mask's own business.
    moved = np.where((near > 0.02) & (near < 0.98), soft > 0.5, mask)
    return _without_crumbs(moved)


def _telling(mask: Mask, pixels: Pixels) -> Plane:
    """The photo along Fisher's direction between product and ground near the outline, filled to 0..1."""
    lab = cv2.cvtColor(to_float(pixels), cv2.COLOR_RGB2LAB)
    inside, outside = lab[mask], lab[~mask]
    within = (
        np.cov(inside[::7], rowvar=False) + np.cov(outside[::7], rowvar=False)
        if min(len(inside), len(outside)) > 50
        else 0
    )
    direction = np.linalg.solve(np.asarray(within) + np.eye(3), inside.mean(axis=0) - outside.mean(axis=0))
    return stretch(np.asarray(lab @ direction, np.float32))


def _guided(values: Plane, guide: Plane, reach: int) -> Plane:
    """`values` as a straight line of the guide in every neighbourhood, averaged: edges of the guide become its own."""

    def mean(plane: Plane) -> Plane:
        return cast(Plane, cv2.blur(plane, (2 * reach + 1,) * 2))

    middle, level = mean(guide), mean(values)
    slope = (mean(guide * values) - middle * level) / (mean(guide * guide) - middle * middle + np.float32(1e-4))
    offset = np.asarray(level - slope * middle, np.float32)
    return mean(np.asarray(slope, np.float32)) * guide + mean(offset)


def _without_crumbs(mask: Mask) -> Mask:
    """Smoothed by the middle value of 5 x 5: single pixels of grain along the outline go."""
    return np.asarray(cv2.medianBlur(mask.astype(np.uint8), 5) > 0)


def product_view(picture: Picture, mask: Mask | None = None) -> Picture:
    """The product's mask itself: white on black."""
    return like(find_product(picture, mask).astype(np.float32), picture)


def onto_white(picture: Picture, edge_px: float = 1.5, shadow: float = 0.0, mask: Mask | None = None) -> Picture:
    """The ground becomes white (1 in a plane), with a soft edge of `edge_px` pixels; `shadow` (0-1) keeps its shadow.

    A cut-out carries a rim of its old ground: the mask is taken in by half an edge, so that no dark line is left.
    """
    values, found = to_float(picture), find_product(picture, mask)
    weight = _soft(found, edge_px)
    ground = _shadow(values, found) * np.float32(shadow) + np.float32(1 - shadow) if shadow > 0 else np.float32(1)
    if values.ndim == 3:
        weight = weight[..., None]
        ground = ground[..., None] if isinstance(ground, np.ndarray) else ground
    return like(values * weight + ground * (1 - weight), picture)


def _soft(found: Mask, edge_px: float) -> Plane:
    """The mask as weights 0..1, taken in by half an edge and blurred by a third of it."""
    weight = found.astype(np.float32)
    if edge_px <= 0 or found.all():
        return weight
    inside = cv2.distanceTransform(found.astype(np.uint8), cv2.DIST_L2, 3) > edge_px / 2
    kept = inside if inside.any() else found
    return cast(Plane, cv2.GaussianBlur(kept.astype(np.float32), (0, 0), max(0.3, edge_px / 3)))


def _shadow(values: Plane, found: Mask) -> Plane:
    """What the ground loses of its own light near the product: 1 where it is as bright as it gets, less in shadow."""
    luma = values if values.ndim == 2 else cast(Plane, cv2.cvtColor(values, cv2.COLOR_RGB2GRAY))
    if found.all():
        return np.ones(luma.shape, np.float32)
    full = float(np.quantile(luma[~found], 0.75))
    soft = cv2.GaussianBlur(np.minimum(luma / max(full, 1e-3), 1).astype(np.float32), (0, 0), 2.0)
    return np.asarray(np.clip(soft, 0, 1), np.float32)


def crop_box(picture: Picture, margin: float = 0.06, square: bool = False, mask: Mask | None = None) -> Box:
    """Where to cut: the product's box, wider by `margin` of its longest side, inside the picture."""
    left, top, right, bottom = box_of(find_product(picture, mask))
    wide = round(margin * max(right - left, bottom - top))
    height, width = picture.shape[:2]
    across, down = (right - left) / 2 + wide, (bottom - top) / 2 + wide
    if square:
        across = down = max(across, down)
    x, y = (left + right) / 2, (top + bottom) / 2
    return (
        max(0, round(x - across)),
        max(0, round(y - down)),
        min(width, max(round(x + across), 1)),
        min(height, max(round(y + down), 1)),
    )


def crop_to_product(picture: Picture, margin: float = 0.06, square: bool = False, mask: Mask | None = None) -> Picture:
    """The part of the picture with the product in it. With `square` the short sides continue the picture's rim."""
    left, top, right, bottom = crop_box(picture, margin, square, mask)
    cut = np.ascontiguousarray(picture[top:bottom, left:right])
    if not square or cut.shape[0] == cut.shape[1]:
        return cut
    side = max(cut.shape[:2])
    above, before = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    below, after = side - cut.shape[0] - above, side - cut.shape[1] - before
    return cast(Picture, cv2.copyMakeBorder(cut, above, below, before, after, cv2.BORDER_REPLICATE))
