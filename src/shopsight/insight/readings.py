"""What each KPI was, with its range: shares, rates and means with 95 % intervals that days and their whims widen.

- A share (binomial): Wilson's interval (1927) on an effective number of rows: where days differ by more than chance,
  the rows are divided by that over-dispersion (Pearson's chi-squared by its degrees of freedom, never below 1).
- Traffic: the mean of the days, with Student's t over the days.
- Money per view and places: a ratio of sums, its variance from the days' residuals (Cochran 1977, 6.11), Student's t.

All of them say what the logs hold (kind *estimated from logs*): a difference between two is no proof of a cause.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopsight.catalogue.kpi_days import kpi_named
from shopsight.errors import TooLittleData
from shopsight.kpis import KPIS
from shopsight.types import Estimate, Kpi, KpiDay

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue

SIMULATED = "simulated"
Z95 = 1.959963984540054
Days = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KpiReading:
    """A KPI as it was between two days: `estimate` is none where there is too little to say. `days` counts those with
    data; `simulated` is true when any of it is made up."""

    kpi: Kpi
    estimate: Estimate | None
    numerator: float
    denominator: float
    days: int
    since: date
    until: date
    sources: tuple[str, ...]

    @property
    def simulated(self) -> bool:
        return any(source.startswith(SIMULATED) for source in self.sources)


def read_kpis(catalogue: Catalogue, days: int | None = None) -> list[KpiReading]:
    """Every KPI of which something is known, over the last `days` before and including the newest (none: all)."""
    known = catalogue.known_days()
    if known is None:
        return []
    until = known[1]
    since = known[0] if days is None else max(known[0], until - timedelta(days=days - 1))
    found = (read_kpi(catalogue, name, since, until) for name in KPIS if catalogue.tells_of(name))
    return [reading for reading in found if reading.days]


def read_kpi(catalogue: Catalogue, name: str, since: date, until: date, sku: str = "") -> KpiReading:
    """One KPI between two days, both included. Raises `BadInput` for a KPI that is none."""
    kpi, rows = kpi_named(name), catalogue.daily(name, sku=sku, since=since, until=until)
    above, below = sum(row.numerator for row in rows), sum(row.denominator for row in rows)
    sources = catalogue.kpi_sources(name, since, until) if rows else ()
    try:
        estimate = estimate_kpi(kpi, rows)
    except TooLittleData:
        estimate = None
    return KpiReading(kpi, estimate, above, below, len(rows), since, until, sources)


def estimate_kpi(kpi: Kpi, days: Sequence[KpiDay]) -> Estimate:
    """The KPI over those days with its 95 % range; `rows` are what is in the denominator (days for traffic).

    Raises `TooLittleData` where nothing was counted in the denominator, or for a mean of fewer than three days.

    >>> from datetime import date
    >>> week = [KpiDay(date(2026, 3, day), "", 30, 1000) for day in range(1, 8)]
    >>> found = estimate_kpi(KPIS["click_through"], week)
    >>> found.value, round(found.low, 4), round(found.high, 4), found.rows
    (0.03, 0.0263, 0.0343, 7000)
    """
    above = np.array([day.numerator for day in days], np.float64)
    below = np.array([day.denominator for day in days], np.float64)
    total = float(below.sum())
    if total <= 0:
        raise TooLittleData(kpi.name, f"there are no {kpi.denominator}", "Bring in more events")
    value = float(above.sum()) / total
    if kpi.family == "binomial" and value <= 1:
        low, high = wilson(value, total / over_dispersion(above, below))
    else:
        low, high = ratio_range(kpi, above, below)
    return Estimate(value, low, high, round(total), "estimated from logs")


def wilson(share: float, rows: float) -> tuple[float, float]:
    """Wilson's 95 % interval (1927) for a share out of `rows`.

    >>> low, high = wilson(0.0, 10)
    >>> low, round(high, 4)
    (0.0, 0.2775)
    """
    middle = share + Z95**2 / (2 * rows)
    reach = Z95 * math.sqrt(share * (1 - share) / rows + Z95**2 / (4 * rows**2))
    scale = 1 + Z95**2 / rows
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def over_dispersion(above: Days, below: Days) -> float:
    """How much more the days differ than chance alone would let them: 1 and up."""
    used = below > 0
    share = above[used].sum() / below[used].sum()
    if used.sum() < 2 or not 0 < share < 1:
        return 1.0
    expected = below[used] * share
    chi_squared = ((above[used] - expected) ** 2 / (expected * (1 - share))).sum()
    return max(1.0, float(chi_squared / (used.sum() - 1)))


def ratio_range(kpi: Kpi, above: Days, below: Days) -> tuple[float, float]:
    """95 % range of a ratio of sums, from how the days scatter around it."""
    from scipy.stats import t

    days = len(above)
    if days < 3:
        raise TooLittleData(kpi.name, f"{days} days do not show how much days differ", "Bring in at least 3 days")
    value = above.sum() / below.sum()
    residuals = above - value * below
    error = math.sqrt(days / (days - 1) * float((residuals**2).sum())) / float(below.sum())
    reach = float(t.ppf(0.975, days - 1)) * error
    return max(0.0, value - reach), value + reach
