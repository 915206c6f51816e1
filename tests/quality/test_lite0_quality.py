"""What the built-in engine was measured to do, with a tolerance: it may get better, not worse.

All figures are on photos that nothing was trained on. The whole measurement: `python -m benchmarks.accuracy`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks import accuracy

from shopsight.engines import load
from shopsight.engines.embed.lite0 import Lite0

pytestmark = [pytest.mark.data, pytest.mark.timeout(600), pytest.mark.xdist_group("lite0 quality")]
TOLERANCE = 0.01
TYPE, COLOUR, RECALL, TOP1 = 0.655, 0.382, 0.978, 0.883


@pytest.fixture(scope="module")
def engine() -> Lite0:
    found: Lite0 = load("shop.lite0", threads=1)
    return found


@pytest.fixture(scope="module")
def catalogue(engine: Lite0, shared_data: Path) -> tuple:
    return accuracy.products(engine, shared_data)


def test_one_ranking_keeps_type_and_colour_together(catalogue: tuple) -> None:
    figures = catalogue[2]
    assert figures["type_precision_at_10"] >= TYPE - TOLERANCE
    assert figures["colour_precision_at_10"] >= COLOUR - TOLERANCE


def test_colour_is_known_better_than_by_shape_alone(catalogue: tuple) -> None:
    figures = catalogue[2]
    assert figures["colour_precision_at_10_colour_only"] > figures["colour_precision_at_10_shape_only"] + 0.1
    assert figures["type_precision_at_10_shape_only"] > figures["type_precision_at_10_colour_only"] + 0.3


def test_altered_photos_find_their_original_first(engine: Lite0, catalogue: tuple) -> None:
    paths, gallery, _ = catalogue
    found = accuracy.altered_recall(engine, paths, gallery, range(0, len(paths), 30))
    assert found["all"] >= RECALL - 0.03  # 50 photos, six alterations each


def test_categories_of_unknown_senders(engine: Lite0, shared_data: Path) -> None:
    found = accuracy.held_out_top1(engine, shared_data)
    assert found["top1_among_main"] >= TOP1 - TOLERANCE
    assert found["calibration_error"] <= 0.05


def test_eight_bits_agree_with_their_parent(engine: Lite0, shared_data: Path) -> None:
    paths = sorted((shared_data / "fashion-products" / "images").glob("*.jpg"))[:200]
    mine = accuracy.vectors(accuracy.look(engine, paths))
    theirs = accuracy.vectors(accuracy.look(load("shop.lite0-int8", threads=1), paths))
    assert (mine * theirs).sum(axis=1).mean() >= 0.99
