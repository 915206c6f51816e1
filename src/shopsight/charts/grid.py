"""A table of numbers as a grid of shades, with the numbers in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from shopsight.charts import paper
from shopsight.charts.scale import finite, say

Shades = Literal["rising", "both ways"]


def heat_map(
    values: Sequence[Sequence[float | None]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    shades: Shades = "rising",
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    unit: str = "",
    numbers: bool = True,
    width_px: int = 720,
) -> str:
    """The SVG of `values[row][column]`: the larger, the stronger; "both ways" shades what is below 0 otherwise.

    Cells without a number are empty frames, those with 0 bear no words. `numbers` writes the values where the
    cells have room for them.
    """
    if not rows or not columns:
        return paper.empty(width=width_px, height=160, title=title)
    known = [abs(v) for row in values for v in row if v is not None and finite(v)]
    strongest = max(known, default=0.0) or 1.0
    left = 16 + (26 if y_label else 0) + paper.room_for(rows, width_px * 0.3) + 8
    cell = (width_px - 16 - left) / len(columns)
    tall = min(cell, 56.0) if len(columns) > 3 else 44.0
    slanted = max(map(len, columns)) * 0.56 * paper.NARROW_TEXT > cell - 6
    head = paper.room_for(columns, 150) * (0.75 if slanted else 0) + 30
    top = (44 if title else 10) + head
    marks: list[str] = []
    if x_label:
        marks.append(paper.write(width_px - 16, 28, x_label, anchor="end", kind="soft"))
    if y_label:
        middle = top + tall * len(rows) / 2
        turned = paper.write(28, middle, y_label, anchor="middle", kind="soft")
        marks.append(f'<g transform="rotate(-90 28 {middle:.1f})">{turned}</g>')
    marks.extend(_column_names(columns, left, cell, top - 10, slanted=slanted))
    for r, name in enumerate(rows):
        y = top + r * tall
        words = paper.shorten(name, paper.fits(width_px * 0.3))
        marks.append(paper.write(left - 8, y + tall / 2 + 5, words, anchor="end", says=name))
        for c, column in enumerate(columns):
            told = f"{name}, {column}: {say(values[r][c], unit)}"
            marks.append(_cell(values[r][c], strongest, shades, (left + c * cell, y, cell, tall), unit, told, numbers))
    says = "; ".join(f"{name}: {', '.join(say(v, unit) for v in row)}" for name, row in zip(rows, values, strict=True))
    height = top + tall * len(rows) + 16
    return paper.sheet(marks, width=width_px, height=height, title=title, says=says[:2000])


def _column_names(columns: Sequence[str], left: float, cell: float, y: float, *, slanted: bool) -> Iterator[str]:
    for c, name in enumerate(columns):
        x = left + (c + 0.5) * cell
        words = paper.shorten(name, paper.fits(150 if slanted else cell))
        if slanted:
            turned = paper.write(x + 8, y + 4, words, anchor="end", says=name)
            yield f'<g transform="rotate(45 {x:.1f} {y:.1f})">{turned}</g>'
        else:
            yield paper.write(x, y, words, anchor="middle", says=name)


def _cell(
    value: float | None,
    strongest: float,
    shades: Shades,
    place: tuple[float, float, float, float],
    unit: str,
    told: str,
    numbers: bool,
) -> str:
    x, y, width, height = place
    box = f'x="{x + 1:.1f}" y="{y + 1:.1f}" width="{max(width - 2, 1):.1f}" height="{max(height - 2, 1):.1f}" rx="2"'
    title = f"<title>{paper.clean(told)}</title>"
    if value is None or not math.isfinite(value):
        return f'<rect {box} fill="none" stroke="var(--line)" stroke-dasharray="3 3">{title}</rect>'
    share = min(1.0, abs(value) / strongest)
    paint = "var(--under)" if shades == "both ways" and value < 0 else "var(--c0)"
    opacity = 0.05 + 0.8 * share**0.6 if value else 0.0
    shade = f'<rect {box} fill="var(--line)" opacity="0.45"/>'
    shade += f'<rect {box} fill="{paint}" opacity="{opacity:.3f}">{title}</rect>'
    words = say(value, unit)
    if not numbers or not value or len(words) * 0.56 * paper.TEXT > width - 4:
        return shade
    # On strong shades the sheet's own colour reads best, in the light and in the dark.
    fill = "var(--sheet)" if opacity > 0.78 else ""
    small = len(words) * 0.56 * paper.NARROW_TEXT > width - 2
    kind = "spare" if small else ""
    return shade + paper.write(x + width / 2, y + height / 2 + 5, words, anchor="middle", kind=kind, fill=fill)
