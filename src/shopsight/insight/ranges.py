"""How far off a forecast may be: ranges from the errors it made before, without believing in any distribution.

Split conformal prediction (Vovk et al., 2005; Lei et al., 2018) on rolling-origin errors. Errors grow with the days
ahead: each is measured against the usual size so many days ahead (made to rise by isotonic regression), and one
quantile of these ratios gives the width for all days. Where too few errors are known for it, Student's t comes in.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def half_widths(errors: Values, units: Values, level: float) -> Values:
    """`(N, steps)`: the forecast plus and minus this holds what comes with the chance `level`.

    `errors` is `(origins, N, steps)` with NaN for unknown ones, `units` `(N,)` the size of each series' moves.
    """
    sizes = np.abs(errors) / units[None, :, None]
    usual = _usual(sizes)
    ratios = sizes / usual
    # One origin of one series is one piece of evidence, however many days ahead it was followed.
    evidence = int(np.isfinite(sizes).any(2).sum())
    return np.asarray(_quantile(ratios[np.isfinite(ratios)], evidence, level) * usual * units[:, None])


def _usual(sizes: Values) -> Values:
    """`(steps,)` the mean size by days ahead, never falling; beyond what was seen it grows with the square root."""
    from scipy.optimize import isotonic_regression

    counts = np.isfinite(sizes).sum((0, 1))
    seen = np.flatnonzero(counts)
    ahead = np.arange(1, sizes.shape[2] + 1)
    if not len(seen):
        return np.sqrt(ahead)
    means = np.nansum(sizes, (0, 1))[seen] / counts[seen]
    rising = isotonic_regression(means, weights=counts[seen].astype(float)).x
    usual = np.interp(ahead, ahead[seen], rising)
    beyond = ahead > ahead[seen[-1]]
    usual[beyond] = rising[-1] * np.sqrt(ahead[beyond] / ahead[seen[-1]])
    # A method that was never wrong is not certain for that.
    return np.asarray(np.maximum(usual, 1e-9))


def _quantile(ratios: Values, evidence: int, level: float) -> float:
    """The finite-sample quantile of the ratios, or more where little is known."""
    from scipy.stats import t as student

    if not len(ratios):
        return float(student.ppf((1 + level) / 2, 1))
    found = float(np.quantile(ratios, min(1.0, level * (1 + 1 / evidence)), method="higher"))
    if evidence * (1 - level) >= 0.999:
        return found
    spread = math.sqrt(float((ratios**2).mean()))
    return max(found, spread * float(student.ppf((1 + level) / 2, max(1, evidence - 1))))
