"""Numbers as pictures: each function gives one self-contained SVG, readable on a phone and in the dark.

    from shopsight.charts import bar_chart
    svg = bar_chart({"dresses": 12, "shirts": 7}, title="Products by category")
    page = f'<img src="{data_uri(svg)}" alt="{words_of(svg)}">'

A kind of picture is a file: `line.py`, `bars.py`, `points.py`, `grid.py`, `effects.py`, `fan.py`; all draw on
`paper.py` with the axes of `scale.py`. Values that are no numbers (NaN, infinity, None) are left out, never drawn at a
made-up place.
"""

from __future__ import annotations

from shopsight.charts.bars import bar_chart
from shopsight.charts.effects import interval_chart
from shopsight.charts.fan import fan_chart
from shopsight.charts.grid import heat_map
from shopsight.charts.line import line_chart
from shopsight.charts.paper import data_uri, data_uri_of, words_of
from shopsight.charts.points import scatter

__all__ = [
    "bar_chart",
    "data_uri",
    "data_uri_of",
    "fan_chart",
    "heat_map",
    "interval_chart",
    "line_chart",
    "scatter",
    "words_of",
]
