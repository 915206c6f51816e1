"""Scenes with exact truth: one to six cut-outs laid on a ground under one light."""

from __future__ import annotations

import cv2
import numpy as np
from training.lite0.data import relight
from training.scene.photos import CutOut, Scene

MOST = 6
MOST_HIDDEN = 0.25
"""No product is hidden more than this by those laid later."""


def ground(cuts: list[CutOut], high: int, wide: int, rng: np.random.Generator) -> np.ndarray:
    """`(H, W, 3) uint8`: catalogue white, plain, a gradient, a drawn texture, or the rim of somebody's photo."""
    kind = rng.random()
    if kind < 0.25:
        return np.full((high, wide, 3), int(rng.integers(240, 256)), np.uint8)
    if kind < 0.4:
        return np.broadcast_to(rng.integers(0, 256, 3), (high, wide, 3)).astype(np.uint8)
    if kind < 0.55:
        return gradient(high, wide, rng)
    if kind < 0.75:
        return texture(high, wide, rng)
    return strip(cuts[int(rng.integers(len(cuts)))], high, wide, rng)


def gradient(high: int, wide: int, rng: np.random.Generator) -> np.ndarray:
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j].astype(np.float32)
    ramp = x * np.cos(turn) + y * np.sin(turn)
    ramp = ((ramp - ramp.min()) / np.ptp(ramp))[..., None]
    a, b = rng.integers(0, 256, 3), rng.integers(0, 256, 3)
    return (a + (b - a) * ramp).astype(np.uint8)


def texture(high: int, wide: int, rng: np.random.Generator) -> np.ndarray:
    """Cloud, grain, boards or tiles: noise of a few sizes, stretched one way, and sometimes ruled."""
    colour = rng.integers(20, 236, 3).astype(np.float32)
    picture = np.zeros((high, wide), np.float32)
    across = rng.choice([1.0, 1.0, 6.0, 0.16])
    for cells in (4, 11, 30, 80):
        size = (max(1, int(cells / across**0.5)), max(1, int(cells * across**0.5)))
        noise = rng.normal(0, 1, size).astype(np.float32)
        picture += cv2.resize(noise, (wide, high), interpolation=cv2.INTER_CUBIC) * rng.uniform(1, 14)
    if rng.random() < 0.4:
        step, thick = int(rng.integers(12, 90)), int(rng.integers(1, 5))
        dark = rng.uniform(-50, 30)
        picture[:, np.arange(wide) % step < thick] += dark
        if rng.random() < 0.5:
            picture[np.arange(high) % step < thick] += dark
    tint = colour + picture[..., None] * rng.uniform(0.6, 1.2, 3).astype(np.float32)
    return np.clip(tint, 0, 255).astype(np.uint8)


def strip(cut: CutOut, high: int, wide: int, rng: np.random.Generator) -> np.ndarray:
    """One side of a photo's rim, mirrored until it fills; a side that shows none of the product, or else a texture."""
    edge = max(8, int(0.12 * min(cut.alpha.shape)))
    for turn in rng.permutation(4):
        piece = np.rot90(cut.pixels, turn)[:edge]
        if np.rot90(cut.alpha, turn)[:edge].max() < 20:
            piece = np.concatenate([piece, piece[::-1]])
            tall = np.tile(piece, (-(-piece.shape[1] // piece.shape[0]), 1, 1))
            return cv2.resize(tall, (wide, high), interpolation=cv2.INTER_AREA)
    return texture(high, wide, rng)


def lay(cut: CutOut, long_px: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The cut-out turned, mirrored and scaled so that its longer side is about `long_px`: pixels and alpha."""
    ys, xs = np.where(cut.alpha > 127)
    top, bottom, left, right = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
    high, wide = bottom - top, right - left
    turn = rng.normal(0, 12) if rng.random() < 0.85 else rng.uniform(0, 360)
    scale = long_px / max(high, wide)
    c, s = np.cos(np.deg2rad(turn)) * scale, np.sin(np.deg2rad(turn)) * scale
    flip = -1 if rng.random() < 0.5 else 1
    out_w, out_h = int(abs(c) * wide + abs(s) * high) + 3, int(abs(s) * wide + abs(c) * high) + 3
    turned = np.array([[c * flip, -s], [s * flip, c]])
    middle = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
    shift = np.array([out_w / 2, out_h / 2]) - turned @ middle
    camera = np.concatenate([turned, shift[:, None]], axis=1)
    how = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    pixels = cv2.warpAffine(cut.pixels, camera, (out_w, out_h), flags=how, borderMode=cv2.BORDER_REPLICATE)
    return pixels, cv2.warpAffine(cut.alpha, camera, (out_w, out_h), flags=cv2.INTER_LINEAR)


def compose(
    cuts: list[CutOut], high: int, wide: int, rng: np.random.Generator, count: int | None = None, strength: float = 1.0
) -> Scene:
    """A scene of `count` products (by chance 1 to 6): fewer where there is no room for them."""
    picture = ground(cuts, high, wide, rng).astype(np.float32)
    things = np.zeros((high, wide), np.uint8)
    wanted = int(rng.integers(1, MOST + 1)) if count is None else count
    of: list[int] = []
    areas: list[int] = []
    shade = rng.random() < 0.4
    for _ in range(wanted):
        cut = cuts[int(rng.integers(len(cuts)))]
        found = room_for(cut, things, areas, wanted, rng)
        if found is None:
            continue
        pixels, alpha, y, x = found
        at = (slice(y, y + alpha.shape[0]), slice(x, x + alpha.shape[1]))
        opacity = alpha[..., None].astype(np.float32) / 255
        if shade:
            cast_shadow(picture, alpha, y, x, rng)
        picture[at] = picture[at] * (1 - opacity) + relight(pixels, rng, 0.4) * opacity
        of.append(cut.group)
        areas.append(int((alpha > 127).sum()))
        things[at][alpha > 127] = len(of)
    groups = np.array([0, *of], np.uint8)[things]
    lit = relight(np.clip(picture, 0, 255).astype(np.uint8), rng, strength)
    return Scene("composed", lit, groups, things, of)


def room_for(
    cut: CutOut, things: np.ndarray, areas: list[int], wanted: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, int, int] | None:
    """Pixels, alpha, top and left of the cut-out where it hides no other too much: smaller with each try of twelve."""
    high, wide = things.shape
    in_all = np.bincount(things.ravel(), minlength=len(areas) + 1)
    for attempt in range(12):
        reach = rng.uniform(0.45, 0.95) if wanted == 1 else rng.uniform(0.55, 1.0) / wanted**0.5 * 0.85
        pixels, alpha = lay(cut, reach * min(high, wide) * 0.93**attempt, rng)
        h, w = alpha.shape
        if h >= high or w >= wide:
            continue
        y, x = int(rng.integers(0, high - h)), int(rng.integers(0, wide - w))
        hidden = np.bincount(things[y : y + h, x : x + w][alpha > 127], minlength=len(areas) + 1)
        left = (in_all - hidden)[1:]
        if all(shown >= (1 - MOST_HIDDEN) * area for shown, area in zip(left, areas, strict=True)):
            return pixels, alpha, y, x
    return None


def cast_shadow(picture: np.ndarray, alpha: np.ndarray, y: int, x: int, rng: np.random.Generator) -> None:
    """Darken the ground beside a product, softly."""
    dy, dx = rng.integers(1, 7, 2)
    soft = cv2.GaussianBlur(alpha, (0, 0), 3).astype(np.float32) / 255 * rng.uniform(0.1, 0.4)
    part = picture[y + dy : y + dy + alpha.shape[0], x + dx : x + dx + alpha.shape[1]]
    part *= 1 - soft[: part.shape[0], : part.shape[1], None]
