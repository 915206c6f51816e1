"""A small honest engine for tests: it tells tall, wide and round things on white apart, and their colours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from shopsight.images.colour import DIM, colour_vector, count_colours, name_colours
from shopsight.images.decode import encode
from shopsight.shop import Shop, open_shop
from shopsight.types import Finding, Photo, Pixels, Product, Sight

RGB = {"red": (200, 30, 40), "blue": (30, 70, 180), "green": (30, 120, 60), "black": (20, 20, 20)}
NAMES = {"tall": "Dress", "wide": "Shorts", "round": "Hat"}
GRID = 12


def draw(form: str, colour: str, size_px: int = 96, shift_px: int = 0) -> Pixels:
    """A plain thing on white: `form` is tall, wide or round."""
    picture = np.full((size_px, size_px, 3), 255, np.uint8)
    at, half = size_px // 2 + shift_px, size_px // 2
    if form == "round":
        cv2.circle(picture, (at, half), size_px // 4, RGB[colour], -1)
    else:
        across, down = (size_px // 8, size_px // 3) if form == "tall" else (size_px // 3, size_px // 8)
        cv2.rectangle(picture, (at - across, half - down), (at + across, half + down), RGB[colour], -1)
    return picture


class Eyes:
    """Form: the thing's outline on a grid. Colour: its counted colours. Category: the outline it is most like."""

    space = "eyes/1"
    dim = GRID * GRID + DIM
    parts = MappingProxyType({"shape": slice(0, GRID * GRID), "colour": slice(GRID * GRID, GRID * GRID + DIM)})

    def see(self, photos: Sequence[Pixels]) -> list[Sight]:
        return [self._look(photo) for photo in photos]

    def _look(self, photo: Pixels) -> Sight:
        outline, inside = self._outline(photo)
        counts = count_colours(photo, inside)
        values = np.concatenate([outline * np.float32(0.9**0.5), colour_vector(counts) * np.float32(0.1**0.5)])
        likeness = {name: float(outline @ self._outline(draw(form, "red"))[0]) for form, name in NAMES.items()}
        best = sorted(likeness, key=lambda name: -likeness[name])
        total = sum(np.exp(12 * v) for v in likeness.values())
        findings = tuple(Finding(name, float(np.exp(12 * likeness[name]) / total)) for name in best)
        return Sight((values / np.linalg.norm(values)).astype(np.float32), findings, name_colours(counts), "plain")

    def _outline(self, photo: Pixels) -> tuple[np.ndarray, np.ndarray]:
        inside = (photo.min(axis=2) < 200).astype(np.float32)
        grid = cv2.resize(inside, (GRID, GRID), interpolation=cv2.INTER_AREA).ravel() + np.float32(1e-3)
        return (grid / np.linalg.norm(grid)).astype(np.float32), inside


def keep(shop: Shop, pixels: Pixels) -> Photo:
    """Puts a picture into the shop."""
    data = encode(pixels, "image/png")
    photo = Photo(hashlib.sha256(data).hexdigest(), pixels.shape[1], pixels.shape[0], "image/png")
    shop.catalogue.keep_photo(data, photo)
    return photo


def sell(shop: Shop, sku: str, *pictures: Pixels, title: str = "", category: str = "", **fields: object) -> Product:
    """Saves a product with pictures, and looks at them."""
    photos = {keep(shop, picture).id: picture for picture in pictures}
    product = Product(sku, title or sku, category=category, photos=tuple(photos), price=Decimal(10), **fields)  # type: ignore[arg-type]
    shop.catalogue.save([product])
    sights = shop.engine.see(list(photos.values()))
    if photos:
        shop.catalogue.keep_sights(shop.engine.space, dict(zip(photos, sights, strict=True)))
    return product


def open_with_eyes(folder: Path) -> Shop:
    """A shop whose engine is `Eyes`."""
    shop = open_shop(folder, engine="histogram")
    shop.use_engine(Eyes())
    return shop
