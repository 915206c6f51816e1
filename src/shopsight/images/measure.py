"""Where the product is in a photo, and what its cloth looks like: by arithmetic, without a learned model.

Quick on purpose (a few milliseconds): it runs on every photo that is indexed.
"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.types import Box, Finding, Pixels

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

_WORK_PX = 128
"""Longest side at which the product is told from its ground."""


def product_mask(pixels: Pixels) -> Mask:
    """Which pixels belong to the product: `(H, W) bool`.

    The photo's rim shows the ground. On an even ground, what differs from it (and is not its shadow) is the product; on
    a busy one, what looks more like the middle than like the rim. Where neither tells, the middle is taken.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORK_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    lab = _lab(cv2.GaussianBlur(small, (3, 3), 0))
    rim = _rim(lab.shape[:2])
    distance, evenness = _off_ground(lab, rim)
    if evenness < 8:
        mask = _tidy(_beyond(distance, evenness))
        mask |= _faint_holes(mask, distance, evenness)
    else:
        mask = _tidy(_more_like_the_middle(lab, rim))
    if not 0.01 < mask.mean() < 0.97:
        mask = _middle(lab.shape[:2]) < 1
    if scale == 1:
        return mask
    return np.asarray(cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5)


def box_of(mask: Mask) -> Box:
    """The smallest box around what is true in `mask`; the whole photo if nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def sharpness(pixels: Pixels) -> float:
    """How crisp the photo is: the spread of the Laplacian at a longest side of 256 px; below about 4 looks blurred."""
    scale = min(1.0, 256 / max(pixels.shape[:2]))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_32F).std())


def brightness(pixels: Pixels) -> float:
    """Mean lightness, 0 (black) to 1 (white), as the eye weighs the colours (Rec. 601 luma)."""
    return float(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).mean() / 255)


# ---- the product against its ground --------------------------------------------------------------------------------


def _lab(pixels: NDArray[Any]) -> Plane:
    """CIELAB: `(H, W, 3) float32`, L 0-100."""
    return cast(Plane, cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def _rim(shape: tuple[int, ...]) -> Mask:
    """The outer 4 % of the photo on every side."""
    thick = max(1, round(0.04 * min(shape[0], shape[1])))
    rim = np.ones((shape[0], shape[1]), bool)
    rim[thick:-thick, thick:-thick] = False
    return rim


def _off_ground(lab: Plane, rim: Mask) -> tuple[Plane, float]:
    """How far each pixel is from the ground's colour (in Delta E, shadows discounted), and how uneven the ground is.

    The ground is a plane in x and y (light falls off towards a side), fitted to the rim, the worst third left out: a
    product may well touch the rim.
    """
    height, width = rim.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    terms = np.stack([np.ones_like(x), x / width - 0.5, y / height - 0.5], axis=2)
    at_rim, colours = terms[rim], lab[rim]
    kept = np.ones(len(colours), bool)
    fit = np.zeros((3, 3), np.float32)
    fit[0] = np.median(colours, axis=0)
    for _ in range(3):
        off = np.linalg.norm(colours - at_rim @ fit, axis=1)
        kept = off <= np.quantile(off, 0.67)
        fit = np.linalg.lstsq(at_rim[kept], colours[kept], rcond=None)[0].astype(np.float32)
    evenness = float(np.quantile(np.linalg.norm(colours[kept] - at_rim[kept] @ fit, axis=1), 0.9))
    difference = lab - terms @ fit
    # A shadow is darker and else the same: its fall in lightness counts half.
    light = np.where(difference[..., 0] < 0, 0.5 * difference[..., 0], difference[..., 0])
    chroma = np.hypot(difference[..., 1], difference[..., 2])
    return np.hypot(light, chroma).astype(np.float32), evenness


def _beyond(distance: Plane, evenness: float) -> Mask:
    """Over a threshold that follows the product: high for a dark one (its shadow goes), low for white on white."""
    strong = float(np.quantile(distance, 0.95))
    threshold = np.clip(0.25 * strong, 1.2 + 1.5 * evenness, 14)
    return cast(Mask, distance > threshold)


def _more_like_the_middle(lab: Plane, rim: Mask) -> Mask:
    """Colours seen more often in the middle than at the rim, weighed by how central they lie; asked twice."""
    bins = _colour_bins(lab)
    middle = _middle(rim.shape)
    prior = np.exp(-0.5 * (middle / 0.9) ** 2).astype(np.float32)
    inside, outside = prior * ~rim, (middle > 1.5) | rim
    share = prior
    for _ in range(2):
        front = np.bincount(bins.ravel(), (inside * share).ravel(), 16**3) + 1e-3
        back = np.bincount(bins.ravel(), (outside + (1 - share) * 0.3).ravel(), 16**3) + 1e-3
        ratio = (front / front.sum()) / (front / front.sum() + back / back.sum())
        share = cv2.GaussianBlur((ratio[bins]).astype(np.float32), (0, 0), 2.5) * np.sqrt(prior)
    return cast(Mask, share > max(0.25, 0.5 * float(np.quantile(share, 0.9))))


def _colour_bins(lab: Plane) -> NDArray[np.int64]:
    steps = np.clip((lab + np.array([0, 64, 64])) / np.array([6.3, 8, 8]), 0, 15).astype(np.int64)
    return np.asarray(steps @ np.array([256, 16, 1]))


def _middle(shape: tuple[int, ...]) -> Plane:
    """Distance from the photo's middle: 1 on an ellipse that reaches 80 % of the way to the sides."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    across, down = (2 * x + 1) / shape[1] - 1, (2 * y + 1) / shape[0] - 1
    return cast(Plane, np.hypot(across, down) / np.float32(0.8))


def _tidy(mask: Mask) -> Mask:
    """Close gaps, drop specks (below a tenth of the largest piece), fill holes smaller than 2 % of the product."""
    if not mask.any():
        return mask
    close = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    closed: NDArray[Any] = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, close)
    opened: NDArray[Any] = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    solid = _pieces(opened if opened.any() else closed, 0.1)
    holes = _pieces(1 - solid, 0.0, at_least=max(4, int(0.02 * solid.sum())))
    return np.asarray(holes == 0)


def _faint_holes(mask: Mask, distance: Plane, evenness: float) -> Mask:
    """Holes that are not quite the ground's colour: the front of a white shirt, but not the gap in a bag's handle."""
    count, labels = cv2.connectedComponents(1 - mask.astype(np.uint8), connectivity=4)
    outside = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    faint = np.bincount(labels.ravel(), distance.ravel(), count) > (0.7 + evenness) * np.bincount(labels.ravel())
    faint[outside] = False
    faint[0] = False
    return np.asarray(faint[labels])


def _pieces(mask: NDArray[Any], share: float, at_least: int = 0) -> NDArray[np.uint8]:
    """`mask` without the connected pieces smaller than `share` of the largest, or than `at_least` pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    keep = (areas >= max(1, at_least)) & (areas >= share * areas.max(initial=0))
    return np.asarray(keep[labels], np.uint8)


# ---- the cloth -----------------------------------------------------------------------------------------------------


def pattern(pixels: Pixels, mask: Mask) -> Finding:
    """What the cloth shows: plain, striped, checked, dotted or printed, with its chance (`images/pattern.py`)."""
    from shopsight.images.pattern import tell_pattern

    return tell_pattern(pixels, mask)
