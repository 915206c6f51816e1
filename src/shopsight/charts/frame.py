"""The plot area of a chart with two axes: thin lines at round numbers, words beside them."""

from __future__ import annotations

from dataclasses import dataclass

from shopsight.charts import paper
from shopsight.charts.scale import Axis


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot lies on its sheet (units), and what its axes are."""

    x: Axis
    y: Axis
    left: float
    top: float
    right: float
    bottom: float
    label_y: float

    def across(self, value: float) -> float:
        return self.x.at(value, self.left, self.right)

    def down(self, value: float) -> float:
        return self.y.at(value, self.bottom, self.top)


def lay(
    x: Axis,
    y: Axis,
    *,
    width: float,
    height: float,
    title: str,
    x_label: str,
    y_label: str,
    right: float = 24,
    more: float = 0,
) -> Frame:
    """The frame with room for its words; `right` is what direct labels need, `more` what a legend needs on top."""
    left = 16 + paper.room_for((words for _, words in y.ticks), 150) + 8
    top = (48 if title else 20) + (26 if y_label else 0) + more
    return Frame(x, y, left, top, width - right, height - (66 if x_label else 40), top - more - 16)


def draw(frame: Frame, *, x_label: str, y_label: str, upright: bool = False) -> list[str]:
    """Grid, ticks and labels. Upright lines are drawn where both axes are measures (`upright`)."""
    marks = []
    for number, (value, words) in enumerate(frame.y.ticks):
        y = frame.down(value)
        marks.append(paper.rule(frame.left, y, frame.right, y))
        kind = "soft spare" if number % 2 and len(frame.y.ticks) > 4 else "soft"
        marks.append(paper.write(frame.left - 8, y + 5, words, anchor="end", kind=kind))
    thin = 1 + (len(frame.x.ticks) - 1) // 4
    for number, (value, words) in enumerate(frame.x.ticks):
        x = frame.across(value)
        if upright:
            marks.append(paper.rule(x, frame.top, x, frame.bottom))
        kind = "soft spare" if number % thin else "soft"
        anchor = (
            "end" if x > frame.right - 12 and number else "start" if x < frame.left + 12 and not upright else "middle"
        )
        marks.append(paper.write(x, frame.bottom + 24, words, anchor=anchor, kind=kind))
    if not upright:
        marks.append(paper.rule(frame.left, frame.bottom, frame.right, frame.bottom, "var(--axis)"))
    if x_label:
        marks.append(paper.write(frame.right, frame.bottom + 52, x_label, anchor="end", kind="soft"))
    if y_label:
        marks.append(paper.write(16, frame.label_y, y_label, kind="soft"))
    return marks
