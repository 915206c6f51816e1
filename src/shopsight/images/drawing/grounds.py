"""What a product lies on or stands before: studio white, coloured paper, wood, linen, tiles, concrete, terrazzo."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images.drawing.cloth import Colour, Plane, grain

ROOM_PX = 760
"""A ground is drawn this large once and cut anew for every photo."""

PAPERS: dict[str, Colour] = {
    "peach": (244, 214, 196),
    "sage": (206, 218, 200),
    "sky": (206, 222, 236),
    "blush": (240, 212, 218),
    "sand": (234, 222, 202),
    "lilac": (222, 214, 236),
    "lemon": (246, 236, 196),
    "stone": (222, 222, 220),
}


def studio(side_px: int) -> Plane:
    """Near-white, a little darker towards the corners: `(side, side, 3) float32`."""
    y, x = np.mgrid[0:side_px, 0:side_px].astype(np.float32) / side_px - 0.5
    fall = 252 - 20 * (x**2 + y**2)
    return np.repeat(fall[..., None], 3, axis=2).astype(np.float32)


def ground(name: str, side_px: int, lot: np.random.Generator) -> Plane:
    """A piece of the named ground, cut at a place and turned by lot: `(side, side, 3) float32`."""
    room = _room(name)
    slack = room.shape[0] - side_px
    top, left = (int(lot.integers(0, slack + 1)) for _ in range(2)) if slack > 0 else (0, 0)
    piece = room[top : top + side_px, left : left + side_px]
    if lot.random() < 0.5:
        piece = piece[:, ::-1]
    if name in _TURNS and lot.random() < 0.5:
        piece = piece.transpose(1, 0, 2)
    return cast(Plane, piece.astype(np.float32) * _daylight(side_px, lot))


NAMES = ("oak", "walnut", "linen", "tiles", "concrete", "terrazzo", "white wood", *(f"{p} paper" for p in PAPERS))
_TURNS = {"oak", "walnut", "white wood", "tiles"}


def tone(name: str) -> NDArray[np.floating]:
    """The mean colour of a ground."""
    return cast("NDArray[np.floating]", _room(name)[::16, ::16].mean((0, 1)))


def _daylight(side_px: int, lot: np.random.Generator) -> Plane:
    """Light that falls off away from a window."""
    angle = lot.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:side_px, 0:side_px].astype(np.float32) / side_px - 0.5
    return cast(Plane, (1 + 0.11 * (x * np.cos(angle) + y * np.sin(angle)))[..., None].astype(np.float32))


@lru_cache(maxsize=32)
def _room(name: str) -> NDArray[np.uint8]:
    lot = np.random.default_rng(sum(map(ord, name)))
    paper = PAPERS.get(name.removesuffix(" paper"))
    picture = _paper(paper, lot) if paper else _MAKERS[name](lot)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _clouds(lot: np.random.Generator, cells: int, strength: float) -> Plane:
    rough = lot.normal(0, strength, (cells, cells)).astype(np.float32)
    return cast(Plane, cv2.resize(rough, (ROOM_PX, ROOM_PX), interpolation=cv2.INTER_CUBIC))


def _flat(colour: Colour) -> Plane:
    return np.full((ROOM_PX, ROOM_PX, 3), colour, np.float32)


def _paper(colour: Colour, lot: np.random.Generator) -> Plane:
    fibre = lot.normal(0, 1.4, (ROOM_PX, ROOM_PX)).astype(np.float32)
    return _flat(colour) + (fibre + _clouds(lot, 5, 1.5))[..., None]


def _planks(colour: Colour, depth: float, lot: np.random.Generator, wide: int = 126) -> Plane:
    out = _flat(colour)
    for top in range(-int(lot.integers(0, wide)), ROOM_PX, wide):
        start, end = max(0, top), min(ROOM_PX, top + wide)
        if start >= end:
            continue
        noise = lot.normal(0, 1, (wide, ROOM_PX // 8)).astype(np.float32)
        fibres = cv2.GaussianBlur(noise, (0, 0), sigmaX=7, sigmaY=0.9)
        fibres = cv2.resize(fibres, (ROOM_PX, wide), interpolation=cv2.INTER_CUBIC)
        y = np.arange(wide, dtype=np.float32)[:, None]
        bend = cv2.resize(lot.normal(0, 1, (3, 5)).astype(np.float32), (ROOM_PX, wide), interpolation=cv2.INTER_CUBIC)
        rings = np.sin((y + 16 * bend) * 0.33 + lot.uniform(0, 6))
        light = 1 + depth * (0.9 * fibres + 0.16 * rings) + lot.normal(0, 0.03)
        light[:2] *= 0.66
        light[2:4] *= 0.9
        out[start:end] *= light[start - top : end - top, :, None]
    return out


def _linen(lot: np.random.Generator) -> Plane:
    folds = cv2.Sobel(_clouds(lot, 6, 60), cv2.CV_32F, 1, 1, ksize=5) / 30
    weave = _flat((228, 218, 202)) * grain("linen", ROOM_PX)[..., None]
    return np.asarray(weave + np.clip(folds, -14, 14)[..., None])


def _tiles(lot: np.random.Generator) -> Plane:
    out = _flat((226, 226, 222))
    step = 152
    for top in range(0, ROOM_PX, step):
        for left in range(0, ROOM_PX, step):
            out[top : top + step, left : left + step] += lot.normal(0, 4)
    out += _clouds(lot, 30, 2.5)[..., None]
    for at in range(0, ROOM_PX, step):
        for line in (out[at : at + 5], out[:, at : at + 5]):
            line[:] = line * 0.4 + np.array([178, 176, 170], np.float32) * 0.6
        out[at + 5 : at + 7] += 10
    return out


def _concrete(lot: np.random.Generator) -> Plane:
    stains = _clouds(lot, 4, 7) + _clouds(lot, 14, 4) + _clouds(lot, 60, 3)
    sand = lot.normal(0, 3, (ROOM_PX, ROOM_PX)).astype(np.float32)
    return np.asarray(_flat((196, 194, 190)) + (stains + sand)[..., None])


def _terrazzo(lot: np.random.Generator) -> Plane:
    out = np.full((ROOM_PX, ROOM_PX, 3), (236, 232, 226), np.uint8)
    stones = ((202, 160, 140), (150, 160, 156), (206, 196, 176), (120, 118, 118), (224, 190, 176))
    for _ in range(420):
        at, size = lot.uniform(0, ROOM_PX, 2), lot.uniform(3, 13)
        angles = np.sort(lot.uniform(0, 2 * np.pi, 6))
        radii = size * lot.uniform(0.6, 1.1, 6)
        points = at + np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
        cv2.fillPoly(out, [np.rint(points * 16).astype(np.int32)], stones[int(lot.integers(5))], cv2.LINE_AA, 4)
    return out.astype(np.float32)


_MAKERS: dict[str, Callable[[np.random.Generator], Plane]] = {
    "oak": lambda lot: _planks((206, 170, 128), 0.16, lot),
    "walnut": lambda lot: _planks((132, 94, 68), 0.22, lot),
    "white wood": lambda lot: _planks((230, 226, 218), 0.09, lot),
    "linen": _linen,
    "tiles": _tiles,
    "concrete": _concrete,
    "terrazzo": _terrazzo,
}
