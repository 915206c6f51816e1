"""The forecasting engines against plain recursions, a peer, and what is known to be true."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.engines import KNOWN, load
from shopsight.engines.forecast.ets import smooth, weights
from shopsight.engines.forecast.panel import bridge, lay_out, scale_of
from shopsight.engines.forecast.regression import explain
from shopsight.engines.forecast.season import take_out
from shopsight.engines.forecast.trees import _look
from shopsight.testing.forecasting import draw_days

QUICK = ("combined", "ets", "pooled-lags", "regression", "seasonal-naive", "theta")
NUMBERS = st.one_of(st.just(float("nan")), st.just(0.0), st.floats(-1e9, 1e9))


@given(
    history=st.lists(NUMBERS, min_size=1, max_size=40).filter(lambda h: np.isfinite(h).any()),
    steps=st.integers(1, 20),
    periods=st.sampled_from([(), (7,), (2, 5), (7, 365)]),
)
@pytest.mark.parametrize("name", QUICK)
def test_no_past_is_too_odd(name: str, history: list[float], steps: int, periods: tuple[int, ...]) -> None:
    said = load(name).forecast([np.array(history)], steps, periods)
    assert said.shape == (1, steps)
    assert np.isfinite(said).all()


def test_every_way_is_known_as_one_that_forecasts() -> None:
    ways = {name for name, record in KNOWN.items() if record.ability == "forecast"}
    assert ways >= {*QUICK, "pooled-trees", "combined-trees"}


def test_seasonal_naive_repeats_the_last_week() -> None:
    past = np.arange(21.0)
    said = load("seasonal-naive").forecast([past, past[:3]], 9, (7,))
    npt.assert_array_equal(said[0], [14, 15, 16, 17, 18, 19, 20, 14, 15])
    npt.assert_array_equal(said[1], np.full(9, 2.0))


def test_smoothing_is_the_recursion_it_stands_for() -> None:
    """The filter's errors against the state equations written out, for weights that are known."""
    from scipy.signal import lfilter

    y = draw_days(60)
    for alpha, beta, phi in list(weights())[3::20]:
        level, trend, errors = y[0], 0.0, []
        for value in y:
            error = value - level - phi * trend
            level, trend = level + phi * trend + alpha * error, phi * trend + beta * error
            errors.append(error)
        filtered = lfilter([1, -1 - phi, phi], [1, alpha + phi * beta - 1 - phi, phi * (1 - alpha)], y - y[0])
        npt.assert_allclose(filtered, errors, atol=1e-8)
        npt.assert_allclose(y[-1] - (1 - alpha) * filtered[-1], level, atol=1e-8)


def test_smoothing_agrees_with_a_peer() -> None:
    """statsmodels' fitted damped ETS on the same series: nearly the same forecast, and no larger error over many."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    ours, theirs = [], []
    for seed in range(6):
        y = draw_days(127, seed)
        week = 12 * np.sin(2 * np.pi * np.arange(127) / 7)
        flat = y - week
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = ETSModel(flat[:120], error="add", trend="add", damped_trend=True).fit(disp=False)
        ours.append(np.abs(smooth(lay_out([flat[:120]], 7), 7)[0] - flat[120:]).mean())
        theirs.append(np.abs(model.forecast(7) - flat[120:]).mean())
    assert np.mean(ours) <= 1.1 * np.mean(theirs)


def test_theta_agrees_with_a_peer() -> None:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    for seed in range(4):
        y = 50 + 0.4 * np.arange(100) + np.random.default_rng(seed).normal(0, 3, 100)
        peer = ThetaModel(y, period=1, deseasonalize=False).fit().forecast(10)
        npt.assert_allclose(load("theta").forecast([y], 10)[0], peer, atol=1.5)


def test_seasons_come_out_whole_and_chance_does_not() -> None:
    week = np.array([0.0, 5, 10, 5, 0, -10, -10])
    trend = np.linspace(100, 130, 140)
    panel, ahead = take_out(lay_out([trend + np.tile(week, 20)], 14), (7,), 14)
    npt.assert_allclose(ahead[0], np.tile(week, 2), atol=0.3)
    npt.assert_allclose(panel.values[0], trend, atol=0.5)
    noise = np.random.default_rng(0).normal(0, 1, (40, 140))
    _, nothing = take_out(lay_out(list(noise), 7), (7,), 7)
    assert np.abs(nothing).mean() < 0.12, "of pure chance hardly any season is believed"


def test_two_seasons_at_once() -> None:
    hours = np.arange(24 * 7 * 6)
    y = 50 + 8 * np.sin(2 * np.pi * hours / 24) + np.where((hours // 24) % 7 >= 5, -6.0, 0.0)
    _, ahead = take_out(lay_out([y], 168), (24, 168), 168)
    npt.assert_allclose(ahead[0] - ahead[0].mean(), y[:168] - y[:168].mean(), atol=1.0)


def test_gaps_are_bridged_and_the_start_is_where_numbers_start() -> None:
    nan = np.nan
    npt.assert_array_equal(bridge(np.array([nan, nan, 1, nan, 3, nan])), [1, 2, 3, 3])
    panel = lay_out([np.array([1.0, 2, 4]), np.array([5.0])], 1)
    npt.assert_array_equal(panel.values, [[1, 2, 4], [5, 5, 5]])
    npt.assert_array_equal(scale_of(panel), [1.5, 1.0])


def test_trees_look_at_nothing_that_comes_after() -> None:
    past = draw_days(200)
    ends = np.array([60, 100, 150])
    before = _look(past, ends, 14, 7)
    for row, end in enumerate(ends):
        other = past.copy()
        other[end:] = 1e6
        npt.assert_array_equal(_look(other, ends, 14, 7)[row], before[row])


def test_many_series_teach_each_other() -> None:
    """A law that all series share and none alone has seen often enough: together it is learned."""
    rng = np.random.default_rng(5)
    series = []
    for _ in range(60):
        y = [0.0, 0.0]
        for _ in range(42):
            y.append(1.6 * y[-1] - 0.9 * y[-2] + rng.normal())
        series.append(np.array(y[2:]))
    past, came = [s[:37] for s in series], np.array([s[37:] for s in series])
    together = load("pooled-lags").forecast(past, 5)
    alone = np.concatenate([load("pooled-lags").forecast([s], 5) for s in past])
    assert np.abs(together - came).mean() < 0.9 * np.abs(alone - came).mean()


def test_regression_finds_effects_under_remembering_errors_and_gaps() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(30):
        drivers = rng.normal(size=(150, 2))
        errors = np.zeros(150)
        for day in range(1, 150):
            errors[day] = 0.8 * errors[day - 1] + rng.normal()
        y = 20 + drivers @ [2.0, -1.0] + errors
        y[rng.random(150) < 0.1] = np.nan
        found.append(explain(y, drivers))
    npt.assert_allclose(np.mean(found, axis=0), [2.0, -1.0], atol=0.08)
    assert np.std(found, axis=0).max() < 0.2


def test_a_driver_that_never_varied_moves_nothing() -> None:
    drivers = np.column_stack([np.ones(60), draw_days(60)])
    assert explain(draw_days(60, 1), drivers)[0] == 0.0
