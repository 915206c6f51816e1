"""Measures every photo in use that was not measured yet; each batch is kept before the next begins.

The product is told from its ground by arithmetic (`images.measure`), not by an engine: a shop's factors stay the same
whichever engine it looks with.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from shopsight.catalogue.products import batches
from shopsight.errors import BadInput, Damaged, NotFound
from shopsight.insight.factors import VERSION, measure_factors
from shopsight.insight.view import SIDE_PX
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Rejection

if TYPE_CHECKING:
    from shopsight.shop import Shop

BATCH = 64
HANDS = 2
Measured = dict[str, float]


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What measuring did: `measured` photos now, `reused` had been measured before."""

    measured: int
    reused: int
    failed: tuple[Rejection, ...]
    seconds: float


def measure(shop: Shop, *, progress: Progress = silent) -> MeasureReport:
    """Measure what is new. Safe to stop at any moment and to repeat; a photo that cannot be read is in `failed`."""
    began, done = perf_counter(), 0
    todo = shop.catalogue.unmeasured(VERSION)
    reused = shop.catalogue.counts()["photos_in_use"] - len(todo)
    failed: list[Rejection] = []
    progress("measuring", 0, len(todo))
    with ThreadPoolExecutor(HANDS, thread_name_prefix="measure") as pool:
        for batch in batches(todo, BATCH):
            found = dict(zip(batch, pool.map(partial(measure_kept, shop), batch), strict=True))
            good = {photo: values for photo, values in found.items() if not isinstance(values, Rejection)}
            failed += [values for values in found.values() if isinstance(values, Rejection)]
            shop.catalogue.keep_factors(VERSION, good)
            done += len(batch)
            progress("measuring", done, len(todo))
    return MeasureReport(done - len(failed), max(0, reused), tuple(failed), perf_counter() - began)


def measure_kept(shop: Shop, photo_id: str) -> Measured | Rejection:
    """The factors of one kept photo, or why it has none."""
    from shopsight.images.decode import decode

    limits = {"max_bytes": shop.settings.max_photo_bytes, "max_pixels": shop.settings.max_photo_pixels}
    try:
        photo = shop.catalogue.photo(photo_id)
        pixels = decode(shop.catalogue.photo_bytes(photo_id), name=photo_id[:12], side_px=SIDE_PX, **limits)
    except (BadInput, Damaged, NotFound) as why:
        return Rejection(why.item or photo_id, why.reason, why.cure)
    return measure_factors(pixels, size_px=(photo.width_px, photo.height_px))
