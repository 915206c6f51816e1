"""A cluttered photo: which part of it is meant, and whether looking at that part alone helps.

People put what they mean in the middle and make it large. The engine's own mask says which pixels are products; of its
pieces the one that is largest, a pixel in the middle counting most, is meant.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.search.desk import Found
from shopsight.types import Box, Sight

CLEARLY_SMALLER = 0.8
"""A part that covers more of the photo than this is the photo."""
MARGIN = 0.06
"""So much of its own size is left around a part: garments are recognised by their outline too."""
MIDDLE = 0.3
"""How far from the middle, in sides of the photo, a pixel counts 1/e."""


def part_meant(sight: Sight, width_px: int, height_px: int) -> Box | None:
    """The part of a photo of that size that is meant; None where the photo shows little else, or no product at all."""
    piece = None if sight.mask is None else middle_piece(sight.mask)
    if piece is None:
        return None
    rows, columns = np.flatnonzero(piece.any(axis=1)), np.flatnonzero(piece.any(axis=0))
    down, across = height_px / piece.shape[0], width_px / piece.shape[1]
    top, bottom, left, right = rows[0] * down, (rows[-1] + 1) * down, columns[0] * across, (columns[-1] + 1) * across
    more_y, more_x = MARGIN * (bottom - top), MARGIN * (right - left)
    box = (
        max(0, round(left - more_x)),
        max(0, round(top - more_y)),
        min(width_px, round(right + more_x)),
        min(height_px, round(bottom + more_y)),
    )
    wide, high = box[2] - box[0], box[3] - box[1]
    return box if min(wide, high) >= 2 and wide * high < CLEARLY_SMALLER * width_px * height_px else None


def middle_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """The connected piece with the most pixels, those near the middle counting most; None of an empty mask."""
    if not mask.any():
        return None
    labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[1]
    y, x = ((np.arange(side) + 0.5) / side - 0.5 for side in mask.shape)
    near = np.exp(-((y[:, None] / MIDDLE) ** 2) - (x[None, :] / MIDDLE) ** 2)
    weight = np.bincount(labels.ravel(), near.ravel())
    weight[0] = -1
    return np.asarray(labels == weight.argmax())


def helps(cut: Found, whole: Found) -> bool:
    """Whether the answer for the part is better than that for the whole photo: its best hit is nearer."""
    if not cut.hits or not whole.hits:
        return bool(cut.hits)
    return cut.hits[0].score > whole.hits[0].score
