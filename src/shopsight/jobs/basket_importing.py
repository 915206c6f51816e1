"""Brings baskets into the shop, batch by batch: safe to stop and to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from shopsight.catalogue.baskets import Basket
from shopsight.catalogue.importers.baskets import open_baskets
from shopsight.catalogue.products import Changes, batches
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Rejection

if TYPE_CHECKING:
    from shopsight.shop import Shop

BATCH = 2000
"""Baskets committed in one transaction: the most that a kill makes the next run take again."""


@dataclass(frozen=True, slots=True)
class BasketReport:
    """What an import of baskets did. `goods` counts the different SKUs, `strangers` those of them that the shop does
    not sell: they count in rules, under their number."""

    added: int
    changed: int
    unchanged: int
    goods: int
    strangers: int
    rejected: tuple[Rejection, ...]
    seconds: float
    kind: str
    mapping: Mapping[str, str]

    @property
    def baskets(self) -> int:
        return self.added + self.changed + self.unchanged


def import_baskets(
    shop: Shop,
    path: Path | str,
    *,
    kind: str = "",
    mapping: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> BasketReport:
    """Import a file of baskets (see `open_baskets`). A basket with a known number is replaced when it differs.

    What cannot be taken is a rejection and never stops the rest. Raises `NotFound`, `BadSource`, `Busy`, `NoRoom`.
    """
    began, path = perf_counter(), Path(path)
    source = open_baskets(path, kind=kind, mapping=mapping)
    rejected: list[Rejection] = []
    goods: set[str] = set()
    changes, done = Changes(), 0
    for batch in batches(source, BATCH):
        found = [item for item in batch if isinstance(item, Basket)]
        rejected += [item for item in batch if isinstance(item, Rejection)]
        changes += shop.catalogue.keep_baskets(found, str(path.expanduser().resolve()))
        goods.update(sku for basket in found for sku in basket.lines)
        done += len(batch)
        progress("baskets", done, None)
    known = sum(len(shop.catalogue.products(some)) for some in batches(sorted(goods)))
    return BasketReport(
        changes.added, changes.changed, changes.unchanged, len(goods), len(goods) - known, tuple(rejected),
        perf_counter() - began, source.kind, source.mapping,
    )  # fmt: skip
