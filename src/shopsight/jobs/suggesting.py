"""Makes suggestions for all products, or some, from what the engine saw in their photos. Safe to stop and to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from shopsight.catalogue.products import batches
from shopsight.catalogue.suggestions import Kept
from shopsight.jobs.progress import Progress, silent
from shopsight.recognise.known import is_known
from shopsight.recognise.suggest import suggest

if TYPE_CHECKING:
    from shopsight.shop import Shop

BATCH = 200


@dataclass(frozen=True, slots=True)
class SuggestReport:
    """What suggesting did. `unseen` products have no photo that was looked at, `unknown` none of a known product."""

    products: int
    added: int
    renewed: int
    decided: int
    unseen: int
    unknown: int
    seconds: float


def suggest_all(
    shop: Shop, skus: Sequence[str] | None = None, *, restate: bool = False, progress: Progress = silent
) -> SuggestReport:
    """Suggest category, colour and pattern where products do not state them (`restate`: also where they differ).

    Each batch is kept before the next begins. Unknown SKUs are left out.
    """
    began = perf_counter()
    wanted = shop.catalogue.skus() if skus is None else list(dict.fromkeys(skus))
    kept, done, told, unseen, unknown = Kept(), 0, 0, 0, 0
    progress("suggesting", 0, len(wanted))
    for batch in batches(wanted, BATCH):
        products = shop.catalogue.products(batch)
        seen = shop.catalogue.sights(shop.engine.space, [photo for p in products.values() for photo in p.photos])
        known = frozenset(p for p, s in seen.items() if is_known(s, shop.engine.space, shop.engine.parts))
        ideas = []
        for product in products.values():
            mine = {photo: seen[photo] for photo in product.photos if photo in seen}
            unseen += not mine
            unknown += bool(mine) and not known & mine.keys()
            ideas += suggest(product, mine, known, restate=restate)
        kept += shop.catalogue.suggest(ideas, shop.engine.space)
        done, told = done + len(batch), told + len(products)
        progress("suggesting", done, len(wanted))
    return SuggestReport(told, kept.added, kept.renewed, kept.decided, unseen, unknown, perf_counter() - began)
