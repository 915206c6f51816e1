"""What a run is worth, as numbers: accuracy with its range, each class, how honest the chances are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsight.jobs.fashion_mnist.data import LABELS
from shopsight.types import Estimate

BINS = 10
Chances = NDArray[np.float32]
"""`(N, 10)`, each row adds up to 1."""
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class on the test pictures: of those called so, the share that is (precision); of those that are so, the
    share called so (recall); their harmonic mean (f1)."""

    label: str
    precision: float
    recall: float
    f1: float
    rows: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Pictures whose surest chance lies in one tenth: their mean chance, and the share named rightly."""

    chance: float
    right: float
    rows: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A run's figures on the test pictures. `apart` leaves out the near-duplicates of training pictures."""

    accuracy: Estimate
    apart: Estimate
    near_duplicates: int
    surprise: float
    calibration_error: float
    classes: tuple[ClassFigures, ...]
    reliability: tuple[Bin, ...]
    confusion: tuple[tuple[int, ...], ...]

    def describe(self) -> dict[str, Any]:
        return asdict(self)


def read_figures(told: Mapping[str, Any]) -> Figures:
    """Figures as `describe` told them. Raises `KeyError` or `TypeError` where something is missing."""
    return Figures(
        accuracy=Estimate(**told["accuracy"]),
        apart=Estimate(**told["apart"]),
        near_duplicates=told["near_duplicates"],
        surprise=told["surprise"],
        calibration_error=told["calibration_error"],
        classes=tuple(ClassFigures(**one) for one in told["classes"]),
        reliability=tuple(Bin(**one) for one in told["reliability"]),
        confusion=tuple(tuple(row) for row in told["confusion"]),
    )


def judge(chances: Chances, labels: Labels, duplicates: NDArray[np.bool_]) -> Figures:
    """The figures of chances `(N, 10)` against the truth `(N,)`; `duplicates` `(N,) bool` marks near-duplicates."""
    said = chances.argmax(1)
    right = said == labels
    table = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(table, (labels, said), 1)
    bins = reliability(chances.max(1), right)
    surprise = -np.log(np.maximum(chances[np.arange(len(labels)), labels], 1e-12)).mean()
    return Figures(
        accuracy=share(int(right.sum()), len(right)),
        apart=share(int(right[~duplicates].sum()), int((~duplicates).sum())),
        near_duplicates=int(duplicates.sum()),
        surprise=float(surprise),
        calibration_error=sum(b.rows * abs(b.chance - b.right) for b in bins) / max(1, len(right)),
        classes=tuple(_class_figures(table, number) for number in range(len(LABELS))),
        reliability=bins,
        confusion=tuple(tuple(int(n) for n in row) for row in table),
    )


def share(hits: int, rows: int) -> Estimate:
    """A share with its 95 % range (Wilson 1927), which stays inside 0 to 1 and holds for few rows too."""
    if rows == 0:
        return Estimate(float("nan"), 0.0, 1.0, 0, "measured")
    z, p = 1.959964, hits / rows
    middle = (p + z * z / (2 * rows)) / (1 + z * z / rows)
    reach = z / (1 + z * z / rows) * float(np.sqrt(p * (1 - p) / rows + z * z / (4 * rows * rows)))
    return Estimate(p, max(0.0, min(p, middle - reach)), min(1.0, max(p, middle + reach)), rows, "measured")


def reliability(surest: NDArray[np.float32], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """The tenths of the surest chance that hold any pictures."""
    places = np.minimum((surest * BINS).astype(np.int64), BINS - 1)
    return tuple(
        Bin(float(surest[here].mean()), float(right[here].mean()), int(here.sum()))
        for number in range(BINS)
        if (here := places == number).any()
    )


def best_temperature(scores: NDArray[np.float32], labels: Labels) -> float:
    """What to divide scores by so that their chances surprise least (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    wide = scores.astype(np.float64)

    def surprise(log_temperature: float) -> float:
        softened = wide / np.exp(log_temperature)
        top = softened.max(1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(softened - top).sum(1))
        return float((total - softened[np.arange(len(labels)), labels]).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-3.0, 3.0), method="bounded").x))


def _class_figures(table: NDArray[np.int64], number: int) -> ClassFigures:
    hits, called, true = int(table[number, number]), int(table[:, number].sum()), int(table[number].sum())
    precision, recall = hits / called if called else 0.0, hits / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return ClassFigures(LABELS[number], precision, recall, f1, true)


def say_share(estimate: Mapping[str, Any] | Estimate) -> str:
    """`0.874 (0.867 to 0.880, 10,000 rows, measured)`."""
    e = estimate if isinstance(estimate, Estimate) else Estimate(**estimate)
    return f"{e.value:.4f} ({e.low:.4f} to {e.high:.4f}, {e.rows:,} rows, {e.kind})"
