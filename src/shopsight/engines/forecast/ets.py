"""Exponential smoothing with a damped trend, averaged over how quickly it learns.

ETS(A,Ad,N) of Hyndman, Koehler, Ord and Snyder (2008) on what is left when the seasons are taken out. Its one-step
errors are those of an ARIMA(1,1,2) whose moving average follows from the smoothing weights, so that one linear filter
gives the errors of all series at once:

    (1 - phi B)(1 - B) y = (1 + (alpha + phi beta - 1 - phi) B + phi (1 - alpha) B^2) e

Instead of searching for the best weights of each series, a grid of them is averaged by Akaike weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from shopsight.engines.forecast.panel import Panel, Values, lay_out
from shopsight.engines.forecast.season import take_out
from shopsight.engines.record import Record

ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 1.0)
BETAS = (0.0, 0.02, 0.05, 0.1, 0.3)
"""As a share of alpha. 0: no trend at all."""
PHIS = (0.8, 0.9, 0.95, 0.98)


class Ets:
    """Damped exponential smoothing, seasons by decomposition."""

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
        """See `Forecaster`."""
        panel, season = take_out(lay_out(histories, steps), periods, steps)
        return smooth(panel, steps) + season


def smooth(panel: Panel, steps: int) -> Values:
    """`(N, steps)` the damped forecast of series without seasons."""
    from scipy.signal import lfilter

    moves = panel.values - panel.values[:, :1]
    scored = panel.known & (np.arange(panel.values.shape[1]) > panel.starts[:, None])
    count = np.maximum(scored.sum(1), 1)
    # Below a millionth of its own spread an error is rounding: a straight line must not divide by nothing.
    least = 1e-12 * moves.var(1) + 1e-300
    scores, ways = [], []
    for alpha, beta, phi in weights():
        moving = [1.0, alpha + phi * beta - 1 - phi, phi * (1 - alpha)]
        errors = lfilter([1.0, -1 - phi, phi], moving, moves, axis=1)
        level = panel.last - (1 - alpha) * errors[:, -1]
        trend = lfilter([beta], [1.0, -phi], errors, axis=1)[:, -1]
        scores.append(count / 2 * np.log((errors**2 * scored).sum(1) / count + least) + 2 * (beta > 0))
        ways.append(level[:, None] + trend[:, None] * np.cumsum(phi ** np.arange(1, steps + 1)))
    akaike = np.exp(np.min(scores, axis=0) - np.array(scores))
    akaike /= akaike.sum(0)
    return np.asarray(np.einsum("gn,gns->ns", akaike, np.array(ways)))


def weights() -> Iterator[tuple[float, float, float]]:
    """alpha, beta, phi of the grid."""
    for alpha in ALPHAS:
        yield alpha, 0.0, PHIS[0]
        for share in BETAS[1:]:
            for phi in PHIS:
                yield alpha, alpha * share, phi
