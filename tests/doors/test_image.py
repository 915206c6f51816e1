"""The laboratory through its doors: the command, the API, and the part of the console's page that the server makes."""

import json
import re

import numpy as np
import pytest
from fastapi.testclient import TestClient
from web_shop import LOCAL, Stall

from shopsight.cli.app import run
from shopsight.errors import TooMany
from shopsight.images.decode import decode, encode
from shopsight.images.lab import OPERATIONS, operation
from shopsight.web import create_app
from shopsight.web import image as bench


@pytest.fixture
def photo(stall: Stall) -> np.ndarray:
    return stall.drawn[stall.skus[0]][0]


# ---- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch, photo):
    """An empty place with two pictures in a folder, one of a kind that is not written, and one that is none."""
    monkeypatch.chdir(tmp_path)
    pictures = tmp_path / "in"
    (pictures / "deep").mkdir(parents=True)
    (pictures / "a.png").write_bytes(encode(photo[:60, :80], "image/png"))
    (pictures / "deep" / "b.jpg").write_bytes(encode(photo[60:140, :80]))
    from PIL import Image

    Image.fromarray(photo[:40, :40]).save(pictures / "a.bmp")
    (pictures / "broken.jpg").write_bytes(b"<html>not a picture</html>")
    return pictures


def test_a_file_is_altered_as_the_function_does_it(folder, photo, capsys):
    assert run(["image", "blur", "in/a.png", "out.png", "--sigma-px", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parameters"] == {"sigma_px": 3.0}
    assert (told["width_px"], told["height_px"]) == (80, 60)
    written = decode((folder.parent / "out.png").read_bytes())
    assert np.array_equal(written, operation("blur").apply(photo[:60, :80], {"sigma_px": 3}))


def test_parameters_may_stand_anywhere_and_be_negative_or_lone(folder):
    assert run(["image", "levels", "--brightness", "-0.5", "in/a.png", "dark.png"]) == 0
    assert run(["image", "threshold", "--dark", "in/a.png", "--threshold=0.5", "mask.png"]) == 0
    dark, mask = (decode((folder.parent / name).read_bytes()) for name in ("dark.png", "mask.png"))
    assert dark.mean() < decode((folder / "a.png").read_bytes()).mean()
    assert set(np.unique(mask)) <= {0, 255}


def test_a_folder_is_altered_and_what_cannot_be_read_is_told(folder, capsys):
    for _ in range(2):  # The second run meets what the first wrote, inside the same folder.
        assert run(["image", "grey", "in", "in/grey", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["written"] == 3
        assert [r["item"] for r in told["rejected"]] == ["broken.jpg"]
    names = sorted(p.relative_to(folder / "grey").as_posix() for p in (folder / "grey").rglob("*") if p.is_file())
    assert names == ["a.bmp.png", "a.png.png", "deep/b.jpg"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["blur", "in/a.png", "in/a.png"], 2, "overwrite the original"),
        (["blur", "in", "in"], 2, "folder of the originals"),
        (["blur", "in/a.png", "out.gif"], 2, "no format that is written"),
        (["blur", "in/a.png", "out.png", "--sigma-px", "900"], 2, "0 to 40 px"),
        (["blur", "in/a.png", "out.png", "--sigma-px"], 2, "no value"),
        (["blur", "in/a.png", "out.png", "--sigma", "3"], 2, "no such parameter"),
        (["blurr", "in/a.png", "out.png"], 3, "Did you mean blur"),
        (["blur", "absent.png", "out.png"], 3, "no such picture file"),
        (["blur", "in/broken.jpg", "out.png"], 2, "web page"),
        (["blur", "in/a.png"], 2, "where to write"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(folder, capsys, words, code, said):
    assert run(["image", *words]) == code
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not list(folder.parent.glob("out*"))


def test_the_list_names_every_operation_and_its_knobs(capsys):
    assert run(["image", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["operations"]
    assert [one["name"] for one in listed] == list(OPERATIONS)
    assert run(["image", "list", "canny"]) == 0
    assert "--sigma-px" in capsys.readouterr().out


def test_the_numbers_of_a_file(folder, capsys):
    assert run(["image", "numbers", "in/a.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["width_px"], told["height_px"]) == (80, 60)
    assert set(told["histogram"]) == {"luma", "red", "green", "blue"}


# ---- the API -------------------------------------------------------------------------------------------------------


def sent(photo: np.ndarray) -> dict[str, tuple[str, bytes, str]]:
    return {"photo": ("seen.png", encode(photo, "image/png"), "image/png")}


def test_the_api_lists_the_table(client: TestClient):
    listed = client.get("/api/v1/image/operations").json()
    assert [one["name"] for one in listed] == list(OPERATIONS)
    sigma = next(one for one in listed if one["name"] == "blur")["parameters"][0]
    assert (sigma["name"], sigma["kind"], sigma["low"], sigma["high"], sigma["unit"]) == (
        "sigma_px",
        "number",
        0,
        40,
        "px",
    )


@pytest.mark.parametrize("name", ["white-background", "canny", "wavelet-compress", "pyramid", "spectrum"])
def test_the_api_gives_what_the_function_gives(client: TestClient, photo: np.ndarray, name: str):
    small = np.ascontiguousarray(photo[::4, ::4])
    answer = client.post(f"/api/v1/image/{name}", files=sent(small))
    assert answer.headers["content-type"] == "image/png"
    assert np.array_equal(decode(answer.content), operation(name).apply(small))


def test_a_photo_of_the_shop_is_worked_on_by_its_id(client: TestClient, stall: Stall):
    photo_id = stall.shop.browse().products[0].photos[0]
    form = {"photo_id": photo_id, "parameters": '{"margin": 0}', "side_px": "200", "written": "webp"}
    answer = client.post("/api/v1/image/crop", data=form)
    assert answer.headers["content-type"] == "image/webp"
    assert max(decode(answer.content).shape) <= 200


@pytest.mark.parametrize(
    ("name", "form", "status", "said"),
    [
        ("blurr", {}, 404, "Did you mean blur"),
        ("blur", {"parameters": '{"sigma_px": 4000}'}, 422, "0 to 40"),
        ("blur", {"parameters": "[1]"}, 422, "JSON object"),
        ("blur", {"parameters": '{"sigma_px": [1]}'}, 422, "JSON object"),
        ("blur", {"parameters": '{"sigma_px": NaN}'}, 422, "0 to 40"),
        ("blur", {"side_px": "99999"}, 422, "1600"),
        ("numbers", {"side_px": "1"}, 422, "16"),
    ],
)
def test_the_api_says_what_is_wrong(client: TestClient, photo: np.ndarray, name, form, status, said):
    answer = client.post(f"/api/v1/image/{name}", files=sent(photo[:20, :20]), data=form)
    assert answer.status_code == status
    assert said in answer.json()["message"] + answer.json()["cure"]


def test_neither_file_nor_photo_and_no_picture_are_refused(client: TestClient):
    assert "no picture" in client.post("/api/v1/image/blur").json()["message"]
    assert client.post("/api/v1/image/blur", data={"photo_id": "0" * 64}).status_code == 404
    wrong = {"photo": ("page.jpg", b"<html>", "image/jpeg")}
    assert client.post("/api/v1/image/blur", files=wrong).json()["code"] == "bad_photo"


def test_the_numbers_agree_with_the_picture(client: TestClient):
    half = np.zeros((40, 40, 3), np.uint8)
    half[:, 20:] = 255
    told = client.post("/api/v1/image/numbers", files=sent(half)).json()
    assert (told["brightness"], told["contrast"], told["entropy_bits"]) == pytest.approx((0.5, 0.5, 1.0), abs=1e-6)
    assert told["histogram"]["luma"][0] == told["histogram"]["luma"][-1] == 0.5


def test_a_full_bench_says_so_and_is_free_again(client: TestClient, photo: np.ndarray, monkeypatch):
    monkeypatch.setattr(bench, "PATIENCE_S", 0.01)
    with bench.place(), bench.place():
        answer = client.post("/api/v1/image/grey", files=sent(photo[:20, :20]))
        assert answer.status_code == TooMany.web_status
    assert client.post("/api/v1/image/grey", files=sent(photo[:20, :20])).status_code == 200


def test_a_closed_shop_closes_its_bench_too(stall: Stall):
    closed = stall.shop.settings.model_copy(update={"open_reading": False})
    kept, stall.shop.settings = stall.shop.settings, closed
    try:
        with TestClient(create_app(stall.shop), client=("203.0.113.9", 50000), base_url=LOCAL["base_url"]) as stranger:
            assert stranger.get("/api/v1/image/operations").status_code == 401
            assert stranger.get("/console/lab").status_code == 401
    finally:
        stall.shop.settings = kept


# ---- the page ------------------------------------------------------------------------------------------------------


def test_the_page_offers_every_operation_and_every_knob(client: TestClient):
    page = client.get("/console/lab").text
    for one in OPERATIONS.values():
        assert f'value="{one.name}"' in page
        assert f'data-operation="{one.name}"' in page
    assert page.count('type="range"') == 1 + sum(
        p.kind in ("number", "whole") for one in OPERATIONS.values() for p in one.parameters
    )
    assert 'href="/console/lab" aria-current="page"' in page
    assert not re.search(r'\sstyle="|<style|<script(?![^>]*src)', page)


def test_the_part_that_changes_has_the_picture_the_numbers_and_the_curves(client: TestClient, stall: Stall):
    photo_id = stall.shop.browse().products[0].photos[0]
    part = client.post("/console/lab/invert", data={"photo_id": photo_id}).text
    assert 'data-same="yes"' in part
    assert "data:image/webp;base64," in part
    assert part.count("<polyline") == 6
    before, after = re.search(r"Brightness.*?([\d.]+)</td>.*?([\d.]+)</td>", part, re.DOTALL).groups()
    assert float(before) + float(after) == pytest.approx(1, abs=0.01)


def test_a_constant_picture_has_curves_without_nonsense(client: TestClient):
    part = client.post("/console/lab/blur", files=sent(np.full((1, 1, 3), 7, np.uint8))).text
    assert "nan" not in part.lower().replace("resonance", "")
    assert "inf" not in re.sub(r"base64,\S+", "", part).lower()
