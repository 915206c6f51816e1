"""How crisp, grainy, busy and patterned a photo is, and what else is in it: skin and text."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.insight.view import Factor, Plane, View, mean_of, share_of, spread_of

SPECTRUM_PX = 128
LEVELS = ("texture_fine", "texture_middle", "texture_coarse")
NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
FACTORS = (
    Factor("sharpness", "grey values", 0, 80, "how crisp it is: below about 4 looks blurred",
           "standard deviation of the Laplacian (Pertuz et al. 2013)"),
    Factor("blur", "share", 0, 1, "how little a further blur would change the product", "Crete et al. 2007"),
    Factor("noise", "grey values", 0, 20, "how grainy even parts are", "Immerkaer 1996, on the flatter half"),
    Factor("clutter", "share", 0, 0.4, "how much of the picture is edges", "Canny 1986"),
    Factor("texture_fine", "grey values", 0, 40, "detail of about 2 px", "Haar wavelet, level 1 (Mallat 1989)"),
    Factor("texture_middle", "grey values", 0, 40, "detail of about 4 px", "Haar wavelet, level 2"),
    Factor("texture_coarse", "grey values", 0, 60, "detail of about 8 px", "Haar wavelet, level 3"),
    Factor("spectral_slope", "slope", -5, 0, "-2 as in nature, steeper is smoother", "log power by log frequency"),
    Factor("one_direction", "share", 0, 1, "1 where all edges run one way, as stripes do", "structure tensor"),
    Factor("skin_share", "share", 0, 1, "how much has the colour of skin: a model, or beige cloth",
           "Cr 135-175, Cb 85-130 (Chai and Ngan 1999, narrowed)"),
    Factor("text_share", "share", 0, 1, "how much looks like lines of letters", "runs of dense fine edges, by shape"),
)  # fmt: skip


def measure(view: View) -> dict[str, float]:
    """The factors of this file, for one photo."""
    return {
        "sharpness": spread_of(cast(Plane, cv2.Laplacian(view.grey8, cv2.CV_32F))),
        "blur": _blur(view),
        "noise": _noise(view),
        "clutter": share_of(view.edges),
        **dict(zip(LEVELS, _details(view.grey), strict=True)),
        "spectral_slope": spectral_slope(view.grey8),
        "one_direction": _coherence(view),
        "skin_share": _skin(view),
        "text_share": _text(view),
    }


def _blur(view: View) -> float:
    """How much of the neighbours' differences a strong blur leaves, in the worse of both directions.

    A crisp picture loses most of them, a blurred one has little to lose. Where nothing differs there is no blur to see.
    """
    left, top, right, bottom = view.box_px
    grey = view.grey[top:bottom, left:right]
    found = []
    for axis, size in ((1, (9, 1)), (0, (1, 9))):
        if grey.shape[axis] < 12:
            continue
        before = np.abs(np.diff(grey, axis=axis))
        after = np.abs(np.diff(cast(Plane, cv2.blur(grey, size)), axis=axis))
        total = float(before.sum())
        if total > 0.5 * before.size:
            found.append(1 - float(np.maximum(before - after, 0).sum()) / total)
    return float(np.clip(max(found, default=0.0), 0, 1))


def _noise(view: View) -> float:
    """Standard deviation of the grain, where the picture is flatter than half of itself."""
    across, down = view.slopes
    unevenness = np.abs(across) + np.abs(down)
    flat = (unevenness <= np.median(unevenness[::3, ::3])).view(np.uint8)
    grain = np.abs(cv2.filter2D(view.grey, -1, NOISE_KERNEL))
    return mean_of(grain, flat) * math.sqrt(math.pi / 2) / 6


def _details(grey: Plane) -> list[float]:
    """Root mean square of the Haar details of three scales, in grey values; scales that do not fit give 0."""
    found: list[float] = []
    plane: Plane = grey
    for _ in LEVELS:
        height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
        if not (height and width):
            found.append(0.0)
            continue
        a, b = plane[:height:2, :width:2], plane[:height:2, 1:width:2]
        c, d = plane[1:height:2, :width:2], plane[1:height:2, 1:width:2]
        mean: Plane = (a + b + c + d) * np.float32(0.25)
        power = mean_of((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2 + (d - mean) ** 2) / 4
        found.append(math.sqrt(power))
        plane = mean
    return found


def spectral_slope(grey: NDArray[Any]) -> float:
    """Slope of log power over log frequency, at `SPECTRUM_PX` square; 0 for an even picture."""
    small: Plane = cv2.resize(grey, (SPECTRUM_PX, SPECTRUM_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    import scipy.fft

    window, ring, counts, frequency = _rings()
    spectrum = scipy.fft.rfft2((small - small.mean()) * window)
    power = np.bincount(ring, (spectrum.real**2 + spectrum.imag**2).ravel(), counts.size)[1:-1] / counts[1:-1]
    if power.sum() < 1e-3 * SPECTRUM_PX**2:
        return 0.0
    return float(np.polyfit(frequency, np.log(power + 1e-6), 1)[0])


@lru_cache(maxsize=1)
def _rings() -> tuple[Plane, NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """A Hann window, the ring of frequencies that each value belongs to, how many a ring has, and their logs."""
    hann = np.hanning(SPECTRUM_PX)
    y, x = np.fft.fftfreq(SPECTRUM_PX)[:, None], np.fft.rfftfreq(SPECTRUM_PX)[None, :]
    ring = np.minimum((np.hypot(x, y) * 64).astype(np.int64), 32).ravel()
    counts = np.bincount(ring, minlength=33).astype(np.float64)
    return np.outer(hann, hann).astype(np.float32), ring, counts, np.log((np.arange(1, 32) + 0.5) / 64)


def _coherence(view: View) -> float:
    """Length of the mean doubled gradient direction on the product: 1 all edges one way, 0 as many each way."""
    across, down = view.slopes
    xx, yy, xy = (mean_of(product, view.subject) for product in (across * across, down * down, across * down))
    return math.hypot(xx - yy, 2 * xy) / (xx + yy) if xx + yy > 1 else 0.0


def _skin(view: View) -> float:
    seen = cv2.inRange(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2YCrCb), (61, 136, 86), (255, 174, 129))
    return cv2.countNonZero(seen) / seen.size


def _text(view: View) -> float:
    """Letters are fine strokes close together in a line: their edges, closed sideways, make wide low full boxes."""
    rise: NDArray[Any] = cv2.morphologyEx(view.grey8, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    strokes = (rise > 70).astype(np.uint8)
    lines = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((1, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=4)
    wide, tall, area = (stats[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    like = (tall >= 4) & (tall <= 36) & (wide >= 2.2 * tall) & (area >= 0.55 * wide * tall)
    return float((wide * tall)[like].sum() / view.mask.size)
