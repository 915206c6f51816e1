"""Events and daily tables from CSV: columns guessed, zones minded, bad rows named, the same file counted once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.catalogue.importers.times import guess_order, read_day, read_time
from shopsight.errors import BadInput, BadSource, NotFound
from shopsight.jobs.happenings import import_daily, import_events
from shopsight.shop import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path):
    with open_shop(tmp_path / "shop") as shop:
        yield shop


def write(tmp_path: Path, text: str, name: str = "log.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


# ---- times ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "zone", "order", "utc"),
    [
        ("2026-03-02T12:00:00Z", "", "", "2026-03-02T12:00:00"),
        ("2026-03-02T12:00:00+02:00", "America/New_York", "", "2026-03-02T10:00:00"),
        ("2026-03-02 12:00", "Europe/Berlin", "", "2026-03-02T11:00:00"),
        ("2026-07-02 12:00", "Europe/Berlin", "", "2026-07-02T10:00:00"),
        ("2026-07-02", "Europe/Berlin", "", "2026-07-01T22:00:00"),
        ("02.07.2026 14:03:05", "UTC", "", "2026-07-02T14:03:05"),
        ("7/2/2026 2:03 PM", "UTC", "mdy", "2026-07-02T14:03:00"),
        ("2/7/2026 12:03 am", "UTC", "dmy", "2026-07-02T00:03:00"),
        ("1772452800", "", "", "2026-03-02T12:00:00"),
        ("1772452800123", "", "", "2026-03-02T12:00:00.123000"),
        ("2026030212", "UTC", "", "2026-03-02T12:00:00"),
        ("202603021200", "UTC", "", "2026-03-02T12:00:00"),
        ("2026-03-02 12:00 UTC", "", "", "2026-03-02T12:00:00"),
        # The clock strikes two twice: the first is meant.
        ("2026-10-25 02:30", "Europe/Berlin", "", "2026-10-25T00:30:00"),
        ("2026-10-25 02:30+01:00", "Europe/Berlin", "", "2026-10-25T01:30:00"),
    ],
)
def test_times_are_brought_to_utc(said, zone, order, utc):
    assert read_time(said, zone, order) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "zone", "reason"),
    [
        ("2026-03-29 02:30", "Europe/Berlin", "skips"),
        ("2026-03-02 12:00", "", "no zone"),
        ("03/04/2026 12:00", "UTC", "told apart"),
        ("2026-13-02", "UTC", "no time"),
        ("yesterday", "UTC", "no time"),
        ("", "UTC", "no time"),
        ("2026-03-02 12:00", "Mars/Olympus", "no such time zone"),
        ("9" * 17, "", "no time"),
        ("0001-01-01 00:00", "Asia/Tokyo", "no time"),
    ],
)
def test_a_time_that_cannot_be_read_says_why(said, zone, reason):
    with pytest.raises(BadInput, match=reason):
        read_time(said, zone)


MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2035, 1, 1)).map(lambda t: t.replace(microsecond=0))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])


@given(MOMENTS, ZONES)
def test_every_moment_on_a_wall_comes_back_to_itself(moment, zone):
    """Wherever the clock hangs, the moment is found again, but for the hour that is struck twice."""
    utc = moment.replace(tzinfo=UTC)
    wall = utc.astimezone(ZoneInfo(zone))
    found = read_time(wall.replace(tzinfo=None).isoformat(" "), zone)
    assert found == utc or (wall.fold == 1 and timedelta(0) < utc - found <= timedelta(hours=1))


def test_the_order_of_day_and_month_is_read_from_the_whole_file():
    assert guess_order(["01/02/2026", "01/13/2026"]) == "mdy"
    assert guess_order(["01/02/2026", "13/01/2026"]) == "dmy"
    assert guess_order(["01/02/2026", "2026-01-02"]) == ""
    assert read_day("31.12.2026") == date(2026, 12, 31)


# ---- events --------------------------------------------------------------------------------------------------------

LOG = """timestamp;event;item_id;userid;value;browser
2026-03-02 00:30:00;view_item;AAA;u1;;Mozilla/5.0
2026-03-02 12:00:05;add_to_cart;AAA;u1;;Mozilla/5.0
2026-03-02 12:01:00;purchase;AAA;u1;1.019,90 EUR;Mozilla/5.0
2026-03-02 12:01:00;purchase;AAA;u1;1.019,90 EUR;Mozilla/5.0
2026-03-03 12:00:00;view_item;BBB;u2;;Googlebot/2.1
2026-03-29 02:30:00;view_item;BBB;u2;;Mozilla
nonsense;view_item;BBB;u2;;Mozilla
2026-03-04 12:00:00;dance;BBB;u2;;Mozilla
2026-03-04 12:00:00;purchase;BBB;u2;dear;Mozilla
"""


def test_a_log_is_understood_and_bad_rows_stop_nothing(shop: Shop, tmp_path: Path):
    told = []
    report = import_events(
        shop, write(tmp_path, LOG), zone="Europe/Berlin", progress=lambda stage, done, total: told.append((done, total))
    )
    assert (report.rows, report.added, report.bots, report.duplicates) == (9, 5, 1, 0)
    assert [one.item for one in report.rejected] == ["row 7", "row 8", "row 9", "row 10"]
    assert all(one.reason and one.cure for one in report.rejected)
    assert report.mapping["visitor"] == "userid"
    assert told[-1] == (9, 9)
    days = shop.catalogue.daily("revenue_per_view")
    assert [(row.day.isoformat(), row.numerator, row.denominator) for row in days] == [
        ("2026-03-01", 0, 1),
        ("2026-03-02", 2039.8, 0),
    ]


def test_the_same_log_again_adds_nothing_and_a_longer_one_only_what_is_new(shop: Shop, tmp_path: Path):
    import_events(shop, write(tmp_path, LOG), zone="Europe/Berlin")
    again = import_events(shop, write(tmp_path, LOG, "copy.csv"), zone="Europe/Berlin")
    assert (again.added, again.duplicates) == (0, 5)
    more = LOG + "2026-03-05 12:00:00;view_item;CCC;u3;;Mozilla\n"
    assert import_events(shop, write(tmp_path, more), zone="Europe/Berlin").added == 1


def test_columns_can_be_named_and_a_column_may_hold_the_zone(shop: Shop, tmp_path: Path):
    text = "wann,was,ware,uhr\n2026-07-02 12:00,view,A,Europe/Berlin\n2026-07-02 23:30,view,A,America/New_York\n"
    file = write(tmp_path, text)
    with pytest.raises(BadSource, match="no column for at"):
        import_events(shop, file)
    with pytest.raises(BadSource, match="no column 'x'"):
        import_events(shop, file, mapping={"at": "x", "kind": "was"})
    with pytest.raises(BadInput, match="none of that name"):
        import_events(shop, file, mapping={"luck": "was"})
    import_events(shop, file, mapping={"at": "wann", "kind": "was", "sku": "ware", "zone": "uhr"})
    assert [row.day.isoformat() for row in shop.catalogue.daily("traffic", sku="A")] == ["2026-07-02", "2026-07-03"]


def test_a_file_or_a_zone_that_is_not_there_is_said(shop: Shop, tmp_path: Path):
    with pytest.raises(NotFound):
        import_events(shop, tmp_path / "none.csv")
    with pytest.raises(BadInput, match="time zone"):
        import_events(shop, write(tmp_path, LOG), zone="Berlin/Europe")


# ---- daily tables --------------------------------------------------------------------------------------------------


def test_a_wide_table_gives_every_kpi_whose_columns_are_there(shop: Shop, tmp_path: Path):
    text = 'Date,SKU,Impressions,Clicks,Views,Revenue\n05.03.2026,A,100,3,4,"10,50"\n06.03.2026,A,100,x,4,0\n'
    report = import_daily(shop, write(tmp_path, text))
    assert (report.rows, report.added) == (4, 3)
    assert [one.item for one in report.rejected] == ["row 3"]
    day = date(2026, 3, 5)
    found = {kpi: shop.catalogue.daily(kpi) for kpi in ("click_through", "traffic", "revenue_per_view", "conversion")}
    assert {kpi: [(r.day, r.numerator, r.denominator) for r in rows] for kpi, rows in found.items()} == {
        "click_through": [(day, 3, 100)],
        "traffic": [(day, 4, 1)],
        "revenue_per_view": [(day, 10.5, 4)],
        "conversion": [],
    }
    assert import_daily(shop, write(tmp_path, text)).added == 3
    assert shop.catalogue.daily("click_through")[0].denominator == 100


def test_a_long_table_names_its_kpi(shop: Shop, tmp_path: Path):
    text = "day,kpi,count,out_of\n2026-03-05,Click-through,3,100\n2026-03-05,luck,3,100\n2026-03-05,conversion,3,\n"
    report = import_daily(shop, write(tmp_path, text))
    assert report.added == 1
    assert [one.reason[:20] for one in report.rejected] == ["KPI luck: there is n", "conversion: it is ou"]


def test_a_table_without_counts_is_refused(shop: Shop, tmp_path: Path):
    with pytest.raises(BadSource, match="no KPI"):
        import_daily(shop, write(tmp_path, "day,weather\n2026-03-05,fine\n"))
