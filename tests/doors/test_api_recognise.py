"""Recognition and suggestions over HTTP: what is asked, what comes back, who may decide, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from web_shop import LOCAL, Stall, stock

from shopsight.catalogue.suggestions import Idea
from shopsight.images.decode import decode, encode
from shopsight.recognise import rle
from shopsight.web import create_app

API = "/api/v1"


def scene() -> bytes:
    """Two things on white, 240 x 160 pixels: a red one 40,30-100,130 and a blue one 150,50-200,120."""
    pixels = np.full((160, 240, 3), 255, np.uint8)
    pixels[30:130, 40:100], pixels[50:120, 150:200] = (200, 30, 40), (30, 50, 180)
    return encode(pixels, "image/png")


def ask(client: TestClient, address: str = "/recognise", photo: bytes | None = None, **form: str) -> object:
    files = {"photo": ("scene.png", scene() if photo is None else photo, "image/png")}
    return client.post(API + address, files=files, data={"labels": "outline", **form})


def test_every_thing_comes_with_its_box_and_its_pixels(client: TestClient) -> None:
    found = ask(client, task="instances").json()
    assert (found["task"], found["engine"], found["known"]) == ("instances", "outline", True)
    assert (found["width_px"], found["height_px"]) == (240, 160)
    assert found["counts"] == {"product": 2}
    truth = np.zeros((160, 240), bool)
    truth[30:130, 40:100] = truth[50:120, 150:200] = True
    masks = [rle.decode(finding["mask"]) for finding in found["findings"]]
    shown = np.logical_or(*masks)
    assert (shown & truth).sum() / (shown | truth).sum() > 0.9
    boxes = sorted(finding["box_px"] for finding in found["findings"])
    assert np.abs(np.array(boxes) - [[40, 30, 100, 130], [150, 50, 200, 120]]).max() <= 4
    assert {"decode", "recognise", "total"} <= found["ms"].keys()


@pytest.mark.parametrize("task", ["localise", "detect", "segment"])
def test_each_task_answers_in_its_own_way(client: TestClient, task: str) -> None:
    findings = ask(client, task=task).json()["findings"]
    assert len(findings) == (2 if task == "detect" else 1)
    assert all((finding["mask"] is not None) == (task == "segment") for finding in findings)
    assert all((finding["box_px"] is not None) == (task != "segment") for finding in findings)


def test_only_a_box_is_looked_at_and_answers_stay_in_the_photo_s_pixels(client: TestClient) -> None:
    found = ask(client, task="detect", box="120,0,240,160").json()
    [finding] = found["findings"]
    assert np.abs(np.array(finding["box_px"]) - [150, 50, 200, 120]).max() <= 4
    assert found["width_px"] == 240


def test_classifying_tells_colours_and_pattern(client: TestClient) -> None:
    """The quick engine of these tests has no categories, so it honestly knows nothing; colours it still tells."""
    found = ask(client, labels="", task="classify", box="20,10,120,150").json()
    assert (found["known"], found["findings"]) == (False, [])
    assert found["colours"][0]["label"] == "red"
    assert found["css_colours"][0]["label"] in {"crimson", "firebrick", "brown", "red"}
    assert found["pattern"]["label"] == "plain"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_the_picture_is_drawn(client: TestClient, kind: str) -> None:
    answer = ask(client, "/recognise/picture", task="instances", format=kind)
    assert answer.headers["content-type"] == f"image/{kind}"
    drawn = decode(answer.content)
    assert drawn.shape[1] == 720
    assert drawn.shape[0] > 480
    plain = decode(scene())
    assert np.abs(drawn[200, 200].astype(int) - plain[66, 66]).max() > 20  # under the veil


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"task": "classify"}, 422, "bad_input"),
        ({"task": "fly"}, 422, "bad_input"),
        ({"task": "detect", "labels": "nobody"}, 404, "not_found"),
        ({"task": "detect", "labels": "histogram"}, 404, "not_found"),
        ({"task": "detect", "box": "1,2,3"}, 422, "bad_input"),
        ({"task": "detect", "box": "900,900,990,990"}, 422, "bad_input"),
        ({"task": "classify", "labels": "", "k": "0"}, 422, "bad_input"),
    ],
)
def test_wrong_questions_are_refused_with_a_cure(client: TestClient, form: dict, status: int, code: str) -> None:
    for address in ("/recognise", "/recognise/picture"):
        answer = ask(client, address, **form)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.json()["cure"]


@pytest.mark.parametrize("data", [b"", b"no picture", scene()[:200]])
def test_what_is_no_picture_is_refused(client: TestClient, data: bytes) -> None:
    answer = ask(client, photo=data, task="detect")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_photo")


def test_a_search_tells_the_boxes_when_asked(client: TestClient, stall: Stall) -> None:
    photo = {"photo": ("scene.png", scene(), "image/png")}
    asked = client.post(f"{API}/search", files=photo, data={"boxes": "true"}).json()
    assert asked["boxes"]
    for found in asked["boxes"]:
        left, top, right, bottom = found["box_px"]
        assert 0 <= left < right <= 240
        assert 0 <= top < bottom <= 160
    assert client.post(f"{API}/search", files=photo).json()["boxes"] == []


# --- suggestions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(client: TestClient, stall: Stall) -> Iterator[list[dict]]:
    """Two pending suggestions about products that state nothing; the shop is as it was afterwards."""
    catalogue = stall.shop.catalogue
    before = [catalogue.product(sku) for sku in stall.skus[:2]]
    catalogue.save([replace(product, category="", attributes={}) for product in before])
    ideas = [Idea(product.sku, product.photos[0], "category", "Gown", 0.9 - n / 10) for n, product in enumerate(before)]
    catalogue.suggest(ideas, "mine/1")
    yield client.get(f"{API}/suggestions", params={"kind": "category"}).json()["suggestions"]
    numbers = [s.id for s in catalogue.suggestions().suggestions]
    catalogue.undo_suggestions(numbers)
    catalogue.save(before)


def test_a_suggestion_is_accepted_corrected_dismissed_and_undone(client: TestClient, waiting: list[dict]) -> None:
    first, second = waiting
    assert (first["value"], first["state"], first["decided_at"]) == ("Gown", "pending", None)
    [accepted] = client.post(f"{API}/suggestions/accept", json={"numbers": [first["id"]]}).json()
    assert accepted["state"] == "accepted"
    assert client.get(f"{API}/products/{first['sku']}").json()["category"] == "Gown"
    corrected = client.post(f"{API}/suggestions/{second['id']}/correct", json={"value": "Robe"}).json()
    assert (corrected["state"], corrected["corrected"]) == ("corrected", "Robe")
    truths = client.get(f"{API}/suggestions/corrections").json()
    assert {truth["sku"] for truth in truths} == {first["sku"], second["sku"]}
    client.post(f"{API}/suggestions/undo", json={"numbers": [first["id"], second["id"]]})
    assert client.get(f"{API}/products/{second['sku']}").json()["category"] == ""
    [dismissed] = client.post(f"{API}/suggestions/dismiss", json={"numbers": [first["id"]]}).json()
    assert dismissed["state"] == "dismissed"
    states = client.get(f"{API}/suggestions", params={"state": "dismissed"}).json()
    assert (states["total"], states["states"]["pending"]) == (1, 1)


def test_suggestions_are_made_and_the_unknown_is_said(client: TestClient, stall: Stall) -> None:
    report = client.post(f"{API}/suggestions", json={"skus": [*stall.skus[:3], "nobody"]}).json()
    assert (report["products"], report["added"], report["unknown"]) == (3, 0, 3)


@pytest.mark.parametrize(
    ("address", "body", "status"),
    [
        ("/suggestions/accept", {"numbers": [999999]}, 404),
        ("/suggestions/accept", {"numbers": []}, 422),
        ("/suggestions/accept", {"numbers": [-1]}, 422),
        ("/suggestions/999999/correct", {"value": "x"}, 404),
        ("/suggestions/1/correct", {"value": " \t"}, 422),
        ("/suggestions/1/correct", {}, 422),
    ],
)
def test_wrong_decisions_are_refused(client: TestClient, address: str, body: dict, status: int) -> None:
    answer = client.post(API + address, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["cure"]


def test_deciding_needs_the_key(tmp_path: object) -> None:
    stall = stock(tmp_path / "shop", most=1, api_key="secret")  # type: ignore[operator]
    with stall.shop, TestClient(create_app(stall.shop), **LOCAL) as client:
        for address, body in (("", {}), ("/accept", {"numbers": [1]}), ("/1/correct", {"value": "x"})):
            assert client.post(f"{API}/suggestions{address}", json=body).status_code == 401
        assert client.get(f"{API}/suggestions").status_code == 200
        assert client.get(f"{API}/suggestions/corrections").json() == []
