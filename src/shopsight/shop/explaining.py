"""What happened in the shop, what pictures have to do with it, what comes next, and what goes with what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from shopsight.shop.pictures import Pictures
from shopsight.types import Baskets, Pixels

if TYPE_CHECKING:
    from shopsight.insight.advice import Advice
    from shopsight.insight.extremes import Ends
    from shopsight.insight.forecast import Forecast, WhatIf
    from shopsight.insight.goes_with import Companion
    from shopsight.insight.influence import Influence
    from shopsight.insight.outlook import Knob
    from shopsight.insight.readings import KpiReading
    from shopsight.insight.rules import Limits, RuleBook
    from shopsight.insight.table import FactorTable
    from shopsight.insight.together import Level
    from shopsight.protocols import Forecaster, RuleMiner

FORECASTS = ("combined", "ets", "pooled-lags", "regression", "seasonal-naive", "theta")
"""The ways that are tried on a KPI; pooled trees need many series and more time."""


class Explaining(Pictures):
    """Hands the catalogue and the engines to the merchandiser's questions."""

    def factors(self, photo: bytes | Path | str | Pixels) -> dict[str, float]:
        """A picture as about 45 numbers by name; `shopsight.insight.factors.FACTORS` says what each means."""
        from shopsight.images.decode import upright_size
        from shopsight.insight.factors import measure_factors
        from shopsight.insight.view import SIDE_PX

        if isinstance(photo, np.ndarray):
            return measure_factors(photo)
        name, data = ("photo", photo) if isinstance(photo, bytes) else self._read(Path(photo))
        size_px = upright_size(data, name=name, **self._limits)
        return measure_factors(self._pixels(data, whole=False, side_px=SIDE_PX, name=name), size_px=size_px)

    def factor_table(self) -> FactorTable:
        """All measured products as rows of numbers: factors, category, and the main directions of their looks."""
        from shopsight.insight.table import factor_table

        return factor_table(self.catalogue, self.engine.space)

    def advice(self, skus: Sequence[str] | None = None) -> Iterator[Advice]:
        """What would make the shop's measured photos better, photo by photo, and covers that two products share."""
        from shopsight.insight.advice import advise_shop

        return advise_shop(self.catalogue, self.engine.space, skus)

    def kpis(self, days: int | None = None) -> list[KpiReading]:
        """Every KPI of which something is known, with its 95 % range, over the last `days` known (none: all)."""
        from shopsight.insight.readings import read_kpis

        return read_kpis(self.catalogue, days)

    def forecast(self, kpi: str, days: int = 28, *, sku: str = "", with_factors: bool = False) -> Forecast:
        """A KPI for the next days, of the shop or one product, with 80 and 95 % ranges; kind *predicted*.

        Raises `BadInput` for an unknown KPI, `NotFound` for an unknown product, `TooLittleData`.
        """
        from shopsight.insight.outlook import forecast_kpi

        return forecast_kpi(self.catalogue, kpi, days, self._forecasters(), sku=sku, with_factors=with_factors)

    def what_if(self, kpi: str, changes: Mapping[str, float], days: int = 28, *, sku: str = "") -> WhatIf:
        """The same forecast with picture factors changed by `changes`, each in its own unit.

        Raises what `forecast` raises, `BadInput` for an unknown factor, `TooLittleData` for one that never varied.
        """
        from shopsight.insight.outlook import forecast_if

        return forecast_if(self.catalogue, kpi, days, changes, self._forecasters(), sku=sku)

    def knobs(self, kpi: str, *, sku: str = "") -> tuple[Knob, ...]:
        """Between which ends each picture factor has been while a KPI was counted: what a what-if may turn.

        Raises `TooLittleData` where no photo that was shown has been measured, and what `forecast` raises.
        """
        from shopsight.insight.outlook import knobs_of

        return knobs_of(self.catalogue, kpi, sku=sku)

    def influence(
        self,
        kpi: str,
        by: Literal["", "category"] = "",
        *,
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> Influence:
        """Which factors of the cover photos go with a KPI, with ranges and a control; kind *estimated from logs*.

        Raises `BadInput` for an unknown KPI, `TooLittleData` with what it would take.
        """
        from shopsight.insight.influence import influence_in
        from shopsight.insight.shapes import silent

        kept: dict[str, Influence] = self._once("influences", dict)
        return influence_in(self.catalogue, kpi, self.engine.space, by, kept, progress or silent)

    def factor_ends(self, factor: str, count: int = 6, category: str = "") -> Ends:
        """The cover photos that have least and most of a factor. Raises `NotFound` for a factor that is none."""
        from shopsight.insight.extremes import ends_of

        return ends_of(self.catalogue, factor, self.engine.space, count, category)

    @property
    def baskets(self) -> Baskets:
        """What was bought together, in memory; read again when baskets came or went."""
        revision = self.catalogue.baskets_revision()
        kept: tuple[tuple[int, int], Baskets] | None = self._parts.get("baskets")
        if kept is None or kept[0] != revision:
            kept = self._parts["baskets"] = (revision, self.catalogue.baskets())
        return kept[1]

    def rules(
        self,
        min_support: float = 0.01,
        min_confidence: float = 0.3,
        level: Level = "product",
        *,
        keep_redundant: bool = False,
        limits: Limits | None = None,
        engine: str = "bitset",
    ) -> RuleBook:
        """Who buys what also buys what: rules between products, categories or looks, best lift first.

        `min_support` and `min_confidence` are shares, 0-1. Raises `TooLittleData` for too few baskets, `BadInput` for
        thresholds that are no shares and for ones that give more sets of items than the limits allow.
        """
        from shopsight.engines import load
        from shopsight.insight.rules import DEFAULT_LIMITS
        from shopsight.insight.together import rules_at

        miner: RuleMiner = self._once(f"miner {engine}", lambda: load(engine))
        asked = (level, self.catalogue, self.engine.space, self.baskets, miner, min_support, min_confidence)
        return rules_at(*asked, keep_redundant=keep_redundant, limits=limits or DEFAULT_LIMITS)

    def goes_with(self, sku: str, k: int = 8) -> list[Companion]:
        """What goes well with a product: bought together, else by look, each saying which. Raises `NotFound`."""
        from shopsight.insight.goes_with import find_companions

        product = self.catalogue.product(sku)
        return find_companions(self.catalogue, self.engine.space, self.baskets, product, k)

    def _forecasters(self) -> Mapping[str, Forecaster]:
        """The ways of forecasting that are quick enough to be tried on one KPI while somebody waits."""
        from shopsight.engines import load

        return self._once("forecasters", lambda: {name: cast("Forecaster", load(name)) for name in FORECASTS})
