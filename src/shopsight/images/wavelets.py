"""A picture as detail at every scale: wavelets take it apart, clean it, and make it small.

Everything takes a photo `(H, W, 3) uint8` or a plane `(H, W) float32`. Orthogonal and biorthogonal wavelets (Daubechies
1988; Cohen, Daubechies and Feauveau 1992; Mallat 1989) through PyWavelets, the picture mirrored at its rim.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput
from shopsight.images.picture import Picture, Plane, each_channel, is_photo, like, stretch, to_float, to_plane

WAVELETS = ("haar", "db2", "db4", "sym4", "coif1", "bior2.2", "bior4.4")
"""What is offered: from blocks (haar) to the smooth pair of JPEG 2000 (bior4.4)."""
MIRROR = "symmetric"
Details = list[Any]
"""What PyWavelets makes: the smallest blurred plane, then (across, down, diagonal) detail from coarse to fine."""


def decompose(plane: NDArray[np.floating], wavelet: str = "db2", levels: int = 3) -> Details:
    """Take a plane apart into `levels` scales (fewer where it is too small). Raises `BadInput` for unknown wavelets."""
    import pywt

    _check(wavelet)
    depth = min(levels, deepest(plane.shape, wavelet))
    return list(pywt.wavedec2(np.asarray(plane, np.float32), wavelet, mode=MIRROR, level=depth))


def recompose(details: Details, shape: tuple[int, ...], wavelet: str = "db2") -> Plane:
    """The plane again, cut to `shape`: odd sides come back one pixel longer from the transform."""
    import pywt

    plane = pywt.waverec2(details, wavelet, mode=MIRROR)
    return np.ascontiguousarray(plane[: shape[0], : shape[1]], np.float32)


def deepest(shape: tuple[int, ...], wavelet: str = "db2") -> int:
    """How often a picture can be halved before it is shorter than the wavelet; a line or a point has no scales.

    >>> deepest((64, 100), "haar"), deepest((1, 100), "haar")
    (6, 0)
    """
    import pywt

    return int(pywt.dwt_max_level(min(shape[0], shape[1]), pywt.Wavelet(wavelet).dec_len))


def decompose_view(picture: Picture, wavelet: str = "db2", levels: int = 2, gain: float = 3.0) -> Picture:
    """All scales of the luma on one sheet of the picture's size, coarse in the upper left, as in every textbook.

    Details stand around middle grey, `gain` times as strong; each part is squeezed into its place.
    """
    plane = stretch(to_plane(picture))
    details = decompose(plane, wavelet, levels)
    depth = len(details) - 1
    sheet = np.full(plane.shape, 0.5, np.float32)
    height, width = plane.shape
    _lay(sheet, stretch(details[0]), 0, 0, height >> depth, width >> depth)
    for step, parts in enumerate(details[1:]):
        tall, wide = height >> (depth - step), width >> (depth - step)
        # Coarse details are larger by their scale, twice with each level: shown alike they compare.
        strength = gain / 2 ** (depth - step)
        places = ((0, wide), (tall, 0), (tall, wide))
        for part, (top, left) in zip(parts, places, strict=True):
            _lay(sheet, 0.5 + strength * part, top, left, tall, wide)
    return like(sheet, picture)


def _lay(sheet: Plane, part: NDArray[np.floating], top: int, left: int, tall: int, wide: int) -> None:
    import cv2

    place = sheet[top : top + tall, left : left + wide]
    if place.size:
        size = (place.shape[1], place.shape[0])
        place[:] = cv2.resize(np.asarray(part, np.float32), size, interpolation=cv2.INTER_AREA)


def denoise(picture: Picture, strength: float = 1.0, wavelet: str = "sym4", levels: int = 4) -> Picture:
    """Shrink fine detail that is as small as the noise; edges, which are larger, stay.

    The noise is measured on the finest diagonal detail (its median over 0.6745), the threshold of every scale is that
    of BayesShrink (Chang, Yu and Vetterli 2000) times `strength` (0 leaves all). Each channel of a photo by itself, in
    luma and two colour differences, since noise in colours is coarser and harms less when it goes.
    """
    _check(wavelet)
    if not is_photo(picture):
        return like(_shrunk(to_float(picture), strength, wavelet, levels), picture)
    import cv2

    values = cv2.cvtColor(to_float(picture), cv2.COLOR_RGB2YCrCb)
    planes = [_shrunk(np.ascontiguousarray(values[..., c]), strength, wavelet, levels) for c in range(3)]
    return like(cv2.cvtColor(np.stack(planes, axis=2), cv2.COLOR_YCrCb2RGB), picture)


def noise_of(plane: NDArray[np.floating], wavelet: str = "sym4") -> float:
    """The standard deviation of white noise in a plane, on the plane's own scale (Donoho and Johnstone 1994)."""
    details = decompose(plane, wavelet, 1)
    return float(np.median(np.abs(details[-1][2])) / 0.6745) if len(details) > 1 else 0.0


def _shrunk(plane: Plane, strength: float, wavelet: str, levels: int) -> Plane:
    import pywt

    noise = noise_of(plane, wavelet)
    details = decompose(plane, wavelet, levels)
    if noise == 0 or strength <= 0:
        return plane
    for step in range(1, len(details)):
        details[step] = tuple(
            pywt.threshold(part, strength * _bayes(part, noise), "soft").astype(np.float32) for part in details[step]
        )
    return recompose(details, plane.shape, wavelet)


def _bayes(part: NDArray[np.floating], noise: float) -> float:
    """Noise variance over the spread of what is not noise; all of a part that is nothing but noise."""
    signal = float(np.sqrt(max(0.0, float((part.astype(np.float64) ** 2).mean()) - noise**2)))
    return noise**2 / signal if signal > 0 else float(np.abs(part).max())


def compress(picture: Picture, keep_share: float = 0.05, wavelet: str = "bior4.4", levels: int = 5) -> Picture:
    """Keep the coarsest plane and, up to `keep_share` (0-1) of all, the largest coefficients; rebuild from these.

    Transform coding without the coding: what JPEG 2000 throws away, seen. A share of 1 gives the picture back.
    """
    _check(wavelet)
    if not 0 <= keep_share <= 1:
        raise BadInput("keep_share", f"{keep_share} is no share", "Give keep_share between 0 and 1.")
    return each_channel(picture, lambda plane: _largest(plane, keep_share, wavelet, levels))


def _largest(plane: Plane, keep_share: float, wavelet: str, levels: int) -> Plane:
    import pywt

    details = decompose(plane, wavelet, levels)
    packed, places = pywt.coeffs_to_array(details, padding=0.0)
    if keep_share < 1:
        coarse = np.asarray(details[0]).shape
        size = np.abs(packed)
        # The coarsest plane is the picture in small: without it nothing would be left to add detail to.
        size[: coarse[0], : coarse[1]] = np.inf
        kept = min(size.size, max(coarse[0] * coarse[1], round(keep_share * plane.size)))
        least = np.partition(size.ravel(), size.size - kept)[size.size - kept]
        packed = np.where(size >= least, packed, 0)
    parts = pywt.array_to_coeffs(packed.astype(np.float32), places, output_format="wavedec2")
    return recompose(parts, plane.shape, wavelet)


def _check(wavelet: str) -> None:
    if wavelet not in WAVELETS:
        raise BadInput("wavelet", f"{wavelet!r} is not offered", f"Use one of {', '.join(WAVELETS)}.")
