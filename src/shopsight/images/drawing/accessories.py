"""Shoes, boots, bags and hats, part by part as the garments are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from shopsight.images.drawing.cloth import COLOURS, Colour, Dye, plain
from shopsight.images.drawing.garments import SIDES, Look
from shopsight.images.drawing.sheet import (
    Sheet,
    band,
    blob,
    both_sides,
    curve,
    moved,
    ring,
    slab,
)

Way = Sequence[tuple[float, ...]]


Recipe = Callable[[Sheet, Look], None]


def _gloss(look: Look) -> float:
    return {"leather": 0.45, "patent": 0.9, "rubber": 0.7, "nylon": 0.2}.get(look.material, 0.0)


def _upper(
    sheet: Sheet,
    look: Look,
    way: Way,
    dye: Dye | None = None,
    *,
    puff: float = 1.5,
    shade: float = 1.0,
    shadow: float = 0.3,
) -> None:
    """A piece of a shoe's upper, in the look's own material."""
    sheet.part(
        blob(way),
        dye or look.dye,
        material=_grain(look),
        drape=0.35,
        gloss=_gloss(look),
        puff=puff,
        shade=shade,
        shadow=shadow,
    )


def _grain(look: Look) -> str:
    return "smooth" if look.material in ("patent", "rubber") else look.material


def _seam(sheet: Sheet, look: Look, way: Way, double: bool = False) -> None:
    path = curve(way)
    sheet.line(path, (0, 0, 0), 0.012, strength=0.35, soft=0.005)
    sheet.line(moved(path, 0.006, -0.016), look.thread, 0.006, dash=0.025, strength=0.9)
    if double:
        sheet.line(moved(path, 0.012, -0.032), look.thread, 0.006, dash=0.025, strength=0.9)


# ---- shoes: seen from the side, the toe to the right ---------------------------------------------------------------


def shoe(sheet: Sheet, look: Look) -> None:
    """Shoes. Cuts: sneaker, high, runner, slipon, loafer, oxford, pump, sandal, ballerina."""
    _SHOES[look.cut](sheet, look)


def _laces(sheet: Sheet, colour: Colour, start: tuple[float, float], end: tuple[float, float], count: int) -> None:
    for t in np.linspace(0, 1, count):
        x, y = start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])
        path = curve([(x - 0.075, y + 0.055), (x, y - 0.005), (x + 0.055, y - 0.012)])
        sheet.line(moved(path, 0.004, 0.014), (0, 0, 0), 0.03, strength=0.35, soft=0.006)
        sheet.line(path, colour, 0.032)
        sheet.button(x - 0.078, y + 0.058, (120, 120, 124), 0.012)


def _rubber_sole(sheet: Sheet, top: Dye, way: Way, line: Colour | None) -> None:
    sheet.part(blob(way), top, material="smooth", puff=0.9, drape=0.0, shadow=0.5)
    if line:
        lower = [(x, y - 0.045) for x, y, *_ in way if y > 0.3]
        sheet.line(curve(sorted(lower)), line, 0.018)


_LOW_SOLE: Way = [
    (-0.86, 0.2, 1),
    (-0.5, 0.205),
    (0.0, 0.22),
    (0.5, 0.22),
    (0.9, 0.17, 1),
    (0.95, 0.27),
    (0.86, 0.36),
    (0.4, 0.375),
    (-0.4, 0.375),
    (-0.84, 0.365, 1),
    (-0.89, 0.28),
]


def _sneaker(sheet: Sheet, look: Look, high: bool = False) -> None:
    top = -0.62 if high else -0.26
    inner: Way = [(-0.76, top + 0.02), (-0.52, top - 0.03), (-0.3, top - 0.02), (-0.2, top + 0.2), (-0.6, top + 0.22)]
    _upper(sheet, look, inner, replace(look.trim), shade=0.55)
    tongue: Way = [
        (-0.3, top - 0.12),
        (-0.14, top - 0.15),
        (0.0, top + 0.06 + 0.25 * high),
        (0.3, 0.06),
        (0.1, 0.1),
        (-0.2, 0.0),
    ]
    _upper(sheet, look, tongue, look.dye, shade=0.92)
    body: Way = [
        (-0.82, 0.26, 1),
        (-0.84, 0.02),
        (-0.79, top + 0.03, 1),
        (-0.6, top + 0.10),
        (-0.36, top + 0.03),
        (-0.24, top - 0.03, 1),
        (-0.02, -0.12 + 0.05 * high),
        (0.3, -0.03),
        (0.6, -0.02),
        (0.83, 0.06),
        (0.91, 0.18),
        (0.9, 0.26, 1),
    ]
    _upper(sheet, look, body)
    toe: Way = [(0.5, 0.26, 1), (0.48, 0.12), (0.54, -0.025), (0.7, 0.0), (0.85, 0.075), (0.915, 0.19), (0.9, 0.26, 1)]
    _upper(sheet, look, toe, look.trim if "cap" in look.details else look.dye, puff=1.0, shadow=0.3)
    heel: Way = [
        (-0.82, 0.26, 1),
        (-0.84, 0.02),
        (-0.79, top + 0.03, 1),
        (-0.66, top + 0.09),
        (-0.62, 0.0),
        (-0.56, 0.26, 1),
    ]
    _upper(sheet, look, heel, look.trim, puff=0.8, shadow=0.35)
    facing: Way = [
        (-0.26, top - 0.02, 1),
        (-0.16, top + 0.0),
        (0.02, -0.11 + 0.02 * high),
        (0.36, -0.02),
        (0.3, 0.08, 1),
        (-0.08, 0.04),
        (-0.3, top + 0.14, 1),
    ]
    _upper(sheet, look, facing, puff=0.6, shadow=0.3)
    _seam(sheet, look, [(0.49, 0.25), (0.47, 0.12), (0.53, -0.02)])
    if "stripe" in look.details:
        swoop = curve([(-0.5, 0.02), (-0.25, 0.16), (0.1, 0.15), (0.42, 0.06)])
        sheet.part(band(swoop, 0.075), look.trim, material="smooth", puff=0.5, drape=0, shadow=0.25)
    if "bars" in look.details:
        for x in (-0.3, -0.17, -0.04):
            bar = curve([(x - 0.1, 0.22), (x + 0.06, 0.02 - 0.08 * (x < -0.2))])
            sheet.part(band(bar, 0.055), look.trim, material="smooth", puff=0.4, drape=0, shadow=0.2)
    if "star" in look.details:
        sheet.part(ring(-0.5, -0.28 if high else 0.0, 0.11, 0.11), plain("white"), material="smooth", puff=0.4, drape=0)
        sheet.line(ring(-0.5, -0.28 if high else 0.0, 0.07, 0.07), look.dye.colours[0], 0.03)
    _laces(
        sheet,
        (240, 238, 232) if "darklace" not in look.details else (44, 44, 48),
        (-0.12, top + 0.04),
        (0.26, 0.01),
        7 if high else 5,
    )
    sole = plain("white") if "dark" not in look.details else look.trim
    _rubber_sole(sheet, sole, _LOW_SOLE, look.trim.colours[0] if "dark" not in look.details else None)


def _runner(sheet: Sheet, look: Look) -> None:
    _upper(sheet, look, [(-0.74, -0.3), (-0.5, -0.26), (-0.26, -0.3), (-0.2, -0.1), (-0.6, -0.06)], shade=0.5)
    body: Way = [
        (-0.8, 0.2, 1),
        (-0.84, -0.08),
        (-0.8, -0.34, 1),
        (-0.7, -0.3),
        (-0.55, -0.18),
        (-0.38, -0.2),
        (-0.22, -0.36, 1),
        (-0.1, -0.3),
        (0.2, -0.1),
        (0.55, -0.06),
        (0.84, 0.03),
        (0.94, 0.14),
        (0.93, 0.22, 1),
    ]
    _upper(sheet, look, body)
    for way in (
        [(-0.8, 0.2, 1), (-0.82, -0.06), (-0.72, -0.14), (-0.52, 0.0), (-0.4, 0.2, 1)],
        [(0.45, 0.22, 1), (0.54, 0.06), (0.72, -0.03), (0.86, 0.04), (0.945, 0.14), (0.93, 0.22, 1)],
    ):
        _upper(sheet, look, way, look.trim, puff=0.7, shadow=0.25)
    for x in (-0.3, -0.12, 0.06):
        sheet.part(
            band(curve([(x - 0.08, 0.2), (x + 0.02, 0.02), (x + 0.13, -0.12)]), 0.05),
            look.trim,
            material="smooth",
            puff=0.5,
            drape=0,
            shadow=0.2,
        )
    _laces(sheet, (244, 244, 240), (-0.1, -0.22), (0.28, -0.02), 5)
    sole: Way = [
        (-0.9, 0.1, 1),
        (-0.6, 0.17),
        (-0.1, 0.2),
        (0.5, 0.2),
        (0.92, 0.15),
        (0.99, 0.2),
        (0.9, 0.33),
        (0.5, 0.385),
        (-0.3, 0.37),
        (-0.8, 0.39),
        (-0.94, 0.3),
    ]
    _rubber_sole(sheet, plain("white"), sole, None)
    sheet.part(
        blob(
            [
                (-0.9, 0.3, 1),
                (-0.3, 0.31),
                (0.4, 0.33),
                (0.93, 0.27, 1),
                (0.86, 0.36),
                (0.5, 0.4),
                (-0.3, 0.385),
                (-0.8, 0.4),
            ]
        ),
        look.trim,
        material="smooth",
        puff=0.5,
        drape=0,
        shadow=0,
    )


def _slip_on(sheet: Sheet, look: Look) -> None:
    _upper(
        sheet, look, [(-0.76, -0.16), (-0.4, -0.14), (-0.02, -0.2), (0.1, -0.02), (-0.6, 0.02)], look.trim, shade=0.6
    )
    body: Way = [
        (-0.82, 0.26, 1),
        (-0.84, 0.02),
        (-0.8, -0.2, 1),
        (-0.5, -0.08),
        (-0.22, -0.08),
        (0.0, -0.24, 1),
        (0.3, -0.16),
        (0.64, -0.06),
        (0.85, 0.05),
        (0.91, 0.17),
        (0.9, 0.26, 1),
    ]
    _upper(sheet, look, body)
    _seam(sheet, look, [(-0.1, 0.25), (-0.02, 0.06), (0.06, -0.21)])
    _seam(sheet, look, [(-0.62, 0.25), (-0.6, 0.05), (-0.64, -0.12)])
    _rubber_sole(sheet, plain("white"), _LOW_SOLE, look.trim.colours[0])


_LEATHER_SOLE: Way = [
    (-0.84, 0.24, 1),
    (0.0, 0.27),
    (0.5, 0.27),
    (0.92, 0.22, 1),
    (0.95, 0.26),
    (0.84, 0.31),
    (0.3, 0.32),
    (-0.3, 0.31, 1),
    (-0.32, 0.38, 1),
    (-0.84, 0.38, 1),
]


def _loafer(sheet: Sheet, look: Look) -> None:
    _upper(
        sheet, look, [(-0.76, -0.14), (-0.4, -0.08), (0.0, -0.16), (0.15, 0.0), (-0.6, 0.04)], plain("camel"), shade=0.7
    )
    body: Way = [
        (-0.82, 0.27, 1),
        (-0.84, 0.04),
        (-0.79, -0.18, 1),
        (-0.5, -0.05),
        (-0.2, -0.03),
        (0.02, -0.2, 1),
        (0.3, -0.15),
        (0.62, -0.08),
        (0.85, 0.04),
        (0.93, 0.16),
        (0.92, 0.26, 1),
    ]
    _upper(sheet, look, body)
    rim = curve([(0.1, 0.0), (0.3, 0.03), (0.6, 0.03), (0.84, 0.06)])
    sheet.line(rim, (0, 0, 0), 0.03, strength=0.4, soft=0.008)
    sheet.line(moved(rim, 0, 0.018), (255, 255, 255), 0.012, strength=0.18, soft=0.005)
    saddle = curve([(-0.02, 0.27), (0.06, 0.06), (0.13, -0.06), (0.2, -0.17)])
    sheet.part(band(saddle, 0.15), look.dye, material=_grain(look), puff=0.8, drape=0.1, gloss=_gloss(look), shadow=0.4)
    if "bit" in look.details:
        sheet.line(curve([(0.02, -0.02), (0.12, -0.05), (0.22, -0.06)]), COLOURS["gold"], 0.03)
    if "tassel" in look.details:
        for lean in (-0.025, 0.035):
            tassel = curve([(0.17, -0.12), (0.24 + lean, -0.04), (0.27 + 1.6 * lean, 0.06)])
            sheet.part(band(tassel, 0.045), look.dye, material="rib", puff=0.5, drape=0, shadow=0.4)
    sheet.part(blob(_LEATHER_SOLE), plain("brown"), material="smooth", puff=0.7, drape=0, shadow=0.5, shade=0.7)


def _oxford(sheet: Sheet, look: Look) -> None:
    _upper(
        sheet,
        look,
        [(-0.74, -0.26), (-0.45, -0.2), (-0.2, -0.26), (-0.1, -0.1), (-0.6, -0.06)],
        plain("camel"),
        shade=0.6,
    )
    _upper(
        sheet,
        look,
        [
            (-0.82, 0.27, 1),
            (-0.84, 0.0),
            (-0.78, -0.28, 1),
            (-0.56, -0.16),
            (-0.38, -0.17),
            (-0.2, -0.3, 1),
            (0.0, -0.2),
            (0.3, -0.08),
            (0.62, -0.05),
            (0.86, 0.05),
            (0.94, 0.16),
            (0.93, 0.26, 1),
        ],
    )
    _upper(
        sheet,
        look,
        [(-0.36, -0.15, 1), (-0.2, -0.27), (0.02, -0.16), (0.26, -0.02), (0.18, 0.06, 1), (-0.1, 0.06), (-0.32, 0.02)],
        puff=0.6,
        shadow=0.35,
    )
    _upper(
        sheet,
        look,
        [(0.48, 0.27, 1), (0.45, 0.1), (0.5, -0.07), (0.7, -0.03), (0.86, 0.05), (0.945, 0.16), (0.93, 0.26, 1)],
        puff=0.8,
        shadow=0.3,
    )
    _seam(sheet, look, [(0.46, 0.25), (0.435, 0.1), (0.485, -0.065)], True)
    _seam(sheet, look, [(-0.5, 0.25), (-0.46, 0.05), (-0.56, -0.14)])
    _laces(sheet, (50, 40, 36), (-0.1, -0.18), (0.16, -0.03), 4)
    sheet.part(blob(_LEATHER_SOLE), plain("brown"), material="smooth", puff=0.7, drape=0, shadow=0.5, shade=0.7)


def _pump(sheet: Sheet, look: Look) -> None:
    _upper(
        sheet,
        look,
        [(-0.8, -0.3), (-0.5, -0.15), (-0.1, 0.06), (0.3, 0.12), (0.0, 0.2), (-0.6, 0.0)],
        plain("beige"),
        shade=0.85,
    )
    _upper(
        sheet,
        look,
        [
            (-0.82, -0.3, 1),
            (-0.5, -0.06),
            (-0.1, 0.13),
            (0.2, 0.17),
            (0.4, 0.06, 1),
            (0.62, 0.12),
            (0.85, 0.24),
            (1.0, 0.34, 1),
            (0.6, 0.375),
            (0.2, 0.37),
            (-0.1, 0.3),
            (-0.45, 0.12),
            (-0.7, 0.02),
            (-0.86, -0.05),
        ],
        puff=1.3,
    )
    heel: Way = [(-0.88, -0.07, 1), (-0.6, 0.04), (-0.62, 0.14), (-0.72, 0.4, 1), (-0.82, 0.4, 1), (-0.84, 0.15)]
    _upper(sheet, look, heel, puff=1.0)
    sheet.line(curve([(1.0, 0.35), (0.5, 0.38), (0.1, 0.365), (-0.2, 0.27), (-0.55, 0.09)]), (150, 112, 74), 0.018)
    if "bow" in look.details:
        for lean in (-1, 1):
            sheet.part(
                blob([(0.48, 0.1, 1), (0.48 + 0.12 * lean, 0.02), (0.48 + 0.13 * lean, 0.13)]),
                look.trim,
                puff=0.7,
                gloss=0.3,
            )


def _ballerina(sheet: Sheet, look: Look) -> None:
    _upper(sheet, look, [(-0.76, 0.0), (-0.3, 0.1), (0.2, 0.12), (0.3, 0.22), (-0.6, 0.22)], plain("beige"), shade=0.8)
    _upper(
        sheet,
        look,
        [
            (-0.84, 0.3, 1),
            (-0.85, 0.12),
            (-0.78, -0.02, 1),
            (-0.4, 0.14),
            (0.1, 0.16),
            (0.34, 0.04, 1),
            (0.6, 0.08),
            (0.86, 0.18),
            (0.93, 0.3, 1),
        ],
    )
    for lean in (-1, 1):
        sheet.part(blob([(0.4, 0.06, 1), (0.4 + 0.13 * lean, -0.03), (0.4 + 0.14 * lean, 0.1)]), look.trim, puff=0.7)
    sheet.part(slab(-0.86, 0.28, 0.94, 0.35, 0.03), plain("brown"), material="smooth", puff=0.5, drape=0, shade=0.8)


_SHOES: dict[str, Recipe] = {
    "sneaker": _sneaker,
    "high": lambda sheet, look: _sneaker(sheet, look, high=True),
    "runner": _runner,
    "slipon": _slip_on,
    "loafer": _loafer,
    "oxford": _oxford,
    "pump": _pump,
    "ballerina": _ballerina,
}


# ---- boots ---------------------------------------------------------------------------------------------------------


def boot(sheet: Sheet, look: Look) -> None:
    """Boots. Cuts: chelsea, lace, rain, heel."""
    top = {"rain": -0.92, "heel": -0.82}.get(look.cut, -0.62)
    heel_lift = 0.14 if look.cut == "heel" else 0.0
    opening: Way = [(-0.62, top), (-0.35, top - 0.04), (-0.08, top), (-0.35, top + 0.06)]
    _upper(sheet, look, opening, plain("camel") if look.cut != "rain" else look.trim, shade=0.5, puff=0.4)
    body: Way = [
        (-0.64, top + 0.01, 1),
        (-0.35, top + 0.05),
        (-0.07, top + 0.01, 1),
        (-0.06, -0.4),
        (-0.02, -0.18),
        (0.2, -0.06 + 0.4 * heel_lift),
        (0.52, -0.0 + 0.4 * heel_lift),
        (0.8, 0.1 + 0.4 * heel_lift),
        (0.86, 0.3 + 0.2 * heel_lift, 1),
        (0.0, 0.3),
        (-0.66, 0.28 - heel_lift, 1),
        (-0.7, 0.05),
        (-0.62, -0.2),
    ]
    _upper(sheet, look, body, puff=1.7)
    if look.cut == "chelsea":
        sheet.part(
            blob([(-0.42, top + 0.06, 1), (-0.22, top + 0.06, 1), (-0.24, -0.25), (-0.3, -0.08), (-0.38, -0.25)]),
            look.trim,
            material="rib",
            puff=0.6,
            drape=0,
        )
        sheet.part(
            band(curve([(-0.64, top - 0.08), (-0.66, top - 0.01), (-0.62, top + 0.1)]), 0.04), look.dye, puff=0.5
        )
    if look.cut == "lace":
        sheet.part(
            band(curve([(-0.65, top + 0.05), (-0.35, top + 0.09), (-0.06, top + 0.05)]), 0.1),
            look.trim,
            material="rib",
            puff=0.8,
            drape=0,
        )
        _seam(sheet, look, [(-0.2, -0.5), (-0.18, -0.12), (0.06, 0.08), (0.22, 0.28)], True)
        _seam(sheet, look, [(0.5, 0.28), (0.48, 0.16), (0.56, 0.06)], True)
        _laces(sheet, (206, 170, 96), (-0.11, top + 0.16), (-0.04, -0.2), 5)
        _laces(sheet, (206, 170, 96), (0.04, -0.1), (0.24, 0.0), 3)
    if look.cut == "rain":
        sheet.part(
            band(curve([(-0.64, top + 0.05), (-0.35, top + 0.09), (-0.07, top + 0.05)]), 0.06),
            look.trim,
            material="smooth",
            puff=0.7,
            drape=0,
            gloss=0.5,
        )
        sheet.line(
            curve([(-0.5, top + 0.16), (-0.52, -0.3), (-0.58, 0.0)]), (255, 255, 255), 0.035, strength=0.4, soft=0.012
        )
    sole_dye = (
        plain("black") if look.cut in ("chelsea", "heel") else look.trim if look.cut == "rain" else plain("cream")
    )
    if look.cut == "heel":
        sheet.part(
            blob([(-0.68, 0.12, 1), (-0.3, 0.2, 1), (-0.34, 0.41, 1), (-0.64, 0.41, 1)]),
            plain("brown"),
            material="smooth",
            puff=0.6,
            drape=0,
            shade=0.6,
        )
        sheet.line(curve([(-0.66, 0.15), (-0.2, 0.27), (0.3, 0.38), (0.88, 0.36)]), (60, 44, 36), 0.05)
        return
    sole: Way = [
        (-0.72, 0.24, 1),
        (0.0, 0.27),
        (0.9, 0.25, 1),
        (0.93, 0.32),
        (0.86, 0.38, 1),
        (-0.14, 0.38, 1),
        (-0.18, 0.42, 1),
        (-0.72, 0.42, 1),
    ]
    sheet.part(blob(sole), sole_dye, material="smooth", puff=0.8, drape=0, shadow=0.5)
    if look.cut == "lace":
        sheet.line(curve([(-0.7, 0.27), (0.0, 0.3), (0.88, 0.28)]), (206, 170, 96), 0.008, dash=0.03)


# ---- bags ----------------------------------------------------------------------------------------------------------


def bag(sheet: Sheet, look: Look) -> None:
    """Bags. Cuts: tote, backpack, shoulder, bucket, duffel, clutch."""
    _BAGS[look.cut](sheet, look)


def _handle(sheet: Sheet, dye: Dye, way: Way, width: float, gloss: float = 0.2) -> None:
    sheet.part(band(curve(way), width), dye, material="leather", puff=1.0, drape=0, gloss=gloss, shadow=0.3)


def _tote(sheet: Sheet, look: Look) -> None:
    for lift, shade in ((0.05, 0.7), (0.0, 1.0)):
        strap = curve([(-0.26, -0.12), (-0.24, -0.6 - lift), (0, -0.86 - lift), (0.24, -0.6 - lift), (0.26, -0.12)])
        sheet.part(band(strap, 0.06), look.trim, material=_grain(look), puff=0.8, drape=0, shade=shade)
        if lift:
            sheet.part(
                both_sides([(0, -0.26), (0.5, -0.28, 1), (0.45, -0.12), (0, -0.1)]),
                look.dye,
                material=_grain(look),
                shade=0.55,
            )
            body = both_sides(
                [(0, -0.2), (0.3, -0.205), (0.5, -0.22, 1), (0.56, 0.3), (0.58, 0.72, 1), (0.3, 0.76), (0, 0.765)]
            )
            folds = [(s * 0.45, -0.1, s * 0.3, 0.6, 0.03, 0.7) for s in SIDES] + [
                (s * 0.1, 0.2, s * 0.5, 0.7, 0.03, -0.6) for s in SIDES
            ]
            sheet.part(
                body,
                look.dye,
                material=_grain(look),
                puff=1.5,
                drape=0.9,
                folds=folds,
                gloss=_gloss(look),
                motif=look.motif,
            )
    for side in SIDES:
        patch = slab(side * 0.26 - 0.05, -0.2, side * 0.26 + 0.05, -0.02, 0.01)
        sheet.part(patch, look.trim, material=_grain(look), puff=0.5, drape=0, shadow=0.3)
    _seam(sheet, look, [(-0.5, -0.14), (0, -0.12), (0.5, -0.14)])
    if "base" in look.details:
        sheet.part(
            both_sides([(0, 0.46), (0.565, 0.44, 1), (0.58, 0.72, 1), (0.3, 0.76), (0, 0.765)]),
            look.trim,
            material="leather",
            puff=0.9,
            drape=0.15,
            gloss=0.15,
        )


def _backpack(sheet: Sheet, look: Look) -> None:
    for side in SIDES:
        _handle(sheet, look.trim, [(side * 0.3, -0.5), (side * 0.6, -0.1), (side * 0.5, 0.6)], 0.1)
    _handle(sheet, look.trim, [(-0.12, -0.72), (-0.1, -0.88), (0.1, -0.88), (0.12, -0.72)], 0.06)
    body = both_sides([(0, -0.76), (0.3, -0.72), (0.46, -0.5), (0.5, 0.1), (0.5, 0.62), (0.42, 0.76), (0, 0.79)])
    sheet.part(body, look.dye, material=_grain(look), puff=2.0, drape=0.6, gloss=_gloss(look))
    sheet.line(
        curve([(-0.45, 0.0), (-0.42, -0.42), (-0.26, -0.62), (0, -0.66), (0.26, -0.62), (0.42, -0.42), (0.45, 0.0)]),
        (30, 30, 34),
        0.02,
    )
    pocket = both_sides([(0, 0.08, 1), (0.36, 0.08, 1), (0.4, 0.4), (0.36, 0.64), (0, 0.68)])
    sheet.part(
        pocket,
        look.trim if "two" in look.details else look.dye,
        material=_grain(look),
        puff=1.6,
        drape=0.4,
        shadow=0.45,
        gloss=_gloss(look),
    )
    sheet.line(np.array([[-0.34, 0.16], [0.34, 0.16]]), (30, 30, 34), 0.02)
    sheet.line(np.array([[0.3, 0.16], [0.33, 0.26]]), COLOURS["silver"], 0.016)
    sheet.part(slab(-0.11, -0.3, 0.11, -0.14, 0.02), look.trim, material="leather", puff=0.5, drape=0)
    if "flap" in look.details:
        sheet.part(
            both_sides([(0, -0.76), (0.3, -0.72), (0.47, -0.5), (0.49, -0.1), (0.3, 0.02), (0, 0.03)]),
            look.dye,
            material=_grain(look),
            puff=1.6,
            drape=0.5,
            shadow=0.5,
        )
        for side in SIDES:
            _handle(sheet, look.trim, [(side * 0.2, -0.5), (side * 0.21, -0.1), (side * 0.2, 0.24)], 0.06)
            sheet.line(ring(side * 0.2, 0.14, 0.045, 0.04), COLOURS["gold"], 0.018)


def _shoulder(sheet: Sheet, look: Look) -> None:
    metal = COLOURS["gold"] if "gold" in look.details else COLOURS["silver"]
    if "chain" in look.details:
        path = curve([(-0.6, -0.1), (-0.5, -0.6), (0, -0.88), (0.5, -0.6), (0.6, -0.1)])
        sheet.part(band(path, 0.03), Dye("plain", (metal,)), material="smooth", puff=0.6, drape=0)
        sheet.line(path, (60, 50, 30), 0.018, dash=0.05, strength=0.8)
    else:
        _handle(sheet, look.trim, [(-0.6, -0.1), (-0.5, -0.6), (0, -0.88), (0.5, -0.6), (0.6, -0.1)], 0.05)
    body = both_sides([(0, -0.2), (0.6, -0.2, 1), (0.68, 0.2), (0.66, 0.56), (0.5, 0.62), (0, 0.63)])
    sheet.part(body, look.dye, material=_grain(look), puff=1.6, drape=0.4, gloss=_gloss(look))
    flap = both_sides([(0, -0.24), (0.61, -0.22, 1), (0.65, 0.06), (0.5, 0.24), (0.1, 0.31), (0, 0.32)])
    sheet.part(flap, look.dye, material=_grain(look), puff=1.3, drape=0.3, gloss=_gloss(look), shadow=0.55)
    if "quilt" in look.details:
        for k in np.arange(-1.2, 1.3, 0.16):
            for lean in (-1, 1):
                path = np.array([[k - lean * 0.45, -0.22], [k + lean * 0.45, 0.64]])
                sheet.line(path, (0, 0, 0), 0.014, strength=0.3, soft=0.006)
                sheet.line(moved(path, 0.012, 0), (255, 255, 255), 0.01, strength=0.2, soft=0.005)
    _seam(sheet, look, [(-0.6, 0.08), (-0.46, 0.2), (-0.1, 0.265), (0, 0.27), (0.1, 0.265), (0.46, 0.2), (0.6, 0.08)])
    sheet.part(
        slab(-0.07, 0.22, 0.07, 0.36, 0.02), Dye("plain", (metal,)), material="smooth", puff=1.0, drape=0, gloss=0.6
    )
    for side in SIDES:
        sheet.line(ring(side * 0.6, -0.14, 0.04, 0.05), metal, 0.02)


def _bucket_bag(sheet: Sheet, look: Look) -> None:
    _handle(sheet, look.trim, [(-0.42, -0.3), (-0.34, -0.75), (0, -0.92), (0.34, -0.75), (0.42, -0.3)], 0.06)
    sheet.part(ring(0, -0.32, 0.44, 0.1), look.dye, material=_grain(look), shade=0.45, puff=0.5)
    body = both_sides([(0, -0.24), (0.3, -0.26), (0.45, -0.33, 1), (0.5, 0.2), (0.52, 0.66), (0.3, 0.74), (0, 0.76)])
    folds = [
        (x, -0.25, 1.1 * x, 0.15, 0.03, s)
        for x, s in ((-0.3, 0.9), (-0.15, -0.8), (0.02, 0.9), (0.18, -0.8), (0.32, 0.9))
    ]
    sheet.part(body, look.dye, material=_grain(look), puff=1.6, drape=0.5, folds=folds, gloss=_gloss(look))
    sheet.line(curve([(-0.45, -0.12), (0, -0.04), (0.45, -0.12)]), look.trim.colours[0], 0.03)
    for lean in (-0.06, 0.06):
        sheet.line(curve([(0, -0.04), (lean, 0.12), (1.4 * lean, 0.26)]), look.trim.colours[0], 0.026)
    sheet.part(
        both_sides([(0, 0.5), (0.52, 0.46, 1), (0.52, 0.66), (0.3, 0.74), (0, 0.76)]),
        look.trim,
        material="leather",
        puff=0.9,
        drape=0.15,
        gloss=0.15,
        shadow=0.2,
    )


def _duffel(sheet: Sheet, look: Look) -> None:
    for lift in (0.06, 0.0):
        _handle(
            sheet,
            look.trim,
            [(-0.3, 0.0), (-0.26, -0.45 - lift), (0, -0.6 - lift), (0.26, -0.45 - lift), (0.3, 0.0)],
            0.06,
        )
    body = blob(
        [
            (-0.8, -0.2),
            (-0.4, -0.3),
            (0.4, -0.3),
            (0.8, -0.2),
            (0.88, 0.1),
            (0.84, 0.44),
            (0.6, 0.52),
            (-0.6, 0.52),
            (-0.84, 0.44),
            (-0.88, 0.1),
        ]
    )
    sheet.part(body, look.dye, material=_grain(look), puff=2.2, drape=0.9, gloss=_gloss(look))
    sheet.line(curve([(-0.78, -0.18), (-0.3, -0.25), (0.3, -0.25), (0.78, -0.18)]), (40, 40, 44), 0.022)
    for side in SIDES:
        sheet.part(
            slab(side * 0.3 - 0.035, -0.26, side * 0.3 + 0.035, 0.51, 0.01),
            look.trim,
            material="leather",
            puff=0.6,
            drape=0,
        )
        ends = [
            (side * 0.62, -0.25, 1),
            (side * 0.8, -0.2),
            (side * 0.88, 0.1),
            (side * 0.84, 0.44),
            (side * 0.62, 0.52, 1),
            (side * 0.66, 0.1),
        ]
        sheet.part(blob(ends), look.trim, material="leather", puff=1.2, drape=0.2, gloss=0.15)


def _clutch(sheet: Sheet, look: Look) -> None:
    sheet.part(
        slab(-0.72, -0.36, 0.72, 0.42, 0.06), look.dye, material=_grain(look), puff=1.4, drape=0.3, gloss=_gloss(look)
    )
    flap = blob([(-0.72, -0.34, 1), (0.72, -0.34, 1), (0.7, -0.1, 1), (0, 0.22, 1), (-0.7, -0.1, 1)])
    sheet.part(flap, look.trim, material=_grain(look), puff=1.0, drape=0.3, gloss=_gloss(look), shadow=0.55)
    sheet.button(0, 0.13, COLOURS["gold"], 0.045)


_BAGS: dict[str, Recipe] = {
    "tote": _tote,
    "backpack": _backpack,
    "shoulder": _shoulder,
    "bucket": _bucket_bag,
    "duffel": _duffel,
    "clutch": _clutch,
}


# ---- hats ----------------------------------------------------------------------------------------------------------


def hat(sheet: Sheet, look: Look) -> None:
    """Hats. Cuts: cap, beanie, bucket, straw, fedora."""
    _HATS[look.cut](sheet, look)


def _cap(sheet: Sheet, look: Look) -> None:
    dome = blob(
        [
            (-0.62, 0.16, 1),
            (-0.62, -0.12),
            (-0.45, -0.42),
            (-0.08, -0.56),
            (0.28, -0.44),
            (0.46, -0.12),
            (0.48, 0.14, 1),
            (0.1, 0.22),
            (-0.3, 0.22),
        ]
    )
    sheet.part(dome, look.dye, material=_grain(look), puff=2.2, drape=0.3)
    if "two" in look.details:
        panel = blob(
            [
                (0.02, -0.55, 1),
                (0.28, -0.44),
                (0.46, -0.12),
                (0.48, 0.14, 1),
                (0.1, 0.22),
                (-0.04, 0.2, 1),
                (-0.02, -0.2),
            ]
        )
        sheet.part(panel, look.trim, material=_grain(look), puff=0.9, drape=0.2, shadow=0.1)
    for way in (
        [(-0.08, -0.55), (-0.04, -0.2), (0.0, 0.21)],
        [(-0.1, -0.55), (-0.36, -0.24), (-0.42, 0.19)],
        [(-0.06, -0.55), (0.26, -0.26), (0.34, 0.17)],
    ):
        _seam(sheet, look, way)
    visor = blob(
        [
            (-0.02, 0.2, 1),
            (0.2, 0.15),
            (0.48, 0.1, 1),
            (0.74, 0.14),
            (0.92, 0.27),
            (0.9, 0.34),
            (0.6, 0.34),
            (0.25, 0.33),
            (0.0, 0.28),
        ]
    )
    sheet.part(visor, look.trim, material=_grain(look), puff=1.0, drape=0.1, shadow=0.4)
    for inset in (0.05, 0.1):
        path = curve(
            [(0.1, 0.3 - inset * 0.6), (0.4, 0.32 - inset * 0.6), (0.72, 0.31 - inset * 0.5), (0.88 - inset, 0.28)]
        )
        sheet.line(path, look.thread, 0.006, dash=0.022, strength=0.7)
    sheet.button(-0.08, -0.56, look.trim.colours[0], 0.035)
    if "badge" in look.details:
        sheet.part(
            ring(0.2, -0.1, 0.13, 0.15),
            look.trim if "two" not in look.details else look.dye,
            material="smooth",
            puff=0.5,
            drape=0,
        )
        sheet.line(
            curve([(0.12, -0.05), (0.17, -0.16), (0.21, -0.07), (0.26, -0.16), (0.29, -0.05)]),
            look.dye.colours[0] if "two" not in look.details else look.trim.colours[0],
            0.026,
        )


def _beanie(sheet: Sheet, look: Look) -> None:
    if "pompom" in look.details:
        for _ in range(3):
            ball = ring(0, -0.66, 0.19, 0.18)
            sheet.part(
                ball + sheet.lot.normal(0, 0.008, ball.shape),
                look.trim,
                material="wool",
                puff=1.6,
                drape=0.3,
                grid=(30, 30),
                shadow=0.1,
            )
    dome = both_sides([(0, -0.56), (0.26, -0.5), (0.46, -0.22), (0.53, 0.16), (0.52, 0.4, 1), (0, 0.44)])
    ribs = [
        (0.5 * np.sin(k / 6) * 0.5, -0.5, 0.56 * np.sin(k / 6) * 1.1, 0.3, 0.018, 0.5 if k % 2 else -0.5)
        for k in range(-9, 10)
    ]
    sheet.part(
        dome,
        look.dye,
        material="knit",
        puff=2.0,
        folds=[(float(a), b, float(c), d, e, f) for a, b, c, d, e, f in ribs],
        drape=0.4,
    )
    cuff = both_sides([(0, 0.12), (0.3, 0.11), (0.555, 0.06, 1), (0.57, 0.28), (0.55, 0.44, 1), (0.3, 0.49), (0, 0.5)])
    sheet.part(cuff, look.trim if "two" in look.details else look.dye, material="rib", puff=1.4, drape=0.3, shadow=0.45)
    if "badge" in look.details:
        sheet.part(slab(-0.1, 0.22, 0.1, 0.38, 0.01), plain("camel"), material="leather", puff=0.4, drape=0)


def _bucket_hat(sheet: Sheet, look: Look) -> None:
    brim = both_sides([(0, 0.04), (0.4, 0.02), (0.6, 0.2), (0.82, 0.42), (0.6, 0.52), (0.3, 0.56), (0, 0.57)])
    crown = both_sides([(0, -0.46), (0.34, -0.44), (0.4, -0.34), (0.48, 0.1, 1), (0.3, 0.16), (0, 0.18)])
    sheet.part(brim, look.dye, material=_grain(look), puff=1.3, drape=0.7)
    for k, inset in enumerate((0.06, 0.13, 0.2)):
        path = curve(
            [
                (-0.72 + inset * 0.6, 0.4 - inset * 0.4),
                (-0.3, 0.53 - inset),
                (0, 0.545 - inset),
                (0.3, 0.53 - inset),
                (0.72 - inset * 0.6, 0.4 - inset * 0.4),
            ]
        )
        sheet.line(path, look.thread, 0.006, dash=0.022 + 0.001 * k, strength=0.7)
    sheet.part(crown, look.dye, material=_grain(look), puff=1.7, drape=0.6, shadow=0.35, origin=(0.02, 0.03))
    _seam(sheet, look, [(-0.39, -0.33), (0, -0.28), (0.39, -0.33)])


def _brimmed(sheet: Sheet, look: Look, wide: float, crown_top: float) -> None:
    sheet.part(ring(0, 0.22, wide, 0.27), look.dye, material=_grain(look), puff=1.3, drape=0.5)
    sheet.part(ring(0, 0.16, 0.5, 0.13), look.dye, material=_grain(look), shade=0.6, puff=0.3, shadow=0)
    crown = both_sides(
        [
            (0, crown_top + 0.07),
            (0.16, crown_top),
            (0.34, crown_top + 0.06),
            (0.42, -0.1),
            (0.47, 0.16),
            (0.3, 0.25),
            (0, 0.28),
        ]
    )
    folds = [(0.0, crown_top + 0.05, 0.0, crown_top + 0.3, 0.06, -1.2)]
    sheet.part(crown, look.dye, material=_grain(look), puff=1.7, drape=0.2, folds=folds, shadow=0.4)
    ribbon = curve([(-0.45, 0.06), (-0.2, 0.16), (0, 0.18), (0.2, 0.16), (0.45, 0.06)])
    sheet.part(band(ribbon, 0.13), look.trim, material="rib", puff=0.4, drape=0, shadow=0.2)


_HATS: dict[str, Recipe] = {
    "cap": _cap,
    "beanie": _beanie,
    "bucket": _bucket_hat,
    "straw": lambda sheet, look: _brimmed(sheet, replace(look, material="straw"), 0.92, -0.36),
    "fedora": lambda sheet, look: _brimmed(sheet, look, 0.8, -0.46),
}
