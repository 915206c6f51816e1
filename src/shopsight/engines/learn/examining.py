"""How good a classifier is on photos that it never learnt from, with ranges that know of related photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopsight.types import Estimate

Numbers = NDArray[np.int64]
Chances = NDArray[np.float64]

BINS = 10
"""Bins of certainty for the calibration error."""
_Z = 1.959964
"""Standard deviations that leave out 2.5 % on either side of a normal distribution."""


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: of what was called so how much is (`precision`), of what is so how much was found (`recall`); None
    where there was nothing to count. `support` counts its photos, `groups` the products (or senders) they come from."""

    label: str
    precision: float | None
    recall: float | None
    support: int
    groups: int


@dataclass(frozen=True, slots=True)
class Examination:
    """What a classifier did on photos of groups that it never learnt from.

    `accuracy` is measured; `baseline` is what always saying the commonest class would give on the same photos;
    `calibration_error` is the mean distance between certainty and truth over ten bins (Naeini et al. 2015);
    `confusion[i][j]` counts photos of class i that were called class j.
    """

    accuracy: Estimate
    baseline: Estimate
    calibration_error: float
    balanced_accuracy: float
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def beats_baseline(self) -> bool:
        """Whether the two ranges lie apart."""
        return self.accuracy.low > self.baseline.high


def examine(
    labels: Sequence[str], classes: Numbers, chances: Chances, groups: Numbers, commonest: int | None = None
) -> Examination:
    """Hold `(N, C)` chances to the true `(N,)` classes. `commonest` is the class that was commonest while learning."""
    called = chances.argmax(axis=1)
    if commonest is None:
        commonest = int(np.bincount(classes, minlength=len(labels)).argmax())
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (classes, called), 1)
    figures = tuple(_class_figures(i, label, confusion, classes, groups) for i, label in enumerate(labels))
    recalls = [f.recall for f in figures if f.recall is not None]
    return Examination(
        accuracy=share(called == classes, groups),
        baseline=share(classes == commonest, groups),
        calibration_error=calibration_error(chances, classes),
        balanced_accuracy=float(np.mean(recalls)) if recalls else 0.0,
        classes=figures,
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
    )


def share(right: NDArray[np.bool_], groups: Numbers) -> Estimate:
    """The share of true rows with its 95 % range, when the rows of a group resemble each other.

    Wilson's interval (1927) on the effective number of rows: rows over the design effect of the groups, at least the
    number of groups (Korn and Graubard 1998).
    """
    rows, value = len(right), float(right.mean())
    _, place = np.unique(groups, return_inverse=True)
    sizes = np.bincount(place).astype(float)
    count = len(sizes)
    independent = value * (1 - value) / rows
    if count < 2:
        effective = 1.0
    elif independent <= 0:
        # All right or all wrong: nothing shows how alike related photos are, so each group counts once.
        effective = float(count)
    else:
        rest = np.bincount(place, right.astype(float)) - value * sizes
        between = count / (count - 1) * float(rest @ rest) / rows**2
        effective = min(float(rows), max(1.0, rows * independent / max(between, 1e-12)))
    low, high = wilson(value, effective)
    return Estimate(value, low, high, rows, "measured")


def wilson(value: float, rows: float) -> tuple[float, float]:
    """The 95 % range of a share seen on so many independent rows (Wilson 1927).

    >>> [round(end, 3) for end in wilson(0.9, 100)]
    [0.826, 0.945]
    """
    middle = (value + _Z**2 / (2 * rows)) / (1 + _Z**2 / rows)
    half = _Z * np.sqrt(value * (1 - value) / rows + _Z**2 / (4 * rows**2)) / (1 + _Z**2 / rows)
    return max(0.0, float(min(middle - half, value))), min(1.0, float(max(middle + half, value)))


def calibration_error(chances: Chances, classes: Numbers) -> float:
    """Mean distance between how sure the first class was and how often it was right, over ten bins."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == classes
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, sure, BINS) - np.bincount(bins, right.astype(float), BINS)
    return float(np.abs(gaps).sum() / len(classes))


def _class_figures(number: int, label: str, confusion: Numbers, classes: Numbers, groups: Numbers) -> ClassFigures:
    hit, called, there = int(confusion[number, number]), confusion[:, number].sum(), confusion[number].sum()
    return ClassFigures(
        label,
        precision=hit / int(called) if called else None,
        recall=hit / int(there) if there else None,
        support=int(there),
        groups=len(np.unique(groups[classes == number])),
    )
