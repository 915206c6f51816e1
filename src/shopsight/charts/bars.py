"""Lying bars: the name on the left, the value at the end, so that both can be read on a phone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from shopsight.charts import paper
from shopsight.charts.scale import axis_for, finite, say

ROW = 32
"""Units from one bar to the next."""
Range = tuple[float, float]
NO_RANGES: Mapping[str, Range] = MappingProxyType({})


def bar_chart(
    values: Mapping[str, float | None],
    *,
    ranges: Mapping[str, Range] = NO_RANGES,
    marked: Collection[str] = (),
    title: str = "",
    x_label: str = "",
    unit: str = "",
    longest: float | None = None,
    width_px: int = 720,
) -> str:
    """The SVG of one bar per name, in the order given, each with its value and, where known, its 95 % range as a line.

    `marked` bars have the second colour; `longest` fixes the value of a full bar (1 for shares that should be compared
    with the whole); `unit` as in `line_chart`. A name whose value is no number keeps its row and shows a dash.
    """
    known = {name: value for name, value in values.items() if value is not None and finite(value)}
    if not known:
        return paper.empty(width=width_px, height=160, title=title)
    edges = [edge for name in known for edge in ranges.get(name, ()) if finite(edge)]
    axis = axis_for([*known.values(), *edges, *([longest] if longest else [])], zero=True, tight=True)
    names = paper.room_for(values, width_px * 0.36)
    words = {name: say(value, unit) for name, value in values.items()}
    numbers = paper.room_for(words.values(), width_px * 0.25)
    left, right = 16 + names + 10, width_px - 16 - numbers - 8
    # Below zero the numbers stand on the left of their bars.
    left += numbers + 8 if axis.low < 0 else 0
    top, marks = 48 if title else 16, []
    zero = axis.at(0, left, right)
    for number, name in enumerate(values):
        middle = top + number * ROW + ROW / 2
        marks.append(
            paper.write(16 + names, middle + 5, paper.shorten(name, paper.fits(names)), anchor="end", says=name)
        )
        if name not in known:
            marks.append(paper.write(zero + 8, middle + 5, "–", kind="soft"))
            continue
        marks.append(
            _bar(zero, axis.at(known[name], left, right), middle, paper.colour(name in marked), name, words[name])
        )
        reach = [axis.at(edge, left, right) for edge in ranges.get(name, ()) if finite(edge)]
        if len(reach) == 2:
            marks.append(paper.rule(reach[0], middle, reach[1], middle, "var(--ink)", 2))
        tip = axis.at(known[name], left, right)
        if known[name] < 0:
            marks.append(paper.write(min([tip, *reach]) - 8, middle + 5, words[name], anchor="end"))
        else:
            marks.append(paper.write(max([tip, *reach]) + 8, middle + 5, words[name]))
    bottom = top + len(values) * ROW
    marks.append(paper.rule(zero, top, zero, bottom, "var(--axis)"))
    if x_label:
        marks.append(paper.write(right, bottom + 26, x_label, anchor="end", kind="soft"))
    says = "; ".join(f"{name}: {words[name]}" for name in values)
    return paper.sheet(marks, width=width_px, height=bottom + (40 if x_label else 16), title=title, says=says)


def _bar(zero: float, tip: float, middle: float, paint: str, name: str, words: str) -> str:
    # A bar of nothing still shows where it would begin.
    x, width = min(zero, tip), max(abs(tip - zero), 1.5)
    told = f"<title>{paper.clean(f'{name}: {words}')}</title>"
    return f'<rect x="{x:.1f}" y="{middle - 9:.1f}" width="{width:.1f}" height="18" rx="3" fill="{paint}">{told}</rect>'
