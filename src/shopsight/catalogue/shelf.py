"""The shelf: the vectors of the products that the shop sells now, ready to be searched where they lie on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from shopsight.catalogue.columns import Columns, Mask, plain_rows, table_of
from shopsight.catalogue.products import batches
from shopsight.catalogue.schema import photos, product_photos, products, sights
from shopsight.catalogue.seeing import Space
from shopsight.types import Filters, Matrix

NOBODY = -1
"""The product of a row that no product uses."""
KEPT_MASKS = 16
Numbers = NDArray[np.int64]


class PhotoIds(Sequence[str]):
    """The photo id of every row: 32 bytes each, told in hex when asked."""

    def __init__(self, digests: NDArray[np.uint8]) -> None:
        self.digests = digests

    def __len__(self) -> int:
        return len(self.digests)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> PhotoIds: ...
    def __getitem__(self, place: int | slice) -> str | PhotoIds:
        return PhotoIds(self.digests[place]) if isinstance(place, slice) else self.digests[place].tobytes().hex()

    def __iter__(self) -> Iterator[str]:
        return (digest.tobytes().hex() for digest in self.digests)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A snapshot for searching; it never changes. Rows: N. Products: P.

    `matrix` `(N, D) float32` is mapped from disk. Row n shows photo `photo_ids[n]` of the product
    `skus[rows_sku[n]]`; a row that no product uses has -1 there and is never `allowed`.
    """

    matrix: Matrix
    photo_ids: PhotoIds
    rows_sku: NDArray[np.int32]
    columns: Columns
    space: Space
    photo_numbers: Numbers
    _masks: dict[Filters, Mask | None] = field(default_factory=dict)

    @property
    def skus(self) -> list[str]:
        return self.columns.skus

    @property
    def generation(self) -> int:
        return self.columns.generation

    def __len__(self) -> int:
        """How many rows are in use."""
        return int(np.count_nonzero(self.rows_sku != NOBODY))

    def allowed(self, filters: Filters = Filters()) -> Mask | None:  # noqa: B008  (frozen)
        """`(N,) bool`: the rows whose product matches, exactly; None when every row does."""
        if filters not in self._masks:
            if len(self._masks) >= KEPT_MASKS:
                self._masks.clear()
            self._masks[filters] = self._find_allowed(filters)
        return self._masks[filters]

    def _find_allowed(self, filters: Filters) -> Mask | None:
        used, wanted = self.rows_sku != NOBODY, self.columns.allowed(filters)
        if wanted is None:
            return None if used.all() else used
        mask: Mask = wanted[self.rows_sku] & used if len(wanted) else used
        mask.flags.writeable = False
        return mask


def read_shelf(connection: Connection, folder: Path, space: Space, columns: Columns, old: Shelf | None = None) -> Shelf:
    """The shelf of this moment, made from `old` and from what changed since, or whole."""
    if old is None or (old.space.epoch, old.space.segment, old.space.id) != (space.epoch, space.segment, space.id):
        return _read_whole(connection, folder, space, columns)
    return _read_changes(connection, folder, space, columns, old)


def _read_whole(connection: Connection, folder: Path, space: Space, columns: Columns) -> Shelf:
    rows, numbers, digests = _read_rows(connection, space, 0)
    count = int(rows.max(initial=-1)) + 1
    photo_numbers = np.full(count, NOBODY, np.int64)
    photo_ids = np.zeros((count, 32), np.uint8)
    photo_numbers[rows], photo_ids[rows] = numbers, digests
    uses = table_of(connection, select(product_photos.c.product_id, product_photos.c.photo_id), 2)
    rows_sku = np.full(count, NOBODY, np.int32)
    _share_out(rows_sku, rows, numbers, columns, uses)
    matrix = space.file(folder).rows(count)
    return Shelf(matrix, PhotoIds(photo_ids), rows_sku, columns, space, photo_numbers)


def _read_changes(connection: Connection, folder: Path, space: Space, columns: Columns, old: Shelf) -> Shelf:
    before = len(old.matrix)
    rows, numbers, digests = _read_rows(connection, space, before)
    count = int(rows.max(initial=before - 1)) + 1
    photo_numbers = np.concatenate([old.photo_numbers, np.full(count - before, NOBODY, np.int64)])
    photo_ids = np.concatenate([old.photo_ids.digests, np.zeros((count - before, 32), np.uint8)])
    photo_numbers[rows], photo_ids[rows] = numbers, digests
    rows_sku = np.concatenate([old.rows_sku, np.full(count - before, NOBODY, np.int32)])
    touched = _touched_photos(connection, columns, old, numbers)
    here = np.flatnonzero(np.isin(photo_numbers, touched))
    rows_sku[here] = NOBODY
    _share_out(rows_sku, here, photo_numbers[here], columns, _uses_of(connection, touched))
    matrix = space.file(folder).rows(count) if count > before else old.matrix
    return Shelf(matrix, PhotoIds(photo_ids), rows_sku, columns, space, photo_numbers)


def _read_rows(connection: Connection, space: Space, start: int) -> tuple[Numbers, Numbers, NDArray[np.uint8]]:
    """From row `start` on: row numbers, photo numbers, photo ids as `(n, 32) uint8`."""
    query = (
        select(sights.c.row, sights.c.photo_id, photos.c.sha)
        .join_from(sights, photos, photos.c.id == sights.c.photo_id)
        .where(sights.c.space_id == space.id, sights.c.row >= start)
        .order_by(sights.c.row)
    )
    found = plain_rows(connection, query)
    rows, numbers, shas = zip(*found, strict=True) if found else ((), (), ())
    digests = np.frombuffer(bytes.fromhex("".join(shas)), np.uint8).reshape(-1, 32)
    return np.array(rows, np.int64), np.array(numbers, np.int64), digests


def _touched_photos(connection: Connection, columns: Columns, old: Shelf, new: Numbers) -> Numbers:
    """Photos whose rows may belong to other products than before: of changed or removed products, and new ones."""
    changed_now = select(products.c.id).where(products.c.revision > old.generation)
    query = select(product_photos.c.photo_id).where(product_photos.c.product_id.in_(changed_now))
    now = np.array(list(connection.execute(query).scalars()), np.int64)
    changed = np.zeros(len(columns.skus), np.bool_)
    numbers = np.array(list(connection.execute(changed_now).scalars()), np.int64)
    changed[columns.places_of(numbers)] = True
    changed |= ~columns.alive
    then = old.photo_numbers[(old.rows_sku != NOBODY) & changed[old.rows_sku]]
    return np.unique(np.concatenate([new, now, then]))


def _uses_of(connection: Connection, touched: Numbers) -> Numbers:
    table = product_photos.c
    query = select(table.product_id, table.photo_id)
    found = [table_of(connection, query.where(table.photo_id.in_(batch)), 2) for batch in batches(touched.tolist())]
    return np.concatenate([np.zeros((0, 2), np.int64), *found])


def _share_out(rows_sku: NDArray[np.int32], rows: Numbers, numbers: Numbers, columns: Columns, uses: Numbers) -> None:
    """Gives every use of a photo by a product a row of that photo, in the order of rows and of products.

    `numbers` are the photos of `rows`; `uses` is `(U, 2)`: product number, photo number.
    """
    row_order, use_order = np.lexsort((rows, numbers)), np.lexsort((uses[:, 0], uses[:, 1]))
    rows, numbers, uses = rows[row_order], numbers[row_order], uses[use_order]
    first, end = np.searchsorted(numbers, uses[:, 1]), np.searchsorted(numbers, uses[:, 1], side="right")
    rank = np.arange(len(uses)) - np.searchsorted(uses[:, 1], uses[:, 1])
    served = first + rank < end
    rows_sku[rows[(first + rank)[served]]] = columns.places_of(uses[served, 0])
