"""Make a photo what it should have been: white balance, contrast, light, sharpness, less noise.

Every function takes a photo `(H, W, 3) uint8` or a plane `(H, W) float32` and gives the same kind and size back.
"""

from __future__ import annotations

import cv2
import numpy as np

from shopsight.errors import BadInput
from shopsight.images.picture import Picture, Plane, check_picture, is_photo, like, stretch, to_float, to_plane

WHITE_METHODS = ("grey world", "white patch", "grey edge")


def white_balance(picture: Picture, method: str = "grey world", amount: float = 1.0) -> Picture:
    """Take the colour of the light away, `amount` (0-1) of the way; how bright it is stays. A plane has no colour.

    "grey world": the mean is grey (Buchsbaum 1980); "white patch": the brightest is white (Land 1977, here the 99th
    percentile); "grey edge": the edges' mean is grey (van de Weijer and Gevers 2007), which a large red shirt misleads
    least. Channels are scaled in linear light (von Kries), at most fourfold. Raises `BadInput` for another method.
    """
    if method not in WHITE_METHODS:
        raise BadInput("method", f"{method!r} is not known", f"Use one of {', '.join(WHITE_METHODS)}.")
    if not is_photo(picture):
        return like(to_float(picture), picture)
    linear = _to_linear(to_float(picture))
    light = _light(linear, method)
    if light.min() <= 1e-6:  # A channel that is missing altogether tells nothing about the lamp.
        return picture.copy()
    gain = np.clip(light.mean() / light, 0.25, 4.0) ** np.float32(np.clip(amount, 0, 1))
    before, after = linear.mean(), (linear * gain).mean()
    return like(_to_srgb(linear * (gain * (before / max(after, 1e-9))).astype(np.float32)), picture)


def _light(linear: Plane, method: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if method == "white patch":
        return np.asarray(np.quantile(linear.reshape(-1, 3), 0.99, axis=0), np.float64)
    if method == "grey edge":
        soft = cv2.GaussianBlur(linear, (0, 0), 1.5)
        steep = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
        return np.asarray(steep.reshape(-1, 3).mean(axis=0), np.float64)
    # What is burnt out or black has lost its colour: it tells nothing about the light.
    usable = (linear.max(axis=2) < 0.98) & (linear.max(axis=2) > 0.01)
    rows = linear[usable] if usable.mean() > 0.05 else linear.reshape(-1, 3)
    return np.asarray(rows.mean(axis=0), np.float64)


def _to_linear(values: Plane) -> Plane:
    """sRGB to linear light (IEC 61966-2-1)."""
    bent = ((values + 0.055) / 1.055) ** 2.4
    return np.asarray(np.where(values <= 0.04045, values / 12.92, bent), np.float32)


def _to_srgb(linear: Plane) -> Plane:
    lit = np.maximum(linear, 0)
    return np.asarray(np.where(lit <= 0.0031308, lit * 12.92, 1.055 * lit ** (1 / 2.4) - 0.055), np.float32)


def levels(picture: Picture, brightness: float = 0.0, contrast: float = 1.0, gamma: float = 1.0) -> Picture:
    """Move (`brightness`, -1 to 1), spread about the middle (`contrast`) and bend (`gamma` > 1 lifts the shadows)."""
    values = to_float(picture)
    bent = np.clip(values, 0, 1) ** np.float32(1 / max(gamma, 1e-3)) if gamma != 1 else values
    return like((bent - np.float32(0.5)) * np.float32(contrast) + np.float32(0.5 + brightness), picture)


def local_contrast(picture: Picture, limit: float = 2.0, tiles: int = 8) -> Picture:
    """Even out light: the histogram of each part of the picture is flattened, at most `limit` times (CLAHE).

    Zuiderveld 1994; on the lightness of a photo, so that colours keep their hue. A plane is filled to 0..1.
    """
    tool = cv2.createCLAHE(max(limit, 1e-3), (tiles, tiles))
    if not is_photo(picture):
        deep = np.rint(stretch(to_plane(picture)) * 65535).astype(np.uint16)
        return like(tool.apply(deep).astype(np.float32) / 65535, picture)
    lab = cv2.cvtColor(to_float(picture), cv2.COLOR_RGB2LAB)
    deep = np.rint(np.clip(lab[..., 0], 0, 100) * 655.35).astype(np.uint16)
    lab[..., 0] = tool.apply(deep).astype(np.float32) / np.float32(655.35)
    return like(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), picture)


def sharpen(picture: Picture, sigma_px: float = 1.2, amount: float = 0.8, threshold: float = 0.01) -> Picture:
    """Unsharp masking: `amount` times what a blur of `sigma_px` took away is added, where it is over `threshold`."""
    values = to_float(picture)
    if sigma_px <= 0:
        return like(values, picture)
    lost = values - cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT)
    # A soft threshold: what is barely over it is barely sharpened, so that grain does not break out in spots.
    kept = np.sign(lost) * np.maximum(np.abs(lost) - np.float32(threshold), 0)
    return like(values + np.float32(amount) * kept, picture)


def denoise(picture: Picture, strength: float = 0.03, search_px: int = 15) -> Picture:
    """Average each pixel with those whose surroundings look alike (non-local means: Buades, Coll and Morel 2005).

    `strength` is the noise as a share of full light (of a plane's own spread); `search_px` (odd) how far is looked.
    """
    if strength <= 0:
        return check_picture(picture).copy()
    search = search_px | 1
    if is_photo(picture):
        level = float(strength * 255)
        # It asks for blue first: lightness and colour are told apart inside.
        blue_first = np.ascontiguousarray(picture[..., ::-1])
        return np.asarray(cv2.fastNlMeansDenoisingColored(blue_first, None, level, level, 7, search)[..., ::-1])
    values = to_float(picture)
    low, spread = float(values.min()), float(np.ptp(values))
    if stretch(values).max() == 0:
        return values
    deep = np.rint(stretch(values) * 65535).astype(np.uint16)
    level = float(strength * 65535)
    cleaned = cv2.fastNlMeansDenoising(
        deep, h=[level], templateWindowSize=7, searchWindowSize=search, normType=cv2.NORM_L1
    )
    clean = cleaned.astype(np.float32) / 65535
    return like(clean * np.float32(spread) + np.float32(low), picture)


def add_noise(picture: Picture, sigma: float = 0.05, seed: int = 0) -> Picture:
    """White noise of spread `sigma` (a share of full light), the same for the same seed: to try the cleaners on."""
    values = to_float(picture)
    noise = np.random.default_rng(seed).normal(0, sigma, values.shape).astype(np.float32)
    return like(values + noise, picture)


def invert(picture: Picture) -> Picture:
    """Black becomes white and every colour its opposite."""
    return like(1 - to_float(picture), picture)
