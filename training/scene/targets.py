"""What the network should say of a scene: shares of groups, heat at the centres, ways to them, at stride 4."""

from __future__ import annotations

import cv2
import numpy as np
from training.lite0.data import relight
from training.scene.network import STRIDE, WAY_CELLS
from training.scene.photos import GROUPS, UNKNOWN, Scene

LEAST_CELLS = 2.0
"""A thing that shows less than this is painted, but has no centre."""


def look(scene: Scene, high: int, wide: int, rng: np.random.Generator, strength: float = 1.0) -> Scene:
    """A random window of the scene at a random scale, tilted a little, mirrored, in another light."""
    h, w = scene.groups.shape
    fit = max(high / h, wide / w) if rng.random() < 0.5 else min(high / h, wide / w)
    scale = fit * np.exp(rng.uniform(-0.2, 0.5) if strength else 0)
    turn = np.deg2rad(rng.normal(0, 5 * strength))
    stretch = np.exp(rng.normal(0, 0.06 * strength))
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    flip = -1 if rng.random() < 0.5 else 1
    turned = np.array([[c * flip * stretch, -s], [s * flip * stretch, c]])
    room_x, room_y = max(0, w * scale - wide), max(0, h * scale - high)
    middle = np.array([w / 2, h / 2])
    to = np.array([wide / 2 + rng.uniform(-0.5, 0.5) * room_x, high / 2 + rng.uniform(-0.5, 0.5) * room_y])
    if room_x == 0:
        to[0] += rng.uniform(-0.5, 0.5) * (wide - w * scale)
    if room_y == 0:
        to[1] += rng.uniform(-0.5, 0.5) * (high - h * scale)
    camera = np.concatenate([turned, (to - turned @ middle)[:, None]], axis=1)
    size = (wide, high)
    how = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    border = cv2.BORDER_REPLICATE
    pixels = cv2.warpAffine(scene.pixels, camera, size, flags=how, borderMode=border)
    groups = cv2.warpAffine(
        scene.groups, camera, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=UNKNOWN
    )
    things = cv2.warpAffine(scene.things, camera, size, flags=cv2.INTER_NEAREST)
    return Scene(scene.name, relight(pixels, rng, strength), groups, things, scene.of)


def aims(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shares `(G, h, w)`, heat `(G - 2, h, w)`, ways `(2, h, w)` and their weight `(h, w)`, all float32."""
    high, wide = scene.groups.shape[0] // STRIDE, scene.groups.shape[1] // STRIDE
    shares = np.stack([shrink(scene.groups == g) for g in range(len(GROUPS))])
    heat = np.zeros((len(GROUPS) - 2, high, wide), np.float32)
    ways = np.zeros((2, high, wide), np.float32)
    weight = np.zeros((high, wide), np.float32)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    for place, group in enumerate(scene.of):
        share = shrink(scene.things == place + 1)
        cells = float(share.sum())
        if cells < LEAST_CELLS:
            continue
        cx, cy = float((share * x).sum() / cells), float((share * y).sum() / cells)
        spread = np.clip(0.12 * cells**0.5, 0.8, 3.0)
        near = np.exp(-((x - round(cx)) ** 2 + (y - round(cy)) ** 2) / (2 * spread**2))
        heat[group - 2] = np.maximum(heat[group - 2], near)
        inside = share > 0.5
        ways[0][inside], ways[1][inside] = (cx - x[inside]) / WAY_CELLS, (cy - y[inside]) / WAY_CELLS
        weight[inside] = 1 / cells**0.5
    return shares, heat, ways, weight


def shrink(mask: np.ndarray) -> np.ndarray:
    size = (mask.shape[1] // STRIDE, mask.shape[0] // STRIDE)
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
