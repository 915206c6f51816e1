"""Factors where the truth is known: even pictures, moved products, mirrors, light, blur, grain, letters."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shopsight.errors import BadPhoto
from shopsight.images.alter import blur, darken, mirror
from shopsight.insight.colours import colourfulness
from shopsight.insight.factors import FACTORS, PRODUCT_FACTORS, measure_factors
from shopsight.insight.texture import spectral_slope
from shopsight.types import Pixels

WHITE = (255, 255, 255)


def even(colour: tuple[int, int, int], height: int = 120, width: int = 100) -> Pixels:
    return np.full((height, width, 3), colour, np.uint8)


def card(left: int, top: int, width: int, height: int, colour: tuple[int, int, int] = (160, 30, 40), side: int = 240):
    """A card of one colour on white, and its mask."""
    pixels, mask = even(WHITE, side, side), np.zeros((side, side), bool)
    mask[top : top + height, left : left + width] = True
    pixels[mask] = colour
    return pixels, mask


def test_there_are_about_forty_and_each_is_described():
    assert 40 <= len(FACTORS) <= 50
    for name, factor in {**FACTORS, **PRODUCT_FACTORS}.items():
        assert name == factor.name == name.lower()
        assert factor.unit
        assert factor.meaning
        assert factor.source
        assert factor.low < factor.high


@pytest.mark.parametrize("grey", [0, 60, 128, 200, 255])
def test_an_even_grey_has_light_and_nothing_else(grey):
    values = measure_factors(even((grey, grey, grey)))
    lightness = cv2.cvtColor(np.full((1, 1, 3), grey / 255, np.float32), cv2.COLOR_RGB2LAB)[0, 0, 0]
    assert values["brightness"] == pytest.approx(lightness / 100, abs=0.005)
    nothing = ("contrast", "colourfulness", "clutter", "noise", "sharpness", "text_share", "one_direction", "blur")
    assert all(values[name] == pytest.approx(0, abs=1e-6) for name in nothing)
    assert values["grey_share"] == values["symmetry"] == 1
    assert values["spectral_slope"] == 0


def test_red_green_and_blue_have_the_colourfulness_of_the_formula():
    thirds = np.zeros((30, 30, 3), np.uint8)
    for place in range(3):
        thirds[10 * place : 10 * place + 10, :, place] = 255
    rg, yb = np.repeat([255.0, -255, 0], 300), np.repeat([127.5, 127.5, -255], 300)
    expected = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert colourfulness(thirds) == pytest.approx(expected, rel=1e-4)


def test_the_products_place_is_read_from_the_mask():
    middle = measure_factors(*card(80, 80, 80, 80))
    assert middle["subject_size"] == middle["fill"] == pytest.approx(1 / 9, abs=1e-3)
    assert middle["off_centre"] == pytest.approx(0, abs=1e-6)
    assert middle["margin"] == pytest.approx(1 / 3)
    assert middle["thirds_distance"] == pytest.approx(np.hypot(1 / 6, 1 / 6))
    assert middle["cut_off"] == 0
    assert middle["compactness"] == pytest.approx(1)
    aside = measure_factors(*card(40, 40, 80, 80))
    assert aside["off_centre"] == pytest.approx(np.hypot(1 / 6, 1 / 6))
    assert aside["thirds_distance"] == pytest.approx(0, abs=1e-6)
    outside = measure_factors(*card(0, 60, 80, 120))
    assert outside["cut_off"] == pytest.approx(0.5)
    assert outside["margin"] == 0
    assert measure_factors(*card(60, 100, 120, 30))["subject_shape"] == pytest.approx(2)


@given(left=st.integers(20, 120), top=st.integers(20, 120), side=st.integers(20, 90))
def test_moving_a_product_changes_where_it_is_and_not_what_it_is(left, top, side):
    here, there = measure_factors(*card(20, 20, side, side)), measure_factors(*card(left, top, side, side))
    for name in ("subject_size", "subject_brightness", "redness", "compactness", "brightness", "white_ground"):
        assert here[name] == pytest.approx(there[name], abs=1e-6)
    assert there["off_centre"] == pytest.approx(
        np.hypot((left + side / 2) / 240 - 0.5, (top + side / 2) / 240 - 0.5), abs=1e-6
    )


PICTURES = arrays(np.uint8, st.tuples(st.integers(16, 60), st.integers(16, 60), st.just(3)))


@given(PICTURES)
def test_a_mirror_changes_no_factor_that_has_no_side(pixels):
    whole = np.zeros(pixels.shape[:2], bool)
    whole[4:-4, 4:-4] = True
    one, other = measure_factors(pixels, whole), measure_factors(mirror(pixels), whole)
    # Two-pixel blocks, every third pixel and the text's closing start at the left edge; all else has no left and right.
    sided = {
        "noise",
        "texture_fine",
        "texture_middle",
        "texture_coarse",
        "text_share",
        "palette_size",
        "palette_variety",
    }
    for name in set(FACTORS) - sided:
        assert one[name] == pytest.approx(other[name], rel=2e-2, abs=2e-2), name


def test_a_picture_made_of_itself_and_its_mirror_is_symmetric():
    half = np.random.default_rng(0).integers(0, 256, (90, 40, 3), np.uint8)
    assert measure_factors(np.concatenate([half, half[:, ::-1]], axis=1))["symmetry"] == pytest.approx(1)
    assert abs(measure_factors(np.random.default_rng(1).integers(0, 256, (90, 80, 3), np.uint8))["symmetry"]) < 0.1


ODD = {
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "a line": np.full((1, 300, 3), 40, np.uint8),
    "a column": np.full((300, 1, 3), 200, np.uint8),
    "two pixels": np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8),
    "long": np.random.default_rng(0).integers(0, 256, (3, 900, 3), np.uint8),
    "noise": np.random.default_rng(0).integers(0, 256, (70, 70, 3), np.uint8),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("product", ["found", "none", "all"])
def test_odd_pictures_give_numbers_too(name, product):
    pixels = ODD[name]
    mask = None if product == "found" else np.full(pixels.shape[:2], product == "all")
    values = measure_factors(pixels, mask)
    assert list(values) == list(FACTORS)
    assert np.isfinite(list(values.values())).all()


@given(PICTURES)
def test_every_value_is_a_number_in_its_range_or_near(pixels):
    for name, value in measure_factors(pixels).items():
        low, high = FACTORS[name].low, FACTORS[name].high
        reach = 0 if FACTORS[name].unit == "share" and high == 1 else 4 * (high - low)
        assert low - reach - 1e-6 <= value <= high + reach + 1e-6, name


def scene() -> tuple[Pixels, np.ndarray]:
    pixels, mask = card(60, 50, 120, 140, (200, 120, 60))
    pixels[70:170:8, 70:170] = (240, 200, 90)
    return pixels, mask


def test_taking_light_away_darkens_step_by_step():
    pixels, mask = scene()
    steps = [measure_factors(darken(pixels, share), mask)["brightness"] for share in (0, 0.3, 0.6, 0.9)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 2 * steps[-1]


def test_blur_and_grain_are_told_apart():
    pixels, mask = scene()
    plain = measure_factors(pixels, mask)
    soft = measure_factors(blur(pixels, 3), mask)
    grain = np.random.default_rng(0).normal(0, 8, pixels.shape[:2])[..., None]
    rough = measure_factors(np.clip(pixels.astype(float) * 0.9 + grain, 0, 255).astype(np.uint8), mask)
    assert soft["blur"] > plain["blur"] + 0.1
    assert soft["sharpness"] < 0.5 * plain["sharpness"]
    assert rough["noise"] == pytest.approx(8, rel=0.35)
    assert soft["noise"] < 0.5


def test_warm_is_orange_and_cold_is_blue():
    assert measure_factors(even((240, 140, 40)))["warmth"] > 0.8
    assert measure_factors(even((40, 90, 240)))["warmth"] < -0.5
    assert abs(measure_factors(even((128, 128, 128)))["warmth"]) < 0.05


def test_stripes_run_one_way_and_grain_runs_every_way():
    stripes = np.repeat(np.repeat((np.arange(20) % 2 * 200).astype(np.uint8), 8)[:, None], 160, axis=1)
    mask = np.ones(stripes.shape, bool)
    assert measure_factors(np.dstack([stripes] * 3), mask)["one_direction"] > 0.99
    assert measure_factors(ODD["noise"], np.ones((70, 70), bool))["one_direction"] < 0.1


def test_letters_are_seen_as_text():
    pixels = even(WHITE, 240, 240)
    before = measure_factors(pixels)["text_share"]
    for row in range(60, 200, 40):
        cv2.putText(pixels, "SUMMER SALE 50%", (8, row), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (20, 20, 20), 2)
    assert before == 0
    assert measure_factors(pixels)["text_share"] > 0.08


@pytest.mark.parametrize("slope", [-1.0, -2.0, -3.0])
def test_the_slope_of_a_made_spectrum_is_found(slope):
    lot, side = np.random.default_rng(3), 128
    y, x = np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :]
    size = np.maximum(np.hypot(x, y), 1 / side) ** (slope / 2)
    plane = np.fft.ifft2(size * np.exp(2j * np.pi * lot.random((side, side)))).real
    plane = 128 + 40 * (plane - plane.mean()) / plane.std()
    assert spectral_slope(plane.astype(np.float32)) == pytest.approx(slope, abs=0.35)


def test_two_things_are_two_and_a_recogniser_is_believed():
    pixels, mask = card(20, 60, 80, 120)
    mask[60:180, 140:220] = True
    assert measure_factors(pixels, mask)["products"] == 2
    assert measure_factors(pixels, mask, products=5)["products"] == 5


def test_a_smaller_copy_says_how_large_the_photo_was():
    pixels, mask = scene()
    assert measure_factors(pixels, mask, size_px=(4000, 3000))["megapixels"] == 12


@pytest.mark.parametrize("bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_what_are_no_pixels_is_refused(bad):
    with pytest.raises(BadPhoto):
        measure_factors(bad)
