"""Events are kept once, machines apart, visitors hidden; days are counted from them or brought along."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stock_room import Opener, keep, stock

from shopsight.catalogue.events import MOST_A_MINUTE, hide_visitor
from shopsight.catalogue.kpi_days import DailyRow
from shopsight.catalogue.store import Catalogue
from shopsight.errors import BadInput, NotFound
from shopsight.kpis import EVENT_KINDS
from shopsight.types import Event, KpiDay

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = NOON.date()


def happen(kind: str, sku: str = "A", after_s: float = 0, **more: object) -> Event:
    return Event(NOON + timedelta(seconds=after_s), kind, sku, **more)  # type: ignore[arg-type]


def number(events: list[Event], start: int = 0) -> list[tuple[str, Event]]:
    return [(f"e{start + place}", event) for place, event in enumerate(events)]


def test_the_same_event_counts_once(shop: Catalogue) -> None:
    events = number([happen("view"), happen("view", "B"), happen("purchase", amount=19.5)])
    assert shop.keep_events(events, "log").added == 3
    again = shop.keep_events([*events, events[0], ("new", happen("view"))], "log")
    assert (again.added, again.duplicates) == (1, 4)
    assert shop.daily("traffic") == [KpiDay(DAY, "", 3, 1)]
    assert shop.daily("conversion", by="sku") == [KpiDay(DAY, "A", 1, 2), KpiDay(DAY, "B", 0, 1)]
    assert shop.daily("revenue_per_view", sku="A") == [KpiDay(DAY, "", 19.5, 2)]
    (counted,) = shop.event_counts().values()
    assert (counted.added, counted.duplicates, counted.bots) == (4, 4, 0)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (happen("dance"), "no kind of event"),
        (Event(datetime(2026, 3, 2), "view"), "no zone"),
        (Event(datetime(1999, 3, 2, tzinfo=UTC), "view"), "before 2000"),
        (Event(datetime.now(UTC) + timedelta(days=3), "view"), "future"),
        (happen("purchase", amount=float("nan")), "no amount"),
        (happen("purchase", amount=-1.0), "no amount"),
        (happen("search_position"), "no place"),
        (happen("view", sku="x" * 501), "too long"),
    ],
)
def test_an_event_that_cannot_be_is_named_and_the_rest_is_kept(shop: Catalogue, event: Event, reason: str) -> None:
    changes = shop.keep_events([("bad", event), ("good", happen("view"))], "log")
    assert changes.added == 1
    (rejected,) = changes.rejected
    assert "bad" in rejected.item
    assert reason in rejected.reason
    assert rejected.cure


def test_a_machine_that_says_so_is_kept_apart(shop: Catalogue) -> None:
    agents = ["Googlebot/2.1", "Mozilla/5.0 HeadlessChrome/120", "python-requests/2.31", "AhrefsBot"]
    people = [
        "Mozilla/5.0 (iPhone; like Mac OS X) Safari/604.1",
        "Mozilla/5.0 (X11) Firefox/130",
        "",
    ]
    changes = shop.keep_events(number([happen("view", agent=agent) for agent in agents + people]), "log")
    assert (changes.added, changes.bots) == (7, 4)
    assert shop.daily("traffic") == [KpiDay(DAY, "", 3, 1)]


def test_a_visitor_too_quick_for_a_person_loses_the_day(shop: Catalogue) -> None:
    before = number([happen("view", after_s=-3600, visitor="fast"), happen("view", after_s=-86400, visitor="fast")])
    shop.keep_events(before, "log")
    slow = number([happen("view", after_s=one * 2, visitor="slow") for one in range(MOST_A_MINUTE)], 100)
    fast = number([happen("view", after_s=one * 0.5, visitor="fast") for one in range(MOST_A_MINUTE + 1)], 500)
    assert shop.keep_events(slow, "log").bots == 0
    first, second = fast[: MOST_A_MINUTE // 2], fast[MOST_A_MINUTE // 2 :]
    assert shop.keep_events(first, "log").bots == 0
    assert shop.keep_events(second, "log").bots == len(second)
    assert shop.keep_events([("late", happen("view", after_s=7200, visitor="fast"))], "log").bots == 1
    assert shop.daily("traffic") == [KpiDay(DAY - timedelta(days=1), "", 1, 1), KpiDay(DAY, "", MOST_A_MINUTE, 1)]
    assert shop.event_counts()["log"].bots == len(fast) + 2


def test_many_products_shown_at_once_make_no_machine(shop: Catalogue) -> None:
    shown = number([happen("impression", f"S{n}", visitor="reader") for n in range(500)])
    assert shop.keep_events(shown, "log").bots == 0


def test_nothing_of_a_visitor_is_kept_but_a_hash(shop: Catalogue, open_shop: Opener) -> None:
    names = ["jane@example.com", "203.0.113.7", "+49 171 1234567", "Jane Doe", "token-1"]
    shop.keep_events(number([happen("view", visitor=name) for name in names]), "log")
    with open_shop()._database.reading() as connection:
        kept = [row.visitor for row in connection.exec_driver_sql("SELECT visitor FROM events")]
    assert len(set(kept)) == len(names)
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in kept)
    assert hide_visitor(" Jane@Example.com", b"k") == hide_visitor("jane@example.com", b"k")
    assert hide_visitor("jane", b"k") != hide_visitor("jane", b"other")
    assert hide_visitor("  ", b"k") == ""


def test_days_are_utc_days(shop: Catalogue) -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    shop.keep_events([("late", Event(late, "view", "A"))], "log")
    assert [row.day for row in shop.daily("traffic")] == [date(2026, 3, 3)]


def test_ends_are_included_and_days_come_in_order(shop: Catalogue) -> None:
    shop.keep_events(number([happen("view", after_s=86400 * n) for n in (3, 0, 2, 1)]), "log")
    found = shop.daily("traffic", since=DAY + timedelta(days=1), until=DAY + timedelta(days=2))
    assert [row.day for row in found] == [DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert shop.known_days() == (DAY, DAY + timedelta(days=3))


def test_a_daily_table_is_believed_and_its_day_not_counted_twice(shop: Catalogue) -> None:
    shop.keep_events(number([happen("view"), happen("view", after_s=86400)]), "log")
    shop.save_daily([DailyRow(DAY, "traffic", 70, 1), DailyRow(DAY, "traffic", 40, 1, sku="A")], "table")
    assert shop.daily("traffic") == [KpiDay(DAY, "", 70, 1), KpiDay(DAY + timedelta(days=1), "", 1, 1)]
    assert shop.daily("traffic", by="sku")[0] == KpiDay(DAY, "A", 40, 1)
    assert shop.kpi_sources("traffic") == ("log", "table")
    shop.save_daily([DailyRow(DAY, "traffic", 71, 1)], "table")
    assert shop.daily("traffic")[0].numerator == 71


def test_a_product_is_not_counted_beside_its_own_photos(shop: Catalogue) -> None:
    whole = DailyRow(DAY, "click_through", 9, 100, sku="A")
    parts = [DailyRow(DAY, "click_through", n, 50, sku="A", photo=f"p{n}") for n in (4, 5)]
    shop.save_daily([whole, *parts, DailyRow(DAY, "click_through", 1, 10, sku="B")], "table")
    assert shop.daily("click_through") == [KpiDay(DAY, "", 10, 110)]
    assert shop.daily("click_through", by="sku") == [KpiDay(DAY, "A", 9, 100), KpiDay(DAY, "B", 1, 10)]
    assert shop.daily("click_through", by="photo") == [KpiDay(DAY, "p4", 4, 50), KpiDay(DAY, "p5", 5, 50)]


def test_a_daily_row_that_cannot_be_saves_none(shop: Catalogue) -> None:
    good = DailyRow(DAY, "traffic", 3, 1)
    for bad in (DailyRow(DAY, "luck", 1, 1), DailyRow(DAY, "conversion", -1, 5), DailyRow(DAY, "conversion", 2, 0)):
        with pytest.raises(BadInput):
            shop.save_daily([good, bad], "table")
    assert shop.daily("traffic") == []
    with pytest.raises(BadInput, match="none of that name"):
        shop.daily("luck")


def test_a_source_can_be_forgotten(shop: Catalogue) -> None:
    shop.keep_events([("real", happen("view"))], "log")
    shop.keep_events([("made", happen("view"))], "simulated")
    shop.save_daily([DailyRow(DAY, "conversion", 1, 5)], "simulated")
    assert shop.forget_events("simulated") == 2
    assert shop.daily("traffic") == [KpiDay(DAY, "", 1, 1)]
    assert set(shop.event_counts()) == {"log"}


KINDS = st.sampled_from(sorted(set(EVENT_KINDS) - {"search_position"}))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(st.tuples(KINDS, st.sampled_from("AB"), st.integers(0, 3)), max_size=30), cut=st.integers(0, 30))
def test_days_add_up_to_what_happened(tmp_path_factory, kinds, cut) -> None:
    """However the events are cut into batches, and whether asked whole or by product."""
    with Catalogue.open(tmp_path_factory.mktemp("days")) as shop:
        events = number([happen(kind, sku, 86400 * day) for kind, sku, day in kinds])
        shop.keep_events(events[:cut], "log")
        shop.keep_events(events, "log")
        whole = sum(row.numerator for row in shop.daily("click_through"))
        assert whole == sum(kind == "click" for kind, _, _ in kinds)
        apart = sum(row.numerator for row in shop.daily("click_through", by="sku"))
        assert apart == whole
        assert sum(row.denominator for row in shop.daily("open")) == sum(k == "mail_delivered" for k, _, _ in kinds)


def test_factors_are_kept_until_the_rules_change(shop: Catalogue) -> None:
    (product,) = stock(shop, "A", photos_each=2)
    keep(shop, 99)
    assert shop.unmeasured("1") == list(product.photos)
    shop.keep_factors("1", {product.photos[0]: {"brightness": 0.5}})
    assert shop.unmeasured("1") == [product.photos[1]]
    assert shop.factors("1", product.photos) == {product.photos[0]: {"brightness": 0.5}}
    shop.keep_factors("2", {product.photos[0]: {"brightness": 0.7}})
    assert shop.unmeasured("1") == list(product.photos)
    assert shop.factors("2", product.photos) == {product.photos[0]: {"brightness": 0.7}}
    with pytest.raises(NotFound):
        shop.keep_factors("2", {"f" * 64: {}})
