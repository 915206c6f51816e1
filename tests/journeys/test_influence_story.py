"""A merchandiser asks which pictures are clicked: drawn photos, made-up days with a planted effect of brightness, and
command line, HTTP, page and report that all find it and all say that the days are simulated."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from shopsight.cli.app import app, run
from shopsight.images.decode import encode
from shopsight.insight.simulate import simulate_shop
from shopsight.jobs.measuring import measure
from shopsight.shop import Shop, open_shop
from shopsight.types import Photo, Product
from shopsight.web import create_app

LOCAL = {"client": ("127.0.0.1", 50000), "base_url": "http://127.0.0.1"}
PRODUCTS = 120


def draw_photo(lot: np.random.Generator) -> np.ndarray:
    """A plain product on a plain ground: light or dark, large or small, coloured or grey."""
    pixels = np.full((96, 96, 3), lot.integers(60, 250), np.uint8)
    half = int(lot.integers(14, 40))
    pixels[48 - half : 48 + half, 48 - half : 48 + half] = lot.integers(0, 255, 3)
    return pixels


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """120 products in two categories whose clicks rise with the brightness that was measured, and 12 others."""
    lot = np.random.default_rng(1)
    with open_shop(tmp_path_factory.mktemp("influence") / "shop", engine="histogram", requests_per_minute=0) as shop:
        products, photos = [], {}
        for number in range(PRODUCTS):
            pixels = draw_photo(lot)
            data = encode(pixels)
            photo = Photo(sha256(data).hexdigest(), 96, 96)
            photos[f"{number}"] = (data, photo)
            kind = ("Shirts", "Shoes")[number % 2]
            products.append(Product(f"P{number:03}", f"Product {number}", category=kind, photos=(photo.id,)))
        shop.catalogue.keep_photos(photos)
        shop.catalogue.save(products)
        assert not measure(shop).failed
        table = shop.factor_table()
        bright = table.values[:, [table.names.index("brightness")]].astype(np.float64)
        bright = (bright - bright.mean()) / bright.std()
        planted = {"click_through": {"brightness": 0.3}}
        made = simulate_shop(4, PRODUCTS, 30, planted, names=("brightness",), factors=bright, skus=table.skus)
        shop.catalogue.save_daily(made.daily("click_through"), "simulated")
        few = simulate_shop(4, PRODUCTS, 1, names=("brightness",), factors=bright, skus=table.skus)
        shop.catalogue.save_daily(few.daily("return"), "simulated")
        yield shop


@pytest.fixture(scope="module")
def client(shop: Shop) -> Iterator[TestClient]:
    with TestClient(create_app(shop), **LOCAL) as client:
        yield client


def read_page(client: TestClient, address: str) -> str:
    """The page, asked again as a browser does while it is worked on."""
    for _ in range(120):
        page = client.get(address)
        assert page.status_code == 200
        if "Working on it" not in page.text:
            return page.text
        assert 'http-equiv="refresh"' in page.text
        time.sleep(0.5)
    pytest.fail("the answer never came")


def test_the_command_says_it_in_words_and_writes_a_report(shop: Shop, tmp_path: Path) -> None:
    place = ("--kpi", "click_through", "--shop", str(shop.folder))
    found = CliRunner().invoke(app, ["influence", *place, "--by", "category", "--report", str(tmp_path / "r")])
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("SIMULATED")
    for words in ("More brightness", "within categories", "invents nothing", "Only an experiment", "Shirts"):
        assert words in found.stdout

    files = {path.suffix: path for path in (tmp_path / "r").iterdir()}
    assert set(files) == {".html", ".svg", ".csv", ".json"}
    html = files[".html"].read_text()
    assert "Simulated" in html
    assert "does not prove" in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html), "the report needs nothing else"
    assert ElementTree.fromstring(files[".svg"].read_text()).tag.endswith("svg")
    rows = list(csv.DictReader(io.StringIO(files[".csv"].read_text())))
    assert {row["category"] for row in rows} == {"", "Shirts", "Shoes"}
    check_found(json.loads(files[".json"].read_text()))


def check_found(said: dict[str, Any]) -> None:
    """The planted effect is in the answer, and nothing is claimed beyond it."""
    bright = next(one for one in said["effects"] if one["factor"] == "brightness")
    assert bright["called"]
    assert bright["slope"]["low"] < 0.3 < bright["slope"]["high"]
    assert bright["effect"]["low"] > 0
    assert (bright["effect"]["rows"], bright["effect"]["kind"]) == (PRODUCTS, "estimated from logs")
    assert said["simulated"] is True
    assert said["control"]["clean"] is True
    assert set(said["by_category"]) == {"Shirts", "Shoes"}


def test_over_http_it_is_the_same_answer(client: TestClient, shop: Shop) -> None:
    said = client.get("/api/v1/influence", params={"kpi": "click_through", "by": "category"})
    assert said.status_code == 200
    check_found(said.json())
    kept = next(one for one in shop.influence("click_through", "category").effects if one.name == "brightness")
    bright = next(one for one in said.json()["effects"] if one["factor"] == "brightness")
    assert bright["effect"]["value"] == kept.effect.value


def test_the_page_shows_effects_photos_and_what_is_not_proven(client: TestClient, shop: Shop) -> None:
    page = read_page(client, "/console/influence?kpi=click_through&by=category&factor=brightness")
    for words in ("Simulated.", "beyond chance", "What this does not prove", "Shirts", "Shapes of the strongest"):
        assert words in page
    strip = page[page.index('id="photos"') :]
    covers = re.findall(r"/api/v1/photos/([0-9a-f]{64})/240", strip)
    table = shop.factor_table()
    bright = dict(zip(table.skus, table.values[:, table.names.index("brightness")], strict=True))
    owners = {product.photos[0]: sku for product in shop.browse(limit=500).products for sku in [product.sku]}
    values = [bright[owners[photo]] for photo in covers]
    assert len(values) == 12
    assert max(values[:6]) < min(values[6:]), "least and most are apart"
    links = re.findall(r'href="(/console/influence[^"]*)"', page)
    assert any("factor=" in link for link in links)


def test_its_files_are_downloads(client: TestClient) -> None:
    query = "kpi=click_through&by=category"
    table = client.get(f"/console/influence.csv?{query}")
    assert table.headers["content-type"].startswith("text/csv")
    assert any(row["factor"] == "brightness" for row in csv.DictReader(io.StringIO(table.text)))
    for address in (f"/console/influence.svg?{query}", f"/console/influence.svg?{query}&category=Shirts"):
        drawing = client.get(address)
        assert ElementTree.fromstring(drawing.text).tag.endswith("svg")
    assert client.get(f"/console/influence.svg?{query}&category=Hats").status_code == 404
    report = client.get(f"/console/influence/report?{query}")
    assert "attachment" in report.headers["content-disposition"]
    assert not re.search(r'(?:src|href)="(?!data:|#)', report.text)


def test_too_little_is_told_with_its_cure(client: TestClient, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["influence", "--kpi", "return", "--shop", str(shop.folder)]) == 2
    assert "40 products and 100 returns" in capsys.readouterr().err
    assert run(["influence", "--kpi", "open", "--shop", str(shop.folder)]) == 2
    assert "events import" in capsys.readouterr().err
    assert run(["influence", "--kpi", "magic", "--shop", str(shop.folder)]) == 2
    assert "click_through" in capsys.readouterr().err
    refused = client.get("/api/v1/influence", params={"kpi": "return"})
    assert (refused.status_code, refused.json()["code"]) == (422, "too_little_data")
    assert "Not enough to say" in read_page(client, "/console/influence?kpi=return")


def test_a_new_day_makes_a_new_answer(shop: Shop) -> None:
    before = shop.influence("click_through", "category")
    assert shop.influence("click_through", "category") is before
    rows = [replace(row, numerator=0.0) for row in simulate_shop(9, 1, 1).daily("click_through")]
    shop.catalogue.save_daily([replace(row, sku="P000") for row in rows], "simulated")
    assert shop.influence("click_through", "category") is not before


def test_kpis_are_seen_over_time_and_as_files(client: TestClient) -> None:
    page = client.get("/console/kpis?days=28")
    assert page.status_code == 200
    assert "Click through" in page.text
    assert "Simulated." in page.text
    assert re.search(r"clicks in [\d,]+ impressions", page.text)
    rows = list(csv.DictReader(io.StringIO(client.get("/console/kpis.csv?days=28").text)))
    clicks = [row for row in rows if row["kpi"] == "click_through"]
    assert len(clicks) == 28
    assert all(float(row["low"]) < float(row["seven_day_value"]) < float(row["high"]) for row in clicks)
    assert int(clicks[-1]["rows"]) == sum(float(row["denominator"]) for row in clicks[-7:])
    assert ElementTree.fromstring(client.get("/console/kpis/click_through.svg").text).tag.endswith("svg")
    assert client.get("/console/kpis/magic.svg").status_code == 422
    report = client.get("/console/kpis/report")
    assert not re.search(r'(?:src|href)="(?!data:|#)', report.text)


def test_an_empty_shop_says_what_to_do(tmp_path: Path) -> None:
    with (
        open_shop(tmp_path / "empty", engine="histogram") as empty,
        TestClient(create_app(empty), **LOCAL) as client,
    ):
        assert "Nothing is known yet" in client.get("/console/kpis").text
        assert "Not enough to say" in client.get("/console/influence").text
        assert client.get("/console/kpis/traffic.svg").status_code == 422
