"""From `shopsight serve` to the first answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter, sleep

import httpx

from benchmarks.queries import phone_photo
from benchmarks.sizes import Size
from benchmarks.stock import engine_name, open_stocked
from benchmarks.tables import Table


def measure(size: Size) -> list[Table]:
    shop = Path(os.environ["BENCH_WORK"]) / f"shop-{size.served}"
    open_stocked(shop, size.served).close()
    command = [
        sys.executable,
        "-m",
        "shopsight",
        "serve",
        "--shop",
        str(shop),
        "--engine",
        engine_name(),
        "--port",
        "0",
    ]
    began = perf_counter()
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) as serving:
        try:
            api = wait_for_address(serving)
            wait_for(f"{api}/health", serving)
            up_s = perf_counter() - began
            asked = perf_counter()
            photo = ("photo.jpg", phone_photo(0), "image/jpeg")
            httpx.post(f"{api}/search", files={"photo": photo}, timeout=120).raise_for_status()
            first_s = perf_counter() - asked
        finally:
            serving.terminate()
    note = "A fresh process on a shop that is there; health answers once the catalogue is open."
    columns = ("products", "until health answers, s", "first photo query after that, s")
    return [Table("Start-up of serve", note, columns, ((f"{size.served:,}", up_s, first_s),))]


def wait_for_address(serving: subprocess.Popen[str]) -> str:
    """The API's address from the JSON document that `serve` prints."""
    said = ""
    while serving.stdout and (line := serving.stdout.readline()):
        said += line
        try:
            return str(json.loads(said)["api"])
        except ValueError:
            continue
    raise SystemExit(f"serve ended with code {serving.wait()}")


def wait_for(address: str, serving: subprocess.Popen[str], most_s: float = 300) -> None:
    ends = perf_counter() + most_s
    while perf_counter() < ends and serving.poll() is None:
        try:
            if httpx.get(address, timeout=most_s).is_success:
                return
        except httpx.TransportError:
            sleep(0.01)
    raise SystemExit("serve did not answer in time")
