"""The same colours in other numbers: RGB, HSV, Lab, grey; one channel by name; a picture as a function.

A grey picture is a function F(x, y), a coloured one F(x, y, c): `channel` holds c fixed, `profile` holds y fixed too,
and `surface` draws F as hills. Formulas: HSV after Smith (1978); CIELAB (CIE 1976, white point D65, from sRGB by IEC
61966-2-1); luma by Rec. 601. (Which colour has a name is asked in `colour.py`.)
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput
from shopsight.images.picture import (
    Picture,
    Plane,
    check_picture,
    is_photo,
    like,
    stretch,
    to_float,
    to_pixels,
    to_plane,
)
from shopsight.images.smooth import blurred
from shopsight.types import Pixels

Space = Literal["rgb", "hsv", "lab"]
ChannelName = Literal["red", "green", "blue", "hue", "saturation", "value", "lightness", "a", "b", "luma"]
CHANNELS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"rgb": ("red", "green", "blue"), "hsv": ("hue", "saturation", "value"), "lab": ("lightness", "a", "b")}
)
"""The channels of each space in their order."""
RANGES: Mapping[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {"rgb": ((0, 1),) * 3, "hsv": ((0, 360), (0, 1), (0, 1)), "lab": ((0, 100), (-128, 127), (-128, 127))}
)
"""What the channels run from and to: hue in degrees, L in 0..100, the rest as it stands."""


def to_space(pixels: Pixels, space: str) -> NDArray[np.float32]:
    """A photo `(H, W, 3) uint8` in another space: `(H, W, 3) float32` in the ranges of `RANGES`.

    Greys have no hue: it is 0 there. Raises `BadInput` for an unknown space.

    >>> red = np.array([[[255, 0, 0]]], np.uint8)
    >>> to_space(red, "hsv")[0, 0].round(3).tolist()
    [0.0, 1.0, 1.0]
    """
    values = to_float(_photo(pixels))
    if space == "rgb":
        return values
    code = {"hsv": cv2.COLOR_RGB2HSV, "lab": cv2.COLOR_RGB2LAB}.get(space)
    if code is None:
        raise BadInput("space", f"{space!r} is not known", f"Use one of {', '.join(CHANNELS)}.")
    return cast(Plane, cv2.cvtColor(values, code))


def from_space(values: NDArray[np.float32], space: str) -> Pixels:
    """Back to `(H, W, 3) uint8` RGB from what `to_space` gave; colours outside sRGB are clipped."""
    codes = {"hsv": cv2.COLOR_HSV2RGB, "lab": cv2.COLOR_LAB2RGB}
    if space not in CHANNELS:
        raise BadInput("space", f"{space!r} is not known", f"Use one of {', '.join(CHANNELS)}.")
    return to_pixels(values if space == "rgb" else cv2.cvtColor(np.asarray(values, np.float32), codes[space]))


def grey(picture: Picture) -> Picture:
    """The luma of a photo, still as three equal channels; a plane stays as it is."""
    return like(to_plane(picture), picture)


def channel(picture: Picture, name: str = "saturation") -> Picture:
    """One channel F(x, y) of F(x, y, c), scaled so that its whole range runs from black to white.

    Any of red, green, blue; hue, saturation, value; lightness, a, b; luma. A plane is looked at as a grey photo.
    Raises `BadInput` for another name.
    """
    if name == "luma":
        return like(to_plane(picture), picture)
    space = next((space for space, names in CHANNELS.items() if name in names), "")
    if not space:
        known = ", ".join([*(n for names in CHANNELS.values() for n in names), "luma"])
        raise BadInput("name", f"{name!r} is no channel", f"Use one of {known}.")
    at = CHANNELS[space].index(name)
    low, high = RANGES[space][at]
    return like((to_space(_as_photo(picture), space)[..., at] - low) / (high - low), picture)


def false_colour(picture: Picture, space: str = "hsv") -> Picture:
    """The three channels of a space shown as red, green and blue, each scaled to its range; a plane shows its first."""
    values = to_space(_as_photo(picture), space)
    low, high = np.array(RANGES[space], np.float32).T
    shown = (values - low) / (high - low)
    return like(shown if is_photo(picture) else shown[..., 0], picture)


def turn_colours(picture: Picture, hue_degrees: float = 0.0, saturation: float = 1.0, value: float = 1.0) -> Picture:
    """Turn the hue by degrees, multiply saturation and value (HSV): the blue shirt in green. A plane has value only."""
    if not is_photo(picture):
        return like(to_float(picture) * np.float32(value), picture)
    values = to_space(picture, "hsv")
    values[..., 0] = (values[..., 0] + np.float32(hue_degrees)) % np.float32(360)
    values[..., 1:] = np.clip(values[..., 1:] * np.array((saturation, value), np.float32), 0, 1)
    return from_space(values, "hsv")


def profile(picture: Picture, row_share: float = 0.5) -> NDArray[np.float32]:
    """F(x) along one row: `(W, C) float32`, C = 3 for a photo and 1 for a plane; `row_share` 0 is the top row."""
    values = np.atleast_3d(to_float(picture))
    row = min(values.shape[0] - 1, int(np.clip(row_share, 0, 1) * values.shape[0]))
    return cast(Plane, values[row])


def profile_view(picture: Picture, row_share: float = 0.5) -> Picture:
    """The profile of a row drawn over the faded picture: one curve a channel, the row marked. Same size."""
    height, width = picture.shape[:2]
    values = profile(picture, row_share)
    canvas = to_float(picture) * np.float32(0.35)
    if not is_photo(picture):
        canvas = stretch(to_float(picture)) * np.float32(0.35)
        values = np.clip(values, 0, 1)
    row = min(height - 1, int(np.clip(row_share, 0, 1) * height))
    canvas[row] = np.float32(0.9)
    points_x, thick = np.arange(width), max(1, round(min(height, width) / 260))
    for c in range(values.shape[1]):
        colour = [(1.0, 0.38, 0.32), (0.4, 0.92, 0.5), (0.45, 0.66, 1.0)][c] if is_photo(picture) else 1.0
        points_y = np.rint((1 - values[:, c]) * (height - 1)).astype(int)
        points = np.stack([points_x, points_y], axis=1).reshape(-1, 1, 2).astype(np.int32)
        cv2.polylines(canvas, [points], False, colour, thick, cv2.LINE_8)
    return like(canvas, picture)


def surface(picture: Picture, height_share: float = 0.35, tilt_share: float = 0.5) -> Picture:
    """F(x, y) as hills seen from the front: light is high, each row hides what lies behind it. Same size and kind.

    `height_share` is how high full light stands, as a share of the picture's height; `tilt_share` how far the ground
    is laid down (0.1 nearly flat to 1 seen from above). A painter's algorithm: rows from the back to the front, each
    column filled from its hill down. The photo's own colours lie on the hills, shaded by their slope.
    """
    values = to_float(picture)
    rows, columns = values.shape[:2]
    relief = blurred(stretch(to_plane(picture)), max(0.6, min(rows, columns) / 300))
    lit = _lit(values, relief)
    lift = np.float32(height_share * rows)
    depth = np.float32(max(0.05, tilt_share)) * (rows - 1 - lift)
    ground = np.arange(rows, dtype=np.float32) / max(1, rows - 1) * depth + (rows - 1 - depth)
    tops = np.clip(np.rint(ground[:, None] - relief * lift), 0, rows - 1).astype(np.int64)
    return like(_hide_behind(tops, lit), picture)


def _lit(values: Plane, relief: Plane) -> Plane:
    """The picture with light from the upper left on its hills."""
    slope = cv2.Sobel(relief, cv2.CV_32F, 1, 0) + cv2.Sobel(relief, cv2.CV_32F, 0, 1)
    shade = np.clip(1 + 0.5 * slope, 0.55, 1.25).astype(np.float32)
    return cast(Plane, values * (shade[..., None] if values.ndim == 3 else shade))


def _hide_behind(tops: NDArray[np.int64], lit: Plane) -> Plane:
    """Every pixel of the view shows the front-most row whose hill reaches up to it; above all hills it is dark."""
    rows, columns = tops.shape
    seen = np.full((rows, columns), -1, np.int64)
    across = np.arange(columns)
    # A hill covers everything below its top, unless a nearer one does: so the nearest row wins at its top, and a
    # running maximum downwards fills in what stands below.
    for row in range(rows):
        seen[tops[row], across] = row
    seen = np.maximum.accumulate(seen, axis=0)
    view = lit[np.maximum(seen, 0), across[None, :]]
    view[seen < 0] = 0
    return view


def _photo(pixels: Pixels) -> Pixels:
    if not is_photo(check_picture(pixels)):
        raise BadInput("picture", "one plane has no colours", "Give (H, W, 3) uint8.")
    return pixels


def _as_photo(picture: Picture) -> Pixels:
    """A plane as a grey photo, clipped to 0..1; a photo as it is."""
    return cast(Pixels, check_picture(picture)) if is_photo(picture) else to_pixels(to_float(picture))
