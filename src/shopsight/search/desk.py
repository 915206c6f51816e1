"""What every search works with, handed in by the shop: the catalogue, the engine's space, neighbours and a judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopsight.protocols import Embedder, Neighbours, WordEmbedder
from shopsight.search.verdict import Judge, judge_for
from shopsight.types import Hit, Sight, Vector, Verdict

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue
    from shopsight.types import Pixels


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: the verdict, the hits best first, and the words as they were understood."""

    verdict: Verdict
    hits: tuple[Hit, ...]
    understood: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools on the table. `read` puts words into the engine's space; None when the engine cannot."""

    catalogue: Catalogue
    neighbours: Neighbours
    space: str
    parts: Mapping[str, slice]
    judge: Judge
    see: Callable[[Pixels], Sight]
    read: Callable[[str], Vector] | None = None

    @classmethod
    def of(cls, catalogue: Catalogue, engine: Embedder, neighbours: Neighbours) -> Desk:
        """Lay the table for one engine."""
        read = (lambda words: engine.read([words])[0]) if isinstance(engine, WordEmbedder) else None
        see = lambda photo: engine.see([photo])[0]  # noqa: E731
        return cls(catalogue, neighbours, engine.space, engine.parts, judge_for(engine.space), see, read)
