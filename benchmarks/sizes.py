"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """`looks` and `turns` are rounds of the embedding and of the neighbour tables; the rest are counts."""

    looks: int
    turns: int
    rows: tuple[int, ...]
    shops: tuple[int, ...]
    queries: int
    photos: int
    served: int


SIZES = {
    "full": Size(40, 100, (10_000, 100_000, 1_000_000), (10_000, 100_000), 60, 600, 100_000),
    "million": Size(40, 100, (1_000_000,), (1_000_000,), 60, 600, 1_000_000),
    "quick": Size(6, 15, (10_000, 100_000), (2_000,), 15, 60, 2_000),
    "tiny": Size(1, 2, (5_000,), (60,), 2, 4, 60),
}
