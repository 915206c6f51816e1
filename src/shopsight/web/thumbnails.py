"""Small copies of photos, made once per size and kept beside the shop's photos; losing them costs only time."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

from shopsight.shop import Shop

SIDES: Final = (120, 240, 480, 960)


class Thumbnails:
    """Longest side in pixels -> WebP bytes."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def of(self, photo_id: str, side_px: int) -> bytes:
        """The small copy as WebP. Raises `NotFound` for an unknown photo."""
        self.shop.catalogue.photo(photo_id)
        path = self._path(photo_id, side_px)
        if path.is_file():
            return path.read_bytes()
        small = self._make(photo_id, side_px)
        # A full disk takes the cache, not the answer.
        with contextlib.suppress(OSError):
            _keep(path, small)
        return small

    def _make(self, photo_id: str, side_px: int) -> bytes:
        from shopsight.images.decode import decode, encode, thumbnail

        pixels = decode(self.shop.catalogue.photo_bytes(photo_id), name=photo_id[:12], side_px=side_px)
        return encode(thumbnail(pixels, side_px), "image/webp", 82)

    def _path(self, photo_id: str, side_px: int) -> Path:
        return self.shop.folder / "thumbnails" / str(side_px) / photo_id[:2] / f"{photo_id}.webp"


def _keep(path: Path, data: bytes) -> None:
    """All or nothing: a reader never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
