"""The command line as a person and as a script meet it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shopsight.cli.app import run
from shopsight.cli.demo import home_of
from shopsight.cli.serve import address_of, listen, look_at_new_photos
from shopsight.errors import BadInput
from shopsight.jobs.importing import import_source
from shopsight.shop import open_shop

COMMANDS = ("demo", "import", "index", "find", "forecast", "models", "serve")
COLOURS = {"red": (200, 20, 30), "green": (20, 150, 40), "blue": (20, 40, 190), "yellow": (230, 210, 40)}
SHOPSIGHT = [sys.executable, "-m", "shopsight"]


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """An empty folder, none of this machine's own knobs, and the quickest engine: it is the door that is tested."""
    for name in [name for name in os.environ if name.startswith("SHOPSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("SHOPSIGHT_ENGINE", "histogram")
    monkeypatch.chdir(tmp_path)


def paint(path: Path, colour: tuple[int, int, int], seed: int = 0) -> Path:
    """A patch of cloth of one colour on white, told from others of its colour by its folds."""
    folds = np.random.default_rng(seed).integers(0, 30, (200, 160, 1))
    pixels = np.full((240, 200, 3), 255, np.uint8)
    pixels[20:220, 20:180] = np.clip(np.array(colour) + folds, 0, 255)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=92)
    return path


@pytest.fixture
def pictures(tmp_path) -> Path:
    """Eight pictures in two folders, and one that is none."""
    folder = tmp_path / "pictures"
    for seed, (name, colour) in enumerate(COLOURS.items()):
        paint(folder / "Shirts" / f"{name} shirt.jpg", colour, seed)
        paint(folder / "Bags" / f"{name} bag.jpg", tuple(c // 2 for c in colour), 50 + seed)
    (folder / "Bags" / "broken.jpg").write_bytes(b"<html>not a picture</html>")
    return folder


@pytest.fixture
def ask(capsys):
    """Runs a command line; gives its exit code, its document (or text), and what it said on stderr."""

    def ask(*arguments: str) -> tuple[int, object, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments and out else out, err

    return ask


@pytest.fixture
def shop(pictures, tmp_path, ask) -> Path:
    code, _, err = ask("import", pictures, "--shop", tmp_path / "shop", "--json")
    assert code == 0, err
    return tmp_path / "shop"


# --- help ---------------------------------------------------------------------------------------------------------


def test_help_names_every_command_and_each_has_help_and_json(ask):
    code, text, _ = ask("--help")
    assert code == 0
    assert [name for name in COMMANDS if not re.search(rf"^[│|] {name}\b", text, re.MULTILINE)] == []
    for command in [[name] for name in COMMANDS if name != "models"] + [
        ["models", x] for x in ("list", "pull", "verify")
    ]:
        code, text, _ = ask(*command, "--help")
        assert code == 0
        assert "--json" in text, command


def test_the_version_is_the_package_s(ask):
    from shopsight import __version__

    assert ask("--version")[:2] == (0, f"shopsight {__version__}\n")


# --- import, index, find ------------------------------------------------------------------------------------------


def test_a_folder_is_imported_once_and_only_once(ask, pictures):
    code, first, _ = ask("import", pictures, "--json")
    assert code == 0
    assert {"products", "photos", "added", "changed", "unchanged", "removed", "rejected", "seconds"} <= first.keys()
    assert (first["products"], first["photos"], first["added"]) == (8, 8, 8)
    assert first["index"]["embedded"] == 8
    [rejected] = first["rejected"]
    assert "broken.jpg" in rejected["item"]
    assert rejected["reason"]
    assert rejected["cure"]
    _, second, _ = ask("import", pictures, "--json")
    assert (second["added"], second["changed"], second["unchanged"], second["index"]["embedded"]) == (0, 0, 8, 0)


def test_sync_takes_out_what_the_source_lost(ask, pictures):
    ask("import", pictures)
    (pictures / "Shirts" / "red shirt.jpg").unlink()
    assert ask("import", pictures, "--json")[1]["removed"] == 0
    assert ask("import", pictures, "--sync", "--json")[1]["removed"] == 1


def test_looking_may_be_left_for_later(ask, pictures):
    assert "index" not in ask("import", pictures, "--no-index", "--json")[1]
    assert ask("index", "--json")[1]["embedded"] == 8
    assert ask("index", "--json")[1]["embedded"] == 0


def test_a_source_of_which_nothing_can_be_taken_fails_and_says_so(ask, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.jpg").write_bytes(b"")
    code, document, _ = ask("import", tmp_path / "bad", "--json")
    assert code == 2
    assert document["rejected"][0]["item"].endswith("x.jpg")


def test_a_mapping_can_be_said(ask, tmp_path):
    paint(tmp_path / "a.jpg", COLOURS["red"])
    (tmp_path / "feed.csv").write_text("Nr,Was,Bild\n1,Rotes Hemd,a.jpg\n")
    pairs = ("--map", "sku=Nr", "--map", "title=Was", "--map", "photos=Bild")
    code, document, err = ask("import", tmp_path / "feed.csv", *pairs, "--json")
    assert (code, document["added"], document["mapping"]["title"]) == (0, 1, "Was"), err
    assert ask("import", tmp_path / "feed.csv", "--map", "title")[0] == 2


@pytest.mark.parametrize("name", list(COLOURS))
def test_a_photo_finds_its_product(ask, shop, pictures, name):
    code, document, _ = ask("find", pictures / "Shirts" / f"{name} shirt.jpg", "--shop", shop, "--json")
    assert code == 0
    assert {"engine", "verdict", "ms", "hits"} <= document.keys()
    best = document["hits"][0]
    assert {"sku", "title", "score", "match_probability", "because"} <= best.keys()
    assert best["title"].lower() == f"{name} shirt"
    assert 0 <= best["match_probability"] <= 1


def test_words_like_and_filters(ask, shop):
    _, found, _ = ask("find", "--words", "green bag", "--shop", shop, "--json")
    assert found["hits"][0]["title"].lower() == "green bag"
    sku = found["hits"][0]["sku"]
    like = ask("find", "--like", sku, "--shop", shop, "--json")[1]
    assert sku not in [hit["sku"] for hit in like["hits"]]
    some = ask("find", "--like", sku, "--category", "Shirts", "--shop", shop, "--json")[1]["hits"]
    assert some
    assert {hit["category"] for hit in some} == {"Shirts"}


def test_a_box_looks_at_one_part(ask, shop, tmp_path):
    both = Image.new("RGB", (400, 240), "white")
    both.paste(Image.open(tmp_path / "pictures" / "Shirts" / "blue shirt.jpg"), (0, 0))
    both.paste(Image.open(tmp_path / "pictures" / "Shirts" / "yellow shirt.jpg"), (200, 0))
    both.save(tmp_path / "both.jpg", quality=95)
    for box, name in (("0,0,200,240", "blue shirt"), ("200,0,400,240", "yellow shirt")):
        found = ask("find", tmp_path / "both.jpg", "--box", box, "--shop", shop, "--json")[1]
        assert found["hits"][0]["title"].lower() == name
        assert found["box_px"] == [int(part) for part in box.split(",")]


def test_a_person_gets_a_table(ask, shop, pictures):
    code, text, _ = ask("find", pictures / "Shirts" / "red shirt.jpg", "--shop", shop)
    assert code == 0
    assert "red shirt" in text.lower()
    assert "because" in text


def test_a_photo_comes_through_standard_input(shop, pictures):
    data = (pictures / "Bags" / "red bag.jpg").read_bytes()
    done = subprocess.run(
        [*SHOPSIGHT, "find", "-", "--shop", shop, "--json"], input=data, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["hits"][0]["title"].lower() == "red bag"


# --- what goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["find"], 2),
        (["find", "absent.jpg"], 3),
        (["find", "."], 3),
        (["find", "absent.jpg", "--box", "1,2,3"], 2),
        (["find", "--box", "0,0,9,9", "--words", "x"], 2),
        (["find", "--like", "a", "--words", "x"], 2),
        (["find", "--words", "x", "--price-max", "cheap"], 2),
        (["find", "--words", "x", "--price-max", "nan"], 2),
        (["find", "--words", "x", "-k", "0"], 2),
        (["find", "--words", "x"], 3),
        (["index"], 3),
        (["serve"], 3),
        (["import", "absent"], 3),
        (["import"], 2),
        (["frobnicate"], 2),
        (["find", "--frobnicate"], 2),
        (["models", "verify", "no-such-engine"], 3),
        (["models", "pull", "no-such-engine"], 3),
    ],
    ids=lambda said: " ".join(said) if isinstance(said, list) else str(said),
)
def test_what_goes_wrong_is_one_line_with_a_cure(ask, tmp_path, arguments, code):
    for as_json in (False, True):
        got, out, err = ask(*arguments, *["--json"] * as_json)
        assert (got, out) == (code, "")
        [line] = err.splitlines()
        assert "Traceback" not in line
        if as_json:
            document = json.loads(line)
            assert document.keys() == {"code", "message", "cure"}
            assert document["cure"]
        else:
            assert line.startswith("shopsight: ")
    assert not (tmp_path / "shop").exists() or arguments[0] == "import", "a question must not make a shop"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff\xe0broken", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"]
)
def test_a_file_that_is_no_picture_is_named(ask, shop, tmp_path, content):
    (tmp_path / "query.jpg").write_bytes(content)
    code, _, err = ask("find", tmp_path / "query.jpg", "--shop", shop)
    assert code == 2
    assert "query.jpg" in err


@pytest.mark.parametrize("wrong", [{"SHOPSIGHT_PORT": "many"}, {"SHOPSIGHT_MAX_PHOTO_BYTES": "-4"}])
def test_a_wrong_setting_is_named(ask, shop, monkeypatch, wrong):
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    code, _, err = ask("find", "--words", "x", "--shop", shop)
    assert code == 2
    assert next(iter(wrong)) in err


def test_a_broken_settings_file_is_named(ask, shop, tmp_path):
    (tmp_path / "shopsight.toml").write_text("port = = 3")
    code, _, err = ask("find", "--words", "x", "--shop", shop)
    assert code == 2
    assert "shopsight.toml" in err


def test_an_empty_shop_says_that_it_is_empty(ask, tmp_path):
    (tmp_path / "none").mkdir()
    ask("import", tmp_path / "none", "--shop", tmp_path / "shop")
    code, _, err = ask("find", "--words", "x", "--shop", tmp_path / "shop")
    assert code == 3
    assert "import" in err


def test_what_breaks_inside_is_no_traceback(ask, shop, monkeypatch):
    from shopsight.shop import Shop

    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a\nbug")

    monkeypatch.setattr(Shop, "find", break_down)
    code, out, err = ask("find", "--words", "x", "--shop", shop)
    assert (code, out) == (70, "")
    assert "ZeroDivisionError: a bug" in err
    assert "SHOPSIGHT_DEBUG" in err
    assert len(err.splitlines()) == 1


def test_a_reader_that_goes_away_is_no_failure_to_shout_about(shop):
    script = f"{' '.join(SHOPSIGHT)} find --words shirt --shop {shop} --json | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode in (0, 141)


# --- serving ------------------------------------------------------------------------------------------------------


def wait_for_address(process: subprocess.Popen[str]) -> dict[str, object]:
    """The document that a serving command prints before it answers."""
    text = ""
    while (line := process.stdout.readline()) != "":
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(process.stderr.read())


def test_serve_prints_an_address_that_answers_and_ctrl_c_ends_it(shop):
    command = [*SHOPSIGHT, "serve", "--shop", shop, "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            url = str(wait_for_address(server)["url"])
            with urllib.request.urlopen(f"{url}api/v1/health", timeout=60) as answer:
                assert json.load(answer)["counts"]["products"] == 8
            began = time.monotonic()
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=60) == 130
            assert time.monotonic() - began < 60
            assert server.stderr.read() == ""
        finally:
            server.kill()


def test_a_port_in_use_is_said(ask, shop):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, _, err = ask("serve", "--shop", shop, "--port", str(port))
    assert code == 2
    assert f"127.0.0.1:{port}" in err
    assert "--port" in err


def test_an_address_is_one_that_can_be_typed():
    with listen("0.0.0.0", 0) as door:
        assert address_of(door) == f"http://127.0.0.1:{door.getsockname()[1]}/"
    with pytest.raises(BadInput):
        listen("no-such-host.invalid", 0)


# --- demo ---------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(900)
def test_the_demo_draws_a_shop_and_finds_its_way_in_it(ask, monkeypatch):
    monkeypatch.delenv("SHOPSIGHT_ENGINE")
    code, document, err = ask("demo", "--once", "--json")
    assert code == 0, err
    assert document["products"] >= 150
    assert document["photos"] > document["products"]
    assert len(document["queries"]) == 10
    for query in document["queries"]:
        assert {"kind", "expected", "hits", "verdict", "ms"} <= query.keys()
        assert query["verdict"] in ("found", "similar", "nothing like it")
    right = [query["hits"][:1] and query["hits"][0]["sku"] == query["expected"] for query in document["queries"]]
    assert document["recall_at_1"] == pytest.approx(sum(map(bool, right)) / 10)
    assert document["recall_at_1"] >= 0.8
    kinds = {query["kind"] for query in document["queries"]}
    assert {"crop60", "tilt15", "blur", "jpeg40", "darker", "pasted", "words"} <= kinds


def test_the_demo_takes_one_s_own_pictures(ask, pictures, tmp_path):
    code, document, err = ask("demo", "--photos", pictures, "--once", "--json", "--shop", tmp_path / "mine")
    assert code == 0, err
    assert (document["products"], document["photos"], len(document["queries"])) == (8, 8, 10)
    assert len(document["rejected"]) == 1
    assert (tmp_path / "mine").is_dir()
    assert not (tmp_path / "demo-shop").exists()


def test_a_demo_of_nothing_says_so(ask, tmp_path):
    (tmp_path / "none").mkdir()
    code, _, err = ask("demo", "--photos", tmp_path / "none", "--once")
    assert code == 2
    assert "none" in err


def test_each_source_has_a_demo_shop_of_its_own(tmp_path):
    places = [home_of(None), home_of("a/photos"), home_of("b/photos"), home_of("https://shop.example/feed.xml")]
    assert len(set(places)) == 4
    assert {place.parent for place in places} == {Path("demo-shop")}


# --- models -------------------------------------------------------------------------------------------------------


def test_models_are_listed_with_their_terms(ask):
    code, document, _ = ask("models", "list", "--json")
    assert code == 0
    by_name = {model["name"]: model for model in document["models"]}
    assert {"shop.lite0", "histogram", "exact"} <= by_name.keys()
    assert all(model["licences"].get("code") for model in by_name.values())


def test_the_shipped_weights_are_what_their_card_says(ask):
    code, document, err = ask("models", "verify", "shop.lite0", "--json")
    assert code == 0, err
    assert document["files"]
    assert {file["state"] for file in document["files"]} == {"ok"}


def test_serve_first_looks_at_photos_that_its_engine_never_saw(tmp_path: Path) -> None:
    feed = Path(__file__).resolve().parents[2] / "examples" / "feed" / "products.csv"
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        import_source(shop, str(feed))
        assert shop.catalogue.unseen(shop.engine.space)
        look_at_new_photos(shop)
        assert not shop.catalogue.unseen(shop.engine.space)
