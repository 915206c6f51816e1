"""A shop whose truth is known: made-up products with made-up factors that move its KPIs as much as was planted.

For tests and for learning what the numbers mean. All that comes from here is marked with the source `simulated`.

Each product has factors of mean 0 and spread 1. A day's impressions are negative binomial with a weekly rhythm;
clicks, carts, purchases and returns are binomial with log-odds that add up: the KPI's usual level, the planted effects
times the factors, and a lasting oddity of the product itself (`product_spread`), which is why rows of one product are
no independent evidence. Views come from everywhere, not from these clicks alone: what moves clicks does not move them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopsight.kpis import KPIS
from shopsight.types import Event

if TYPE_CHECKING:
    from shopsight.catalogue.kpi_days import DailyRow

SOURCE = "simulated"
FIRST_DAY = date(2026, 1, 5)
FACTOR_NAMES = (
    "brightness",
    "contrast",
    "colourfulness",
    "white_ground",
    "subject_size",
    "clutter",
    "warmth",
    "symmetry",
)
CATEGORIES = ("Shirts", "Dresses", "Shoes", "Bags")
WEEK = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 1.3, 1.25])
USUAL = {"click_through": 0.03, "add_to_cart": 0.08, "conversion": 0.03, "abandoned_cart": 0.6, "return": 0.2}
"""The level of each KPI before anything moves it."""
STEPS = (
    ("click_through", "impression", "click"),
    ("add_to_cart", "view", "cart"),
    ("conversion", "view", "purchase"),
    ("abandoned_cart", "cart", "abandon"),
    ("return", "purchase", "return"),
)
Counts = NDArray[np.int64]
Effects = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class SimulatedShop:
    """`factors` is `(N, F) float32` in the order of `skus` and `names`; `counts` holds `(N, days) int64` by event kind;
    `prices` `(N,)`. `truth` is what was planted: KPI -> factor -> log-odds (traffic: log) per one spread of it."""

    seed: int
    skus: tuple[str, ...]
    categories: tuple[str, ...]
    names: tuple[str, ...]
    factors: NDArray[np.float32]
    days: tuple[date, ...]
    counts: Mapping[str, Counts]
    prices: NDArray[np.float64]
    truth: Effects

    def daily(self, kpi: str) -> list[DailyRow]:
        """The KPI's rows, product by product and day by day; days without a denominator are left out."""
        from shopsight.catalogue.kpi_days import DailyRow

        above, below = self.totals(kpi)
        return [
            DailyRow(day, kpi, float(above[n, d]), float(below[n, d]), sku=sku)
            for n, sku in enumerate(self.skus)
            for d, day in enumerate(self.days)
            if below[n, d] > 0
        ]

    def totals(self, kpi: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Numerators and denominators `(N, days) float64`."""
        known = KPIS[kpi]
        above = np.sum([self.counts[kind] for kind in known.counts], axis=0).astype(np.float64)
        if known.sums_amount:
            above = above * self.prices[:, None]
        if not known.out_of:
            return above, np.ones_like(above)
        return above, np.sum([self.counts[kind] for kind in known.out_of], axis=0).astype(np.float64)

    def events(self, kinds: Sequence[str] = ("click", "view", "cart", "purchase")) -> Iterator[tuple[str, Event]]:
        """Each thing that happened as an event with an id, spread over its day; no visitor is named."""
        lot = np.random.default_rng((self.seed, 1))
        for kind in kinds:
            for n, d in zip(*np.nonzero(self.counts[kind]), strict=True):
                begin = datetime.combine(self.days[d], datetime.min.time(), UTC)
                for place in range(int(self.counts[kind][n, d])):
                    at = begin + timedelta(seconds=float(lot.uniform(0, 86_399)))
                    amount = float(self.prices[n]) if kind in ("purchase", "return") else 0.0
                    yield f"simulated-{self.seed}-{kind}-{n}-{d}-{place}", Event(at, kind, self.skus[n], amount=amount)


def simulate_shop(
    seed: int,
    products: int = 300,
    days: int = 60,
    effects: Effects | None = None,
    *,
    names: Sequence[str] = FACTOR_NAMES,
    factors: NDArray[np.floating] | None = None,
    skus: Sequence[str] | None = None,
    impressions_a_day: float = 120.0,
    product_spread: float = 0.25,
    first_day: date = FIRST_DAY,
) -> SimulatedShop:
    """A seeded shop with planted `effects`: KPI (traffic or one of `USUAL`) -> factor -> log-odds per one spread.

    `factors` `(N, F)` are used as they are instead of drawn ones (give them with mean 0 and spread 1), `skus` names the
    products. The same arguments give the same shop.

    >>> shop = simulate_shop(0, products=50, days=14, effects={"click_through": {"brightness": 0.3}})
    >>> clicks, shown = shop.totals("click_through")
    >>> clicks.shape, bool((clicks <= shown).all())
    ((50, 14), True)
    """
    planted: Effects = effects or {}
    lot = np.random.default_rng(seed)
    known = lot.standard_normal((products, len(names))) if factors is None else np.asarray(factors, np.float64)
    calendar = tuple(first_day + timedelta(days=n) for n in range(days))
    shown = _impressions(lot, known, names, planted, calendar, impressions_a_day, product_spread)
    counts: dict[str, Counts] = {"impression": shown}
    for kpi, below, above in STEPS:
        if below == "view":
            counts.setdefault("view", lot.poisson(0.04 * shown))
        odds = np.log(USUAL[kpi] / (1 - USUAL[kpi])) + _pull(known, names, planted.get(kpi, {}))
        odds = odds + product_spread * lot.standard_normal(len(known))
        counts[above] = lot.binomial(counts[below], 1 / (1 + np.exp(-odds))[:, None])
    return SimulatedShop(
        seed,
        tuple(skus) if skus is not None else tuple(f"SIM{n:05}" for n in range(len(known))),
        tuple(CATEGORIES[n % len(CATEGORIES)] for n in range(len(known))),
        tuple(names),
        known.astype(np.float32),
        calendar,
        counts,
        np.round(lot.lognormal(3.4, 0.5, len(known)), 2),
        planted,
    )


def _impressions(
    lot: np.random.Generator,
    factors: NDArray[np.float64],
    names: Sequence[str],
    planted: Effects,
    calendar: Sequence[date],
    a_day: float,
    spread: float,
) -> Counts:
    """Negative binomial with a weekly rhythm: variance 1.5 times the mean of a day. Planted traffic works here."""
    lasting = _pull(factors, names, planted.get("traffic", {})) + 2 * spread * lot.standard_normal(len(factors))
    week = WEEK[[day.weekday() for day in calendar]]
    mean = a_day * np.exp(lasting)[:, None] * week[None, :]
    return np.asarray(lot.poisson(lot.gamma(mean / 0.5, 0.5)), np.int64)


def _pull(factors: NDArray[np.float64], names: Sequence[str], effects: Mapping[str, float]) -> NDArray[np.float64]:
    """What the factors add to each product's log-odds. Raises `KeyError` for a factor that is not there."""
    places = {name: place for place, name in enumerate(names)}
    weights = np.zeros(len(names))
    for name, effect in effects.items():
        weights[places[name]] = effect
    return np.asarray(factors @ weights)
