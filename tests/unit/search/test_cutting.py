"""The part of a cluttered photo that is meant."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shopsight.search.cutting import CLEARLY_SMALLER, MARGIN, helps, middle_piece, part_meant
from shopsight.search.desk import Found
from shopsight.types import Hit, Product, Sight

SIDE = 56
masks = arrays.arrays(bool, st.tuples(st.integers(1, 24), st.integers(1, 24)))
sizes = st.tuples(st.integers(1, 2000), st.integers(1, 2000))


def seen(mask: np.ndarray | None) -> Sight:
    return Sight(np.ones(1, np.float32), mask=mask)


def paint(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """A mask of rectangles: left, top, right, bottom."""
    mask = np.zeros((SIDE, SIDE), bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return mask


@st.composite
def middle_and_corner(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A large thing near the middle, and a smaller one in a corner that does not touch it."""
    side = draw(st.integers(16, 22))
    left, top = (draw(st.integers(SIDE // 2 - side // 2 - 4, SIDE // 2 - side // 2 + 4)) for _ in range(2))
    small = draw(st.integers(2, 9))
    x, y = (draw(st.sampled_from([0, SIDE - small])) for _ in range(2))
    meant = paint((left, top, left + side, top + side))
    return meant, meant | paint((x, y, x + small, y + small))


@given(masks, sizes)
def test_a_part_lies_in_the_photo_and_is_clearly_smaller(mask: np.ndarray, size: tuple[int, int]) -> None:
    width, height = size
    box = part_meant(seen(mask), width, height)
    if box is not None:
        left, top, right, bottom = box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert min(right - left, bottom - top) >= 2
        assert (right - left) * (bottom - top) < CLEARLY_SMALLER * width * height


@given(masks)
def test_a_piece_is_all_of_one_connected_thing(mask: np.ndarray) -> None:
    piece = middle_piece(mask)
    if piece is None:
        assert not mask.any()
        return
    assert piece.any()
    assert not (piece & ~mask).any()
    padded = np.pad(piece, 1)
    touching = np.zeros_like(mask)
    for y in range(3):
        for x in range(3):
            touching |= padded[y : y + mask.shape[0], x : x + mask.shape[1]]
    assert not (touching & mask & ~piece).any()  # nothing of the product was left next to it
    assert np.array_equal(middle_piece(piece), piece)


@given(middle_and_corner(), st.integers(60, 1200), st.integers(60, 1200))
def test_the_large_thing_in_the_middle_is_meant(things: tuple[np.ndarray, np.ndarray], width: int, height: int) -> None:
    meant, mask = things
    assert mask.sum() > meant.sum()
    assert np.array_equal(middle_piece(mask), meant)
    left, top, right, bottom = part_meant(seen(mask), width, height) or (0, 0, 0, 0)
    rows, columns = np.flatnonzero(meant.any(axis=1)), np.flatnonzero(meant.any(axis=0))
    across, down = width / SIDE, height / SIDE
    exact = np.array([columns[0] * across, rows[0] * down, (columns[-1] + 1) * across, (rows[-1] + 1) * down])
    more = MARGIN * np.array([exact[2] - exact[0], exact[3] - exact[1]])
    around = np.concatenate([exact[:2] - more, exact[2:] + more])
    assert np.abs(np.array([left, top, right, bottom]) - around).max() <= 0.5 + 1e-9


@given(middle_and_corner(), st.integers(60, 400), st.integers(60, 400))
def test_a_mirrored_photo_is_cut_at_the_mirrored_place(
    things: tuple[np.ndarray, np.ndarray], width: int, height: int
) -> None:
    _, mask = things
    left, top, right, bottom = part_meant(seen(mask), width, height) or (0, 0, 0, 0)
    mirrored = part_meant(seen(mask[:, ::-1]), width, height)
    assert mirrored is not None
    assert np.abs(np.array([width - right, top, width - left, bottom]) - mirrored).max() <= 1


def test_of_two_alike_the_one_in_the_middle_is_meant() -> None:
    middle, edge = (20, 20, 36, 36), (0, 20, 16, 36)
    assert np.array_equal(middle_piece(paint(middle, edge)), paint(middle))


def test_a_much_larger_thing_is_meant_though_it_stands_aside() -> None:
    aside, crumb = (2, 2, 40, 24), (28, 27, 30, 29)
    assert np.array_equal(middle_piece(paint(aside, crumb)), paint(aside))


def test_no_mask_no_product_and_a_photo_full_of_it_are_not_cut() -> None:
    assert part_meant(seen(None), 300, 400) is None
    assert part_meant(seen(paint()), 300, 400) is None
    assert part_meant(seen(paint((1, 1, SIDE - 1, SIDE - 1))), 300, 400) is None
    assert part_meant(seen(paint((20, 20, 36, 36))), 300, 400) is not None


def found(*scores: float) -> Found:
    return Found("similar", tuple(Hit(Product("a", "A"), score, 0.5) for score in scores))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_cut_helps_where_its_best_hit_is_nearer(cut: float, whole: float) -> None:
    assert helps(found(cut), found(whole)) == (cut > whole)
    assert helps(found(cut), found())
    assert not helps(found(), found(whole))
    assert not helps(found(), found())
