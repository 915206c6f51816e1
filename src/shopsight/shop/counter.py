"""What every part of a shop stands on: its settings, its catalogue and its engines, opened on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from shopsight.settings import Settings
from shopsight.types import Filters, Product

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue, Facets, Page
    from shopsight.protocols import Embedder, Neighbours

T = TypeVar("T")
EVERYTHING = Filters()
"""No condition at all."""


class Counter:
    """A shop's folder and what was opened of it so far. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._parts: dict[str, Any] = {}

    @property
    def folder(self) -> Path:
        return self.settings.shop

    @property
    def catalogue(self) -> Catalogue:
        """Products, photos and vectors at rest; opened on first use."""
        from shopsight.catalogue.store import Catalogue

        return self._once("catalogue", lambda: Catalogue.open(self.folder, self.settings.database_url))

    @property
    def engine(self) -> Embedder:
        """The embedding engine of the settings, loaded on first use."""
        from shopsight.engines import load

        options = {"threads": self.settings.threads} if self.settings.threads else {}
        return self._once("engine", lambda: cast("Embedder", load(self.settings.engine, **options)))

    def use_engine(self, engine: Embedder) -> None:
        """Use this engine object instead of the one that the settings name: one of your own, or one already loaded."""
        with self._lock:
            self._parts.pop("desk", None)
            self._parts["engine"] = engine

    @property
    def neighbours(self) -> Neighbours:
        """Exact search over the shelf."""
        from shopsight.engines.neighbours.exact import Exact

        return self._once("neighbours", Exact)

    # --- the catalogue, for doors ----------------------------------------------------------------------------

    def product(self, sku: str) -> Product:
        return self.catalogue.product(sku)

    def browse(
        self, filters: Filters = EVERYTHING, words: str = "", offset: int = 0, limit: int = 50, order: str = "title"
    ) -> Page:
        return self.catalogue.browse(filters, words, offset, limit, order)

    def facets(self, filters: Filters = EVERYTHING) -> Facets:
        return self.catalogue.facets(filters)

    def counts(self) -> Mapping[str, int]:
        return self.catalogue.counts()

    # --- opening and closing ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the database and the engine. A closed shop opens again on the next use."""
        with self._lock:
            catalogue = self._parts.pop("catalogue", None)
            self._parts.clear()
        if catalogue is not None:
            catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """The part of that name, made under a lock by the first who asks."""
        part = self._parts.get(name)
        if part is None:
            with self._lock:
                part = self._parts.get(name)
                if part is None:
                    part = self._parts[name] = make()
        return cast(T, part)
