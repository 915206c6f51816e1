"""A shop teaches itself: train on its own photos, use the engine at every door, correct it, train again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from shopsight.catalogue.suggestions import Idea
from shopsight.cli.app import run
from shopsight.errors import TooLittleData
from shopsight.images.decode import encode
from shopsight.images.draw import draw_shop
from shopsight.jobs.indexing import index
from shopsight.jobs.learning import train_classifier, trained_engines
from shopsight.shop import Shop, open_shop
from shopsight.types import Photo, Pixels
from shopsight.web import create_app

TAXONOMY = Path(__file__).parents[1] / "unit" / "recognise" / "taxonomy.txt"


LOCAL = {"client": ("127.0.0.1", 50000), "base_url": "http://127.0.0.1"}
"""How a test client looks like a person at the machine itself."""
PRODUCTS = 70


@dataclass
class Stall:
    """An open shop and the first drawn picture of each product, by SKU."""

    shop: Shop
    drawn: dict[str, Pixels]

    @property
    def skus(self) -> list[str]:
        return list(self.drawn)


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """Seventy drawn products with a photo each; their colours are learnt, which colour histograms see."""
    with open_shop(tmp_path_factory.mktemp("learning") / "shop", engine="histogram") as shop:
        drawn = {}
        for sample in islice(draw_shop(0), PRODUCTS):
            pixels = sample.photos[0]
            data = encode(pixels)
            photo = Photo(sha256(data).hexdigest(), pixels.shape[1], pixels.shape[0])
            shop.catalogue.keep_photo(data, photo)
            shop.catalogue.save([replace(sample.product, photos=(photo.id,))])
            drawn[sample.product.sku] = pixels
        index(shop)
        yield Stall(shop, drawn)


@pytest.fixture(scope="module")
def trained(stall: Stall) -> dict[str, object]:
    return dict(train_classifier(stall.shop, "attribute:colour", name="colours").card)


def test_the_card_says_everything(stall: Stall, trained: dict[str, object]) -> None:
    figures, data = trained["figures"], trained["data"]
    assert isinstance(figures, dict)
    assert isinstance(data, dict)
    assert trained["embedding"]["space"] == stall.shop.engine.space  # type: ignore[index]
    accuracy, baseline = figures["accuracy"], figures["baseline"]
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert accuracy["rows"] == data["photos"] == sum(row["support"] for row in figures["classes"])
    assert accuracy["value"] > baseline["value"] + 0.15
    assert "--label attribute:colour --name colours" in str(trained["again"])
    assert set(trained["licences"]) == {"code", "weights", "data"}  # type: ignore[call-overload]
    assert sum(map(sum, figures["confusion"])) == data["photos"]


def test_a_label_that_few_products_have_is_refused_with_numbers(stall: Stall) -> None:
    sku = stall.skus[0]
    product = stall.shop.product(sku)
    stall.shop.catalogue.save([replace(product, attributes={**product.attributes, "fit": "slim"})])
    with pytest.raises(TooLittleData, match="slim has 1"):
        train_classifier(stall.shop, "attribute:fit")
    stall.shop.catalogue.save([product])


def test_photos_of_one_product_examine_together(stall: Stall) -> None:
    """Products that are told apart by nothing but a shared value count as one: five are not enough any more."""
    apart = "maker"
    for number, sku in enumerate(stall.skus):
        product = stall.shop.product(sku)
        stall.shop.catalogue.save([replace(product, attributes={**product.attributes, apart: str(number % 3)})])
    with pytest.raises(TooLittleData, match="of 5 different maker"):
        train_classifier(stall.shop, "attribute:colour", apart=apart)


def test_it_serves_at_every_door(stall: Stall, trained: dict[str, object], tmp_path: Path, capsys: object) -> None:
    sku = next(s for s in stall.skus if stall.shop.product(s).attributes["colour"] in trained["labels"])  # type: ignore[operator]
    pixels = stall.drawn[sku]
    found = stall.shop.recognise(pixels, labels="colours", k=3)
    assert found.findings[0].label in trained["labels"]  # type: ignore[operator]
    photo = tmp_path / "photo.png"
    photo.write_bytes(encode(pixels, "image/png"))
    folder = str(stall.shop.folder)
    assert (
        run(["recognise", str(photo), "--labels", "colours", "--shop", folder, "--engine", "histogram", "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)["recognised"][0]  # type: ignore[attr-defined]
    assert told["findings"][0]["label"] == found.findings[0].label
    with TestClient(create_app(stall.shop), **LOCAL) as client:
        answer = client.post(
            "/api/v1/recognise", files={"photo": ("a.png", photo.read_bytes())}, data={"labels": "colours"}
        ).json()
        engines = {engine["name"]: engine for engine in client.get("/api/v1/engines").json()}
    assert answer["findings"][0]["label"] == found.findings[0].label
    assert engines["colours"]["trained_here"]
    assert engines["colours"]["labels"] == trained["labels"]
    assert not engines["outline"]["trained_here"]


def test_a_path_is_no_engine_over_the_wire(stall: Stall) -> None:
    data = encode(stall.drawn[stall.skus[0]])
    with TestClient(create_app(stall.shop), **LOCAL) as client:
        path = str(stall.shop.folder / "engines" / "colours")
        answer = client.post("/api/v1/recognise", files={"photo": ("a.jpg", data)}, data={"labels": path})
    assert answer.status_code == 404


def test_training_over_http_tells_its_progress_and_its_result(stall: Stall) -> None:
    with TestClient(create_app(stall.shop), **LOCAL) as client:
        wish = {"label": "attribute:colour", "name": "over-http", "seed": 1}
        started = client.post("/api/v1/train/classifier", json=wish)
        assert started.status_code == 202
        place = f"/api/v1/train/{started.json()['id']}"
        deadline = time.monotonic() + 120
        while (job := client.get(place).json())["state"] in ("waiting", "running"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert job["state"] == "done", job
        assert job["result"]["name"] == "over-http"
        assert job["counts"]["photos"] == job["result"]["data"]["photos"]
        assert client.get("/api/v1/train").json()[0]["id"] == job["id"]
    assert stall.shop.recognise(stall.drawn[stall.skus[0]], labels="over-http").findings


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"label": "colour"}, "bad_input"),
        ({"name": "shop.lite0"}, "bad_input"),
        ({"name": "../up"}, "bad_input"),
        ({"method": "magic"}, "bad_input"),
        ({"trials": 100_000}, "bad_input"),
    ],
)
def test_a_wish_that_cannot_come_true_is_refused_at_once(stall: Stall, wish: dict[str, object], code: str) -> None:
    with TestClient(create_app(stall.shop), **LOCAL) as client:
        answer = client.post("/api/v1/train/classifier", json=wish)
    assert answer.status_code == 422
    assert answer.json()["code"] == code


def test_what_people_corrected_is_learnt(stall: Stall) -> None:
    """A correction in the console outweighs what the feed says, also after the feed comes in again."""
    shop = stall.shop
    before = train_classifier(shop, "attribute:colour", name="before").card["data"]
    sku = next(s for s in stall.skus if shop.product(s).attributes["colour"] in before["per_label"])
    product = shop.product(sku)
    shop.catalogue.suggest([Idea(sku, product.photos[0], "colour", "white", 0.9)], "test")
    (suggestion,) = shop.catalogue.suggestions(sku=sku).suggestions
    other = next(label for label in before["per_label"] if label != product.attributes["colour"])
    shop.catalogue.correct_suggestion(suggestion.id, other)
    shop.catalogue.save([replace(product)])
    after = train_classifier(shop, "attribute:colour", name="after").card["data"]
    assert before["confirmed_by_people"] == 0
    assert after["confirmed_by_people"] == len(product.photos)
    moved = after["per_label"][other]["photos"] - before["per_label"][other]["photos"]
    assert moved == len(product.photos)


def test_the_command_line_trains_lists_and_explains(stall: Stall, capsys: object) -> None:
    at = ["--shop", str(stall.shop.folder), "--engine", "histogram"]
    assert run(["train", "classifier", "--label", "attribute:colour", "--name", "by-hand", *at]) == 0
    said = capsys.readouterr().out  # type: ignore[attr-defined]
    assert "always saying the commonest" in said
    assert "shopsight recognise PHOTO --labels by-hand" in said
    assert run(["train", "list", "--shop", str(stall.shop.folder), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["engines"]  # type: ignore[attr-defined]
    assert "by-hand" in {engine["name"] for engine in listed}
    assert run(["train", "classifier", "--label", "attribute:nothing", *at]) == 2
    assert "two are needed" in capsys.readouterr().err  # type: ignore[attr-defined]


def test_a_damaged_engine_says_so_and_hides_no_other(stall: Stall, trained: dict[str, object]) -> None:
    broken = stall.shop.folder / "engines" / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{")
    cards = {card["name"]: card for card in trained_engines(stall.shop)}
    assert "cannot be read" in cards["broken"]["problem"]
    assert cards["colours"]["problem"] == ""


def test_a_product_finds_its_place_in_a_taxonomy(stall: Stall, tmp_path: Path, capsys: object) -> None:
    """A classifier whose labels are categories, and the shop's taxonomy file, through CLI and HTTP."""
    photo = tmp_path / "photo.png"
    sku = stall.skus[0]
    photo.write_bytes(encode(stall.drawn[sku], "image/png"))
    at = ["--shop", str(stall.shop.folder), "--engine", "shop.lite0"]
    assert run(["recognise", str(photo), "--taxonomy", str(TAXONOMY), *at, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["recognised"][0]  # type: ignore[attr-defined]
    way = told["taxonomy"]["way"]
    assert [step["chance"] for step in way] == sorted((step["chance"] for step in way), reverse=True)
    assert all(step["chance"] >= 0.6 for step in way)
    with open_shop(stall.shop.folder, engine="shop.lite0", taxonomy=str(TAXONOMY)) as shop:
        with TestClient(create_app(shop), **LOCAL) as client:
            answer = client.post("/api/v1/recognise", files={"photo": ("a.png", photo.read_bytes())}).json()
        assert answer["taxonomy"]["path"] == told["taxonomy"]["path"]
        assert shop.place(shop.recognise(photo)).path == told["taxonomy"]["path"]
