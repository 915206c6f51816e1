"""What pictures add to what the text says already: how much better a number is predicted with them than without.

    told = gain(np.log(prices), text_columns, photo_columns)
    told.without, told.with_more, told.gain

Both predictions are made on the same products held out, `repeats` times `folds`; their difference is signed, and a
photo that adds nothing makes it about zero or negative. The folds share most of their training rows, so that a plain
t-test would be too sure: the range is the corrected resampled one (Nadeau and Bengio 2003). In the control the added
columns belong to another product, chosen by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput, TooLittleData
from shopsight.types import Estimate

Values = NDArray[np.float64]
Learner = Literal["ridge", "trees"]
LEAST_ROWS = 50
PENALTIES = tuple(10.0**power for power in range(-2, 7))


@dataclass(frozen=True, slots=True)
class Gain:
    """R2 on rows held out `without` and `with_more` columns, the signed `gain`, and the gain of the `control`."""

    without: Estimate
    with_more: Estimate
    gain: Estimate
    control: Estimate


def gain(
    target: NDArray[np.floating],
    base: NDArray[np.floating],
    added: NDArray[np.floating],
    *,
    repeats: int = 5,
    folds: int = 5,
    learner: Learner = "ridge",
    seed: int = 0,
) -> Gain:
    """How much of the spread of `target` `(N,)` columns `added` `(N, A)` explain beyond `base` `(N, B)`.

    "ridge" is linear with a penalty chosen inside each training part, "trees" are shallow boosted ones. Raises
    `BadInput` for numbers that are not finite or do not match, `TooLittleData` below `LEAST_ROWS` rows.
    """
    known = [np.asarray(table, np.float64) for table in (target, base, added)]
    if any(len(table) != len(known[0]) or not np.isfinite(table).all() for table in known):
        raise BadInput("gain", "the tables do not match or hold what is no number", "Give one finite row per product.")
    if len(known[0]) < LEAST_ROWS:
        raise TooLittleData("gain", f"{len(known[0])} rows are too few", f"It takes {LEAST_ROWS}.")
    lot = np.random.default_rng(seed)
    scores = np.array([_round(known, folds, learner, lot) for _ in range(repeats)]).reshape(-1, 3)
    plain, more, shuffled = scores.T
    rows = len(known[0])
    told = (_resampled(values, folds, rows) for values in (plain, more, more - plain, shuffled - plain))
    return Gain(*told)


def _round(tables: list[Values], folds: int, learner: Learner, lot: np.random.Generator) -> list[tuple[float, ...]]:
    """R2 without, with, and with shuffled columns, fold by fold."""
    target, base, added = tables
    whole, stranger = np.concatenate([base, added], 1), np.concatenate([base, lot.permutation(added)], 1)
    place = lot.permutation(len(target)) % folds
    scores = []
    for fold in range(folds):
        kept, held = place != fold, place == fold
        scores.append(tuple(_score(table, target, kept, held, learner) for table in (base, whole, stranger)))
    return scores


def _score(table: Values, target: Values, kept: NDArray[np.bool_], held: NDArray[np.bool_], learner: Learner) -> float:
    """R2 of rows held out, by a model of the rows kept."""
    said = (_ridge if learner == "ridge" else _trees)(table[kept], target[kept], table[held])
    missed = float(((target[held] - said) ** 2).sum())
    return 1 - missed / max(float(((target[held] - target[kept].mean()) ** 2).sum()), 1e-12)


def _ridge(table: Values, target: Values, asked: Values) -> Values:
    from sklearn.linear_model import RidgeCV

    middle, spread = table.mean(0), table.std(0)
    spread[spread < 1e-12] = 1
    model = RidgeCV(PENALTIES).fit((table - middle) / spread, target)
    return np.asarray(model.predict((asked - middle) / spread))


def _trees(table: Values, target: Values, asked: Values) -> Values:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        model = HistGradientBoostingRegressor(
            max_depth=3, max_iter=150, learning_rate=0.05, min_samples_leaf=10, early_stopping=False, random_state=0
        )
        return np.asarray(model.fit(table, target).predict(asked))


def _resampled(values: Values, folds: int, rows: int) -> Estimate:
    """The mean of R2 over folds, with a range that knows that training parts overlap (Nadeau and Bengio 2003)."""
    from scipy.special import stdtrit

    held_by_kept = 1 / (folds - 1)
    error = float(np.sqrt((1 / len(values) + held_by_kept) * values.var(ddof=1)))
    reach = float(stdtrit(len(values) - 1, 0.975)) * error
    middle = float(values.mean())
    return Estimate(middle, middle - reach, middle + reach, rows, "predicted")
