"""Findings brought from the pixels that were looked at to those of the photo that was sent."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.types import Box, Finding

MOST_MASK_PIXELS = 400_000_000
"""Masks of one answer hold at most so many pixels together (a byte each); findings beyond lose their mask's place to
clearer ones."""


def place(
    findings: Iterable[Finding], seen_px: tuple[int, int], part: Box, photo_px: tuple[int, int]
) -> tuple[Finding, ...]:
    """The findings in the photo's own pixels.

    They were made in a picture of `seen_px` (width, height), which showed the part `part` of a photo of `photo_px`.
    Where all masks together would be too large for memory, the last findings are left out.
    """
    width, height = photo_px
    placed = []
    for number, finding in enumerate(findings, 1):
        if finding.mask is not None and number * width * height > max(MOST_MASK_PIXELS, width * height):
            break
        mask = None if finding.mask is None else _place_mask(finding.mask, part, photo_px)
        box = None
        if finding.box_px is not None:
            box = _around(mask) if mask is not None else place_box(finding.box_px, seen_px, part)
        if mask is None or mask.any():
            placed.append(Finding(finding.label, finding.score, box, mask))
    return tuple(placed)


def place_box(box: Box, seen_px: tuple[int, int], part: Box) -> Box:
    """A box of a picture of `seen_px` (width, height) that shows `part` of a photo, as a box of that photo."""
    across, down = (part[2] - part[0]) / seen_px[0], (part[3] - part[1]) / seen_px[1]
    left, top = part[0] + floor(box[0] * across), part[1] + floor(box[1] * down)
    right, bottom = part[0] + ceil(box[2] * across), part[1] + ceil(box[3] * down)
    return left, top, min(right, part[2]), min(bottom, part[3])


def _place_mask(mask: NDArray[np.bool_], part: Box, photo_px: tuple[int, int]) -> NDArray[np.bool_]:
    left, top, right, bottom = part
    size = (right - left, bottom - top)
    # Nearest where it shrinks or stays; smooth edges where it grows.
    grown = mask
    if mask.shape != (size[1], size[0]):
        grown = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_LINEAR) > 127
    if (left, top, *size) == (0, 0, *photo_px):
        return grown
    whole = np.zeros((photo_px[1], photo_px[0]), bool)
    whole[top:bottom, left:right] = grown
    return whole


def _around(mask: NDArray[np.bool_]) -> Box | None:
    """The tight box around a mask; none where it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
