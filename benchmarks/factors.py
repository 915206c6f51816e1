"""Pictures as numbers, beside the same formulas written plainly in numpy and PIL, one thread each."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from benchmarks.clock import take_turns
from benchmarks.sizes import Size
from benchmarks.tables import Table

SIDE_PX = 256
COMPARED = ("brightness", "contrast", "colourfulness", "sharpness", "noise", "symmetry", "spectral_slope", "off_centre")


def measure(size: Size) -> list[Table]:
    import cv2

    from shopsight.images.draw import draw_shop
    from shopsight.images.measure import product_mask
    from shopsight.insight.factors import FACTORS, measure_factors

    cv2.setNumThreads(1)
    pixels = next(draw_shop(0)).photos[0]
    scale = SIDE_PX / max(pixels.shape[:2])
    small = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    mask = product_mask(small)
    ms = take_turns(
        {
            "all": lambda: measure_factors(small, mask),
            "with mask": lambda: measure_factors(small),
            "plain": lambda: plainly(small, mask),
        },
        size.looks * 3,
    )
    here, there = measure_factors(small, mask), plainly(small, mask)
    off = max(abs(here[name] - there[name]) / max(abs(there[name]), 0.05) for name in COMPARED)
    rows = (
        (f"Shopsight, {len(FACTORS)} factors, mask given", 1000 / ms["all"], ms["plain"] / ms["all"]),
        (f"Shopsight, {len(FACTORS)} factors, mask found", 1000 / ms["with mask"], ms["plain"] / ms["with mask"]),
        (f"plain numpy and PIL, {len(COMPARED)} of them", 1000 / ms["plain"], 1.0),
    )
    note = (
        f"A photo of {small.shape[1]} x {small.shape[0]} pixels, {os.environ.get('OMP_NUM_THREADS', 'all')} thread; "
        f"the {len(COMPARED)} compared values differ by at most {off:.1%}."
    )
    return [Table("Factors", note, ("who", "photos/s", "ratio"), rows)]


def plainly(rgb: NDArray[np.uint8], mask: NDArray[np.bool_]) -> dict[str, float]:
    """Eight of the factors as their papers write them."""
    from PIL import Image

    values = rgb / 255
    linear = np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    light = np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance) / 100
    grey = np.asarray(Image.fromarray(rgb).convert("L"), float)
    red, green, blue = (rgb[..., place].astype(float) for place in range(3))
    rg, yb = red - green, (red + green) / 2 - blue
    mirrored = grey - grey.mean()
    y, x = np.nonzero(mask)
    middle = ((x.mean() + 0.5) / mask.shape[1] - 0.5, (y.mean() + 0.5) / mask.shape[0] - 0.5)
    return {
        "brightness": float(light.mean()),
        "contrast": float(light.std()),
        "colourfulness": float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())),
        "sharpness": float(_convolved(grey, [[0, 1, 0], [1, -4, 1], [0, 1, 0]]).std()),
        "noise": _noise(grey),
        "symmetry": float((mirrored * mirrored[:, ::-1]).sum() / (mirrored**2).sum()),
        "spectral_slope": _slope(rgb),
        "off_centre": float(np.hypot(*middle)),
    }


def _convolved(plane: NDArray[np.float64], kernel: list[list[int]]) -> NDArray[np.float64]:
    padded = np.pad(plane, 1, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    return np.einsum("ijkl,kl->ij", windows, np.array(kernel, float))


def _noise(grey: NDArray[np.float64]) -> float:
    across = _convolved(grey, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    down = _convolved(grey, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    uneven = np.abs(across) + np.abs(down)
    grain = np.abs(_convolved(grey, [[1, -2, 1], [-2, 4, -2], [1, -2, 1]]))
    return float(grain[uneven <= np.median(uneven)].mean() * np.sqrt(np.pi / 2) / 6)


def _slope(rgb: NDArray[np.uint8]) -> float:
    from PIL import Image

    small = np.asarray(Image.fromarray(rgb).convert("L").resize((128, 128), Image.Resampling.BOX), float)
    window = np.outer(np.hanning(128), np.hanning(128))
    power = np.abs(np.fft.fft2((small - small.mean()) * window)) ** 2
    y, x = np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None, :]
    ring = np.minimum((np.hypot(x, y) * 64).astype(int), 32)
    means = np.array([power[ring == place].mean() for place in range(1, 32)])
    return float(np.polyfit(np.log((np.arange(1, 32) + 0.5) / 64), np.log(means + 1e-6), 1)[0])
