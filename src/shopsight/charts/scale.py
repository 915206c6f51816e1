"""Axes: where the round numbers and the round dates are, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

Place = float | date | datetime
"""Where something lies on an axis: a number, a day, or a moment."""
Numbers = Iterable[float | None]

DAY_STEPS = (1, 2, 7, 14)
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
HOUR_STEPS = (1, 3, 6, 12)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` (low < high) with ticks at round places: (value, words)."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float, begin: float, end: float) -> float:
        """Where a value lies between two places of the sheet."""
        return begin + (value - self.low) / (self.high - self.low) * (end - begin)


def finite(value: float | None) -> bool:
    """Whether there is a number at all."""
    return value is not None and math.isfinite(value)


def as_number(value: Place | None) -> float:
    """The place as a number: days since 1970 for dates and moments, NaN for None."""
    if value is None:
        return math.nan
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (moment - _EPOCH) / timedelta(days=1)
    if isinstance(value, date):
        return float((value - _EPOCH.date()).days)
    return float(value)


def axis_for(
    values: Iterable[float],
    *,
    unit: str = "",
    wanted: int = 5,
    zero: bool = False,
    dates: bool = False,
    tight: bool = False,
) -> Axis:
    """An axis that holds all finite values; `zero` makes it start (or end) at 0, `tight` ends it at the values and not
    at the round numbers outside of them. Without values it goes from 0 to 1."""
    kept = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(kept), max(kept)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if dates:
        return _date_axis(low, high, wanted)
    if high - low <= abs(high) * 1e-12:
        spread = abs(high) * 0.1 or 1.0
        low, high = low - (0 if zero and low == 0 else spread), high + spread
    step = nice_step((high - low) / wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple((i * step, say(i * step, unit, step)) for i in range(first, last + 1))
    if tight:
        slack = (high - low) * 1e-9
        return Axis(low, high, tuple(tick for tick in ticks if low - slack <= tick[0] <= high + slack))
    return Axis(first * step, last * step, ticks)


def nice_step(rough: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is no smaller.

    >>> nice_step(0.13), nice_step(37)
    (0.2, 50.0)
    """
    power = 10.0 ** math.floor(math.log10(rough))
    return next((m * power for m in (1, 2, 2.5, 5) if m * power >= rough * (1 - 1e-9)), 10 * power)


def say(value: float | None, unit: str = "", step: float | None = None) -> str:
    """A number as people read it. `unit` "share" writes percent; another unit follows the number; `step` is the
    difference that must stay visible (three figures where it is not said).

    >>> say(0.874, "share"), say(12345.6), say(1_500_000), say(-0.5, "h"), say(float("nan"))
    ('87.4 %', '12,346', '1.5M', '−0.5 h', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    factor, end = (100, " %") if unit == "share" else (1, f" {unit}" if unit else "")
    shown = value * factor
    step = abs(step * factor) if step else abs(shown) / 100 or 1
    for size, letter in ((1e9, "G"), (1e6, "M")):
        if abs(shown) >= size:
            shown, step, end = shown / size, step / size, f"{letter}{end}"
            break
    # Beyond nine decimals nobody counts zeros.
    text = f"{shown:,.{max(0, _decimals(step))}f}" if step > 1e-9 else f"{shown:.3g}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("0" if text in ("-0", "0") else text.replace("-", "−")) + end


def _decimals(step: float) -> int:
    """Decimals that a step needs: 0.25 needs two, 0.2 one, 50 none."""
    places = -math.floor(math.log10(step) + 1e-9)
    return places + (0 if abs(round(step * 10**places) - step * 10**places) < 1e-6 else 1)


def _date_axis(low: float, high: float, wanted: int) -> Axis:
    """Ticks at midnights, mondays, firsts of months or years, whichever come out at about the wanted number."""
    if high - low < 1e-6:
        low, high = low - 1, high + 1
    days = high - low
    if days < wanted * 0.75:
        hours = next((h for h in HOUR_STEPS if days * 24 / h <= wanted), 12)
        return Axis(low, high, tuple(_every(low, high, hours / 24, "%H:%M")))
    if days / DAY_STEPS[-1] <= wanted:
        step = next(s for s in DAY_STEPS if days / s <= wanted)
        # 1970 began on a thursday: counting from its first monday puts weekly ticks on mondays.
        return Axis(low, high, tuple(_every(low, high, step, "%-d %b", offset=4 if step >= 7 else 0)))
    months = next((s for s in MONTH_STEPS if days / 30.44 / s <= wanted + 1), MONTH_STEPS[-1])
    return Axis(low, high, tuple(_months(low, high, months)))


def _moment(day: float) -> datetime:
    return _EPOCH + timedelta(days=day)


def _every(low: float, high: float, step: float, form: str, offset: float = 0.0) -> Iterable[tuple[float, str]]:
    for i in range(math.ceil((low - offset) / step - 1e-9), math.floor((high - offset) / step + 1e-9) + 1):
        value = offset + i * step
        yield value, _day_words(_moment(value + 1e-9), form)


def _day_words(moment: datetime, form: str) -> str:
    # %-d is not known everywhere.
    return f"{moment.day} {moment:%b}" if form == "%-d %b" else moment.strftime(form)


def _months(low: float, high: float, step: int) -> Iterable[tuple[float, str]]:
    first, last = _moment(low), _moment(high)
    number = first.year * 12 + first.month - 1
    for month in range(number - number % step, last.year * 12 + last.month, step):
        value = as_number(date(month // 12, month % 12 + 1, 1))
        if low - 1e-9 <= value <= high + 1e-9:
            january = month % 12 == 0
            yield value, str(month // 12) if january else f"{date(2000, month % 12 + 1, 1):%b}"


def is_dated(places: Iterable[Place | None]) -> bool:
    """Whether the first place that is there is a day or a moment."""
    return isinstance(next((place for place in places if place is not None), None), date)


def sayer(unit: str, ticks: tuple[tuple[float, str], ...]) -> Callable[[float], str]:
    """Writes values one figure finer than the axis does."""
    step = (ticks[1][0] - ticks[0][0]) / 10 if len(ticks) > 1 else None
    return lambda value: say(value, unit, step)
