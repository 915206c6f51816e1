"""What an engine must do. At most three methods each; every engine, ours or a stranger's, meets `shopsight.testing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shopsight.types import Baskets, Finding, Itemsets, Matrix, Pixels, Sight, Task, Vector


@runtime_checkable
class Embedder(Protocol):
    """Looks at photos. `space` names the vector space (it changes when weights or preprocessing change), `dim` its D.

    `parts` names slices of the vector that mean something apart, such as `{"shape": slice(0, 192)}`; it may be empty.
    """

    space: str
    dim: int
    parts: Mapping[str, slice]

    def see(self, photos: Sequence[Pixels]) -> list[Sight]:
        """One `Sight` per photo, in order. An empty list gives an empty list."""
        ...


@runtime_checkable
class WordEmbedder(Protocol):
    """Puts words into the same space as photos."""

    def read(self, texts: Sequence[str]) -> Matrix:
        """`(N, D) float32`, rows of length 1."""
        ...


@runtime_checkable
class Neighbours(Protocol):
    """Finds the nearest rows of a matrix, exactly or (declared by `exact`) nearly."""

    exact: bool

    def nearest(
        self, matrix: Matrix, query: Vector, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row numbers and cosines of the k best allowed rows, best first; ties go to the lower row number.

        `matrix` is `(N, D) float32` (often a memory map), `query` `(D,)`, `allowed` `(N,) bool` or None for all.
        Fewer than k rows come back only when fewer are allowed.
        """
        ...


@runtime_checkable
class Recogniser(Protocol):
    """Finds what it was taught in photos. `tasks` are those it can do, `labels` all that it can say."""

    tasks: frozenset[Task]
    labels: tuple[str, ...]

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """For each photo its findings, best first; boxes and masks are in that photo's own pixels.

        classify: labels with calibrated probabilities, no box; localise: at most one box; detect: any number of boxes;
        segment: one mask a label, masks never overlap; instances: one mask and its box a thing.
        Raises `BadInput` for a task that is not in `tasks`, `BadPhoto` for what are no pixels.
        """
        ...


@runtime_checkable
class RuleMiner(Protocol):
    """Finds what is often taken together."""

    def frequent(
        self, baskets: Baskets, least_count: int, *, max_items: int, max_itemsets: int, max_seconds: float
    ) -> Itemsets:
        """Every set of 1 to `max_items` items that at least `least_count` baskets hold, with its exact count.

        Never runs away: raises `BadInput`, saying what would cure it, when there are more than `max_itemsets` sets or
        `max_seconds` are over; also for a `least_count` or `max_items` below 1, and for baskets that do not fit
        together.
        """
        ...


@runtime_checkable
class Forecaster(Protocol):
    """Goes on with series of numbers. `heeds_drivers` says whether it uses what is known of the days ahead; a way that
    does looks at each history alone, so that its answer does not depend on what else is asked."""

    heeds_drivers: bool

    def forecast(
        self,
        histories: Sequence[NDArray[np.float64]],
        steps: int,
        periods: Sequence[int] = (),
        drivers: Sequence[NDArray[np.float64]] | None = None,
    ) -> NDArray[np.float64]:
        """`(N, steps)`: what comes after each history `(T,)`, oldest first, NaN where a day is missing.

        `periods` are lengths after which things repeat (7 for a week of days), the shortest first. `drivers` gives for
        each history `(T + steps, D)` numbers that are known for every day, past and ahead. Always finite, however
        short, gappy or constant the past is. Raises `BadInput` for a history without any number, or for `steps` < 1.
        """
        ...
