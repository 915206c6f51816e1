"""Every task on real photos, through Python, the command line and HTTP; and a shop's tags from suggestion to truth."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from shopsight.images.decode import decode
from shopsight.jobs.importing import import_source
from shopsight.jobs.indexing import index
from shopsight.jobs.suggesting import suggest_all
from shopsight.recognise import rle
from shopsight.shop import Shop, open_shop
from shopsight.web import create_app

pytestmark = pytest.mark.data

KINDS = ("Dress", "Shoes", "Pants", "Hat", "T-Shirt", "Skirt")
NAMES = ("amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath", "isle", "jade", "knoll", "lagoon")
TASKS = ("classify", "localise", "detect", "segment", "instances")


@pytest.fixture(scope="module")
def photos(shared_data: Path) -> list[tuple[str, Path]]:
    """Two phone photos of each of six kinds, none of which the engine was trained on: kind and file."""
    held_out = set((Path(__file__).parents[2] / "training" / "lite0" / "held_out.txt").read_text().split())
    with (shared_data / "clothing" / "images.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["image"] in held_out]
    folder = shared_data / "clothing" / "images"
    return [
        (kind, folder / f"{row['image']}.jpg")
        for kind in KINDS
        for row in [row for row in rows if row["label"] == kind][:2]
    ]


@pytest.fixture(scope="module")
def shop(photos: list[tuple[str, Path]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Their shop, which says nothing about its products but a title."""
    home = tmp_path_factory.mktemp("recognise")
    (home / "pictures").mkdir()
    for number, (_, path) in enumerate(photos):
        (home / "pictures" / f"{NAMES[number]}.jpg").write_bytes(path.read_bytes())
    with open_shop(home / "shop", threads=1) as opened:
        import_source(opened, str(home / "pictures"))
        index(opened)
        yield opened


def check(task: str, findings: list[Any], width: int, height: int) -> None:
    """What each task owes, whoever was asked."""
    assert findings
    for finding in findings:
        assert 0 <= finding["score"] <= 1
        if task in {"localise", "detect", "instances"}:
            left, top, right, bottom = finding["box_px"]
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
        if task in {"segment", "instances"}:
            assert rle.decode(finding["mask"]).shape == (height, width)
    assert task != "localise" or len(findings) == 1


@pytest.mark.parametrize("task", TASKS)
def test_the_same_answer_through_every_door(task: str, shop: Shop, photos: list[tuple[str, Path]]) -> None:
    path = photos[0][1]
    mine = shop.recognise(path, task)  # type: ignore[arg-type]
    with TestClient(create_app(shop), client=("127.0.0.1", 5), base_url="http://127.0.0.1") as client:
        theirs = client.post("/api/v1/recognise", files={"photo": path.read_bytes()}, data={"task": task}).json()
    command = [sys.executable, "-m", "shopsight", "recognise", str(path), "--task", task, "--json"]
    done = subprocess.run(
        [*command, "--shop", str(shop.folder)], capture_output=True, text=True, check=True, timeout=250
    )
    [typed] = json.loads(done.stdout)["recognised"]
    height, width = decode(path.read_bytes()).shape[:2]
    for answer in (theirs, typed):
        check(task, answer["findings"], width, height)
        assert [f["label"] for f in answer["findings"]] == [f.label for f in mine.findings]
        assert [f["box_px"] and tuple(f["box_px"]) for f in answer["findings"]] == [f.box_px for f in mine.findings]
        assert np.allclose([f["score"] for f in answer["findings"]], [f.score for f in mine.findings], atol=1e-3)
        assert answer["counts"] == dict(mine.counts)
    if mine.findings[0].mask is not None:
        assert np.array_equal(rle.decode(theirs["findings"][0]["mask"]), mine.findings[0].mask)


def test_phone_photos_are_named_rightly(shop: Shop, photos: list[tuple[str, Path]]) -> None:
    seen = [shop.recognise(path) for _, path in photos]
    assert np.mean([s.findings[0].label == kind for s, (kind, _) in zip(seen, photos, strict=True)]) >= 0.7
    assert np.mean([s.known for s in seen]) >= 0.8
    for recognition in seen:
        assert recognition.colours
        assert recognition.css_colours
        assert recognition.pattern.label in {"plain", "striped", "checked", "dotted", "printed"}


def test_what_is_no_product_is_not_called_one(shop: Shop, shared_data: Path) -> None:
    houses = sorted((shared_data / "houses").rglob("*.jpg"))[:12]
    assert np.mean([shop.recognise(path).known for path in houses]) <= 0.2


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
def test_a_folder_is_drawn_and_exported(shop: Shop, photos: list[tuple[str, Path]], tmp_path: Path) -> None:
    coco_api = pytest.importorskip("pycocotools.coco")
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, (_, path) in enumerate(photos[:4]):
        (folder / f"{number}.jpg").write_bytes(path.read_bytes())
    (folder / "broken.jpg").write_bytes(b"no picture")
    command = [sys.executable, "-m", "shopsight", "recognise", str(folder), "--task", "instances", "--json"]
    more = ["--out", str(tmp_path / "drawn"), "--coco", str(tmp_path / "all.json"), "--shop", str(shop.folder)]
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=True, timeout=250)
    document = json.loads(done.stdout)
    assert len(document["recognised"]) == 4
    [rejected] = document["rejected"]
    assert rejected["item"].endswith("broken.jpg")
    assert rejected["cure"]
    for item in document["recognised"]:
        drawn = decode(Path(item["picture"]).read_bytes())
        assert max(drawn.shape[:2]) >= 720
    coco = coco_api.COCO(str(tmp_path / "all.json"))
    assert len(coco.imgs) == 4
    for note in coco.anns.values():
        assert coco.annToMask(note).sum() == note["area"]


def test_tags_from_suggestion_to_truth(shop: Shop, photos: list[tuple[str, Path]]) -> None:
    report = suggest_all(shop)
    assert report.products == len(photos)
    assert report.added >= len(photos)
    page = shop.catalogue.suggestions("pending", "category")
    kinds = {name: kind for name, (kind, _) in zip(NAMES, photos, strict=True)}
    titles = {s.sku: shop.product(s.sku).title.casefold() for s in page.suggestions}
    assert np.mean([kinds[titles[s.sku]] == s.value for s in page.suggestions]) >= 0.7
    first, *rest = page.suggestions
    shop.catalogue.accept_suggestions([first.id])
    shop.catalogue.correct_suggestion(rest[0].id, "Museum piece")
    shop.catalogue.dismiss_suggestions([rest[1].id])
    assert shop.product(first.sku).category == first.value
    assert {c.truth for c in shop.catalogue.corrections()} == {first.value, "Museum piece"}
    again = suggest_all(shop)
    assert (again.added, again.decided) == (0, 1)  # what is stated now is not asked, what was dismissed neither
    shop.catalogue.undo_suggestions([first.id, rest[0].id])
    assert shop.product(first.sku).category == ""
