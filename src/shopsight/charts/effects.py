"""Effects with their ranges, sorted, against a line of no effect."""

from __future__ import annotations

from collections.abc import Mapping

from shopsight.charts import paper
from shopsight.charts.scale import axis_for, finite, say, sayer
from shopsight.types import Estimate

ROW = 34
Effect = Estimate | tuple[float, float, float]
"""An estimate, or (value, low, high)."""


def interval_chart(
    effects: Mapping[str, Effect],
    *,
    reference: float = 0.0,
    ordered: bool = True,
    title: str = "",
    x_label: str = "",
    unit: str = "",
    width_px: int = 720,
) -> str:
    """The SVG of one row per name: a dot at the value, a line over its 95 % range, largest first (`ordered`).

    Ranges that hold `reference` (no effect) are grey: nothing is known of them but that. Rows without a number are
    left out; a range without ends is drawn as a dot alone.
    """
    rows = {name: _triple(effect) for name, effect in effects.items() if finite(_triple(effect)[0])}
    if not rows:
        return paper.empty(width=width_px, height=160, title=title)
    names = sorted(rows, key=lambda name: -rows[name][0]) if ordered else list(rows)
    axis = axis_for([reference, *(edge for row in rows.values() for edge in row)], unit=unit, wanted=4)
    room = paper.room_for(names, width_px * 0.36)
    write = sayer(unit, axis.ticks)
    words = {name: write(rows[name][0]) for name in names}
    numbers = paper.room_for(words.values(), width_px * 0.2)
    left, right = 16 + room + 22, width_px - 16 - numbers - 16
    top = 52 if title else 20
    bottom = top + len(names) * ROW
    marks = []
    for number, (value, text) in enumerate(axis.ticks):
        x = axis.at(value, left, right)
        marks.append(paper.rule(x, top, x, bottom))
        kind = "soft spare" if number % 2 and len(axis.ticks) > 3 else "soft"
        marks.append(paper.write(x, bottom + 24, text, anchor="middle", kind=kind))
    zero = axis.at(reference, left, right)
    marks.append(paper.rule(zero, top - 4, zero, bottom, "var(--axis)", 1.5))
    for number, name in enumerate(names):
        middle = top + number * ROW + ROW / 2
        marks.append(paper.write(16 + room, middle + 5, paper.shorten(name, paper.fits(room)), anchor="end", says=name))
        marks.append(
            _row(rows[name], axis.at(rows[name][0], left, right), reference, middle, (axis.low, axis.high, left, right))
        )
        marks.append(paper.write(right + 16, middle + 5, words[name]))
    if x_label:
        marks.append(paper.write(right, bottom + 52, x_label, anchor="end", kind="soft"))
    says = "; ".join(
        f"{name}: {words[name]} ({say(rows[name][1], unit)} to {say(rows[name][2], unit)})" for name in names
    )
    height = bottom + (66 if x_label else 38)
    return paper.sheet(marks, width=width_px, height=height, title=title, says=says)


def _triple(effect: Effect) -> tuple[float, float, float]:
    return (effect.value, effect.low, effect.high) if isinstance(effect, Estimate) else effect


def _row(
    row: tuple[float, float, float], x: float, reference: float, middle: float, span: tuple[float, float, float, float]
) -> str:
    value, low, high = row
    known = finite(low) and finite(high)
    paint = "var(--c5)" if not known or low <= reference <= high else "var(--c0)" if value > reference else "var(--c1)"
    dot = f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="5.5" fill="{paint}"/>'
    if not known:
        return dot
    first, last, left, right = span
    ends = [left + (edge - first) / (last - first) * (right - left) for edge in (low, high)]
    return paper.rule(ends[0], middle, ends[1], middle, paint, 3, ' stroke-linecap="round"') + dot
