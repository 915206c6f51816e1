"""What happens to a picture between the shop and the shopper: cropped, tilted, blurred, squeezed, darkened, moved.

Every function takes `(H, W, 3) uint8` and gives the same kind back; nothing is changed in place, and what is left to
chance follows a seed. `ALTERATIONS` holds the six by which the search is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images.decode import decode, encode
from shopsight.images.measure import product_mask
from shopsight.types import Pixels


def crop(pixels: Pixels, share: float, seed: int = 0) -> Pixels:
    """Keep `share` (0-1) of the area, in the photo's own shape, at a place drawn from `seed`."""
    height, width = pixels.shape[:2]
    side = float(np.sqrt(np.clip(share, 0.0, 1.0)))
    new_height, new_width = max(1, round(height * side)), max(1, round(width * side))
    lot = np.random.default_rng(seed)
    top, left = int(lot.integers(0, height - new_height + 1)), int(lot.integers(0, width - new_width + 1))
    return pixels[top : top + new_height, left : left + new_width].copy()


def tilt(pixels: Pixels, degrees: float) -> Pixels:
    """Turn the photo about its middle (counter-clockwise), same size; the corners continue the photo's edge."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    turned = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cast(Pixels, turned.astype(np.uint8, copy=False))


def blur(pixels: Pixels, sigma_px: float) -> Pixels:
    """Out of focus: a Gaussian of `sigma_px` pixels."""
    if sigma_px <= 0:
        return pixels.copy()
    return cast(Pixels, cv2.GaussianBlur(pixels, (0, 0), sigma_px).astype(np.uint8, copy=False))


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    """What a messenger leaves of it: written as JPEG of this quality (1-100) and read again."""
    return decode(encode(pixels, "image/jpeg", quality), max_pixels=pixels.shape[0] * pixels.shape[1])


def darken(pixels: Pixels, share: float) -> Pixels:
    """Take away `share` (0-1) of the light. 0 changes nothing, 1 is black."""
    return _as_pixels(pixels * np.float32(1 - np.clip(share, 0, 1)))


def brighten(pixels: Pixels, share: float) -> Pixels:
    """Move every value `share` (0-1) of the way to white."""
    white = np.float32(255)
    return _as_pixels(white - (white - pixels) * np.float32(1 - np.clip(share, 0, 1)))


def mirror(pixels: Pixels) -> Pixels:
    """Left becomes right."""
    return np.ascontiguousarray(pixels[:, ::-1])


def onto(pixels: Pixels, background: Pixels) -> Pixels:
    """Cut the product out of its ground and lay it on `background`, which is stretched to the photo's size.

    Where the product cannot be told from its ground, the whole photo is laid on as a card of three quarters the size.
    """
    height, width = pixels.shape[:2]
    ground: Pixels = np.asarray(cv2.resize(background, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    mask = product_mask(pixels)
    if not 0.02 < mask.mean() < 0.95:
        return _as_card(pixels, ground)
    # The rim of a cut-out carries the old ground: take it off before the edge is made soft.
    rim = max(1, round(max(height, width) / 250))
    inside = cv2.erode(
        mask.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    )
    weight = cv2.GaussianBlur(inside, (0, 0), max(height, width) / 600)[..., None]
    return _as_pixels(pixels * weight + ground * (1 - weight))


def _as_card(pixels: Pixels, ground: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (max(1, width * 3 // 4), max(1, height * 3 // 4)), interpolation=cv2.INTER_AREA)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    out = ground.copy()
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    return out


def some_ground(size_px: tuple[int, int], seed: int) -> Pixels:
    """A floor, wall or table top that no shop drew: `(height, width)` of soft, grainy colour with a few broad bands."""
    height, width = size_px
    lot = np.random.default_rng(seed)
    colour = lot.uniform(70, 215) + lot.uniform(-30, 30, 3)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    angle = lot.uniform(0, np.pi)
    bands = np.sin((x * np.cos(angle) + y * np.sin(angle)) * lot.uniform(12, 60) + lot.uniform(0, 6))
    cloud = cv2.resize(lot.normal(0, 1, (5, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    light = 7 * bands + 9 * cloud + lot.normal(0, 4, (height, width))
    return _as_pixels(colour + light[..., None])


def _as_pixels(values: NDArray[np.floating]) -> Pixels:
    return cast(Pixels, np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _blurred(pixels: Pixels, seed: int) -> Pixels:
    return blur(pixels, max(pixels.shape[:2]) / 128)


def _pasted(pixels: Pixels, seed: int) -> Pixels:
    return onto(pixels, some_ground(pixels.shape[:2], seed))


ALTERATIONS: Mapping[str, Callable[[Pixels, int], Pixels]] = MappingProxyType(
    {
        "crop60": lambda pixels, seed: crop(pixels, 0.6, seed),
        "tilt15": lambda pixels, seed: tilt(pixels, 15 if seed % 2 else -15),
        "blur": _blurred,
        "jpeg40": lambda pixels, seed: jpeg(pixels, 40),
        "darker": lambda pixels, seed: darken(pixels, 0.4),
        "pasted": _pasted,
    }
)
"""The six by which recall is measured: 60 % of the area kept, tilted by 15 degrees, blurred by 1/128 of the longest
side, JPEG quality 40, 40 % of the light gone, cut out and laid on another ground."""
