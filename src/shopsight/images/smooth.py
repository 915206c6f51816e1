"""Less detail: Gaussian blur, median, edge-keeping blur, pyramids, and what lies between two blurs.

Every function takes a photo `(H, W, 3) uint8` or a plane `(H, W) float32` and gives the same kind and size back, unless
it says otherwise. Outside the picture its rim is mirrored, so that a constant picture stays what it is.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput
from shopsight.images.picture import Picture, Plane, check_picture, each_channel, is_photo, like, to_float

_MIRROR = cv2.BORDER_REFLECT
"""The rim itself is repeated: then a blur keeps the mean, which mirroring about the rim's pixels would not."""


def gaussian(picture: Picture, sigma_px: float = 2.0) -> Picture:
    """Blur with a Gaussian of `sigma_px` pixels (0 changes nothing). The mean stays, as does a constant picture."""
    return like(blurred(to_float(picture), sigma_px), picture)


def blurred(values: Plane, sigma_px: float) -> Plane:
    """The same for float32 values `(H, W[, 3])` on any scale."""
    if sigma_px <= 0:
        return values
    # Six sigma wide: what is cut off is below a thousandth of the weight.
    reach = 2 * int(np.ceil(3.5 * sigma_px)) + 1
    return cast(Plane, cv2.GaussianBlur(values, (reach, reach), sigma_px, borderType=_MIRROR))


def median(picture: Picture, side_px: int = 5) -> Picture:
    """The middle value of each `side_px` x `side_px` neighbourhood: specks go, edges stay (Tukey 1977).

    Odd sides from 1 to 31; raises `BadInput` for others.
    """
    check_picture(picture)
    side = _odd(side_px)
    if side == 1:
        return picture.copy()
    if is_photo(picture):
        return cast(Picture, cv2.medianBlur(picture, side))
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(picture, side, mode="reflect"), np.float32)


def keep_edges(picture: Picture, sigma_px: float = 5.0, contrast: float = 0.1) -> Picture:
    """Blur only among like colours (bilateral filter, Tomasi and Manduchi 1998): skin and cloth smooth, outlines stay.

    `contrast` (0-1, as a share of full light, or of a plane's own spread) is the difference that counts as an edge.
    """
    values = to_float(picture)
    spread = 1.0 if is_photo(picture) else float(np.ptp(values))
    if spread == 0 or sigma_px <= 0 or contrast <= 0:
        return picture.copy()
    reach = 2 * min(15, int(np.ceil(2 * sigma_px))) + 1
    smooth = cv2.bilateralFilter(values, reach, contrast * spread, sigma_px, borderType=_MIRROR)
    return like(smooth, picture)


def pyramid(picture: Picture, levels: int = 4) -> list[Picture]:
    """The picture, its half, its quarter ...: `levels` pictures, each blurred and every second pixel kept.

    Sides go from n to (n + 1) // 2; it ends early at 1 x 1 (Burt and Adelson 1983).
    """
    if levels < 1:
        raise BadInput("levels", f"{levels} levels are none", "Ask for at least 1.")
    steps = [check_picture(picture)]
    while len(steps) < levels and max(steps[-1].shape[:2]) > 1:
        steps.append(like(cv2.pyrDown(to_float(steps[-1])), picture))
    return steps


def pyramid_view(picture: Picture, levels: int = 4) -> Picture:
    """The pyramid on one sheet: the picture, its smaller selves stacked beside it. `(H, W + (W + 1) // 2)`."""
    steps = pyramid(picture, levels)
    height, width = picture.shape[:2]
    if len(steps) == 1:
        return picture.copy()
    sheet = np.zeros((height, width + steps[1].shape[1], *picture.shape[2:]), picture.dtype)
    sheet[:, :width] = picture
    top = 0
    for step in steps[1:]:
        # Halves, quarters, eighths add up to less than the whole, but rounding up may run one or two pixels over.
        tall = min(step.shape[0], height - top)
        sheet[top : top + tall, width : width + step.shape[1]] = step[:tall]
        top += tall
    return sheet


def between_blurs(picture: Picture, fine_px: float = 1.0, coarse_px: float = 4.0) -> NDArray[np.float32]:
    """Difference of Gaussians: detail larger than `fine_px` and smaller than `coarse_px`, signed around 0.

    `(H, W[, 3]) float32`; the band of the eye's own cells and of SIFT (Marr and Hildreth 1980; Lowe 2004).
    """
    values = to_float(picture)
    return blurred(values, min(fine_px, coarse_px)) - blurred(values, max(fine_px, coarse_px))


def between_blurs_view(picture: Picture, fine_px: float = 1.0, coarse_px: float = 4.0, gain: float = 3.0) -> Picture:
    """The difference of Gaussians around middle grey, `gain` times as strong. A plane is signed and not moved."""
    band = between_blurs(picture, fine_px, coarse_px) * np.float32(gain)
    return like(band + np.float32(0.5) if is_photo(picture) else band, picture)


def pixelate(picture: Picture, block_px: int = 12) -> Picture:
    """Every block of `block_px` pixels in its mean colour."""
    if block_px < 1:
        raise BadInput("block_px", f"{block_px} px is no block", "Give at least 1.")
    height, width = picture.shape[:2]
    small = (max(1, round(width / block_px)), max(1, round(height / block_px)))

    def blocks(plane: Plane) -> Plane:
        means = cv2.resize(plane, small, interpolation=cv2.INTER_AREA)
        return cast(Plane, cv2.resize(means, (width, height), interpolation=cv2.INTER_NEAREST))

    return each_channel(picture, blocks)


def _odd(side_px: int) -> int:
    """Raises `BadInput` unless it is an odd number from 1 to 31."""
    if side_px % 2 == 0 or not 1 <= side_px <= 31:
        raise BadInput("side_px", f"{side_px} is no odd number from 1 to 31", "A neighbourhood has one middle pixel.")
    return side_px
