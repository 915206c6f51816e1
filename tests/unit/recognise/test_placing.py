"""Findings keep their place when a large photo was looked at small, or only a part of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.recognise import placing
from shopsight.recognise.placing import place
from shopsight.types import Finding


def test_nothing_moves_where_nothing_was_scaled() -> None:
    mask = np.zeros((30, 40), bool)
    mask[5:9, 6:20] = True
    [same] = place([Finding("shoe", 0.9, (6, 5, 20, 9), mask)], (40, 30), (0, 0, 40, 30), (40, 30))
    assert same.box_px == (6, 5, 20, 9)
    assert np.array_equal(same.mask, mask)


def test_a_part_is_put_back_where_it_was_cut() -> None:
    mask = np.ones((10, 20), bool)
    found = [Finding("bag", 0.9, (0, 0, 20, 10), mask), Finding("hat", 0.5, (2, 4, 6, 8))]
    bag, hat = place(found, (20, 10), (100, 50, 140, 70), (200, 90))
    assert bag.box_px == (100, 50, 140, 70)
    assert bag.mask.shape == (90, 200)
    assert bag.mask.sum() == 800
    assert hat.box_px == (104, 58, 112, 66)


@given(
    seen=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    factor=st.floats(1, 9),
    corner=st.tuples(st.integers(0, 30), st.integers(0, 30)),
    seed=st.integers(0, 99),
)
def test_boxes_stay_in_the_part_and_tight_around_their_masks(
    seen: tuple[int, int], factor: float, corner: tuple[int, int], seed: int
) -> None:
    lot = np.random.default_rng(seed)
    wide, high = round(seen[0] * factor), round(seen[1] * factor)
    part = (corner[0], corner[1], corner[0] + wide, corner[1] + high)
    left, top = int(lot.integers(0, seen[0])), int(lot.integers(0, seen[1]))
    right, bottom = int(lot.integers(left + 1, seen[0] + 1)), int(lot.integers(top + 1, seen[1] + 1))
    mask = np.zeros(seen[::-1], bool)
    mask[top:bottom, left:right] = True
    photo = (part[2] + 5, part[3] + 7)
    boxes = place([Finding("x", 0.5, (left, top, right, bottom))], seen, part, photo)
    masks = place([Finding("x", 0.5, (left, top, right, bottom), mask)], seen, part, photo)
    for finding in (*boxes, *masks):
        x0, y0, x1, y1 = finding.box_px
        assert part[0] <= x0 < x1 <= part[2]
        assert part[1] <= y0 < y1 <= part[3]
        if finding.mask is not None:
            assert finding.mask.shape == (photo[1], photo[0])
            assert finding.mask[y0:y1, x0:x1].any(axis=0).all()
            assert not np.delete(finding.mask, np.s_[y0:y1], axis=0).any()


def test_masks_that_would_not_fit_in_memory_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MOST_MASK_PIXELS", 5000)
    found = [Finding("x", 1 - n / 10, (0, 0, 4, 4), np.ones((4, 4), bool)) for n in range(5)]
    assert [f.score for f in place(found, (4, 4), (0, 0, 40, 40), (40, 40))] == [1, 0.9, 0.8]
