"""Categories, brands and colours by number. Case and blanks tell no names apart; the first spelling is shown."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from shopsight.catalogue.database import Writing
from shopsight.catalogue.records import key_of
from shopsight.catalogue.schema import names


def known_names(connection: Connection, kind: int, wanted: Iterable[str]) -> list[int]:
    """The numbers of those names that the shop knows."""
    return list(_numbers(connection, kind, {key_of(name) for name in wanted}).values())


def number_names(writing: Writing, kind: int, wanted: Iterable[str]) -> dict[str, int]:
    """The number of every name, by its key; new names get one. Names of nothing but blanks have none."""
    shown: dict[str, str] = {}
    for name in wanted:
        if key := key_of(name):
            shown.setdefault(key, " ".join(name.split()))
    numbers = _numbers(writing.connection, kind, set(shown))
    new = [{"kind": kind, "key": key, "shown": shown[key]} for key in shown if key not in numbers]
    if new:
        ids = insert(names).returning(names.c.id, names.c.key)
        numbers |= {key: number for number, key in writing.connection.execute(ids, new)}
    return numbers


def _numbers(connection: Connection, kind: int, keys: set[str]) -> dict[str, int]:
    if not keys:
        return {}
    query = select(names.c.key, names.c.id).where(names.c.kind == kind, names.c.key.in_(keys))
    return {row.key: row.id for row in connection.execute(query)}
