"""A picture as numbers: what the laboratory's functions take, and how they give back what they were given.

A `Picture` is either a photo, `(H, W, 3) uint8` RGB, or one plane of numbers, `(H, W) float32`. Inside, a photo is
worked on as float32 between 0 and 1, so that a threshold of 0.1 means a tenth of full light in both. A plane keeps its
own scale; 0 is black and 1 white where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput, BadPhoto
from shopsight.types import Pixels

Plane = NDArray[np.float32]
"""`(H, W) float32`; also `(H, W, 3) float32` where a function says so."""
Picture = NDArray[Any]
"""`(H, W, 3) uint8` RGB or `(H, W) float32`."""

WHITE = 255.0


def check_picture(picture: Picture) -> Picture:
    """The same picture. Raises `BadPhoto` for what is no picture, is empty, or holds numbers that are none."""
    photo = picture.ndim == 3 and picture.shape[2] == 3 and picture.dtype == np.uint8
    plane = picture.ndim == 2 and picture.dtype == np.float32
    if not (photo or plane):
        kind = f"an array {picture.shape} of {picture.dtype}"
        raise BadPhoto("picture", f"{kind} is no picture", "Give (H, W, 3) uint8 or (H, W) float32.")
    if picture.size == 0:
        raise BadPhoto("picture", "it has no pixels", "Give a picture of at least 1 x 1.")
    if plane and not np.isfinite(picture).all():
        raise BadPhoto("picture", "it holds NaN or infinity", "Replace these first: numpy.nan_to_num does.")
    return picture


def is_photo(picture: Picture) -> bool:
    """Whether it has three channels of bytes; else it is a plane."""
    return picture.ndim == 3


def to_float(picture: Picture) -> Plane:
    """`float32`: a photo between 0 and 1 with its three channels, a plane as it is (copied)."""
    check_picture(picture)
    return picture.astype(np.float32) / np.float32(WHITE) if is_photo(picture) else picture.copy()


def like(values: NDArray[Any], picture: Picture) -> Picture:
    """`values` as the same kind of picture: bytes, rounded and clipped, for a photo; float32 for a plane."""
    return to_pixels(values) if is_photo(picture) else np.ascontiguousarray(values, np.float32)


def to_pixels(values: NDArray[Any]) -> Pixels:
    """Numbers between 0 and 1 as bytes `(H, W, 3) uint8`; one plane becomes grey. What lies outside is clipped."""
    scaled = np.clip(np.rint(values * np.float32(WHITE)), 0, WHITE).astype(np.uint8)
    return np.ascontiguousarray(scaled if scaled.ndim == 3 else np.repeat(scaled[..., None], 3, axis=2))


def to_plane(picture: Picture) -> Plane:
    """`(H, W) float32`: the luma of a photo (Rec. 601: 0.299 R + 0.587 G + 0.114 B), 0 to 1; a plane as it is."""
    values = to_float(picture)
    return cast(Plane, cv2.cvtColor(values, cv2.COLOR_RGB2GRAY)) if is_photo(picture) else values


def from_plane(plane: Plane, picture: Picture) -> Picture:
    """One plane as the same kind of picture as `picture`: grey bytes for a photo."""
    return like(plane, picture)


def stretch(plane: NDArray[Any]) -> Plane:
    """The plane moved and scaled to fill 0 to 1; a constant one becomes 0."""
    low, high = float(plane.min()), float(plane.max())
    # A spread that float32 cannot tell from nothing is nothing: dividing by it would show noise.
    if high - low <= 1e-6 * max(1.0, abs(low), abs(high)):
        return np.zeros(plane.shape, np.float32)
    return ((plane - low) / (high - low)).astype(np.float32)


def each_channel(picture: Picture, act: Callable[[Plane], NDArray[Any]]) -> Picture:
    """`act` on every channel by itself, `(H, W) float32` to the same; the same kind of picture comes back."""
    values = to_float(picture)
    if values.ndim == 2:
        return like(act(values), picture)
    planes = [act(np.ascontiguousarray(values[..., c])) for c in range(values.shape[2])]
    return like(np.stack(planes, axis=2), picture)


def check_share(name: str, value: float, low: float, high: float) -> float:
    """`value` when it lies in its range. Raises `BadInput` naming the range."""
    if not low <= value <= high:  # Also refuses NaN, which compares with nothing.
        raise BadInput(name, f"{value} is outside {low:g} to {high:g}", f"Give {name} between {low:g} and {high:g}.")
    return value
