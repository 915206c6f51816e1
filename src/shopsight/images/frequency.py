"""A picture as waves: Fourier spectrum, radial power, low, high and band pass.

Frequencies are in cycles a pixel: 0 is the mean, 0.5 the finest wave that pixels can carry. Everything takes a photo
`(H, W, 3) uint8` or a plane `(H, W) float32`. The transform is the discrete Fourier transform divided by the square
root of the number of pixels, so that it keeps energy (Parseval). Filters have soft flanks (Butterworth 1930) and mirror
the picture at its rim first: the transform takes pictures for tiles, and the jump from one tile to the next would ring.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from shopsight.images.picture import Picture, Plane, each_channel, is_photo, like, stretch, to_plane

HIGHEST = 0.5
"""Nyquist: half a cycle a pixel."""


def fourier(plane: NDArray[np.floating]) -> NDArray[np.complex64]:
    """The spectrum `(H, W) complex64`, frequency 0 in the corner; its energy is that of the plane.

    >>> ones = np.ones((8, 8), np.float32)
    >>> float(abs(fourier(ones)[0, 0])), float(abs(fourier(ones)[1:]).max())
    (8.0, 0.0)
    """
    from scipy.fft import fft2

    return cast(NDArray[np.complex64], fft2(np.asarray(plane, np.float32), norm="ortho"))


def back_from_fourier(spectrum: NDArray[np.complex64]) -> Plane:
    """The plane `(H, W) float32` of a spectrum; what is imaginary by rounding is dropped."""
    from scipy.fft import ifft2

    return np.ascontiguousarray(ifft2(spectrum, norm="ortho").real, np.float32)


def frequencies(shape: tuple[int, ...]) -> Plane:
    """The frequency of each place of a spectrum of that shape, `(H, W) float32`, in cycles a pixel; 0 in the corner."""
    down, across = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None, :]
    return np.asarray(np.hypot(down, across), np.float32)


def spectrum_view(picture: Picture, window: bool = True) -> Picture:
    """The strength of each wave of the luma, frequency 0 in the middle, logarithmic, filled to black and white.

    `window` fades the rim first (Hann), which takes away the cross that a picture's borders draw.
    """
    plane = to_plane(picture)
    plane = plane - plane.mean()
    if window:
        plane = plane * np.outer(_fade(plane.shape[0]), _fade(plane.shape[1])).astype(np.float32)
    strength = np.fft.fftshift(np.abs(fourier(plane)))
    # Six powers of ten are shown: below that is rounding.
    floor = max(float(strength.max()) * 1e-6, 1e-12)
    return like(stretch(np.log(np.maximum(strength, floor))), picture)


def _fade(length: int) -> NDArray[np.floating]:
    """A Hann window that is not 0 at its ends, so that a picture of one or two pixels is still there."""
    return np.asarray(np.hanning(length + 2)[1:-1])


def radial_power(picture: Picture, rings: int = 48) -> tuple[Plane, Plane]:
    """How much power the luma has at each frequency: ring middles (cycles a pixel), power a wave: `(R,) float32`.

    The mean of |F|^2 over all directions in `rings` rings from 0 to 0.5; rings without a wave are left out. Photos fall
    roughly with the square of the frequency (Field 1987); a blurred one falls faster, a noisy one stays up.
    """
    plane = to_plane(picture)
    power = np.abs(fourier(plane - plane.mean())) ** 2
    at = np.minimum((frequencies(plane.shape) / HIGHEST * rings).astype(int), rings)
    # The corners lie beyond 0.5 in no direction that all pictures have: they are not counted. Nor is the mean.
    at[0, 0] = rings
    count = np.bincount(at.ravel(), minlength=rings + 1)[:rings]
    total = np.bincount(at.ravel(), power.ravel(), rings + 1)[:rings]
    full = count > 0
    middles = (np.arange(rings) + 0.5) * HIGHEST / rings
    return middles[full].astype(np.float32), (total[full] / count[full]).astype(np.float32)


def low_pass(picture: Picture, cutoff: float = 0.06, order: int = 2) -> Picture:
    """Keep what is slower than `cutoff` cycles a pixel; half the strength is left there. The mean stays."""
    return _filtered(picture, lambda f: _low(f, cutoff, order))


def high_pass(picture: Picture, cutoff: float = 0.06, order: int = 2) -> Picture:
    """Keep what is faster than `cutoff`: with the low pass it adds up to the picture.

    A photo shows it around middle grey; a plane is signed around 0.
    """
    return _filtered(picture, lambda f: 1 - _low(f, cutoff, order), middle=True)


def band_pass(picture: Picture, slowest: float = 0.03, fastest: float = 0.15, order: int = 2) -> Picture:
    """Keep what lies between two frequencies; around middle grey in a photo, signed in a plane."""
    slow, fast = min(slowest, fastest), max(slowest, fastest)
    return _filtered(picture, lambda f: _low(f, fast, order) - _low(f, slow, order), middle=True)


def _low(frequency: Plane, cutoff: float, order: int) -> Plane:
    """1 far below the cutoff, one half on it, 0 far above."""
    ratio = (frequency / np.float32(max(cutoff, 1e-6))) ** np.float32(2 * order)
    return cast(Plane, 1 / (1 + ratio))


def _filtered(picture: Picture, gain: Callable[[Plane], Plane], middle: bool = False) -> Picture:
    # The cosine transform is the Fourier transform of the mirrored picture, at a quarter of the memory.
    from scipy.fft import dctn, idctn

    height, width = picture.shape[:2]
    down, across = np.arange(height) / (2 * height), np.arange(width) / (2 * width)
    weights = gain(np.asarray(np.hypot(down[:, None], across[None, :]), np.float32))

    def act(plane: Plane) -> Plane:
        kept = np.asarray(idctn(dctn(plane, norm="ortho") * weights, norm="ortho"), np.float32)
        return kept + np.float32(0.5) if middle and is_photo(picture) else kept

    return each_channel(picture, act)
