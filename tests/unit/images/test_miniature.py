"""A photo becomes a picture as Fashion-MNIST has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.images.miniature import miniature


def garment(
    height: int, width: int, cloth: int, ground: int = 240, at: tuple[int, int] = (30, 40)
) -> tuple[np.ndarray, np.ndarray]:
    photo = np.full((200, 220, 3), ground, np.uint8)
    mask = np.zeros((200, 220), bool)
    mask[at[0] : at[0] + height, at[1] : at[1] + width] = True
    photo[mask] = cloth
    return photo, mask


@settings(max_examples=30)
@given(st.integers(8, 150), st.integers(8, 150), st.integers(0, 200))
def test_the_garment_fills_the_longer_side_and_lies_in_the_middle(height: int, width: int, cloth: int) -> None:
    small = miniature(*garment(height, width, cloth))
    assert (small.shape, small.dtype) == ((28, 28), np.uint8)
    rows, columns = np.flatnonzero(small.max(1)), np.flatnonzero(small.max(0))
    sides = len(rows), len(columns)
    assert max(sides) == 28
    assert min(sides) == pytest.approx(max(1, 28 * min(height, width) / max(height, width)), abs=1)
    for found in (rows, columns):
        assert abs((found[0]) - (27 - found[-1])) <= 1


@pytest.mark.parametrize("cloth", [0, 60, 150, 235])
def test_light_and_dark_cloth_alike_are_bright_on_black(cloth: int) -> None:
    small = miniature(*garment(150, 60, cloth))
    assert small[:, :5].max() == 0
    assert small[14, 14] > 70


def test_dark_folds_are_brighter_as_the_data_has_them() -> None:
    photo, mask = garment(140, 140, 160)
    photo[30:100, 40:180] = 40
    small = miniature(photo, mask)
    assert small[5, 14] > small[22, 14] + 60


def test_without_a_mask_the_product_is_found() -> None:
    photo, mask = garment(120, 60, 40, at=(40, 80))
    worked_out, given_mask = miniature(photo), miniature(photo, mask)
    assert np.abs(worked_out.astype(int) - given_mask).mean() < 12


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (300, 2)])
def test_odd_photos_give_a_picture_too(shape: tuple[int, int]) -> None:
    assert miniature(np.full((*shape, 3), 90, np.uint8)).shape == (28, 28)
    assert miniature(np.full((*shape, 3), 90, np.uint8), np.zeros(shape, bool)).shape == (28, 28)
