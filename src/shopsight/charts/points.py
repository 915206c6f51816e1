"""Points by two measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shopsight.charts import paper
from shopsight.charts.frame import Frame, draw, lay
from shopsight.charts.scale import as_number, axis_for, finite

Points = tuple[Sequence[float | None], Sequence[float | None]]
SHAPES = ("circle", "square", "diamond")


def scatter(
    groups: Mapping[str, Points],
    *,
    diagonal: bool = False,
    joined: bool = False,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    x_unit: str = "",
    y_unit: str = "",
    width_px: int = 720,
    height_px: int = 420,
) -> str:
    """The SVG of points in groups: `{name: (x, y)}`; a point that lacks one of the two is left out.

    Groups differ by colour and by shape. `diagonal` draws the line where both are equal (predicted against true),
    `joined` joins a group's points in their order; units as in `line_chart`.
    """
    kept = {
        name: [(as_number(x), as_number(y)) for x, y in zip(xs, ys, strict=True) if finite(x) and finite(y)]
        for name, (xs, ys) in groups.items()
    }
    points = [point for group in kept.values() for point in group]
    if not points:
        return paper.empty(width=width_px, height=height_px, title=title)
    x_axis = axis_for([x for x, _ in points], unit=x_unit, wanted=6)
    y_axis = axis_for([y for _, y in points], unit=y_unit)
    named = len(kept) > 1
    sides = {"width": width_px, "height": height_px, "more": 28 if named else 0}
    frame = lay(x_axis, y_axis, title=title, x_label=x_label, y_label=y_label, **sides)
    marks = draw(frame, x_label=x_label, y_label=y_label, upright=True)
    if diagonal:
        marks.extend(_diagonal(frame))
    for number, group in enumerate(kept.values()):
        if joined and len(group) > 1:
            path = " ".join(f"{frame.across(x):.1f},{frame.down(y):.1f}" for x, y in group)
            marks.append(f'<polyline points="{path}" fill="none" stroke="{paper.colour(number)}" stroke-width="2"/>')
        radius = 5 if len(points) <= 60 else 3.5 if len(points) <= 600 else 2
        marks.extend(_mark(frame.across(x), frame.down(y), radius, number) for x, y in group)
    if named:
        marks.extend(_legend(frame, list(kept)))
    says = f"{len(points)} points" + (f" in {len(kept)} groups: {', '.join(kept)}" if named else "")
    return paper.sheet(marks, width=width_px, height=height_px, title=title, says=says)


def _mark(x: float, y: float, radius: float, number: int) -> str:
    paint = f'fill="{paper.colour(number)}" fill-opacity="0.72"'
    shape = SHAPES[number % len(SHAPES)]
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {paint}/>'
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if shape == "diamond" else ""
    side = radius * 1.8
    return f'<rect x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" height="{side:.1f}" {paint}{turn}/>'


def _diagonal(frame: Frame) -> Iterator[str]:
    low, high = max(frame.x.low, frame.y.low), min(frame.x.high, frame.y.high)
    if low < high:
        ends = (frame.across(low), frame.down(low), frame.across(high), frame.down(high))
        yield paper.rule(*ends, "var(--axis)", 1.5, ' stroke-dasharray="5 5"')


def _legend(frame: Frame, names: Sequence[str]) -> Iterator[str]:
    """The names in a row above the plot, each after its mark; what does not fit is shortened."""
    room = (frame.right - frame.left) / len(names)
    y = frame.top - 20
    for number, name in enumerate(names):
        x = frame.left + number * room
        yield _mark(x + 6, y, 5, number)
        yield paper.write(x + 18, y + 5, paper.shorten(name, paper.fits(room - 24)), says=name)
