"""A forecast through the command line and over HTTP, on a shop whose photos changed while it was counted."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from web_shop import LOCAL, keep

from shopsight.catalogue.kpi_days import DailyRow
from shopsight.cli.app import run
from shopsight.insight.factors import FACTORS, VERSION
from shopsight.shop import Shop, open_shop
from shopsight.types import Product
from shopsight.web import create_app

DAYS = 120
EFFECT = 0.2
"""What one unit of brightness adds to the click-through rate."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 days until yesterday: a dark and a bright photo of one product were shown, and the bright one clicked."""
    folder = tmp_path_factory.mktemp("forecast") / "shop"
    rng = np.random.default_rng(0)
    with open_shop(folder, engine="histogram") as shop:
        photos = [keep(shop, np.full((40, 40, 3), grey, np.uint8)) for grey in (60, 200)]
        shop.catalogue.save([Product("hat", "Hat", photos=tuple(photos))])
        values = {photo: dict.fromkeys(FACTORS, 0.5) | {"brightness": 0.3 + 0.4 * i} for i, photo in enumerate(photos)}
        shop.catalogue.keep_factors(VERSION, values)
        first = datetime.now(UTC).date() - timedelta(days=DAYS)
        rows = []
        for day in range(DAYS):
            share, seen = rng.uniform(0.2, 0.8), 20_000
            rate = 0.05 + EFFECT * (0.3 + 0.4 * share - 0.5) + 0.01 * (day % 7 >= 5)
            clicks = int(rng.binomial(seen, rate))
            for photo, part in zip(photos, (1 - share, share), strict=True):
                shown, clicked = round(seen * part), round(clicks * part)
                at = first + timedelta(days=day)
                rows.append(DailyRow(at, "click_through", clicked, shown, sku="hat", photo=photo))
                rows.append(DailyRow(at, "traffic", shown, 1, sku="hat", photo=photo))
        shop.catalogue.save_daily(rows, "test")
    return folder


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop(folder, engine="histogram") as opened:
        yield opened


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient]:
    with TestClient(create_app(shop), **LOCAL) as client:
        yield client


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert run([str(word) for word in words]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_command_line_forecasts_draws_and_keeps(folder: Path, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    table, picture = tmp_path / "f.csv", tmp_path / "f.svg"
    flags = ("--kpi", "click_through", "--days", 9, "--shop", folder, "--csv", table, "--svg", picture)
    document = json.loads(said(capsys, "forecast", *flags, "--json"))
    assert document["kind"] == "predicted"
    assert document["error"] < document["seasonal_naive_error"]
    assert document["method"] in document["tried"]
    assert [d["rows"] for d in document["days"]] == [DAYS] * 9
    assert document["days"][0]["day"] == str(datetime.now(UTC).date()), "today is not over: it is forecast"
    kept = list(csv.DictReader(io.StringIO(table.read_text())))
    assert [float(row["value"]) for row in kept] == [d["value"] for d in document["days"]]
    assert picture.read_text().startswith("<svg")
    assert "Click through" in picture.read_text()
    shown = said(capsys, "forecast", "--kpi", "click_through", "--days", 9, "--shop", folder)
    assert "predicted" in shown
    assert "seasonal naive by" in shown


def test_a_what_if_finds_the_photos_share_in_it(folder: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    flags = ("--kpi", "click_through", "--days", 5, "--sku", "hat", "--shop", folder)
    document = json.loads(said(capsys, "forecast", *flags, "--what-if", "brightness=+0.05", "--json"))
    moved = document["difference_per_day"]
    assert moved["low"] <= EFFECT * 0.05 <= moved["high"]
    assert moved["low"] > 0
    assert moved["kind"] == "predicted"
    assert document["after"]["factors"] == ["brightness"]
    shown = said(capsys, "forecast", *flags, "--what-if", "brightness=+0.05")
    assert re.search(r"with brightness \+0\.05: \+0\.0\d+ a day \(95 %: ", shown)


def test_the_command_line_says_what_is_wrong(folder: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    for flags, code, words in (
        (("--kpi", "nothing"), 2, "there is none of that name"),
        (("--kpi", "conversion"), 2, "no day of it is known"),
        (("--kpi", "traffic", "--sku", "coat"), 3, "coat"),
        (("--kpi", "traffic", "--what-if", "brightness"), 2, "--what-if brightness=+0.1"),
        (("--kpi", "traffic", "--what-if", "contrast=1"), 2, "never varied"),
        (("--kpi", "traffic", "--what-if", "sparkle=1"), 2, "none of that name"),
    ):
        assert run(["forecast", *flags, "--shop", str(folder)]) == code
        assert words in capsys.readouterr().err


def test_http_answers_with_ranges_and_its_past(client: TestClient) -> None:
    answer = client.get("/api/v1/forecast", params={"kpi": "click_through", "days": 7, "with_factors": True})
    assert answer.status_code == 200
    body = answer.json()
    assert body["factors"] == ["brightness"]
    assert len(body["past"]) == DAYS
    for day in body["days"]:
        assert day["low_95"] <= day["low_80"] <= day["value"] <= day["high_80"] <= day["high_95"]
        assert day["kind"] == "predicted"


def test_http_what_if(client: TestClient) -> None:
    asked = {"kpi": "click_through", "days": 3, "changes": {"brightness": -0.05}}
    body = client.post("/api/v1/forecast/what-if", json=asked).json()
    assert body["difference_per_day"]["high"] < 0
    assert body["after"]["days"][0]["value"] < body["before"]["days"][0]["value"]
    refused = client.post("/api/v1/forecast/what-if", json={**asked, "changes": {"contrast": 1}})
    assert refused.status_code == 422
    assert refused.json()["code"] == "too_little_data"
    assert client.get("/api/v1/forecast", params={"kpi": "conversion"}).json()["code"] == "too_little_data"
    assert client.get("/api/v1/forecast", params={"kpi": "traffic", "days": 0}).status_code == 422
    assert client.get("/api/v1/forecast", params={"kpi": "traffic", "sku": "coat"}).status_code == 404
