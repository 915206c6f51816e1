"""How well forecasts do on series that the project never learned from: M4 weekly and hourly, two sites' daily visits.

python -m benchmarks.forecasting --data FOLDER [--only weekly hourly visits]

FOLDER holds `m4/` (Weekly-train.csv.gz ...) and `web_visits/`. For each set one way is chosen by rolling origins on the
training part alone; every way's figure on the test part stands beside it. MASE is that of the M4 competition: mean
absolute error over the mean absolute move of the training part (by one week; by 24 hours), averaged over all series.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.clock import machine
from benchmarks.tables import Table, markdown
from shopsight.engines import load
from shopsight.insight.backtest import Backtest, backtest
from shopsight.insight.ranges import half_widths

Values = NDArray[np.float64]
LEVELS = (0.80, 0.95)


@dataclass(frozen=True)
class Contest:
    """A part of M4: how far ahead, which lag MASE is scaled by, after how many points things repeat."""

    name: str
    steps: int
    lag: int
    periods: tuple[int, ...]
    ways: tuple[str, ...]
    published: str


CONTESTS = {
    c.name: c
    for c in (
        Contest(
            "weekly", 13, 1, (52,), ("ets", "theta", "pooled-lags", "pooled-trees", "combined", "combined-trees"),
            "naive 2.777, Theta 2.637, Holt 2.420, winner of the competition 2.356",
        ),
        Contest(
            "hourly", 48, 24, (24, 168), ("seasonal-naive", "ets", "theta", "pooled-lags", "combined"),
            "seasonal naive 1.193, winner of the competition 0.893",
        ),
    )
}  # fmt: skip


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.forecasting", description=__doc__)
    p.add_argument("--data", type=Path, required=True, help="the folder with m4/ and web_visits/")
    p.add_argument("--only", nargs="+", choices=(*CONTESTS, "visits"), default=(*CONTESTS, "visits"))
    asked = p.parse_args()
    print(f"Machine: {machine()}.\n")
    for name in asked.only:
        found = visits(asked.data) if name == "visits" else contest(CONTESTS[name], asked.data)
        print(markdown(found), flush=True)


def contest(one: Contest, data: Path, *, every: int = 1) -> Table:
    """Every way's MASE on the test part, the coverage of its ranges and its time; a star at the one that was chosen."""
    past, future = read_m4(data, one.name, every)
    units = scales(past, one.lag)
    rows = []
    for way in one.ways:
        began = process_time()
        said = load(way).forecast(past, one.steps, one.periods)
        seconds = process_time() - began
        tests = try_on_training(way, past, one)
        covered = [coverage(tests.errors, units, said, future, level) for level in LEVELS]
        rows.append((way, tests.scaled(units), mase(said, future, units), *covered, seconds))
    chosen = min(rows, key=lambda row: row[1])[0]
    starred = tuple((f"**{row[0]}** (chosen)" if row[0] == chosen else row[0], *row[1:]) for row in rows)
    note = f"{len(past)} series, {one.steps} steps ahead. Published: {one.published}."
    columns = ("way", "MASE at rolling origins", "MASE on the test part", "in 80 %", "in 95 %", "seconds of a core")
    return Table(f"M4 {one.name}", note, columns, starred)


def try_on_training(way: str, past: Sequence[Values], one: Contest) -> Backtest:
    """Rolling origins in the training part: three horizons back, one after the other."""
    return backtest(load(way), past, one.steps, one.periods, [one.steps * i for i in (1, 2, 3)])


def coverage(errors: Values, units: Values, said: Values, future: Values, level: float) -> float:
    """The share of the test part inside the ranges."""
    return float((np.abs(future - said) <= half_widths(errors, units, level)).mean())


def mase(said: Values, future: Values, units: Values) -> float:
    """Mean absolute scaled error (Hyndman and Koehler, 2006), the mean over all series."""
    return float((np.abs(said - future).mean(1) / units).mean())


def scales(past: Sequence[Values], lag: int) -> Values:
    """`(N,)` the mean absolute move by `lag` steps."""
    return np.array([np.abs(series[lag:] - series[:-lag]).mean() for series in past])


def read_m4(data: Path, name: str, every: int = 1) -> tuple[list[Values], Values]:
    """The training series and `(N, steps)` what came then; with `every` only each so-manieth series."""
    train, test = (rows_of(data / "m4" / f"{name.capitalize()}-{part}.csv.gz") for part in ("train", "test"))
    past = [np.array([float(cell) for cell in row[1:] if cell]) for row in train]
    future = np.array([[float(cell) for cell in row[1:] if cell] for row in test])
    return past[::every], future[::every]


def rows_of(path: Path) -> list[list[str]]:
    """A packed table's rows without its header."""
    with gzip.open(path, "rt", encoding="utf-8") as table:
        return list(csv.reader(table))[1:]


def visits(data: Path) -> Table:
    """Two sites' daily visits: 28 days ahead from 12 origins, 28 days apart, none of which was used to choose anything.

    At each origin the way is chosen again by rolling origins before it, as `shopsight forecast` does.
    """
    from shopsight.insight.daily import Series
    from shopsight.insight.forecast import FLOOR, foresee
    from shopsight.kpis import KPIS
    from shopsight.shop.explaining import FORECASTS

    ways = {name: load(name) for name in FORECASTS}
    rows = []
    for site, series in read_visits(data):
        errors, floor, inside, seconds = [], [], [], []
        for origin in (len(series.values) - 28 * i for i in range(1, 13)):
            past, came = Series(series.first, series.values[:origin]), series.values[origin : origin + 28]
            began = process_time()
            said = foresee(past, KPIS["traffic"], 28, ways)
            seconds.append(process_time() - began)
            naive = ways[FLOOR].forecast([past.values], 28, (7,))[0]
            errors.append(np.nanmean(np.abs(came - [day.estimate.value for day in said.days])))
            floor.append(np.nanmean(np.abs(came - naive)))
            inside.append(share_inside(said.days, came))
        mean, beside = float(np.mean(errors)), float(np.mean(floor))
        rows.append((site, mean, beside, mean / beside, *np.mean(inside, axis=0).tolist(), float(np.mean(seconds))))
    note = "Mean absolute error 28 days ahead, 12 origins; the way is chosen anew at each of them."
    columns = ("site", "chosen way", "seasonal naive", "ratio", "in 80 %", "in 95 %", "seconds of a core")
    return Table("Daily visits of two sites", note, columns, tuple(rows))


def share_inside(days: Iterable[object], came: Values) -> tuple[float, float]:
    """The shares of the known days inside the 80 and the 95 % ranges."""
    known = [(day, value) for day, value in zip(days, came, strict=True) if np.isfinite(value)]
    near = np.mean([day.low_80 <= value <= day.high_80 for day, value in known])
    return float(near), float(np.mean([day.estimate.low <= value <= day.estimate.high for day, value in known]))


def read_visits(data: Path) -> list[tuple[str, object]]:
    """The two sites' series, missing days as NaN."""
    from datetime import date, datetime

    from shopsight.insight.daily import Series

    found = []
    for file, form in (("visitas_por_dia_web_cienciadedatos", "%d/%m/%y"), ("wikipedia_visits", "%Y-%m-%d")):
        days: dict[date, float] = {}
        for when, value in rows_of(data / "web_visits" / f"{file}.csv.gz"):
            if value:
                days[datetime.strptime(when, form).date()] = float(value)
        first = min(days)
        values = np.full((max(days) - first).days + 1, np.nan)
        for day, value in days.items():
            values[(day - first).days] = value
        found.append((file, Series(first, values)))
    return found


if __name__ == "__main__":
    main()
