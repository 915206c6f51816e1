"""Exact nearest neighbours: every row is looked at, so no filter and no luck can lose one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.errors import BadInput
from shopsight.types import Matrix, Vector

BLOCK_ROWS = 65_536


class Exact:
    """Looks at every allowed row. The same query on the same rows gives the same answer, ties by row number."""

    exact = True

    def __init__(self, record: Record | None = None, threads: int = 0) -> None:
        """Both arguments are taken only because every engine is called with them."""

    def nearest(
        self, matrix: Matrix, query: Vector, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row numbers `(<=k,)` and cosines `(<=k,)` of the k best allowed rows of `(N, D)`, best first."""
        _check(matrix, query, k, allowed)
        rows = None if allowed is None else np.flatnonzero(allowed)
        cosines = _cosines(matrix, query, rows)
        best = _top(cosines, k)
        return (best if rows is None else rows[best]).astype(np.int64), cosines[best]


def _check(matrix: Matrix, query: Vector, k: int, allowed: NDArray[np.bool_] | None) -> None:
    if matrix.ndim != 2 or query.shape != matrix.shape[1:]:
        reason = f"a query of shape {query.shape} does not fit rows of shape {matrix.shape[1:]}"
        raise BadInput("query", reason, "Embed both with the same engine.")
    if k < 1:
        raise BadInput("k", f"{k} neighbours were asked for", "Ask for at least one.")
    if allowed is not None and allowed.shape != matrix.shape[:1]:
        reason = f"{allowed.shape} marks do not fit {matrix.shape[0]} rows"
        raise BadInput("allowed", reason, "Give one mark per row.")


def _cosines(matrix: Matrix, query: Vector, rows: NDArray[np.int64] | None) -> NDArray[np.float32]:
    if rows is None:
        return np.asarray(matrix @ query)
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK_ROWS):
        block = rows[start : start + BLOCK_ROWS]
        cosines[start : start + len(block)] = matrix[block] @ query
    return cosines


def _top(cosines: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The places of the k largest, largest first; equal ones in their order."""
    if k >= len(cosines):
        return np.argsort(-cosines, kind="stable")
    least = np.partition(cosines, len(cosines) - k)[len(cosines) - k]
    near = np.flatnonzero(cosines >= least)
    return near[np.argsort(-cosines[near], kind="stable")][:k]
