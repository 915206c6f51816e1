"""The fan chart: whatever is missing, it is a picture that parses and says what it shows."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

from shopsight.charts import fan_chart

FIRST = date(2026, 1, 1)


def test_a_fan_has_its_past_two_bands_and_words() -> None:
    past = [(FIRST + timedelta(days=i), None if i == 5 else 10.0 + i) for i in range(20)]
    ahead = [(FIRST + timedelta(days=20 + i), 31.0, (30.0 - i, 32.0 + i), (28.0 - i, 34.0 + i)) for i in range(7)]
    drawn = fan_chart(past, ahead, title="Visits & <more>")
    root = ElementTree.fromstring(drawn)
    lines = [e for e in root.iter() if e.tag.endswith("polyline")]
    assert len(lines) == 3, "two stretches around the gap, and what is to come"
    assert sum(e.tag.endswith("polygon") for e in root.iter()) == 2
    assert "with 95 % between 22 and 40" in drawn
    assert "Visits &amp; &lt;more&gt;" in drawn


def test_what_would_be_without_a_change_is_a_line_of_its_own() -> None:
    past = [(FIRST + timedelta(days=i), 10.0) for i in range(5)]
    ahead = [(FIRST + timedelta(days=5 + i), 12.0, (11.0, 13.0), (10.0, 14.0)) for i in range(3)]
    beside = [(FIRST + timedelta(days=5 + i), 40.0) for i in range(3)]
    drawn = fan_chart(past, ahead, beside=beside)
    assert "unchanged" in drawn
    assert "unchanged" not in fan_chart(past, ahead)
    lines = {e.get("stroke"): e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith("polyline")}
    assert set(lines) == {"var(--c0)", "var(--c1)", "var(--c2)"}
    heights = {stroke: float(line.get("points").split()[0].split(",")[1]) for stroke, line in lines.items()}
    assert 0 < heights["var(--c2)"] < heights["var(--c1)"], "the axis has room for it, and more is higher up"


def test_one_day_ahead_and_nothing_at_all() -> None:
    one = fan_chart([(1, 2.0)], [(2, 3.0, (2.0, 4.0), (1.0, 5.0))])
    ElementTree.fromstring(one)
    assert 'stroke-width="14"' in one
    assert "Nothing to draw yet" in fan_chart([(1, None)], [])
    ElementTree.fromstring(fan_chart([(1, 5.0), (2, 5.0)], []))
