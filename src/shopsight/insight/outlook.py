"""The forecast of a shop's own KPI: its days from the catalogue, its photos' factors as shoppers saw them.

On each day a factor is the mean over the photos shown, each counted as often as it was seen. That changes when photos
change, and when shoppers turn to other products: a what-if cannot tell the two apart, so it is only *predicted*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import TooLittleData
from shopsight.insight.daily import Series, read_series
from shopsight.insight.factors import FACTORS, VERSION, Factor
from shopsight.insight.forecast import FLOOR, WITH_FACTORS, Factors, Forecast, WhatIf, foresee, what_if
from shopsight.insight.simulate import SOURCE
from shopsight.kpis import KPIS
from shopsight.protocols import Forecaster
from shopsight.types import KpiDay

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue

FACTOR_NAMES = tuple(name for name, factor in FACTORS.items() if not factor.circular)


@dataclass(frozen=True, slots=True)
class Knob:
    """A picture factor as the shop has had it: now (the mean of the last week), and between which ends so far."""

    factor: Factor
    now: float
    low: float
    high: float

    @property
    def varied(self) -> bool:
        """Whether anything can be learned from it."""
        return self.high - self.low > 1e-6 * (self.factor.high - self.factor.low)


def forecast_kpi(
    catalogue: Catalogue,
    kpi: str,
    days: int,
    forecasters: Mapping[str, Forecaster],
    *,
    sku: str = "",
    with_factors: bool = False,
    today: date | None = None,
) -> Forecast:
    """The KPI of the shop, or of one product, for the next days; see `foresee`.

    `today` (UTC) is left out of the past: it is not over. Raises `BadInput` for an unknown KPI, `NotFound` for an
    unknown product, `TooLittleData`.
    """
    series = series_of(catalogue, kpi, sku, today)
    factors = factors_shown(catalogue, kpi, series, sku) if with_factors else None
    return foresee(series, KPIS[kpi], days, forecasters, factors=factors, sku=sku)


def forecast_if(
    catalogue: Catalogue,
    kpi: str,
    days: int,
    changes: Mapping[str, float],
    forecasters: Mapping[str, Forecaster],
    *,
    sku: str = "",
    today: date | None = None,
) -> WhatIf:
    """The same forecast with picture factors changed by `changes`; see `what_if`."""
    series = series_of(catalogue, kpi, sku, today)
    factors = factors_shown(catalogue, kpi, series, sku)
    way, floor = forecasters[WITH_FACTORS], forecasters[FLOOR]
    return what_if(series, KPIS[kpi], days, way, factors, changes, floor=floor, sku=sku)


def knobs_of(catalogue: Catalogue, kpi: str, *, sku: str = "", today: date | None = None) -> tuple[Knob, ...]:
    """How far each picture factor has moved so far, what moved most in its own span first.

    Raises what `forecast_if` raises where no factor of any photo that was shown is known.
    """
    series = series_of(catalogue, kpi, sku, today)
    shown = factors_shown(catalogue, kpi, series, sku)
    knobs = [_knob(FACTORS[name], shown.values[:, place]) for place, name in enumerate(shown.names)]
    return tuple(sorted(knobs, key=lambda knob: (knob.low - knob.high) / (knob.factor.high - knob.factor.low)))


def _knob(factor: Factor, column: NDArray[np.float64]) -> Knob:
    known = column[np.isfinite(column)]
    return Knob(factor, float(known[-7:].mean()), float(known.min()), float(known.max()))


def is_simulated(catalogue: Catalogue, kpi: str) -> bool:
    """Whether any of a KPI's numbers are made up, which whoever reads them must be told."""
    return SOURCE in catalogue.kpi_sources(kpi)


def series_of(catalogue: Catalogue, kpi: str, sku: str = "", today: date | None = None) -> Series:
    """The days of a KPI that are over. Raises `TooLittleData` where there is none."""
    if sku:
        catalogue.product(sku)
    until = (today or datetime.now(UTC).date()) - timedelta(days=1)
    rows = catalogue.daily(kpi, sku=sku, until=until)
    open_days = {row.day for row in catalogue.daily(kpi, until=until)} if sku else set()
    series = read_series(rows, KPIS[kpi], open_days)
    if series is None:
        about = f"{kpi} of {sku}" if sku else kpi
        cure = "Import events or a daily table first, or choose another KPI."
        raise TooLittleData(f"forecast of {about}", "no day of it is known", cure)
    return series


def factors_shown(catalogue: Catalogue, kpi: str, series: Series, sku: str = "") -> Factors:
    """Mean factors of the photos shown, day by day. Raises `TooLittleData` where no photo that was shown is measured.

    Where the events name photos these are counted, else each product's cover as it is now.
    """
    first, last = series.first, series.days[-1]
    rows = catalogue.daily(kpi, sku=sku, by="photo", since=first, until=last)
    shown = [(row.day, row.key, _seen(row, kpi)) for row in rows if row.key]
    if not shown:
        rows = catalogue.daily(kpi, sku=sku, by="sku", since=first, until=last)
        covers = {
            p.sku: p.photos[0] for p in catalogue.products(sorted({row.key for row in rows})).values() if p.photos
        }
        shown = [(row.day, covers[row.key], _seen(row, kpi)) for row in rows if row.key in covers]
    measured = catalogue.factors(VERSION, sorted({photo for _, photo, _ in shown}))
    if not measured:
        cure = "Measure the photos with `shopsight factors --catalogue`; events should name their photos."
        raise TooLittleData("picture factors", "no photo that was shown has been measured", cure)
    sums, counts = np.zeros((len(series.values), len(FACTOR_NAMES))), np.zeros(len(series.values))
    for day, photo, times in shown:
        if photo in measured and times > 0:
            place = (day - series.first).days
            sums[place] += times * np.array([measured[photo][name] for name in FACTOR_NAMES])
            counts[place] += times
    values = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1e-12)[:, None], np.nan)
    spans = {name: FACTORS[name].high - FACTORS[name].low for name in FACTOR_NAMES}
    return Factors(FACTOR_NAMES, values, spans)


def _seen(row: KpiDay, kpi: str) -> float:
    """How often something was seen: out of what the KPI counts, else what it counts."""
    return row.denominator if KPIS[kpi].out_of else row.numerator
