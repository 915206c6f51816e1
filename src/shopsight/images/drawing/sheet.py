"""A transparent sheet on which a garment is laid part by part, each lit from the upper left.

Places are `(x, y)` with the middle at (0, 0), x to the right, y down, 1 nearly at the sheet's side. A part gets a
height map (its roundness, folds drawn as strokes, a little chance); the slope of it is what the light shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images.drawing.cloth import Colour, Dye, Plane, grain

SIDE_PX = 640
UNIT_PX = 294.0
Points = NDArray[Any]
"""`(N, 2) float64`: a path or an outline in units."""
Fold = tuple[float, float, float, float, float, float]
"""x and y of both ends, width, strength: a ridge (strength > 0) or a groove."""

_LIGHT = (0.55, 0.75)


class Sheet:
    """What has been laid so far: `rgb` `(640, 640, 3) float32` 0-255 and `alpha` `(640, 640) float32` 0-1."""

    def __init__(self, seed: int, zoom: float = 1.0, middle_y: float = 0.0) -> None:
        """`zoom` enlarges small things to fill the sheet; `middle_y` is the height that lies in its middle."""
        self.unit_px, self.middle_y = UNIT_PX * zoom, middle_y
        self.rgb: Plane = np.zeros((SIDE_PX, SIDE_PX, 3), np.float32)
        self.alpha: Plane = np.zeros((SIDE_PX, SIDE_PX), np.float32)
        self.lot = np.random.default_rng(seed)

    def part(
        self,
        outline: Points,
        dye: Dye,
        *,
        material: str = "jersey",
        turn: float = 0.0,
        origin: tuple[float, float] = (0.0, 0.0),
        folds: Sequence[Fold] = (),
        drape: float = 0.5,
        grid: tuple[int, int] = (5, 5),
        puff: float = 1.0,
        shadow: float = 0.3,
        gloss: float = 0.0,
        shade: float = 1.0,
        motif: NDArray[np.uint8] | None = None,
    ) -> None:
        """Lay one piece of cloth. `turn` (degrees) and `origin` place the pattern; `drape` is how much the cloth waves
        by chance, over `grid` (down, across) waves; `puff` how round its edge is; `shade` darkens all of it;
        `motif` is an RGBA sheet printed on it."""
        box, mask = self._stencil(outline)
        if mask.size == 0:
            return
        top, bottom, left, right = box
        self._cast_shadow(outline, shadow)
        slope_x, slope_y, rim = self._relief(mask, box, folds, drape, grid, puff)
        u, v = self._places(box, turn, origin)
        colour = dye.paint(u + 0.012 * slope_x, v + 0.012 * slope_y)
        if motif is not None:
            colour = _printed(colour, motif[top:bottom, left:right])
        light = 1 + 0.55 * (_LIGHT[0] * slope_x + _LIGHT[1] * slope_y) - 0.16 * rim
        light = np.clip(light, 0.35, 1.6) * grain(material, SIDE_PX)[top:bottom, left:right] * shade
        lit = colour * light[..., None] + (26 * (light - 1))[..., None]
        if gloss:
            lit += (gloss * 255 * np.clip(light - 1.08, 0, 1) ** 1.2)[..., None]
        self._blend(box, np.clip(lit, 0, 255), mask)

    def line(
        self, path: Points, colour: Colour, width: float, *, dash: float = 0.0, strength: float = 1.0, soft: float = 0.0
    ) -> None:
        """Draw along `path` on what is there already (never beside it): seams, stitches, laces. Lengths in units."""
        pieces = _dashes(path, dash) if dash else [path]
        canvas = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        thick = max(1, round(width * self.unit_px))
        for piece in pieces:
            points = np.rint(self.pixels_at(piece) * 16).astype(np.int32)
            cv2.polylines(canvas, [points], False, 255, thick, cv2.LINE_AA, 4)
        every = self.pixels_at(path)
        pad = thick + 3 + int(3 * soft * self.unit_px)
        left, top = np.maximum(np.floor(every.min(0)).astype(int) - pad, 0)
        right, bottom = np.minimum(np.ceil(every.max(0)).astype(int) + pad, SIDE_PX)
        if right - left < 1 or bottom - top < 1:
            return
        cover: Plane = canvas[top:bottom, left:right].astype(np.float32) / 255
        if soft:
            cover = cv2.GaussianBlur(cover, (0, 0), soft * self.unit_px)
        cover = cover * strength * self.alpha[top:bottom, left:right]
        region = self.rgb[top:bottom, left:right]
        region += (np.asarray(colour, np.float32) - region) * cover[..., None]

    def button(self, x: float, y: float, colour: Colour, radius: float = 0.018) -> None:
        """A button with a rim, a light spot and its shadow."""
        self.line(np.array([[x + 0.004, y + 0.008], [x + 0.005, y + 0.008]]), (0, 0, 0), 2 * radius, strength=0.35)
        rim = tuple(int(c * 0.7) for c in colour)
        self.line(np.array([[x, y], [x + 0.001, y]]), cast(Colour, rim), 2 * radius)
        self.line(np.array([[x - 0.002, y - 0.003], [x, y - 0.003]]), colour, 1.5 * radius)

    def layer(self) -> NDArray[np.uint8]:
        """All of it as `(640, 640, 4) uint8` RGBA."""
        planes = [*cv2.split(self.rgb), self.alpha * 255]
        return np.asarray(cv2.convertScaleAbs(cv2.merge(planes)), np.uint8)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _stencil(self, outline: Points) -> tuple[tuple[int, int, int, int], Plane]:
        points = self.pixels_at(outline)
        left, top = np.maximum(np.floor(points.min(0)).astype(int) - 2, 0)
        right, bottom = np.minimum(np.ceil(points.max(0)).astype(int) + 3, SIDE_PX)
        stencil = np.zeros((max(0, bottom - top), max(0, right - left)), np.uint8)
        shifted = np.rint((points - (left, top)) * 16).astype(np.int32)
        if stencil.size:
            cv2.fillPoly(stencil, [shifted], 255, cv2.LINE_AA, 4)
        return (int(top), int(bottom), int(left), int(right)), stencil.astype(np.float32) / 255

    def _cast_shadow(self, outline: Points, strength: float) -> None:
        if strength <= 0 or not self.alpha.any():
            return
        points = self.pixels_at(outline) + np.array([2.0, 5.0])
        left, top = np.maximum(np.floor(points.min(0)).astype(int) - 20, 0)
        right, bottom = np.minimum(np.ceil(points.max(0)).astype(int) + 20, SIDE_PX)
        if right - left < 4 or bottom - top < 4:
            return
        half = np.zeros(((bottom - top + 1) // 2, (right - left + 1) // 2), np.uint8)
        cv2.fillPoly(half, [np.rint((points - (left, top)) * 8).astype(np.int32)], 255, cv2.LINE_8, 4)
        soft: Plane = cv2.GaussianBlur(half, (0, 0), 3.5).astype(np.float32) / 255
        soft = cv2.resize(soft, (right - left, bottom - top))
        self.rgb[top:bottom, left:right] *= (1 - strength * soft)[..., None]

    def _relief(
        self,
        mask: Plane,
        box: tuple[int, int, int, int],
        folds: Sequence[Fold],
        drape: float,
        grid: tuple[int, int],
        puff: float,
    ) -> tuple[Plane, Plane, Plane]:
        """Slopes in x and y, and how near the rim: worked out at half the size, nobody sees the difference."""
        height, width = mask.shape
        small = cv2.resize(mask, (max(2, width // 2), max(2, height // 2)), interpolation=cv2.INTER_AREA)
        padded = cv2.copyMakeBorder(small, 16, 16, 16, 16, cv2.BORDER_CONSTANT, value=0)
        round_edge = cv2.GaussianBlur(padded, (0, 0), 7)[16:-16, 16:-16]
        hills = 9.0 * puff * round_edge
        if drape:
            waves = self.lot.normal(0, 1, (max(2, grid[0]), max(2, grid[1]))).astype(np.float32)
            hills = hills + drape * 5.0 * cv2.resize(waves, small.shape[::-1], interpolation=cv2.INTER_CUBIC)
        if folds:
            hills = hills + self._ridges(small.shape, box, folds)
        slope_x = cv2.Sobel(hills, cv2.CV_32F, 1, 0, scale=1 / 8)
        slope_y = cv2.Sobel(hills, cv2.CV_32F, 0, 1, scale=1 / 8)
        rim = np.clip(2 - 2 * round_edge, 0, 1)
        size = (width, height)
        return cv2.resize(slope_x, size), cv2.resize(slope_y, size), cv2.resize(rim, size)

    def pixels_at(self, points: Points) -> Points:
        """Where places in units lie in pixels of the sheet."""
        return (np.asarray(points, np.float64) - (0.0, self.middle_y)) * self.unit_px + SIDE_PX / 2

    def _places(self, box: tuple[int, int, int, int], turn: float, origin: tuple[float, float]) -> tuple[Plane, Plane]:
        """Where each pixel of the box lies on the cloth, in units, from `origin` and turned by `turn` degrees."""
        top, bottom, left, right = box
        x = (np.arange(left, right, dtype=np.float32) - SIDE_PX / 2) / self.unit_px - origin[0]
        y = (np.arange(top, bottom, dtype=np.float32) - SIDE_PX / 2) / self.unit_px + self.middle_y - origin[1]
        cosine, sine = np.float32(np.cos(np.radians(turn))), np.float32(np.sin(np.radians(turn)))
        u = x[None, :] * cosine + y[:, None] * sine
        v = -x[None, :] * sine + y[:, None] * cosine
        return u.astype(np.float32), v.astype(np.float32)

    def _ridges(self, shape: tuple[int, ...], box: tuple[int, int, int, int], folds: Sequence[Fold]) -> Plane:
        top, _, left, _ = box
        total = np.zeros(shape, np.float32)
        for sign in (1, -1):
            canvas = np.zeros(shape, np.uint8)
            for x0, y0, x1, y1, width, strength in folds:
                if strength * sign <= 0:
                    continue
                points = np.rint((self.pixels_at(_bowed(x0, y0, x1, y1)) - (left, top)) * 8).astype(np.int32)
                level = int(min(255, abs(strength) * 120))
                thick = max(1, round(width * self.unit_px / 2))
                cv2.polylines(canvas, [points], False, level, thick, cv2.LINE_AA, 4)
            if canvas.any():
                total += sign * cv2.GaussianBlur(canvas, (0, 0), 3.2).astype(np.float32) / 24
        return total

    def _blend(self, box: tuple[int, int, int, int], colour: Plane, mask: Plane) -> None:
        top, bottom, left, right = box
        region, alpha = self.rgb[top:bottom, left:right], self.alpha[top:bottom, left:right]
        # Where nothing lies yet the colour is taken whole, or soft edges would fade to black.
        weight = np.where(alpha > 0, mask, (mask > 0).astype(np.float32))
        region += (colour - region) * weight[..., None]
        np.maximum(alpha, mask + alpha * (1 - mask), out=alpha)


def _printed(colour: Plane, motif: NDArray[np.uint8]) -> Plane:
    cover = motif[..., 3:].astype(np.float32) * (0.94 / 255)
    return np.asarray(colour + (motif[..., :3] - colour) * cover)


def _bowed(x0: float, y0: float, x1: float, y1: float) -> Points:
    """A line with a slight bow: cloth never folds along a ruler."""
    t = np.linspace(0, 1, 9)[:, None]
    start, end = np.array([x0, y0]), np.array([x1, y1])
    across = np.array([-(end - start)[1], (end - start)[0]])
    return cast(Points, start + t * (end - start) + 0.10 * np.sin(np.pi * t) * across)


def _dashes(path: Points, dash: float) -> list[Points]:
    path = along(path, max(2, int(length(path) / (dash / 3))))
    return [path[i : i + 3] for i in range(0, len(path) - 2, 5)]


# ---- outlines ------------------------------------------------------------------------------------------------------


def curve(points: Sequence[tuple[float, ...]], steps: int = 10, closed: bool = False) -> Points:
    """A smooth way through the points (Catmull-Rom). A point with a third value is a corner."""
    places = np.array([p[:2] for p in points], np.float64)
    corner = [len(p) > 2 for p in points]
    count = len(places)
    spans = count if closed else count - 1
    out: list[Points] = []
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    for i in range(spans):
        a, b = places[i], places[(i + 1) % count]
        before = a - (b - a) * 0.5 if corner[i] or (i == 0 and not closed) else places[i - 1]
        last = corner[(i + 1) % count] or (i == spans - 1 and not closed)
        after = b + (b - a) * 0.5 if last else places[(i + 2) % count]
        tangent_a, tangent_b = (b - before) / 2, (after - a) / 2
        h00, h10 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
        h01, h11 = -2 * t**3 + 3 * t**2, t**3 - t**2
        out.append(h00 * a + h10 * tangent_a + h01 * b + h11 * tangent_b)
    if not closed:
        out.append(places[-1:])
    return np.concatenate(out)


def blob(points: Sequence[tuple[float, ...]]) -> Points:
    """A closed smooth outline; a point with a third value is a corner."""
    return curve(points, closed=True)


def both_sides(half: Sequence[tuple[float, ...]]) -> Points:
    """A closed outline from its right half, given from the top middle to the bottom middle."""
    left = [(-p[0], *p[1:]) for p in reversed(half) if abs(p[0]) > 1e-9]
    return blob([*half, *left])


def mirrored(points: Points) -> Points:
    return np.asarray(points * np.array([-1.0, 1.0]))


def moved(points: Points, x: float, y: float) -> Points:
    return np.asarray(points + np.array([x, y]))


def length(path: Points) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def along(path: Points, count: int) -> Points:
    """`count` places at equal distances along the path."""
    steps = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    at = np.linspace(0, steps[-1], count)
    return np.stack([np.interp(at, steps, path[:, 0]), np.interp(at, steps, path[:, 1])], axis=1)


def band(path: Points, width: float) -> Points:
    """The outline of a strip of `width` laid along the path: collars, cuffs, straps."""
    direction = np.gradient(path, axis=0)
    normal = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    return np.concatenate([path + normal * width / 2, (path - normal * width / 2)[::-1]])


def ring(x: float, y: float, radius_x: float, radius_y: float, start: float = 0, end: float = 360) -> Points:
    """An ellipse or a piece of one, degrees clockwise from the right."""
    angle = np.radians(np.linspace(start, end, 48))
    return np.stack([x + radius_x * np.cos(angle), y + radius_y * np.sin(angle)], axis=1)


def slab(left: float, top: float, right: float, bottom: float, rounded: float = 0.03) -> Points:
    """A rectangle with rounded corners."""
    r = rounded
    corners = [
        (right - r, top + r, -90),
        (right - r, bottom - r, 0),
        (left + r, bottom - r, 90),
        (left + r, top + r, 180),
    ]
    return np.concatenate([ring(x, y, r, r, a, a + 90)[::8] for x, y, a in corners])
