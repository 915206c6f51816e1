"""What was, comes again: the floor that every other way of forecasting has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shopsight.engines.forecast.panel import Values, lay_out
from shopsight.engines.record import Record


class SeasonalNaive:
    """Every day is as it was one period before; without a full period (or without periods), as the last day was."""

    heeds_drivers = False

    def __init__(self, record: Record, **options: object) -> None:
        self.record = record

    def forecast(
        self,
        histories: Sequence[Values],
        steps: int,
        periods: Sequence[int] = (),
        drivers: Sequence[Values] | None = None,
    ) -> Values:
        """See `Forecaster`. The first of `periods` is the one that is repeated."""
        panel = lay_out(histories, steps)
        width = panel.values.shape[1]
        period = np.where(panel.lengths >= (periods[0] if periods else 1), periods[0] if periods else 1, 1)
        columns = width - period[:, None] + np.arange(steps) % period[:, None]
        return np.take_along_axis(panel.values, columns, 1)
