"""What mathematics says must come out: each operation against a case whose answer is known."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shopsight.errors import BadInput
from shopsight.images import cutting, edges, frequency, morphology, restore, smooth, spaces, wavelets
from shopsight.images.alter import some_ground
from shopsight.images.numbers import BINS, count
from shopsight.images.picture import to_plane

photos = hnp.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(3)))
planes = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    elements=st.floats(-4, 4, width=32, allow_subnormal=False),
)
bigger = hnp.arrays(np.float32, st.tuples(st.integers(9, 40), st.integers(9, 40)), elements=st.floats(0, 1, width=32))


def wave(cycles_x: int, cycles_y: int, side: int = 64) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side]
    return np.cos(2 * np.pi * (cycles_x * x + cycles_y * y) / side).astype(np.float32)


# ---- colours -------------------------------------------------------------------------------------------------------


@given(photos)
def test_hsv_and_lab_give_the_photo_back(pixels):
    for space in ("hsv", "lab", "rgb"):
        back = spaces.from_space(spaces.to_space(pixels, space), space)
        assert np.abs(back.astype(int) - pixels).max() <= 2, space


def test_known_colours_have_their_known_numbers():
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [128, 128, 128]]], np.uint8)
    hsv, lab = spaces.to_space(pixels, "hsv")[0], spaces.to_space(pixels, "lab")[0]
    assert hsv[:3, 0].tolist() == [0, 120, 240]
    assert hsv[3:, 1].tolist() == [0, 0, 0]
    # CIE 1976 from sRGB, D65: the published values of the primaries.
    assert lab[:3] == pytest.approx(
        np.array([[53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86]]), abs=0.6
    )
    assert lab[3:, 0] == pytest.approx([100, 0, 53.59], abs=0.2)


def test_a_channel_is_the_function_with_its_colour_held_fixed():
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    assert np.array_equal(spaces.channel(pixels, "green")[..., 0], pixels[..., 1])
    assert np.array_equal(spaces.channel(pixels, "value")[..., 0], pixels.max(axis=2))
    assert spaces.profile(pixels, 0.5) * 255 == pytest.approx(pixels[4], abs=1e-3)
    with pytest.raises(BadInput, match="hue"):
        spaces.channel(pixels, "umami")


def test_turning_the_hue_by_a_third_makes_red_green():
    red = np.full((3, 3, 3), (200, 0, 0), np.uint8)
    assert spaces.turn_colours(red, 120)[0, 0].tolist() == [0, 200, 0]
    assert np.ptp(spaces.turn_colours(red, saturation=0)[0, 0]) == 0


def test_the_hills_of_a_flat_picture_are_flat_and_a_ridge_stands_up():
    flat = spaces.surface(np.full((80, 60), 0.5, np.float32))
    tops = (flat > 0).argmax(axis=0)
    assert np.ptp(tops) == 0
    ridge = np.zeros((80, 61), np.float32)
    ridge[:, 25:36] = 1
    tops = (spaces.surface(ridge + 0.001) > 0).argmax(axis=0)
    assert tops[30] < tops[5] - 10


# ---- smoothing -----------------------------------------------------------------------------------------------------


@given(planes, st.floats(0.1, 6))
def test_a_blur_keeps_the_mean_and_the_range(plane, sigma_px):
    soft = smooth.gaussian(plane, sigma_px)
    assert soft.mean(dtype=float) == pytest.approx(
        plane.mean(dtype=float), abs=1e-3 + 1e-3 * float(np.abs(plane).max())
    )
    assert soft.min() >= plane.min() - 1e-4
    assert soft.max() <= plane.max() + 1e-4


def test_a_blur_of_a_point_is_the_bell():
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1
    y, x = np.mgrid[-20:21, -20:21]
    bell = np.exp(-(x**2 + y**2) / (2 * 3.0**2))
    assert smooth.gaussian(point, 3.0) == pytest.approx(bell / bell.sum(), abs=1e-4)


@given(photos, st.integers(1, 6))
def test_each_level_of_a_pyramid_is_half_of_the_one_before(pixels, levels):
    steps = smooth.pyramid(pixels, levels)
    for larger, smaller in itertools.pairwise(steps):
        assert smaller.shape[:2] == tuple((n + 1) // 2 for n in larger.shape[:2])
    assert len(steps) == levels or max(steps[-1].shape[:2]) == 1


def test_detail_between_two_blurs_is_what_one_has_and_the_other_has_not():
    picture = np.random.default_rng(1).random((30, 40), np.float32)
    band = smooth.between_blurs(picture, 1, 3)
    assert band == pytest.approx(smooth.gaussian(picture, 1) - smooth.gaussian(picture, 3), abs=1e-6)
    assert smooth.between_blurs(np.full((9, 9), 0.3, np.float32)) == pytest.approx(0, abs=1e-6)


def test_a_speck_goes_by_median_and_a_step_stays():
    step = np.zeros((21, 21), np.float32)
    step[:, 11:] = 1
    specked = step.copy()
    specked[5, 5] = specked[15, 3] = 1
    assert np.array_equal(smooth.median(specked, 3), step)
    assert np.array_equal(smooth.keep_edges(step, 3, 0.1) > 0.5, step > 0.5)
    with pytest.raises(BadInput, match="odd"):
        smooth.median(step, 4)


# ---- edges ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sobel", "scharr"])
@given(angle=st.floats(0, 2 * np.pi), steep=st.floats(0.001, 0.01))
def test_a_ramp_has_its_own_slope_and_direction(kind, angle, steep):
    y, x = np.mgrid[0:15, 0:15]
    ramp = (steep * (np.cos(angle) * x + np.sin(angle) * y)).astype(np.float32)
    across, down = edges.slopes(ramp, kind)
    assert across[7, 7] == pytest.approx(steep * np.cos(angle), abs=1e-5)
    assert down[7, 7] == pytest.approx(steep * np.sin(angle), abs=1e-5)


def test_the_laplacian_of_a_ramp_is_nothing_and_of_a_bowl_is_four():
    y, x = np.mgrid[-10:11, -10:11].astype(np.float32)
    assert edges.laplacian(x * 0.01, 0, 1)[3:-3, 3:-3] == pytest.approx(0, abs=1e-5)
    assert edges.laplacian(x**2 + y**2, 0, 1)[3:-3, 3:-3] == pytest.approx(4, abs=1e-3)


def test_canny_finds_the_one_outline_where_it_is():
    square = np.zeros((60, 60), np.float32)
    square[20:40, 20:40] = 1
    found = edges.outlines(square)
    y, x = np.nonzero(found)
    far = np.maximum(np.abs(x - 29.5), np.abs(y - 29.5))
    assert 60 <= found.sum() <= 90
    assert np.abs(far - 10).max() <= 2
    assert not edges.outlines(np.full((30, 30), 0.7, np.float32)).any()


# ---- shapes --------------------------------------------------------------------------------------------------------

shapes = st.sampled_from(sorted(morphology.SHAPES))


@given(photos, st.integers(0, 4), shapes)
def test_opening_and_closing_twice_is_doing_it_once_and_they_bracket_the_picture(pixels, radius, shape):
    opened, closed = morphology.open_shapes(pixels, radius, shape), morphology.close_shapes(pixels, radius, shape)
    assert np.array_equal(morphology.open_shapes(opened, radius, shape), opened)
    assert np.array_equal(morphology.close_shapes(closed, radius, shape), closed)
    assert (opened <= pixels).all()
    assert (closed >= pixels).all()


@given(photos, st.integers(0, 4), shapes)
def test_eroding_the_negative_is_dilating_the_positive(pixels, radius, shape):
    assert np.array_equal(morphology.erode(255 - pixels, radius, shape), 255 - morphology.dilate(pixels, radius, shape))


@given(planes, st.integers(1, 3))
def test_no_value_is_made_up_and_differences_are_never_negative(plane, radius):
    assert np.isin(morphology.erode(plane, radius), plane).all()
    for act in (morphology.outline, morphology.top_hat, morphology.black_hat):
        assert act(plane, radius).min() >= 0


def test_a_bar_thins_to_its_middle_line():
    bar = np.zeros((21, 60), np.float32)
    bar[7:14, 5:55] = 1
    line = morphology.thin(bar > 0)
    assert line[10, 12:48].all()
    assert line.sum() < 0.35 * bar.sum()
    assert not line[bar == 0].any()


# ---- waves ---------------------------------------------------------------------------------------------------------


@given(planes)
def test_a_spectrum_has_the_energy_of_its_picture_and_leads_back(plane):
    spectrum = frequency.fourier(plane)
    assert (np.abs(spectrum) ** 2).sum() == pytest.approx((plane.astype(float) ** 2).sum(), rel=1e-4, abs=1e-5)
    assert frequency.back_from_fourier(spectrum) == pytest.approx(plane, abs=1e-4)


@given(st.integers(-20, 20), st.integers(1, 20))
def test_a_wave_is_one_peak_at_its_frequency(cycles_x, cycles_y):
    spectrum = np.abs(frequency.fourier(wave(cycles_x, cycles_y)))
    peak = np.unravel_index(spectrum.argmax(), spectrum.shape)
    assert {int(peak[0]) % 64, -int(peak[0]) % 64} == {cycles_y % 64, -cycles_y % 64}
    assert frequency.frequencies((64, 64))[peak] == pytest.approx(np.hypot(cycles_x, cycles_y) / 64)
    assert (spectrum**2).sum() == pytest.approx(2 * spectrum[peak] ** 2, rel=1e-3)


@pytest.mark.parametrize("cycles", [4, 8, 16, 24])
def test_radial_power_peaks_in_the_ring_of_the_wave(cycles):
    at, power = frequency.radial_power(wave(cycles, 0), 16)
    assert at[power.argmax()] == pytest.approx(cycles / 64, abs=0.5 / 16)


def test_a_pass_keeps_its_own_waves_and_drops_the_others():
    slow, fast = wave(2, 0), wave(24, 0)
    inner = (slice(8, -8), slice(8, -8))
    assert frequency.low_pass(slow + fast, 0.12, 6)[inner] == pytest.approx(slow[inner], abs=0.05)
    assert frequency.high_pass(slow + fast, 0.12, 6)[inner] == pytest.approx(fast[inner], abs=0.05)
    assert frequency.band_pass(slow + fast, 0.12, 0.25, 6)[inner] == pytest.approx(0, abs=0.05)


@given(bigger, st.floats(0.01, 0.4))
def test_low_and_high_add_up_and_the_low_keeps_the_mean(plane, cutoff):
    low, high = frequency.low_pass(plane, cutoff), frequency.high_pass(plane, cutoff)
    assert low + high == pytest.approx(plane, abs=1e-4)
    assert low.mean(dtype=float) == pytest.approx(plane.mean(dtype=float), abs=1e-4)


def test_the_filter_is_the_one_of_the_mirrored_picture():
    plane = np.random.default_rng(3).random((24, 18), np.float32)
    tile = np.pad(plane, ((0, 24), (0, 18)), "symmetric")
    weights = 1 / (1 + (frequency.frequencies(tile.shape) / 0.1) ** 4)
    slow = frequency.back_from_fourier(frequency.fourier(tile) * weights.astype(np.float32))[:24, :18]
    assert frequency.low_pass(plane, 0.1, 2) == pytest.approx(slow, abs=1e-5)


# ---- wavelets ------------------------------------------------------------------------------------------------------


@given(planes, st.sampled_from(wavelets.WAVELETS), st.integers(1, 5))
def test_what_a_wavelet_takes_apart_it_puts_together(plane, wavelet, levels):
    parts = wavelets.decompose(plane, wavelet, levels)
    assert wavelets.recompose(parts, plane.shape, wavelet) == pytest.approx(plane, abs=1e-4)


@given(bigger, st.sampled_from(wavelets.WAVELETS))
def test_keeping_every_coefficient_changes_nothing(plane, wavelet):
    assert wavelets.compress(plane, 1.0, wavelet) == pytest.approx(plane, abs=1e-4)


def test_more_coefficients_are_nearer_and_few_are_enough_for_a_smooth_picture():
    plane = to_plane(some_ground((96, 80), 3))
    off = [float(np.abs(wavelets.compress(plane, share) - plane).mean()) for share in (0.01, 0.05, 0.2, 0.8)]
    assert off == sorted(off, reverse=True)
    y, x = np.mgrid[0:64, 0:64] / 64
    smooth_one = (0.5 + 0.3 * x + 0.1 * y**2).astype(np.float32)
    assert wavelets.compress(smooth_one, 0.02) == pytest.approx(smooth_one, abs=0.01)


def test_noise_is_measured_and_taken_away():
    y, x = np.mgrid[0:128, 0:128] / 128
    clean = (0.5 + 0.4 * np.sin(4 * x + 3 * y)).astype(np.float32)
    clean[:, 64:] *= 0.5
    for sigma in (0.03, 0.08):
        noisy = restore.add_noise(clean, sigma)
        assert wavelets.noise_of(noisy) == pytest.approx(sigma, rel=0.1)
        left = np.sqrt(np.mean((wavelets.denoise(noisy) - clean) ** 2))
        assert left < 0.5 * sigma
    assert wavelets.denoise(clean, strength=0) == pytest.approx(clean, abs=1e-6)


# ---- restoring and cutting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", restore.WHITE_METHODS)
def test_a_coloured_lamp_is_taken_away(method):
    grey = np.random.default_rng(4).integers(40, 200, (40, 40, 1), np.uint8).repeat(3, axis=2)
    linear = restore._to_linear(grey.astype(np.float32) / 255) * np.array([1.0, 0.8, 0.5], np.float32)
    yellow = np.rint(restore._to_srgb(linear) * 255).astype(np.uint8)
    white = restore.white_balance(yellow, method)
    assert np.ptp(yellow.mean(axis=(0, 1))) > 25
    assert np.ptp(white.mean(axis=(0, 1))) < 3
    assert np.array_equal(restore.white_balance(yellow, method, 0), yellow)


def test_sharpening_makes_edges_steeper_and_leaves_plains_alone():
    step = np.full((20, 40, 3), 60, np.uint8)
    step[:, 20:] = 180
    soft = smooth.gaussian(step, 2)
    sharp = restore.sharpen(soft, 2, 1.0)
    assert np.abs(np.diff(sharp[10, :, 0].astype(int))).max() > np.abs(np.diff(soft[10, :, 0].astype(int))).max()
    assert np.array_equal(sharp[:, :8], soft[:, :8])


def test_denoising_a_noisy_photo_brings_it_nearer():
    clean = cv2.GaussianBlur(
        np.kron(np.eye(4, dtype=np.uint8)[..., None] * 120 + 60, np.ones((20, 20, 3), np.uint8)), (0, 0), 1
    )
    noisy = restore.add_noise(clean, 0.05)
    before = np.abs(noisy.astype(int) - clean).mean()
    assert np.abs(restore.denoise(noisy, 0.06).astype(int) - clean).mean() < 0.6 * before


def product_on_ground() -> tuple[np.ndarray, np.ndarray]:
    """A red ellipse on a soft grey-blue ground, and where it is."""
    y, x = np.mgrid[0:200, 0:160]
    mask = ((x - 80) / 45) ** 2 + ((y - 100) / 70) ** 2 < 1
    light = np.random.default_rng(2).normal(0, 3, (200, 160, 1))
    pixels = np.where(mask[..., None], (190, 40, 50), (150, 160, 175)) + light
    return np.clip(pixels, 0, 255).astype(np.uint8), mask


def test_the_ground_becomes_white_and_the_product_stays():
    pixels, mask = product_on_ground()
    found = cutting.find_product(pixels)
    assert (found & mask).sum() / (found | mask).sum() > 0.97
    white = cutting.onto_white(pixels)
    away = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    inside = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 1
    assert (white[away] == 255).all()
    assert np.array_equal(white[inside], pixels[inside])


def test_a_mask_that_is_handed_in_is_used_and_one_of_another_size_refused():
    pixels, _ = product_on_ground()
    mask = np.zeros(pixels.shape[:2], bool)
    mask[20:60, 30:90] = True
    assert cutting.crop_to_product(pixels, margin=0, mask=mask).shape == (40, 60, 3)
    assert cutting.crop_to_product(pixels, margin=0, square=True, mask=mask).shape == (60, 60, 3)
    with pytest.raises(BadInput, match="another size"):
        cutting.onto_white(pixels, mask=mask[:10])


def test_the_outline_follows_the_photo_where_a_small_mask_has_steps():
    pixels, mask = product_on_ground()
    steps = cv2.resize(mask[::4, ::4].astype(np.uint8), (160, 200), interpolation=cv2.INTER_NEAREST) > 0

    def off(found: np.ndarray) -> int:
        return int((found != mask).sum())

    assert off(cutting.along_edges(steps, pixels)) < 0.6 * off(steps)


# ---- numbers -------------------------------------------------------------------------------------------------------


@given(photos)
def test_the_numbers_of_any_photo_are_numbers(pixels):
    numbers = count(pixels)
    assert 0 <= numbers.brightness <= 1
    assert 0 <= numbers.entropy_bits <= 8
    assert numbers.noise >= 0
    for shares in numbers.histogram.values():
        assert len(shares) == BINS
        assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert all(np.isfinite(power) and power >= 0 for _, power in numbers.power)


def test_a_blurred_photo_falls_faster_and_a_noisy_one_slower():
    ground = some_ground((160, 160), 8)
    plain, soft, noisy = count(ground), count(smooth.gaussian(ground, 2)), count(restore.add_noise(ground, 0.2))
    assert soft.slope < plain.slope < noisy.slope
    assert soft.sharpness < plain.sharpness
    assert noisy.noise > plain.noise
