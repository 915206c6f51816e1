"""Frequent sets beside mlxtend's fpgrowth on sparse data, each in a process of its own for its memory, taking turns."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.clock import memory_mb
from benchmarks.sizes import Size
from benchmarks.tables import Table

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "baskets"
SETS = ("retail.dat", "T10I4D100K.dat")
SUPPORT = 0.001
ENGINES = ("mlxtend", "bitset")


def measure(size: Size) -> list[Table]:
    """One row a data set; rows of `shopsight`'s own drawing where the measuring data is not beside the checkout."""
    names = SETS if DATA.is_dir() and size.turns > 5 else ("drawn",)
    rows = [_compare(name, 3 if name in SETS else 1) for name in names]
    note = (
        f"All sets of items in at least {SUPPORT:.1%} of the baskets; both found the same number. Median of the turns, "
        "baskets in each one's own form before the clock starts. Memory: how far the peak rose while mining."
    )
    columns = ("baskets", "sets", "mlxtend s", "bitset s", "times as fast", "mlxtend MB", "bitset MB")
    return [Table("Frequent sets against mlxtend fpgrowth (sparse), one core", note, columns, tuple(rows))]


def _compare(name: str, turns: int) -> tuple[str | int | float, ...]:
    found: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    for _ in range(turns):
        for engine in ENGINES:
            command = [sys.executable, "-m", "benchmarks.rules", engine, name]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found[engine].append(json.loads(said.splitlines()[-1]))
    counts = {run["sets"] for runs in found.values() for run in runs}
    if len(counts) != 1:
        raise SystemExit(f"mlxtend and bitset disagree on {name}: {counts}")
    seconds = {engine: float(np.median([run["seconds"] for run in runs])) for engine, runs in found.items()}
    memory = {engine: max(run["megabytes"] for run in runs) for engine, runs in found.items()}
    ratio = seconds["mlxtend"] / seconds["bitset"]
    return name, int(counts.pop()), seconds["mlxtend"], seconds["bitset"], ratio, memory["mlxtend"], memory["bitset"]


def _mine(engine: str, name: str) -> dict[str, float]:
    """One run in this process: the first one, with all that it has to load."""
    from shopsight.insight.rules import least_count, pack_baskets
    from shopsight.testing.rules import draw_baskets

    if name == "drawn":
        baskets = draw_baskets(300, 40, 6)
    else:
        with gzip.open(DATA / f"{name}.gz", "rt") as text:
            baskets = pack_baskets(line.split() for line in text)
    if engine == "bitset":
        from shopsight.engines.rules.bitset import Bitset

        def mine() -> int:
            least = least_count(SUPPORT, len(baskets))
            return len(Bitset().frequent(baskets, least, max_items=100, max_itemsets=10**7, max_seconds=600))
    else:
        import pandas as pd
        from mlxtend.frequent_patterns import fpgrowth
        from scipy.sparse import csr_matrix

        table = csr_matrix((np.ones(len(baskets.items), bool), baskets.items, baskets.starts))
        frame = pd.DataFrame.sparse.from_spmatrix(table, columns=[str(i) for i in range(table.shape[1])])

        def mine() -> int:
            return len(fpgrowth(frame, min_support=SUPPORT))

    before, began = memory_mb()["peak"], perf_counter()
    sets = mine()
    return {"sets": sets, "seconds": perf_counter() - began, "megabytes": memory_mb()["peak"] - before}


if __name__ == "__main__":
    print(json.dumps(_mine(*sys.argv[1:3])))
