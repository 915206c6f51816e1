"""The drawing shows what was found, where it was found, and says it below."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.images.overlay import LEAST_SIDE_PX, MOST_SIDE_PX, PALETTE, draw, name_of, percent, thickest
from shopsight.types import Finding, Recognition, Task

GREY = np.full((300, 200, 3), 128, np.uint8)


def seen(task: Task, *findings: Finding, known: bool = True, **more: object) -> Recognition:
    return Recognition(task, "mine", 200, 300, findings, known, **more)  # type: ignore[arg-type]


def test_the_photo_is_on_top_and_a_legend_below() -> None:
    drawn = draw(GREY, seen("detect"))
    assert drawn.shape[0] > 720
    assert drawn.shape[1] == 480
    assert (drawn[:720] == 128).all()
    assert (drawn[720:].max(axis=2) > 200).mean() > 0.8


def test_a_box_is_drawn_where_it_is_and_nowhere_else() -> None:
    drawn = draw(GREY, seen("detect", Finding("shirt", 0.9, (50, 100, 150, 250))))[:720]
    changed = (drawn != 128).any(axis=2)
    scale = 720 / 300
    inside = changed[int(110 * scale) : int(240 * scale), int(60 * scale) : int(140 * scale)]
    assert inside.mean() < 0.15  # the tag at most
    edge = changed[int(150 * scale), :]
    columns = np.flatnonzero(edge)
    assert abs(columns[0] - 50 * scale) < 6
    assert abs(columns[-1] - 150 * scale) < 6
    assert not changed[: int(80 * scale)].any()


def test_a_mask_tints_its_pixels_in_its_label_s_colour() -> None:
    mask = np.zeros((300, 200), bool)
    mask[100:250, 50:150] = True
    drawn = draw(GREY, seen("instances", Finding("a", 0.9, (50, 100, 150, 250), mask)))
    spot = drawn[round(230 * 2.4), round(140 * 2.4)].astype(int)
    towards = np.array(PALETTE[0]) - 128
    assert (np.sign(spot - 128) == np.sign(towards)).all()
    assert (drawn[round(40 * 2.4), round(20 * 2.4)] == 128).all()


def test_equal_labels_of_several_things_get_colours_of_their_own() -> None:
    masks = [np.zeros((300, 200), bool) for _ in range(2)]
    masks[0][20:120, 20:180], masks[1][160:280, 20:180] = True, True
    found = [Finding("shoe", 0.9, None, mask) for mask in masks]
    by_thing, by_label = draw(GREY, seen("instances", *found)), draw(GREY, seen("segment", *found))
    spots = [(round(110 * 2.4), round(170 * 2.4)), (round(270 * 2.4), round(170 * 2.4))]
    assert not np.array_equal(by_thing[spots[0]], by_thing[spots[1]])
    assert np.array_equal(by_label[spots[0]], by_label[spots[1]])


def test_legends_differ_by_what_they_say() -> None:
    def legend(found: Recognition) -> bytes:
        return draw(GREY, found)[720:].tobytes()

    shirt = (Finding("Shirt", 0.9),)
    drawn = [
        legend(seen("classify", *shirt)),
        legend(seen("classify", Finding("Shirt", 0.4))),
        legend(seen("classify", *shirt, known=False)),
        legend(seen("classify", *shirt, colours=(Finding("navy", 0.8),))),
        legend(seen("classify", *shirt, pattern=Finding("striped", 0.8))),
        legend(seen("detect", Finding("Shirt", 0.9, (1, 1, 9, 9)))),
        legend(seen("detect", *(Finding("Shirt", 0.9, (n, 1, n + 9, 9)) for n in range(2)))),
        legend(seen("detect")),
    ]
    assert len(set(drawn)) == len(drawn)


@settings(max_examples=40)
@given(
    wide=st.integers(1, 900),
    high=st.integers(1, 900),
    label=st.text(max_size=60),
    score=st.floats(0, 1),
    count=st.integers(0, 12),
    seed=st.integers(0, 99),
    task=st.sampled_from(["classify", "detect", "segment", "instances"]),
)
def test_anything_can_be_drawn(
    wide: int, high: int, label: str, score: float, count: int, seed: int, task: Task
) -> None:
    if max(wide, high) / min(wide, high) > 30:
        high = wide
    lot = np.random.default_rng(seed)
    findings = []
    for _ in range(count):
        x, y = sorted(lot.integers(0, wide + 1, 2).tolist()), sorted(lot.integers(0, high + 1, 2).tolist())
        mask = lot.random((high, wide)) < 0.3 if task in {"segment", "instances"} else None
        box = (x[0], y[0], x[1], y[1]) if task in {"detect", "instances"} else None
        findings.append(Finding(label, score, box, mask))
    photo = lot.integers(0, 256, (high, wide, 3), np.uint8)
    before = photo.copy()
    drawn = draw(photo, Recognition(task, "mine", wide, high, tuple(findings)))
    assert drawn.dtype == np.uint8
    assert drawn.shape[2] == 3
    assert drawn.shape[1] >= 360
    assert drawn.shape[0] > LEAST_SIDE_PX * min(1, high / max(wide, high)) - 2
    assert drawn.shape[1] <= MOST_SIDE_PX
    assert np.array_equal(photo, before)


def test_a_photo_at_another_scale_is_drawn_in_place() -> None:
    """The door hands over a reduced photo; boxes are in the original's pixels."""
    found = Recognition("detect", "mine", 2000, 3000, (Finding("shirt", 0.9, (500, 1000, 1500, 2500)),))
    small = seen("detect", Finding("shirt", 0.9, (50, 100, 150, 250)))
    assert np.array_equal(draw(GREY, found), draw(GREY, small))


@pytest.mark.parametrize(
    ("label", "shown"), [("Shirt", "Shirt"), ("a\nb\x1b[31m", "ab[31m"), ("", "?"), ("x" * 40, "x" * 25 + "…")]
)
def test_names_are_short_and_printable(label: str, shown: str) -> None:
    assert name_of(Finding(label, 0.5)) == shown


def test_a_region_s_tag_stands_in_its_thickest_part() -> None:
    mask = np.zeros((50, 50), bool)
    mask[10:30, 5:25] = True
    mask[12:14, 25:49] = True
    x, y = thickest(mask)
    assert 12 <= x <= 17
    assert 17 <= y <= 22


def test_percentages_are_honest_about_little() -> None:
    assert [percent(p) for p in (0, 0.001, 0.5, 1)] == ["0 %", "< 1 %", "50 %", "100 %"]
