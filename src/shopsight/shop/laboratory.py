"""The image laboratory: one operation on one picture, and what is counted in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from shopsight.shop.pictures import Pictures
from shopsight.types import Pixels

if TYPE_CHECKING:
    from shopsight.images.numbers import Numbers


class Laboratory(Pictures):
    """Opens the picture, and lets `images.lab` work on it."""

    def image(
        self,
        operation: str,
        photo: bytes | Path | str | Pixels,
        given: Mapping[str, object] = MappingProxyType({}),
        *,
        side_px: int | None = None,
    ) -> Pixels:
        """One operation of the laboratory on a photo: `(H, W, 3) uint8`. `given` are its parameters by name.

        With `side_px` the photo is made that small first. Raises `NotFound` for an unknown operation, `BadInput` for a
        parameter that does not fit, `BadPhoto` and `TooLarge` as decoding does.
        """
        from shopsight.images.lab import operation as find_operation

        chosen = find_operation(operation)
        values = chosen.settle(given)
        return chosen.apply(self._sized(photo, side_px), values)

    def picture_numbers(self, photo: bytes | Path | str | Pixels, *, side_px: int | None = None) -> Numbers:
        """What is counted in a photo: brightness, contrast, sharpness, noise, histogram, power by frequency."""
        from shopsight.images.numbers import count

        return count(self._sized(photo, side_px))
