"""Exact search beside faiss-cpu's exact index, on the same rows, with the same number of threads, taking turns."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.clock import take_turns
from benchmarks.sizes import Size
from benchmarks.tables import Table

DIM = 256
K = 24
SHARES = (0.3, 0.03, 0.001)
QUERIES = 16


def measure(size: Size) -> list[Table]:
    threads = int(os.environ["OMP_NUM_THREADS"])
    whole: list[tuple[Any, ...]] = []
    filtered: list[tuple[Any, ...]] = []
    for rows in size.rows:
        for kind, draw in (("clumped", clumped), ("even", even)):
            bench = Bench(draw(rows), threads)
            whole.append((f"{rows:,} {kind}", *bench.whole(size.turns)))
            if kind == "clumped":
                filtered += [(f"{rows:,}, {share:.1%} allowed", *bench.filtered(share, size.turns)) for share in SHARES]
    note = (
        f"{DIM} values a row, {K} neighbours, one query at a time, {threads} thread{'s' * (threads > 1)}, median. "
        "Clumped rows lie as products do, even ones in no order at all. Every answer was compared with faiss's: the "
        "same rows."
    )
    columns = ("rows", "faiss ms", "exact ms", "times as fast", "float32 only ms", "8-bit rows MB", "made once in ms")
    marks = f"The same with a filter; faiss takes it as a bitmap. {threads} thread{'s' * (threads > 1)}, median."
    return [
        Table(
            f"Exact search against faiss IndexFlatIP, {threads} thread{'s' * (threads > 1)}",
            note,
            columns,
            tuple(whole),
        ),
        Table(
            f"Exact search under filters, {threads} thread{'s' * (threads > 1)}",
            marks,
            ("rows", "faiss ms", "exact ms", "times as fast"),
            tuple(filtered),
        ),
    ]


class Bench:
    """One matrix in both engines, and questions for it."""

    def __init__(self, matrix: np.ndarray, threads: int) -> None:
        import faiss

        from shopsight.engines.neighbours.exact import Exact

        faiss.omp_set_num_threads(threads)
        self.matrix = matrix
        self.index = faiss.IndexFlatIP(matrix.shape[1])
        self.index.add(matrix)
        self.writable, self.frozen = matrix, matrix.view()
        self.frozen.flags.writeable = False
        self.exact, self.plain = Exact(threads=threads), Exact(threads=threads)
        began = perf_counter()
        self.exact.prepare(self.frozen)
        self.made_ms = (perf_counter() - began) * 1000
        rng = np.random.default_rng(1)
        near = matrix[rng.integers(0, len(matrix), QUERIES)] + 0.02 * rng.normal(size=(QUERIES, matrix.shape[1]))
        self.queries = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)

    def whole(self, turns: int) -> tuple[float, ...]:
        for query in self.queries:
            same(self.index.search(query[None], K)[1][0], self.exact.nearest(self.frozen, query, K)[0])
        ms = take_turns(
            {
                "faiss": self.asking(lambda query: self.index.search(query[None], K)),
                "exact": self.asking(lambda query: self.exact.nearest(self.frozen, query, K)),
                "plain": self.asking(lambda query: self.plain.nearest(self.writable, query, K)),
            },
            turns,
        )
        megabytes = self.matrix.size / 1e6
        return ms["faiss"], ms["exact"], ms["faiss"] / ms["exact"], ms["plain"], megabytes, self.made_ms

    def filtered(self, share: float, turns: int) -> tuple[float, ...]:
        import faiss

        allowed = np.random.default_rng(2).random(len(self.matrix)) < share
        chosen = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little")))
        for query in self.queries:
            theirs = self.index.search(query[None], K, params=chosen)[1][0]
            same(theirs[theirs >= 0], self.exact.nearest(self.frozen, query, K, allowed)[0])
        ms = take_turns(
            {
                "faiss": self.asking(lambda query: self.index.search(query[None], K, params=chosen)),
                "exact": self.asking(lambda query: self.exact.nearest(self.frozen, query, K, allowed)),
            },
            turns,
        )
        return ms["faiss"], ms["exact"], ms["faiss"] / ms["exact"]

    def asking(self, ask: Callable[[np.ndarray], object]) -> Callable[[], object]:
        """Asks with another query every time."""
        turn = iter(range(10**9))
        return lambda: ask(self.queries[next(turn) % QUERIES])


def same(theirs: np.ndarray, ours: np.ndarray) -> None:
    """Both found the same rows; one in K may differ, where float32 rounds two cosines to a tie."""
    if len(theirs) != len(ours) or len(np.intersect1d(theirs, ours)) < len(ours) - 1:
        raise SystemExit(f"faiss and exact disagree: {theirs.tolist()} {ours.tolist()}")


def clumped(rows: int) -> np.ndarray:
    """Rows in clumps of about 300 with a common lean, as embeddings of one shop's photos have: cosines 0.2 to 1."""
    rng = np.random.default_rng(0)
    centres = (
        unit(rng.standard_normal((max(1, rows // 300), DIM), np.float32)) + unit(np.ones((1, DIM), np.float32)) / 2
    )
    matrix = rng.standard_normal((rows, DIM), np.float32) * np.float32(0.03)
    matrix += centres[rng.integers(0, len(centres), rows)]
    return unit(matrix)


def even(rows: int) -> np.ndarray:
    return unit(np.random.default_rng(0).standard_normal((rows, DIM), np.float32))


def unit(matrix: np.ndarray) -> np.ndarray:
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix
