"""What every engine that mines baskets promises: all frequent sets, none besides, exact counts, and an end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import Any

import numpy as np

from shopsight.errors import BadInput
from shopsight.protocols import RuleMiner
from shopsight.testing.refusal import must_refuse
from shopsight.types import Baskets, Itemsets

_PLENTY: Any = {"max_itemsets": 1_000_000, "max_seconds": 300.0}


def pack(baskets: Sequence[Sequence[int]], items: int) -> Baskets:
    """Lists of item numbers as `Baskets` of items called "0", "1", ..."""
    starts = np.cumsum([0, *map(len, baskets)]).astype(np.int64)
    flat = np.array([item for basket in baskets for item in basket], np.int32)
    return Baskets(starts, flat, tuple(map(str, range(items))))


def draw_baskets(count: int, items: int, most: int, seed: int = 0) -> Baskets:
    """Baskets as people fill them: a few goods in many baskets, most in few, and some that go together."""
    rng = np.random.default_rng(seed)
    chances = 1 / np.arange(1, items + 1)
    baskets = []
    for _ in range(count):
        taken = set(rng.choice(items, rng.integers(0, most + 1), p=chances / chances.sum()).tolist())
        baskets.append(sorted(taken | ({1, items - 1} if rng.random() < 0.2 else set())))
    return pack(baskets, items)


def finds_what_is_frequent(engine: RuleMiner) -> None:
    for count, items, most, least in ((1, 3, 3, 1), (12, 6, 5, 2), (60, 12, 8, 3), (200, 30, 10, 12), (130, 9, 9, 40)):
        hold_to_truth(engine, draw_baskets(count, items, most, seed=count), least)


def keeps_to_the_size(engine: RuleMiner) -> None:
    baskets = draw_baskets(80, 10, 9)
    for most in (1, 2, 3, 10):
        hold_to_truth(engine, baskets, 8, most)


def finds_nothing_in_nothing(engine: RuleMiner) -> None:
    for baskets in (pack([], 0), pack([[]], 1), pack([[], [], []], 4), pack([[0, 1]], 2)):
        assert len(engine.frequent(baskets, 2, max_items=5, **_PLENTY)) == 0, "nothing is frequent"


def takes_items_in_any_order(engine: RuleMiner) -> None:
    hold_to_truth(engine, pack([[3, 0, 2], [2, 3], [], [1, 3, 2, 0], [0], [2, 1, 3]], 5), 2)


def counts_on_the_border(engine: RuleMiner) -> None:
    """Exactly enough baskets are enough, one fewer is not; word borders of 64 baskets lose none."""
    for count in (63, 64, 65, 128):
        baskets = pack([[0, 1, 2]] * count + [[0]] * 7, 3)
        assert len(engine.frequent(baskets, count, max_items=3, **_PLENTY)) == 7, "exactly enough is enough"
        assert len(engine.frequent(baskets, count + 1, max_items=3, **_PLENTY)) == 1, "one too few is too few"


def never_runs_away(engine: RuleMiner) -> None:
    """A basket of 50 items has more subsets than there is memory: the answer is a refusal with a cure, soon."""
    long = pack([list(range(50))], 50)
    must_refuse(lambda: engine.frequent(long, 1, max_items=50, max_itemsets=20_000, max_seconds=60), "one basket of 50")
    same = pack([list(range(50))] * 50, 50)
    must_refuse(lambda: engine.frequent(same, 50, max_items=50, max_itemsets=20_000, max_seconds=60), "50 times 50")
    must_refuse(lambda: engine.frequent(same, 2, max_items=50, max_itemsets=10**12, max_seconds=0.1), "no time left")
    try:  # an engine that cannot stop at short sets may refuse these too, but may not answer wrongly
        short = engine.frequent(same, 50, max_items=2, max_itemsets=20_000, max_seconds=30)
    except BadInput:
        return
    assert len(short) == 50 + 50 * 49 // 2, "all short sets of long baskets"


def refuses_what_does_not_fit(engine: RuleMiner) -> None:
    baskets = draw_baskets(5, 4, 3)
    must_refuse(lambda: engine.frequent(baskets, 0, max_items=3, **_PLENTY), "no support at all")
    must_refuse(lambda: engine.frequent(baskets, 1, max_items=0, **_PLENTY), "sets of no items")
    torn = Baskets(baskets.starts, baskets.items, baskets.names[:1])
    must_refuse(lambda: engine.frequent(torn, 1, max_items=3, **_PLENTY), "items without a name")
    torn = Baskets(baskets.starts[:-1], baskets.items, baskets.names)
    must_refuse(lambda: engine.frequent(torn, 1, max_items=3, **_PLENTY), "items in no basket")


def leaves_baskets_alone(engine: RuleMiner) -> None:
    baskets = draw_baskets(50, 8, 5)
    before = baskets.starts.copy(), baskets.items.copy()
    engine.frequent(baskets, 3, max_items=5, **_PLENTY)
    assert (baskets.starts == before[0]).all() and (baskets.items == before[1]).all(), "baskets stay as they were"  # noqa: PT018


def serves_many_at_once(engine: RuleMiner) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda seed: hold_to_truth(engine, draw_baskets(60, 10, 6, seed), 4), range(8)))


def hold_to_truth(engine: RuleMiner, baskets: Baskets, least_count: int, max_items: int = 20) -> None:
    """Compare one answer with the count of every subset of every basket."""
    found = engine.frequent(baskets, least_count, max_items=max_items, **_PLENTY)
    assert found.baskets == len(baskets), "it says how many baskets there were"
    for size, (items, counts) in enumerate(zip(found.items, found.counts, strict=True), 1):
        assert items.dtype == np.int32 and items.shape == (len(counts), size), "one row a set, by size"  # noqa: PT018
        assert counts.dtype == np.int64, "counts are int64"
        assert (np.diff(items, axis=1) > 0).all(), "the items of a row rise"
        assert [*map(tuple, items.tolist())] == sorted(map(tuple, items.tolist())), "rows are in order"
    assert as_counts(found) == brute_force(baskets, least_count, max_items), "all frequent sets, and their counts"


def as_counts(found: Itemsets) -> dict[tuple[int, ...], int]:
    """The sets as a table."""
    return {
        tuple(row): count
        for items, counts in zip(found.items, found.counts, strict=True)
        for row, count in zip(items.tolist(), counts.tolist(), strict=True)
    }


def brute_force(baskets: Baskets, least_count: int, max_items: int) -> dict[tuple[int, ...], int]:
    """Every subset of every basket, counted."""
    counts: dict[tuple[int, ...], int] = {}
    for start, end in zip(baskets.starts[:-1], baskets.starts[1:], strict=True):
        basket = sorted(baskets.items[start:end].tolist())
        for size in range(1, min(max_items, len(basket)) + 1):
            for subset in combinations(basket, size):
                counts[subset] = counts.get(subset, 0) + 1
    return {subset: count for subset, count in counts.items() if count >= least_count}


MINER_PROMISES: tuple[Callable[[RuleMiner], None], ...] = (
    finds_what_is_frequent,
    keeps_to_the_size,
    finds_nothing_in_nothing,
    takes_items_in_any_order,
    counts_on_the_border,
    never_runs_away,
    refuses_what_does_not_fit,
    leaves_baskets_alone,
    serves_many_at_once,
)
