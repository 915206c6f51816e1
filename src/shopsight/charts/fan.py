"""A forecast as a fan: what was, what is to come, and how far off it may be."""

from __future__ import annotations

from collections.abc import Sequence

from shopsight.charts import paper
from shopsight.charts.frame import Frame, draw, lay
from shopsight.charts.scale import Place, as_number, axis_for, finite, is_dated, sayer

Range = tuple[float, float]
MOST_PAST = 2
"""Past points shown for each point to come, at least `LEAST_PAST`: a long past would press the fan to the edge."""
LEAST_PAST = 28
LEGEND_GAP = 26


def fan_chart(
    past: Sequence[tuple[Place, float | None]],
    ahead: Sequence[tuple[Place, float, Range, Range]],
    *,
    beside: Sequence[tuple[Place, float]] = (),
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    unit: str = "",
    width_px: int = 720,
    height_px: int = 320,
) -> str:
    """The SVG of a forecast: `past` as (when, value or None for a gap), `ahead` as (when, value, 80 %, 95 %) ranges;
    `beside` is another line of days to come, as it would be without a change.

    >>> svg = fan_chart([(1, 5.0), (2, 6.0)], [(3, 6.5, (6.0, 7.0), (5.0, 8.0))], title="Visits")
    """
    shown = list(past)[-max(LEAST_PAST, MOST_PAST * len(ahead)) :]
    came = [(as_number(x), float(y)) for x, y in shown if y is not None and finite(y)]
    places = [as_number(row[0]) for row in ahead]
    dated = is_dated([*(x for x, _ in shown), *(row[0] for row in ahead)])
    if not came and not ahead:
        return paper.empty(width=width_px, height=height_px, title=title)
    x_axis = axis_for([*(x for x, _ in came), *places], wanted=7, tight=True, dates=dated)
    edges = [edge for _, _, _, wide in ahead for edge in wide]
    heights = [*(y for _, y in came), *(row[1] for row in ahead), *edges, *(y for _, y in beside)]
    y_axis = axis_for(heights, unit=unit)
    top = 36
    frame = lay(
        x_axis, y_axis, width=width_px, height=height_px, title=title, x_label=x_label, y_label=y_label, more=top
    )
    marks = draw(frame, x_label=x_label, y_label=y_label)
    marks.append(_band(frame, places, [row[3] for row in ahead], 0.16))
    marks.append(_band(frame, places, [row[2] for row in ahead], 0.28))
    marks += _past(frame, shown)
    if ahead:
        begin = frame.across(places[0])
        marks.append(paper.rule(begin, frame.top, begin, frame.bottom, "var(--axis)"))
        marks.append(_path(frame, [(as_number(x), y) for x, y in beside], "c2", ' stroke-dasharray="2 4"'))
        said = list(zip(places, (row[1] for row in ahead), strict=True))
        marks.append(_path(frame, said, "c1", ' stroke-dasharray="7 5"'))
    marks += _legend(frame, unchanged=bool(beside))
    return paper.sheet(marks, width=width_px, height=height_px, title=title, says=_words(ahead, unit, y_axis.ticks))


def _past(frame: Frame, shown: Sequence[tuple[Place, float | None]]) -> list[str]:
    """A line for each stretch without a gap; a day alone is a dot."""
    stretches: list[list[tuple[float, float]]] = [[]]
    for x, y in shown:
        if y is not None and finite(y):
            stretches[-1].append((as_number(x), float(y)))
        elif stretches[-1]:
            stretches.append([])
    dots = [s[0] for s in stretches if len(s) == 1]
    round_marks = [
        f'<circle cx="{frame.across(x):.1f}" cy="{frame.down(y):.1f}" r="2.5" fill="var(--c0)"/>' for x, y in dots
    ]
    return [*round_marks, *(_path(frame, s, "c0") for s in stretches if len(s) > 1)]


def _path(frame: Frame, points: Sequence[tuple[float, float]], colour: str, more: str = "") -> str:
    if not points:
        return ""
    if len(points) == 1:
        x, y = points[0]
        return f'<circle cx="{frame.across(x):.1f}" cy="{frame.down(y):.1f}" r="3.5" fill="var(--{colour})"/>'
    path = " ".join(f"{frame.across(x):.1f},{frame.down(y):.1f}" for x, y in points)
    pen = f'fill="none" stroke="var(--{colour})" stroke-width="2.2" stroke-linejoin="round"{more}'
    return f'<polyline points="{path}" {pen}/>'


def _band(frame: Frame, places: Sequence[float], ranges: Sequence[Range], opacity: float) -> str:
    if len(places) == 1:
        x, (low, high) = frame.across(places[0]), ranges[0]
        pen = f'stroke="var(--c1)" stroke-width="14" opacity="{opacity}"'
        return f'<line x1="{x:.1f}" y1="{frame.down(low):.1f}" x2="{x:.1f}" y2="{frame.down(high):.1f}" {pen}/>'
    up = [f"{frame.across(x):.1f},{frame.down(high):.1f}" for x, (_, high) in zip(places, ranges, strict=True)]
    down = [f"{frame.across(x):.1f},{frame.down(low):.1f}" for x, (low, _) in zip(places, ranges, strict=True)]
    return f'<polygon points="{" ".join(up + down[::-1])}" fill="var(--c1)" opacity="{opacity}"/>' if up else ""


def _legend(frame: Frame, *, unchanged: bool) -> list[str]:
    """What the colours mean, above the plot: a stroke for a line, a patch for a range."""
    rows = [("known", "c0", 0.0, ""), ("predicted", "c1", 0.0, "7 5")]
    rows += [("unchanged", "c2", 0.0, "2 4")] if unchanged else []
    rows += [("80 %", "c1", 0.44, ""), ("95 %", "c1", 0.16, "")]
    marks, x, y = [], 16.0, frame.top - 20
    for words, paint, opacity, dashes in rows:
        if opacity:
            box = f'x="{x:.1f}" y="{y - 11:.1f}" width="19" height="13" rx="2"'
            marks.append(f'<rect {box} fill="var(--{paint})" opacity="{opacity}"/>')
        else:
            dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
            marks.append(paper.rule(x, y - 5, x + 19, y - 5, f"var(--{paint})", 2.5, dashed))
        marks.append(paper.write(x + 25, y, words, kind="soft"))
        x += 25 + paper.room_for([words], 200) + LEGEND_GAP
    return marks


def _words(ahead: Sequence[tuple[Place, float, Range, Range]], unit: str, ticks: tuple[tuple[float, str], ...]) -> str:
    if not ahead:
        return "Nothing is forecast."
    write = sayer(unit, ticks)
    when, value, _, (low, high) = ahead[-1]
    return f"By {when} it is predicted to be {write(value)}, with 95 % between {write(low)} and {write(high)}."
