"""Exact nearest neighbours: every allowed row is looked at, so no filter and no luck can lose one.

Rows are first scored fast and a little wrong, by a known bound: in float32 by BLAS, or from an 8-bit `Sketch`. Rows
within the bound of the best are then scored again, each alone and in double precision. So an answer depends neither
on the number of threads, nor on where a row lies, nor on which fast way was taken: equal rows get equal cosines.
"""

from __future__ import annotations

import os
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.errors import BadInput
from shopsight.types import Matrix, Vector

if TYPE_CHECKING:
    from shopsight.engines.neighbours.sketch import Sketch

SKETCH_FROM_ROWS = 4096
"""Below this BLAS is as fast."""
_SELECTIVE = 32
"""When at most one row in this many is allowed, only those rows are read."""
_BLOCK_ROWS = 16_384
_GROUP_ROWS = 64
_EPSILON = float(np.finfo(np.float32).eps)

Rows = NDArray[np.int64]
Cosines = NDArray[np.float32]


class Exact:
    """Looks at every allowed row; ties go to the lower row number.

    A read-only matrix is taken as a promise that it stays as it is: from the second query on, or after `prepare`, its
    rows are kept in 8 bits too (D bytes a row), which answers several times faster. A longer map of the same file goes
    on from there. A writable matrix is never kept.
    """

    exact = True

    def __init__(self, record: Record | None = None, threads: int = 0) -> None:
        """`record` is taken only because every engine is called with one; 0 threads means one per core."""
        threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(threads, "exact") if threads > 1 else None
        self._lock = Lock()
        self._met: weakref.ref[Matrix] | None = None
        self._sketch: Sketch | None = None

    def prepare(self, matrix: Matrix) -> None:
        """Make the 8-bit rows of a read-only matrix now, instead of at its second query."""
        if _may_be_sketched(matrix):
            with self._lock:
                self._make_sketch(matrix)

    def nearest(
        self, matrix: Matrix, query: Vector, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Rows, Cosines]:
        """Row numbers `(<=k,)` and cosines `(<=k,)` of the k best allowed rows of `(N, D)`, best first."""
        _check(matrix, query, k, allowed)
        if allowed is not None and np.count_nonzero(allowed) * _SELECTIVE <= len(matrix):
            rows = np.flatnonzero(allowed)
            places, cosines = _search(matrix[rows], query, k)
            return rows[places], cosines
        return _search(matrix, query, k, allowed, self._sketch_of(matrix), self._pool)

    def _sketch_of(self, matrix: Matrix) -> Sketch | None:
        """The sketch of a matrix that was met before or continues the last one; a new one is only remembered."""
        sketch = self._sketch
        if sketch is not None and sketch.shows(matrix):
            return sketch
        if not _may_be_sketched(matrix):
            return None
        with self._lock:
            if (self._met is not None and self._met() is matrix) or (self._sketch and self._sketch.continues(matrix)):
                return self._make_sketch(matrix)
            self._met = weakref.ref(matrix)
            return None

    def _make_sketch(self, matrix: Matrix) -> Sketch:
        from shopsight.engines.neighbours.sketch import Sketch

        if self._sketch is None or not self._sketch.shows(matrix):
            self._sketch = Sketch(matrix, self._sketch)
        return self._sketch


def _may_be_sketched(matrix: Matrix) -> bool:
    return not matrix.flags.writeable and len(matrix) >= SKETCH_FROM_ROWS


def _check(matrix: Matrix, query: Vector, k: int, allowed: NDArray[np.bool_] | None) -> None:
    if matrix.ndim != 2 or query.shape != matrix.shape[1:]:
        reason = f"a query of shape {query.shape} does not fit rows of shape {matrix.shape[1:]}"
        raise BadInput("query", reason, "Embed both with the same engine.")
    if k < 1:
        raise BadInput("k", f"{k} neighbours were asked for", "Ask for at least one.")
    if allowed is not None and (allowed.shape != matrix.shape[:1] or allowed.dtype != np.bool_):
        reason = f"{allowed.dtype} marks of shape {allowed.shape} do not fit {len(matrix)} rows"
        raise BadInput("allowed", reason, "Give one bool per row.")


def _search(
    matrix: Matrix,
    query: Vector,
    k: int,
    allowed: NDArray[np.bool_] | None = None,
    sketch: Sketch | None = None,
    pool: ThreadPoolExecutor | None = None,
) -> tuple[Rows, Cosines]:
    near, bound = sketch.cosines(query, pool) if sketch else _near_cosines(matrix, query)
    if allowed is not None:
        near = np.where(allowed, near, np.float32(-np.inf))
    return _best(matrix, query, _candidates(matrix, query, near, bound, k), k)


def _near_cosines(matrix: Matrix, query: Vector) -> tuple[Cosines, float]:
    """`(N,)` cosines by BLAS, and the most that any of them is wrong.

    Summing D products of float32 loses at most D roundings (Higham, "Accuracy and Stability", section 3.1).
    """
    return np.asarray(matrix @ query), 4 * len(query) * _EPSILON * float(np.linalg.norm(query))


def _candidates(matrix: Matrix, query: Vector, near: Cosines, bound: float, k: int) -> Rows:
    """Every row that may be among the k best. The k that look best prove a least cosine; who cannot reach it is out."""
    seeming = np.flatnonzero(near >= np.float32(_least(near, k)))
    if len(seeming) < k:
        return np.flatnonzero(near > -np.inf)
    proven = _cosines(matrix, query, seeming[np.argpartition(-near[seeming], k - 1)[:k]]).min()
    return np.flatnonzero(near >= proven - bound)


def _least(near: Cosines, k: int) -> float:
    """A cosine that at least k rows reach, and few more do: the k-th best of the best of groups of rows."""
    if k * _GROUP_ROWS <= len(near):
        whole = len(near) // _GROUP_ROWS * _GROUP_ROWS
        near = near[:whole].reshape(_GROUP_ROWS, -1).max(axis=0)
    finite = near[near > -np.inf]
    return float(np.partition(finite, -k)[-k]) if len(finite) >= k else float(np.finfo(np.float32).min)


def _best(matrix: Matrix, query: Vector, rows: Rows, k: int) -> tuple[Rows, Cosines]:
    cosines = _cosines(matrix, query, rows)
    order = np.argsort(-cosines, kind="stable")[:k]
    return rows[order], cosines[order]


def _cosines(matrix: Matrix, query: Vector, rows: Rows) -> Cosines:
    """The cosines of some rows in double precision, each row summed alone, so that equal rows are equal."""
    cosines = np.empty(len(rows), np.float32)
    precise = query.astype(np.float64)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS]
        cosines[start : start + len(block)] = (matrix[block] * precise).sum(axis=1)
    return cosines
