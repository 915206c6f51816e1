"""How well a way of forecasting would have done: stand at earlier days, look ahead, compare with what came.

Rolling-origin evaluation (Tashman, 2000): at each origin nothing later is known to the engine, and every way is asked
the same questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from shopsight.protocols import Forecaster

Values = NDArray[np.float64]
ORIGINS = 30
"""At most so many origins for one series; with many series fewer do."""
LEAST = 3
"""Points that are known at the earliest origin."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came minus what was said: `(origins, N, steps)`, NaN where nothing came or nothing could be asked."""

    errors: Values

    @property
    def error(self) -> float:
        """The mean absolute error in the series' own unit; NaN where nothing could be compared."""
        sizes = np.abs(self.errors)
        return float(np.nanmean(sizes)) if np.isfinite(sizes).any() else float("nan")

    def scaled(self, units: Values) -> float:
        """The mean over the series of their mean absolute errors in units of their own: MASE for the right units."""
        sizes = np.abs(self.errors)
        counts = np.isfinite(sizes).sum((0, 2))
        means = np.nansum(sizes, (0, 2))[counts > 0] / counts[counts > 0] / units[counts > 0]
        return float(means.mean()) if len(means) else float("nan")


def offsets_for(length: int, steps: int, series: int = 1) -> list[int]:
    """How many points before the end the origins lie: close together for one series, a horizon apart for many.

    >>> offsets_for(400, 13, series=300)
    [13, 26, 39]
    >>> offsets_for(5, 14)
    [1, 2]
    """
    room = length - LEAST
    if series >= 10:
        return [steps * i for i in (1, 2, 3) if steps * i <= room]
    furthest = min(room, 3 * steps + 28)
    if furthest < 1:
        return []
    return sorted({round(offset) for offset in np.linspace(1, furthest, min(ORIGINS, furthest))})


def backtest(
    forecaster: Forecaster,
    histories: Sequence[Values],
    steps: int,
    periods: Sequence[int],
    offsets: Sequence[int],
    drivers: Sequence[Values] | None = None,
) -> Backtest:
    """Asks the forecaster at every origin; a series that has fewer than `LEAST` numbers by then is not asked about."""
    errors = np.full((len(offsets), len(histories), steps), np.nan)
    asked = [
        (place, i)
        for place, offset in enumerate(offsets)
        for i, h in enumerate(histories)
        if np.isfinite(h[: max(0, len(h) - offset)]).sum() >= LEAST
    ]
    for questions in _rounds(asked, at_once=forecaster.heeds_drivers):
        cut = [histories[i][: len(histories[i]) - offsets[place]] for place, i in questions]
        known = None
        if drivers is not None:
            known = [drivers[i][: len(h) + steps] for (_, i), h in zip(questions, cut, strict=True)]
        said = forecaster.forecast(cut, steps, periods, known)
        for row, (place, i) in enumerate(questions):
            came = histories[i][len(histories[i]) - offsets[place] :][:steps]
            errors[place, i, : len(came)] = came - said[row, : len(came)]
    return Backtest(errors)


def _rounds(asked: Sequence[tuple[int, int]], *, at_once: bool) -> list[list[tuple[int, int]]]:
    """The questions (origin, series) origin by origin; all in one go for a way that looks at each history alone, which
    is many times as quick and tells it nothing."""
    if at_once:
        return [list(asked)] if asked else []
    return [list(group) for _, group in groupby(asked, key=lambda question: question[0])]
