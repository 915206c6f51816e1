"""Lets the engine look at every photo in use that it has not seen yet; each batch is kept before the next begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from shopsight.errors import BadInput, Damaged, NotFound
from shopsight.images.decode import decode
from shopsight.jobs.progress import Progress, silent
from shopsight.shop import LOOK_SIDE_PX
from shopsight.types import Pixels, Rejection, Sight

if TYPE_CHECKING:
    from shopsight.shop import Shop

BATCH = 32
HANDS = 2


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What indexing did: `embedded` photos were looked at now, `reused` had been seen before."""

    embedded: int
    reused: int
    failed: tuple[Rejection, ...]
    seconds: float


def index(shop: Shop, *, progress: Progress = silent) -> IndexReport:
    """Embed what is new in the shop's engine's space. Safe to stop at any moment and to repeat.

    A photo that cannot be looked at is in `failed`, and the rest goes on. Raises what loading the engine raises, and
    Busy and NoRoom.
    """
    began = perf_counter()
    photo_ids = shop.catalogue.unseen(shop.engine.space)
    reused = shop.catalogue.counts()["photos_in_use"] - len(photo_ids)
    embedded, done, failed = 0, 0, []
    progress("looking", 0, len(photo_ids))
    for batch in _decoded(shop, photo_ids):
        seen, refused = _see(shop, batch)
        shop.catalogue.keep_sights(shop.engine.space, seen)
        embedded += len(seen)
        failed += refused
        done += len(batch)
        progress("looking", done, len(photo_ids))
    return IndexReport(embedded, max(0, reused), tuple(failed), perf_counter() - began)


def _decoded(shop: Shop, photo_ids: Sequence[str]) -> Iterator[dict[str, Pixels | Rejection]]:
    """Batches of decoded photos; the next one is decoded while the engine looks at this one."""
    batches = [photo_ids[start : start + BATCH] for start in range(0, len(photo_ids), BATCH)]
    pool = ThreadPoolExecutor(HANDS, thread_name_prefix="decode")

    def start(batch: Sequence[str]) -> dict[str, Future[Pixels | Rejection]]:
        return {photo_id: pool.submit(_decode, shop, photo_id) for photo_id in batch}

    try:
        ahead = start(batches[0]) if batches else {}
        for following in [*batches[1:], []]:
            now, ahead = ahead, start(following)
            if now:
                yield {photo_id: future.result() for photo_id, future in now.items()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _decode(shop: Shop, photo_id: str) -> Pixels | Rejection:
    settings = shop.settings
    limits = {"max_bytes": settings.max_photo_bytes, "max_pixels": settings.max_photo_pixels}
    try:
        return decode(shop.catalogue.photo_bytes(photo_id), name=photo_id[:12], side_px=LOOK_SIDE_PX, **limits)
    except (BadInput, Damaged, NotFound) as why:
        return Rejection(why.item or photo_id, why.reason, why.cure)


def _see(shop: Shop, batch: Mapping[str, Pixels | Rejection]) -> tuple[dict[str, Sight], list[Rejection]]:
    """What the engine saw, and what it could not look at. When a batch fails, each photo is tried by itself."""
    failed = [found for found in batch.values() if isinstance(found, Rejection)]
    photos = {photo_id: found for photo_id, found in batch.items() if not isinstance(found, Rejection)}
    if not photos:
        return {}, failed
    try:
        return dict(zip(photos, shop.engine.see(list(photos.values())), strict=True)), failed
    except Exception as why:
        seen = {}
        for photo_id, pixels in photos.items():
            try:
                seen[photo_id] = shop.engine.see([pixels])[0]
            except Exception as one:
                failed.append(Rejection(photo_id, f"the engine cannot look at it ({one})", "replace the photo"))
        if not seen:
            # Not the photos but the engine is at fault; saying so beats a list of every photo in the shop.
            raise why
        return seen, failed
