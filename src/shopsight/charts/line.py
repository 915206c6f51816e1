"""Lines over an axis of numbers or time, each with its name at its end and, where known, its range as a band."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from shopsight.charts import paper
from shopsight.charts.frame import Frame, draw, lay
from shopsight.charts.scale import Place, as_number, axis_for, finite, is_dated, sayer

Line = tuple[Sequence[Place], Sequence[float | None]]
"""Where, and how much there."""
Band = tuple[Sequence[float | None], Sequence[float | None]]
"""Low and high at the same places as the line of the same name."""
NO_BANDS: Mapping[str, Band] = MappingProxyType({})


def line_chart(
    series: Mapping[str, Line],
    *,
    bands: Mapping[str, Band] = NO_BANDS,
    dashed: Collection[str] = (),
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    unit: str = "",
    zero: bool = False,
    width_px: int = 720,
    height_px: int = 320,
) -> str:
    """The SVG of one line per series: `{name: (x, y)}`, x numbers, dates or moments, y numbers or None (a gap).

    `bands` gives `{name: (low, high)}` along the x of that series; `dashed` names series with dashes (a forecast);
    `unit` "share" writes percent, any other follows the numbers; `zero` starts the axis at 0.

    >>> svg = line_chart({"visits": ([1, 2, 3], [10.0, None, 30.0])}, title="Visits")
    """
    lines = {name: [(as_number(x), y) for x, y in zip(xs, ys, strict=True)] for name, (xs, ys) in series.items()}
    known = [(x, float(y)) for points in lines.values() for x, y in points if finite(x) and y is not None and finite(y)]
    if not known:
        return paper.empty(width=width_px, height=height_px, title=title)
    edges = [float(v) for band in bands.values() for side in band for v in side if v is not None]
    dated = any(is_dated(xs) for xs, _ in series.values())
    x_axis = axis_for([x for x, _ in known], wanted=7, dates=dated, tight=True)
    y_axis = axis_for([*(y for _, y in known), *edges], unit=unit, zero=zero)
    names = [name for name in lines if name]
    right = 24 + (8 + paper.room_for(names, width_px * 0.28) if len(lines) > 1 else 0)
    frame = lay(
        x_axis, y_axis, width=width_px, height=height_px, title=title, x_label=x_label, y_label=y_label, right=right
    )
    marks = draw(frame, x_label=x_label, y_label=y_label)
    for number, (name, points) in enumerate(lines.items()):
        if name in bands:
            marks.extend(_band(frame, [x for x, _ in points], bands[name], paper.colour(number)))
    for number, (name, points) in enumerate(lines.items()):
        marks.extend(_line(frame, points, paper.colour(number), dashed=name in dashed))
    if len(lines) > 1:
        marks.extend(_names(frame, lines, right - 32))
    write = sayer(unit, y_axis.ticks)
    ends = {name: _last(points) for name, points in lines.items()}
    says = "; ".join(f"{name or 'it'} ends at {write(end[1])}" for name, end in ends.items() if end)
    return paper.sheet(marks, width=width_px, height=height_px, title=title, says=says)


def _line(frame: Frame, points: Sequence[tuple[float, float | None]], paint: str, *, dashed: bool) -> Iterator[str]:
    """The stretches between gaps; a value alone between two gaps is a dot."""
    for stretch in _stretches(points):
        if len(stretch) == 1:
            x, y = stretch[0]
            yield f'<circle cx="{frame.across(x):.1f}" cy="{frame.down(y):.1f}" r="3.5" fill="{paint}"/>'
            continue
        path = " ".join(f"{frame.across(x):.1f},{frame.down(y):.1f}" for x, y in stretch)
        dash = ' stroke-dasharray="7 5"' if dashed else ""
        pen = f'fill="none" stroke="{paint}" stroke-width="2.5" stroke-linejoin="round"{dash}'
        yield f'<polyline points="{path}" {pen}/>'


def _stretches(points: Sequence[tuple[float, float | None]]) -> Iterator[list[tuple[float, float]]]:
    stretch: list[tuple[float, float]] = []
    for x, y in points:
        if finite(x) and y is not None and finite(y):
            stretch.append((x, float(y)))
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _band(frame: Frame, xs: Sequence[float], band: Band, paint: str) -> Iterator[str]:
    both = [(x, low, high) for x, low, high in zip(xs, *band, strict=True)]
    whole = [(x, 0.0 if finite(low) and finite(high) else None) for x, low, high in both]
    edges = {x: (low, high) for x, low, high in both if low is not None and high is not None}
    for stretch in _stretches(whole):
        there = [f"{frame.across(x):.1f},{frame.down(edges[x][1]):.1f}" for x, _ in stretch]
        back = [f"{frame.across(x):.1f},{frame.down(edges[x][0]):.1f}" for x, _ in reversed(stretch)]
        yield f'<polygon points="{" ".join(there + back)}" fill="{paint}" opacity="0.18"/>'


def _last(points: Sequence[tuple[float, float | None]]) -> tuple[float, float] | None:
    return next(((x, float(y)) for x, y in reversed(points) if y is not None and finite(y) and finite(x)), None)


def _names(frame: Frame, lines: Mapping[str, Sequence[tuple[float, float | None]]], room: float) -> Iterator[str]:
    """Each name beside the end of its line, pushed apart where two would lie on each other."""
    ends = [(frame.down(end[1]), i, name) for i, (name, ps) in enumerate(lines.items()) if (end := _last(ps))]
    for y, (_, number, name) in zip(_apart([end[0] for end in sorted(ends)], frame), sorted(ends), strict=True):
        yield paper.write(
            frame.right + 8, y + 5, paper.shorten(name, paper.fits(room)), fill=paper.colour(number), says=name
        )


def _apart(wanted: Sequence[float], frame: Frame, gap: float = paper.NARROW_TEXT) -> list[float]:
    """Heights at least `gap` apart, as near to the wanted (rising) ones as fits between top and bottom."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + gap) if placed else max(y, frame.top))
    for i in range(len(placed) - 1, -1, -1):
        limit = frame.bottom if i == len(placed) - 1 else placed[i + 1] - gap
        placed[i] = min(placed[i], limit)
    return placed
