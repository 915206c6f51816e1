"""Engines are found by name: ours, a stranger's, a folder's; and what is missing is said with its cure."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from shopsight.engines import GROUP, KNOWN, Record, find_record, load
from shopsight.engines.embed.histogram import Histogram
from shopsight.engines.store import records
from shopsight.errors import BadInput, LicenceRefused, MissingExtra, NotFound


def test_the_table_is_sorted_and_cheap_to_read() -> None:
    assert list(KNOWN) == sorted(KNOWN)
    heavy = ("onnxruntime", "torch", "transformers", "httpx", "cv2", "numpy")
    code = f"import sys, shopsight.engines; print([m for m in {heavy} if m in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


@pytest.mark.parametrize("record", KNOWN.values(), ids=KNOWN)
def test_records_say_what_an_operator_must_know(record: Record) -> None:
    module, _, name = record.engine.partition(":")
    assert find_spec(module), f"{module} exists"
    assert name
    assert record.summary
    if not record.card:
        assert record.licences["code"]
    if record.source and not record.card:
        assert {"code", "weights", "data"} <= record.licences.keys()
        assert record.main in {file.name for file in record.files}


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(NotFound, match="histogram"):
        load("histogramm")


def test_a_missing_library_is_answered_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "shopsight.engines.embed.online", raising=False)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(MissingExtra, match=r'pip install "shopsight\[online\]"'):
        load(str(tmp_path))


class TestAStranger:
    """A distribution that names a record in its entry points, as pip would lay it down."""

    MODULE = """
from shopsight.engines import Record
from shopsight.engines.embed.histogram import Histogram

class Mine(Histogram):
    space = "mine/1"

def refuse(record):
    raise AssertionError("never called")

RECORD = Record("mine", "embed", "stranger:Mine", "a stranger's engine", stated_licences={"code": "MIT"})
TERMS = {"weights": "CC BY-NC 4.0"}
PAID = Record("paid", "embed", "stranger:refuse", "not for shops", commercial=False, stated_licences=TERMS)
WRONG = 7
"""

    @pytest.fixture(autouse=True)
    def _installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "stranger.py").write_text(self.MODULE)
        info = tmp_path / "stranger-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
        entries = "mine = stranger:RECORD\npaid = stranger:PAID\nwrong = stranger:WRONG\n"
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "stranger", raising=False)
        monkeypatch.setenv("SHOPSIGHT_MODELS", str(tmp_path / "models"))

    def test_is_loaded_by_its_name(self) -> None:
        engine = load("mine")
        assert isinstance(engine, Histogram)
        assert engine.space == "mine/1"

    def test_is_named_where_a_name_is_wrong(self) -> None:
        with pytest.raises(NotFound, match="mine"):
            load("nobody")

    def test_whose_entry_is_no_record_is_refused_and_does_not_hide_the_others(self) -> None:
        with pytest.raises(BadInput, match="Record"):
            find_record("wrong")
        listed = [record.name for record in records()]
        assert "mine" in listed
        assert "wrong" not in listed

    def test_with_weights_not_for_shops_is_refused_before_anything_is_imported(self) -> None:
        with pytest.raises(LicenceRefused, match="--accept-licence paid"):
            load("paid")
