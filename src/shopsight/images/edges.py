"""Where light changes: Sobel, Scharr, Laplacian, Canny.

Each takes a photo `(H, W, 3) uint8` or a plane `(H, W) float32`, looks at its luma, and gives the same kind and size
back. Slopes are per pixel: a ramp that rises by 0.01 a pixel has the slope 0.01, whatever the filter.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput
from shopsight.images.picture import Picture, Plane, is_photo, like, stretch, to_plane
from shopsight.images.smooth import blurred

SOBEL_WEIGHT = 8.0
"""What a Sobel filter of 3 x 3 makes of a slope of 1 a pixel: 2 across, times 1 + 2 + 1."""
SCHARR_WEIGHT = 32.0
"""The same for Scharr: 2 across, times 3 + 10 + 3."""


def slopes(picture: Picture, filter: str = "sobel") -> tuple[Plane, Plane]:
    """How steep the luma rises to the right and downwards, both `(H, W) float32`, per pixel.

    `filter` is "sobel" (Sobel and Feldman 1968) or "scharr" (Scharr 2000: truer to the direction).

    >>> ramp = np.tile(np.arange(9, dtype=np.float32) * 0.01, (9, 1))
    >>> round(float(slopes(ramp)[0][4, 4]), 4), float(slopes(ramp)[1][4, 4])
    (0.01, 0.0)
    """
    plane = to_plane(picture)
    if filter == "sobel":
        across, down = (cv2.Sobel(plane, cv2.CV_32F, x, 1 - x, scale=1 / SOBEL_WEIGHT) for x in (1, 0))
    elif filter == "scharr":
        across, down = (cv2.Scharr(plane, cv2.CV_32F, x, 1 - x, scale=1 / SCHARR_WEIGHT) for x in (1, 0))
    else:
        raise BadInput("filter", f"{filter!r} is not known", 'Use "sobel" or "scharr".')
    return cast(Plane, across), cast(Plane, down)


def sobel(picture: Picture, direction: str = "both", gain: float = 4.0) -> Picture:
    """Edges by Sobel, `gain` times as bright. `direction`: both (length of the slope), across or down (its size)."""
    return _shown(picture, slopes(picture, "sobel"), direction, gain)


def scharr(picture: Picture, direction: str = "both", gain: float = 4.0) -> Picture:
    """Edges by Scharr, `gain` times as bright; like Sobel, but equally strong in every direction."""
    return _shown(picture, slopes(picture, "scharr"), direction, gain)


def _shown(picture: Picture, steep: tuple[Plane, Plane], direction: str, gain: float) -> Picture:
    across, down = steep
    if direction not in ("both", "across", "down"):
        raise BadInput("direction", f"{direction!r} is not known", 'Use "both", "across" or "down".')
    length = np.hypot(across, down) if direction == "both" else np.abs(across if direction == "across" else down)
    return like(length * np.float32(gain), picture)


def laplacian(picture: Picture, sigma_px: float = 1.0, gain: float = 2.0) -> Picture:
    """Second slope after a blur of `sigma_px` (Marr and Hildreth 1980): 0 on ramps, its sign turns on an edge.

    A photo shows it around middle grey, `gain` times as strong; a plane is signed.
    """
    plane = blurred(to_plane(picture), sigma_px)
    # Blurring flattens the second slope by the square of its width: taken back, thin and soft edges compare.
    second = cv2.Laplacian(plane, cv2.CV_32F, ksize=1) * np.float32(gain * max(1.0, sigma_px**2))
    return like(second + np.float32(0.5) if is_photo(picture) else second, picture)


def canny(picture: Picture, low: float = 0.1, high: float = 0.25, sigma_px: float = 1.4) -> Picture:
    """Thin outlines (Canny 1986), white on black: strong edges, and the weak ones that touch them.

    `low` and `high` are contrasts of a step, as a share of full light (of a plane's own spread), 0 to 1; the wrong way
    round they are swapped.
    """
    return like(outlines(picture, low, high, sigma_px).astype(np.float32), picture)


def outlines(picture: Picture, low: float = 0.1, high: float = 0.25, sigma_px: float = 1.4) -> NDArray[np.bool_]:
    """The same as a mask: `(H, W) bool`."""
    plane = blurred(to_plane(picture) if is_photo(picture) else stretch(to_plane(picture)), sigma_px)
    scale = 8192.0
    across, down = (
        np.clip(np.rint(cv2.Sobel(plane, cv2.CV_32F, x, 1 - x) * (scale / 4)), -32767, 32767).astype(np.int16)
        for x in (1, 0)
    )
    # A step of contrast c blurred by sigma is at its steepest c / (sigma sqrt(2 pi)) a pixel.
    steepest = scale * 2 / max(1.0, sigma_px * np.sqrt(2 * np.pi))
    weak, strong = sorted((low * steepest, high * steepest))
    found = cv2.Canny(across, down, max(1.0, weak), max(1.0, strong), L2gradient=True)
    return cast(NDArray[np.bool_], found > 0)
