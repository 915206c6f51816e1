"""Fashion-MNIST: reading it, learning it, resuming after a kill, judging it."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.cli.app import run
from shopsight.engines.learn.recipes import RECIPES, Epoch, Step, rate_at, with_epochs
from shopsight.errors import BadInput, BadSource, Damaged, MissingExtra, NotFound, TooLittleData
from shopsight.jobs.fashion_mnist import data as rooms
from shopsight.jobs.fashion_mnist.data import FILES, LABELS, Data, check_count, download, read
from shopsight.jobs.fashion_mnist.duplicates import nearest
from shopsight.jobs.fashion_mnist.pictures import choose
from shopsight.jobs.fashion_mnist.report import best_temperature, judge, reliability, share
from shopsight.jobs.fashion_mnist.training import open_run, train_fashion_mnist


def draw(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that can be told apart: class n is a bright bar n steps from the top, on dim noise."""
    luck = np.random.default_rng(seed)
    labels = np.arange(count) % len(LABELS)
    pictures = luck.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        picture[2 + 2 * label : 5 + 2 * label, 4:24] = 220
    return pictures, labels.astype(np.uint8)


def arrays(train: int = 400, test: int = 100) -> dict[str, np.ndarray]:
    (x, y), (tx, ty) = draw(train), draw(test, 1)
    return {"x_train": x, "y_train": y, "x_test": tx, "y_test": ty}


def small(train: int = 400) -> Data:
    a = arrays(train)
    return Data(a["x_train"], a["y_train"].astype(np.int64), a["x_test"], a["y_test"].astype(np.int64))


def idx(array: np.ndarray) -> bytes:
    sides = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sides + array.tobytes(), mtime=0)


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, bytes]:
    """The four files as they lie on the web, small, with the sums that go with them."""
    packed = {FILES[key][0]: idx(array) for key, array in arrays().items()}
    sums = {key: (name, hashlib.md5(packed[name]).hexdigest()) for key, (name, _) in FILES.items()}
    monkeypatch.setattr(rooms, "FILES", sums)
    return packed


def same(one: Data, other: Data) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


# ---- reading -------------------------------------------------------------------------------------------------------


def test_npz_and_official_files_give_the_same(tmp_path: Path, official: Mapping[str, bytes]) -> None:
    np.savez_compressed(tmp_path / "fashion_mnist.npz", **arrays())
    whole = read(tmp_path / "fashion_mnist.npz")
    assert same(read(tmp_path), whole)
    (tmp_path / "gz").mkdir()
    for name, packed in official.items():
        (tmp_path / "gz" / name).write_bytes(packed)
    assert same(read(tmp_path / "gz"), whole)
    assert same(whole, small())


def test_a_download_is_checked_kept_and_not_repeated(tmp_path: Path, official: Mapping[str, bytes]) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return official[url.rpartition("/")[2]]

    first = read("download", cache=tmp_path / "cache", fetch=fetch)
    again = read("download", cache=tmp_path / "cache", fetch=fetch)
    assert same(first, again)
    assert len(asked) == 4
    assert all(url.startswith(rooms.OFFICIAL) for url in asked)


def test_a_download_that_is_not_the_published_file_is_not_kept(tmp_path: Path, official: Mapping[str, bytes]) -> None:
    with pytest.raises(Damaged, match="MD5"):
        download(tmp_path, fetch=lambda url: b"something else")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_changed_is_refused(tmp_path: Path, official: Mapping[str, bytes]) -> None:
    for name, packed in official.items():
        (tmp_path / name).write_bytes(packed)
    (tmp_path / FILES["y_test"][0]).write_bytes(idx(np.zeros(100, np.uint8)))
    with pytest.raises(Damaged, match="MD5"):
        read(tmp_path)


@pytest.mark.parametrize("bad", [b"", b"PK nothing", b"\x1f\x8b broken", gzip.compress(b"\x00\x00\x08", mtime=0)])
def test_what_is_no_fashion_mnist_is_said_to_be_none(bad: bytes, tmp_path: Path, official: Mapping[str, bytes]) -> None:
    (tmp_path / "x.npz").write_bytes(bad)
    with pytest.raises(BadSource, match="not Fashion-MNIST"):
        read(tmp_path / "x.npz")
    for name in official:
        (tmp_path / name).write_bytes(bad)
    with pytest.raises(BadSource, match="not Fashion-MNIST"):
        read(tmp_path)


@pytest.mark.parametrize(
    "change", [{"x_train": np.zeros((400, 28, 27), np.uint8)}, {"y_train": np.full(400, 10, np.uint8)}]
)
def test_arrays_of_another_shape_are_refused(change: dict[str, np.ndarray], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **(arrays() | change))
    with pytest.raises(BadSource, match="not Fashion-MNIST"):
        read(tmp_path / "a.npz")


def test_what_is_missing_says_how_to_get_it(tmp_path: Path) -> None:
    for source in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(NotFound, match="download"):
            read(source)


def test_as_many_of_each_class_are_held_out_and_always_the_same() -> None:
    learned, asked = small().hold_out(100)
    assert np.bincount(small().labels[asked]).tolist() == [10] * 10
    assert sorted([*learned, *asked]) == list(range(400))
    assert np.array_equal(asked, small().hold_out(100)[1])
    with pytest.raises(TooLittleData):
        check_count(350, 400)


@pytest.mark.data
def test_the_whole_data_is_what_its_makers_say(shared_data: Path) -> None:
    whole = read(shared_data / "fashion-mnist")
    assert whole.pictures.shape == (60_000, 28, 28)
    assert np.bincount(whole.test_labels).tolist() == [1000] * 10
    assert whole.pictures.mean() / 255 == pytest.approx(0.2860, abs=1e-4)
    assert whole.pictures.std() / 255 == pytest.approx(0.3530, abs=1e-4)


# ---- judging -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_in_its_range(hits: int, rows: int) -> None:
    found = share(min(hits, rows), rows)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_share_has_wilsons_range() -> None:
    found = share(8740, 10_000)
    assert (found.low, found.high) == pytest.approx((0.86735, 0.88036), abs=1e-4)
    assert share(0, 10).high == pytest.approx(0.2775, abs=1e-3)


def test_a_judgement_counts_what_was_said() -> None:
    labels = np.array([0, 0, 1, 1, 2])
    chances = np.full((5, 10), 0.01, np.float32)
    for row, said in enumerate([0, 1, 1, 1, 9]):
        chances[row, said] = 0.91
    figures = judge(chances, labels, np.array([True, False, False, False, False]))
    assert (figures.accuracy.value, figures.accuracy.rows) == (0.6, 5)
    assert (figures.apart.value, figures.apart.rows, figures.near_duplicates) == (0.5, 4, 1)
    first, second = figures.classes[:2]
    assert (first.precision, first.recall) == (1.0, 0.5)
    assert (second.precision, second.recall) == pytest.approx((2 / 3, 1.0))
    assert figures.confusion[0][1] == 1
    assert figures.calibration_error == pytest.approx(0.31, abs=1e-6)
    assert figures.surprise == pytest.approx(-(3 * math.log(0.91) + 2 * math.log(0.01)) / 5, abs=1e-5)


def test_reliability_of_honest_chances_is_a_diagonal() -> None:
    luck = np.random.default_rng(0)
    surest = luck.uniform(0.1, 1, 50_000).astype(np.float32)
    bins = reliability(surest, luck.random(50_000) < surest)
    assert len(bins) == 9
    assert all(abs(b.chance - b.right) < 0.03 for b in bins)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_temperature_is_found_again(true: float) -> None:
    luck = np.random.default_rng(1)
    scores = luck.normal(0, 2, (20_000, 10)).astype(np.float32)
    powers = np.exp(scores - scores.max(1, keepdims=True))
    labels = np.array([luck.choice(10, p=row / row.sum(dtype=np.float64)) for row in powers.astype(np.float64)])
    assert best_temperature(scores * true, labels) == pytest.approx(true, rel=0.05)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 40))
def test_the_nearest_picture_is_the_nearest(seed: int, count: int, others: int) -> None:
    luck = np.random.default_rng(seed)
    here, there = (luck.integers(0, 256, (n, 28, 28)).astype(np.uint8) for n in (count, others))
    here[0] = there[-1]
    distances, rows = nearest(here, there)
    apart = np.sqrt(((here[:, None].astype(float) - there[None]) ** 2).mean((2, 3)))
    assert distances == pytest.approx(apart.min(1), abs=1e-3)
    assert distances[0] == 0
    assert apart[np.arange(count), rows] == pytest.approx(apart.min(1), abs=1e-3)


def test_a_third_of_the_shown_answers_is_wrong_where_so_many_are() -> None:
    labels = np.zeros(100, np.int64)
    chances = np.zeros((100, 10), np.float32)
    chances[np.arange(100), np.arange(100) % 2] = 1
    shown = choose(chances, labels)
    assert len(shown) == 12
    assert (chances[shown].argmax(1) != 0).sum() == 4
    chances[:, 0] = 2
    assert len(choose(chances, labels)) == 12


# ---- learning ------------------------------------------------------------------------------------------------------


def test_the_rate_rises_and_falls_to_nothing() -> None:
    recipe = RECIPES["small-cnn"]
    rates = [rate_at(recipe, share / 100) for share in range(101)]
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(recipe.rate)
    assert rates[-1] < recipe.rate / 1000
    assert rate_at(RECIPES["dense110"], 0.9) == RECIPES["dense110"].rate


@pytest.mark.parametrize("epochs", [0, 1001])
def test_a_senseless_number_of_epochs_is_refused(epochs: int) -> None:
    with pytest.raises(BadInput, match="epochs"):
        with_epochs(RECIPES["dense110"], epochs)


def test_the_networks_are_as_large_as_said() -> None:
    learn = pytest.importorskip("shopsight.engines.learn.fashion_mnist", reason="the extra 'train' is not installed")
    assert learn.count_parameters(learn.build("dense110")) == 784 * 110 + 110 + 110 * 10 + 10
    assert learn.count_parameters(learn.build("small-cnn")) <= 700_000


def test_altered_pictures_are_shifted_turned_and_blotted() -> None:
    learn = pytest.importorskip("shopsight.engines.learn.fashion_mnist", reason="the extra 'train' is not installed")
    from dataclasses import replace

    picture = np.zeros((64, 28, 28), np.uint8)
    picture[:, 10, 5] = 255
    recipe = replace(RECIPES["small-cnn"], erase=0.0)
    rows, columns = np.nonzero(learn.alter(picture, recipe, np.random.default_rng(0)).max(0))
    assert set(rows) == {8, 9, 10, 11, 12}
    assert set(columns) == {3, 4, 5, 6, 7, 20, 21, 22, 23, 24}
    blotted = learn.alter(picture, replace(recipe, erase=1.0), np.random.default_rng(0))
    shares = (blotted > 0).mean((1, 2))
    assert (shares > 0.01).mean() > 0.9
    assert shares.max() < 0.3
    plain = learn.alter(picture, RECIPES["dense110"], np.random.default_rng(0))
    assert np.array_equal(plain, picture)


DOOMED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_fashion_mnist import small
from shopsight.engines.learn.recipes import Epoch
from shopsight.jobs.fashion_mnist.training import train_fashion_mnist

def die(event):
    if not isinstance(event, Epoch) and (event.epoch, event.step) == (2, 2):
        os.kill(os.getpid(), signal.SIGKILL)

train_fashion_mnist(small(), {model!r}, Path({folder!r}), epochs=3, threads=1, held_out=100, watch=die)
"""


def test_a_killed_run_goes_on_to_the_very_same_network(tmp_path: Path) -> None:
    pytest.importorskip("shopsight.engines.learn.fashion_mnist", reason="the extra 'train' is not installed")
    folder, model = tmp_path / "killed", "small-cnn"
    code = DOOMED.format(tests=str(Path(__file__).parent), model=model, folder=str(folder))
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=250)
    assert died.returncode == -9, died.stderr
    assert not (folder / "report.json").exists()
    with pytest.raises(BadInput, match="--resume"):
        train_fashion_mnist(small(), model, folder, epochs=3, threads=1, held_out=100)
    with pytest.raises(BadInput, match="another recipe"):
        train_fashion_mnist(small(), model, folder, epochs=3, threads=1, held_out=100, seed=1, resume=True)
    resumed = train_fashion_mnist(small(), model, folder, epochs=3, threads=1, held_out=100, resume=True)
    whole = train_fashion_mnist(small(), model, tmp_path / "whole", epochs=3, threads=1, held_out=100)
    assert (folder / "model.onnx").read_bytes() == (tmp_path / "whole" / "model.onnx").read_bytes()
    assert [(e.loss, e.accuracy, e.validation_loss) for e in resumed.history] == [
        (e.loss, e.accuracy, e.validation_loss) for e in whole.history
    ]
    assert resumed.figures == whole.figures


def test_a_stopped_run_of_the_dense_net_goes_on_too(tmp_path: Path) -> None:
    learn = pytest.importorskip("shopsight.engines.learn.fashion_mnist", reason="the extra 'train' is not installed")
    lesson = learn.Lesson(small().pictures, small().labels)
    recipe = with_epochs(RECIPES["dense110"], 3)

    def stop(event: Step | Epoch) -> None:
        if isinstance(event, Step) and (event.epoch, event.step) == (3, 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn.train(lesson, recipe, folder=tmp_path, threads=1, watch=stop)
    resumed, history = learn.train(lesson, recipe, folder=tmp_path, resume=True, threads=1)
    whole, _ = learn.train(lesson, recipe, threads=1)
    assert np.array_equal(learn.ask(resumed, lesson.pictures), learn.ask(whole, lesson.pictures))
    assert [epoch.number for epoch in history] == [1, 2, 3]


def test_a_checkpoint_that_cannot_be_read_is_said_to_be_damaged(tmp_path: Path) -> None:
    pytest.importorskip("shopsight.engines.learn.fashion_mnist", reason="the extra 'train' is not installed")
    (tmp_path / "last.pt").write_bytes(b"torn")
    with pytest.raises(Damaged, match="checkpoint"):
        train_fashion_mnist(small(), "dense110", tmp_path, epochs=1, threads=1, resume=True)


def test_without_torch_the_command_that_installs_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "shopsight.engines.learn.fashion_mnist", raising=False)
    with pytest.raises(MissingExtra, match=r"shopsight\[train\]"):
        train_fashion_mnist(small(), "dense110", tmp_path / "run")


def test_the_command_leaves_a_run_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("shopsight.engines.learn.fashion_mnist", reason="the extra 'train' is not installed")
    np.savez(tmp_path / "fashion_mnist.npz", **arrays(2000))
    out = tmp_path / "run"
    command = ["train", "fashion-mnist", "--data", str(tmp_path), "--out", str(out), "--epochs", "2", "--threads", "1"]
    assert run([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["accuracy"]["value"] > 0.9
    assert told["accuracy"]["rows"] == 100
    assert [epoch["number"] for epoch in told["history"]] == [1, 2]
    assert json.loads((out / "report.json").read_text())["confusion"] == told["confusion"]
    for name in told["files"]:
        assert (out / name).stat().st_size > 500
        if name.endswith(".svg"):
            ElementTree.parse(out / name)
    engine = open_run(out)
    assert (engine.probabilities(draw(50, 2)[0]).argmax(1) == draw(50, 2)[1]).mean() > 0.9
    assert run(command) == BadInput.exit_code
    assert "--resume" in capsys.readouterr().err
    assert run([*command, "--resume"]) == 0
    said = capsys.readouterr().out
    assert "test accuracy" in said
    assert "87,460 parameters" in said


@pytest.mark.parametrize(
    ("more", "told"), [(["--model", "huge"], "Choose one of dense110, small-cnn"), (["--epochs", "0"], "--epochs 0")]
)
def test_bad_choices_are_one_line(
    more: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "fashion_mnist.npz", **arrays())
    assert run(["train", "fashion-mnist", "--data", str(tmp_path), *more]) == BadInput.exit_code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
