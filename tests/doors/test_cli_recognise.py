"""`shopsight recognise` and `shopsight suggestions` as a person and as a script meet them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shopsight.catalogue.suggestions import Idea
from shopsight.cli.app import run
from shopsight.images.decode import decode, encode
from shopsight.jobs.importing import import_source
from shopsight.shop import open_shop


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SHOPSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("SHOPSIGHT_ENGINE", "histogram")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(*arguments: object) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments and out else out, err

    return ask


def paint(path: Path, left: int = 40) -> Path:
    """A red thing on white; its place tells pictures apart."""
    pixels = np.full((160, 240, 3), 255, np.uint8)
    pixels[30:130, left : left + 60] = (200, 30, 40)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(pixels, "image/png"))
    return path


OUTLINE = ("--labels", "outline", "--task", "instances")


def test_a_photo_is_recognised_drawn_and_exported(ask: Any, tmp_path: Path) -> None:
    paint(tmp_path / "a.png")
    code, document, err = ask("recognise", "a.png", *OUTLINE, "--out", "drawn/b.jpg", "--coco", "c/all.json", "--json")
    assert code == 0, err
    [found] = document["recognised"]
    assert (found["photo"], found["counts"], found["picture"]) == ("a.png", {"product": 1}, "drawn/b.jpg")
    assert np.abs(np.array(found["findings"][0]["box_px"]) - [40, 30, 100, 130]).max() <= 4
    assert decode((tmp_path / "drawn" / "b.jpg").read_bytes()).shape[1] == 720
    coco = json.loads((tmp_path / "c" / "all.json").read_text())
    assert coco["annotations"][0]["segmentation"] == found["findings"][0]["mask"]
    assert not (tmp_path / "shop").exists(), "looking at a picture makes no shop"


def test_a_folder_goes_on_past_what_is_broken(ask: Any, tmp_path: Path) -> None:
    for n in range(3):
        paint(tmp_path / "in" / f"sub{n}" / "same.png", 20 + 40 * n)
    (tmp_path / "in" / "broken.jpg").write_bytes(b"<html>")
    code, document, _ = ask("recognise", "in", *OUTLINE, "--out", "drawn", "--json")
    assert code == 0
    assert len(document["recognised"]) == 3
    assert len({item["picture"] for item in document["recognised"]}) == 3
    assert len(list((tmp_path / "drawn").iterdir())) == 3
    [rejected] = document["rejected"]
    assert (rejected["item"], bool(rejected["reason"]), bool(rejected["cure"])) == ("in/broken.jpg", True, True)
    code, text, _ = ask("recognise", "in", *OUTLINE)
    assert code == 0
    assert "3 photos recognised, 1 rejected" in text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "no photo"),
        (["absent.png"], 3, "no such picture"),
        (["empty"], 2, "no pictures in this folder"),
        (["broken.jpg"], 2, "broken.jpg"),
        (["a.png", "--labels", "nobody"], 3, "no engine has this name"),
        (["a.png", "--labels", "histogram", "--task", "detect"], 3, "recognises nothing"),
        (["a.png", "--labels", "outline"], 2, "does not do it"),
        (["a.png", "--task", "fly"], 2, "fly"),
        (["a.png", "--catalogue"], 2, "cannot be mixed"),
        (["a.png", "--suggest"], 2, "--catalogue"),
        (["--catalogue", "--suggest", "--task", "detect"], 2, "classify"),
        (["a.png", *OUTLINE, "--out", "x.pdf"], 2, "format"),
        (["a.png", *OUTLINE, "--coco", "a.png/x.json"], 2, "cannot be written"),
        (["a.png", *OUTLINE, "--box", "900,900,999,999"], 2, "holds nothing"),
        (["a.png", "broken.jpg", "--box", "1,1,9,9"], 2, "one photo"),
        (["--catalogue"], 3, "no shop"),
    ],
)
def test_wrong_questions_end_with_one_line_and_a_cure(
    ask: Any, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    paint(tmp_path / "a.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.jpg").write_bytes(b"<html>")
    got, out, err = ask("recognise", *arguments)
    assert (got, out) == (code, "")
    assert says in err
    assert len(err.splitlines()) == 1


def test_suggestions_from_list_to_undo(ask: Any, tmp_path: Path) -> None:
    for n, name in enumerate(("shirt", "coat", "hat")):
        paint(tmp_path / "in" / f"{name}.png", 20 + 40 * n)
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        import_source(shop, str(tmp_path / "in"))
        products = shop.browse().products
        ideas = [Idea(p.sku, p.photos[0], "colour", "red", 0.9 - n / 10) for n, p in enumerate(products)]
        shop.catalogue.suggest(ideas, "mine/1")
    _, listed, _ = ask("suggestions", "list", "--json")
    assert (listed["total"], listed["states"]["pending"]) == (3, 3)
    first, second, third = (s["id"] for s in listed["suggestions"])
    assert len(ask("suggestions", "accept", "--least", "0.85", "--json")[1]["suggestions"]) == 1
    assert ask("suggestions", "correct", second, "scarlet", "--json")[1]["suggestions"][0]["corrected"] == "scarlet"
    assert ask("suggestions", "dismiss", third)[0] == 0
    assert "1 accepted, 1 corrected, 1 dismissed" in ask("suggestions", "list", "--state", "any")[1]
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        assert [p.attributes.get("colour") for p in shop.catalogue.products([p.sku for p in products]).values()] == [
            "red",
            "scarlet",
            None,
        ]
    assert ask("suggestions", "undo", first, second, third)[0] == 0
    assert ask("suggestions", "list", "--json")[1]["states"]["pending"] == 3
    assert ask("suggestions", "accept")[0] == 2
    assert ask("suggestions", "undo", 999)[0] == 3
    code, report, _ = ask("recognise", "--catalogue", "--suggest", "--json")
    assert (code, report["products"], report["unknown"]) == (0, 3, 3)
