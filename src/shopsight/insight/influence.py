"""Which picture factors go with a KPI: effects, their shapes, and a control that must find nothing.

    answer = influence_in(catalogue, "click_through", space)
    answer.effects[0].name, answer.effects[0].effect

All of it is estimated from logs. A factor that goes with clicks may be the photographer's, the season's or the
product's; only an experiment that changes the photo alone can say what the photo does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput, TooLittleData
from shopsight.insight.effects import (
    CALLED,
    LOGS,
    FactorEffect,
    Mode,
    Sheet,
    correct,
    estimate,
    fits,
    part_of,
    prepare,
)
from shopsight.insight.readings import wilson
from shopsight.insight.shapes import Progress, Shape, find_shapes, silent
from shopsight.types import Estimate, Kpi

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue

By = Literal["", "category"]
LEAST_PRODUCTS, LEAST_COUNTED = 40, 100
"""Products of which the KPI is known, and things counted, below which nothing is said."""
SHUFFLES = 20
SIMULATED = "simulated"
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Control:
    """The same question asked of photos shuffled among the products, where nothing is to be found.

    `any_called` is the share of shuffles in which a factor was called all the same (a tenth is what the correction
    lets pass), `called` the share of factors, `mean_effect` the mean slope; ranges are over the `shuffles`.
    """

    shuffles: int
    any_called: Estimate
    called: Estimate
    mean_effect: Estimate

    @property
    def clean(self) -> bool:
        """Whether the control found as little as it should: few calls, and no effect on average."""
        mean = self.mean_effect
        # An honest control is outside its own 95 % range once in twenty, outside 1.85 times that once in a thousand.
        return self.any_called.low <= CALLED and abs(mean.value) <= 1.85 * (mean.high - mean.value)


@dataclass(frozen=True)
class Logs:
    """What the logs hold of products: `values` `(N, F)` factors, `counts` `(N, 2)` numerator and denominator."""

    skus: tuple[str, ...]
    names: tuple[str, ...]
    values: NDArray[np.floating]
    categories: tuple[str, ...]
    counts: Values
    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def digest(self) -> str:
        """The same for the same logs: what an answer may be kept under."""
        seen = hashlib.sha256(repr((self.skus, self.names, self.categories, self.sources)).encode())
        seen.update(np.ascontiguousarray(self.values).tobytes() + np.ascontiguousarray(self.counts).tobytes())
        return seen.hexdigest()


@dataclass(frozen=True)
class Influence:
    """The answer: `effects` of the whole shop, the surest first, and of each category where these were asked for.

    `counted` of `out_of` is what the logs hold of `products` products; `between` how much products differ beyond chance
    and beyond the factors (standard deviation on the link's scale). `left_out` names categories with too little data,
    `constant` factors that never vary.
    """

    kpi: Kpi
    mode: Mode
    products: int
    counted: float
    out_of: float
    between: float
    effects: tuple[FactorEffect, ...]
    control: Control
    shapes: tuple[Shape, ...]
    constant: tuple[str, ...]
    sources: tuple[str, ...]
    since: date | None
    until: date | None
    by_category: Mapping[str, tuple[FactorEffect, ...]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def called(self) -> tuple[FactorEffect, ...]:
        """The factors beyond chance."""
        return tuple(effect for effect in self.effects if effect.called)

    @property
    def simulated(self) -> bool:
        return any(source.startswith(SIMULATED) for source in self.sources)


def influence_in(
    catalogue: Catalogue,
    kpi: str,
    space: str = "",
    by: By = "",
    kept: dict[str, Influence] | None = None,
    progress: Progress = silent,
) -> Influence:
    """The influence of the shop's cover photos on a KPI. `kept` holds answers to the same question of the same logs.

    Raises `BadInput` for a KPI that is none, `TooLittleData` with the cure.
    """
    from shopsight.catalogue.kpi_days import kpi_named

    known = kpi_named(kpi)
    if by not in ("", "category"):
        raise BadInput(f"by {by}", "influence cannot be told apart by that", "Use category or nothing.")
    logs = read_logs(catalogue, kpi, space)
    name = f"{kpi} {by} {logs.digest()}"
    if kept is not None and name in kept:
        return kept[name]
    answer = find_influence(known, logs, by, progress=progress)
    if kept is not None:
        while len(kept) >= 8:
            kept.pop(next(iter(kept)))
        kept[name] = answer
    return answer


def read_logs(catalogue: Catalogue, kpi: str, space: str = "") -> Logs:
    """Factors and counts of every product whose cover was measured. Raises `TooLittleData` where none was."""
    from shopsight.insight.table import factor_table, kpi_counts

    if not catalogue.tells_of(kpi):
        cure = "Bring events in with `shopsight events import FILE`, or choose another KPI."
        raise TooLittleData(f"influence on {kpi}", "nothing is known of it", cure)
    skus, names, values = factor_table(catalogue, space, looks=0, categories=False)
    if not skus:
        cure = "Measure the photos with `shopsight factors --catalogue`."
        raise TooLittleData(f"influence on {kpi}", "no product's photo has been measured", cure)
    days = catalogue.known_days()
    products = catalogue.products(skus)
    kinds = tuple(products[sku].category if sku in products else "" for sku in skus)
    counts = kpi_counts(catalogue, kpi, skus)
    since, until = days if days else (None, None)
    return Logs(skus, names, values, kinds, counts, catalogue.kpi_sources(kpi, since, until), since, until)


def find_influence(
    kpi: Kpi,
    logs: Logs,
    by: By = "",
    *,
    shuffles: int = SHUFFLES,
    shapes: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> Influence:
    """What the logs tell of the factors' influence on a KPI. The same logs and seed give the same answer.

    Raises `TooLittleData` below `LEAST_PRODUCTS` or `LEAST_COUNTED`, or where no factor varies.
    """
    sheet = prepare(kpi, logs.names, logs.values, logs.categories, logs.counts)
    check_enough(kpi, sheet)
    fitted = fits(sheet)
    parts, left_out = _parts(sheet) if by == "category" else ({}, ())
    return Influence(
        kpi,
        sheet.mode,
        len(sheet.above),
        float(sheet.above.sum()),
        float(sheet.below.sum()),
        float(np.sqrt(np.median([found.between for found, _ in fitted]))),
        tuple(estimate(sheet)),
        ask_control(sheet, shuffles, seed, progress),
        find_shapes(sheet, seed=seed, progress=progress) if shapes else (),
        sheet.constant,
        logs.sources,
        logs.since,
        logs.until,
        parts,
        left_out,
    )


def check_enough(kpi: Kpi, sheet: Sheet) -> None:
    """Raises `TooLittleData` for logs that are too few for an honest answer."""
    item = f"influence on {kpi.name}"
    if why := too_little(kpi, sheet):
        cure = f"Bring in more days: it takes {LEAST_PRODUCTS} products and {LEAST_COUNTED} {counted_in(kpi)}."
        raise TooLittleData(item, why, cure)
    if not sheet.names:
        raise TooLittleData(item, "the photos do not differ in any factor", "Measure more products' photos.")


def too_little(kpi: Kpi, sheet: Sheet) -> str:
    """Why the logs are too few, or nothing."""
    if len(sheet.above) < LEAST_PRODUCTS:
        return f"{len(sheet.above)} measured products with {kpi.denominator} are too few"
    counted = float((sheet.below if kpi.family == "gaussian" else sheet.above).sum())
    return "" if counted >= LEAST_COUNTED else f"{counted:,.0f} {counted_in(kpi)} are too few"


def counted_in(kpi: Kpi) -> str:
    """What the KPI's evidence is counted in."""
    return kpi.denominator if kpi.family == "gaussian" else kpi.numerator


def ask_control(sheet: Sheet, shuffles: int = SHUFFLES, seed: int = 0, progress: Progress = silent) -> Control:
    """Shuffles the photos among the products of each category and asks again."""
    lot = np.random.default_rng((seed, 2))
    called, means = [], []
    for done in range(shuffles):
        progress("control", done, shuffles)
        found = estimate(replace(sheet, values=sheet.values[_shuffled(lot, sheet.categories)]))
        called.append(float(np.mean([effect.called for effect in found])))
        means.append(float(np.mean([effect.slope.value for effect in found])))
    some = float(np.mean([share > 0 for share in called]))
    return Control(shuffles, Estimate(some, *wilson(some, shuffles), shuffles, LOGS), _mean_of(called), _mean_of(means))


def _shuffled(lot: np.random.Generator, categories: NDArray[np.str_]) -> NDArray[np.int64]:
    """A new owner for every row, of the same category."""
    order = np.arange(len(categories))
    for kind in np.unique(categories):
        rows = np.flatnonzero(categories == kind)
        order[rows] = lot.permutation(rows)
    return order


def _mean_of(values: Sequence[float]) -> Estimate:
    from scipy.special import stdtrit

    found = np.asarray(values)
    reach = float(stdtrit(len(found) - 1, 0.975) * found.std(ddof=1) / np.sqrt(len(found))) if len(found) > 1 else 0.0
    middle = float(found.mean())
    return Estimate(middle, middle - reach, middle + reach, len(found), LOGS)


def _parts(sheet: Sheet) -> tuple[dict[str, tuple[FactorEffect, ...]], tuple[str, ...]]:
    """Effects within each category that has enough, corrected over all of them, and the categories that have not."""
    found: dict[str, list[FactorEffect]] = {}
    left_out = []
    for kind in np.unique(sheet.categories):
        part = part_of(sheet, kind)
        if too_little(sheet.kpi, part) or not part.names:
            left_out.append(str(kind))
        else:
            found[str(kind)] = estimate(part)
    return dict(_corrected_together(found)), tuple(left_out)


def _corrected_together(
    found: Mapping[str, Sequence[FactorEffect]],
) -> Iterator[tuple[str, tuple[FactorEffect, ...]]]:
    keys = [(kind, effect) for kind, effects in found.items() for effect in effects]
    marked = correct([replace(effect, name=f"{kind}\0{effect.name}") for kind, effect in keys])
    for kind in found:
        mine = [effect for effect in marked if effect.name.split("\0")[0] == kind]
        yield kind, tuple(replace(effect, name=effect.name.split("\0")[1]) for effect in mine)
