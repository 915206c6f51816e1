"""The recipe behind the verdict: made-up sights of a known world give chances that are right in that world."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the recipe needs the extra `train`")
sys.path.insert(0, str(Path(__file__).parents[3] / "training" / "verdict"))
import fit

from shopsight.search.verdict import judge_from
from shopsight.types import Finding, Sight


def seen(values: np.ndarray, label: str) -> Sight:
    return Sight((values / np.linalg.norm(values)).astype(np.float32), (Finding(label, 0.8),))


@pytest.fixture(scope="module")
def world() -> fit.Photos:
    """Six kinds around six directions; a product lies near its kind, its altered selves near the product."""
    lot = np.random.default_rng(0)
    kinds = lot.normal(size=(6, 24))
    labels = np.repeat(np.arange(6), 60)
    products = kinds[labels] + lot.normal(size=(360, 24)) * 0.6
    names = np.array([f"kind {label}" for label in labels])
    again = [
        [seen(p + lot.normal(size=24) * 0.25, n) for _ in range(fit.ALTERED_EACH)]
        for p, n in zip(products, names, strict=True)
    ]
    sights = [seen(p, n) for p, n in zip(products, names, strict=True)]
    scenes = [seen(lot.normal(size=24), "kind 0") for _ in range(80)]
    senders = np.array([str(i % 30) for i in range(360)])
    return fit.Photos(sights, again, np.arange(360) % 2 == 1, names, senders, scenes, {"shape": slice(0, 16)})


def test_the_fit_tells_own_from_foreign_and_is_the_same_every_time(
    world: fit.Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "SHOPS", 10)
    record = fit.fit_and_measure(world, "made up/1", 3)
    assert record == fit.fit_and_measure(world, "made up/1", 3)
    assert record["figures"]["auroc product against all else"] > 0.9
    assert record["figures"]["match calibration error"] < 0.1
    judge = judge_from("made up/1", record)
    assert judge.fitted
    assert "colour part" not in judge.match.weights  # this world's vectors have no such part
    assert record["cosine_apart"] < record["cosine_same"]


def test_calibration_error_is_nought_for_honest_chances_and_large_for_boasts() -> None:
    chances, truths = np.full(1000, 0.3), np.arange(1000) % 10 < 3
    assert fit.calibration_error(chances, truths) == pytest.approx(0, abs=1e-9)
    assert fit.calibration_error(np.full(1000, 0.9), truths) == pytest.approx(0.6)


def test_drawn_scenes_are_pictures_and_the_same_for_the_same_seed() -> None:
    first, again = (fit.scene(np.random.default_rng(7)) for _ in range(2))
    assert first.shape == (224, 224, 3)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (first != fit.scene(np.random.default_rng(8))).any()
