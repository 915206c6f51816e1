"""The pages of recognition, suggestions and training as the server makes them, and the runs behind them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag
from fastapi.testclient import TestClient
from web_shop import LOCAL, Stall, stock

from shopsight.catalogue.suggestions import Idea
from shopsight.images.decode import encode
from shopsight.recognise import rle
from shopsight.types import Finding, Recognition
from shopsight.web import create_app
from shopsight.web.recognise_page import headline

API = "/api/v1"


def scene() -> bytes:
    """Two things on white, 240 x 160 pixels: a red one 40,30-100,130 and a blue one 150,50-200,120."""
    pixels = np.full((160, 240, 3), 255, np.uint8)
    pixels[30:130, 40:100], pixels[50:120, 150:200] = (200, 30, 40), (30, 50, 180)
    return encode(pixels, "image/png")


def read(client: TestClient, address: str) -> BeautifulSoup:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def recognised(client: TestClient, **form: str) -> Tag:
    files = {"photo": ("scene.png", scene(), "image/png")}
    answer = client.post("/console/recognise", files=files, data={"labels": "outline", **form})
    assert answer.status_code == 200, answer.text
    part = BeautifulSoup(answer.text, "html.parser").select_one(".recognised")
    assert part is not None
    return part


# --- recognition ----------------------------------------------------------------------------------------------------


def test_every_finding_is_a_row_and_the_drawing_gets_coco(client: TestClient) -> None:
    part = recognised(client, task="instances")
    assert part.select_one("h2").text == "2 things found"
    told = json.loads(part.select_one("[data-coco]").text)
    assert (told["images"][0]["width"], told["images"][0]["height"]) == (240, 160)
    assert len(part.select("tbody tr")) == len(told["annotations"]) == 2
    both = np.logical_or(*(rle.decode(each["segmentation"]) for each in told["annotations"]))
    truth = np.zeros((160, 240), bool)
    truth[30:130, 40:100] = truth[50:120, 150:200] = True
    assert (both & truth).sum() / (both | truth).sum() > 0.9
    assert [label.text.strip() for label in part.select(".kinds-found label")] == ["Product × 2"]


@pytest.mark.parametrize(
    ("task", "placed", "said"),
    [("localise", "yes", "Found: product"), ("detect", "yes", "2 things found"), ("segment", "no", "1 kind of pixels")],
)
def test_each_task_speaks_in_its_own_way(client: TestClient, task: str, placed: str, said: str) -> None:
    part = recognised(client, task=task)
    assert (part["data-task"], part["data-placed"]) == (task, placed)
    assert part.select_one("h2").text == said


def test_what_is_not_known_is_said_and_colours_are_told_all_the_same(client: TestClient) -> None:
    """The quick engine of these tests has no categories, so it honestly knows nothing."""
    part = recognised(client, labels="", task="classify", box="20,10,120,150")
    assert part.select_one("h2").text == "Not a product I know"
    shop_words, css_words = (row.text for row in part.select(".swatches"))
    assert "Red" in shop_words
    assert any(name in css_words for name in ("crimson", "firebrick", "brown", "red"))
    assert "Pattern: plain" in part.text


@pytest.mark.parametrize(
    ("chance", "said"), [(0.93, "Coat"), (0.6, "Probably Coat"), (0.45, "Not sure: Coat or Shirt")]
)
def test_the_headline_is_no_surer_than_the_answer(chance: float, said: str) -> None:
    findings = (Finding("Coat", chance), Finding("Shirt", (1 - chance) / 2))
    assert headline(Recognition("classify", "mine", 40, 30, findings)) == said
    assert headline(Recognition("classify", "mine", 40, 30, findings, known=False)) == "Not a product I know"


def test_the_page_offers_only_labels_that_are_here_and_what_they_can_do(client: TestClient) -> None:
    page = read(client, "/console/recognise?task=detect&labels=outline")
    offered = {option["value"]: set(option["data-tasks"].split()) for option in page.select("#labels option")}
    assert offered[""] == {"classify", "localise", "detect", "segment", "instances"}
    assert "siglip2-labels" not in offered
    assert offered.get("outline", {"localise"}) <= {"localise", "detect", "segment", "instances"}
    assert page.select_one('[name="task"][checked]')["value"] == "detect"
    assert page.select_one('.rooms [aria-current="page"]').text == "Recognise"


@pytest.mark.parametrize("form", [{"task": "classify"}, {"task": "fly"}, {"task": "detect", "labels": "nobody"}])
def test_wrong_questions_are_refused_with_a_cure(client: TestClient, form: dict[str, str]) -> None:
    files = {"photo": ("scene.png", scene(), "image/png")}
    answer = client.post("/console/recognise", files=files, data={"labels": "outline", **form})
    assert answer.status_code in {404, 422}
    assert answer.json()["cure"]


# --- suggestions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(stall: Stall) -> Iterator[list[int]]:
    """Three suggestions about two products that state nothing; the shop is as it was afterwards."""
    catalogue = stall.shop.catalogue
    before = [catalogue.product(sku) for sku in stall.skus[:2]]
    catalogue.save([replace(product, category="", attributes={}) for product in before])
    first, second = before
    ideas = [
        Idea(first.sku, first.photos[0], "category", 'Gown & "robe"', 0.95),
        Idea(first.sku, first.photos[0], "colour", "red", 0.7),
        Idea(second.sku, second.photos[0], "category", "Coat", 0.6),
    ]
    catalogue.suggest(ideas, "mine/1")
    yield [each.id for each in catalogue.suggestions("pending").suggestions]
    catalogue.undo_suggestions([each.id for each in catalogue.suggestions().suggestions])
    catalogue.save(before)


def test_a_product_is_one_card_with_all_that_waits_for_it(client: TestClient, stall: Stall, waiting: list[int]) -> None:
    page = read(client, "/console/suggestions")
    cards = page.select(".idea-card")
    assert [card["data-sku"] for card in cards] == stall.skus[:2]
    assert [idea["data-value"] for idea in cards[0].select(".idea")] == ['Gown & "robe"', "red"]
    assert page.select_one("#far").text == "0 of 3 decided"
    kinds = read(client, "/console/suggestions?kind=category")
    assert len(kinds.select(".idea")) == 2
    client.post(f"{API}/suggestions/{waiting[0]}/correct", json={"value": "Evening dress"})
    done = read(client, "/console/suggestions?state=corrected")
    assert "Evening dress" in done.select_one(".idea-outcome").text
    assert done.select_one("#far").text == "1 of 3 decided"


def wait(client: TestClient, address: str) -> dict:
    for _ in range(600):
        job = client.get(address).json()
        if job["state"] in {"done", "failed", "stopped"}:
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def test_a_run_over_the_catalogue_is_followed_and_forgotten(client: TestClient, stall: Stall) -> None:
    started = client.post(f"{API}/suggestions/runs", json={})
    assert started.status_code == 202
    address = f"{API}/suggestions/runs/{started.json()['id']}"
    job = wait(client, address)
    assert (job["state"], job["total"], job["done"]) == ("done", 12, 12)
    assert job["counts"]["products"] == 12
    assert job["counts"]["unknown"] == 12  # The quick engine has no categories, so it suggests nothing.
    assert client.get(f"{API}/suggestions/runs").json()[0]["id"] == job["id"]
    client.delete(address)
    assert client.get(address).status_code == 404


def test_a_run_needs_the_key(tmp_path: object) -> None:
    stall = stock(tmp_path / "shop", most=1, api_key="secret")  # type: ignore[operator]
    with stall.shop, TestClient(create_app(stall.shop), **LOCAL) as client:
        assert client.post(f"{API}/suggestions/runs", json={}).status_code == 401
        page = read(client, "/console/suggestions")
        assert page.select_one("#make button.main").has_attr("disabled")
        assert "Changes need the API key" in page.text


# --- training -------------------------------------------------------------------------------------------------------


@pytest.fixture
def sorted_shop(stall: Stall) -> Iterator[Stall]:
    """Half of the products are of one category, half of another."""
    catalogue = stall.shop.catalogue
    before = [catalogue.product(sku) for sku in stall.skus]
    catalogue.save([replace(p, category="Odd" if n % 2 else "Even", attributes={}) for n, p in enumerate(before)])
    yield stall
    catalogue.save(before)


def test_training_is_offered_done_and_reported(client: TestClient, sorted_shop: Stall) -> None:
    offer = read(client, "/console/train").select("#learn option")
    assert [option["value"] for option in offer] == ["category"]
    assert "2 labels with enough, 12 products" in offer[0].text
    started = client.post(f"{API}/train/classifier", json={"label": "category", "name": "odd-or-even"})
    job = wait(client, f"{API}/train/{started.json()['id']}")
    assert job["state"] == "done", job
    page = read(client, "/console/train/engines?fresh=odd-or-even")
    report = page.select_one("#engine-odd-or-even")
    assert report.select_one("details").has_attr("open")
    figures = job["result"]["figures"]
    assert f"{figures['accuracy']['value']:.0%}" in report.text
    assert f"of {figures['accuracy']['rows']} photos that it never learnt from" in " ".join(report.text.split())
    assert [row.text for row in report.select("tbody th")] == ["Even", "Odd"]
    chance, confusion = report.select("img")
    assert "Commonest label" in chance["alt"]
    assert "Even: " in confusion["alt"]
    assert ("Do not rely on it" in report.text) == (not figures["beats_baseline"])
    labels = read(client, "/console/recognise").select('#labels option[value="odd-or-even"]')
    assert labels[0]["data-tasks"] == "classify"
