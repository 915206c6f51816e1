"""The relief of cloth: what contrast is left when its broad shading is taken away, and how that contrast lies."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images.colour import to_lab
from shopsight.images.measure import box_of
from shopsight.types import Pixels

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]
CLOTH_PX = 160
"""Longest side of the product's box at which its pattern is read."""


def cut_cloth(pixels: Pixels, mask: Mask) -> tuple[Plane, Mask]:
    """The product's box in Lab at `CLOTH_PX`, and the mask of its inside, away from the outline."""
    left, top, right, bottom = box_of(mask)
    cut: NDArray[Any] = pixels[top:bottom, left:right]
    inside: NDArray[Any] = mask[top:bottom, left:right].astype(np.uint8)
    scale = min(1.0, CLOTH_PX / max(cut.shape[:2]))
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST)
    rim = max(3, round(0.06 * max(size)))
    inside = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    return to_lab(cast(Pixels, cut)), cast(Mask, depth > rim)


def relief_of(cloth: Plane, inner: Mask) -> Plane:
    """Signed contrast along the main axis of the cloth's own colours, its broad shading taken away: `(H, W)`.

    Lightness counts for less than colour: folds change the one, dye changes both.
    """
    weight = inner.astype(np.float32)
    sigma = 0.09 * max(inner.shape)
    around = cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-4
    broad = cv2.GaussianBlur(cloth * weight[..., None], (0, 0), sigma) / around[..., None]
    rest = (cloth - broad) * weight[..., None] * np.array([0.7, 1, 1], np.float32)
    values = rest[inner]
    axis = np.linalg.eigh(values.T @ values)[1][:, -1]
    return cast(Plane, (rest @ axis).astype(np.float32))


def directions(relief: Plane, inner: Mask) -> tuple[float, float]:
    """Share of the edges' strength in the best direction, and in the best two at right angles (within 15 degrees)."""
    dx, dy = cv2.Sobel(relief, cv2.CV_32F, 1, 0), cv2.Sobel(relief, cv2.CV_32F, 0, 1)
    safe = cv2.erode(inner.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not safe.any():
        return 0.0, 0.0
    strength = np.hypot(dx, dy)[safe]
    strength[strength < np.quantile(strength, 0.6)] = 0
    angle = np.degrees(np.arctan2(dy, dx))[safe] % 180
    weights = np.bincount((angle / 5).astype(int) % 36, strength, 36)
    weights = weights / (weights.sum() + 1e-6)
    near = np.array([weights.take(range(k - 3, k + 4), mode="wrap").sum() for k in range(36)])
    both = near + np.roll(near, 18)
    return float(near.max()), float(both.max())


def evenness(relief: Plane, inner: Mask) -> float:
    """How evenly the contrast is spread over the cloth: 1 everywhere the same, 0 all in one place."""
    energy, weight = relief**2, inner.astype(np.float32)
    sigma = 0.08 * max(inner.shape)
    around = cv2.GaussianBlur(weight, (0, 0), sigma)
    local = cv2.GaussianBlur(energy * weight, (0, 0), sigma)[inner] / around[inner]
    return float(np.clip(1 - local.std() / (local.mean() + 1e-6), 0, 1))
