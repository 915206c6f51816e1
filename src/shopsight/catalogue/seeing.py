"""Sights at rest: vectors in the space's file, facts in the database, both or neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select, update

from shopsight.catalogue.database import Database, Writing
from shopsight.catalogue.describe import NO_VALUES, describe
from shopsight.catalogue.products import batches
from shopsight.catalogue.records import pack_facts, unpack_facts
from shopsight.catalogue.schema import blocks, facts, photos, product_photos, sights, spaces
from shopsight.catalogue.vectors import Block, RowFile, row_file, stack
from shopsight.errors import BadInput, NotFound
from shopsight.types import Sight

DROPPED = -1
"""The checksum of a block that was found damaged: its rows count no more, and its place is not used again."""


@dataclass(frozen=True, slots=True)
class Space:
    """A vector space as the shop knows it. `rows` counts every row of its file, also those that count no more."""

    id: int
    name: str
    dim: int
    segment: int
    epoch: int
    rows: int

    def file(self, folder: Path) -> RowFile:
        return row_file(folder, self.name, self.segment, self.dim)


@dataclass(slots=True)
class Checked:
    """Which blocks this process has compared with their checksums, by space, segment and first row."""

    blocks: set[tuple[int, int, int]] = field(default_factory=set)


def read_space(connection: Connection, name: str) -> Space | None:
    """The space of that name, or none when nothing was seen in it yet."""
    row = connection.execute(select(spaces).where(spaces.c.name == name)).first()
    if row is None:
        return None
    end = select(func.max(blocks.c.start + blocks.c.rows)).where(blocks.c.space_id == row.id)
    rows = connection.execute(end).scalar() or 0
    return Space(row.id, row.name, row.dim, row.segment, row.epoch, rows)


def unseen(connection: Connection, name: str) -> list[str]:
    """Photos in use that have no vector in the space, in the order in which products first used them."""
    space = read_space(connection, name)
    seen = select(sights.c.photo_id).where(sights.c.space_id == (space.id if space else 0))
    query = (
        select(photos.c.sha)
        .join_from(product_photos, photos, photos.c.id == product_photos.c.photo_id)
        .where(product_photos.c.photo_id.not_in(seen))
        .group_by(photos.c.id, photos.c.sha)
        .order_by(func.min(product_photos.c.product_id), photos.c.id)
    )
    return list(connection.execute(query).scalars())


def keep_sights(writing: Writing, folder: Path, name: str, wanted: Mapping[str, Sight]) -> None:
    """Keeps what an engine saw. A photo that has a vector in the space keeps it; its facts are renewed."""
    if not wanted:
        return
    numbers = _photo_numbers(writing.connection, wanted)
    space = _made_space(writing, name, _common_dim(wanted))
    query = select(sights.c.photo_id).where(sights.c.space_id == space.id, sights.c.photo_id.in_(numbers.values()))
    seen = set(writing.connection.execute(query).scalars())
    new = {numbers[sha]: sight.values for sha, sight in wanted.items() if numbers[sha] not in seen}
    _append_rows(writing, folder, space, list(new), list(new.values()))
    share_rows(writing, folder, list(new))
    _write_facts(writing, space, {numbers[sha]: pack_facts(sight) for sha, sight in wanted.items()})
    users = select(product_photos.c.product_id).where(product_photos.c.photo_id.in_(numbers.values())).distinct()
    describe(writing, list(writing.connection.execute(users).scalars()))
    writing.changed = True


def share_rows(writing: Writing, folder: Path, numbers: Sequence[int]) -> None:
    """Copies the vectors of these photos until every product that uses one has a row of its own.

    A row carries the filters of one product; so a photo that two products share needs two.
    """
    for batch in batches(numbers):
        for space_id, name in writing.connection.execute(select(spaces.c.id, spaces.c.name)).all():
            lacking = _lacking(writing.connection, space_id, batch)
            space = read_space(writing.connection, name)
            if lacking and space is not None:
                rows = {number: row for number, row, _ in lacking}
                values = _read_rows(writing.connection, folder, space, rows)
                copies = [number for number, _, copies in lacking for _ in range(copies) if number in values]
                _append_rows(writing, folder, space, copies, [values[number] for number in copies])


def _lacking(connection: Connection, space_id: int, numbers: Sequence[int]) -> list[tuple[int, int, int]]:
    """Photo, its first row, and how many rows it lacks; of those photos that have a row at all."""
    use, row = product_photos.c, sights.c
    users = select(use.photo_id, func.count().label("n")).where(use.photo_id.in_(numbers)).group_by(use.photo_id)
    here = (row.space_id == space_id) & row.photo_id.in_(numbers)
    kept = select(row.photo_id, func.min(row.row).label("first"), func.count().label("n")).where(here)
    u, k = users.subquery(), kept.group_by(row.photo_id).subquery()
    query = select(k.c.photo_id, k.c.first, u.c.n - k.c.n).join_from(k, u, u.c.photo_id == k.c.photo_id)
    return [(number, first, lack) for number, first, lack in connection.execute(query.where(u.c.n > k.c.n))]


def _read_rows(
    connection: Connection, folder: Path, space: Space, rows: Mapping[int, int]
) -> dict[int, NDArray[np.float32]]:
    """The vectors of photos, given their rows; those in a damaged block are left out, for a copy would hide it."""
    file, values = space.file(folder), {}
    for number, row in rows.items():
        around = (blocks.c.space_id == space.id) & (blocks.c.start <= row) & (blocks.c.start + blocks.c.rows > row)
        found = connection.execute(select(blocks.c.start, blocks.c.rows, blocks.c.checksum).where(around)).first()
        if found is not None and not file.bad_blocks([Block(*found)]):
            values[number] = np.array(file.rows(row + 1)[row])
    return values


def _append_rows(
    writing: Writing, folder: Path, space: Space, numbers: Sequence[int], values: Sequence[NDArray[np.float32]]
) -> None:
    """Adds a row per photo number: first to the file, then to the tables of the same transaction."""
    if not numbers:
        return
    block = space.file(folder).append(space.rows, stack(values, space.dim))
    writing.connection.execute(
        insert(blocks).values(space_id=space.id, start=block.start, rows=block.rows, checksum=block.checksum)
    )
    rows = [
        {"space_id": space.id, "row": block.start + place, "photo_id": number} for place, number in enumerate(numbers)
    ]
    writing.connection.execute(insert(sights), rows)
    writing.changed = True


def read_sight(connection: Connection, folder: Path, name: str, photo: str) -> Sight | None:
    """What was seen in a photo, or none."""
    space = read_space(connection, name)
    if space is None:
        return None
    row = connection.execute(
        select(func.min(sights.c.row), photos.c.id)
        .join_from(photos, sights, sights.c.photo_id == photos.c.id)
        .where(photos.c.sha == photo, sights.c.space_id == space.id)
        .group_by(photos.c.id)
    ).first()
    if row is None:
        return None
    packed = select(facts.c.recognised).where(facts.c.photo_id == row[1], facts.c.space_id == space.id)
    try:
        values = np.array(space.file(folder).rows(row[0] + 1)[row[0]])
    except (FileNotFoundError, ValueError):  # the file is lost or cut; `drop_damage` will say so to the next indexing
        return None
    return unpack_facts(values, connection.execute(packed).scalar() or "")


def read_sights(connection: Connection, folder: Path, name: str, wanted: Sequence[str]) -> dict[str, Sight]:
    """What was seen in those photos, by photo id; photos that were not looked at are left out."""
    space = read_space(connection, name)
    if space is None or not wanted:
        return {}
    query = (
        select(photos.c.sha, func.min(sights.c.row), func.min(facts.c.recognised))
        .join_from(photos, sights, sights.c.photo_id == photos.c.id)
        .outerjoin(facts, (facts.c.photo_id == photos.c.id) & (facts.c.space_id == space.id))
        .where(sights.c.space_id == space.id)
        .group_by(photos.c.sha)
    )
    found = [row for batch in batches(wanted) for row in connection.execute(query.where(photos.c.sha.in_(batch)))]
    if not found:
        return {}
    values = space.file(folder).rows(1 + max(row for _, row, _ in found))
    return {sha: unpack_facts(np.array(values[row]), packed or "") for sha, row, packed in found}


def read_recognised(connection: Connection, name: str, wanted: Sequence[str]) -> dict[str, Sight]:
    """What was recognised in those photos, by photo id, without their vectors: for whoever has these already."""
    space_id = select(spaces.c.id).where(spaces.c.name == name).scalar_subquery()
    query = select(photos.c.sha, facts.c.recognised).join_from(photos, facts, facts.c.photo_id == photos.c.id)
    query = query.where(facts.c.space_id == space_id)
    found = [row for batch in batches(wanted) for row in connection.execute(query.where(photos.c.sha.in_(batch)))]
    return {sha: unpack_facts(NO_VALUES, packed) for sha, packed in found}


def drop_damage(database: Database, folder: Path, name: str, checked: Checked) -> int:
    """Compares the space's file with its checksums, each block once per process. Photos whose rows are damaged become
    unseen again, so that the next indexing makes their vectors anew. Gives the number of rows dropped."""
    with database.reading() as connection:
        space = read_space(connection, name)
        bad = _find_damage(connection, folder, space, checked) if space else []
    if not space or not bad:
        return 0
    with database.writing() as writing:
        for block in bad:
            here = (blocks.c.space_id == space.id) & (blocks.c.start == block.start)
            writing.connection.execute(update(blocks).where(here).values(checksum=DROPPED))
            _drop_photos_of(writing.connection, space, block)
        writing.connection.execute(update(spaces).where(spaces.c.id == space.id).values(epoch=spaces.c.epoch + 1))
        writing.changed = True
    return sum(block.rows for block in bad)


def _drop_photos_of(connection: Connection, space: Space, block: Block) -> None:
    """Forgets every row of the photos that had a row in the block, so that all of a photo's rows are made together."""
    in_block = (sights.c.space_id == space.id) & sights.c.row.between(block.start, block.start + block.rows - 1)
    lost = list(connection.execute(select(sights.c.photo_id).where(in_block)).scalars())
    for batch in batches(lost):
        rows = (sights.c.space_id == space.id) & sights.c.photo_id.in_(batch)
        connection.execute(delete(sights).where(rows))


def _find_damage(connection: Connection, folder: Path, space: Space, checked: Checked) -> list[Block]:
    query = select(blocks.c.start, blocks.c.rows, blocks.c.checksum).where(
        blocks.c.space_id == space.id, blocks.c.checksum != DROPPED
    )
    new = [
        Block(*row)
        for row in connection.execute(query.order_by(blocks.c.start))
        if (space.id, space.segment, row.start) not in checked.blocks
    ]
    bad = space.file(folder).bad_blocks(new) if new else []
    checked.blocks.update((space.id, space.segment, block.start) for block in new if block not in bad)
    return bad


def _made_space(writing: Writing, name: str, dim: int) -> Space:
    space = read_space(writing.connection, name)
    if space is None:
        writing.connection.execute(insert(spaces).values(name=name, dim=dim, segment=1, epoch=0))
        space = read_space(writing.connection, name)
    assert space is not None
    if space.dim != dim:
        reason = f"its vectors have {space.dim} values, not {dim}"
        raise BadInput(f"space {name}", reason, "Let an engine change its space's name when its vectors change")
    return space


def _common_dim(wanted: Mapping[str, Sight]) -> int:
    dims = {sight.values.shape for sight in wanted.values()}
    if len(dims) != 1 or len(next(iter(dims))) != 1:
        raise BadInput("sights", f"their vectors have the shapes {sorted(dims)}", "Give one engine's sights at a time")
    for photo, sight in wanted.items():
        if not np.isfinite(sight.values).all():
            raise BadInput(f"photo {photo[:12]}", "its vector holds values that are no numbers", "Check the engine")
    return int(next(iter(dims))[0])


def _photo_numbers(connection: Connection, shas: Iterable[str]) -> dict[str, int]:
    wanted = list(shas)
    query = select(photos.c.sha, photos.c.id)
    numbers = {
        sha: number
        for batch in batches(wanted)
        for sha, number in connection.execute(query.where(photos.c.sha.in_(batch)))
    }
    for sha in wanted:
        if sha not in numbers:
            raise NotFound(f"photo {sha[:12]}", "it is not kept here", "Keep the photo before what was seen in it")
    return numbers


def _write_facts(writing: Writing, space: Space, packed: Mapping[int, str]) -> None:
    here = (facts.c.space_id == space.id) & facts.c.photo_id.in_(packed)
    writing.connection.execute(delete(facts).where(here))
    rows = [{"photo_id": number, "space_id": space.id, "recognised": text} for number, text in packed.items()]
    writing.connection.execute(insert(facts), rows)
