"""What every engine that forecasts promises: a number for every day ahead, whatever the past looks like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.testing as npt
from numpy.typing import NDArray

from shopsight.protocols import Forecaster
from shopsight.testing.refusal import must_refuse

Values = NDArray[np.float64]


def draw_days(days: int, seed: int = 0, period: int = 7) -> Values:
    """`(days,)` a shop's daily numbers: a level that wanders, a week, some chance."""
    rng = np.random.default_rng(seed)
    week = 12 * np.sin(2 * np.pi * np.arange(days) / period)
    return np.asarray(100 + np.cumsum(rng.normal(0, 0.5, days)) + week + rng.normal(0, 2, days))


def answers_whatever_the_past(engine: Forecaster) -> None:
    """One point, five, constant, zero, gappy, huge, tiny, a leap: always finite numbers, one row a series."""
    odd = [
        np.array([3.0]),
        np.array([1.0, 2.0, 3.0, 2.0, 9.0]),
        np.full(40, 7.0),
        np.zeros(40),
        np.where(np.arange(60) % 3, np.nan, 5.0 + np.arange(60)),
        np.r_[np.full(30, np.nan), draw_days(20)],
        np.r_[draw_days(20), np.full(10, np.nan)],
        draw_days(50) * 1e12,
        draw_days(50) * 1e-12,
        np.r_[np.zeros(49), 1e6],
        np.arange(100.0),
    ]
    for history in odd:
        said = engine.forecast([history], 9, (7,))
        assert said.shape == (1, 9), "one row a series, one column a day"
        assert np.isfinite(said).all(), "finite numbers only"
    for periods in ((), (7, 30)):
        for steps in (1, 40):
            together = engine.forecast(odd, steps, periods)
            assert together.shape == (len(odd), steps), "a row for each series"
            assert np.isfinite(together).all(), "finite numbers, also side by side"


def keeps_what_never_changes(engine: Forecaster) -> None:
    said = engine.forecast([np.full(60, 42.0)], 14, (7,))
    npt.assert_allclose(said, 42.0, rtol=1e-6, err_msg="a constant stays what it is")


def sees_the_week(engine: Forecaster) -> None:
    """Where every week is the same, the next one is it too, nearly."""
    if not is_local(engine):
        return
    week = np.array([10.0, 12, 11, 13, 20, 30, 25])
    several = [np.tile(week, 30) + 0.001 * np.arange(7 * 30)[::-1] * k for k in range(3)]
    for row in engine.forecast(several, 14, (7,)):
        assert np.abs(row - np.tile(week, 2)).mean() < 2.0, "the week comes again"


def does_not_change_the_past(engine: Forecaster) -> None:
    history = draw_days(80)
    before = history.copy()
    history.flags.writeable = False
    first = engine.forecast([history], 14, (7,))
    npt.assert_array_equal(history, before, err_msg="what is given stays as it is")
    npt.assert_array_equal(first, engine.forecast([history], 14, (7,)), err_msg="the same again gives the same")


def follows_the_unit(engine: Forecaster) -> None:
    """Cents instead of euros: the same forecast in cents."""
    history = draw_days(120)
    euros, cents = engine.forecast([history], 10, (7,)), engine.forecast([history * 100], 10, (7,))
    npt.assert_allclose(cents, euros * 100, rtol=1e-4, err_msg="the unit changes nothing but the unit")


def refuses_what_cannot_be(engine: Forecaster) -> None:
    must_refuse(lambda: engine.forecast([np.array([])], 5), "an empty history")
    must_refuse(lambda: engine.forecast([np.full(9, np.nan)], 5), "a history of gaps")
    must_refuse(lambda: engine.forecast([draw_days(30)], 0), "no day ahead")
    assert engine.forecast([], 5).shape == (0, 5), "no series, no rows"


def heeds_its_drivers(engine: Forecaster) -> None:
    """Where a driver moves the series, a driver known ahead moves the forecast; otherwise drivers change nothing."""
    rng = np.random.default_rng(4)
    driver = np.repeat(rng.normal(size=30), 5)[:, None]
    history = 50 + 8 * driver[:130, 0] + rng.normal(0, 0.5, 130)
    ahead, other = driver, driver.copy()
    other[130:] += 1.0
    moved = engine.forecast([history], 20, (), [other]) - engine.forecast([history], 20, (), [ahead])
    if engine.heeds_drivers:
        npt.assert_allclose(moved, 8.0, atol=0.8, err_msg="the effect is found")
        must_refuse(lambda: engine.forecast([history], 20, (), [driver[:140]]), "too few rows of drivers")
    else:
        npt.assert_array_equal(moved, 0.0, err_msg="drivers that are not heeded change nothing")


def is_local(engine: Forecaster) -> bool:
    """Whether a series is forecast the same alone as beside others."""
    alone = engine.forecast([draw_days(120)], 5, (7,))
    beside = engine.forecast([draw_days(120), draw_days(120, seed=8)], 5, (7,))
    return bool(np.allclose(alone[0], beside[0], rtol=1e-6))


FORECASTER_PROMISES: tuple[Callable[[Forecaster], None], ...] = (
    answers_whatever_the_past,
    keeps_what_never_changes,
    sees_the_week,
    does_not_change_the_past,
    follows_the_unit,
    refuses_what_cannot_be,
    heeds_its_drivers,
)
"""All of them."""
