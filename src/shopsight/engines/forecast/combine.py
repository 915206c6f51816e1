"""Several ways at once: the mean of plain methods errs less than most of them alone (Bates and Granger, 1969)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shopsight.engines.forecast.ets import Ets
from shopsight.engines.forecast.naive import SeasonalNaive
from shopsight.engines.forecast.panel import Values
from shopsight.engines.forecast.theta import Theta
from shopsight.engines.record import Record


class Combined:
    """The mean of ETS, Theta and seasonal naive."""

    heeds_drivers = False

    def __init__(self, record: Record, **options: object) -> None:
        self.record = record
        self.parts = (Ets(record), Theta(record), SeasonalNaive(record))

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
