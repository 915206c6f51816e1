"""Brings a source's products and their photos into the shop, batch by batch: a kill costs at most one batch.

What is known is not done again: a photo's origin (its address, or its path with size and time) is remembered with the
photo, so the next run neither fetches nor decodes it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from shopsight.catalogue.fetch import Fetcher
from shopsight.catalogue.importers import Draft, Fetch, Source, open_source
from shopsight.catalogue.importers.origin import is_url
from shopsight.errors import BadInput, BadPhoto, BadSource, NotFound, TooLarge
from shopsight.images.decode import inspect
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Photo, Product, Rejection

if TYPE_CHECKING:
    from shopsight.shop import Shop

BATCH = 32
HANDS = 4
"""Photos taken at the same time: decoding keeps two cores busy, fetching mostly waits."""
KEPT_TOGETHER = 8
"""Photos committed in one transaction: the most that a kill makes the next run take again."""

Reading = tuple[bytes, Photo]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `photos` counts the different photos of the products that were taken; `mapping` is what was
    read as what."""

    products: int
    photos: int
    added: int
    changed: int
    unchanged: int
    removed: int
    rejected: tuple[Rejection, ...]
    seconds: float
    mapping: Mapping[str, str]
    kind: str = ""


def import_source(
    shop: Shop,
    source: str | Path,
    *,
    kind: str = "",
    mapping: Mapping[str, str] | None = None,
    sync: bool = False,
    progress: Progress = silent,
    fetch: Fetch | None = None,
    name: str = "",
) -> ImportReport:
    """Import a folder, file or web address into the shop. Safe to stop at any moment and to repeat.

    `sync` removes the products that an earlier import of the same source brought and that it no longer holds. `name`
    is what the source is remembered by, where its path says nothing (an upload). Items that cannot be taken are
    rejections and never stop the rest. Raises NotFound, BadSource or BadAddress when nothing can be read at all,
    Busy and NoRoom when nothing can be written; what was committed before stays.
    """
    began = perf_counter()
    own = Fetcher(max_bytes=shop.settings.max_photo_bytes, allow_hosts=shop.settings.allow_hosts)
    try:
        opened = open_source(source, kind=kind, mapping=mapping, fetch=fetch or own)
        run = _Run(shop, opened, name or _name(source), fetch or own, polite=opened.kind == "listing")
        run.take_all(progress)
    finally:
        own.close()
    removed = run.remove_missing() if sync else 0
    return ImportReport(
        products=run.added + run.changed + run.unchanged,
        photos=len(run.photos),
        added=run.added,
        changed=run.changed,
        unchanged=run.unchanged,
        removed=removed,
        rejected=tuple(run.rejected),
        seconds=perf_counter() - began,
        mapping=dict(opened.mapping),
        kind=opened.kind,
    )


def _name(source: str | Path) -> str:
    """One source, one name: the same folder by another way is the same."""
    return str(source) if is_url(str(source)) else str(Path(source).expanduser().resolve())


@dataclass
class _Run:
    """One import on its way."""

    shop: Shop
    source: Source
    name: str
    fetch: Fetch
    polite: bool = False
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    photos: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    unreadable: bool = False

    def take_all(self, progress: Progress) -> None:
        done = 0
        progress("reading", 0, self.source.total)
        pool = ThreadPoolExecutor(HANDS, thread_name_prefix="photos")
        try:
            for batch in _batches(self.source, BATCH):
                self._take(batch, pool)
                done += len(batch)
                progress("reading", done, self.source.total)
        finally:
            # Who stops an import should not wait for a slow server's answer.
            pool.shutdown(wait=False, cancel_futures=True)

    def remove_missing(self) -> int:
        """Removes what this source brought earlier and did not name now; nothing when parts of it were unreadable."""
        gone = self.shop.catalogue.skus_of(self.name) - self.told
        if not gone:
            return 0
        if not self.told:
            raise BadSource(
                self.name,
                f"it holds no product any more, and syncing would remove all {len(gone)}",
                "check the source; remove the products by hand if that is meant",
            )
        if self.unreadable:
            reason = f"{len(gone)} products are missing from the source, but parts of it could not be read"
            self.rejected.append(Rejection("sync", reason, "correct the rows above, then import with --sync again"))
            return 0
        return self.shop.catalogue.remove(sorted(gone))

    def _take(self, batch: Sequence[Draft | Rejection], pool: ThreadPoolExecutor) -> None:
        """Takes one batch: its photos first, then its products in one transaction."""
        drafts = []
        for item in batch:
            if isinstance(item, Rejection):
                self._reject(item)
            else:
                self.told.add(item.product.sku)
                drafts.append(item)
        photo_ids = self._take_photos(drafts, pool)
        before = self.shop.catalogue.products([d.product.sku for d in drafts if d.photos])
        self._save([p for d in drafts if (p := self._product(d, photo_ids, before.get(d.product.sku)))])

    def _reject(self, item: Rejection) -> None:
        """A rejected row of a known SKU still names its product; one without could be any product's."""
        self.rejected.append(item)
        self.told.add(item.item)
        self.unreadable |= item.item.startswith(("row ", "item ", "product "))

    def _product(self, draft: Draft, photo_ids: Mapping[str, str], before: Product | None) -> Product | None:
        """The product with its photos' ids. Where all photos failed it keeps the ones it had; a picture of a folder
        that cannot be read is no product."""
        found = tuple(dict.fromkeys(photo_ids[p] for p in draft.photos if p in photo_ids))
        if draft.photos and not found:
            if self.source.kind == "folder" and before is None:
                return None
            found = before.photos if before else ()
        return replace(draft.product, photos=found)

    def _save(self, products: Sequence[Product]) -> None:
        if not products:
            return
        try:
            changes = self.shop.catalogue.save(products, self.name)
        except BadInput as why:
            # One product that the catalogue refuses must not cost the batch.
            if len(products) > 1:
                for product in products:
                    self._save([product])
            else:
                self.rejected.append(Rejection(products[0].sku, why.reason, why.cure))
            return
        self.added += changes.added
        self.changed += changes.changed
        self.unchanged += changes.unchanged
        self.photos.update(photo for product in products for photo in product.photos)

    # --- photos ------------------------------------------------------------------------------------------------

    def _take_photos(self, drafts: Sequence[Draft], pool: ThreadPoolExecutor) -> dict[str, str]:
        """Reference -> photo id, for every photo of the batch that is kept already or could be taken now."""
        owners: dict[str, str] = {}
        for draft in drafts:
            for photo in draft.photos:
                owners.setdefault(photo, draft.product.sku)
        origins: dict[str, str] = {}
        for photo in owners:
            try:
                origins[photo] = origin_of(photo, self.shop.settings.max_photo_bytes)
            except BadInput as why:
                self._reject_photo(owners[photo], photo, why)
        known = self.shop.catalogue.recall_origins(origins.values())
        found = {photo: known[origin] for photo, origin in origins.items() if self._is_kept(known.get(origin, ""))}
        for some in _in_order(pool, self._read, [photo for photo in origins if photo not in found]):
            kept: dict[str, Reading] = {}
            for photo, future in some:
                try:
                    kept[photo] = future.result()
                except BadInput as why:
                    self._reject_photo(owners[photo], photo, why)
            self.shop.catalogue.keep_photos({origins[photo]: reading for photo, reading in kept.items()})
            found.update({photo: seen.id for photo, (_, seen) in kept.items()})
        return found

    def _is_kept(self, photo_id: str) -> bool:
        """Whether the photo's file is there too: one that was lost is taken again."""
        return bool(photo_id) and self.shop.catalogue.photo_path(photo_id).is_file()

    def _read(self, photo: str) -> Reading:
        """A photo's bytes, and what it is; decoded only when no photo with these bytes is kept."""
        limit = self.shop.settings.max_photo_bytes
        remote = is_url(photo)
        data = self.fetch(photo, max_bytes=limit, polite=self.polite) if remote else _read_file(Path(photo))
        try:
            return data, self.shop.catalogue.photo(hashlib.sha256(data).hexdigest())
        except NotFound:
            name = self._short(photo)
            return data, inspect(data, name=name, max_bytes=limit, max_pixels=self.shop.settings.max_photo_pixels)

    def _reject_photo(self, sku: str, photo: str, why: BadInput) -> None:
        name = self._short(photo)
        self.rejected.append(Rejection(name if sku in name else f"{sku}: {name}", why.reason, why.cure))

    def _short(self, photo: str) -> str:
        """A local photo's path as it lies in the source; an address as it is."""
        root = Path(self.source.name)
        folder = root if root.is_dir() else root.parent
        if is_url(photo) or not Path(photo).is_relative_to(folder.resolve()):
            return photo
        return Path(photo).relative_to(folder.resolve()).as_posix()


def origin_of(photo: str, max_bytes: int) -> str:
    """What a photo is remembered by: its address, or its path, size and time of change.

    Raises BadPhoto for a file that is not there or is none, TooLarge without reading it.
    """
    if is_url(photo):
        return photo
    try:
        seen = os.stat(photo)
    except (OSError, ValueError) as why:
        raise BadPhoto(photo, "there is no such picture", "put it there, or correct its path in the source") from why
    if not os.path.isfile(photo):
        raise BadPhoto(photo, "not a file", "name the picture itself")
    if seen.st_size > max_bytes:
        raise TooLarge(photo, f"it holds {seen.st_size} bytes, more than the {max_bytes} allowed", "make it smaller")
    return f"{photo}|{seen.st_size}|{seen.st_mtime_ns}"


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        raise BadPhoto(str(path), f"it cannot be read ({why.strerror})", "check who may read it") from why


def _in_order(
    pool: ThreadPoolExecutor, read: Callable[[str], Reading], photos: Iterable[str]
) -> Iterator[list[tuple[str, Future[Reading]]]]:
    """Each photo's reading, a few at a time and the next few under way: many hands, but never many photos in memory."""
    todo = iter(photos)

    def start() -> list[tuple[str, Future[Reading]]]:
        return [(photo, pool.submit(read, photo)) for photo in islice(todo, KEPT_TOGETHER)]

    ahead = start()
    while ahead:
        now, ahead = ahead, start()
        yield now


def _batches(source: Source, size: int) -> Iterator[list[Draft | Rejection]]:
    items = iter(source)
    while batch := list(islice(items, size)):
        yield batch
