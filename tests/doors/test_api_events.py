"""Events over HTTP: once each, acknowledged when they are on disk, judged, and told again as KPIs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from web_shop import Stall, serving

from shopsight.shop import open_shop
from shopsight.web import create_app

API = "/api/v1"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def event(number: object, kind: str = "view", **more: object) -> dict[str, object]:
    return {"id": f"e{number}", "at": NOON.isoformat(), "kind": kind, "sku": "A", **more}


@pytest.fixture
def empty(tmp_path):
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        yield shop


@pytest.fixture
def asking(empty):
    with TestClient(create_app(empty), client=("127.0.0.1", 1), base_url="http://127.0.0.1") as client:
        yield client


def test_one_event_counts_once_however_often_it_is_sent(asking):
    for expected in ({"added": 1, "duplicates": 0}, {"added": 0, "duplicates": 1}):
        answer = asking.post(f"{API}/events", json=event(1))
        assert answer.status_code == 200
        assert answer.json() == {**expected, "bots": 0, "rejected": []}


def test_a_batch_takes_what_is_sound_and_names_the_rest(asking):
    sent = [
        event(1),
        event(2, "impression"),
        event(3, "dance"),
        event(4, at="2026-03-02T12:00:00"),
        "nonsense",
        event(5, amount=-3),
        event(6, agent="Googlebot/2.1"),
    ]
    answer = asking.post(f"{API}/events", json={"events": sent}).json()
    assert (answer["added"], answer["bots"]) == (3, 1)
    assert [one["item"] for one in answer["rejected"]] == ["event e3", "event e4", "event", "event e5"]
    assert all(one["reason"] and one["cure"] for one in answer["rejected"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[1]", 422),
        (b'{"events": 3}', 422),
        (json.dumps(event(1, "dance")).encode(), 422),
        (json.dumps({"id": "e", "kind": "view", "at": "1970-01-01T00:00:00Z"}).encode(), 422),
        (json.dumps({"events": [event(n) for n in range(5001)]}).encode(), 413),
        (b'{"id": "\\ud800", "kind": "view"}', 422),
    ],
)
def test_a_body_that_cannot_be_says_why(asking, body, status):
    answer = asking.post(f"{API}/events", content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "cure"}


def test_strangers_may_not_send_events(empty):
    with TestClient(create_app(empty), client=("203.0.113.7", 1)) as stranger:
        assert stranger.post(f"{API}/events", json=event(1)).status_code == 401
    empty.settings.api_key = type(empty.settings.api_key)("secret")
    with TestClient(create_app(empty), client=("203.0.113.7", 1)) as stranger:
        assert stranger.post(f"{API}/events", json=event(1)).status_code == 401
        assert stranger.post(f"{API}/events", json=event(1), headers={"X-API-Key": "secret"}).status_code == 200


def test_kpis_come_with_range_rows_and_kind(asking):
    days = [NOON + timedelta(days=day) for day in range(5)]
    sent = [event(f"{d}-{n}", "impression", at=day.isoformat()) for d, day in enumerate(days) for n in range(40)]
    sent += [event(f"c{d}-{n}", "click", at=day.isoformat()) for d, day in enumerate(days) for n in range(d)]
    assert asking.post(f"{API}/events", json={"events": sent}).json()["added"] == len(sent)
    (kpi,) = asking.get(f"{API}/kpis").json()["kpis"]
    assert kpi["name"] == "click_through"
    assert kpi["counted"] == [10, 200]
    found = kpi["estimate"]
    assert found["kind"] == "estimated from logs"
    assert found["rows"] == 200
    assert found["low"] < found["value"] == 0.05 < found["high"]
    rows = asking.get(f"{API}/kpis/click_through/daily", params={"by": "sku", "since": "2026-03-05"}).json()["days"]
    assert [(row["day"], row["key"], row["numerator"], row["denominator"]) for row in rows] == [
        ("2026-03-05", "A", 3, 40),
        ("2026-03-06", "A", 4, 40),
    ]
    assert asking.get(f"{API}/kpis/luck/daily").status_code == 422
    assert asking.get(f"{API}/kpis", params={"days": 1}).json()["kpis"][0]["counted"] == [4, 40]


def test_many_senders_at_once_lose_nothing(empty):
    with serving(empty) as address, httpx.Client(base_url=f"{address}{API}", timeout=60) as client:
        with ThreadPoolExecutor(8) as senders:
            answers = list(senders.map(lambda n: client.post("/events", json=event(n % 150)).json(), range(200)))
        assert sum(answer["added"] for answer in answers) == 150
        assert sum(answer["duplicates"] for answer in answers) == 50
    assert empty.catalogue.daily("traffic")[0].numerator == 150


def test_a_killed_server_loses_no_event_that_it_acknowledged(tmp_path: Path):
    command = [sys.executable, "-m", "shopsight", "serve", "--shop", str(tmp_path / "shop"), "--port", "0", "--json"]
    acknowledged: list[str] = []
    open_shop(tmp_path / "shop").catalogue.close()
    with subprocess.Popen([*command, "--engine", "histogram"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            line = server.stdout.readline()
            assert line, "serve ended early"
            said += line
        api = json.loads(said)["api"]

        def send(sender: int) -> None:
            with httpx.Client(timeout=30) as client:
                for number in range(10_000):
                    name = f"{sender}-{number}"
                    try:
                        if client.post(f"{api}/events", json=event(name)).json()["added"] == 1:
                            acknowledged.append(f"e{name}")
                    except (httpx.TransportError, ValueError, KeyError):
                        return
                    if len(acknowledged) == 200:
                        server.send_signal(signal.SIGKILL)

        with ThreadPoolExecutor(6) as senders:
            list(senders.map(send, range(6)))
        server.wait(timeout=60)
    assert len(acknowledged) >= 200
    with open_shop(tmp_path / "shop") as shop, shop.catalogue._database.reading() as connection:
        kept = {row.id for row in connection.exec_driver_sql("SELECT id FROM events")}
    assert set(acknowledged) <= kept


def test_a_product_tells_its_photos_as_numbers(client: TestClient, stall: Stall):
    sku = stall.skus[0]
    told = client.get(f"{API}/products/{sku}/factors").json()
    product = stall.shop.product(sku)
    assert [one["photo"] for one in told["photos"]] == list(product.photos)
    meanings = {one["name"] for one in client.get(f"{API}/factors").json()["factors"]}
    assert all(set(one["factors"]) <= meanings for one in told["photos"])
    by_file = stall.shop.factors(stall.shop.catalogue.photo_bytes(product.photos[0]))
    assert told["photos"][0]["factors"] == pytest.approx(by_file)
    assert client.get(f"{API}/products/none/factors").status_code == 404


def test_advice_waits_for_measuring_and_then_names_the_fault(client: TestClient, stall: Stall):
    from shopsight.jobs.measuring import measure

    before = client.get(f"{API}/advice").json()
    assert before["unmeasured"] == stall.shop.counts()["photos_in_use"]
    report = measure(stall.shop)
    assert (report.measured, report.reused) == (before["unmeasured"], 0)
    assert measure(stall.shop).measured == 0
    after = client.get(f"{API}/advice").json()
    assert after["unmeasured"] == 0
    assert {one["sku"] for one in after["advice"]} <= set(stall.skus)
    assert all(one["fault"] and one["reason"] and one["cure"] for one in after["advice"])
