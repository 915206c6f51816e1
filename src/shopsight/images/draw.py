"""A sample shop, drawn: over 160 products with two or three photos each, the same for the same seed.

Nothing is downloaded and nobody's picture is used, so that a demonstration runs anywhere, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from shopsight.images.drawing import accessories, garments, grounds
from shopsight.images.drawing.assortment import FAMILY, Line, order_sheet
from shopsight.images.drawing.cloth import COLOURS, Colour, Plane
from shopsight.images.drawing.garments import Look
from shopsight.images.drawing.sheet import SIDE_PX, Points, Sheet, ring
from shopsight.types import Availability, Pixels, Product

PHOTO_PX = 600


@dataclass(frozen=True)
class Sample:
    """A product of the drawn shop and its photos, the cover first. `product.photos` is empty: it has no files yet."""

    product: Product
    photos: tuple[Pixels, ...]


def draw_shop(seed: int = 0) -> Iterator[Sample]:
    """Draw the sample shop, one product after the other. The same seed gives the same products and pixels."""
    for number, line in enumerate(order_sheet()):
        lot = np.random.default_rng((seed, number))
        yield Sample(_describe(number, line, lot), _photograph(number, line, seed, lot))


# ---- words ---------------------------------------------------------------------------------------------------------

_BRANDS = {
    "street": ("Nordlicht", "Rivet & Row", "Kitewalk", "Oak Harbour"),
    "fine": ("Halden Moss", "Lumen Row", "Saltwind", "Petite Brise"),
    "feet": ("Solvang", "Fjellsko", "Cobble Lane"),
    "bags": ("Tamarind", "Harrow & Hide"),
    "kids": ("Tiny Tern", "Puddlejump"),
}
_CIRCLE = {"Dresses": "fine", "Skirts": "fine", "Jackets": "fine", "Shoes": "feet", "Boots": "feet", "Bags": "bags"}
_MATERIALS = {
    "jersey": "cotton jersey",
    "knit": "knitted cotton",
    "rib": "ribbed cotton",
    "smooth": "satin",
    "canvas": "cotton twill",
    "wool": "wool blend",
    "patent": "patent leather",
    "rubber": "natural rubber",
}
_PATTERN_WORDS = {
    "stripes": "Striped",
    "checks": "Checked",
    "dots": "Dotted",
    "blocks": "Colour-block",
    "ombre": "Ombre",
    "flowers": "Floral",
    "leaves": "Leaf-print",
    "confetti": "Confetti-print",
    "waves": "Wave-print",
    "hearts": "Heart-print",
    "stars": "Star-print",
    "camo": "Camouflage",
}
_CARE = ("Machine wash cold.", "Made to be worn often.", "Cut for an easy fit.", "A favourite since our first season.")


def _describe(number: int, line: Line, lot: np.random.Generator) -> Product:
    material = _MATERIALS.get(line.look.material, line.look.material)
    colour = line.colours[0] if len(line.colours) == 1 else f"{line.colours[0]} and {line.colours[1]}"
    title = _title(line, colour)
    stock: Availability = "out_of_stock" if number % 11 == 7 else "preorder" if number % 37 == 20 else "in_stock"
    return Product(
        sku=f"SD-{number + 1:04d}",
        title=title,
        description=f"{title.split(',')[0]} of {material} in {colour}. {_CARE[int(lot.integers(len(_CARE)))]}",
        brand=_brand(line, lot),
        category=line.category,
        price=line.price,
        currency="EUR",
        attributes={
            "colour": FAMILY.get(line.colours[0], line.colours[0]),
            "pattern": _pattern_name(line),
            "material": material,
        },
        audience=line.audience,
        availability=stock,
    )


def _brand(line: Line, lot: np.random.Generator) -> str:
    young = line.audience in ("kids", "girls", "boys")
    names = _BRANDS["kids" if young else _CIRCLE.get(line.category, "street")]
    return names[int(lot.integers(len(names)))]


def _title(line: Line, colour: str) -> str:
    pattern = "Printed" if line.motif else _PATTERN_WORDS.get(line.look.dye.style, "")
    pattern = pattern or _PATTERN_WORDS.get(line.look.dye.kind, "")
    cloth = line.look.material if line.look.material in ("linen", "leather", "canvas") else ""
    if line.category in ("T-shirts", "Longsleeves", "Dresses", "Skirts", "Shirts") and cloth == "canvas":
        cloth = "cotton"
    known = line.noun.lower()
    words = [w for w in (pattern, cloth) if w and w.lower().split("-")[0] not in known]
    name = " ".join([*words, line.noun])
    return f"{name[0].upper()}{name[1:]}, {colour}"


def _pattern_name(line: Line) -> str:
    named = {"stripes": "striped", "checks": "checked", "dots": "dotted", "print": "printed"}
    return "printed" if line.motif else named.get(line.look.dye.kind, "plain" if len(line.colours) == 1 else "printed")


# ---- sheets --------------------------------------------------------------------------------------------------------

Recipe = Callable[[Sheet, Look], None]
_RECIPES: dict[str, Recipe] = {
    "Dresses": garments.dress,
    "Skirts": garments.skirt,
    "Pants": garments.pants,
    "Shorts": garments.shorts,
    "Jackets": garments.jacket,
    "Hats": accessories.hat,
    "Shoes": accessories.shoe,
    "Boots": accessories.boot,
    "Bags": accessories.bag,
}
_TOPS: dict[str, Recipe] = {"polo": garments.polo, "hoodie": garments.hoodie, "shirt": garments.shirt}
_VIEWS = {"Shorts": (1.55, -0.22), "Skirts": (1.2, 0.0), "Hats": (1.12, 0.0), "Dresses": (1.08, 0.0)}
_VIEWS |= {"maxi": (0.84, 0.33), "slip": (0.88, 0.2), "wrap": (1.0, 0.14)}
"""Zoom and middle of the sheet for a category or a cut, so that it fills the sheet and stays on it."""
_CLOSE = {
    "Pants": (1.9, -0.5),
    "Shorts": (2.3, -0.35),
    "Skirts": (2.0, -0.3),
    "Dresses": (1.9, -0.42),
    "Hats": (1.8, 0.0),
}


def _draw(line: Line, seed: int, zoom: float, middle_y: float) -> NDArray[np.uint8]:
    sheet = Sheet(seed, zoom, middle_y)
    look = replace(line.look, motif=_motif(sheet, line.motif)) if line.motif else line.look
    recipe = _RECIPES.get(line.category) or _TOPS.get(line.cut, garments.tshirt)
    recipe(sheet, look)
    return sheet.layer()


def _motif(sheet: Sheet, motif: tuple[str, ...]) -> NDArray[np.uint8]:
    """A print for the chest as an RGBA sheet."""
    name, first, second = motif[0], COLOURS[motif[1]], COLOURS[motif[2]]
    canvas = Image.new("RGBA", (2 * SIDE_PX, 2 * SIDE_PX))
    pen = ImageDraw.Draw(canvas)

    def fill(points: Points, colour: Colour) -> None:
        pen.polygon([(float(x), float(y)) for x, y in sheet.pixels_at(points) * 2], fill=(*colour, 255))

    if name == "letters":
        font = ImageFont.load_default(0.3 * 2 * sheet.unit_px)
        middle = sheet.pixels_at(np.array([[0.0, -0.18]]))[0] * 2
        pen.text((float(middle[0]), float(middle[1])), "nord", fill=(*first, 255), font=font, anchor="mm")
    else:
        for points, number in _MOTIFS[name]():
            fill(points, first if number == 0 else second)
    return np.asarray(canvas.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX))


def _peak() -> list[tuple[Points, int]]:
    ridge = np.array([[-0.26, 0.0], [-0.1, -0.3], [-0.03, -0.2], [0.08, -0.38], [0.27, 0.0]])
    snow = np.array([[0.08, -0.38], [0.13, -0.28], [0.085, -0.24], [0.05, -0.28], [0.02, -0.3]])
    bars = [(np.array([[-0.26, y], [0.27, y], [0.27, y + 0.025], [-0.26, y + 0.025]]), 1) for y in (0.04, 0.09)]
    return [(ring(-0.16, -0.36, 0.07, 0.07), 1), (ridge, 0), (snow, 1), *bars]


def _sun() -> list[tuple[Points, int]]:
    bars = [
        (np.array([[-0.28, y], [0.28, y], [0.28, y + 0.02 + 0.14 * (y + 0.16)], [-0.28, y + 0.03]]), 1)
        for y in (-0.13, -0.07, 0.0)
    ]
    return [(ring(0, -0.2, 0.27, 0.25, 180, 360), 0), *bars]


def _heart() -> list[tuple[Points, int]]:
    t = np.linspace(0, 2 * np.pi, 60)
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return [(np.stack([16 * np.sin(t), y], axis=1) * 0.014 + (0, -0.22), 0)]


def _wave() -> list[tuple[Points, int]]:
    x = np.linspace(-0.3, 0.3, 40)
    out: list[tuple[Points, int]] = []
    for row in range(4):
        crest = -0.34 + 0.1 * row + 0.03 * np.sin(x * 26 + row)
        out.append((np.concatenate([np.stack([x, crest], 1), np.stack([x, crest + 0.05], 1)[::-1]]), row % 2))
    return out


def _moon() -> list[tuple[Points, int]]:
    outer, inner = ring(0, -0.22, 0.2, 0.2, 40, 320), ring(0.09, -0.22, 0.15, 0.155, 40, 320)
    stars = [(ring(x, y, 0.022, 0.022), 0) for x, y in ((0.2, -0.36), (0.12, -0.2), (0.24, -0.16))]
    return [(np.concatenate([outer, inner[::-1]]), 1), *stars]


_MOTIFS = {"peak": _peak, "sun": _sun, "heart": _heart, "wave": _wave, "moon": _moon}


# ---- photos --------------------------------------------------------------------------------------------------------

_STANDING = {"Shoes", "Boots", "Bags"}


def _photograph(number: int, line: Line, seed: int, lot: np.random.Generator) -> tuple[Pixels, ...]:
    own_seed = seed * 1000 + number
    layer = _draw(line, own_seed, *_VIEWS.get(line.cut, _VIEWS.get(line.category, (1.0, 0.0))))
    photos = [_on_white(layer, line), _in_scene(layer, line, lot)]
    if number % 2 == 0:
        photos.append(_pair(layer, lot) if line.category in ("Shoes", "Boots") else _close(line, own_seed, lot))
    return tuple(photos)


def _on_white(layer: NDArray[np.uint8], line: Line) -> Pixels:
    scene = grounds.studio(PHOTO_PX)
    fill = 0.86 if line.category not in ("Hats", "Bags") else 0.76
    _lay(scene, layer, fill=fill, standing=line.category in _STANDING, strength=0.26)
    return _developed(scene)


def _in_scene(layer: NDArray[np.uint8], line: Line, lot: np.random.Generator) -> Pixels:
    """Flat on a table or floor, a little turned; what stands is put before a wall."""
    if line.category in _STANDING:
        scene = _room_with_floor(lot)
        _lay(scene, layer, fill=lot.uniform(0.7, 0.8), standing=True, at=(lot.uniform(-0.04, 0.04), 0.1), strength=0.5)
    else:
        scene = grounds.ground(_ground_for(line, lot), PHOTO_PX, lot)
        turn, fill = lot.uniform(-14, 14), lot.uniform(0.78, 0.9)
        _lay(scene, layer, fill=fill, turn=turn, at=tuple(lot.uniform(-0.03, 0.03, 2)), strength=0.42)
    return _developed(scene * _light(lot), lot)


def _ground_for(line: Line, lot: np.random.Generator) -> str:
    """A ground that the product stands out from."""
    own = np.array(line.look.dye.colours[0], float)
    names = [n for n in grounds.NAMES if np.abs(grounds.tone(n) - own).sum() > 90]
    return names[int(lot.integers(len(names)))]


def _room_with_floor(lot: np.random.Generator) -> Plane:
    papers = [name for name in grounds.NAMES if name.endswith("paper")]
    scene = grounds.ground(papers[int(lot.integers(len(papers)))], PHOTO_PX, lot)
    floor = grounds.ground(("oak", "white wood", "concrete", "terrazzo")[int(lot.integers(4))], PHOTO_PX, lot)
    horizon = round(PHOTO_PX * lot.uniform(0.56, 0.64))
    scene[horizon:] = cv2.resize(floor, (PHOTO_PX, PHOTO_PX - horizon), interpolation=cv2.INTER_AREA)
    edge = slice(horizon - 3, horizon + 10)
    scene[edge] *= np.interp(np.arange(13), [0, 3, 12], [1, 0.8, 1]).astype(np.float32)[:, None, None]
    return scene


def _close(line: Line, own_seed: int, lot: np.random.Generator) -> Pixels:
    """A closer look at the collar, the waist or the clasp."""
    layer = _draw(line, own_seed, *_CLOSE.get(line.category, (1.75, -0.4 if line.category != "Bags" else 0.1)))
    scene = grounds.ground(_ground_for(line, lot), PHOTO_PX, lot)
    _lay(scene, layer, scale=PHOTO_PX / SIDE_PX * 1.04, turn=lot.uniform(-6, 6), strength=0.4)
    return _developed(scene * _light(lot), lot)


def _pair(layer: NDArray[np.uint8], lot: np.random.Generator) -> Pixels:
    """Both shoes, the far one a little higher and darker."""
    scene = _room_with_floor(lot)
    far = layer.copy()
    far[..., :3] = (far[..., :3] * 0.86).astype(np.uint8)
    _lay(scene, far, fill=0.64, standing=True, at=(0.1, -0.0), strength=0.45)
    _lay(scene, layer, fill=0.68, standing=True, at=(-0.07, 0.15), strength=0.5)
    return _developed(scene * _light(lot), lot)


def _lay(
    scene: Plane,
    layer: NDArray[np.uint8],
    *,
    fill: float = 0.8,
    scale: float = 0.0,
    turn: float = 0.0,
    at: tuple[float, ...] = (0.0, 0.0),
    standing: bool = False,
    strength: float = 0.35,
) -> None:
    """Lay a sheet on the scene, in place: `fill` is the share of the photo that its longer side takes (or `scale` is
    given), `turn` degrees, `at` the offset of its middle in shares of the photo."""
    side = scene.shape[0]
    rows, columns = np.flatnonzero(layer[..., 3].max(1) > 8), np.flatnonzero(layer[..., 3].max(0) > 8)
    middle = (SIDE_PX / 2, SIDE_PX / 2)
    if not scale:
        scale = fill * side / max(np.ptp(rows), np.ptp(columns))
        middle = (float(columns[0] + columns[-1]) / 2, float(rows[0] + rows[-1]) / 2)
    move = cv2.getRotationMatrix2D(middle, turn, scale)
    move[:, 2] = move[:, 2] + np.array([side * (0.5 + at[0]), side * (0.5 + at[1])]) - middle
    placed = cv2.warpAffine(_held(layer), move, (side, side), flags=cv2.INTER_LINEAR)
    cover = placed[..., 3].astype(np.float32) / 255
    scene *= (_shadow(cover, standing, strength) * (1 - cover))[..., None]
    cv2.accumulate(placed[..., :3], scene)


def _held(layer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet with its colours weighed by its cover: only so do turned edges keep their colour."""
    cover = cv2.cvtColor(layer[..., 3], cv2.COLOR_GRAY2RGB)
    held = cv2.multiply(cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB), cover, scale=1 / 255)
    return cast("NDArray[np.uint8]", cv2.merge([*cv2.split(held), np.ascontiguousarray(layer[..., 3])]))


def _shadow(cover: Plane, standing: bool, strength: float) -> Plane:
    """What is left of the ground's light, 0-1: a wide soft shadow and a narrow one where things touch."""
    side = cover.shape[0]
    small = cv2.resize(cover, (side // 4, side // 4), interpolation=cv2.INTER_AREA)
    if standing:
        small = _trodden(small)
    wide = cv2.GaussianBlur(small, (0, 0), 4.5)
    near = cv2.GaussianBlur(small, (0, 0), 1.6)
    wide = np.roll(wide, (3, 2), (0, 1)) if not standing else wide
    dark = np.clip(strength * (0.75 * wide + 0.45 * near), 0, 0.8)
    return cast(Plane, 1 - cv2.resize(dark.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR))


def _trodden(cover: Plane) -> Plane:
    """The shadow of what stands: its outline pressed flat on the floor under it."""
    rows = np.flatnonzero(cover.max(1) > 0.3)
    if rows.size == 0:
        return cover
    top, foot = int(rows[0]), int(rows[-1])
    out = np.zeros_like(cover)
    flat = max(3, (foot - top) // 9)
    pressed = cv2.resize(cover[top : foot + 1], (cover.shape[1], flat), interpolation=cv2.INTER_AREA)
    start = min(foot - flat // 2, cover.shape[0] - flat)
    out[start : start + flat] = pressed
    return out


def _light(lot: np.random.Generator) -> Plane:
    """Warmer or cooler, brighter or darker, as rooms are."""
    warm = lot.uniform(-0.035, 0.045)
    return (np.array([1 + warm, 1 + 0.2 * warm, 1 - warm]) * lot.uniform(0.92, 1.03)).astype(np.float32)


def _developed(scene: Plane, lot: np.random.Generator | None = None) -> Pixels:
    if lot is not None:
        shift = tuple(int(s) for s in lot.integers(0, PHOTO_PX, 2))
        scene = scene + np.roll(_film_grain(), shift, (0, 1))[..., None]
    return cast(Pixels, cv2.convertScaleAbs(np.maximum(scene, 0)))


_GRAIN: list[Plane] = []


def _film_grain() -> Plane:
    if not _GRAIN:
        _GRAIN.append(np.random.default_rng(5).normal(0, 2.2, (PHOTO_PX, PHOTO_PX)).astype(np.float32))
    return _GRAIN[0]
