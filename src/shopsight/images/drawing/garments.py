"""How each garment is cut: parts from the back to the front, then seams, buttons and pockets.

Every recipe takes a sheet and a `Look`; what differs between two T-shirts (neck, fit, length, pocket) is in the look.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shopsight.images.drawing.cloth import COLOURS, Colour, Dye, plain
from shopsight.images.drawing.sheet import (
    Fold,
    Points,
    Sheet,
    band,
    blob,
    both_sides,
    curve,
    mirrored,
    moved,
    ring,
    slab,
)


@dataclass(frozen=True)
class Look:
    """What one product looks like: its cloth, its trim, its cut (`wide` and `long` about 1) and its details."""

    dye: Dye
    trim: Dye
    material: str = "jersey"
    wide: float = 1.0
    long: float = 1.0
    cut: str = ""
    details: frozenset[str] = field(default_factory=frozenset)
    motif: NDArray[np.uint8] | None = None

    @property
    def thread(self) -> Colour:
        """The colour of seams: darker than a light cloth, lighter than a dark one."""
        base = np.array(self.dye.colours[0], float)
        toned = base * 0.72 if base.mean() > 70 else base + 26
        return int(toned[0]), int(toned[1]), int(toned[2])


SIDES = (1, -1)


def _side(points: Points, side: int) -> Points:
    return points if side > 0 else mirrored(points)


def _fan(
    sheet: Sheet, x: float, y: float, towards: tuple[float, float], count: int, reach: float, strength: float
) -> list[Fold]:
    """Folds that spread from a point, as cloth does from an armpit or a crotch."""
    out: list[Fold] = []
    for _ in range(count):
        angle = np.arctan2(towards[1], towards[0]) + sheet.lot.uniform(-0.55, 0.55)
        far, near = reach * sheet.lot.uniform(0.6, 1.1), 0.03
        start, end = (
            (x + near * np.cos(angle), y + near * np.sin(angle)),
            (x + far * np.cos(angle), y + far * np.sin(angle)),
        )
        out.append((*start, *end, sheet.lot.uniform(0.012, 0.03), strength * sheet.lot.choice([-1, 1])))
    return out


def _fall(
    sheet: Sheet, left: float, right: float, top: float, bottom: float, count: int, strength: float
) -> list[Fold]:
    """Folds that hang down, spreading a little."""
    out: list[Fold] = []
    for x in np.linspace(left, right, count) + sheet.lot.normal(0, 0.02, count):
        start = top + (bottom - top) * sheet.lot.uniform(0, 0.45)
        width, sign = sheet.lot.uniform(0.015, 0.035), sheet.lot.choice([-1, 1])
        out.append((x * 0.82, start, x * 1.04, bottom, width, strength * sign * sheet.lot.uniform(0.5, 1)))
    return out


def _creases(sheet: Sheet, x: float, y: float, wide: float, count: int, strength: float) -> list[Fold]:
    """Short folds across a sleeve at the elbow or a leg at the knee."""
    out: list[Fold] = []
    for step in range(count):
        at, lean = y + 0.055 * (step - count / 2) + sheet.lot.normal(0, 0.012), sheet.lot.uniform(-0.06, 0.06)
        out.append((x - wide * 0.8, at - lean, x + wide * 0.7, at + lean, 0.016, strength * sheet.lot.choice([-1, 1])))
    return out


def _back(sheet: Sheet, look: Look, path: Points) -> None:
    """The inside of the back, seen through the neck."""
    sheet.part(path, look.dye, material=look.material, drape=0.1, puff=0.2, shade=0.62)


def _stitched(sheet: Sheet, look: Look, path: Points, double: bool = False, colour: Colour | None = None) -> None:
    thread = colour or look.thread
    sheet.line(path, (0, 0, 0), 0.008, strength=0.22, soft=0.004)
    sheet.line(path, thread, 0.005, dash=0.022, strength=0.8)
    if double:
        sheet.line(moved(path, 0, -0.022), thread, 0.005, dash=0.022, strength=0.7)


# ---- tops ----------------------------------------------------------------------------------------------------------


def _torso(look: Look, *, length: float, drop: float, neck: float = 0.2, sharp: bool = False) -> Points:
    w = look.wide
    middle = (0.0, -0.8 + drop, 1) if sharp else (0.0, -0.8 + drop)
    inner = [] if sharp else [(0.6 * neck, -0.8 + 0.82 * drop)]
    half = [
        middle,
        *inner,
        (neck, -0.83, 1),
        (0.5 * w, -0.71, 1),
        (0.445 * w, -0.53),
        (0.455 * w, -0.36, 1),
        (0.43 * w, -0.05),
        (0.45 * w, length - 0.03, 1),
        (0.25 * w, length),
        (0, length + 0.005),
    ]
    return both_sides(half)


def _neck_path(drop: float, neck: float, sharp: bool) -> Points:
    middle = (0.0, -0.8 + drop, 1) if sharp else (0.0, -0.8 + drop)
    inner = [] if sharp else [(0.6 * neck, -0.8 + 0.82 * drop)]
    mirrored_inner = [(-x, y) for x, y in inner]
    return curve([(-neck, -0.83), *mirrored_inner, middle, *inner, (neck, -0.83)])


def _short_sleeve(look: Look, reach: float) -> Points:
    w = look.wide
    out = 0.46 * w + 0.42 * reach
    return blob(
        [
            (0.40 * w, -0.76, 1),
            (0.50 * w, -0.71),
            (0.50 * w + 0.2 * reach, -0.60),
            (out, -0.28 - 0.1 * (1 - reach), 1),
            (out - 0.22, -0.16 - 0.16 * (1 - reach), 1),
            (0.44 * w, -0.33, 1),
            (0.38 * w, -0.5),
        ]
    )


def _long_sleeve(look: Look, down: float = 0.56) -> Points:
    w = look.wide
    return blob(
        [
            (0.40 * w, -0.76, 1),
            (0.50 * w, -0.71),
            (0.61 * w, -0.58),
            (0.70 * w, -0.2),
            (0.78 * w, 0.2),
            (0.84 * w, down, 1),
            (0.68 * w, down + 0.035, 1),
            (0.59 * w, 0.2),
            (0.51 * w, -0.1),
            (0.43 * w, -0.34, 1),
            (0.38 * w, -0.5),
        ]
    )


def _lay_sleeves(sheet: Sheet, look: Look, kind: str, dye: Dye | None = None, puff: float = 1.0) -> None:
    w = look.wide
    for side in SIDES:
        if kind == "long":
            folds = _creases(sheet, side * 0.62 * w, 0.0, 0.1, 5, 0.8) + _creases(
                sheet, side * 0.72 * w, 0.42, 0.07, 3, 0.6
            )
            shape, turn = _long_sleeve(look), -side * 16.0
        else:
            folds = _fan(sheet, side * 0.46 * w, -0.42, (side, 0.5), 4, 0.3, 0.6)
            shape, turn = _short_sleeve(look, 0.55 if kind == "cap" else 1.0), -side * 38.0
        sheet.part(
            _side(shape, side),
            dye or look.dye,
            material=look.material,
            turn=turn,
            origin=(side * 0.5 * w, -0.7),
            folds=folds,
            drape=0.45,
            puff=puff,
        )


def _armholes(sheet: Sheet, look: Look) -> None:
    w = look.wide
    for side in SIDES:
        path = _side(curve([(0.5 * w, -0.71), (0.445 * w, -0.53), (0.455 * w, -0.36)]), side)
        sheet.line(path, (0, 0, 0), 0.012, strength=0.28, soft=0.006)
        sheet.line(path, look.thread, 0.004, strength=0.5)


def _body_folds(sheet: Sheet, look: Look, length: float, strength: float = 0.7) -> list[Fold]:
    w = look.wide
    folds: list[Fold] = []
    for side in SIDES:
        folds += _fan(sheet, side * 0.44 * w, -0.36, (-side, 0.75), 4, 0.42, strength)
    return folds + _fall(sheet, -0.4 * w, 0.4 * w, 0.1, length, 6, 0.6 * strength)


def tshirt(sheet: Sheet, look: Look) -> None:
    """A T-shirt. Cuts: crew, v, boat; details: pocket, ringer, raglan, long (sleeves), knit (ribbed hem and cuffs)."""
    sharp, drop = look.cut == "v", {"v": 0.34, "boat": 0.09}.get(look.cut, 0.17)
    neck = 0.27 if look.cut == "boat" else 0.2
    length = 0.62 * look.long
    contrast = bool({"ringer", "raglan"} & look.details)
    _back(
        sheet,
        look,
        blob([(-neck, -0.83, 1), (0, -0.87), (neck, -0.83, 1), (0.1, -0.7 + drop / 2), (-0.1, -0.7 + drop / 2)]),
    )
    kind = "long" if "long" in look.details else "cap" if "cap" in look.details else "short"
    _lay_sleeves(sheet, look, kind, look.trim if "raglan" in look.details else None)
    body = _torso(look, length=length, drop=drop, neck=neck, sharp=sharp)
    sheet.part(
        body, look.dye, material=look.material, folds=_body_folds(sheet, look, length), drape=0.7, motif=look.motif
    )
    _armholes(sheet, look)
    collar = look.trim if contrast or "knit" in look.details else look.dye
    path = _neck_path(drop, neck, sharp)
    sheet.part(band(path, 0.055), collar, material="rib", puff=0.5, drape=0, shadow=0.25)
    back = curve([(-neck, -0.83), (0, -0.868), (neck, -0.83)])
    sheet.part(band(back, 0.05), collar, material="rib", puff=0.5, drape=0, shadow=0.1, shade=0.88)
    _stitched(sheet, look, moved(path, 0, 0.042))
    _hem(sheet, look, length, collar if contrast else look.dye)
    _cuffs(sheet, look, kind, collar)
    if "pocket" in look.details:
        _chest_pocket(sheet, look, 0.2, -0.36)


def _hem(sheet: Sheet, look: Look, length: float, collar: Dye) -> None:
    w = look.wide
    if "knit" in look.details:
        path = curve([(-0.45 * w, length - 0.04), (0, length - 0.01), (0.45 * w, length - 0.04)])
        sheet.part(band(path, 0.09), collar, material="rib", puff=0.7, drape=0.1, shadow=0.2)
        return
    path = curve([(-0.449 * w, length - 0.075), (0, length - 0.045), (0.449 * w, length - 0.075)])
    _stitched(sheet, look, path, double=True)


def _cuffs(sheet: Sheet, look: Look, kind: str, collar: Dye) -> None:
    w = look.wide
    for side in SIDES:
        if kind == "long":
            path = _side(curve([(0.85 * w, 0.55), (0.67 * w, 0.585)]), side)
            sheet.part(band(path, 0.085), collar, material="rib", puff=0.6, drape=0, turn=-side * 14, shadow=0.2)
        elif "ringer" in look.details:
            path = _side(curve([(0.46 * w + 0.42, -0.285), (0.46 * w + 0.2, -0.165)]), side)
            sheet.part(band(path, 0.05), collar, material="rib", puff=0.4, drape=0, turn=-side * 38, shadow=0.15)
        elif kind == "short":
            path = _side(curve([(0.46 * w + 0.395, -0.325), (0.46 * w + 0.175, -0.205)]), side)
            _stitched(sheet, look, path)


def _chest_pocket(sheet: Sheet, look: Look, x: float, y: float, size: float = 0.1, flap: bool = False) -> None:
    pocket = blob(
        [
            (x - size, y - size, 1),
            (x + size, y - size, 1),
            (x + size, y + 0.8 * size, 1),
            (x, y + 1.25 * size, 1),
            (x - size, y + 0.8 * size, 1),
        ]
    )
    sheet.part(pocket, look.dye, material=look.material, puff=0.25, drape=0.15, shadow=0.35, origin=(0.01, 0.012))
    _stitched(sheet, look, np.array([[x - size, y - 0.72 * size], [x + size, y - 0.72 * size]]))
    if flap:
        lid = blob(
            [
                (x - 1.05 * size, y - 1.05 * size, 1),
                (x + 1.05 * size, y - 1.05 * size, 1),
                (x + 1.05 * size, y - 0.5 * size, 1),
                (x, y - 0.15 * size, 1),
                (x - 1.05 * size, y - 0.5 * size, 1),
            ]
        )
        sheet.part(lid, look.dye, material=look.material, puff=0.3, drape=0.1, shadow=0.4)
        sheet.button(x, y - 0.35 * size, (200, 180, 140), 0.014)


def hoodie(sheet: Sheet, look: Look) -> None:
    """A hooded sweatshirt with a kangaroo pocket and cords."""
    length = 0.6 * look.long
    hood = both_sides([(0, -0.97), (0.2, -0.95), (0.3, -0.82), (0.27, -0.68), (0.1, -0.6), (0, -0.58)])
    sheet.part(hood, look.dye, material=look.material, puff=1.4, drape=0.6)
    sheet.part(
        both_sides([(0, -0.9), (0.13, -0.88), (0.2, -0.78), (0.12, -0.66), (0, -0.62)]),
        look.dye,
        shade=0.5,
        puff=0.6,
        shadow=0,
    )
    _lay_sleeves(sheet, look, "long", puff=1.3)
    body = _torso(look, length=length, drop=0.2, neck=0.22)
    sheet.part(
        body,
        look.dye,
        material=look.material,
        folds=_body_folds(sheet, look, length, 0.9),
        drape=0.9,
        puff=1.3,
        motif=look.motif,
    )
    _armholes(sheet, look)
    for side in SIDES:
        edge = _side(curve([(0.03, -0.6), (0.14, -0.66), (0.25, -0.8)]), side)
        sheet.part(band(edge, 0.07), look.dye, material=look.material, puff=0.8, drape=0, shadow=0.3)
        cord = _side(curve([(0.05, -0.58), (0.06, -0.45), (0.05, -0.3)]), side)
        sheet.line(moved(cord, 0.004, 0.006), (0, 0, 0), 0.016, strength=0.3)
        sheet.line(cord, look.trim.colours[0], 0.014)
    w = look.wide
    pocket = both_sides([(0, 0.18, 1), (0.2 * w, 0.18, 1), (0.3 * w, 0.4), (0.31 * w, 0.5, 1), (0, 0.51, 1)])
    sheet.part(pocket, look.dye, material=look.material, puff=0.6, drape=0.4, shadow=0.35)
    look_knit = replace(look, details=look.details | {"knit"})
    _hem(sheet, look_knit, length, look.dye)
    _cuffs(sheet, look_knit, "long", look.dye)


def shirt(sheet: Sheet, look: Look) -> None:
    """A shirt with collar, buttons and a curved hem. Details: short, pocket, pockets (two with flaps), contrast."""
    w, length = look.wide, 0.64 * look.long
    _back(sheet, look, blob([(-0.19, -0.86, 1), (0, -0.9), (0.19, -0.86, 1), (0.08, -0.62), (-0.08, -0.62)]))
    kind = "short" if "short" in look.details else "long"
    _lay_sleeves(sheet, look, kind)
    half: list[tuple[float, ...]] = [
        (0.0, -0.62, 1),
        (0.19, -0.84, 1),
        (0.5 * w, -0.71, 1),
        (0.445 * w, -0.53),
        (0.455 * w, -0.36, 1),
        (0.43 * w, -0.05),
        (0.455 * w, length - 0.14, 1),
        (0.36 * w, length + 0.0),
        (0.15 * w, length + 0.08),
        (0, length + 0.09),
    ]
    sheet.part(
        both_sides(half),
        look.dye,
        material=look.material,
        folds=_body_folds(sheet, look, length),
        drape=0.7,
        motif=look.motif,
    )
    _armholes(sheet, look)
    hem = curve(
        [
            (-0.455 * w, length - 0.16),
            (-0.34 * w, length - 0.03),
            (0, length + 0.06),
            (0.34 * w, length - 0.03),
            (0.455 * w, length - 0.16),
        ]
    )
    _stitched(sheet, look, hem)
    sheet.part(
        slab(-0.042, -0.64, 0.042, length + 0.085, 0.005),
        look.dye,
        material=look.material,
        puff=0.3,
        drape=0.1,
        shadow=0.25,
        origin=(0.013, 0),
    )
    for x in (-0.033, 0.033):
        sheet.line(np.array([[x, -0.62], [x, length + 0.07]]), look.thread, 0.004, strength=0.6)
    buttons: Colour = (232, 228, 218) if sum(look.dye.colours[0]) < 330 else (120, 106, 92)
    for y in np.linspace(-0.52, length - 0.06, 7):
        sheet.button(0, float(y), buttons)
    for side in SIDES:
        if kind == "long":
            path = _side(curve([(0.85 * w, 0.53), (0.67 * w, 0.565)]), side)
            sheet.part(
                band(path, 0.12), look.trim, material=look.material, puff=0.6, drape=0.1, turn=-side * 14, shadow=0.25
            )
            sheet.button(side * 0.71 * w, 0.56, buttons, 0.013)
        else:
            path = _side(curve([(0.46 * w + 0.4, -0.315), (0.46 * w + 0.19, -0.2)]), side)
            sheet.part(
                band(path, 0.07), look.trim, material=look.material, puff=0.4, drape=0, turn=-side * 38, shadow=0.2
            )
    if "pocket" in look.details:
        _chest_pocket(sheet, look, 0.22, -0.34)
    if "pockets" in look.details:
        for side in SIDES:
            _chest_pocket(sheet, look, side * 0.22, -0.32, 0.1, flap=True)
    _collar(sheet, look, -0.84)


def _collar(sheet: Sheet, look: Look, y: float, size: float = 1.0) -> None:
    """A folded collar: the stand behind, two leaves in front."""
    sheet.part(
        band(curve([(-0.19, y), (0, y - 0.045), (0.19, y)]), 0.075),
        look.trim,
        material=look.material,
        puff=0.5,
        drape=0,
        shade=0.92,
        shadow=0.1,
    )
    for side in SIDES:
        leaf = blob(
            [
                (0.015, y + 0.2, 1),
                (0.1, y + 0.09),
                (0.2, y - 0.03, 1),
                (0.25, y + 0.05),
                (0.19 * size, y + 0.30 * size, 1),
            ]
        )
        sheet.part(
            _side(leaf, side), look.trim, material=look.material, puff=0.5, drape=0.1, turn=side * 40, shadow=0.4
        )
        stitch = _side(np.array([[0.175 * size, y + 0.275 * size], [0.03, y + 0.19]]), side)
        sheet.line(stitch, look.thread, 0.004, dash=0.02, strength=0.6)


def polo(sheet: Sheet, look: Look) -> None:
    """A polo shirt: a T-shirt with a knitted collar and three buttons."""
    tshirt(sheet, replace(look, cut="crew", details=look.details | {"ringer"}))
    sheet.part(
        slab(-0.045, -0.68, 0.045, -0.34, 0.006), look.dye, material=look.material, puff=0.4, drape=0.1, shadow=0.3
    )
    for y in (-0.6, -0.51, -0.41):
        sheet.button(0, y, (236, 232, 222), 0.015)
    _collar(sheet, replace(look, material="rib"), -0.84, 0.92)


# ---- jackets -------------------------------------------------------------------------------------------------------


def jacket(sheet: Sheet, look: Look) -> None:
    """Outerwear. Cuts: bomber, denim, blazer, puffer, coat, parka."""
    _JACKETS[look.cut](sheet, look)


def _shell(
    sheet: Sheet, look: Look, length: float, *, drop: float = 0.16, puff: float = 1.3, drape: float = 0.8
) -> None:
    _back(
        sheet,
        replace(look, dye=look.trim),
        blob([(-0.2, -0.85, 1), (0, -0.9), (0.2, -0.85, 1), (0.12, -0.2), (-0.12, -0.2)]),
    )
    _lay_sleeves(sheet, look, "long", puff=puff)
    body = _torso(look, length=length, drop=drop, neck=0.2)
    sheet.part(
        body,
        look.dye,
        material=look.material,
        folds=_body_folds(sheet, look, length, 0.8),
        drape=drape,
        puff=puff,
        gloss=_gloss(look),
    )
    _armholes(sheet, look)


def _gloss(look: Look) -> float:
    return {"leather": 0.55, "nylon": 0.25}.get(look.material, 0.0)


def _zip(sheet: Sheet, top: float, bottom: float, colour: Colour = (186, 186, 190)) -> None:
    path = np.array([[0.0, top], [0.0, bottom]])
    sheet.line(path, (0, 0, 0), 0.04, strength=0.35, soft=0.008)
    sheet.line(path, (40, 40, 44), 0.028)
    sheet.line(path, colour, 0.02, dash=0.018)
    sheet.line(np.array([[0.0, top + 0.05], [0.0, top + 0.12]]), (222, 222, 226), 0.02)


def _bomber(sheet: Sheet, look: Look) -> None:
    w, length = look.wide, 0.5 * look.long
    _shell(sheet, look, length)
    for side in SIDES:
        pocket = _side(np.array([[0.22 * w, 0.1], [0.33 * w, 0.32]]), side)
        sheet.line(pocket, (0, 0, 0), 0.05, strength=0.35, soft=0.008)
        sheet.part(band(pocket, 0.03), look.dye, material=look.material, puff=0.4, drape=0)
        sheet.part(
            band(_side(curve([(0.85 * w, 0.55), (0.67 * w, 0.585)]), side), 0.1),
            look.trim,
            material="rib",
            puff=0.8,
            drape=0,
            turn=-side * 14,
        )
    hem = curve([(-0.45 * w, length - 0.03), (0, length), (0.45 * w, length - 0.03)])
    sheet.part(band(hem, 0.13), look.trim, material="rib", puff=0.9, drape=0.1)
    _zip(sheet, -0.64, length + 0.05)
    sheet.part(band(_neck_path(0.17, 0.21, False), 0.1), look.trim, material="rib", puff=0.7, drape=0)
    sheet.part(
        band(curve([(-0.21, -0.84), (0, -0.885), (0.21, -0.84)]), 0.075),
        look.trim,
        material="rib",
        puff=0.6,
        drape=0,
        shade=0.85,
    )


def _denim_jacket(sheet: Sheet, look: Look) -> None:
    w, length = look.wide, 0.46 * look.long
    stitch: Colour = (206, 148, 84) if look.material == "denim" else look.thread
    _shell(sheet, look, length)
    for side in SIDES:
        _stitched(sheet, look, _side(curve([(0.46 * w, -0.42), (0.06, -0.4)]), side), True, stitch)
        _stitched(sheet, look, _side(np.array([[0.12, -0.2], [0.09, length - 0.1]]), side), False, stitch)
        _stitched(sheet, look, _side(np.array([[0.32 * w, -0.2], [0.2 * w, length - 0.1]]), side), False, stitch)
        _chest_pocket(sheet, look, side * 0.23 * w, -0.3, 0.1, flap=True)
        sheet.part(
            band(_side(curve([(0.85 * w, 0.54), (0.67 * w, 0.575)]), side), 0.1),
            look.dye,
            material=look.material,
            puff=0.5,
            drape=0,
            turn=-side * 14,
        )
    hem = curve([(-0.45 * w, length - 0.03), (0, length), (0.45 * w, length - 0.03)])
    sheet.part(band(hem, 0.11), look.dye, material=look.material, puff=0.6, drape=0.1, origin=(0, 0.03))
    _front_edge(sheet, look, -0.62, length + 0.05, (214, 176, 112))
    _collar(
        sheet,
        replace(
            look,
            trim=look.dye if "sherpa" not in look.details else look.trim,
            material=look.material if "sherpa" not in look.details else "wool",
        ),
        -0.84,
        1.1,
    )


def _front_edge(sheet: Sheet, look: Look, top: float, bottom: float, buttons: Colour, count: int = 6) -> None:
    sheet.part(
        slab(-0.05, top, 0.05, bottom, 0.005), look.dye, material=look.material, puff=0.4, drape=0.1, shadow=0.35
    )
    for y in np.linspace(top + 0.1, bottom - 0.06, count):
        sheet.button(0, float(y), buttons, 0.02)


def _blazer(sheet: Sheet, look: Look, length: float = 0.66, double: bool = False) -> None:
    w, length = look.wide, length * look.long
    shirt_front = both_sides([(0, -0.83), (0.2, -0.84, 1), (0.18, -0.3), (0, 0.0, 1)])
    _lay_sleeves(sheet, look, "long")
    sheet.part(shirt_front, look.trim, material="smooth", puff=0.3, drape=0.2, shade=0.95)
    deep = -0.02 if not double else -0.22
    for side in (-1, 1):
        over = 0.05 if not double else 0.16
        front = blob(
            [
                (0.2, -0.84, 1),
                (0.5 * w, -0.71, 1),
                (0.445 * w, -0.53),
                (0.455 * w, -0.36, 1),
                (0.41 * w, -0.02),
                (0.47 * w, length, 1),
                (0.1, length + 0.03),
                (-over, length - 0.02 if not double else length + 0.03, 1),
                (-over, deep + 0.06, 1),
                (0.1, -0.5),
            ]
        )
        folds = _fan(sheet, side * 0.44 * w, -0.36, (-side, 0.75), 3, 0.35, 0.5)
        folds.append((side * 0.24, deep, side * 0.3, length, 0.03, 0.3 * side))
        sheet.part(_side(front, side), look.dye, material=look.material, folds=folds, drape=0.45, shadow=0.4)
    for side in (-1, 1):
        tip = 0.26 * (1.1 if double else 1.0)
        lapel = blob(
            [
                (0.17, -0.88, 1),
                (0.24, -0.8),
                (tip + 0.06, -0.52, 1),
                (tip - 0.05, -0.49, 1),
                (tip + 0.02, -0.42, 1),
                (0.12, -0.22),
                (-0.01 if not double else -0.1, deep + 0.05, 1),
                (0.09, -0.5),
            ]
        )
        sheet.part(
            _side(lapel, side),
            look.dye,
            material=look.material,
            turn=side * 20,
            puff=0.5,
            drape=0.1,
            shadow=0.5,
            origin=(0.02, 0.01),
        )
        pocket = _side(np.array([[0.17 * w, 0.24], [0.37 * w, 0.22]]), side)
        sheet.part(band(pocket, 0.055), look.dye, material=look.material, puff=0.4, drape=0, shadow=0.4)
    _armholes(sheet, look)
    sheet.part(
        band(curve([(-0.19, -0.86), (0, -0.91), (0.19, -0.86)]), 0.06),
        look.dye,
        material=look.material,
        puff=0.6,
        drape=0,
    )
    dark: Colour = (58, 50, 46) if sum(look.dye.colours[0]) > 200 else (120, 112, 104)
    for y in (0.06, 0.22) if not double else (-0.08, 0.12, 0.32):
        for x in (0.0,) if not double else (-0.1, 0.1):
            sheet.button(x, y, dark, 0.026)
    for side in SIDES:
        for step in range(3):
            sheet.button(side * (0.69 + 0.008 * step) * w, 0.47 + 0.04 * step, dark, 0.011)


def _coat(sheet: Sheet, look: Look) -> None:
    _blazer(sheet, look, 0.88, double=True)


def _puffer(sheet: Sheet, look: Look) -> None:
    w, length = look.wide, 0.52 * look.long
    _shell(sheet, look, length, puff=1.8, drape=1.0)
    rows = np.linspace(-0.58, length - 0.06, 7)
    for y in rows:
        path = curve([(-0.5 * w, float(y)), (0, float(y) + 0.02), (0.5 * w, float(y))])
        sheet.line(moved(path, 0, -0.035), (0, 0, 0), 0.05, strength=0.22, soft=0.02)
        sheet.line(moved(path, 0, 0.035), (255, 255, 255), 0.035, strength=0.3, soft=0.018)
        sheet.line(path, (0, 0, 0), 0.008, strength=0.5, soft=0.003)
    for side in SIDES:
        for step in range(6):
            t = step / 5
            inner, outer = (
                np.array([0.45 * w + 0.2 * t, -0.3 + 0.85 * t]),
                np.array([0.6 * w + 0.22 * t, -0.42 + 0.9 * t]),
            )
            path = _side(np.stack([inner, outer]), side)
            sheet.line(moved(path, 0, -0.03), (0, 0, 0), 0.04, strength=0.22, soft=0.016)
            sheet.line(moved(path, 0, 0.03), (255, 255, 255), 0.03, strength=0.26, soft=0.015)
            sheet.line(path, (0, 0, 0), 0.008, strength=0.5, soft=0.003)
    _zip(sheet, -0.7, length)
    if "hood" in look.details:
        _hood(sheet, look)
    else:
        collar = blob([(-0.24, -0.9, 1), (0, -0.94), (0.24, -0.9, 1), (0.2, -0.72), (0, -0.64), (-0.2, -0.72)])
        sheet.part(collar, look.dye, material=look.material, puff=1.8, gloss=0.2, shadow=0.4)


def _hood(sheet: Sheet, look: Look) -> None:
    hood = both_sides([(0, -0.98), (0.22, -0.95), (0.33, -0.8), (0.25, -0.66), (0.06, -0.56), (0, -0.55)])
    sheet.part(hood, look.dye, material=look.material, puff=1.5, drape=0.7, shadow=0.4)
    sheet.part(
        both_sides([(0, -0.9), (0.14, -0.88), (0.21, -0.76), (0.1, -0.64), (0, -0.6)]),
        look.trim,
        shade=0.6,
        puff=0.6,
        shadow=0,
    )
    if "fur" in look.details:
        rim = ring(0, -0.76, 0.24, 0.19)
        for _ in range(3):
            sheet.part(
                band(rim + sheet.lot.normal(0, 0.006, rim.shape), 0.1),
                plain("camel"),
                material="wool",
                drape=0.25,
                grid=(40, 40),
                shadow=0.1,
            )


def _parka(sheet: Sheet, look: Look) -> None:
    w, length = look.wide, 0.8 * look.long
    _shell(sheet, look, length)
    sheet.line(curve([(-0.43 * w, 0.1), (0, 0.13), (0.43 * w, 0.1)]), (0, 0, 0), 0.02, strength=0.4, soft=0.008)
    _front_edge(sheet, look, -0.6, length, look.thread, 7)
    for side in SIDES:
        for y, size in ((0.42, 0.14), (-0.22, 0.1)):
            _chest_pocket(sheet, look, side * 0.25 * w, y, size, flap=True)
        sheet.part(
            band(_side(curve([(0.85 * w, 0.54), (0.67 * w, 0.575)]), side), 0.08),
            look.dye,
            material=look.material,
            puff=0.5,
            drape=0,
            turn=-side * 14,
        )
    _hood(sheet, look)


def _rainjacket(sheet: Sheet, look: Look) -> None:
    w, length = look.wide, 0.68 * look.long
    _shell(sheet, look, length, drape=1.0)
    _zip(sheet, -0.64, length, (240, 240, 240))
    for side in SIDES:
        pocket = _side(np.array([[0.2 * w, 0.18], [0.36 * w, 0.2]]), side)
        sheet.part(band(pocket, 0.07), look.dye, material=look.material, puff=0.6, drape=0, shadow=0.45)
    _hood(sheet, look)


def _cardigan(sheet: Sheet, look: Look) -> None:
    w, length = look.wide, 0.56 * look.long
    _shell(sheet, look, length, drop=0.5, drape=0.8)
    front = curve([(-0.2, -0.84), (-0.1, -0.5), (0.0, -0.24), (0.0, 0.2), (0.0, length)])
    for side in SIDES:
        sheet.part(band(_side(front, -side), 0.085), look.trim, material="rib", puff=0.7, drape=0)
        sheet.part(
            band(_side(curve([(0.85 * w, 0.55), (0.67 * w, 0.585)]), side), 0.1),
            look.trim,
            material="rib",
            puff=0.8,
            drape=0,
        )
    hem = curve([(-0.45 * w, length - 0.03), (0, length), (0.45 * w, length - 0.03)])
    sheet.part(band(hem, 0.1), look.trim, material="rib", puff=0.9, drape=0.1)
    for y in np.linspace(-0.16, length - 0.02, 5):
        sheet.button(0.0, float(y), (92, 66, 48), 0.024)


_JACKETS = {
    "bomber": _bomber,
    "denim": _denim_jacket,
    "blazer": _blazer,
    "coat": _coat,
    "puffer": _puffer,
    "parka": _parka,
    "rain": _rainjacket,
    "cardigan": _cardigan,
}


# ---- dresses and skirts --------------------------------------------------------------------------------------------


def dress(sheet: Sheet, look: Look) -> None:
    """A dress. Cuts: aline, slip, shirt, maxi, shift, wrap; details: belt, short and long (sleeves)."""
    flare = {"slip": 0.40, "shift": 0.40, "maxi": 0.8, "shirt": 0.54, "wrap": 0.6}.get(look.cut, 0.64) * look.wide
    waist = 0.33 if look.cut == "shift" else 0.36 if look.cut == "shirt" else 0.275
    hem = {"maxi": 1.5, "slip": 1.3, "wrap": 1.1, "shirt": 0.82, "shift": 0.72}.get(look.cut, 0.72) * look.long
    strap, sleeves = look.cut == "slip", {"short", "long", "cap"} & look.details
    narrow = replace(look, wide=0.74)
    neck, drop = (0.15, 0.3) if look.cut in ("wrap", "slip") else (0.17, 0.16)
    if not strap:
        _back(
            sheet,
            look,
            blob([(-neck, -0.83, 1), (0, -0.86), (neck, -0.83, 1), (0.08, -0.78 + drop), (-0.08, -0.78 + drop)]),
        )
    if sleeves:
        _lay_sleeves(sheet, narrow, next(iter(sleeves)))
    shoulder: list[tuple[float, ...]] = (
        [(0.0, -0.56), (0.1, -0.6), (0.2, -0.7, 1), (0.24, -0.62), (0.3, -0.48, 1)]
        if strap
        else [
            (0.0, -0.8 + drop, *((1,) if look.cut == "wrap" else ())),
            (neck, -0.83, 1),
            (0.36, -0.74, 1),
            (0.31, -0.56),
            (0.335, -0.4, 1),
        ]
    )
    bodice = both_sides([*shoulder, (waist + 0.01, -0.12), (waist, 0.02, 1), (0, 0.04)])
    skirt_half: list[tuple[float, ...]] = [
        (0, -0.02),
        (waist, -0.02, 1),
        ((waist + flare) / 2 + 0.02, 0.3 * hem + 0.05),
        (flare, hem - 0.03, 1),
        (flare * 0.5, hem + 0.02),
        (0, hem + 0.03),
    ]
    folds = _fall(sheet, -0.75 * flare, 0.75 * flare, 0.0, hem, 5 + int(12 * flare), 1.1 if flare > 0.45 else 0.5)
    sheet.part(
        both_sides(skirt_half),
        look.dye,
        material=look.material,
        folds=folds,
        drape=0.9,
        grid=(3, 7),
        gloss=0.3 if look.cut == "slip" else 0.0,
    )
    upper = [f for side in SIDES for f in _fan(sheet, side * 0.3, -0.38, (-side, 0.6), 3, 0.28, 0.6)]
    sheet.part(
        bodice,
        look.dye,
        material=look.material,
        folds=upper,
        drape=0.5,
        shadow=0.12,
        gloss=0.3 if strap else 0.0,
        motif=look.motif,
    )
    if strap:
        for side in SIDES:
            sheet.part(
                band(_side(curve([(0.19, -0.68), (0.17, -0.82), (0.12, -0.93)]), side), 0.022),
                look.dye,
                puff=0.3,
                drape=0,
            )
    elif look.cut != "shirt":
        path = _neck_path(drop, neck, look.cut == "wrap")
        sheet.part(band(path, 0.03), look.trim, material=look.material, puff=0.4, drape=0)
        sheet.part(
            band(curve([(-neck, -0.83), (0, -0.86), (neck, -0.83)]), 0.028), look.trim, puff=0.4, drape=0, shade=0.85
        )
    if look.cut == "shirt":
        _front_edge(sheet, replace(look, dye=look.dye), -0.6, hem + 0.02, (236, 230, 216), 9)
        _collar(sheet, look, -0.84, 0.9)
    if look.cut == "wrap":
        sheet.line(curve([(-0.13, -0.8), (0.02, -0.46), (0.22, -0.02)]), (0, 0, 0), 0.02, strength=0.4, soft=0.006)
        sheet.line(curve([(0.22, 0.0), (0.16, 0.4), (0.02, hem)]), (0, 0, 0), 0.03, strength=0.4, soft=0.01)
    if "belt" in look.details:
        sheet.part(
            band(curve([(-waist - 0.005, 0.0), (0, 0.02), (waist + 0.005, 0.0)]), 0.07),
            look.trim,
            material="leather",
            puff=0.5,
            drape=0,
        )
        sheet.line(ring(0, 0.02, 0.045, 0.04), COLOURS["gold"], 0.014)
    elif look.cut not in ("shift", "shirt"):
        sheet.line(curve([(-waist, 0.0), (0, 0.02), (waist, 0.0)]), (0, 0, 0), 0.012, strength=0.35, soft=0.005)
    if look.cut == "maxi" and "tiers" in look.details:
        for y in (0.45, 0.95):
            reach = waist + (flare - waist) * (y / hem)
            sheet.line(curve([(-reach, y), (0, y + 0.04), (reach, y)]), (0, 0, 0), 0.025, strength=0.26, soft=0.01)
    if not sleeves and not strap:
        for side in SIDES:
            sheet.line(
                _side(curve([(0.355, -0.74), (0.305, -0.56), (0.33, -0.4)]), side), look.thread, 0.012, strength=0.5
            )


def skirt(sheet: Sheet, look: Look) -> None:
    """A skirt. Cuts: aline, pencil, pleated, midi, denim, tiered."""
    top, waist = -0.62, 0.34 * look.wide
    flare = {"pencil": 0.40, "pleated": 0.66, "midi": 0.68, "denim": 0.48, "tiered": 0.64}.get(
        look.cut, 0.62
    ) * look.wide
    hem = {"pencil": 0.42, "midi": 0.82, "denim": 0.12, "tiered": 0.72, "pleated": 0.5}.get(look.cut, 0.3) * look.long
    hip = (
        (waist + 0.09, top + 0.3) if look.cut in ("pencil", "denim") else ((waist + flare) / 2, (top + hem) / 2 - 0.05)
    )
    half: list[tuple[float, ...]] = [
        (0, top + 0.02),
        (waist, top, 1),
        hip,
        (flare, hem - 0.04, 1),
        (flare * 0.5, hem + 0.01),
        (0, hem + 0.025),
    ]
    if look.cut == "pleated":
        folds = [
            (k * waist / 9, top + 0.08, k * flare / 9, hem + 0.03, 0.02, 1.0 if k % 2 else -1.0) for k in range(-9, 10)
        ]
        drape = 0.2
    else:
        folds = _fall(
            sheet, -0.8 * flare, 0.8 * flare, top, hem, 4 + int(14 * max(0, flare - 0.36)), 1.0 if flare > 0.5 else 0.4
        )
        drape = 0.8
    sheet.part(
        both_sides(half),
        look.dye,
        material=look.material,
        folds=folds,
        drape=drape,
        grid=(3, 8),
        gloss=0.25 if "satin" in look.details else _gloss(look),
    )
    if look.cut == "pleated":
        for k in range(-9, 10):
            sheet.line(
                np.array([[k * waist / 9, top + 0.08], [k * flare / 9, hem + 0.02]]),
                (0, 0, 0),
                0.008,
                strength=0.3,
                soft=0.003,
            )
    if look.cut == "tiered":
        for y in (-0.2, 0.25):
            reach = waist + (flare - waist) * (y - top) / (hem - top)
            sheet.line(
                curve([(-reach - 0.05, y), (0, y + 0.04), (reach + 0.05, y)]), (0, 0, 0), 0.03, strength=0.4, soft=0.01
            )
    sheet.part(
        band(curve([(-waist, top + 0.02), (0, top + 0.045), (waist, top + 0.02)]), 0.085),
        look.dye,
        material=look.material,
        puff=0.5,
        drape=0.1,
        shadow=0.35,
    )
    if look.cut == "denim" or "buttons" in look.details:
        _front_edge(sheet, look, top + 0.06, hem + 0.02, (200, 164, 100), 5)
        for side in SIDES:
            _stitched(
                sheet,
                look,
                _side(curve([(0.12, top + 0.08), (0.2, top + 0.22), (waist + 0.05, top + 0.24)]), side),
                False,
                (206, 148, 84),
            )
    _stitched(sheet, look, curve([(-flare + 0.01, hem - 0.075), (0, hem - 0.02), (flare - 0.01, hem - 0.075)]))
    if "bow" in look.details:
        for side in SIDES:
            loop = blob([(0, top + 0.04, 1), (0.1, top - 0.02), (0.16, top + 0.05), (0.09, top + 0.11)])
            sheet.part(_side(loop, side), look.dye, puff=0.8)
            sheet.part(
                band(_side(curve([(0.0, top + 0.06), (0.06, top + 0.2), (0.05, top + 0.4)]), side), 0.05),
                look.dye,
                puff=0.6,
            )


# ---- legs ----------------------------------------------------------------------------------------------------------


def pants(sheet: Sheet, look: Look) -> None:
    """Trousers and shorts. Cuts: jeans, chino, wide, jogger, suit, leggings, cargo; details: shorts, cuff, torn."""
    shorts = "shorts" in look.details
    hem = (0.0 if shorts else 0.93) * (1.0 if shorts else min(look.long, 1.02)) + (0.05 * look.long if shorts else 0)
    top, waist = -0.92 if not shorts else -0.62, 0.31 * look.wide
    crotch = top + 0.5
    hip = 0.385 * look.wide
    knee, ankle, inner = {
        "wide": (0.45, 0.52, 0.06),
        "jogger": (0.37, 0.27, 0.12),
        "leggings": (0.30, 0.215, 0.10),
        "suit": (0.38, 0.34, 0.10),
        "cargo": (0.42, 0.38, 0.09),
    }.get(look.cut, (0.36, 0.31, 0.11))
    if shorts:
        hem, ankle, inner = 0.2 * look.long, 0.47 * look.wide, 0.05
        knee = 0.44 * look.wide
    sheet.part(
        both_sides([(0, top), (waist, top - 0.01, 1), (waist - 0.03, top + 0.07), (0, top + 0.1)]),
        look.dye,
        shade=0.55,
        puff=0.2,
        drape=0,
    )
    for side in SIDES:
        leg = blob(
            [
                (-0.012, top + 0.03, 1),
                (waist, top, 1),
                (hip, top + 0.34),
                ((knee + hip) / 2, (crotch + hem) / 2) if shorts else (knee, (crotch + hem) / 2),
                (ankle, hem, 1),
                (inner, hem + 0.015, 1),
                (0.035 if not shorts else 0.03, crotch + 0.12),
                (-0.012, crotch, 1),
            ]
        )
        folds = _fan(sheet, side * 0.03, crotch + 0.02, (side, -0.35), 4, 0.26, 0.8) + _fan(
            sheet, side * 0.05, crotch + 0.08, (side * 0.8, 0.7), 2, 0.24, 0.6
        )
        if not shorts:
            folds += _creases(sheet, side * 0.24, 0.28, 0.1, 4, 0.7) + _creases(
                sheet, side * (ankle + inner) / 2, hem - 0.1, 0.08, 3, 0.8
            )
        if look.cut == "suit":
            folds.append((side * 0.2, top + 0.2, side * (ankle + inner) / 2, hem, 0.012, 1.3))
        if look.cut == "wide":
            folds += [
                (side * x, crotch, side * (x + 0.05), hem, 0.03, s) for x, s in ((0.12, 0.9), (0.24, -0.8), (0.34, 0.8))
            ]
        sheet.part(
            _side(leg, side),
            look.dye,
            material=look.material,
            turn=side * 3.0,
            origin=(side * 0.2, 0),
            folds=folds,
            drape=0.55,
            grid=(7, 3),
            shadow=0.15,
            gloss=_gloss(look),
        )
        _leg_details(sheet, look, side, top, waist, hip, crotch, hem, ankle, inner)
    _waist(sheet, look, top, waist, crotch)


def _leg_details(
    sheet: Sheet,
    look: Look,
    side: int,
    top: float,
    waist: float,
    hip: float,
    crotch: float,
    hem: float,
    ankle: float,
    inner: float,
) -> None:
    stitch: Colour = (206, 148, 84) if look.material == "denim" else look.thread
    if look.material == "denim" and "raw" not in look.details:
        fade = _side(curve([(0.2, crotch - 0.05), (0.23, (crotch + hem) / 2), (0.22, hem - 0.15)]), side)
        sheet.line(fade, (206, 218, 230), 0.13, strength=0.26, soft=0.05)
    _stitched(sheet, look, _side(np.array([[ankle - 0.004, hem - 0.045], [inner, hem - 0.03]]), side), False, stitch)
    if look.cut == "jogger":
        cuff = _side(curve([(ankle - 0.004, hem), (inner + 0.004, hem + 0.01)]), side)
        sheet.part(band(cuff, 0.09), look.trim, material="rib", puff=0.8, drape=0)
    if "cuff" in look.details:
        cuff = _side(curve([(ankle - 0.004, hem - 0.03), (inner + 0.002, hem - 0.015)]), side)
        sheet.part(band(cuff, 0.09), look.dye, material=look.material, puff=0.5, drape=0.1, shade=1.12, shadow=0.4)
    if look.cut == "cargo":
        middle = top + (0.72 if "shorts" not in look.details else 0.5)
        _chest_pocket(sheet, look, side * (hip - 0.06), middle, 0.1, flap=True)
    if "stripe" in look.details:
        seam = curve(
            [
                (waist - 0.015, top + 0.1),
                (hip - 0.02, top + 0.34),
                ((hip + ankle) / 2 - 0.012, (crotch + hem) / 2),
                (ankle - 0.025, hem - 0.04),
            ]
        )
        sheet.line(_side(seam, side), look.trim.colours[0], 0.035)
    if look.cut != "leggings":
        pocket = _side(curve([(0.15, top + 0.08), (0.21, top + 0.22), (hip - 0.035, top + 0.27)]), side)
        sheet.line(moved(pocket, 0, 0.008), (0, 0, 0), 0.02, strength=0.35, soft=0.006)
        sheet.line(pocket, stitch, 0.005, dash=0.022, strength=0.9)


def _waist(sheet: Sheet, look: Look, top: float, waist: float, crotch: float) -> None:
    stitch: Colour = (206, 148, 84) if look.material == "denim" else look.thread
    soft = look.cut in ("jogger", "leggings")
    path = curve([(-waist, top + 0.035), (0, top + 0.055), (waist, top + 0.035)])
    sheet.part(band(path, 0.08), look.dye, material="rib" if soft else look.material, puff=0.5, drape=0.1, shadow=0.3)
    if soft:
        for side in SIDES:
            sheet.line(
                _side(curve([(0.02, top + 0.06), (0.05, top + 0.16), (0.03, top + 0.27)]), side),
                look.trim.colours[0],
                0.014,
            )
        return
    sheet.line(np.array([[0, top + 0.09], [0, crotch]]), (0, 0, 0), 0.01, strength=0.4, soft=0.004)
    sheet.line(curve([(0.055, top + 0.1), (0.055, crotch - 0.16), (0.005, crotch - 0.06)]), stitch, 0.005, dash=0.022)
    sheet.button(0, top + 0.055, (196, 160, 104) if look.material == "denim" else (90, 78, 66), 0.022)
    for x in (-0.22, -0.11, 0.11, 0.22):
        loop = np.array([[x * waist / 0.31, top + 0.0], [x * waist / 0.31, top + 0.1]])
        sheet.part(band(loop, 0.022), look.dye, material=look.material, puff=0.4, drape=0, shadow=0.4)


def shorts(sheet: Sheet, look: Look) -> None:
    pants(sheet, replace(look, details=look.details | {"shorts"}))
