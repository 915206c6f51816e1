"""Cloth: colours by name, patterns woven or printed, and the grain of materials.

A `Dye` paints colour at places `(u, v)` in units of half a picture, so that a pattern can be turned with a sleeve and
bent by a fold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
"""`(H, W)` or `(H, W, 3) float32`; loosely typed, as OpenCV's own annotations are."""
Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {
    "black": (36, 36, 40),
    "charcoal": (72, 74, 80),
    "grey": (152, 154, 158),
    "white": (246, 245, 242),
    "cream": (243, 232, 210),
    "beige": (218, 198, 168),
    "khaki": (172, 154, 114),
    "camel": (192, 144, 90),
    "brown": (106, 70, 48),
    "burgundy": (116, 28, 48),
    "red": (200, 40, 46),
    "rust": (178, 80, 44),
    "orange": (232, 120, 44),
    "mustard": (210, 158, 46),
    "yellow": (242, 208, 74),
    "olive": (106, 110, 62),
    "green": (40, 124, 74),
    "mint": (178, 220, 198),
    "teal": (26, 118, 122),
    "turquoise": (74, 188, 186),
    "sky blue": (156, 196, 230),
    "blue": (48, 96, 184),
    "navy": (34, 46, 88),
    "purple": (108, 68, 144),
    "lavender": (188, 172, 218),
    "pink": (240, 168, 184),
    "fuchsia": (210, 58, 122),
    "light denim": (152, 180, 208),
    "mid denim": (84, 114, 156),
    "dark denim": (46, 58, 90),
    "straw": (222, 192, 130),
    "silver": (190, 192, 198),
    "gold": (200, 164, 84),
}

_PX = 1 / 294
"""One pixel of a sheet in units of `u` and `v`: what an anti-aliased edge spreads over."""


@dataclass(frozen=True)
class Dye:
    """How cloth is coloured. `kind` is plain, stripes, checks, dots, print, blocks, ombre; `scale` is a period in u."""

    kind: str
    colours: tuple[Colour, ...]
    scale: float = 0.12
    share: float = 0.5
    seed: int = 0
    style: str = ""

    def paint(self, u: Plane, v: Plane) -> Plane:
        """Colour at each place: `(H, W, 3) float32`, 0-255."""
        return _PAINTERS[self.kind](self, u, v)


def plain(name: str) -> Dye:
    return Dye("plain", (COLOURS[name],))


def _mix(low: Plane | Colour, high: Plane | Colour, cover: Plane) -> Plane:
    a, b = np.asarray(low, np.float32), np.asarray(high, np.float32)
    return np.asarray(a + (b - a) * cover[..., None])


def _stripe(along: Plane, period: float, share: float, shift: float = 0.0) -> Plane:
    """0-1 cover of stripes that take `share` of each period, with soft edges one pixel wide."""
    off = np.abs((along / period + shift) % 1 - 0.5)
    return np.asarray(np.clip((share / 2 - off) * period / _PX + 0.5, 0, 1), np.float32)


def _paint_plain(dye: Dye, u: Plane, v: Plane) -> Plane:
    out = np.empty((*u.shape, 3), np.float32)
    out[:] = dye.colours[0]
    return out


def _paint_stripes(dye: Dye, u: Plane, v: Plane) -> Plane:
    along = u if dye.style == "vertical" else (u + v) * 0.7071 if dye.style == "diagonal" else v
    out = _mix(dye.colours[0], dye.colours[1], _stripe(along, dye.scale, dye.share))
    if len(dye.colours) > 2:
        out = _mix(out, dye.colours[2], _stripe(along, dye.scale, dye.share * 0.35, 0.5))
    return out


def _paint_checks(dye: Dye, u: Plane, v: Plane) -> Plane:
    ground, line = dye.colours[0], dye.colours[1]
    if dye.style == "window":
        both = np.maximum(_stripe(u, dye.scale, 0.07), _stripe(v, dye.scale, 0.07))
        return _mix(ground, line, both)
    across, down = _stripe(u, dye.scale, dye.share), _stripe(v, dye.scale, dye.share)
    out = _mix(ground, line, (across + down) / 2)
    if len(dye.colours) > 2:
        thin = np.maximum(_stripe(u, dye.scale, 0.07, 0.5), _stripe(v, dye.scale, 0.07, 0.5))
        out = _mix(out, dye.colours[2], 0.8 * thin)
    return out


def _paint_dots(dye: Dye, u: Plane, v: Plane) -> Plane:
    row = np.floor(v / dye.scale)
    x = (u / dye.scale + 0.5 * (row % 2)) % 1 - 0.5
    y = (v / dye.scale) % 1 - 0.5
    cover = np.clip((dye.share / 2 - np.hypot(x, y)) * dye.scale / _PX + 0.5, 0, 1).astype(np.float32)
    return _mix(dye.colours[0], dye.colours[1], cover)


def _paint_blocks(dye: Dye, u: Plane, v: Plane) -> Plane:
    """Broad fields of colour, one under the other."""
    out = _paint_plain(dye, u, v)
    for number, colour in enumerate(dye.colours[1:]):
        edge = dye.share + number * dye.scale
        out = _mix(out, colour, np.clip((v - edge) / _PX + 0.5, 0, 1).astype(np.float32))
    return out


def _paint_ombre(dye: Dye, u: Plane, v: Plane) -> Plane:
    t = np.clip((v - dye.share) / dye.scale, 0, 1)
    return _mix(dye.colours[0], dye.colours[1], (t * t * (3 - 2 * t)).astype(np.float32))


def _paint_print(dye: Dye, u: Plane, v: Plane) -> Plane:
    sheet = _print_sheet(dye.style, dye.colours, dye.seed)
    side = sheet.shape[0]
    x = ((u / dye.scale) % 1 * side).astype(np.float32)
    y = ((v / dye.scale) % 1 * side).astype(np.float32)
    return cv2.remap(sheet, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).astype(np.float32)


_PAINTERS = {
    "plain": _paint_plain,
    "stripes": _paint_stripes,
    "checks": _paint_checks,
    "dots": _paint_dots,
    "blocks": _paint_blocks,
    "ombre": _paint_ombre,
    "print": _paint_print,
}


# ---- all-over prints -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _print_sheet(style: str, colours: tuple[Colour, ...], seed: int, side: int = 384) -> NDArray[np.uint8]:
    """A square that repeats without a visible join: motifs that cross a side come in again on the other."""
    lot = np.random.default_rng(seed + 71)
    sheet = np.full((side, side, 3), colours[0], np.uint8)
    if style == "camo":
        return _camouflage(sheet, colours, lot)
    across = {"flowers": 4, "leaves": 5, "confetti": 8, "waves": 6, "hearts": 5, "stars": 5}[style]
    cell = side / across
    for row in range(across):
        for column in range(across):
            at = (np.array([column + 0.5 * (row % 2), row]) + lot.uniform(0.25, 0.75, 2)) * cell
            size, turn = cell * lot.uniform(0.32, 0.48), lot.uniform(0, 360)
            colour = colours[1 + int(lot.integers(len(colours) - 1))]
            for jump_x in (-side, 0, side):
                for jump_y in (-side, 0, side):
                    _motif(sheet, style, at + np.array([jump_x, jump_y]), size, turn, colour, colours)
    return sheet


def _motif(
    sheet: NDArray[np.uint8],
    style: str,
    at: NDArray[np.floating],
    size: float,
    turn: float,
    colour: Colour,
    colours: tuple[Colour, ...],
) -> None:
    side = sheet.shape[0]
    if not (-size < at[0] < side + size and -size < at[1] < side + size):
        return
    if style == "flowers":
        for petal in range(5):
            angle = np.radians(turn + 72 * petal)
            middle = at + 0.55 * size * np.array([np.cos(angle), np.sin(angle)])
            _oval(sheet, middle, (0.5 * size, 0.36 * size), turn + 72 * petal, colour)
        _oval(sheet, at, (0.24 * size, 0.24 * size), 0, colours[-1] if colours[-1] != colour else colours[0])
    elif style == "leaves":
        for side_turn in (-35, 0, 35):
            angle = np.radians(turn + side_turn)
            middle = at + 0.5 * size * np.array([np.cos(angle), np.sin(angle)])
            _oval(sheet, middle, (0.62 * size, 0.17 * size), turn + side_turn, colour)
    elif style == "confetti":
        _oval(sheet, at, (0.62 * size, 0.16 * size), turn, colour)
    elif style == "waves":
        for ring in (0.9, 0.6, 0.3):
            _arc(sheet, at, ring * size, colour)
    elif style == "hearts":
        points = [_heart(t) for t in np.linspace(0, 2 * np.pi, 40)]
        _shape(sheet, at + 0.05 * size * np.array(points), colour)
    else:
        angles = np.radians(turn + 36 * np.arange(10))
        radii = np.where(np.arange(10) % 2, 0.42, 1.0) * size * 0.8
        _shape(sheet, at + np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1), colour)


def _heart(t: float) -> tuple[float, float]:
    return 16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))


def _oval(
    sheet: NDArray[np.uint8], at: NDArray[np.floating], axes: tuple[float, float], turn: float, c: Colour
) -> None:
    middle, radii = (round(at[0] * 16), round(at[1] * 16)), (round(axes[0] * 16), round(axes[1] * 16))
    cv2.ellipse(sheet, middle, radii, turn, 0, 360, c, -1, cv2.LINE_AA, 4)


def _arc(sheet: NDArray[np.uint8], at: NDArray[np.floating], radius: float, c: Colour) -> None:
    middle = (round(at[0] * 16), round(at[1] * 16))
    cv2.ellipse(sheet, middle, (round(radius * 16), round(radius * 16)), 0, 180, 360, c, 4, cv2.LINE_AA, 4)


def _shape(sheet: NDArray[np.uint8], points: NDArray[np.floating], c: Colour) -> None:
    cv2.fillPoly(sheet, [np.rint(points * 16).astype(np.int32)], c, cv2.LINE_AA, 4)


def _camouflage(sheet: NDArray[np.uint8], colours: tuple[Colour, ...], lot: np.random.Generator) -> NDArray[np.uint8]:
    side = sheet.shape[0]
    for colour in colours[1:]:
        grid = np.pad(lot.normal(0, 1, (7, 7)).astype(np.float32), ((0, 1), (0, 1)), mode="wrap")
        cloud = cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)
        cover = np.clip((cloud - 0.45) * 14, 0, 1)
        sheet = _mix(sheet.astype(np.float32), colour, cover.astype(np.float32)).astype(np.uint8)
    return sheet


# ---- grain ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def grain(material: str, side: int) -> Plane:
    """The fine relief of a material as a factor about 1: `(side, side) float32`."""
    lot = np.random.default_rng(sum(map(ord, material)))
    fine: Plane = lot.normal(0, 1, (side, side)).astype(np.float32)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    return np.asarray(1 + _GRAINS.get(material, _matt)(x, y, fine), np.float32)


def _matt(x: Plane, y: Plane, fine: Plane) -> Plane:
    return 0.022 * fine


def _denim(x: Plane, y: Plane, fine: Plane) -> Plane:
    streaks = cv2.GaussianBlur(fine, (0, 0), sigmaX=0.6, sigmaY=5)
    return np.asarray(0.018 * np.sin((x + y) * 1.45) + 0.1 * streaks + 0.02 * fine)


def _linen(x: Plane, y: Plane, fine: Plane) -> Plane:
    across = cv2.GaussianBlur(fine, (0, 0), sigmaX=7, sigmaY=0.6)
    down = cv2.GaussianBlur(np.ascontiguousarray(fine.T), (0, 0), sigmaX=0.6, sigmaY=7)
    return np.asarray(0.10 * across + 0.10 * down)


def _knit(x: Plane, y: Plane, fine: Plane) -> Plane:
    loops = np.sin(y * 1.25 + 3.3 * np.abs((x * 0.16) % 2 - 1))
    return np.asarray(0.055 * loops + 0.03 * np.cos(x * 1.005) + 0.015 * fine)


def _leather(x: Plane, y: Plane, fine: Plane) -> Plane:
    pores = cv2.GaussianBlur(fine, (0, 0), 1.4)
    return np.asarray(0.05 * np.where(pores > 0, pores, 2.2 * pores))


def _straw(x: Plane, y: Plane, fine: Plane) -> Plane:
    return np.asarray(0.10 * np.sin(x * 0.9) * np.sin(y * 0.9) + 0.05 * np.sin(y * 0.45) + 0.03 * fine)


_GRAINS: dict[str, Callable[[Plane, Plane, Plane], Plane]] = {
    "denim": _denim,
    "linen": _linen,
    "knit": _knit,
    "leather": _leather,
    "straw": _straw,
    "rib": lambda x, y, fine: np.asarray(0.09 * np.sin(x * 1.1) + 0.015 * fine),
    "wool": lambda x, y, fine: np.asarray(0.11 * cv2.GaussianBlur(fine, (0, 0), 1.1) + 0.02 * fine),
    "smooth": lambda x, y, fine: 0 * fine,
}
