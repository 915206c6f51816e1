"""Forecasts of a KPI: no look ahead, ranges that hold what they promise, what-ifs that find what was planted."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shopsight.engines import load
from shopsight.errors import BadInput, TooLittleData
from shopsight.insight.backtest import Backtest, backtest, offsets_for
from shopsight.insight.daily import Series, calendar, read_series
from shopsight.insight.forecast import FLOOR, Factors, choose, foresee, what_if
from shopsight.insight.ranges import half_widths
from shopsight.kpis import KPIS
from shopsight.types import KpiDay

FIRST = date(2025, 3, 3)
FEW = {name: load(name) for name in (FLOOR, "theta", "regression")}
TRAFFIC, CLICKS = KPIS["traffic"], KPIS["click_through"]


def week(days: int, seed: int = 0, noise: float = 3.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 100 + 15 * np.sin(2 * np.pi * np.arange(days) / 7) + rng.normal(0, noise, days)


# --- days --------------------------------------------------------------------------------------------------------


def test_days_without_counts_are_gaps_and_silent_days_of_a_product_are_zero() -> None:
    rows = [KpiDay(FIRST, "", 3, 1), KpiDay(FIRST + timedelta(days=3), "", 5, 1)]
    series = read_series(rows, TRAFFIC)
    npt.assert_array_equal(series.values, [3, np.nan, np.nan, 5])
    open_days = [FIRST + timedelta(days=i) for i in (0, 1, 3, 4)]
    npt.assert_array_equal(read_series(rows, TRAFFIC, open_days).values, [3, 0, np.nan, 5, 0])
    share = [KpiDay(FIRST, "", 1, 4), KpiDay(FIRST + timedelta(days=1), "", 0, 0)]
    npt.assert_array_equal(read_series(share, CLICKS, open_days).values, [0.25, np.nan])
    assert read_series([], TRAFFIC) is None


def test_the_calendar_knows_weekdays_and_turns_of_months() -> None:
    columns = calendar(Series(FIRST, np.zeros(30)), 5)
    assert columns.shape == (35, 7)
    assert FIRST.weekday() == 0
    npt.assert_array_equal(columns[:7, :6].sum(1), [0, 1, 1, 1, 1, 1, 1])
    assert columns[29:32, 6].tolist() == [1, 1, 1], "the first three of April"
    assert calendar(Series(FIRST, np.zeros(800)), 5).shape == (805, 11), "and a year's waves, once it was seen twice"


# --- trying on the past ------------------------------------------------------------------------------------------


class Spy:
    """Says the last value, and remembers what it was shown."""

    heeds_drivers = True

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def forecast(self, histories, steps, periods=(), drivers=None):  # type: ignore[no-untyped-def]
        self.shown += [np.array(h) for h in histories]
        for history, known in zip(histories, drivers or [], strict=False):
            assert len(known) == len(history) + steps
        return np.array([[h[np.isfinite(h)][-1]] * steps for h in histories])


def test_nothing_later_is_shown_at_an_origin() -> None:
    spy, past = Spy(), np.arange(50.0)
    tested = backtest(spy, [past], 5, (7,), [3, 10], [np.zeros((55, 1))])
    assert [len(h) for h in spy.shown] == [47, 40]
    npt.assert_array_equal(tested.errors[0, 0], [1, 2, 3, np.nan, np.nan])
    npt.assert_array_equal(tested.errors[1, 0], [1, 2, 3, 4, 5])
    assert tested.error == pytest.approx(21 / 8)
    assert tested.scaled(np.array([2.0])) == pytest.approx(21 / 16)


def test_a_series_too_short_for_an_origin_is_not_asked() -> None:
    tested = backtest(Spy(), [np.arange(50.0), np.arange(5.0)], 4, (), [4])
    assert np.isfinite(tested.errors[0, 0]).all()
    assert np.isnan(tested.errors[0, 1]).all()


@given(st.integers(1, 500), st.integers(1, 60), st.integers(1, 400))
def test_origins_lie_inside_the_past(length: int, steps: int, series: int) -> None:
    offsets = offsets_for(length, steps, series)
    assert all(0 < offset <= length - 3 for offset in offsets)
    assert len(set(offsets)) == len(offsets) <= 30


def test_a_way_must_clearly_beat_the_floor() -> None:
    def erred(by: float) -> Backtest:
        return Backtest(np.full((3, 1, 2), by))

    assert choose({FLOOR: erred(1.0), "a": erred(0.99)}) == FLOOR
    assert choose({FLOOR: erred(1.0), "a": erred(0.9), "b": erred(0.8)}) == "b"
    assert choose({FLOOR: erred(np.nan), "a": erred(np.nan)}) == FLOOR


# --- ranges ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_ranges_hold_what_they_promise(level: float) -> None:
    """Errors that grow with the days ahead, of no normal kind: the promised share lies inside, at every distance."""
    rng = np.random.default_rng(1)
    growth = np.sqrt(np.arange(1, 9))
    inside = []
    for _ in range(250):
        errors = rng.standard_t(4, (60, 1, 8)) * growth
        inside.append(np.abs(rng.standard_t(4, 8) * growth) <= half_widths(errors, np.ones(1), level)[0])
    share = np.mean(inside, axis=0)
    assert level - 0.03 <= share.mean() <= level + 0.03
    assert share.min() >= level - 0.06


def test_little_evidence_makes_wide_ranges() -> None:
    errors = np.random.default_rng(2).normal(size=(60, 1, 5))
    widths = [half_widths(errors[:n], np.ones(1), 0.95).mean() for n in (2, 5, 60)]
    assert widths[0] > widths[1] > widths[2]
    nothing = half_widths(np.full((1, 2, 3), np.nan), np.array([1.0, 2.0]), 0.95)
    assert np.isfinite(nothing).all()
    npt.assert_allclose(nothing[1], 2 * nothing[0])


def test_ranges_never_shrink_with_the_days_ahead() -> None:
    errors = np.random.default_rng(3).normal(size=(12, 1, 20))
    errors[:, :, 12:] = np.nan
    widths = half_widths(errors, np.ones(1), 0.8)[0]
    assert (np.diff(widths) >= 0).all()
    assert widths[-1] > widths[11], "beyond what was seen it goes on growing"


# --- forecasts ---------------------------------------------------------------------------------------------------


def test_the_way_that_sees_more_is_chosen_and_holds() -> None:
    y = week(214)
    said = foresee(Series(FIRST, y[:200]), TRAFFIC, 14, FEW)
    assert said.method != FLOOR
    assert said.error < said.naive_error
    assert [day.day for day in said.days] == [FIRST + timedelta(days=200 + i) for i in range(14)]
    errors = y[200:] - [day.estimate.value for day in said.days]
    assert np.abs(errors).mean() < 5
    inside = [d.estimate.low <= v <= d.estimate.high for d, v in zip(said.days, y[200:], strict=True)]
    assert np.mean(inside) >= 0.85
    assert all(d.estimate.low <= d.low_80 <= d.estimate.value <= d.high_80 <= d.estimate.high for d in said.days)
    assert {d.estimate.kind for d in said.days} == {"predicted"}
    assert {d.estimate.rows for d in said.days} == {200}


@given(
    values=st.lists(st.one_of(st.just(float("nan")), st.floats(0, 1)), min_size=5, max_size=30),
    steps=st.sampled_from([1, 9, 40]),
)
@hypothesis_settings(max_examples=25)
def test_a_share_stays_a_share_whatever_the_past(values: list[float], steps: int) -> None:
    series = Series(FIRST, np.array(values))
    if series.known < 5:
        with pytest.raises(TooLittleData):
            foresee(series, CLICKS, steps, FEW)
        return
    said = foresee(series, CLICKS, steps, FEW)
    assert len(said.days) == steps
    for day in said.days:
        one = day.estimate
        assert 0 <= one.low <= day.low_80 <= one.value <= day.high_80 <= one.high <= 1


@pytest.mark.parametrize("values", [np.full(5, 3.0), np.zeros(30), np.array([1.0, 2, 3, 4, 5])], ids=str)
def test_short_and_constant_pasts_are_answered(values: np.ndarray) -> None:
    said = foresee(Series(FIRST, values), TRAFFIC, 14, FEW)
    assert len(said.days) == 14
    assert any("days are known" in note for note in said.notes) == (len(values) < 28)


def test_what_cannot_be_forecast_is_refused() -> None:
    with pytest.raises(TooLittleData, match="5 are needed"):
        foresee(Series(FIRST, np.array([1.0, 2, np.nan, 3])), TRAFFIC, 5, FEW)
    with pytest.raises(BadInput, match="0 days"):
        foresee(Series(FIRST, week(50)), TRAFFIC, 0, FEW)


# --- what if -----------------------------------------------------------------------------------------------------


def planted(seed: int, effect: float, days: int = 140) -> tuple[Series, Factors]:
    """A KPI with a week, errors that remember, and a factor that changes every other week."""
    rng = np.random.default_rng(seed)
    bright = np.repeat(rng.normal(0.5, 0.1, days // 10 + 1), 10)[:days] + rng.normal(0, 0.02, days)
    other = np.repeat(rng.normal(0.5, 0.1, days // 10 + 1), 10)[:days]
    errors = np.zeros(days)
    for day in range(1, days):
        errors[day] = 0.5 * errors[day - 1] + rng.normal(0, 2)
    series = Series(FIRST, 100 + effect * bright + 10 * np.sin(2 * np.pi * np.arange(days) / 7) + errors)
    return series, Factors(("brightness", "contrast", "fixed"), np.column_stack([bright, other, np.full(days, 0.3)]))


def asked(series: Series, factors: Factors, changes: dict[str, float]):  # type: ignore[no-untyped-def]
    return what_if(series, TRAFFIC, 7, load("regression"), factors, changes, floor=load(FLOOR))


def test_a_planted_effect_is_found_within_its_range() -> None:
    """Over many shops the range of the difference holds the truth about as often as it says."""
    truth, hits, values = 40 * 0.1, [], []
    for seed in range(30):
        one = asked(*planted(seed, 40.0), {"brightness": 0.1}).difference
        hits.append(one.low <= truth <= one.high)
        values.append(one.value)
    assert np.mean(hits) >= 0.85
    assert np.mean(values) == pytest.approx(truth, abs=0.5)


def test_a_factor_without_effect_moves_nothing() -> None:
    """The control: contrast was never planted."""
    ones = [asked(*planted(seed, 40.0), {"contrast": 0.1}).difference for seed in range(15)]
    assert np.mean([one.low <= 0 <= one.high for one in ones]) >= 0.85
    assert abs(np.mean([one.value for one in ones])) < 0.6


def test_a_what_if_shifts_the_same_forecast_and_is_less_sure() -> None:
    answer = asked(*planted(1, 40.0), {"brightness": 0.1})
    before, after = answer.before, answer.after
    moved = [b.estimate.value - a.estimate.value for a, b in zip(before.days, after.days, strict=True)]
    npt.assert_allclose(moved, answer.difference.value, rtol=1e-9)
    for a, b in zip(before.days, after.days, strict=True):
        assert b.estimate.high - b.estimate.low > a.estimate.high - a.estimate.low
    assert before.method == after.method == "regression"
    assert answer.difference.kind == "predicted"


def test_what_was_never_seen_is_refused_or_said() -> None:
    series, factors = planted(2, 40.0)
    with pytest.raises(TooLittleData, match="never varied"):
        asked(series, factors, {"fixed": 0.1})
    with pytest.raises(BadInput, match="none of that name"):
        asked(series, factors, {"sparkle": 1.0})
    with pytest.raises(BadInput, match="no picture factor is changed"):
        asked(series, factors, {})
    short = Series(FIRST, series.values[:20])
    with pytest.raises(TooLittleData, match="30 are needed"):
        asked(short, Factors(factors.names, factors.values[:20]), {"brightness": 0.1})
    far = asked(series, factors, {"brightness": 5.0})
    assert any("so far it was between" in note for note in far.after.notes)


def test_factors_take_part_in_a_forecast() -> None:
    series, factors = planted(3, 200.0)
    said = foresee(series, TRAFFIC, 7, FEW, factors=factors)
    assert set(said.factors) <= {"brightness", "contrast"}
    assert set(said.tried) == {FLOOR, "regression"}
    still = Factors(("fixed",), factors.values[:, 2:])
    with pytest.raises(TooLittleData, match="no picture factor varied"):
        foresee(series, TRAFFIC, 7, FEW, factors=still)
