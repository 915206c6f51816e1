"""What was measured in photos, at rest: numbers by name, kept with the version of the rules that made them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, and_, delete, insert, select

from shopsight.catalogue.products import batches
from shopsight.catalogue.schema import photo_factors, photos, product_photos
from shopsight.errors import NotFound


def unmeasured(connection: Connection, version: str) -> list[str]:
    """Photos in use that have no factors of that version, in the order in which they came."""
    done = and_(photo_factors.c.photo_id == photos.c.id, photo_factors.c.version == version)
    used = select(product_photos.c.photo_id)
    query = select(photos.c.sha).outerjoin(photo_factors, done)
    query = query.where(photo_factors.c.photo_id.is_(None), photos.c.id.in_(used)).order_by(photos.c.id)
    return list(connection.execute(query).scalars())


def keep(connection: Connection, version: str, values: Mapping[str, Mapping[str, float]]) -> None:
    """Writes factors over what was known of the same photos."""
    for batch in batches(values.items()):
        query = select(photos.c.sha, photos.c.id).where(photos.c.sha.in_([sha for sha, _ in batch]))
        numbers = {str(sha): int(number) for sha, number in connection.execute(query)}
        rows = [
            {"photo_id": _number(numbers, sha), "version": version, "packed": json.dumps(dict(named))}
            for sha, named in batch
        ]
        connection.execute(delete(photo_factors).where(photo_factors.c.photo_id.in_(list(numbers.values()))))
        connection.execute(insert(photo_factors), rows)


def read(connection: Connection, version: str, wanted: Sequence[str]) -> dict[str, dict[str, float]]:
    """Factors by photo id; photos without are left out."""
    query = select(photos.c.sha, photo_factors.c.packed).join(photo_factors, photo_factors.c.photo_id == photos.c.id)
    query = query.where(photo_factors.c.version == version)
    return {
        sha: json.loads(packed)
        for batch in batches(wanted)
        for sha, packed in connection.execute(query.where(photos.c.sha.in_(batch)))
    }


def _number(numbers: Mapping[str, int], sha: str) -> int:
    if sha not in numbers:
        raise NotFound(f"photo {sha[:12]}", "it is not kept here", "Keep the photo before what was measured in it")
    return numbers[sha]
