"""What the cloth shows: plain, striped, checked, dotted or printed, with a chance.

Folds are no pattern, and neither are the seams of a puffer jacket or the ribs of a corduroy: what tells them from dye
is taken together by a multinomial logistic model over the 26 numbers of `describe_cloth`. It was fitted by
`training/pattern/fit.py` on drawn cloth (folded, quilted, ribbed, blurred) and on 214 photos of `clothing/` (CC0)
labelled by eye for it. Five-fold, on photos that it was not fitted on, it names about 0.80 of them rightly; the rules
that it replaced named 0.59, for they called most folds a print.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images.relief import cut_cloth, directions, evenness, relief_of
from shopsight.types import Finding, Pixels

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

PATTERNS = ("plain", "striped", "checked", "dotted", "printed")
LEAST_PX = 64
"""Cloth of fewer pixels says nothing."""
WEIGHTS = MappingProxyType(
    {
        "contrast": (-0.785, 0.252, 0.269, 0.215, 0.049),
        "lively": (-0.773, 1.844, -0.647, 0.014, -0.438),
        "skew": (-0.049, 0.121, -0.063, 0.150, -0.159),
        "kurt": (0.092, 0.091, 0.387, -0.071, -0.499),
        "otsu": (-4.963, -3.200, -5.107, 7.935, 5.335),
        "minor": (1.706, 1.623, 2.890, -3.462, -2.757),
        "one": (1.409, 4.969, -3.298, -2.031, -1.049),
        "two": (-0.861, -1.938, 2.547, -0.395, 0.646),
        "even": (-1.712, 0.553, -0.060, 1.950, -0.730),
        "chroma": (-0.685, -1.158, 0.084, 1.013, 0.746),
        "chroma_abs": (-0.715, -0.132, -0.044, 0.070, 0.822),
        "crisp": (-0.560, -0.639, -0.743, 1.008, 0.934),
        "grad": (-0.291, 0.034, 0.072, 0.291, -0.105),
        "gradm": (-1.465, 0.062, 0.765, 0.018, 0.620),
        "peak": (-0.797, 2.318, -1.177, 0.698, -1.042),
        "right": (-7.123, -2.283, 9.044, 1.698, -1.336),
        "freq": (-0.269, 0.288, 0.273, 0.237, -0.529),
        "low": (1.067, -0.175, -1.821, -0.375, 1.304),
        "high": (-1.913, 2.425, 0.226, -0.786, 0.048),
        "aniso": (0.513, -0.197, 2.464, 0.032, -2.812),
        "aniso2": (-1.767, 0.018, 6.248, -1.411, -3.088),
        "dens": (-0.425, -0.292, 0.413, 0.264, 0.041),
        "mx": (1.316, 0.517, -0.710, -0.512, -0.611),
        "uni": (-0.640, 0.100, 0.345, -0.472, 0.668),
        "compact": (-0.023, -1.407, 1.042, 2.303, -1.915),
        "fill": (-4.264, -2.901, -0.358, 4.880, 2.643),
    }
)
"""What each number speaks for, in the order of `PATTERNS`."""
BIAS = (17.664, -1.120, -3.802, -12.725, -0.017)


def tell_pattern(pixels: Pixels, mask: Mask) -> Finding:
    """The likeliest pattern of the cloth inside `mask` `(H, W) bool`, and its chance 0-1."""
    numbers = describe_cloth(pixels, mask)
    if numbers is None:
        return Finding("plain", 0.3)
    scores = np.array(BIAS) + sum(np.array(WEIGHTS[name]) * value for name, value in numbers.items())
    chances = np.exp(scores - scores.max())
    best = int(chances.argmax())
    return Finding(PATTERNS[best], float(chances[best] / chances.sum()))


def describe_cloth(pixels: Pixels, mask: Mask) -> dict[str, float] | None:
    """The numbers that tell patterns apart; None where too little cloth is seen."""
    cloth, inner = cut_cloth(pixels, mask)
    if inner.sum() < LEAST_PX:
        return None
    relief = relief_of(cloth, inner)
    one, two = directions(relief, inner)
    return {
        **_levels(relief[inner]),
        "one": one,
        "two": two - one,
        "even": evenness(relief, inner),
        **_colour_shares(cloth, inner),
        **_edges(relief, inner),
        **_waves(relief, inner),
        **_blobs(relief, inner),
    }


def _levels(values: Plane) -> dict[str, float]:
    """How strong the relief is, how lopsided, how peaked, and how well it falls into two levels (Otsu 1979)."""
    spread = values - values.mean()
    low, share = _two_levels(values)[1:]
    return {
        "contrast": float(np.log1p(np.quantile(np.abs(values), 0.9))),
        "lively": float((np.abs(values) > 7).mean()),
        "skew": float(abs((spread**3).mean() / (spread.std() ** 3 + 1e-6))),
        "kurt": float(np.log(max(1e-3, (spread**4).mean() / (spread.var() ** 2 + 1e-6)))),
        "otsu": share,
        "minor": min(low, 1 - low),
    }


def _two_levels(values: Plane) -> tuple[float, float, float]:
    """The threshold between the two levels, the share below it, and the share of the variance that they explain."""
    counts, edges = np.histogram(values, 64)
    shares, middles = counts / counts.sum(), (edges[1:] + edges[:-1]) / 2
    below, sums = np.cumsum(shares), np.cumsum(shares * middles)
    between = (sums[-1] * below - sums) ** 2 / np.maximum(below * (1 - below), 1e-6)
    best = int(between.argmax())
    return float(edges[best + 1]), float(below[best]), float(between.max() / (values.var() + 1e-6))


def _colour_shares(cloth: Plane, inner: Mask) -> dict[str, float]:
    """How much of the contrast is colour: folds change lightness, dye changes both."""
    weight = inner.astype(np.float32)
    sigma = 0.09 * max(inner.shape)
    around = cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-4
    broad = cv2.GaussianBlur(cloth * weight[..., None], (0, 0), sigma) / around[..., None]
    energy = (((cloth - broad) * weight[..., None])[inner] ** 2).mean(axis=0)
    chroma = float(energy[1] + energy[2])
    return {"chroma": chroma / (float(energy.sum()) + 1e-6), "chroma_abs": float(np.log1p(chroma**0.5))}


def _edges(relief: Plane, inner: Mask) -> dict[str, float]:
    """How steep: a print has crisp edges, a fold has none."""
    across, down = cv2.Sobel(relief, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(relief, cv2.CV_32F, 0, 1) / 8
    safe = cv2.erode(inner.astype(np.uint8), np.ones((3, 3))) > 0
    steep = np.hypot(across, down)[safe] if safe.any() else np.zeros(1, np.float32)
    most, contrast = float(np.quantile(steep, 0.95)), float(np.quantile(np.abs(relief[inner]), 0.9))
    return {"crisp": most / (contrast + 1), "grad": float(np.log1p(most)), "gradm": float(np.log1p(steep.mean()))}


def _waves(relief: Plane, inner: Mask, side: int = 128) -> dict[str, float]:
    """The spectrum: how much of it lies in one wave, in one at right angles to it, in few directions, low and high."""
    plane = cv2.resize(relief * inner.astype(np.float32), (side, side))
    power = np.abs(np.fft.fftshift(np.fft.fft2(plane * np.hanning(side)[:, None] * np.hanning(side)))) ** 2
    y, x = np.mgrid[-side // 2 : side // 2, -side // 2 : side // 2]
    far = np.hypot(x, y)
    power[(far < 4) | (far > 50)] = 0
    total = float(power.sum()) + 1e-6
    fy, fx = (int(v) - side // 2 for v in np.unravel_index(int(power.argmax()), power.shape))

    def near(ay: int, ax: int) -> float:
        return float(power[(np.hypot(y - ay, x - ax) < 3.5) | (np.hypot(y + ay, x + ax) < 3.5)].sum() / total)

    angle = (np.degrees(np.arctan2(y, x)) % 180 // 10).astype(int)
    ways = np.bincount(angle.ravel(), power.ravel(), 18)[:18] / total
    pairs = ways + np.roll(ways, 1)
    return {
        "peak": near(fy, fx),
        "right": near(-fx, fy),
        "freq": float(np.log1p(np.hypot(fy, fx))),
        "low": float(power[far < 10].sum() / total),
        "high": float(power[far > 25].sum() / total),
        "aniso": float(pairs.max()),
        "aniso2": float((pairs + np.roll(pairs, 9)).max()),
    }


def _blobs(relief: Plane, inner: Mask) -> dict[str, float]:
    """The pieces of the rarer level: how many, how alike, how round."""
    threshold, below, _ = _two_levels(relief[inner])
    rare = ((relief > threshold) if below > 0.5 else (relief < threshold)) & inner
    stats: NDArray[Any] = cv2.connectedComponentsWithStats(rare.astype(np.uint8), connectivity=4)[2][1:]
    stats = stats[stats[:, cv2.CC_STAT_AREA] >= 6].astype(np.float64)
    if not len(stats):
        return {"dens": 0.0, "mx": 1.0, "uni": 3.0, "compact": 0.0, "fill": 0.0}
    wide, high, area = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_AREA]
    return {
        "dens": float(np.log1p(len(area) / (inner.sum() / 2000))),
        "mx": float(area.max() / max(1, rare.sum())),
        "uni": min(4.0, float(area.std() / (area.mean() + 1e-6))) if len(area) > 3 else 3.0,
        "compact": float((np.minimum(wide, high) / np.maximum(wide, high)).mean()),
        "fill": float((area / (wide * high)).mean()),
    }
