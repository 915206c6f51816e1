"""Every operation of the laboratory on one picture, as one sheet: `python examples/lab_sheet.py [PICTURE] [SHEET]`."""

import sys

import numpy as np

from shopsight import open_shop
from shopsight.images.decode import encode, thumbnail
from shopsight.images.lab import GROUPS, OPERATIONS

picture = sys.argv[1] if len(sys.argv) > 1 else "examples/query.jpg"
sheet = sys.argv[2] if len(sys.argv) > 2 else "lab-sheet.jpg"
SIDE, GAP, ACROSS = 150, 6, 7
MORE = {"turn-colours": {"hue_degrees": 120}, "levels": {"gamma": 1.8}, "add-noise": {"sigma": 0.15}}


def tile(pixels: np.ndarray) -> np.ndarray:
    """The picture in the middle of a grey square."""
    small = thumbnail(pixels, SIDE)
    square = np.full((SIDE + GAP, SIDE + GAP, 3), 233, np.uint8)
    top, left = (SIDE + GAP - small.shape[0]) // 2, (SIDE + GAP - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return square


with open_shop() as shop:
    before = shop.image("levels", picture, side_px=320)
    tiles = [tile(before)] + [tile(shop.image(name, before, MORE.get(name, {}))) for name in OPERATIONS]
tiles += [np.full_like(tiles[0], 233)] * (-len(tiles) % ACROSS)
rows = [np.hstack(tiles[start : start + ACROSS]) for start in range(0, len(tiles), ACROSS)]
with open(sheet, "wb") as file:
    file.write(encode(np.vstack(rows), "image/jpeg", 85))
print(f"{sheet}: the picture and {len(OPERATIONS)} operations in {len(GROUPS)} groups")
