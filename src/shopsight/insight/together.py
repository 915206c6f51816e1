"""What is bought together, at the level that was asked for: products, categories or looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from shopsight.errors import BadInput
from shopsight.insight.looks import find_look_rules, read_looks
from shopsight.insight.rules import DEFAULT_LIMITS, Limits, RuleBook, find_rules
from shopsight.protocols import RuleMiner
from shopsight.types import Baskets, Product

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue

Level = Literal["product", "category", "look"]
LEVELS: tuple[Level, ...] = get_args(Level)


def rules_at(
    level: Level,
    catalogue: Catalogue,
    space: str,
    baskets: Baskets,
    miner: RuleMiner,
    min_support: float,
    min_confidence: float,
    *,
    keep_redundant: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> RuleBook:
    """The rules of the shop's baskets; items are SKUs, category names or looks, `names` says how people call them.

    Products that the shop does not know count under their SKU at the level product, and not at the others. Raises as
    `find_rules` does, `BadInput` for another level.
    """
    if level not in LEVELS:
        raise BadInput(f"level {level}", "there is no such level", f"Choose one of {', '.join(LEVELS)}.")
    skus = baskets.names
    if level == "product":
        found = find_rules(baskets, miner, min_support, min_confidence, keep_redundant=keep_redundant, limits=limits)
        used = sorted({item for rule in found.rules for item in (*rule.left, rule.right)})
        return replace(found, names=call_products(catalogue.products(used)))
    looks = read_looks(catalogue, space, skus)
    if level == "category":
        coarser = renamed(baskets, {sku: look.category for sku, look in looks.items() if look.category})
        return find_rules(coarser, miner, min_support, min_confidence, keep_redundant=keep_redundant, limits=limits)
    found = find_look_rules(
        baskets, looks, miner, min_support, min_confidence, keep_redundant=keep_redundant, limits=limits
    )
    return replace(found, names=call_products(catalogue.products(skus)))


def call_products(products: Mapping[str, Product]) -> dict[str, str]:
    """What people call products, by SKU: the title, and the SKU behind it where several have that title."""
    often = Counter(product.title for product in products.values())
    return {sku: p.title if often[p.title] == 1 else f"{p.title} ({sku})" for sku, p in products.items()}


def renamed(baskets: Baskets, names: Mapping[str, str]) -> Baskets:
    """Baskets of coarser items, such as categories: each once a basket; what has no name is left out, and so are
    baskets in which nothing is left.

    >>> from shopsight.insight.rules import pack_baskets
    >>> renamed(pack_baskets([["a", "b", "c"], ["d"]]), {"a": "Shirt", "b": "Shirt", "c": "Hat"}).items.tolist()
    [0, 1]
    """
    kept = sorted(set(names.values()))
    places = {name: place for place, name in enumerate(kept)}
    codes = np.array([places[names[sku]] if sku in names else -1 for sku in baskets.names], np.int64)
    items = codes[baskets.items]
    owners = np.repeat(np.arange(len(baskets), dtype=np.int64), np.diff(baskets.starts))
    distinct = np.unique(owners[items >= 0] * max(1, len(kept)) + items[items >= 0])
    owners, items = np.divmod(distinct, max(1, len(kept)))
    _, starts = np.unique(owners, return_index=True)
    return Baskets(np.append(starts, len(items)).astype(np.int64), items.astype(np.int32), tuple(kept))
