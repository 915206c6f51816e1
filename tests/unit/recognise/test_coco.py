"""The COCO document is one that pycocotools loads, counts and evaluates."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest

from shopsight.recognise.coco import Coco
from shopsight.types import Finding, Recognition


def seen(task: str, *findings: Finding) -> Recognition:
    return Recognition(task, "mine", 60, 40, findings)  # type: ignore[arg-type]


def square(left: int, top: int, side: int) -> np.ndarray:
    mask = np.zeros((40, 60), bool)
    mask[top : top + side, left : left + side] = True
    return mask


@pytest.fixture
def document() -> dict:
    coco = Coco(["shirt", "shoe"])
    shirt = Finding("shirt", 0.91, (5, 5, 25, 25), square(5, 5, 20))
    shoe = Finding("shoe", 0.8, (30, 10, 40, 20), square(30, 10, 10))
    coco.add("a.jpg", seen("instances", shirt, shoe))
    coco.add("folder/b.jpg", seen("detect", Finding("shoe", 0.7, (1, 2, 11, 32))))
    coco.add("c.jpg", seen("segment", Finding("shirt", 0.6, None, square(0, 0, 8))))
    coco.add("d.jpg", seen("classify", Finding("hat", 0.5)))
    coco.add("nothing.jpg", seen("detect"))
    return coco.document()


def test_boxes_areas_and_categories(document: dict) -> None:
    assert [image["file_name"] for image in document["images"]] == [
        "a.jpg",
        "folder/b.jpg",
        "c.jpg",
        "d.jpg",
        "nothing.jpg",
    ]
    assert {(image["width"], image["height"]) for image in document["images"]} == {(60, 40)}
    assert [c["name"] for c in document["categories"]] == ["shirt", "shoe", "hat"]
    notes = document["annotations"]
    assert [note["bbox"] for note in notes] == [
        [5, 5, 20, 20],
        [30, 10, 10, 10],
        [1, 2, 10, 30],
        [0, 0, 8, 8],
        [0, 0, 60, 40],
    ]
    assert [note["area"] for note in notes] == [400, 100, 300, 64, 2400]
    assert [note["score"] for note in notes] == [0.91, 0.8, 0.7, 0.6, 0.5]
    assert len({note["id"] for note in notes}) == len(notes)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
def test_pycocotools_loads_it_and_finds_it_perfect(document: dict, tmp_path: Path) -> None:
    coco_api = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    document["annotations"] = [note for note in document["annotations"] if note["segmentation"]]
    path = tmp_path / "all.json"
    path.write_text(json.dumps(document))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco_api.COCO(str(path))
        found = truth.loadRes([dict(note) for note in document["annotations"]])
        judge = evaluation.COCOeval(truth, found, "segm")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    assert judge.stats[0] == pytest.approx(1.0)
    masks = [truth.annToMask(note) for note in truth.loadAnns(truth.getAnnIds(imgIds=[1]))]
    assert np.array_equal(masks[0].astype(bool), square(5, 5, 20))
