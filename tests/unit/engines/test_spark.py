"""The Spark engine: every promise on a real Spark where it is installed, else on a stand-in at Spark's border.

The stand-in keeps MLlib's rule for the least count (support times baskets, rounded up) and counts by brute force; it
shows that our side of the border is right, not that Spark is.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from shopsight.engines import KNOWN, load
from shopsight.errors import MissingExtra
from shopsight.protocols import RuleMiner
from shopsight.testing.rules import MINER_PROMISES

REAL = importlib.util.find_spec("pyspark") is not None
ENGINE = "shopsight.engines.rules.spark"


class Sets:
    """A frame of frequent sets, counted as they are asked for, the short ones first."""

    def __init__(self, rows: list[list[int]], least: int, most: int = 99) -> None:
        self.rows, self.least, self.most = rows, least, most

    def where(self, condition: Callable[[int], bool]) -> Sets:
        return Sets(self.rows, self.least, max((k for k in range(1, 100) if condition(k)), default=0))

    def take(self, wanted: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for size in range(1, self.most + 1):
            counts: dict[tuple[int, ...], int] = {}
            for row in self.rows:
                for some in combinations(sorted(row), size):
                    counts[some] = counts.get(some, 0) + 1
                    if len(counts) > 20_000:
                        break
            kept = [{"items": list(reversed(s)), "freq": n} for s, n in counts.items() if n >= self.least]
            found += kept
            if not kept or len(found) >= wanted:
                break
        return found[:wanted]


class Growth:
    def __init__(self, itemsCol: str, minSupport: float, minConfidence: float) -> None:  # noqa: N803 (Spark's names)
        self.support = minSupport

    def fit(self, table: list[tuple[list[int]]]) -> SimpleNamespace:
        rows = [row for (row,) in table]
        return SimpleNamespace(freqItemsets=Sets(rows, math.ceil(self.support * len(rows))))


class Builder:
    def __getattr__(self, name: str) -> Any:
        return lambda *_: self

    def getOrCreate(self) -> SimpleNamespace:  # noqa: N802
        context = SimpleNamespace(setJobGroup=lambda *_, **__: None, cancelJobGroup=lambda *_: None)
        return SimpleNamespace(sparkContext=context, createDataFrame=lambda rows, _: rows)


class Size:
    def __init__(self, _: str) -> None: ...

    def __le__(self, most: int) -> Callable[[int], bool]:  # type: ignore[override]
        return lambda size: size <= most


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[RuleMiner]:
    if not REAL:
        modules = {
            "pyspark": {},
            "pyspark.ml": {},
            "pyspark.ml.fpm": {"FPGrowth": Growth},
            "pyspark.sql": {"SparkSession": SimpleNamespace(builder=Builder())},
            "pyspark.sql.functions": {"size": Size},
        }
        for name, members in modules.items():
            module = ModuleType(name)
            vars(module).update(members)
            monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, ENGINE, raising=False)
    yield load("spark", threads=2)
    sys.modules.pop(ENGINE, None)


# Running away is for the real engine to show: a stand-in's end would only be its own.
PROMISES = [promise for promise in MINER_PROMISES if REAL or promise.__name__ != "never_runs_away"]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_spark_keeps_the_promise(promise: Callable[[RuleMiner], None], engine: RuleMiner) -> None:
    promise(engine)


@pytest.mark.skipif(REAL, reason="pyspark is installed")
def test_without_spark_the_cure_is_the_extra() -> None:
    assert KNOWN["spark"].extra == "spark"
    with pytest.raises(MissingExtra, match=r"shopsight\[spark\]"):
        load("spark")
