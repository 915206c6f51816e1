"""A photo with what was recognised drawn over it: boxes, see-through masks, names with scores, and a legend below.

Everything is sized by the picture's width, so that it reads on a phone that shows the picture 360 points wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from shopsight.images.colour import SHOP_COLOURS
from shopsight.types import Box, Finding, Pixels, Recognition

Rgb = tuple[int, int, int]
Mask = NDArray[np.bool_]

# Okabe and Ito, "Color Universal Design" (2008), and six more of like strength: apart for colour-blind eyes too.
PALETTE: tuple[Rgb, ...] = tuple(
    cast(Rgb, ImageColor.getrgb(shade))
    for shade in (
        "#0072b2", "#e08a00", "#009e73", "#c2528b", "#d04a12", "#3a9bd6",
        "#7a5bd0", "#9a8a00", "#008c95", "#b01a4a", "#5d7a2e", "#8a5a44",
    )
)  # fmt: skip
PAPER, INK, FAINT, TRACK = (247, 248, 245), (20, 32, 28), (96, 108, 102), (224, 228, 222)
WHITE = (255, 255, 255)
LEAST_SIDE_PX, MOST_SIDE_PX = 720, 1280
"""The drawing's longest side, without its legend, lies between these: small photos are enlarged, large ones reduced."""
LEAST_WIDTH_PX = 360
FINE = 2
"""Lines and letters are drawn so many times larger and then reduced: that makes their edges smooth."""
VEIL = 0.42
"""How much of a mask's pixels its colour covers."""
LONGEST_NAME = 26


def draw(pixels: Pixels, found: Recognition) -> Pixels:
    """The drawing, `(H, W, 3) uint8`: the photo with its findings, and below it a legend of what was found.

    `pixels` are the upright photo, at any scale: findings are placed by `found.width_px` and `found.height_px`.
    """
    canvas = _resized(pixels)
    letter_px = round(np.clip(0.036 * canvas.shape[1], 15, 44))
    scale = canvas.shape[1] / found.width_px, canvas.shape[0] / found.height_px
    marks = _marks(found, scale, (canvas.shape[0], canvas.shape[1]))
    canvas = _veil(canvas, marks)
    canvas = _in_the_middle(_annotate(canvas, marks, letter_px))
    return np.concatenate([canvas, _legend(found, marks, canvas.shape[1], letter_px)])


def _in_the_middle(canvas: Pixels) -> Pixels:
    """A narrow photo between two strips of paper: a legend needs room for words."""
    lacking = max(0, LEAST_WIDTH_PX - canvas.shape[1])
    sides = ((0, 0), (lacking // 2, lacking - lacking // 2))
    return np.dstack([np.pad(canvas[..., c], sides, constant_values=PAPER[c]) for c in range(3)])


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding on the canvas."""

    name: str
    score: float
    colour: Rgb
    box: Box | None
    mask: Mask | None


def _resized(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    factor = np.clip(max(height, width), LEAST_SIDE_PX, MOST_SIDE_PX) / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return np.ascontiguousarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _marks(found: Recognition, scale: tuple[float, float], shape: tuple[int, int]) -> list[Mark]:
    """The findings that have a place, largest first so that small ones are drawn over them."""
    across, down = scale
    colours = _colours(found)
    marks = []
    for finding, colour in zip(found.findings, colours, strict=True):
        box = finding.box_px
        placed = box and (round(box[0] * across), round(box[1] * down), round(box[2] * across), round(box[3] * down))
        mask = None
        if finding.mask is not None:
            grown = cv2.resize(finding.mask.astype(np.uint8) * 255, shape[::-1], interpolation=cv2.INTER_LINEAR)
            # Without this a mask from a small photo shows its pixels as stairs.
            mask = cv2.GaussianBlur(grown, (0, 0), max(0.8, 0.7 * across)) > 127
        if placed or mask is not None:
            marks.append(Mark(name_of(finding), finding.score, colour, placed or None, mask))
    return sorted(marks, key=lambda mark: -_size_of(mark))


def _size_of(mark: Mark) -> int:
    if mark.mask is not None:
        return int(mark.mask.sum())
    left, top, right, bottom = mark.box or (0, 0, 0, 0)
    return (right - left) * (bottom - top)


def _colours(found: Recognition) -> list[Rgb]:
    """A colour per label; where all have the same label, a colour per thing."""
    labels = [finding.label for finding in found.findings]
    kinds = list(dict.fromkeys(labels))
    if len(kinds) == 1 and found.task == "instances":
        return [PALETTE[i % len(PALETTE)] for i in range(len(labels))]
    return [PALETTE[kinds.index(label) % len(PALETTE)] for label in labels]


def name_of(finding: Finding) -> str:
    """The label as it is drawn: printable, and not too long."""
    name = "".join(c for c in finding.label if c.isprintable()).strip() or "?"
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


# ---- over the photo ------------------------------------------------------------------------------------------------


def _veil(canvas: Pixels, marks: Sequence[Mark]) -> Pixels:
    """Each mask's pixels tinted, its edge a line of its colour in a white one."""
    masked = [mark for mark in marks if mark.mask is not None]
    if not masked:
        return canvas
    out = canvas.astype(np.float32)
    for mark in masked:
        out[mark.mask] = out[mark.mask] * (1 - VEIL) + np.array(mark.colour, np.float32) * VEIL
    picture: Pixels = np.ascontiguousarray(np.rint(out), np.uint8)
    thick = max(2, round(canvas.shape[1] / 300))
    for mark in masked:
        inside = cast(Mask, mark.mask).astype(np.uint8)
        outlines = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
        cv2.drawContours(picture, outlines, -1, WHITE, thick + 2, cv2.LINE_AA)
        cv2.drawContours(picture, outlines, -1, mark.colour, thick, cv2.LINE_AA)
    return picture


def _annotate(canvas: Pixels, marks: Sequence[Mark], letter_px: int) -> Pixels:
    """Boxes and name tags on top."""
    height, width = canvas.shape[:2]
    layer = Image.new("RGBA", (width * FINE, height * FINE))
    pen = ImageDraw.Draw(layer)
    for mark in marks:
        if mark.box is not None:
            _frame(pen, mark, thick=max(2, round(width / (330 if mark.mask is None else 520))))
    taken: list[Box] = []
    for mark in reversed(marks):
        taken.append(_tag(pen, mark, (width, height), taken, letter_px))
    small = layer.resize((width, height), Image.Resampling.BOX)
    return np.array(Image.alpha_composite(Image.fromarray(canvas).convert("RGBA"), small).convert("RGB"))


def _frame(pen: ImageDraw.ImageDraw, mark: Mark, thick: int) -> None:
    """A rounded box: its colour between two thin white lines, so that it shows on any ground."""
    assert mark.box is not None
    left, top, right, bottom = (FINE * side for side in mark.box)
    right, bottom = max(right - 1, left + 2 * FINE), max(bottom - 1, top + 2 * FINE)
    round_px = min(FINE * 3 * thick, (right - left) // 2, (bottom - top) // 2)
    if mark.mask is None:
        halo = FINE
        wide = (left - halo, top - halo, right + halo, bottom + halo)
        pen.rounded_rectangle(wide, round_px + halo, outline=(*WHITE, 235), width=FINE * thick + 2 * halo)
    pen.rounded_rectangle((left, top, right, bottom), round_px, outline=(*mark.colour, 255), width=FINE * thick)


def _tag(pen: ImageDraw.ImageDraw, mark: Mark, canvas: tuple[int, int], taken: Sequence[Box], letter_px: int) -> Box:
    """The name and score on a pill of the mark's colour, where it hides no other tag."""
    small = max(12, round(letter_px * 0.82))
    font = _font(small * FINE)
    words = f"{mark.name} {percent(mark.score)}"
    pad = round(small * 0.42)
    wide = round(pen.textlength(words, font) / FINE) + 2 * pad
    high = round(small * 1.5)
    place = _free_place(mark, (wide, high), canvas, taken)
    left, top, right, bottom = (FINE * side for side in place)
    pen.rounded_rectangle((left, top, right - 1, bottom - 1), FINE * high // 3, fill=(*mark.colour, 240))
    middle = ((left + right) / 2, (top + bottom) / 2)
    pen.text(middle, words, fill=(*_readable_on(mark.colour), 255), font=font, anchor="mm")
    return place


def _free_place(mark: Mark, size: tuple[int, int], canvas: tuple[int, int], taken: Sequence[Box]) -> Box:
    """Where the tag hides least: over the box, in it, under it; of a region, in its thickest part."""
    (wide, high), (width, height) = size, canvas
    wanted: list[tuple[int, int]] = []
    if mark.box is not None:
        left, top, right, bottom = mark.box
        for y in (top - high - 3, top + 4, bottom + 3, bottom - high - 4):
            wanted += [(x, y) for x in (left, right - wide, (left + right - wide) // 2)]
    elif mark.mask is not None:
        x, y = thickest(mark.mask)
        wanted += [(x - wide // 2, y - high // 2 + step * high) for step in (0, 1, -1, 2, -2)]
    best, least = (0, 0, wide, high), float("inf")
    for x, y in wanted:
        x, y = min(max(2, x), max(2, width - wide - 2)), min(max(2, y), max(2, height - high - 2))
        place = (x, y, x + wide, y + high)
        hidden = sum(_shared(place, other) for other in taken)
        if hidden < least:
            best, least = place, hidden
        if not hidden:
            break
    return best


def _shared(a: Box, b: Box) -> int:
    return max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))


def thickest(mask: Mask) -> tuple[int, int]:
    """x and y of the pixel that lies deepest in a mask."""
    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(x), int(y)


# ---- below it ------------------------------------------------------------------------------------------------------


def _legend(found: Recognition, marks: Sequence[Mark], width: int, letter_px: int) -> Pixels:
    """What was found, counted; for a class its chances, colours and pattern."""
    paper = _Paper(width, letter_px)
    if found.task == "classify":
        _write_classes(paper, found)
    elif not found.findings:
        paper.line("Nothing found")
    else:
        _write_counts(paper, found, marks)
    return paper.pixels()


def _write_classes(paper: _Paper, found: Recognition) -> None:
    if not found.known:
        paper.line("Not a product I know", faint=(bool(found.findings) and "the likeliest would be:") or "")
    for place, finding in enumerate(found.findings):
        paper.bar(name_of(finding), finding.score, PALETTE[0] if place == 0 and found.known else FAINT)
    chips = [(swatch_of(c.label), f"{c.label} {percent(c.score)}") for c in found.colours]
    if found.pattern is not None:
        chips.append((None, found.pattern.label))
    paper.chips(chips)


def _write_counts(paper: _Paper, found: Recognition, marks: Sequence[Mark]) -> None:
    colours = {mark.name: mark.colour for mark in reversed(marks)}
    covered = {mark.name: float(mark.mask.mean()) for mark in marks if mark.mask is not None}
    chips: list[tuple[Rgb | None, str]] = []
    for label, count in found.counts.items():
        name = name_of(Finding(label, 1.0))
        told = f"{name} {percent(covered.get(name, 0))}" if found.task == "segment" else f"{count} {name}"
        chips.append((colours.get(name, FAINT), told))
    total = len(found.findings)
    if found.task in {"detect", "instances"}:
        paper.line(f"{total} thing{'s' if total != 1 else ''} found")
    paper.chips(chips)


class _Paper:
    """A strip of paper that grows as it is written on, `FINE` times larger than it will be."""

    def __init__(self, width: int, letter_px: int) -> None:
        self.width, self.letter = width * FINE, letter_px * FINE
        self.margin = round(self.letter * 0.9)
        self.y = round(self.letter * 0.7)
        self.strips: list[tuple[int, Image.Image]] = []

    def line(self, words: str, faint: str = "") -> None:
        strip, pen = self._strip(1.7)
        pen.text((self.margin, strip.height / 2), words, fill=INK, font=_font(self.letter), anchor="lm")
        if faint:
            x = self.margin + pen.textlength(words + "  ", _font(self.letter))
            pen.text((x, strip.height / 2), faint, fill=FAINT, font=_font(round(self.letter * 0.85)), anchor="lm")

    def bar(self, name: str, share: float, colour: Rgb) -> None:
        """A name, a bar and its percent on one line."""
        strip, pen = self._strip(1.55)
        font, middle = _font(round(self.letter * 0.92)), strip.height / 2
        pen.text((self.margin, middle), name, fill=INK, font=font, anchor="lm")
        left = self.margin + round(self.width * 0.36)
        right = self.width - self.margin - round(pen.textlength("100 %", font)) - self.letter // 2
        thick = self.letter // 4
        pen.rounded_rectangle((left, middle - thick, right, middle + thick), thick, fill=TRACK)
        end = left + max(2 * thick, round((right - left) * share))
        pen.rounded_rectangle((left, middle - thick, end, middle + thick), thick, fill=colour)
        pen.text((self.width - self.margin, middle), percent(share), fill=INK, font=font, anchor="rm")

    def chips(self, chips: Sequence[tuple[Rgb | None, str]]) -> None:
        """Coloured dots with words, as many on a line as fit."""
        font, dot = _font(round(self.letter * 0.92)), round(self.letter * 0.36)
        x, pen, strip = self.width, None, None
        for colour, words in chips:
            wide = round(font.getlength(words)) + (3 * dot if colour else 0)
            if pen is None or strip is None or x + wide > self.width - self.margin:
                (strip, pen), x = self._strip(1.55), self.margin
            middle = strip.height / 2
            if colour:
                pen.ellipse((x, middle - dot, x + 2 * dot, middle + dot), fill=colour, outline=FAINT, width=FINE // 2)
                x += 3 * dot
            pen.text((x, middle), words, fill=INK, font=font, anchor="lm")
            x += round(font.getlength(words)) + self.letter

    def _strip(self, lines: float) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        strip = Image.new("RGB", (self.width, round(self.letter * lines)), PAPER)
        self.strips.append((self.y, strip))
        self.y += strip.height
        return strip, ImageDraw.Draw(strip)

    def pixels(self) -> Pixels:
        height = -(-(self.y + round(self.letter * 0.7)) // FINE)
        sheet = Image.new("RGB", (self.width, height * FINE), PAPER)
        for y, strip in self.strips:
            sheet.paste(strip, (0, y))
        return np.array(sheet.resize((self.width // FINE, height), Image.Resampling.BOX))


def percent(share: float) -> str:
    """A share as people read it.

    >>> percent(0.873), percent(0.004)
    ('87 %', '< 1 %')
    """
    return "< 1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def swatch_of(colour: str) -> Rgb | None:
    """The middle shade of a shop colour."""
    shades = SHOP_COLOURS.get(colour)
    return cast(Rgb, ImageColor.getrgb(shades[len(shades) // 2])) if shades else None


def _readable_on(colour: Rgb) -> Rgb:
    """White or ink, whichever stands out more (WCAG 2 relative luminance)."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    dark = 0.013
    return WHITE if 1.05 / (light + 0.05) >= (light + 0.05) / (dark + 0.05) else INK


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own letters (Aileron, CC0)."""
    return ImageFont.load_default(size_px)
