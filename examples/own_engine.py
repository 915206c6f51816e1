"""An embedding engine of one's own, held to the same promises as the built-in ones.

It sees nothing but the mean colour of a coarse grid, which is enough to show what an engine is made of. To offer one to
others, name its `Record` in the entry-point group "shopsight.engines" (CONTRIBUTING.md, recipe 1).
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from shopsight.errors import BadPhoto
from shopsight.protocols import Embedder
from shopsight.testing import promises_of
from shopsight.types import Pixels, Sight


class Mosaic:
    """A photo as 4 x 4 coloured tiles."""

    space = "mosaic/1"  # another number whenever the arithmetic below changes: two spaces never compare
    dim = 4 * 4 * 3 + 1
    parts: Mapping[str, slice] = {}

    def see(self, photos: Sequence[Pixels]) -> list[Sight]:
        return [Sight(self._direction(photo)) for photo in photos]

    def _direction(self, photo: Pixels) -> np.ndarray:
        if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3 or 0 in photo.shape:
            raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")
        tiles = cv2.resize(photo, (4, 4), interpolation=cv2.INTER_AREA).astype(np.float32).ravel() / 255
        values = np.append(tiles, np.float32(0.1))  # a black photo has a direction too
        return values / np.linalg.norm(values)


engine = Mosaic()
assert isinstance(engine, Embedder)
for promise in promises_of(engine):
    promise(engine)
    print(f"keeps its promise: {promise.__name__}")
