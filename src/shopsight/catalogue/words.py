"""Finding products by words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from shopsight.catalogue.database import Writing
from shopsight.types import Filters, Product

if TYPE_CHECKING:
    from shopsight.catalogue.describe import Recognised


def index_words(writing: Writing, wanted: Mapping[int, tuple[Product, Recognised]]) -> None:
    """Puts products into the word index."""


def drop_words(writing: Writing, numbers: list[int]) -> None:
    """Takes products out of the word index."""


def find_words(
    connection: Connection, text: str, filters: Filters, limit: int
) -> list[tuple[str, float, tuple[str, ...]]]:
    return []


def correct(connection: Connection, text: str) -> str:
    return text
