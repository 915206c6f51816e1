"""Several ways at once: the mean of good methods errs less than most of them alone (Bates and Granger, 1969)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shopsight.engines.forecast.ets import Ets
from shopsight.engines.forecast.lags import PooledLags
from shopsight.engines.forecast.panel import Values
from shopsight.engines.forecast.trees import PooledTrees
from shopsight.engines.record import Record
from shopsight.protocols import Forecaster


class Combined:
    """The mean of what one series tells (ETS) and what all of them tell together (lags)."""

    heeds_drivers = False

    def __init__(self, record: Record, **options: object) -> None:
        self.record = record
        self.parts: tuple[Forecaster, ...] = (Ets(record), PooledLags(record))

    def forecast(
        self,
        histories: Sequence[Values],
        steps: int,
        periods: Sequence[int] = (),
        drivers: Sequence[Values] | None = None,
    ) -> Values:
        """See `Forecaster`."""
        said = [part.forecast(histories, steps, periods) for part in self.parts]
        return np.asarray(np.mean(said, axis=0))


class CombinedTrees(Combined):
    """With boosted trees as the third voice: better for many series, slower."""

    def __init__(self, record: Record, **options: object) -> None:
        super().__init__(record)
        self.parts = (*self.parts, PooledTrees(record))
