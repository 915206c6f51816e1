"""Where the product is, and what its cloth shows."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.images.decode import decode
from shopsight.images.measure import Mask, box_of, brightness, pattern, product_mask, sharpness
from shopsight.types import Pixels


def iou(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / max(1, (a | b).sum()))


def disc(side: int = 160, radius: float = 0.3) -> Mask:
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    return np.hypot(x, y) < radius


def photo(colour: tuple[int, int, int], ground: tuple[int, int, int], side: int = 160, noise: float = 2.0) -> Pixels:
    pixels = np.full((side, side, 3), ground, np.float32)
    pixels[disc(side)] = colour
    pixels += np.random.default_rng(0).normal(0, noise, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [(200, 30, 40), (20, 20, 24), (232, 231, 228), (180, 200, 240), (250, 240, 120)])
@pytest.mark.parametrize("side", [60, 160, 600])
def test_a_product_on_white_is_cut_out(colour: tuple[int, int, int], side: int) -> None:
    noise = 0.5 if min(colour) > 220 else 2.0
    assert iou(product_mask(photo(colour, (255, 255, 255), side, noise)), disc(side)) > 0.9


def test_light_that_falls_off_does_not_count_as_product() -> None:
    pixels = photo((30, 90, 160), (225, 215, 200)).astype(np.float32)
    pixels *= np.linspace(0.72, 1.0, 160)[None, :, None]
    assert iou(product_mask(pixels.astype(np.uint8)), disc()) > 0.9


def test_a_soft_shadow_does_not_count_as_product() -> None:
    pixels = photo((20, 60, 140), (250, 250, 250)).astype(np.float32)
    shadow = cv2.GaussianBlur(np.roll(disc(), (14, 8), (0, 1)).astype(np.float32), (0, 0), 8)
    outside = ~disc()
    pixels[outside] *= (1 - 0.3 * shadow)[outside][:, None]
    assert iou(product_mask(pixels.astype(np.uint8)), disc()) > 0.85


def test_a_busy_ground_still_finds_the_middle() -> None:
    ground = np.random.default_rng(3).integers(60, 200, (20, 20, 3), dtype=np.uint8)
    pixels = cv2.resize(ground, (160, 160), interpolation=cv2.INTER_NEAREST)
    pixels[disc()] = (230, 40, 50)
    assert iou(product_mask(pixels), disc()) > 0.7


def test_the_gap_in_a_handle_is_ground() -> None:
    ring = disc(200, 0.42) & ~disc(200, 0.25)
    pixels = np.full((200, 200, 3), 255, np.uint8)
    pixels[ring] = (60, 40, 30)
    assert iou(product_mask(pixels), ring) > 0.9


@settings(max_examples=80, deadline=None)
@given(height=st.integers(1, 200), width=st.integers(1, 200), seed=st.integers(0, 99), flat=st.booleans())
def test_any_picture_has_a_mask_of_its_size_that_is_not_empty(height: int, width: int, seed: int, flat: bool) -> None:
    lot = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), seed, np.uint8) if flat else lot.integers(0, 256, (height, width, 3), np.uint8)
    mask = product_mask(pixels)
    assert mask.shape == (height, width)
    assert mask.dtype == bool
    assert mask.any()
    assert 0 <= pattern(pixels, mask).score <= 1


@settings(max_examples=50, deadline=None)
@given(left=st.integers(0, 20), top=st.integers(0, 20), wide=st.integers(1, 20), high=st.integers(1, 20))
def test_the_box_fits_exactly(left: int, top: int, wide: int, high: int) -> None:
    mask = np.zeros((40, 40), bool)
    mask[top : top + high, left : left + wide] = True
    assert box_of(mask) == (left, top, left + wide, top + high)


def test_an_empty_mask_means_the_whole_photo() -> None:
    assert box_of(np.zeros((5, 7), bool)) == (0, 0, 7, 5)


def cloth(kind: str, period: int = 20) -> Pixels:
    y, x = np.mgrid[0:240, 0:240]
    ground, ink = np.array([240, 236, 225]), np.array([30, 50, 120])
    across, down = (x // (period // 2)) % 2, (y // (period // 2)) % 2
    share = {
        "plain": np.zeros_like(x),
        "striped": down,
        "checked": (across + down) / 2,
        "dotted": np.hypot(x % period - period / 2, y % period - period / 2) < 0.24 * period,
    }[kind].astype(float)
    pixels = ground + (ink - ground) * share[..., None]
    return (pixels * (1 - 0.1 * np.sin(x / 50))[..., None]).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("turned", [0, 30])
@pytest.mark.parametrize("kind", ["plain", "striped", "checked", "dotted"])
def test_patterns_are_told_apart(kind: str, turned: int) -> None:
    pixels = cloth(kind)
    turn = cv2.getRotationMatrix2D((120, 120), turned, 1.5)
    pixels = cv2.warpAffine(pixels, turn, (240, 240), borderMode=cv2.BORDER_REFLECT_101)
    assert pattern(pixels, np.ones((240, 240), bool)).label == kind


def test_a_print_on_the_chest_is_a_print() -> None:
    pixels = np.full((240, 240, 3), (230, 228, 220), np.uint8)
    cv2.circle(pixels, (120, 110), 40, (200, 40, 40), -1)
    cv2.rectangle(pixels, (80, 120), (170, 140), (30, 60, 120), -1)
    assert pattern(pixels, np.ones((240, 240), bool)).label == "printed"


def test_sharpness_and_brightness_have_their_scale() -> None:
    assert brightness(np.zeros((8, 8, 3), np.uint8)) == 0
    assert brightness(np.full((8, 8, 3), 255, np.uint8)) == 1
    checker = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    assert sharpness(np.dstack([checker] * 3)) > 100
    assert sharpness(np.full((64, 64, 3), 90, np.uint8)) == 0


@pytest.mark.data
def test_catalogue_photos_on_white(shared_data: Path) -> None:
    """No masks are given there, but a product on white neither fills its photo nor vanishes, and sits in the middle."""
    paths = sorted((shared_data / "fashion-products" / "images").glob("*.jpg"))[:150:3]
    good = 0
    for path in paths:
        mask = product_mask(decode(path.read_bytes()))
        left, _, right, _ = box_of(mask)
        centred = abs((left + right) / 2 / mask.shape[1] - 0.5) < 0.15
        good += 0.04 < mask.mean() < 0.9 and centred
    assert good / len(paths) > 0.9


@pytest.mark.data
def test_people_in_the_street(shared_data: Path) -> None:
    """Street photos: the mask must cover the clothes far better than the whole photo does."""
    folder = shared_data / "ccp"
    labels = json.loads((folder / "labels.json").read_text())
    assert labels
    ours, whole = [], []
    for path in sorted((folder / "masks").glob("*.png"))[:40]:
        truth = decode(path.read_bytes())[..., 0] > 0
        source = next((folder / "photos").glob(f"{path.stem}.*"))
        pixels = decode(source.read_bytes())
        truth = cv2.resize(truth.astype(np.uint8), pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
        ours.append(iou(product_mask(pixels), truth))
        whole.append(float(truth.mean()))
    assert np.mean(ours) > np.mean(whole) + 0.15
