"""A photo of one garment as the pictures of Fashion-MNIST are: 28 x 28 grey, upright, in the middle, bright on black.

The makers of that data cut catalogue photos to the garment, shrank its longer side to 28 pixels, put it in the middle
and turned the greys round, since the ground was white (Xiao, Rasul, Vollgraf 2017, section 2). A phone photo has no
white ground, so the product's mask stands in for it; and its light is not a studio's, so the greys are stretched.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images.measure import box_of, product_mask
from shopsight.types import Pixels

SIDE_PX = 28
DARKEST, BRIGHTEST = 0.0, 0.7
"""How bright the lightest and the darkest twentieth of a garment become, of 255; chosen on photos."""


def miniature(pixels: Pixels, mask: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """`(28, 28) uint8` from a photo `(H, W, 3) uint8`; `mask` `(H, W) bool` says which pixels are the garment's (worked
    out where it is not given). A mask with nothing in it gives the whole photo."""
    mask = product_mask(pixels) if mask is None else mask
    left, top, right, bottom = box_of(mask)
    inside = mask[top:bottom, left:right]
    if not inside.any():
        inside = np.ones_like(inside)
    grey = 255 - cv2.cvtColor(np.ascontiguousarray(pixels[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)
    bright = np.where(inside, _stretch(grey.astype(np.float32), inside), 0).astype(np.float32)
    scale = SIDE_PX / max(bright.shape)
    size = max(1, round(bright.shape[1] * scale)), max(1, round(bright.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(bright, size, interpolation=how)
    sheet = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    x, y = (SIDE_PX - size[0]) // 2, (SIDE_PX - size[1]) // 2
    sheet[y : y + size[1], x : x + size[0]] = small
    return np.clip(np.round(sheet), 0, 255).astype(np.uint8)


def _stretch(bright: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The greys spread over one range; cloth of a single grey comes out in the middle of it, so that none vanishes."""
    low, high = np.quantile(bright[inside], (0.05, 0.95))
    # So few greys are noise or a plain cloth, and stretching would only make the noise loud.
    middle, reach = (low + high) / 2, max(float(high - low), 48.0)
    share = np.clip((bright - middle) / reach + 0.5, 0, 1)
    return np.asarray(255 * (DARKEST + (BRIGHTEST - DARKEST) * share), np.float32)
