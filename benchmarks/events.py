"""Events taken over real HTTP by `shopsight serve`, beside plain SQLite with a transaction for each event."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks.serving import wait_for, wait_for_address
from benchmarks.sizes import Size
from benchmarks.tables import Table

BATCH = 500
SENDERS = 16
AT = "2026-03-02T12:00:00Z"


def measure(size: Size) -> list[Table]:
    from shopsight import open_shop

    shop = Path(os.environ["BENCH_WORK"]) / "events"
    open_shop(shop).catalogue.close()
    many, single = 20 * size.photos * 5, 5 * size.photos
    command = [sys.executable, "-m", "shopsight", "serve", "--shop", str(shop), "--engine", "histogram", "--port", "0"]
    # The limit per address is meant for strangers; this sender is the shop's own server.
    knobs = {**os.environ, "SHOPSIGHT_REQUESTS_PER_MINUTE": "0"}
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True, env=knobs) as serving:
        try:
            api = wait_for_address(serving)
            wait_for(f"{api}/health", serving)
            batched = rate(partial(send_batches, api, many), many)
            alone = rate(partial(send_singles, api, single), single)
        finally:
            serving.terminate()
    plain = rate(partial(insert_singly, shop / "plain.db", single), single)
    rows = (
        (f"POST /events, {BATCH} in a request, 2 senders", batched, batched / plain),
        (f"POST /events, one in a request, {SENDERS} senders", alone, alone / plain),
        ("plain SQLite, a transaction for each event", plain, 1.0),
    )
    note = (
        "Server and senders share the machine. Both sides sync to disk (WAL, synchronous=FULL) before an event counts "
        "as taken; the server checks, hashes visitors, looks for duplicates and machines besides."
    )
    return [Table("Events taken", note, ("how", "events/s", "ratio"), rows)]


def rate(work: Callable[[], object], events: int) -> float:
    began = perf_counter()
    work()
    return events / (perf_counter() - began)


def event(number: int) -> dict[str, object]:
    return {"id": f"b{number}", "at": AT, "kind": "view", "sku": f"S{number % 997}", "visitor": f"v{number // 9}"}


def send_batches(api: str, count: int) -> None:
    batches = [[event(n) for n in range(start, start + BATCH)] for start in range(0, count, BATCH)]
    with ProcessPoolExecutor(2) as senders:
        list(senders.map(partial(post_all, api), [batches[::2], batches[1::2]]))


def post_all(api: str, batches: list[list[dict[str, object]]]) -> None:
    connection = HTTPConnection(urlsplit(api).netloc, timeout=300)
    for batch in batches:
        post(connection, api, {"events": batch}, len(batch))


def send_singles(api: str, count: int) -> None:
    """Numbers of their own: none was sent before."""

    def send(sender: int) -> None:
        connection = HTTPConnection(urlsplit(api).netloc, timeout=300)
        for number in range(sender, count, SENDERS):
            post(connection, api, event(10_000_000 + number), 1)

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def post(connection: HTTPConnection, api: str, body: object, expected: int) -> None:
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"{urlsplit(api).path}/events", json.dumps(body), headers)
    answer = json.loads(connection.getresponse().read())
    if answer.get("added") != expected:
        raise SystemExit(f"an event was not taken: {answer}")


def insert_singly(path: Path, count: int) -> None:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE events (id TEXT PRIMARY KEY, at TEXT, kind TEXT, sku TEXT, visitor TEXT)")
        for number in range(count):
            database.execute("INSERT INTO events VALUES (:id, :at, :kind, :sku, :visitor)", event(number))
    database.close()
