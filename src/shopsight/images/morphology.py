"""Shapes grow and shrink: erode, dilate, open, close, gradient, top-hat, black-hat, skeleton.

Grey-scale morphology (Serra 1982; Haralick, Sternberg and Zhuang 1987): the smallest or largest value under a small
shape that is moved over the picture. Each channel by itself; the same kind and size comes back, exactly: no value is
ever made up. Outside the picture there is nothing, neither black nor white.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput
from shopsight.images.picture import Picture, check_picture, is_photo, like, stretch, to_plane

SHAPES = {"disc": cv2.MORPH_ELLIPSE, "square": cv2.MORPH_RECT, "cross": cv2.MORPH_CROSS}


def element(radius_px: int, shape: str = "disc") -> NDArray[np.uint8]:
    """The moved shape, `(2 r + 1, 2 r + 1) uint8` of 0 and 1. Raises `BadInput` for an unknown shape or r < 0."""
    if shape not in SHAPES:
        raise BadInput("shape", f"{shape!r} is not known", f"Use one of {', '.join(SHAPES)}.")
    if not 0 <= radius_px <= 100:
        raise BadInput("radius_px", f"{radius_px} is outside 0 to 100", "Give a radius between 0 and 100 px.")
    return cast(NDArray[np.uint8], cv2.getStructuringElement(SHAPES[shape], (2 * radius_px + 1,) * 2))


def erode(picture: Picture, radius_px: int = 3, shape: str = "disc") -> Picture:
    """The smallest value around: bright things shrink, dark things grow."""
    return _morph(picture, cv2.MORPH_ERODE, radius_px, shape)


def dilate(picture: Picture, radius_px: int = 3, shape: str = "disc") -> Picture:
    """The largest value around: bright things grow."""
    return _morph(picture, cv2.MORPH_DILATE, radius_px, shape)


def open_shapes(picture: Picture, radius_px: int = 3, shape: str = "disc") -> Picture:
    """Eroded, then dilated: bright specks and hairs go. Doing it twice changes nothing more."""
    return _morph(picture, cv2.MORPH_OPEN, radius_px, shape)


def close_shapes(picture: Picture, radius_px: int = 3, shape: str = "disc") -> Picture:
    """Dilated, then eroded: dark gaps close. Doing it twice changes nothing more."""
    return _morph(picture, cv2.MORPH_CLOSE, radius_px, shape)


def outline(picture: Picture, radius_px: int = 1, shape: str = "disc") -> Picture:
    """Morphological gradient: dilated minus eroded; the rim of every shape, never negative."""
    return _difference(dilate(picture, radius_px, shape), erode(picture, radius_px, shape))


def top_hat(picture: Picture, radius_px: int = 9, shape: str = "disc") -> Picture:
    """The picture minus its opening: bright detail smaller than the shape, uneven light taken away."""
    return _difference(picture, open_shapes(picture, radius_px, shape))


def black_hat(picture: Picture, radius_px: int = 9, shape: str = "disc") -> Picture:
    """The closing minus the picture: dark detail smaller than the shape, such as seams and print."""
    return _difference(close_shapes(picture, radius_px, shape), picture)


def skeleton(picture: Picture, threshold: float = -1.0, dark: bool = False) -> Picture:
    """The middle lines of what is brighter than `threshold` (0-1; below 0: found by Otsu 1979), white on black.

    `dark` takes what is darker instead. Thinned after Lantuejoul (1978).
    """
    return like(thin(bright(picture, threshold, dark)).astype(np.float32), picture)


def threshold(picture: Picture, threshold: float = -1.0, dark: bool = False) -> Picture:
    """White where the luma is above `threshold` (0-1; below 0: found by Otsu 1979), else black; `dark` the reverse."""
    return like(bright(picture, threshold, dark).astype(np.float32), picture)


def bright(picture: Picture, threshold: float = -1.0, dark: bool = False) -> NDArray[np.bool_]:
    """`(H, W) bool`: the luma (a plane: filled to 0..1) above a threshold; none of a constant picture by Otsu."""
    plane = to_plane(picture) if is_photo(picture) else stretch(to_plane(picture))
    if threshold < 0:
        grey = np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8)
        if int(np.ptp(grey)) == 0:
            return np.zeros(plane.shape, bool)
        threshold = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0] / 255
        plane = np.asarray(grey / 255, np.float32)
    return np.asarray(plane <= threshold if dark else plane > threshold)


def thin(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The skeleton of a mask, `(H, W) bool`: what each erosion leaves that an opening would not bring back."""
    cross = element(1, "cross")
    # A rim of nothing: what touches the border of the picture ends there.
    left: NDArray[np.uint8] = np.pad(mask.astype(np.uint8), 1)
    lines = np.zeros(left.shape, bool)
    while left.any():
        smaller = np.asarray(cv2.erode(left, cross, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)), np.uint8)
        lines |= (left > 0) & (np.asarray(cv2.dilate(smaller, cross)) == 0)
        left = smaller
    return lines[1:-1, 1:-1].copy()


def _morph(picture: Picture, act: int, radius_px: int, shape: str) -> Picture:
    check_picture(picture)
    return cast(Picture, cv2.morphologyEx(picture, act, element(radius_px, shape)))


def _difference(larger: Picture, smaller: Picture) -> Picture:
    """Never negative by its meaning, so bytes cannot wrap round."""
    return np.asarray(larger - smaller, larger.dtype)
