"""Rules: who buys this also buys that. Exact counts, and for each what they are worth.

For n baskets, of which a hold the left side, b the right one and t both: support t/n, confidence t/a, lift
(t/a)/(b/n), leverage t/n - a/n * b/n (Piatetsky-Shapiro 1991), conviction (1 - b/n) / (1 - t/a) (Brin et al. 1997), and
Fisher's exact p-value that both lie together this often or more by chance (one-sided hypergeometric).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput, TooLittleData
from shopsight.protocols import RuleMiner
from shopsight.types import Baskets, Estimate, Itemsets

Counts = NDArray[np.int64]
LEAST_BASKETS = 20
"""Fewer baskets than this give no rule."""
LEAST_TOGETHER = 2
"""What lies together in one basket only is an event, not a rule."""
NO_NAMES: Mapping[str, str] = MappingProxyType({})
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has all of `left` also has `right`.

    `together` baskets hold both, `with_left` the left side, `with_right` the right one, of `baskets` in all.
    `p_value` is Fisher's; `p_corrected` is it times the number of rules that were looked at (Bonferroni), at most 1.
    """

    left: tuple[str, ...]
    right: str
    together: int
    with_left: int
    with_right: int
    baskets: int
    p_value: float
    p_corrected: float

    @property
    def support(self) -> Estimate:
        """The share of all baskets that hold both sides."""
        return share(self.together, self.baskets)

    @property
    def confidence(self) -> Estimate:
        """The share of the baskets with the left side that hold the right one too."""
        return share(self.together, self.with_left)

    @property
    def lift(self) -> Estimate:
        """How many times as often as in all baskets the right side lies beside the left one; 1 means: no more often."""
        return lift_of(self.together, self.with_left, self.with_right, self.baskets)

    @property
    def leverage(self) -> float:
        return self.together / self.baskets - self.with_left * self.with_right / self.baskets**2

    @property
    def conviction(self) -> float:
        """Infinite where the left side never lies without the right one."""
        missing = 1 - self.together / self.with_left
        return (1 - self.with_right / self.baskets) / missing if missing else math.inf


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of some baskets above two thresholds, by lift, and what was left out.

    `itemsets` frequent sets were found in `baskets` baskets; `looked_at` rules could be made of them, `redundant` of
    those that passed were dropped because a shorter left side says the same at least as surely. `names` are what people
    call the items, where they are called otherwise.
    """

    rules: tuple[Rule, ...]
    baskets: int
    itemsets: int
    looked_at: int
    redundant: int
    least_count: int
    min_support: float
    min_confidence: float
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the search for rules stops with an error instead of running on."""

    max_items: int = 8
    max_itemsets: int = 1_000_000
    max_seconds: float = 60.0


DEFAULT_LIMITS = Limits()


def pack_baskets(baskets: Iterable[Iterable[str]]) -> Baskets:
    """Lists of names as `Baskets`: names sorted, each once a basket.

    >>> pack_baskets([["b", "a", "b"], ["a"]]).names
    ('a', 'b')
    """
    kept = [sorted(set(basket)) for basket in baskets]
    names = sorted({name for basket in kept for name in basket})
    numbers = {name: number for number, name in enumerate(names)}
    items = np.array([numbers[name] for basket in kept for name in basket], np.int32)
    return Baskets(np.cumsum([0, *map(len, kept)]).astype(np.int64), items, tuple(names))


def find_rules(
    baskets: Baskets,
    miner: RuleMiner,
    min_support: float,
    min_confidence: float,
    *,
    keep_redundant: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    least_together: int = LEAST_TOGETHER,
) -> RuleBook:
    """All rules with one item on the right, at least `min_support` (0-1) and `min_confidence` (0-1), best lift first.

    Thresholds are taken as they are written: 0.1 of 30 baskets is 3 baskets. Raises `TooLittleData` for fewer than
    `LEAST_BASKETS` baskets, `BadInput` for thresholds that are no shares and where the limits are reached.
    """
    check_baskets(len(baskets), min_support, min_confidence)
    least = max(least_together, least_count(min_support, len(baskets)))
    found = miner.frequent(
        baskets, least, max_items=limits.max_items, max_itemsets=limits.max_itemsets, max_seconds=limits.max_seconds
    )
    table = _Lookup(found, len(baskets.names))
    kept = [_passing(table, size, min_confidence, keep_redundant) for size in range(2, len(found.items) + 1)]
    looked_at = sum(size * len(found.counts[size - 1]) for size in range(2, len(found.items) + 1))
    rules = best_first([rule for some in kept for rule in some.rules(baskets, looked_at)])
    redundant = sum(some.redundant for some in kept)
    return RuleBook(rules, len(baskets), len(found), looked_at, redundant, least, min_support, min_confidence)


def check_baskets(baskets: int, min_support: float, min_confidence: float) -> None:
    """Raises `BadInput` for thresholds that are no shares, `TooLittleData` for too few baskets."""
    for name, value in (("min support", min_support), ("min confidence", min_confidence)):
        if not 0 < value <= 1:
            raise BadInput(name, f"{value:g} is no share", "Give a number above 0 and up to 1, such as 0.01.")
    if baskets < LEAST_BASKETS:
        reason = f"{baskets} baskets are too few to tell a habit from chance"
        cure = f"Bring in {LEAST_BASKETS - baskets} more with `shopsight baskets import FILE`."
        raise TooLittleData("rules", reason, cure)


def least_count(min_share: float, rows: int) -> int:
    """The smallest count that is at least this share of the rows, for the share as it is written.

    >>> least_count(0.07, 100), least_count(0.001, 9835), 0.07 * 100
    (7, 10, 7.000000000000001)
    """
    return math.ceil(Fraction(repr(min_share)) * rows)


def share(part: int, whole: int) -> Estimate:
    """A share with its 95 % range (Wilson 1927)."""
    at, square = part / whole, _Z**2 / whole
    middle, half = at + square / 2, _Z * math.sqrt(at * (1 - at) / whole + square / whole / 4)
    low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
    return Estimate(at, max(0.0, min(low, at)), min(1.0, max(high, at)), whole, "estimated from logs")


def lift_of(together: int, with_left: int, with_right: int, baskets: int) -> Estimate:
    """The lift with its 95 % range: normal on the log scale, variance by the delta method for multinomial counts."""
    lift = together * baskets / (with_left * with_right)
    variance = 1 / together - 1 / with_left - 1 / with_right + (2 * lift - 1) / baskets
    reach = math.exp(_Z * math.sqrt(max(variance, 0.0)))
    return Estimate(lift, lift / reach, lift * reach, baskets, "estimated from logs")


def chance_p(together: Counts, with_left: Counts, with_right: Counts, baskets: int) -> NDArray[np.float64]:
    """Fisher's one-sided p-value: how likely so many baskets hold both sides if neither knew of the other.

    The hypergeometric tail, summed outwards from its largest term by the ratio of neighbours; below the mean the other
    tail is summed and taken from 1, so that terms only shrink.
    """
    t, a, b = (counts.astype(np.float64) for counts in (together, with_left, with_right))
    rest = baskets - a - b
    above = t * baskets >= a * b
    at = np.where(above, t, t - 1)
    term = np.where(at + np.minimum(rest, 0) >= 0, np.exp(_log_chance(at, a, b, baskets)), 0.0)
    total = np.zeros(len(t))
    while (term > total * 1e-17).any():
        total = total + term
        up = (a - at) * (b - at) / (np.maximum(at + 1, 1) * np.maximum(rest + at + 1, 1))
        down = at * np.maximum(rest + at, 0) / np.maximum((a - at + 1) * (b - at + 1), 1)
        term, at = term * np.where(above, up, down), at + np.where(above, 1, -1)
    return np.clip(np.where(above, total, 1 - total), 0.0, 1.0)


def _log_chance(t: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """The logarithm of the hypergeometric probability of exactly t."""
    from scipy.special import gammaln

    ways = (gammaln(x + 1) for x in (a, b, n - a, n - b))
    parts = (gammaln(np.maximum(x, 0) + 1) for x in (t, a - t, b - t, n - a - b + t))
    return np.asarray(sum(ways) - gammaln(n + 1) - sum(parts), np.float64)


def say(rule: Rule, names: Mapping[str, str] = NO_NAMES) -> str:
    """The rule in plain words, with the counts behind it; `names` are what people call the items."""
    left, right = listed([names.get(item, item) for item in rule.left]), names.get(rule.right, rule.right)
    times = rule.lift.value
    often = f"{times:.1f} times as often as all" if times >= 1.05 else "no more often than all"
    if times < 0.95:
        often = f"only {times:.2f} times as often as all"
    return f"Who buys {left} also buys {right}: {often} ({rule.together:,} of {rule.with_left:,} baskets)"


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence.

    >>> listed(("a",)), listed(("a", "b", "c"))
    ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def best_first(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """By lift, then by how often; equal ones by name."""

    def order(rule: Rule) -> tuple[Fraction, int, tuple[str, ...], str]:
        return Fraction(-rule.together, rule.with_left * rule.with_right), -rule.together, rule.left, rule.right

    return tuple(sorted(rules, key=order))


class _Lookup:
    """Finds the counts of sets fast: a set is its first items' row in the level above, and its last item."""

    def __init__(self, found: Itemsets, items: int) -> None:
        self.found, self.items = found, items
        self._keys: list[Counts] = []
        for rows in found.items:
            self._keys.append(self._rows_of(rows[:, :-1]) * items + rows[:, -1])

    def _rows_of(self, sets: NDArray[np.int32]) -> Counts:
        """The row of each set in its level; every set must be frequent. The empty set is row 0 of its own."""
        rows = np.zeros(len(sets), np.int64)
        for size in range(sets.shape[1]):
            rows = np.searchsorted(self._keys[size], rows * self.items + sets[:, size])
        return rows

    def counts_of(self, sets: NDArray[np.int32]) -> Counts:
        """How many baskets hold each set `(M, k)`; of nothing, all do."""
        if not sets.shape[1]:
            return np.full(len(sets), self.found.baskets, np.int64)
        counts: Counts = self.found.counts[sets.shape[1] - 1][self._rows_of(sets)]
        return counts


@dataclass(frozen=True, slots=True)
class _Passing:
    """Rules of one size as arrays: `left` `(M, k - 1)`, `right`, `together`, `with_left`, `with_right` `(M,)`."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    together: Counts
    with_left: Counts
    with_right: Counts
    redundant: int

    def rules(self, baskets: Baskets, looked_at: int) -> Iterator[Rule]:
        if not len(self.together):
            return
        p_values = chance_p(self.together, self.with_left, self.with_right, len(baskets))
        columns = (self.left, self.right, self.together, self.with_left, self.with_right, p_values)
        for left, right, together, a, b, p in zip(*(column.tolist() for column in columns), strict=True):
            names = tuple(baskets.names[item] for item in left)
            corrected = min(1.0, p * looked_at)
            yield Rule(names, baskets.names[right], together, a, b, len(baskets), p, corrected)


def _passing(table: _Lookup, size: int, min_confidence: float, keep_redundant: bool) -> _Passing:
    """The rules of one size that are sure enough; redundant ones counted, and dropped unless they are wanted."""
    sets, counts = table.found.items[size - 1], table.found.counts[size - 1]
    left = np.concatenate([np.delete(sets, place, axis=1) for place in range(size)])
    right, together = sets.T.reshape(-1), np.tile(counts, size)
    with_left = table.counts_of(left)
    sure = together >= _least_of(with_left, min_confidence)
    left, right, together, with_left = left[sure], right[sure], together[sure], with_left[sure]
    redundant = _redundant(table, left, right, together, with_left)
    keep = np.full(len(left), True) if keep_redundant else ~redundant
    dropped = 0 if keep_redundant else int(redundant.sum())
    with_right = table.counts_of(right[keep, None])
    return _Passing(left[keep], right[keep], together[keep], with_left[keep], with_right, dropped)


def _least_of(with_left: Counts, min_confidence: float) -> Counts:
    """How many of so many baskets a rule needs, without a rounding that could lose the border."""
    distinct, places = np.unique(with_left, return_inverse=True)
    return np.array([least_count(min_confidence, int(rows)) for rows in distinct], np.int64)[places]


def _redundant(
    table: _Lookup, left: NDArray[np.int32], right: NDArray[np.int32], together: Counts, with_left: Counts
) -> NDArray[np.bool_]:
    """Whether a proper part of the left side, down to nothing, gives the right side at least as surely (Bayardo 2000).

    Every part of every left side is looked at: 2^k of them for k items, in whole columns at a time.
    """
    width = left.shape[1]
    found = np.zeros(len(left), bool)
    for kept in range(2**width - 1):
        part = left[:, [place for place in range(width) if kept >> place & 1]]
        both = np.sort(np.column_stack([part, right]), axis=1)
        # t'/a' >= t/a in whole numbers: no rounding decides.
        found |= table.counts_of(both) * with_left >= together * table.counts_of(part)
    return found
