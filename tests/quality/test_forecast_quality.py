"""How well forecasts do on real series, on samples small enough to be quick.

The whole figures: `python -m benchmarks.forecasting --data FOLDER`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.forecasting import CONTESTS, coverage, mase, read_m4, read_visits, scales, share_inside, try_on_training

from shopsight.engines import load
from shopsight.insight.daily import Series
from shopsight.insight.forecast import FLOOR, foresee
from shopsight.kpis import KPIS

pytestmark = [pytest.mark.data, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("name", "way", "every"), [("hourly", "pooled-lags", 3), ("weekly", "combined-trees", 3)])
def test_it_beats_the_plain_ways_and_its_ranges_hold(shared_data: Path, name: str, way: str, every: int) -> None:
    one = CONTESTS[name]
    past, future = read_m4(shared_data, name, every)
    units = scales(past, one.lag)
    said = load(way).forecast(past, one.steps, one.periods)
    plain = load(FLOOR).forecast(past, one.steps, one.periods if name == "hourly" else ())
    ours, theirs = mase(said, future, units), mase(plain, future, units)
    errors = try_on_training(way, past, one).errors
    inside = {level: coverage(errors, units, said, future, level) for level in (0.8, 0.95)}
    print(f"{name}: MASE {ours:.3f}, plain {theirs:.3f}, inside {inside}, {len(past)} series")
    assert ours <= 0.92 * theirs
    assert 0.90 <= inside[0.95] <= 0.98
    assert 0.72 <= inside[0.8] <= 0.88


def test_daily_visits_are_forecast_better_than_by_last_week(shared_data: Path) -> None:
    """28 days ahead of the last half year of two sites."""
    ways = {name: load(name) for name in ("ets", "regression", FLOOR, "theta")}
    ours, inside = [], []
    for _, series in read_visits(shared_data):
        for back in (28, 84, 140):
            origin = len(series.values) - back
            past, came = Series(series.first, series.values[:origin][-500:]), series.values[origin : origin + 28]
            said = foresee(past, KPIS["traffic"], 28, ways)
            plain = ways[FLOOR].forecast([past.values], 28, (7,))[0]
            size = np.nanmean(np.abs(came - plain))
            ours.append(np.nanmean(np.abs(came - [day.estimate.value for day in said.days])) / size)
            inside.append(share_inside(said.days, came)[1])
    print(f"error over that of seasonal naive: {np.mean(ours):.3f}; inside 95 %: {np.mean(inside):.3f}")
    assert np.mean(ours) < 1.0
    assert np.mean(inside) >= 0.85
