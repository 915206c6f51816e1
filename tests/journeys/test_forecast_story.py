"""A merchandiser asks what the next fortnight brings, and what brighter pictures would do to it: pictures and a daily
table come in by the command line, and command line, HTTP, page and exports give the same answer."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from shopsight.cli.app import run
from shopsight.images.decode import encode
from shopsight.images.draw import draw_shop
from shopsight.shop import open_shop
from shopsight.web import create_app

LOCAL = {"client": ("127.0.0.1", 50000), "base_url": "http://127.0.0.1"}
DAYS, AHEAD, SEEN = 100, 14, 30_000
EFFECT = 0.1
"""What one unit of mean brightness was planted to add to the click-through rate."""


def said(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    assert run([*map(str, words), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def days_of(bright: dict[str, float]) -> str:
    """A daily table: which products are shown changes from day to day, and with it how bright the shop looks."""
    lot = np.random.default_rng(7)
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow(["day", "sku", "impressions", "clicks"])
    for number in range(DAYS):
        day = first + timedelta(days=number)
        shares = lot.dirichlet(np.ones(len(bright)))
        mean = float(shares @ np.array(list(bright.values())))
        rate = 0.05 + EFFECT * (mean - np.mean(list(bright.values()))) + 0.006 * (day.weekday() >= 5)
        for sku, share in zip(bright, shares, strict=True):
            shown = round(SEEN * share)
            write.writerow([day, sku, shown, lot.binomial(shown, rate)])
    return text.getvalue()


def test_what_comes_and_what_brighter_pictures_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOPSIGHT_ENGINE", "histogram")
    shop, pictures = tmp_path / "shop", tmp_path / "pictures"
    pictures.mkdir()
    for number, sample in enumerate(islice(draw_shop(0), 6)):
        dimmed = (sample.photos[0] * (0.3 + 0.14 * number)).astype(np.uint8)
        (pictures / f"{sample.product.sku}.jpg").write_bytes(encode(dimmed))
    assert said(capsys, "import", pictures, "--shop", shop)["products"] == 6
    assert said(capsys, "factors", "--catalogue", "--shop", shop)
    with open_shop(shop, engine="histogram") as opened:
        products = opened.browse().products
        bright = {p.sku: opened.catalogue.factors("1", [p.photos[0]])[p.photos[0]]["brightness"] for p in products}
    assert max(bright.values()) - min(bright.values()) > 0.2
    (tmp_path / "days.csv").write_text(days_of(bright))
    assert said(capsys, "events", "import", tmp_path / "days.csv", "--daily", "--shop", shop)["rejected"] == []

    asked = ("forecast", "--kpi", "click_through", "--days", AHEAD, "--shop", shop)
    plain = said(capsys, *asked)
    assert plain["kind"] == "predicted"
    assert plain["error"] < plain["seasonal_naive_error"]
    assert [day["rows"] for day in plain["days"]] == [DAYS] * AHEAD
    brighter = said(capsys, *asked, "--what-if", "brightness=+0.05")
    moved = brighter["difference_per_day"]
    assert moved["low"] <= EFFECT * 0.05 <= moved["high"]
    assert moved["low"] > 0

    with open_shop(shop, engine="histogram") as opened, TestClient(create_app(opened), **LOCAL) as client:
        query = {"kpi": "click_through", "days": AHEAD}
        assert client.get("/api/v1/forecast", params=query).json()["method"] == plain["method"]
        shifted = {**query, "shift.brightness": 0.05}
        page = BeautifulSoup(client.get("/console/forecast", params=shifted).text, "html.parser")
        value = float(re.search(r"\+(\d+\.\d+) percentage points", page.select_one(".difference").text).group(1))
        assert value == pytest.approx(moved["value"] * 100, abs=0.01)
        assert "The whole range lies above zero" in page.select_one("#difference").text
        assert "only an experiment" in page.select_one("#then").parent.text.lower()
        for link in page.select(".exports a"):
            kept = client.get(link["href"])
            assert kept.status_code == 200
            assert "attachment" in kept.headers["content-disposition"]
        table = list(csv.DictReader(io.StringIO(client.get("/console/forecast.csv", params=shifted).text)))
    assert [float(row["value"]) for row in table] == [day["value"] for day in brighter["after"]["days"]]
