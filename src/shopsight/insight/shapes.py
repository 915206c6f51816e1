"""The shape of an influence: whether more is always better, or only up to a point.

Shallow boosted trees (depth 2) learn what each product's KPI is above or below its category's, from all factors; each
of `MODELS` is taught a bootstrap of the products and examined on those it did not see. A factor's importance is by how
much the share of the spread that is explained falls when the factor is shuffled (Breiman 2001); its curve is the mean
prediction with the factor held at a value (partial dependence, Friedman 2001). Ranges are over the bootstraps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shopsight.insight.glm import Fit, fit, mean_at
from shopsight.types import Estimate

if TYPE_CHECKING:
    from shopsight.insight.effects import Sheet

Values = NDArray[np.float64]
Progress = Callable[[str, int, int | None], None]
"""Told the stage, how much of it is done, and of how much."""
MODELS, CURVES, PLACES, SEEN = 20, 4, 9, 400
"""Bootstraps, curves drawn, points of a curve, and products that a curve or an examination looks at, at most."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`importance` is the share of the spread between products that goes when the factor is shuffled, on products not
    learned from; it may be below 0. `at` are values of the factor in spreads from its mean, `kpi` the KPI there."""

    name: str
    importance: Estimate
    at: tuple[float, ...] = ()
    kpi: tuple[Estimate, ...] = ()


def silent(stage: str, done: int, total: int | None) -> None:
    """Tells nobody."""


def find_shapes(sheet: Sheet, *, models: int = MODELS, seed: int = 0, progress: Progress = silent) -> tuple[Shape, ...]:
    """Importance of every factor, the highest first, and the curves of the first `CURVES`."""
    from threadpoolctl import threadpool_limits

    # Threads of so small a forest wait for each other longer than they work.
    with threadpool_limits(1):
        return _find_shapes(sheet, models, seed, progress)


def _find_shapes(sheet: Sheet, models: int, seed: int, progress: Progress) -> tuple[Shape, ...]:
    lot = np.random.default_rng((seed, 3))
    plain = fit(sheet.groups, sheet.above, sheet.below, sheet.kpi.family)
    learned = []
    for number in range(models):
        progress("shapes", number, models)
        learned.append(_learn(sheet.values, plain, lot, seed + number))
    losses = np.array([_examine(model, sheet.values, plain, unseen, lot) for model, unseen in learned])
    strongest = np.argsort(-losses.mean(axis=0), kind="stable")
    some = lot.permutation(len(sheet.values))[:SEEN]
    shapes = []
    for number, place in enumerate(strongest):
        importance = _over(losses[:, place], len(sheet.above))
        at: tuple[float, ...] = ()
        curve: tuple[Estimate, ...] = ()
        if number < CURVES:
            at = _places(sheet.values[:, place])
            drawn = np.array([_curve(model, sheet.values[some], int(place), at) for model, _ in learned])
            levels = _as_kpi(drawn, plain, sheet)
            curve = tuple(_over(levels[:, point], len(sheet.above)) for point in range(len(at)))
        shapes.append(Shape(sheet.names[place], importance, at, curve))
    return tuple(shapes)


def _learn(values: Values, plain: Fit, lot: np.random.Generator, seed: int) -> tuple[Any, NDArray[np.int64]]:
    """A model of a bootstrap of the rows, and the rows that are not in it."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    rows = lot.integers(len(values), size=len(values))
    # Few leaves and slow steps: a shop has hundreds of products, not millions.
    model = HistGradientBoostingRegressor(
        max_depth=2, max_iter=60, learning_rate=0.08, min_samples_leaf=10, max_bins=32, early_stopping=False,
        random_state=seed,
    )  # fmt: skip
    model.fit(values[rows], plain.left[rows], sample_weight=plain.weights[rows])
    return model, np.setdiff1d(np.arange(len(values)), rows)


def _examine(model: Any, values: Values, plain: Fit, unseen: NDArray[np.int64], lot: np.random.Generator) -> Values:
    """`(F,)`: what shuffling each factor costs on unseen rows, as a share of their spread."""
    rows = unseen[:SEEN]
    truth, weights, count = plain.left[rows], plain.weights[rows], values.shape[1]
    asked = np.repeat(values[rows][None], count + 1, axis=0)
    for place in range(count):
        asked[place, :, place] = asked[place, lot.permutation(len(rows)), place]
    said = model.predict(asked.reshape(-1, count)).reshape(count + 1, len(rows))
    losses = ((said - truth) ** 2 * weights).sum(axis=1)
    spread = float((weights * (truth - np.average(truth, weights=weights)) ** 2).sum())
    return np.asarray((losses[:-1] - losses[-1]) / max(spread, 1e-12))


def _places(column: Values) -> tuple[float, ...]:
    """Values between the 5th and the 95th part of a hundred, where products are."""
    return tuple(float(x) for x in np.unique(np.quantile(column, np.linspace(0.05, 0.95, PLACES)).round(6)))


def _curve(model: Any, values: Values, place: int, at: tuple[float, ...]) -> Values:
    asked = np.repeat(values[None], len(at), axis=0)
    asked[:, :, place] = np.array(at)[:, None]
    return np.asarray(model.predict(asked.reshape(-1, values.shape[1])).reshape(len(at), -1).mean(axis=1))


def _as_kpi(drawn: Values, plain: Fit, sheet: Sheet) -> Values:
    """Curves on the link's scale as the KPI of the shop."""
    shares = sheet.below / sheet.below.sum()
    return np.array(
        [[float((shares * mean_at(plain.line + move, sheet.kpi.family)).sum()) for move in row] for row in drawn]
    )


def _over(values: Values, rows: int) -> Estimate:
    """The mean, and where 95 of 100 lie."""
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high), rows, "estimated from logs")
