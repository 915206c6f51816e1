"""What the shipped Fashion-MNIST network was measured to do, with a tolerance: it may get better, not worse."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from shopsight.engines import find_record, load
from shopsight.engines.recognise.fashion_mnist import FashionMnist
from shopsight.engines.store import is_here
from shopsight.jobs.fashion_mnist.data import Data, read
from shopsight.jobs.fashion_mnist.duplicates import NEAR, nearest
from shopsight.jobs.fashion_mnist.report import Figures, judge

pytestmark = [
    pytest.mark.data,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("fashion-mnist quality"),
    pytest.mark.skipif(not is_here("fashion-mnist"), reason="its weights are not made yet (make models)"),
]
TEST, PHOTOS = 0.945, 0.53
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data(shared_data: Path) -> Data:
    return read(shared_data / "fashion-mnist")


@pytest.fixture(scope="module")
def engine() -> FashionMnist:
    found: FashionMnist = load("fashion-mnist", threads=1)
    return found


@pytest.fixture(scope="module")
def figures(engine: FashionMnist, data: Data) -> Figures:
    return judge(engine.probabilities(data.test_pictures), data.test_labels, np.zeros(len(data.test_labels), bool))


def test_test_pictures_are_named_rightly(figures: Figures) -> None:
    assert figures.accuracy.value >= TEST
    assert figures.accuracy.rows == 10_000
    print(figures.accuracy, [(c.label, round(c.recall, 3)) for c in figures.classes])


def test_the_chances_are_honest(figures: Figures) -> None:
    assert figures.calibration_error <= 0.02


def test_the_card_says_what_is_measured(figures: Figures) -> None:
    told = find_record("fashion-mnist").figures
    assert told["test_accuracy"] == pytest.approx(figures.accuracy.value, abs=2e-4)
    assert told["calibration_error"] == pytest.approx(figures.calibration_error, abs=2e-3)
    assert told["parameters"] <= 700_000


def test_near_duplicates_are_few_and_of_the_same_class(data: Data) -> None:
    some = slice(0, 2000)
    distances, rows = nearest(data.test_pictures[some], data.pictures)
    near = distances <= NEAR
    assert 0.005 < near.mean() < 0.03
    assert (data.labels[rows] == data.test_labels[some])[near].mean() >= 0.95


def test_photos_of_unseen_senders(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fifth photo, so the range is wider than on the card."""
    monkeypatch.syspath_prepend(str(ROOT / "training" / "fashion_mnist"))
    import ship

    told = ship.measure_photos(ship.cutting(load("fashion-mnist", threads=1)), shared_data / "clothing", every=5)
    sys.modules.pop("ship")
    print(told)
    assert told["photo_rows"] > 400
    assert told["photo_accuracy"] >= PHOTOS
    assert told["photo_accuracy"] == pytest.approx(find_record("fashion-mnist").figures["photo_accuracy"], abs=0.07)
    # Ten garments by chance would be right for about one photo in eight (three of them answer to shoes).
    assert told["photo_accuracy_low"] > 0.2
