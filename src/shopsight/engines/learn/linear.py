"""A linear head on frozen embeddings: multinomial logistic regression with one temperature.

Fitted in seconds, because the engine has looked at every photo already. Hosmer and Lemeshow, "Applied Logistic
Regression"; the temperature is Guo et al. 2017, "On Calibration of Modern Neural Networks".
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsight.types import Matrix

Classes = NDArray[np.int64]
Chances = NDArray[np.float64]
Logits = NDArray[np.float64]

MOST_STEPS = 300
TEMPERATURES = np.geomspace(0.2, 5.0, 65)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is fitted: `strength` is the weight of the data against the penalty (larger fits closer),
    `balanced` whether every class weighs the same however many photos it has."""

    strength: float = 5.0
    balanced: bool = False

    def describe(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Head:
    """`middle` `(D,)`, `weights` `(C, D)`, `bias` `(C,)`, all float32; `temperature` softens its answers."""

    middle: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float = 1.0

    def logits(self, vectors: Matrix) -> Logits:
        """`(N, C)` for `(N, D)`."""
        centred = np.asarray(vectors, np.float64) - self.middle
        return np.asarray(centred @ self.weights.T.astype(np.float64) + self.bias, np.float64)

    def chances(self, vectors: Matrix) -> Chances:
        """Calibrated probabilities, `(N, C)`, rows summing to 1."""
        return soften(self.logits(vectors), self.temperature)


def fit_head(vectors: Matrix, classes: Classes, labels: int, recipe: Recipe) -> Head:
    """Fit a head to `(N, D) float32` and `(N,)` class numbers below `labels`; a class without photos stays unlikely."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    # Not brought to equal spread: the parts of a vector have their lengths for a reason, and doing it cost 2 points.
    middle = vectors.mean(axis=0)
    model = LogisticRegression(
        C=recipe.strength, max_iter=MOST_STEPS, class_weight="balanced" if recipe.balanced else None
    )
    with warnings.catch_warnings():
        # Steps run out only where more of them change nothing that shows.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(vectors - middle, classes)
    weights, bias = _all_classes(model, labels)
    return Head(middle.astype(np.float32), weights.astype(np.float32), bias)


def _all_classes(model: Any, labels: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Weights and biases of every class, also of those that this fit never saw."""
    coefficients, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        # scikit-learn keeps one row for two classes: the second's against the first's.
        coefficients, intercept = np.concatenate([-coefficients, coefficients]) / 2, np.r_[-intercept, intercept] / 2
    weights = np.zeros((labels, coefficients.shape[1]))
    bias = np.full(labels, intercept.min() - 20.0, np.float32)
    weights[model.classes_], bias[model.classes_] = coefficients, intercept
    return weights, bias


def soften(logits: Logits, temperature: float) -> Chances:
    """Softmax of the rows of `(N, C)` after division by the temperature."""
    scaled = logits / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def surprise(chances: Chances, classes: Classes) -> float:
    """Mean negative log likelihood of the true classes: what a head is judged by while it is chosen."""
    return float(-np.log(np.maximum(chances[np.arange(len(classes)), classes], 1e-12)).mean())


def fit_temperature(logits: Logits, classes: Classes) -> float:
    """The temperature under which the true classes surprise least, between 0.2 and 5."""
    return float(min(TEMPERATURES, key=lambda t: surprise(soften(logits, t), classes)))
