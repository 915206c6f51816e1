"""What happens to a picture on its way to the shopper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.images.alter import (
    ALTERATIONS,
    blur,
    brighten,
    crop,
    darken,
    jpeg,
    mirror,
    onto,
    some_ground,
    tilt,
)
from shopsight.images.measure import brightness, sharpness
from shopsight.types import Pixels


def red_disc(height: int = 120, width: int = 90) -> Pixels:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.full((height, width, 3), 252, np.uint8)
    pixels[np.hypot(x - width / 2, y - height / 2) < 0.35 * width] = (200, 30, 40)
    return pixels


def test_the_six_of_the_search_are_there_and_each_changes_the_picture() -> None:
    assert list(ALTERATIONS) == ["crop60", "tilt15", "blur", "jpeg40", "darker", "pasted"]
    for name, alter in ALTERATIONS.items():
        before = red_disc()
        kept = before.copy()
        after = alter(before, 3)
        assert np.array_equal(before, kept), f"{name} wrote into its input"
        assert after.dtype == np.uint8
        assert after.ndim == 3
        assert after.shape != before.shape or not np.array_equal(after, before), name


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(ALTERATIONS)),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    seed=st.integers(0, 2**31),
)
def test_any_size_and_seed_works_and_repeats(name: str, height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    once, again = ALTERATIONS[name](pixels, seed), ALTERATIONS[name](pixels, seed)
    assert np.array_equal(once, again)
    assert once.shape[2] == 3


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 300), width=st.integers(1, 300), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_a_crop_keeps_its_share_and_only_real_pixels(height: int, width: int, share: float, seed: int) -> None:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([y % 256, x % 256, (y // 256) * 2 + x // 256], axis=2).astype(np.uint8)
    cut = crop(pixels, share, seed)
    side = share**0.5
    assert cut.shape[:2] == (max(1, round(height * side)), max(1, round(width * side)))
    top, left = int(cut[0, 0, 0]) + 256 * (int(cut[0, 0, 2]) // 2), int(cut[0, 0, 1]) + 256 * (int(cut[0, 0, 2]) % 2)
    assert np.array_equal(cut, pixels[top : top + cut.shape[0], left : left + cut.shape[1]])


def test_seeds_crop_at_different_places() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert len({crop(pixels, 0.5, seed).tobytes() for seed in range(8)}) > 4


def test_tilting_there_and_back_gives_the_picture_again() -> None:
    back = tilt(tilt(red_disc(), 15), -15)
    assert np.abs(back.astype(int) - red_disc()).mean() < 3
    assert np.array_equal(tilt(red_disc(), 0), red_disc())


def test_light_and_sharpness_go_the_way_they_say() -> None:
    pixels = red_disc()
    assert brightness(darken(pixels, 0.4)) == pytest.approx(0.6 * brightness(pixels), abs=0.01)
    assert brightness(brighten(pixels, 0.5)) > brightness(pixels)
    assert darken(pixels, 1).max() == 0
    assert brighten(pixels, 1).min() == 255
    assert sharpness(blur(pixels, 2)) < 0.5 * sharpness(pixels)
    assert np.array_equal(blur(pixels, 0), pixels)


def test_messengers_leave_artefacts_but_the_same_picture() -> None:
    pixels = red_disc()
    low, high = (np.abs(jpeg(pixels, q).astype(int) - pixels).mean() for q in (10, 90))
    assert 0 < high < low < 12


def test_a_mirror_is_its_own_inverse() -> None:
    pixels = red_disc()
    pixels[:10, :10] = 0
    assert not np.array_equal(mirror(pixels), pixels)
    assert np.array_equal(mirror(mirror(pixels)), pixels)


def test_pasting_takes_the_product_and_leaves_its_ground() -> None:
    green = np.full((40, 40, 3), (20, 160, 60), np.uint8)
    moved = onto(red_disc(), green)
    assert np.abs(moved[60, 45].astype(int) - (200, 30, 40)).max() < 3
    assert np.abs(moved[4, 4].astype(int) - (20, 160, 60)).max() < 3
    assert (moved.min(axis=2) > 200).mean() < 0.01, "white of the old ground came along"


def test_what_fills_the_photo_is_pasted_as_a_card() -> None:
    full = np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    full[:] = (10, 20, 200)
    green = np.full((80, 80, 3), (20, 160, 60), np.uint8)
    out = onto(full, green)
    assert out[40, 40].tolist() == [10, 20, 200]
    assert out[1, 1].tolist() == [20, 160, 60]


def test_grounds_differ_by_seed_only() -> None:
    assert np.array_equal(some_ground((50, 60), 4), some_ground((50, 60), 4))
    assert not np.array_equal(some_ground((50, 60), 4), some_ground((50, 60), 5))
    assert some_ground((50, 60), 4).shape == (50, 60, 3)
