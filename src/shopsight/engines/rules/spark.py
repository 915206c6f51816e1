"""Frequent itemsets on a Spark cluster: MLlib's parallel FP-growth (Li et al. 2008), for baskets beyond one machine."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TimeIsOver
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import SparkSession
from pyspark.sql.functions import size

from shopsight.engines.record import Record
from shopsight.engines.rules.bitset import check
from shopsight.errors import BadInput
from shopsight.types import Baskets, Itemsets

_GROUP = "shopsight rules"


class Spark:
    """Mines where the running or default Spark session runs; `master` names another, such as "spark://host:7077"."""

    def __init__(self, record: Record | None = None, threads: int = 0, master: str = "") -> None:
        builder = SparkSession.builder.appName("shopsight")
        where = master or (f"local[{threads}]" if threads else "")
        self._session = (builder.master(where) if where else builder).getOrCreate()

    def frequent(
        self, baskets: Baskets, least_count: int, *, max_items: int, max_itemsets: int, max_seconds: float
    ) -> Itemsets:
        """Every set of 1 to `max_items` items that at least `least_count` baskets hold; see `RuleMiner`."""
        check(baskets, least_count, max_items)
        if not len(baskets) or least_count > len(baskets):
            return Itemsets(len(baskets), (), ())
        with ThreadPoolExecutor(1) as hands:
            job = hands.submit(self._mine, baskets, least_count, max_items, max_itemsets)
            try:
                return _as_itemsets(len(baskets), job.result(timeout=max_seconds))
            except TimeIsOver:
                self._session.sparkContext.cancelJobGroup(_GROUP)
                raise BadInput(
                    "rules",
                    f"the time of {max_seconds:g} s is over",
                    "Raise the minimum support, allow fewer items in a set, or allow more seconds.",
                ) from None

    def _mine(self, baskets: Baskets, least_count: int, max_items: int, max_itemsets: int) -> list[Any]:
        """Rows of `items` and `freq`; one more than allowed is enough to know that there are too many."""
        self._session.sparkContext.setJobGroup(_GROUP, "frequent itemsets", interruptOnCancel=True)
        rows = [(part.tolist(),) for part in np.split(baskets.items, baskets.starts[1:-1])]
        table = self._session.createDataFrame(rows, "items array<int>")
        # MLlib takes a share and rounds it up to baskets again; half a basket less survives that rounding.
        share = (least_count - 0.5) / len(baskets)
        model = FPGrowth(itemsCol="items", minSupport=share, minConfidence=1.0).fit(table)
        found: list[Any] = model.freqItemsets.where(size("items") <= max_items).take(max_itemsets + 1)
        if len(found) > max_itemsets:
            raise BadInput(
                "rules",
                f"more than {max_itemsets:,} sets of items lie in at least {least_count} baskets",
                "Raise the minimum support, or allow fewer items in a set.",
            )
        return found


def _as_itemsets(baskets: int, found: Iterable[Any]) -> Itemsets:
    """Spark's rows as arrays by size, every row rising, rows in order."""
    by_size: dict[int, list[tuple[list[int], int]]] = {}
    for row in found:
        by_size.setdefault(len(row["items"]), []).append((sorted(row["items"]), row["freq"]))
    levels = [_level(by_size[k]) for k in sorted(by_size)]
    return Itemsets(baskets, tuple(items for items, _ in levels), tuple(counts for _, counts in levels))


def _level(sets: list[tuple[list[int], int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    sets.sort()
    return np.array([items for items, _ in sets], np.int32), np.array([count for _, count in sets], np.int64)
