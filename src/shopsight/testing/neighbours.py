"""What every engine that finds nearest rows promises: the truth, or nearly (`exact` False), and only allowed rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.testing as npt
from numpy.typing import NDArray

from shopsight.protocols import Neighbours
from shopsight.testing.refusal import must_refuse
from shopsight.types import Matrix, Vector

_ROUNDING = 1e-5
_RECALL = 0.9
"""What an engine that is only nearly exact must find of the true neighbours."""

Mask = NDArray[np.bool_]


def draw_rows(rows: int, dim: int, seed: int = 0) -> Matrix:
    """`(rows, dim) float32` of length 1 in clumps, as products are: some nearly the same, most not."""
    rng = np.random.default_rng(seed)
    clumps = rng.normal(size=(max(1, rows // 50), dim))
    spread = rng.normal(size=(rows, dim)) * rng.choice([0.01, 0.3, 1.0], (rows, 1))
    values = clumps[rng.integers(0, len(clumps), rows)] + spread
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def finds_the_nearest(engine: Neighbours) -> None:
    for rows, dim, k in ((1, 4, 1), (7, 3, 7), (300, 32, 5), (5000, 64, 24), (20_000, 48, 100)):
        matrix = draw_rows(rows, dim)
        for query in (matrix[rows // 2], draw_rows(1, dim, seed=9)[0], -matrix[0]):
            hold_to_truth(engine, matrix, query, k)


def gives_what_there_is(engine: Neighbours) -> None:
    matrix = draw_rows(9, 8)
    rows, cosines = engine.nearest(matrix, matrix[0], 50)
    assert sorted(rows.tolist()) == list(range(9)), "all rows, when fewer than k exist"
    assert rows.dtype == np.int64, "row numbers are int64"
    assert cosines.dtype == np.float32, "cosines are float32"
    rows, cosines = engine.nearest(draw_rows(3, 8)[:0], matrix[0], 5)
    assert len(rows) == len(cosines) == 0, "nothing in an empty matrix"


def keeps_filters(engine: Neighbours) -> None:
    """At every selectivity, down to one row and none, the answer is that of a search among the allowed rows alone."""
    matrix = draw_rows(20_000, 32)
    matrix.flags.writeable = False
    rng = np.random.default_rng(3)
    for share in (1.0, 0.9, 0.5, 0.1, 0.01, 0.001, 0.0001, 0.0):
        allowed = np.zeros(len(matrix), bool)
        allowed[rng.choice(len(matrix), round(share * len(matrix)), replace=False)] = True
        for query in (matrix[17], draw_rows(1, 32, seed=5)[0]):
            hold_to_truth(engine, matrix, query, 24, allowed)
    far = matrix @ matrix[0] < 0
    hold_to_truth(engine, matrix, matrix[0], 24, far)


def breaks_ties_by_row(engine: Neighbours) -> None:
    """Equal rows come in their order, wherever they lie: a search run twice must not shuffle a page."""
    matrix = draw_rows(9_001, 32)
    same = np.array([3, 64, 777, 4096, 8999, 9000])
    matrix[same] = matrix[3]
    for view in (matrix, _read_only(matrix)):
        for _ in range(3):
            rows, cosines = engine.nearest(view, matrix[3], 4)
            if engine.exact:
                npt.assert_array_equal(rows, same[:4], err_msg="equal rows come lowest first")
            assert (cosines == cosines[0]).all(), "equal rows have equal cosines"


def takes_memory_maps(engine: Neighbours) -> None:
    matrix = draw_rows(6_000, 40)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        np.save(path, matrix)
        mapped = np.load(path, mmap_mode="r")
        for seed in range(3):
            hold_to_truth(engine, mapped, draw_rows(1, 40, seed)[0], 10)
        del mapped


def follows_changes(engine: Neighbours) -> None:
    """What is searched is the matrix that is given: nothing of an earlier one, or of its earlier contents, remains."""
    first = draw_rows(6_000, 32, seed=1)
    for _ in range(3):
        hold_to_truth(engine, first, first[5], 10)
    first[:] = draw_rows(6_000, 32, seed=2)
    hold_to_truth(engine, first, first[5], 10)
    for seed in range(3, 7):
        other = _read_only(draw_rows(6_000 + seed, 32, seed))
        for _ in range(3):
            hold_to_truth(engine, other, other[seed], 10)


def takes_odd_queries(engine: Neighbours) -> None:
    """Nothing at all, one value only, a long one: cosines are then products, and the order still holds."""
    matrix = _read_only(draw_rows(6_000, 32))
    one = np.zeros(32, np.float32)
    one[7] = 1
    for query in (np.zeros(32, np.float32), one, 30 * matrix[1]):
        for _ in range(3):
            hold_to_truth(engine, matrix, query, 10)


def refuses_what_does_not_fit(engine: Neighbours) -> None:
    matrix = draw_rows(50, 8)
    must_refuse(lambda: engine.nearest(matrix, np.ones(9, np.float32), 3), "a query of another length")
    must_refuse(lambda: engine.nearest(matrix, matrix[0], 0), "k = 0")
    must_refuse(lambda: engine.nearest(matrix, matrix[0], 3, np.ones(49, bool)), "a filter of another length")


def serves_many_at_once(engine: Neighbours) -> None:
    matrices = [_read_only(draw_rows(5_000, 24, seed)) for seed in range(3)]

    def ask(turn: int) -> None:
        matrix = matrices[turn % 3]
        hold_to_truth(engine, matrix, matrix[turn], 7)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(24)))


def hold_to_truth(engine: Neighbours, matrix: Matrix, query: Vector, k: int, allowed: Mask | None = None) -> None:
    """Compare one answer with a plain search in double precision."""
    rows, cosines = engine.nearest(matrix, query, k, allowed)
    truth = matrix.astype(np.float64) @ query.astype(np.float64)
    length = max(1.0, float(np.linalg.norm(query)))
    open_rows = np.arange(len(matrix)) if allowed is None else np.flatnonzero(allowed)
    best = np.sort(truth[open_rows])[::-1][:k]
    assert len(rows) == len(cosines), "one cosine per row"
    assert len(np.unique(rows)) == len(rows), "no row comes twice"
    assert np.isin(rows, open_rows).all(), "only allowed rows come"
    assert (np.diff(cosines) <= 0).all(), "the best comes first"
    npt.assert_allclose(cosines, truth[rows], atol=_ROUNDING * length, err_msg="cosines are true")
    if engine.exact:
        assert len(rows) == len(best), "k rows come, or all that are allowed"
        npt.assert_allclose(truth[rows], best, atol=_ROUNDING * length, err_msg="the best rows come")
    elif len(best):
        assert (truth[rows] >= best[-1] - _ROUNDING).sum() >= _RECALL * len(best), "nearly all of the best rows come"


def _read_only(matrix: Matrix) -> Matrix:
    view = matrix.copy()
    view.flags.writeable = False
    return view


NEIGHBOURS_PROMISES: tuple[Callable[[Neighbours], None], ...] = (
    finds_the_nearest,
    gives_what_there_is,
    keeps_filters,
    breaks_ties_by_row,
    takes_memory_maps,
    follows_changes,
    takes_odd_queries,
    refuses_what_does_not_fit,
    serves_many_at_once,
)
