"""Looks as goods: what a product looks like, in tags, so that "striped + white ground" can be bought together too.

A product's look is up to four tags: its category, main colour, pattern, and the ground of its cover photo. Every one,
two or three of them together make an item, beside the product itself. Two items count as bought together in a basket
only where two different products carry them: that a striped shirt is striped is no rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopsight.insight.factors import VERSION
from shopsight.insight.rules import (
    DEFAULT_LIMITS,
    LEAST_TOGETHER,
    Limits,
    Rule,
    RuleBook,
    best_first,
    chance_p,
    check_baskets,
    least_count,
)
from shopsight.protocols import RuleMiner
from shopsight.types import Baskets, Product, Sight

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from shopsight.catalogue.store import Catalogue

MOST_TAGS = 3
"""Tags that one item joins at most."""
WHITE, OTHER = 0.6, 0.2
"""Share of the ground that is white from which a ground is called white, and below which it is called coloured."""
JOIN = " + "

Tags = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of how a product looks; empty where it is not."""

    category: str = ""
    colour: str = ""
    pattern: str = ""
    ground: str = ""

    @property
    def tags(self) -> Tags:
        return tuple(tag for tag in (self.pattern, self.colour, self.category, self.ground) if tag)


def read_looks(catalogue: Catalogue, space: str, skus: Sequence[str]) -> dict[str, Look]:
    """The looks of those products that the shop knows, by SKU: what it says of them, else what was seen in the cover.

    The ground is known where the cover's factors were measured.
    """
    products = catalogue.products(skus)
    covers = [product.photos[0] for product in products.values() if product.photos]
    _, seen = catalogue.hits(space, (), covers)
    measured = catalogue.factors(VERSION, covers)
    return {sku: look_of(product, seen, measured) for sku, product in products.items()}


def look_of(product: Product, seen: Mapping[str, Sight], measured: Mapping[str, Mapping[str, float]]) -> Look:
    """One product's look; `seen` and `measured` are by photo id."""
    cover = product.photos[0] if product.photos else ""
    sight = seen.get(cover)
    colour = product.attributes.get("colour", "") or (sight.colours[0].label if sight and sight.colours else "")
    category = product.category or (sight.categories[0].label if sight and sight.categories else "")
    pattern = product.attributes.get("pattern", "") or (sight.pattern if sight else "")
    white = measured.get(cover, {}).get("white_ground")
    return Look(category, colour.casefold(), pattern.casefold(), _ground(white))


def _ground(white: float | None) -> str:
    if white is None or OTHER <= white < WHITE:
        return ""
    return "white ground" if white >= WHITE else "coloured ground"


@cache
def joined(tags: Tags) -> tuple[str, ...]:
    """All items that a look makes.

    >>> joined(("striped", "Shirt"))
    ('striped', 'Shirt', 'striped + Shirt')
    """
    return tuple(JOIN.join(some) for size in range(1, MOST_TAGS + 1) for some in combinations(tags, size))


def find_look_rules(
    baskets: Baskets,
    looks: Mapping[str, Look],
    miner: RuleMiner,
    min_support: float,
    min_confidence: float,
    *,
    keep_redundant: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> RuleBook:
    """Rules from one look or product to another, over the baskets that hold two products whose look is known.

    Raises as `find_rules` does.
    """
    shown = _show(baskets, looks)
    check_baskets(len(shown.baskets), min_support, min_confidence)
    least = max(LEAST_TOGETHER, least_count(min_support, len(shown.baskets)))
    found = miner.frequent(
        shown.baskets, least, max_items=2, max_itemsets=limits.max_itemsets, max_seconds=limits.max_seconds
    )
    if len(found.items) < 2:
        return RuleBook((), len(shown.baskets), len(found), 0, 0, least, min_support, min_confidence)
    singles = dict(zip(found.items[0][:, 0].tolist(), found.counts[0].tolist(), strict=True))
    pairs, together = found.items[1], found.counts[1] - _alone(shown, found.items[1])
    apart = np.array([_are_apart(shown, x, y) for x, y in pairs.tolist()], bool) & (together >= least)
    both = np.concatenate([pairs[apart], pairs[apart][:, ::-1]])
    counts = np.concatenate([together[apart], together[apart]])
    sure = {
        (x, y): (t, singles[x])
        for (x, y), t in zip(both.tolist(), counts.tolist(), strict=True)
        if t >= least_count(min_confidence, singles[x])
    }
    kept = (
        sure if keep_redundant else {xy: tx for xy, tx in sure.items() if not _says_no_more(shown, xy, sure, singles)}
    )
    rules = _rules(shown, kept, singles, len(both))
    redundant = len(sure) - len(kept)
    return RuleBook(rules, len(shown.baskets), len(found), len(both), redundant, least, min_support, min_confidence)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Baskets of items that are looks and products. `tags[i]` is what item i says, its product's whole look and SKU for
    a product; `carried` is `(occurrences, items)`: what each product in each basket alone carries there."""

    baskets: Baskets
    tags: tuple[frozenset[str], ...]
    carried: csr_array
    numbers: Mapping[frozenset[str], int]


def _show(baskets: Baskets, looks: Mapping[str, Look]) -> _Shown:
    from scipy.sparse import csr_array

    known = np.array([sku in looks for sku in baskets.names], bool)
    carries = [(*joined(looks[sku].tags), sku) if sku in looks else () for sku in baskets.names]
    names = sorted({name for items in carries for name in items})
    numbers = {name: number for number, name in enumerate(names)}
    tags = {name: frozenset(name.split(JOIN)) for name in names}
    tags |= {sku: frozenset((*looks[sku].tags, sku)) for sku in baskets.names if sku in looks}
    items = [np.array([numbers[name] for name in some], np.int64) for some in carries]
    owners = np.repeat(np.arange(len(baskets)), np.diff(baskets.starts))
    taken, owners = baskets.items[known[baskets.items]], owners[known[baskets.items]]
    full = np.bincount(owners, minlength=len(baskets)) >= 2
    taken, owners = taken[full[owners]], np.unique(owners[full[owners]], return_inverse=True)[1]
    width = np.array([len(some) for some in items], np.int64)
    ends = np.concatenate([items[good] for good in taken.tolist()]) if len(taken) else np.zeros(0, np.int64)
    starts = np.concatenate([[0], np.cumsum(width[taken])])
    lines = csr_array((np.ones(len(ends), np.int32), ends, starts), shape=(len(taken), len(names)))
    rows = (np.ones(len(taken), np.int32), (owners, np.arange(len(taken))))
    times = csr_array(rows, shape=(int(owners.max(initial=-1)) + 1, len(taken))) @ lines
    times.sort_indices()
    packed = Baskets(times.indptr.astype(np.int64), times.indices.astype(np.int32), tuple(names))
    here = np.repeat(np.arange(len(taken)), np.diff(lines.indptr))
    # Picking nothing out of a sparse array gives a sparse array, which compares otherwise.
    alone = np.asarray(times[owners[here], lines.indices]).ravel() == 1 if len(here) else np.zeros(0, bool)
    carried = csr_array((np.ones(int(alone.sum()), np.int64), (here[alone], ends[alone])), shape=lines.shape)
    return _Shown(packed, tuple(tags[name] for name in names), carried, {tags[name]: numbers[name] for name in names})


def _alone(shown: _Shown, pairs: NDArray[np.int32]) -> NDArray[np.int64]:
    """In how many baskets both items of each pair are there only because one and the same product carries both."""
    used = np.unique(pairs)
    part = shown.carried[:, used].tocsc()
    same = (part.T @ part).tocsr()
    places = np.searchsorted(used, pairs)
    return np.asarray(same[places[:, 0], places[:, 1]]).ravel().astype(np.int64)


def _are_apart(shown: _Shown, x: int, y: int) -> bool:
    """Neither says all that the other says: "striped, then striped shirt" would only repeat itself."""
    return not (shown.tags[x] <= shown.tags[y] or shown.tags[y] <= shown.tags[x])


def _says_no_more(
    shown: _Shown, rule: tuple[int, int], sure: Mapping[tuple[int, int], tuple[int, int]], singles: Mapping[int, int]
) -> bool:
    """Whether a look that says less on the left, or nothing at all, gives the right side at least as surely."""
    (x, y), (together, with_left) = rule, sure[rule]
    if singles[y] * with_left >= together * len(shown.baskets):
        return True
    tags = sorted(shown.tags[x])
    for size in range(1, min(len(tags) - 1, MOST_TAGS) + 1):
        for some in combinations(tags, size):
            wider = sure.get((shown.numbers.get(frozenset(some), -1), y))
            if wider and wider[0] * with_left >= together * wider[1]:
                return True
    return False


def _rules(
    shown: _Shown, kept: Mapping[tuple[int, int], tuple[int, int]], singles: Mapping[int, int], looked_at: int
) -> tuple[Rule, ...]:
    names, total = shown.baskets.names, len(shown.baskets)
    rights = [singles[y] for _, y in kept]
    columns = np.array([(t, a) for t, a in kept.values()], np.int64).reshape(-1, 2)
    p_values = chance_p(columns[:, 0], columns[:, 1], np.array(rights, np.int64), total).tolist()
    rules = [
        Rule((names[x],), names[y], t, a, b, total, p, min(1.0, p * looked_at))
        for ((x, y), (t, a)), b, p in zip(kept.items(), rights, p_values, strict=True)
    ]
    return best_first(rules)
