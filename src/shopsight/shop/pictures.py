"""From what a caller calls a photo (bytes, a path, pixels) to the pixels that an engine is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shopsight.errors import BadInput, NotFound, TooLarge
from shopsight.shop.counter import Counter
from shopsight.types import Box, Pixels

if TYPE_CHECKING:
    from shopsight.recognise.by_photo import Picture

LOOK_SIDE_PX = 512
"""Longest side that an engine is shown at least; larger originals are decoded scaled down, which is faster."""
RECOGNISE_SIDE_PX = 1024
"""Longest side that a recognising engine is shown at least: small things in a full photo need more pixels."""


class Pictures(Counter):
    """Opens pictures within the limits of the settings."""

    def _pixels(
        self, photo: bytes | Path | str | Pixels, *, whole: bool, side_px: int = LOOK_SIDE_PX, name: str = "photo"
    ) -> Pixels:
        """Decoded pixels: at full size when a box has to be cut out of them, else scaled down for speed.

        `name` is what an error calls a photo that is given as bytes.
        """
        from shopsight.images.decode import decode

        if isinstance(photo, np.ndarray):
            return photo
        name, data = (name, photo) if isinstance(photo, bytes) else self._read(Path(photo))
        return decode(data, name=name, side_px=None if whole else side_px, **self._limits)

    def _sized(self, photo: bytes | Path | str | Pixels, side_px: int | None) -> Pixels:
        """The whole photo, its longest side at most `side_px`."""
        from shopsight.images.decode import thumbnail

        pixels = self._pixels(photo, whole=side_px is None, side_px=side_px or LOOK_SIDE_PX)
        return thumbnail(pixels, side_px) if side_px else pixels

    @property
    def _limits(self) -> dict[str, int]:
        return {"max_bytes": self.settings.max_photo_bytes, "max_pixels": self.settings.max_photo_pixels}

    def _picture(
        self, photo: bytes | Path | str | Pixels, box_px: Box | None, side_px: int = RECOGNISE_SIDE_PX
    ) -> Picture:
        """The part of a photo that is to be recognised, and where in the upright photo it lies."""
        from shopsight.images.decode import upright_size
        from shopsight.recognise.by_photo import Picture

        name = "photo"
        if not isinstance(photo, np.ndarray | bytes):
            name, photo = self._read(Path(photo))
        pixels = self._pixels(photo, whole=box_px is not None, side_px=side_px, name=name)
        wide, high = pixels.shape[1::-1]
        if box_px is not None:
            part = clip(box_px, wide, high)
            return Picture(pixels[part[1] : part[3], part[0] : part[2]], part, (wide, high))
        if isinstance(photo, bytes):
            wide, high = upright_size(photo, name=name, **self._limits)
        return Picture(pixels, (0, 0, wide, high), (wide, high))

    def _read(self, path: Path) -> tuple[str, bytes]:
        """A picture file's name and bytes; refused unread when it is larger than the settings allow."""
        if not path.is_file():
            raise NotFound(str(path), "there is no such picture file", "Check the path.")
        if path.stat().st_size > self.settings.max_photo_bytes:
            raise TooLarge(path.name, f"more than {self.settings.max_photo_bytes} bytes", "Send a smaller picture.")
        return path.name, path.read_bytes()


def cut(pixels: Pixels, box_px: Box) -> Pixels:
    """The part of a photo inside a box, clipped to the photo. Raises `BadInput` for a box with nothing in it."""
    left, top, right, bottom = clip(box_px, pixels.shape[1], pixels.shape[0])
    return pixels[top:bottom, left:right]


def clip(box_px: Box, width_px: int, height_px: int) -> Box:
    """The part of a box that lies in the photo. Raises `BadInput` where nothing does."""
    left, top, right, bottom = box_px
    left, top, right, bottom = max(0, left), max(0, top), min(width_px, right), min(height_px, bottom)
    if right - left < 2 or bottom - top < 2:
        raise BadInput(
            f"box {','.join(map(str, box_px))}",
            f"it holds nothing of a photo of {width_px} x {height_px} pixels",
            "Give left, top, right, bottom in pixels of the upright photo.",
        )
    return left, top, right, bottom
