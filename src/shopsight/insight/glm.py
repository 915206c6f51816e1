"""A straight line through a KPI's own kind of chance, one row per product, with errors that do not flatter.

Products differ for reasons that nobody measured, so that their counts scatter more than chance alone would let them.
The weight of a row is therefore `1 / (noise / information + between)`: `information` is what the row would weigh if
only chance were at work, `between` the variance of the products' own oddities on the scale of the link (Williams 1982,
model III), found by the method of moments (Paule and Mandel 1982). Errors are the sandwich HC3 (MacKinnon and White
1985). A row is all the days of a product, so errors are clustered by product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Family = Literal["binomial", "poisson", "gaussian"]
ROUNDS, CLOSE = 60, 1e-7
FURTHEST = 20.0
"""Log-odds beyond which nothing changes any more."""


@dataclass(frozen=True)
class Fit:
    """`slopes` `(P,)` on the scale of the link with their `covariance` `(P, P)` (HC3) and `plain_covariance`, which
    believes in nothing but chance and `between`. `freedom` `(P,)` are the degrees of each slope's t: one that hangs on
    few rows has few (Satterthwaite 1946; for such errors Bell and McCaffrey 2002). `predicted` `(N,)` is in the KPI's
    unit, `line` `(N,)` on the link's scale, `left` `(N,)` what it missed there, each counting by its `weights`."""

    slopes: Values
    covariance: Values
    plain_covariance: Values
    freedom: Values
    between: float
    line: Values
    predicted: Values
    left: Values
    weights: Values

    @property
    def errors(self) -> Values:
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0)))


def fit(
    design: Values,
    above: Values,
    below: Values,
    family: Family,
    *,
    between: float | None = None,
    start: Values | None = None,
) -> Fit:
    """Fits `above / below`, both `(N,)`, to `design` `(N, P)`; every `below` is positive.

    Links: logit for binomial, log for poisson, none for gaussian. `between` fixes the products' own variance (0: none);
    None estimates it. `start` `(N,)` is a line near the answer, which only saves time.
    Raises `ValueError` for no more rows than columns.

    >>> import numpy as np
    >>> design = np.stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]], 1)
    >>> found = fit(design, np.array([10, 12, 20, 22.0]), np.full(4, 100.0), "binomial", between=0.0)
    >>> round(float(found.slopes[1]), 3)
    0.766
    """
    rows, columns = design.shape
    if rows <= columns:
        raise ValueError(f"{rows} rows cannot tell {columns} slopes")
    rate = above / below
    line = _start(above, below, family) if start is None else start
    slopes, noise, found = np.zeros(columns), 1.0, between or 0.0
    for _ in range(ROUNDS):
        predicted = mean_at(line, family)
        slant = _slant(predicted, family)
        information = below * slant
        target = line + (rate - predicted) / slant
        weights = 1 / (noise / information + found)
        bread = np.linalg.pinv((design.T * weights) @ design, hermitian=True)
        moved = bread @ (design.T @ (weights * target))
        step, slopes = float(np.abs(moved - slopes).max()), moved
        line = np.clip(design @ slopes, -FURTHEST, FURTHEST) if family != "gaussian" else design @ slopes
        before = found
        if family == "gaussian":
            noise, found = _noises(target - line, information, design, weights, between)
        elif between is None:
            found = _between(target - line, information, rows - columns)
        if step < CLOSE * (1 + np.abs(slopes).max()) and abs(found - before) < 1e-6 * (1 + before):
            break
    return _finish(design, rate, below, family, slopes, line, noise, found)


def mean_at(line: Values, family: Family) -> Values:
    """The KPI where the line is: the link turned round."""
    if family == "binomial":
        return np.asarray(1 / (1 + np.exp(-line)))
    return np.exp(line) if family == "poisson" else line


def _finish(
    design: Values, rate: Values, below: Values, family: Family, slopes: Values, line: Values, noise: float, k: float
) -> Fit:
    predicted = mean_at(line, family)
    slant = _slant(predicted, family)
    weights = 1 / (noise / (below * slant) + k)
    left = (rate - predicted) / slant
    bread: Values = np.asarray(np.linalg.pinv((design.T * weights) @ design, hermitian=True), np.float64)
    leverage = np.clip(weights * np.einsum("np,pq,nq->n", design, bread, design), 0, 0.99)
    score = design * (weights * left / (1 - leverage))[:, None]
    covariance = bread @ (score.T @ score) @ bread
    parts = (bread @ design.T) ** 2 * weights
    freedom = np.minimum(parts.sum(1) ** 2 / (parts**2).sum(1), design.shape[0] - design.shape[1])
    return Fit(slopes, covariance, bread, freedom, k, line, predicted, left, weights)


def _start(above: Values, below: Values, family: Family) -> Values:
    if family == "binomial":
        return np.asarray(np.log((above + 0.5) / (below - above + 0.5)))
    return np.log((above + 0.5) / below) if family == "poisson" else above / below


def _slant(predicted: Values, family: Family) -> Values:
    """How fast the KPI moves with the line; for these links also the variance of one piece of evidence."""
    if family == "binomial":
        return np.maximum(predicted * (1 - predicted), 1e-10)
    return np.maximum(predicted, 1e-10) if family == "poisson" else np.ones_like(predicted)


def _between(left: Values, information: Values, freedom: int) -> float:
    """The variance with which the weighted squares that are left are as many as the degrees of freedom, at least 0.

    Newton's method: the sum falls and is convex, so that the steps from 0 rise to the root and never pass it.
    """
    squares, chance, k = left**2, 1 / information, 0.0
    for _ in range(100):
        spread = chance + k
        parts = squares / spread
        step = (float(parts.sum()) - freedom) / max(float((parts / spread).sum()), 1e-300)
        k += step
        if step <= 1e-9 * (1e-3 + k):
            break
    return max(0.0, k)


def _noises(
    left: Values, information: Values, design: Values, weights: Values, between: float | None
) -> tuple[float, float]:
    """Variance of one row of evidence and variance between products, from squares that are left, neither below 0."""
    from scipy.optimize import nnls

    inner = np.linalg.pinv((design.T * weights) @ design, hermitian=True)
    leverage = np.clip(weights * np.einsum("np,pq,nq->n", design, inner, design), 0, 0.99)
    squares = left**2 / (1 - leverage)
    if between is not None:
        return max(float(np.average(squares * information)), 1e-12), between
    scale = float(squares.mean()) or 1.0
    columns = np.stack([1 / information, np.ones_like(information)], 1)
    unit = columns[:, 0].mean()
    trust = weights / weights.mean()
    found, _ = nnls(columns / [unit, 1.0] * trust[:, None], squares / scale * trust)
    noise, k = float(found[0] * scale / unit), float(found[1] * scale)
    return (noise, k) if noise + k > 0 else (1e-12, 0.0)
