"""The floor: colour histograms on a 2 x 2 grid and over the whole photo. No weights, no learning, always there.

Swain and Ballard, "Color indexing", 1991; the square root makes the dot product the Bhattacharyya coefficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.errors import BadPhoto
from shopsight.types import Pixels, Sight, Vector

SIDE_PX = 64
BINS = 4
"""Levels per colour channel."""


class Histogram:
    """Compares photos by the share of each of 64 colours, over the photo and over its four quarters."""

    space = "histogram/1"
    dim = 5 * BINS**3
    parts = MappingProxyType({"colour": slice(0, BINS**3), "layout": slice(BINS**3, 5 * BINS**3)})

    def __init__(self, record: Record | None = None, threads: int = 0) -> None:
        """Both arguments are taken only because every engine is called with them."""

    def see(self, photos: Sequence[Pixels]) -> list[Sight]:
        """One `Sight` per photo with nothing but `values`: `(320,) float32` of length 1."""
        return [Sight(colour_layout(photo)) for photo in photos]


def colour_layout(photo: Pixels) -> Vector:
    """`(320,) float32` of length 1: half of its weight is the whole photo's, half its four quarters'."""
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
        raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")
    levels = cv2.resize(photo, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.int64) * BINS // 256
    colours = (levels[..., 0] * BINS + levels[..., 1]) * BINS + levels[..., 2]
    half = SIDE_PX // 2
    quarters = (colours[:half, :half], colours[:half, half:], colours[half:, :half], colours[half:, half:])
    shares = [_shares(colours) * 4] + [_shares(quarter) for quarter in quarters]
    values = np.sqrt(np.concatenate(shares) / 8)
    return np.asarray(values / np.linalg.norm(values), np.float32)


def _shares(colours: NDArray[np.int64]) -> NDArray[np.float64]:
    """`(64,)` summing to 1."""
    return np.bincount(colours.ravel(), minlength=BINS**3) / colours.size
