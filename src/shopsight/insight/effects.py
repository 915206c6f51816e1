"""What one spread of a picture factor goes with, factor by factor, and how sure that is.

    sheet = prepare(kpi, names, values, categories, counts)
    effects = estimate(sheet)

Factors are put on one scale (mean 0, spread 1). Where there are ten products for each slope all factors enter one
model, so that each is told with the others held still; else each is told by itself, and two that go together share
their effect. Either way products are compared within their category only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shopsight.insight.glm import Fit, fit, mean_at
from shopsight.types import Estimate, Kpi

Values = NDArray[np.float64]
Mode = Literal["joint", "one by one"]
CALLED = 0.10
"""Share of false calls among the called that is put up with (Benjamini and Hochberg 1995)."""
ROWS_PER_SLOPE = 10
FEWEST_OF_A_CATEGORY = 5
ALIKE = 0.9
"""A factor of whose spread the others explain more than this is left to them (variance inflation above ten)."""
OTHERS = "others"
LOGS: Literal["estimated from logs"] = "estimated from logs"


@dataclass(frozen=True, slots=True)
class FactorEffect:
    """What one spread more of a factor goes with: `effect` in the KPI's unit, `slope` on the link's scale (log-odds for
    a share, log for traffic). `p_adjusted` is corrected for all factors asked (Benjamini-Hochberg); `spread` is one
    standard deviation in the factor's own unit. `stands_for` are factors too alike to be told apart from this one.
    """

    name: str
    effect: Estimate
    slope: Estimate
    p: float
    p_adjusted: float
    spread: float
    stands_for: tuple[str, ...] = ()

    @property
    def called(self) -> bool:
        """Whether it is beyond chance, of all that were asked."""
        return self.p_adjusted <= CALLED


@dataclass(frozen=True)
class Sheet:
    """`values` `(N, F)` with mean 0 and spread 1, `spreads` `(F,)` in the factors' units, `groups` `(N, G)` one column
    per category and one for all, `above` and `below` `(N,)`. `stands_for` says which factors were left to which;
    `constant` which never vary. `used` `(N,)` are the rows of the table that are in it."""

    kpi: Kpi
    names: tuple[str, ...]
    values: Values
    spreads: Values
    groups: Values
    categories: NDArray[np.str_]
    above: Values
    below: Values
    used: NDArray[np.int64]
    stands_for: dict[str, tuple[str, ...]]
    constant: tuple[str, ...]

    @property
    def mode(self) -> Mode:
        slopes = len(self.names) + self.groups.shape[1]
        return "joint" if len(self.above) >= ROWS_PER_SLOPE * slopes else "one by one"


def prepare(
    kpi: Kpi, names: Sequence[str], values: NDArray[np.floating], categories: Sequence[str], counts: Values
) -> Sheet:
    """Puts factors `(N, F)` on one scale and drops what tells nothing: products without the KPI, categories in which
    nothing or everything happened, factors that never vary or that others stand for. `counts` is `(N, 2)`."""
    above, below = counts[:, 0].astype(np.float64), counts[:, 1].astype(np.float64)
    if kpi.family == "binomial":
        above = np.minimum(above, below)
    kinds = np.array(categories, dtype=np.str_)
    kinds = _pool_small(kinds, below > 0)
    used = np.flatnonzero((below > 0) & _telling(kpi, kinds, above, below))
    kinds, table = kinds[used], np.asarray(values, np.float64)[used]
    spreads = table.std(axis=0) if len(used) else np.zeros(len(names))
    varies = spreads > 1e-9 * np.maximum(1, np.abs(table).max(axis=0, initial=0))
    constant = tuple(name for name, moves in zip(names, varies, strict=True) if not moves)
    spreads, kept_names = spreads[varies], [name for name, moves in zip(names, varies, strict=True) if moves]
    scaled = (table[:, varies] - table[:, varies].mean(axis=0)) / spreads if len(used) else table[:, varies]
    groups = _groups(kinds)
    kept, stands_for = _tell_apart(scaled, kept_names, groups)
    chosen = tuple(kept_names[place] for place in kept)
    return Sheet(
        kpi, chosen, scaled[:, kept], spreads[kept], groups, kinds, above[used], below[used], used, stands_for, constant
    )


def part_of(sheet: Sheet, category: str) -> Sheet:
    """The rows of one category, its factors on the shop's scale; those that do not vary in it are dropped."""
    rows = sheet.categories == category
    values = sheet.values[rows]
    centred = values - values.mean(axis=0)
    moves = centred.std(axis=0) > 1e-6
    names = [name for name, moved in zip(sheet.names, moves, strict=True) if moved]
    groups = np.ones((int(rows.sum()), 1))
    kept, stands_for = _tell_apart(centred[:, moves], names, groups)
    more = {name: (*sheet.stands_for.get(name, ()), *alike) for name, alike in stands_for.items()}
    return replace(
        sheet,
        names=tuple(names[place] for place in kept),
        values=centred[:, moves][:, kept],
        spreads=sheet.spreads[moves][kept],
        groups=groups,
        categories=sheet.categories[rows],
        above=sheet.above[rows],
        below=sheet.below[rows],
        used=sheet.used[rows],
        stands_for={**sheet.stands_for, **more},
    )


def estimate(sheet: Sheet) -> list[FactorEffect]:
    """The effect of each factor of a sheet, the surest first."""
    found = [_effect(sheet, place, fitted, column) for place, (fitted, column) in enumerate(fits(sheet))]
    return correct(found)


def fits(sheet: Sheet) -> list[tuple[Fit, int]]:
    """For each factor the model that tells of it and its column there."""
    family = sheet.kpi.family
    if sheet.mode == "joint":
        whole = fit(np.concatenate([sheet.values, sheet.groups], axis=1), sheet.above, sheet.below, family)
        return [(whole, place) for place in range(len(sheet.names))]
    near = fit(sheet.groups, sheet.above, sheet.below, family).line
    designs = (np.concatenate([column[:, None], sheet.groups], axis=1) for column in sheet.values.T)
    return [(fit(design, sheet.above, sheet.below, family, start=near), 0) for design in designs]


def correct(effects: Sequence[FactorEffect]) -> list[FactorEffect]:
    """The same with `p_adjusted` over all of them, the surest first."""
    adjusted = benjamini_hochberg([effect.p for effect in effects])
    corrected = [replace(effect, p_adjusted=float(q)) for effect, q in zip(effects, adjusted, strict=True)]
    return sorted(corrected, key=lambda effect: (effect.p, effect.name))


def benjamini_hochberg(p_values: Sequence[float]) -> Values:
    """Adjusted p-values: calling those up to q makes a share of at most q false calls on average.

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(3).tolist()
    [0.04, 0.053, 0.053, 0.5]
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.minimum.accumulate(p[order] * len(p) / ranks)) if len(p) else p
    return adjusted


def _effect(sheet: Sheet, place: int, fitted: Fit, column: int) -> FactorEffect:
    from scipy.special import stdtr, stdtrit

    name, slope, error = sheet.names[place], float(fitted.slopes[column]), float(fitted.errors[column])
    freedom = float(fitted.freedom[column])
    reach = float(stdtrit(freedom, 0.975)) * error
    p = float(2 * stdtr(freedom, -abs(slope) / error)) if error > 0 else 1.0
    rows = len(sheet.above)
    shares = sheet.below / sheet.below.sum()
    level = float((shares * fitted.predicted).sum())
    # One spread more everywhere: the KPI of the whole shop, its products weighed as they are.
    value, low, high = (
        float((shares * mean_at(fitted.line + move, sheet.kpi.family)).sum()) - level
        for move in (slope, slope - reach, slope + reach)
    )
    return FactorEffect(
        name,
        Estimate(value, low, high, rows, LOGS),
        Estimate(slope, slope - reach, slope + reach, rows, LOGS),
        p,
        p,
        float(sheet.spreads[place]),
        sheet.stands_for.get(name, ()),
    )


def _pool_small(kinds: NDArray[np.str_], known: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Categories with too few products go together."""
    pooled = kinds.astype(object)
    for kind in np.unique(kinds):
        if not kind or (known & (kinds == kind)).sum() < FEWEST_OF_A_CATEGORY:
            pooled[kinds == kind] = OTHERS
    return pooled.astype(np.str_)


def _telling(kpi: Kpi, kinds: NDArray[np.str_], above: Values, below: Values) -> NDArray[np.bool_]:
    """Rows of categories in which something and not everything happened."""
    telling = np.ones(len(kinds), np.bool_)
    if kpi.family == "gaussian":
        return telling
    for kind in np.unique(kinds):
        rows = kinds == kind
        all_of_it = kpi.family == "binomial" and above[rows].sum() >= below[rows].sum()
        if above[rows].sum() <= 0 or all_of_it:
            telling[rows] = False
    return telling


def _groups(kinds: NDArray[np.str_]) -> Values:
    """`(N, G)`: one column of ones, and one per category but the first."""
    found = np.unique(kinds)
    return np.stack([np.ones(len(kinds)), *((kinds == kind).astype(np.float64) for kind in found[1:])], axis=1)


def _tell_apart(values: Values, names: Sequence[str], groups: Values) -> tuple[list[int], dict[str, tuple[str, ...]]]:
    """Which columns are kept, in order, and for whom each stands: one that those kept before it (and the categories)
    explain almost wholly is left to the one it is most like."""
    kept: list[int] = []
    stands_for: dict[str, tuple[str, ...]] = {}
    basis = np.linalg.qr(groups)[0] if len(groups) else groups
    for place in range(values.shape[1]):
        column = values[:, place]
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        if rest @ rest > (1 - ALIKE) * (column @ column):
            kept.append(place)
            basis = np.concatenate([basis, (rest / np.sqrt(rest @ rest))[:, None]], axis=1)
        elif kept:
            alike = max(kept, key=lambda other: abs(float(column @ values[:, other])))
            stands_for[names[alike]] = (*stands_for.get(names[alike], ()), names[place])
    return kept, stands_for
