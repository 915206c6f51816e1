"""Frequent itemsets, exactly: one rare item after the other, its baskets as rows of bits.

Items are ordered from rare to frequent. For each item the baskets that hold it are gathered with the more frequent
items beside it (FP-growth's conditional baskets; Han, Pei, Yin 2000); what is frequent there becomes rows of bits, one
bit a basket, and larger sets are counted by AND and population count (Eclat; Zaki 2000). No tree is built, and
memory is that of the baskets and of one item's bits.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.errors import BadInput
from shopsight.types import Baskets, Itemsets

Numbers = NDArray[np.int64]
Bits = NDArray[np.uint64]
"""`(K, W) uint64`: one row an item, one bit a basket."""
MOST_ITEMS = 100
"""The longest set that may be asked for; one of 30 has a thousand million subsets already."""
_WORDS_AT_ONCE = 1 << 18
"""Words of 64 baskets that one AND makes at most: 2 MB, so that it stays near the processor."""


class Bitset:
    """Mines in this process, on one core."""

    def __init__(self, record: Record | None = None, threads: int = 0) -> None:
        """`record` and `threads` are taken only because every engine is called with them."""

    def frequent(
        self, baskets: Baskets, least_count: int, *, max_items: int, max_itemsets: int, max_seconds: float
    ) -> Itemsets:
        """Every set of 1 to `max_items` items that at least `least_count` baskets hold; see `RuleMiner`."""
        check(baskets, least_count, max_items)
        found = _Found(least_count, max_items, max_itemsets, monotonic() + max_seconds)
        shelf = _Shelf.of(baskets, least_count)
        found.add((), shelf.names, shelf.counts)
        if max_items > 1:
            for rank in range(len(shelf.names) - 1):
                _grow_from(shelf, rank, found)
        return found.itemsets(len(baskets))


def check(baskets: Baskets, least_count: int, max_items: int) -> None:
    """Raises `BadInput` for what no miner can work with."""
    if least_count < 1:
        raise BadInput("least_count", f"{least_count} baskets is no support", "Ask for at least 1 basket.")
    if not 1 <= max_items <= MOST_ITEMS:
        raise BadInput("max_items", f"sets of {max_items} items cannot be asked for", f"Ask for 1 to {MOST_ITEMS}.")
    starts, items = baskets.starts, baskets.items
    whole = len(starts) and starts[0] == 0 and starts[-1] == len(items) and (np.diff(starts) >= 0).all()
    if not whole or (len(items) and not 0 <= items.min() <= items.max() < len(baskets.names)):
        raise BadInput("baskets", "starts, items and names do not belong together", "Make them with count_baskets.")


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The baskets with only their frequent items, numbered by rank from rare to frequent, both ways round.

    `items[starts[b]:starts[b + 1]]` are the ranks in basket b, rising. `after[places[r]:places[r + 1]]` says where in
    `items` the ranks above r begin, one number a basket that holds r, and `ends` where that basket ends. `names[r]` is
    the item's number outside, `counts[r]` its baskets.
    """

    items: NDArray[np.int32]
    places: Numbers
    after: Numbers
    ends: Numbers
    names: NDArray[np.int32]
    counts: Numbers

    @classmethod
    def of(cls, baskets: Baskets, least_count: int) -> _Shelf:
        from scipy.sparse import csr_array  # turns a table in a pass of counting; a sort takes ten times as long

        counts = np.bincount(baskets.items, minlength=len(baskets.names))
        enough = np.flatnonzero(counts >= least_count)
        names: NDArray[np.int32] = enough[np.argsort(counts[enough], kind="stable")].astype(np.int32)
        ranks = np.full(len(baskets.names), -1, np.int32)
        ranks[names] = np.arange(len(names), dtype=np.int32)
        items = ranks[baskets.items]
        kept = np.concatenate([[0], np.cumsum(items >= 0)])
        items, starts = items[items >= 0], kept[baskets.starts]
        table = csr_array((np.ones(len(items), bool), items, starts), shape=(len(baskets), len(names)))
        table = table.tocsc().tocsr()  # there and back: the ranks of every basket rise
        ordered, starts = table.indices, table.indptr.astype(np.int64)
        by_rank = csr_array((np.arange(1, len(items) + 1), ordered, starts), shape=table.shape).tocsc()
        ends = starts[by_rank.indices.astype(np.int64) + 1]
        return cls(ordered, by_rank.indptr.astype(np.int64), by_rank.data, ends, names, counts[names].astype(np.int64))


@dataclass(slots=True)
class _Found:
    """What was found so far, by prefix; stops the work when it becomes too much."""

    least_count: int
    max_items: int
    max_itemsets: int
    until: float
    total: int = 0
    prefixes: dict[int, list[tuple[int, ...]]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[int, list[NDArray[np.int32]]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[int, list[Numbers]] = field(default_factory=lambda: defaultdict(list))

    def add(self, prefix: tuple[int, ...], ends: NDArray[np.int32], counts: Numbers) -> None:
        """Notes the sets of `prefix` and one of `ends` each."""
        self.total += len(ends)
        if self.total > self.max_itemsets:
            raise BadInput(
                "rules",
                f"more than {self.max_itemsets:,} sets of items lie in at least {self.least_count} baskets",
                "Raise the minimum support, or allow fewer items in a set.",
            )
        size = len(prefix) + 1
        self.prefixes[size].append(prefix)
        self.ends[size].append(ends)
        self.counts[size].append(counts)

    def look_at_the_clock(self) -> None:
        if monotonic() > self.until:
            raise BadInput(
                "rules",
                f"the time is over, with {self.total:,} sets of items found so far",
                "Raise the minimum support, allow fewer items in a set, or allow more seconds.",
            )

    def itemsets(self, baskets: int) -> Itemsets:
        """All of it as arrays, every row rising, rows in order."""
        sizes = [size for size in sorted(self.ends) if any(map(len, self.ends[size]))]
        levels = [self._level(size) for size in sizes]
        return Itemsets(baskets, tuple(rows for rows, _ in levels), tuple(counts for _, counts in levels))

    def _level(self, size: int) -> tuple[NDArray[np.int32], Numbers]:
        ends, lengths = self.ends[size], [len(end) for end in self.ends[size]]
        prefixes = np.array(self.prefixes[size], np.int32).reshape(len(ends), size - 1)
        rows = np.column_stack([np.repeat(prefixes, lengths, axis=0), np.concatenate(ends)])
        rows.sort(axis=1)
        order = np.lexsort(rows.T[::-1])
        return rows[order], np.concatenate(self.counts[size])[order]


def _grow_from(shelf: _Shelf, rank: int, found: _Found) -> None:
    """Every frequent set whose rarest item is this one."""
    found.look_at_the_clock()
    held = slice(shelf.places[rank], shelf.places[rank + 1])
    places, owners = _gather(shelf.after[held], shelf.ends[held])
    items = shelf.items[places]
    counts = np.bincount(items, minlength=len(shelf.names))
    others = np.flatnonzero(counts >= found.least_count)
    if not len(others):
        return
    prefix = (int(shelf.names[rank]),)
    found.add(prefix, shelf.names[others], counts[others].astype(np.int64))
    if len(others) > 1 and found.max_items > 2:
        _grow(
            prefix, shelf.names[others], _bits(others, items, owners, held.stop - held.start, len(shelf.names)), found
        )


def _bits(others: Numbers, items: NDArray[np.int32], owners: Numbers, baskets: int, ranks: int) -> Bits:
    """A row of bits for each of `others`: in which of the gathered baskets it lies."""
    rows = np.full(ranks, -1, np.int64)
    rows[others] = np.arange(len(others))
    row = rows[items]
    flags = np.zeros((len(others), -(-baskets // 64) * 64), np.uint8)
    flags[row[row >= 0], owners[row >= 0]] = 1
    return np.packbits(flags, axis=1).view(np.uint64)


def _grow(prefix: tuple[int, ...], names: NDArray[np.int32], bits: Bits, found: _Found) -> None:
    """Every frequent set of `prefix` and two or more of `names`, given where each of these lies beside the prefix."""
    found.look_at_the_clock()
    step = max(1, _WORDS_AT_ONCE // bits.size)
    for start in range(0, len(names) - 1, step):
        some = bits[start : start + step, None] & bits[None, start + 1 :]
        together = np.bitwise_count(some).sum(axis=2, dtype=np.int64)
        for place, row in enumerate(together):
            later = place + np.flatnonzero(row[place:] >= found.least_count)
            if not len(later):
                continue
            longer, ends = (*prefix, int(names[start + place])), names[start + 1 + later]
            found.add(longer, ends, row[later])
            if len(later) > 1 and len(longer) + 2 <= found.max_items:
                _grow(longer, ends, some[place, later], found)


def _gather(starts: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
    """All places of the runs from `starts` to `ends`, and which run (0, 1, ...) each belongs to."""
    lengths = ends - starts
    owners = np.repeat(np.arange(len(starts)), lengths)
    return np.arange(len(owners)) + (starts - np.cumsum(lengths) + lengths)[owners], owners
