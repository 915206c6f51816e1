"""Imports over HTTP: files, archives, folders, addresses; progress, rejections, resuming, stopping."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from web_shop import LOCAL

from loopback import Site
from shopsight.errors import BadSource, Busy
from shopsight.images.decode import encode
from shopsight.shop import Shop, open_shop
from shopsight.web import create_app
from shopsight.web.import_desk import ImportDesk, Job, Order
from shopsight.web.uploads import place_upload, safe_name

API = "/api/v1/imports"


def patch(colour: tuple[int, int, int]) -> bytes:
    return encode(np.full((80, 60, 3), colour, np.uint8))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path / "shop", engine="histogram", requests_per_minute=0) as shop:
        yield shop


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient]:
    with TestClient(create_app(shop), **LOCAL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A shop that nothing ever comes into."""
    folder = tmp_path_factory.mktemp("quiet") / "shop"
    with (
        open_shop(folder, engine="histogram", requests_per_minute=0) as shop,
        TestClient(create_app(shop), **LOCAL, raise_server_exceptions=False) as client,
    ):
        yield client


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def finish(client: TestClient, job: dict, seconds: float = 120.0) -> dict:
    """Follows an import to its end, as a page does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = client.get(f"{API}/{job['id']}").json()
        if job["state"] not in {"waiting", "running"}:
            return job
        time.sleep(0.05)
    raise AssertionError(f"still {job['state']}: {job['stage']}")


def start(client: TestClient, **request: object) -> dict:
    answer = client.post(API, **request)
    assert answer.status_code == 202, answer.text
    return answer.json()


PICTURES = {
    "dress/red.jpg": patch((200, 20, 30)),
    "dress/blue.jpg": patch((20, 40, 190)),
    "hat/green.jpg": patch((20, 150, 40)),
}
FEED = b"""sku,title,price,image
1,Red dress,"1.299,00 EUR",dress/red.jpg
2,Blue dress,49.90,dress/blue.jpg
2,Blue dress again,49.90,dress/blue.jpg
,Nameless,1,dress/red.jpg
4,Outside,1,../../../../etc/passwd
"""


def test_a_zip_of_pictures_becomes_products_that_are_found(client: TestClient) -> None:
    job = finish(client, start(client, files={"file": ("spring.zip", zipped(PICTURES))}))
    assert (job["state"], job["counts"]["products"], job["counts"]["embedded"]) == ("done", 3, 3)
    found = client.post("/api/v1/search", files={"photo": ("q.jpg", patch((22, 148, 41)))}).json()
    assert found["hits"][0]["product"]["category"].lower() == "hat"


def test_a_feed_in_a_zip_is_read_and_what_is_not_taken_is_told(client: TestClient) -> None:
    job = finish(client, start(client, files={"file": ("feed.zip", zipped({**PICTURES, "feed.csv": FEED}))}))
    assert job["state"] == "done"
    assert client.get("/api/v1/products/1").json()["price"] == "1299.00"
    told = client.get(f"{API}/{job['id']}/rejected").json()
    assert told["total"] == job["rejected_total"] == len(told["rejected"]) >= 3
    assert all(r["item"] and r["reason"] and r["cure"] for r in told["rejected"])
    assert job["mapping"]["title"] == "title"


def test_the_same_again_changes_nothing_and_sync_removes(client: TestClient) -> None:
    first = finish(client, start(client, files={"file": ("shop.zip", zipped(PICTURES))}))
    again = finish(client, start(client, files={"file": ("shop.zip", zipped(PICTURES))}))
    assert (first["counts"]["added"], again["counts"]["added"], again["counts"]["unchanged"]) == (3, 0, 3)
    assert again["counts"]["embedded"] == 0
    fewer = {name: data for name, data in PICTURES.items() if name != "hat/green.jpg"}
    less = finish(client, start(client, files={"file": ("shop.zip", zipped(fewer))}, data={"sync": "true"}))
    assert less["counts"]["removed"] == 1
    assert client.get("/api/v1/products").json()["total"] == 2


def test_a_folder_of_this_machine(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "pictures" / "hat").mkdir(parents=True)
    (tmp_path / "pictures" / "hat" / "a.jpg").write_bytes(patch((1, 2, 200)))
    job = finish(client, start(client, data={"folder": str(tmp_path / "pictures")}))
    assert (job["state"], job["counts"]["products"]) == ("done", 1)


def test_no_other_machine_names_folders_here_even_with_the_key(shop: Shop) -> None:
    keyed = shop.settings.model_copy(update={"api_key": type(shop.settings.api_key)("k")})
    with TestClient(create_app(Shop(keyed)), client=("10.0.0.9", 9), base_url="http://shop.example") as far:
        answer = far.post(API, data={"folder": "/etc"}, headers={"X-API-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_allowed")


def test_a_private_address_is_refused_and_said(client: TestClient) -> None:
    with Site({"/feed.csv": FEED}) as site:
        job = finish(client, start(client, data={"url": f"http://127.0.0.1:{site.port}/feed.csv"}))
        assert (job["state"], site.asked) == ("failed", [])
    assert job["reason"]
    assert job["cure"]


BAD_ORDERS = {
    "nothing": {},
    "two at once": {"data": {"url": "https://a.example/x.csv", "folder": "/tmp"}},
    "no address": {"data": {"url": "file:///etc/passwd"}},
    "half an address": {"data": {"url": "http://["}},
    "no folder": {"data": {"folder": "/does/not/exist"}},
    "a folder with a zero byte": {"data": {"folder": "/tmp\x00"}},
    "an endless folder": {"data": {"folder": "/" + "a" * 1999}},
    "a program": {"files": {"file": ("run.exe", b"MZ")}},
    "no mapping": {"data": {"url": "https://a.example/x.csv", "mapping": "[1"}},
    "a strange kind": {"data": {"url": "https://a.example/x.csv", "kind": "magic"}},
}


@pytest.mark.parametrize("case", BAD_ORDERS)
def test_an_order_that_cannot_be_is_refused_at_once(quiet: TestClient, case: str) -> None:
    answer = quiet.post(API, **BAD_ORDERS[case])
    assert answer.status_code == 422, answer.text
    assert answer.json()["cure"]
    assert quiet.get(API).json() == []


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04 no zip at all", zipped({"readme.md": b"nothing here"}), zipped({"../../out.jpg": patch((1, 1, 1))})],
    ids=["broken", "empty", "leaving"],
)
def test_a_bad_archive_fails_with_reason_and_cure_and_leaves_nothing_outside(client, shop, data) -> None:
    job = finish(client, start(client, files={"file": ("bad.zip", data)}))
    assert job["state"] == "failed"
    assert job["reason"]
    assert job["cure"]
    assert not list(shop.folder.parent.glob("*.jpg"))
    assert not list((shop.folder / "uploads").iterdir())


def test_an_archive_that_would_grow_too_large_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "upload"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", b"\0" * 5_000_000)
    with pytest.raises(Exception, match="inside"):
        place_upload(bomb, "bomb.zip", max_bytes=1_000_000)
    assert not list(tmp_path.rglob("*.jpg"))


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a\\b\\..\\c.csv", "\x00\n", "", "x" * 5000, ".hidden"])
def test_a_safe_name_is_only_a_name(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert Path(safe).name == safe
    assert not safe.startswith(".")
    assert len(safe) <= 100


# --- the desk ----------------------------------------------------------------------------------------------------


def test_imports_are_remembered_when_the_server_starts_again(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "p" / "hat").mkdir(parents=True)
    (tmp_path / "p" / "hat" / "a.jpg").write_bytes(patch((9, 9, 9)))
    with TestClient(create_app(shop), **LOCAL) as client:
        done = finish(client, start(client, data={"folder": str(tmp_path / "p")}))
    cut = {**json.loads((shop.folder / "jobs" / f"{done['id']}.json").read_text()), "id": "cut", "state": "running"}
    (shop.folder / "jobs" / "cut.json").write_text(json.dumps(cut))
    (shop.folder / "jobs" / "torn.json").write_text('{"id": "to')
    with TestClient(create_app(shop), **LOCAL) as client:
        jobs = {job["id"]: job for job in client.get(API).json()}
        assert set(jobs) == {done["id"], "cut"}
        assert jobs[done["id"]]["state"] == "done"
        assert (jobs["cut"]["state"], bool(jobs["cut"]["cure"])) == ("interrupted", True)
        assert client.delete(f"{API}/cut").status_code == 200
        assert [job["id"] for job in client.get(API).json()] == [done["id"]]


def test_a_waiting_import_can_be_stopped_and_too_many_are_refused(shop: Shop) -> None:
    desk, gate = ImportDesk(shop), threading.Event()

    def hold() -> AbstractContextManager[Order]:
        gate.wait(60)
        raise BadSource("held", "never meant to run", "none")

    jobs: list[Job] = [desk.start(str(n), hold) for n in range(20)]
    with pytest.raises(Busy):
        [desk.start("more", hold) for _ in range(2)]
    desk.stop(jobs[1].id)
    gate.set()
    until = time.monotonic() + 60
    while desk.get(jobs[1].id).state == "waiting" and time.monotonic() < until:
        time.sleep(0.01)
    assert desk.get(jobs[1].id).state == "stopped"
    desk.close()
    assert desk.get(jobs[0].id).state == "failed"
