"""The console's page of forecasts: with scripts and without, its exports, and its words where nothing can be said."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from test_forecast_doors import DAYS, EFFECT, client, folder, shop  # noqa: F401
from test_pages_browser import RULES, browser, chromium, context  # noqa: F401
from web_shop import LOCAL, keep, serving

from shopsight.catalogue.kpi_days import DailyRow
from shopsight.insight.factors import FACTORS, VERSION
from shopsight.insight.outlook import Knob
from shopsight.insight.simulate import SOURCE
from shopsight.shop import Shop, open_shop
from shopsight.types import Product
from shopsight.web import create_app
from shopsight.web.forecast_page import slider

HTML = {"Accept": "text/html"}
HERE = "/console/forecast"


def seen(client: TestClient, path: str = HERE, status: int = 200, **asked: object) -> BeautifulSoup:  # noqa: F811
    answer = client.get(path, params=asked, headers=HTML)
    assert answer.status_code == status
    return BeautifulSoup(answer.text, "html.parser")


def test_the_page_says_what_is_predicted_how_and_how_well(client: TestClient) -> None:  # noqa: F811
    page = seen(client, kpi="click_through", days=9)
    said = client.get("/api/v1/forecast", params={"kpi": "click_through", "days": 9}).json()
    tiles = page.select_one(".tiles").text
    for words in ("predicted", f"from {DAYS} days", said["method"], str(datetime.now(UTC).date())):
        assert words in tiles
    drawn = page.select_one(".fan img")
    assert "95 % between" in drawn["alt"]
    assert drawn["src"].startswith("data:image/svg+xml;base64,")
    how = page.select_one("#how").parent
    assert f"{said['method']} was off by {said['error'] * 100:.2g} percentage points a day" in how.text
    assert "seasonal naive" in how.text
    assert len(how.select("tbody tr")) == len(said["tried"])
    assert [o["value"] for o in page.select("select[name=kpi] option")] == ["traffic", "click_through"]
    assert len(page.select("details.panel tbody tr")) == 9
    assert page.select_one(".notice") is None, "these numbers were counted"
    assert page.select_one('.rooms a[aria-current="page"]').text == "Forecast"
    assert not page.select("script:not([src])"), "the policy forbids it"


def test_only_what_varied_can_be_turned_and_only_as_far_as_it_was(client: TestClient) -> None:  # noqa: F811
    page = seen(client, kpi="click_through")
    [knob] = page.select("#knobs input[type=range]")
    assert knob["name"] == "shift.brightness"
    assert -0.32 < float(knob["min"]) < -0.04
    assert 0.04 < float(knob["max"]) < 0.32
    still = re.search(r"of them: (.*)\. Change", page.find(string=re.compile("Never varied"))).group(1).split(", ")
    assert {"contrast", "subject brightness"} <= set(still)
    assert "brightness" not in still


def test_a_slider_has_round_marks_and_zero_among_them() -> None:
    one = slider(Knob(FACTORS["brightness"], 0.5231, 0.4, 0.61), 0.0)
    assert one.step == 0.01
    assert (one.low, one.high) == (pytest.approx(-0.12), pytest.approx(0.08))
    assert one.words == {"now": "0.52", "low": "0.4", "high": "0.61"}


def test_a_shift_gives_the_difference_with_its_range(client: TestClient) -> None:  # noqa: F811
    page = seen(client, kpi="click_through", days=5, **{"shift.brightness": 0.05})
    words = page.select_one(".difference").text
    value, low, high = (float(number) for number in re.findall(r"[+−]\d+\.?\d*", words))
    assert low <= EFFECT * 5 <= high, "in percentage points"
    assert low < value < high
    assert "predicted" in page.select_one("#then").parent.text
    assert page.select_one("#knobs input[type=range]")["value"] == "0.05"
    alone = seen(client, f"{HERE}/what-if", kpi="click_through", days=5, **{"shift.brightness": 0.05})
    assert alone.select_one(".difference").text == words
    assert alone.select_one("h1") is None


def test_what_cannot_be_said_is_said_in_words(client: TestClient) -> None:  # noqa: F811
    for name, words in (("contrast", "never varied"), ("sparkle", "none of that name")):
        refused = seen(client, kpi="click_through", **{f"shift.{name}": 0.1})
        assert words in refused.select_one("#difference .state").text
    assert "no day of it is known" in seen(client, kpi="conversion").text
    assert "coat" in seen(client, status=404, kpi="traffic", sku="coat").select_one(".state").text
    assert "none of that name" in seen(client, status=422, kpi="nothing").text
    seen(client, status=422, kpi="traffic", days=0)
    seen(client, status=422, kpi="traffic", **{"shift.brightness": "lots"})
    seen(client, status=422, kpi="traffic", **{"shift.brightness": "nan"})
    seen(client, status=422, kpi="traffic", **{f"shift.f{number}": 1 for number in range(11)})


def test_the_exports_hold_what_the_api_says(client: TestClient) -> None:  # noqa: F811
    asked = {"kpi": "click_through", "days": 4}
    said = client.get("/api/v1/forecast", params=asked).json()
    table = client.get(f"{HERE}.csv", params=asked)
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [float(row["value"]) for row in rows] == [day["value"] for day in said["days"]]
    assert {row["kind"] for row in rows} == {"predicted"}
    changes = {"brightness": 0.05}
    changed = client.post("/api/v1/forecast/what-if", json={**asked, "changes": changes}).json()
    shifted = client.get(f"{HERE}.csv", params={**asked, "shift.brightness": 0.05})
    assert "forecast-what-if.csv" in shifted.headers["content-disposition"]
    values = [float(row["value"]) for row in csv.DictReader(io.StringIO(shifted.text))]
    assert values == [day["value"] for day in changed["after"]["days"]]
    drawing = client.get(f"{HERE}.svg", params={**asked, "shift.brightness": 0.05})
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert "unchanged" in drawing.text
    assert "unchanged" not in client.get(f"{HERE}.svg", params=asked).text


def test_the_report_needs_nothing_else(client: TestClient) -> None:  # noqa: F811
    answer = client.get(f"{HERE}/report", params={"kpi": "click_through", "days": 3, "shift.brightness": 0.05})
    assert 'filename="forecast-what-if.html"' in answer.headers["content-disposition"]
    report = BeautifulSoup(answer.text, "html.parser")
    assert not report.select("script, link")
    assert all(image["src"].startswith("data:") for image in report.select("img"))
    assert len(report.select("img")) == 2
    assert "percentage points a day (95 %" in report.text
    assert "predicted" in report.text


def test_made_up_numbers_are_called_that(tmp_path: Path) -> None:
    first = datetime.now(UTC).date() - timedelta(days=40)
    with open_shop(tmp_path / "shop", engine="histogram") as opened, TestClient(create_app(opened), **LOCAL) as door:
        assert "no day of any KPI is known" in seen(door).text
        rows = [DailyRow(first + timedelta(days=day), "traffic", 50 + day % 7, 1) for day in range(40)]
        opened.catalogue.save_daily(rows, SOURCE)
        page = seen(door)
        assert "Simulated numbers" in page.select_one(".notice").text
        assert "Simulated numbers" in seen(door, f"{HERE}/report").text
        assert "no photo that was shown has been measured" in page.select_one("#what-if").parent.text
        assert not page.select("input[type=range]")


def test_a_shop_whose_pictures_never_changed_is_told_so(tmp_path: Path) -> None:
    first = datetime.now(UTC).date() - timedelta(days=40)
    with open_shop(tmp_path / "shop", engine="histogram") as opened, TestClient(create_app(opened), **LOCAL) as door:
        photo = keep(opened, np.full((40, 40, 3), 90, np.uint8))
        opened.catalogue.save([Product("hat", "Hat", photos=(photo,))])
        opened.catalogue.keep_factors(VERSION, {photo: dict.fromkeys(FACTORS, 0.5)})
        opened.catalogue.save_daily(
            [DailyRow(first + timedelta(days=day), "traffic", 50 + day % 7, 1, sku="hat") for day in range(40)], "test"
        )
        page = seen(door, sku="hat")
        assert "Traffic of hat" in page.select_one("#ahead").text
        assert "No picture factor varied" in page.select_one("#what-if").parent.text
        assert not page.select("#knobs")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_a_moved_slider_is_answered_at_once(width: int, theme: str, context, shop: Shop) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    with serving(shop) as address:
        page, wrong = context.new_page(), []
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.goto(f"{address}{HERE}?kpi=click_through&days=5")
        knob = page.get_by_role("slider", name="Brightness")
        assert page.locator('output[for="shift-brightness"]').inner_text() == "as it is"
        knob.focus()
        page.keyboard.press("End")
        page.locator("#difference .difference").wait_for()
        words = page.locator("#difference .difference").inner_text()
        assert words.startswith("+")
        assert "shift.brightness=" in page.url
        assert re.fullmatch(r"\+0\.\d+, to 0\.\d+", page.locator('output[for="shift-brightness"]').inner_text())
        assert page.locator("#short").is_visible() == (width < 960)
        page.keyboard.press("Home")
        page.locator("#difference .difference", has_text="−").first.wait_for()
        page.reload()
        assert page.locator("#difference .difference").inner_text().startswith("−"), "the address remembers"
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        assert not wrong
