"""Cross-validation: every photo is judged by a head that never saw its group, and so is the choice of the recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shopsight.engines.learn.linear import (
    Chances,
    Classes,
    Head,
    Logits,
    Recipe,
    fit_head,
    fit_temperature,
    soften,
    surprise,
)
from shopsight.types import Matrix

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe tried: its mean surprise (negative log likelihood) and accuracy on photos it never learnt from."""

    recipe: Recipe
    surprise: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Learnt:
    """A head fitted to everything, the chances `(N, C)` that heads like it gave photos they never saw, all trials."""

    head: Head
    recipe: Recipe
    chances: Chances
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a head learns from: `(N, D) float32` vectors, `(N,)` classes below `labels` and `(N,)` folds of groups."""

    vectors: Matrix
    classes: Classes
    fold: Classes
    labels: int

    @property
    def folds(self) -> int:
        return int(self.fold.max()) + 1


def try_recipe(lesson: Lesson, recipe: Recipe) -> tuple[Trial, Logits]:
    """Logits `(N, C)` of heads that did not see the row's fold, and how good they are when calibrated likewise."""
    logits = np.zeros((len(lesson.classes), lesson.labels))
    for held in range(lesson.folds):
        out = lesson.fold == held
        head = fit_head(lesson.vectors[~out], lesson.classes[~out], lesson.labels, recipe)
        logits[out] = head.logits(lesson.vectors[out])
    chances = soften_apart(logits, lesson)
    right = float((chances.argmax(axis=1) == lesson.classes).mean())
    return Trial(recipe, surprise(chances, lesson.classes), right), logits


def soften_apart(logits: Logits, lesson: Lesson) -> Chances:
    """Calibrated chances, each fold with the temperature that fits the other folds."""
    chances = np.zeros_like(logits)
    for held in range(lesson.folds):
        out = lesson.fold == held
        chances[out] = soften(logits[out], fit_temperature(logits[~out], lesson.classes[~out]))
    return chances


def learn(lesson: Lesson, tried: Sequence[tuple[Trial, Logits]]) -> Learnt:
    """The head of the best recipe tried, fitted to everything.

    So that searching does not flatter the figures, each fold's chances come from the recipe that was best on the
    other folds (Tsamardinos et al. 2018).
    """
    calibrated = [soften_apart(logits, lesson) for _, logits in tried]
    losses = np.array([_losses(chances, lesson.classes) for chances in calibrated])
    chances = np.zeros_like(calibrated[0])
    for held in range(lesson.folds):
        out = lesson.fold == held
        chances[out] = calibrated[int(losses[:, ~out].mean(axis=1).argmin())][out]
    best, logits = tried[int(losses.mean(axis=1).argmin())]
    head = fit_head(lesson.vectors, lesson.classes, lesson.labels, best.recipe)
    warmth = fit_temperature(logits, lesson.classes)
    return Learnt(replace(head, temperature=warmth), best.recipe, chances, tuple(trial for trial, _ in tried))


def _losses(chances: Chances, classes: Classes) -> Chances:
    """`(N,)` negative log likelihood of each row's true class."""
    return np.asarray(-np.log(np.maximum(chances[np.arange(len(classes)), classes], 1e-12)))
