"""Charts are sound XML, safe, honest about gaps, and the same every time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.charts import bar_chart, data_uri, heat_map, interval_chart, line_chart, scatter, words_of
from shopsight.charts.album import Entry, album
from shopsight.charts.paper import DARK, LIGHT
from shopsight.charts.scale import as_number, axis_for, nice_step, say
from shopsight.types import Estimate

SVG = "{http://www.w3.org/2000/svg}"
ANY = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True, width=32), st.integers(-1000, 1000))
VALUES = st.lists(ANY, min_size=0, max_size=12)
NAMES = st.text(max_size=30)


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def numbers_of(svg: str) -> list[float]:
    """Every coordinate on the sheet."""
    found = re.findall(r' (?:x|y|x1|x2|y1|y2|cx|cy|r|width|height)="([^"%]+)"', svg)
    found += [n for points in re.findall(r'points="([^"]*)"', svg) for n in re.split(r"[ ,]", points) if n]
    return [float(n) for n in found]


def assert_sound(svg: str) -> ElementTree.Element:
    root = parse(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}desc") is not None
    assert all(math.isfinite(n) for n in numbers_of(svg))
    assert "nan" not in svg.lower().replace("finance", "")
    return root


def own_words(svg: str) -> str:
    return " ".join("".join(node.itertext()) for node in parse(svg).iter(f"{SVG}text"))


@given(VALUES, NAMES.filter(lambda name: "nan" not in name.lower()))
def test_any_numbers_and_names_give_a_sound_sheet(values: list[float | None], name: str) -> None:
    xs = list(range(len(values)))
    assert_sound(line_chart({name: (xs, values), "b": (xs, values)}, bands={"b": (values, values)}, title=name))
    assert_sound(scatter({name: (xs, values), "b": (values, xs)}, diagonal=True, joined=True, title=name))
    assert_sound(bar_chart({f"{name}{i}": v for i, v in enumerate(values)}, title=name))
    assert_sound(heat_map([values], [name], [str(i) for i in xs], shades="both ways", title=name))
    effects = {f"{name}{i}": (v, v - 1, v + 1) for i, v in enumerate(values) if v is not None}
    assert_sound(interval_chart(effects, title=name))


CHARTS: list[Callable[[str], str]] = [
    lambda text: line_chart({text: ([1, 2], [1, 2]), "b": ([1, 2], [2, 3])}, title=text, x_label=text, y_label=text),
    lambda text: bar_chart({text: 1}, title=text, x_label=text),
    lambda text: scatter({text: ([1], [1]), "b": ([2], [2])}, title=text, x_label=text, y_label=text),
    lambda text: heat_map([[1.0]], [text], [text], title=text, x_label=text, y_label=text),
    lambda text: interval_chart({text: (1, 0, 2)}, title=text, x_label=text),
]


@pytest.mark.parametrize("chart", CHARTS)
def test_text_cannot_break_out(chart: Callable[[str], str]) -> None:
    root = parse(chart("</title><script>alert(1)</script>\x00\x1b&\"'"))
    assert not list(root.iter(f"{SVG}script"))
    assert not list(root.iter("script"))


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_needs_nothing_from_outside_and_is_the_same_every_time(chart: Callable[[str], str]) -> None:
    svg = chart("sales")
    assert chart("sales") == svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme:dark" in svg
    assert data_uri(svg).startswith("data:image/svg+xml;base64,")


def test_a_gap_breaks_the_line() -> None:
    whole = line_chart({"a": ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])})
    broken = line_chart({"a": ([1, 2, 3, 4, 5], [1, 2, None, 4, 5])})
    alone = line_chart({"a": ([1, 2, 3, 4, 5], [1, 2, None, 4, math.nan])})
    assert [whole.count("<polyline"), broken.count("<polyline"), alone.count("<polyline")] == [1, 2, 1]
    assert alone.count("<circle") == 1


def test_higher_values_are_drawn_higher() -> None:
    points = re.findall(r'cy="([\d.]+)" r="5"', scatter({"": ([1, 2, 3], [1, 5, 9])}))
    heights = [float(y) for y in points]
    assert heights == sorted(heights, reverse=True)


def test_a_bar_is_as_long_as_its_value() -> None:
    rects = parse(bar_chart({"a": 10, "b": 20, "c": 5})).iter(f"{SVG}rect")
    a, b, c = (float(rect.get("width", "0")) for rect in rects if rect.get("rx") == "3")
    assert (b / a, c / a) == pytest.approx((2, 0.5), abs=0.01)


def test_effects_are_sorted_and_doubt_is_grey() -> None:
    svg = interval_chart(
        {"small": (0.1, -0.1, 0.3), "large": Estimate(0.9, 0.5, 1.3, 10, "measured"), "harm": (-0.5, -0.8, -0.2)}
    )
    said = own_words(svg)
    assert said.index("large") < said.index("small") < said.index("harm")
    paints = re.findall(r'r="5.5" fill="var\(--(\w+)\)"', svg)
    assert paints == ["c0", "c5", "c1"]


def test_the_description_says_the_numbers() -> None:
    svg = bar_chart({"shirts": 0.743}, unit="share", title="Recall")
    assert parse(svg).find(f"{SVG}desc").text == "shirts: 74.3 %"
    assert parse(svg).get("aria-label") == "Recall. shirts: 74.3 %"


def test_a_page_says_what_the_chart_says() -> None:
    assert (
        words_of(bar_chart({"shirts & co": 0.5}, unit="share", title="Recall <1>")) == "Recall <1>. shirts & co: 50 %"
    )


def test_an_album_shows_right_and_wrong() -> None:
    labels = ("Coat", "Shirt", "<Bag>")
    entries = [Entry("data:image/png;base64,AAAA", (0.7, 0.2, 0.1), 0), Entry("a&b", (0.1, 0.3, 0.6), 1)]
    svg = album(entries, labels, title="Answers")
    assert_sound(svg)
    assert "Coat 70 %" in own_words(svg)
    assert "<Bag> 60 %, is Shirt" in own_words(svg)
    bars = [rect for rect in parse(svg).iter(f"{SVG}rect") if rect.get("fill")]
    fills = [bar.get("fill") for bar in bars if bar.get("rx") == "2"]
    assert fills == [f"var(--{name})" for name in ("good", "axis", "axis", "axis", "c2", "bad")]
    heights = [float(bar.get("height", "0")) for bar in bars if bar.get("rx") == "2"]
    assert heights[0] / heights[5] == pytest.approx(0.7 / 0.6)
    assert words_of(svg).startswith("Answers. 1 of 2 pictures are named rightly.")
    assert "Nothing to draw yet" in own_words(album([], labels))


def test_nothing_is_said_to_be_nothing() -> None:
    for svg in (line_chart({}), bar_chart({"a": None}), scatter({}), heat_map([], [], []), interval_chart({})):
        assert "Nothing to draw yet" in own_words(svg)


@given(st.floats(1e-9, 1e9))
def test_steps_are_round_and_no_smaller(rough: float) -> None:
    step = nice_step(rough)
    assert rough * 0.999 <= step <= rough * 2.6
    mantissa = step / 10 ** math.floor(math.log10(step * 1.0000001))
    assert min(abs(mantissa - m) for m in (1, 2, 2.5, 5, 10)) < 1e-6


@given(st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 5)), min_size=1, max_size=20))
def test_an_axis_holds_its_values_and_its_ticks_differ(values: list[float]) -> None:
    axis = axis_for(values)
    assert axis.low <= min(values) + 1e-6 * abs(min(values))
    assert axis.high >= max(values) - 1e-6 * abs(max(values))
    words = [text for _, text in axis.ticks]
    assert len(set(words)) == len(words) >= 2


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0.5, ["00:00", "03:00", "06:00", "09:00", "12:00"]),
        (4, ["5 Jan", "6 Jan", "7 Jan", "8 Jan", "9 Jan"]),
        (28, ["5 Jan", "12 Jan", "19 Jan", "26 Jan", "2 Feb"]),
        (200, ["Feb", "Mar", "Apr", "May", "Jun", "Jul"]),
        (500, ["Apr", "Jul", "Oct", "2027", "Apr"]),
        (1000, ["Jul", "2027", "Jul", "2028", "Jul"]),
    ],
)
def test_dates_are_ticked_where_people_count(days: float, expected: list[str]) -> None:
    begin = as_number(datetime(2026, 1, 5, tzinfo=UTC))
    axis = axis_for([begin, begin + days], dates=True, wanted=7 if days == 200 else 5)
    assert [words for _, words in axis.ticks] == expected


def test_days_and_moments_share_one_axis() -> None:
    assert as_number(date(2026, 1, 5)) == as_number(datetime(2026, 1, 5, tzinfo=UTC))
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(200)]
    assert {"Feb", "Mar"} <= set(own_words(line_chart({"v": (days, list(range(200)))})).split())


@pytest.mark.parametrize(
    ("value", "unit", "step", "expected"),
    [
        (0.5, "share", 0.1, "50 %"),
        (0.125, "share", 0.025, "12.5 %"),
        (1234.5, "", 1, "1,234"),
        (2_500_000, "", 500_000, "2.5M"),
        (0.30000000000000004, "", 0.1, "0.3"),
        (-0.0001, "", 1, "0"),
        (17, "€", 1, "17 €"),
    ],
)
def test_numbers_are_written_as_people_read_them(value: float, unit: str, step: float, expected: str) -> None:
    assert say(value, unit, step) == expected


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, relative luminance."""

    def light(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_everything_can_be_read_on_the_sheet(tokens: dict[str, str]) -> None:
    for name in ("ink", "soft", "good", "bad"):
        assert contrast(tokens[name], tokens["sheet"]) >= 4.5, name
    for name in ("c0", "c1", "c2", "c3", "c4", "c5", "under", "axis"):
        assert contrast(tokens[name], tokens["sheet"]) >= 3, name
