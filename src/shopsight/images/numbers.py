"""The numbers of a picture: its histogram, its mean colour, how sharp, how noisy, how its power falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shopsight.images.frequency import radial_power
from shopsight.images.measure import brightness, sharpness
from shopsight.images.picture import Picture, is_photo, stretch, to_float, to_pixels, to_plane
from shopsight.images.spaces import to_space
from shopsight.images.wavelets import noise_of

BINS = 64
RINGS = 96


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is counted in one picture. Shares are 0-1; `histogram` has a row a channel, each `BINS` shares summing to 1.

    `power` are (cycles a pixel, power a wave) by ring; `slope` how fast it falls: log power over log frequency, about
    -2 for a plain photo, None where there are too few rings; `entropy_bits` of the luma in 256 steps, 0 to 8.
    """

    width_px: int
    height_px: int
    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    noise: float
    entropy_bits: float
    histogram: dict[str, tuple[float, ...]]
    power: tuple[tuple[float, float], ...]
    slope: float | None


def count(picture: Picture) -> Numbers:
    """Count all of it. Planes are filled to 0..1 first. Never NaN; a constant picture has contrast 0."""
    values = to_float(picture)
    pixels = picture if is_photo(picture) else to_pixels(stretch(values))
    luma = to_plane(pixels)
    at, power = radial_power(pixels, RINGS)
    return Numbers(
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
        brightness=brightness(pixels),
        contrast=float(luma.std(dtype=np.float64)),
        saturation=float(to_space(pixels, "hsv")[..., 1].mean(dtype=np.float64)),
        sharpness=sharpness(pixels),
        noise=noise_of(luma),
        entropy_bits=_entropy(luma),
        histogram=_histogram(pixels, luma, coloured=is_photo(picture)),
        power=tuple((round(float(f), 5), float(p)) for f, p in zip(at, power, strict=True)),
        slope=_slope(at, power),
    )


def _histogram(pixels: Picture, luma: Picture, coloured: bool) -> dict[str, tuple[float, ...]]:
    planes = {"luma": np.rint(luma * 255).astype(np.int64)}
    if coloured:
        planes |= {name: pixels[..., c].astype(np.int64) for c, name in enumerate(("red", "green", "blue"))}
    step = 256 // BINS
    shares = {name: np.bincount(plane.ravel() // step, minlength=BINS) / plane.size for name, plane in planes.items()}
    return {name: tuple(round(float(share), 6) for share in row) for name, row in shares.items()}


def _entropy(luma: Picture) -> float:
    """Shannon 1948: how many bits a pixel's luma takes when neighbours are not looked at."""
    shares = np.bincount(np.rint(luma * 255).astype(np.int64).ravel(), minlength=256) / luma.size
    seen = shares[shares > 0]
    return float(abs(-(seen * np.log2(seen)).sum()))


def _slope(at: Picture, power: Picture) -> float | None:
    """The straight line through log power over log frequency, between 0.02 and 0.4 cycles a pixel."""
    used = (at > 0.02) & (at < 0.4) & (power > 1e-9)
    if used.sum() < 4:
        return None
    return float(np.polyfit(np.log(at[used].astype(np.float64)), np.log(power[used].astype(np.float64)), 1)[0])
