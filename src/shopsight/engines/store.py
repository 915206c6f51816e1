"""Where weights lie, how they get there, and whether they are still what they were.

Nothing is fetched unless `pull` is called. Pulled files lie in one folder per engine below `models_folder()`, written
whole or not at all, with a `pulled.json` that says what came from where. A file whose record names no hash is pinned
by the first pull: later ones, and `verify`, hold it to that.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal

from shopsight.engines import GROUP, KNOWN, find_record
from shopsight.engines.record import SHIPPED, Record, WeightFile
from shopsight.errors import Damaged, LicenceRefused, NoRoom, NotFound

Progress = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes done, and the bytes in all where known."""
State = Literal["ok", "missing", "changed", "unpinned"]

_LEDGER = "pulled.json"
_FULL = 28  # errno.ENOSPC


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What `verify` found of one file: `state` is "unpinned" when nothing says what its hash should be."""

    name: str
    path: Path
    state: State
    size_bytes: int = 0


def silent(name: str, done: int, total: int | None) -> None:
    """A `Progress` that says nothing."""


def models_folder() -> Path:
    """Where pulled weights lie: `SHOPSIGHT_MODELS`, or `shopsight/models` in the user's cache."""
    named = os.environ.get("SHOPSIGHT_MODELS")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(cache) / "shopsight" / "models"


def records() -> list[Record]:
    """Every engine that can be loaded by name, sorted: this project's and strangers' from entry points."""
    strangers = {entry.name for entry in entry_points(group=GROUP)} - KNOWN.keys()
    found = [*KNOWN.values(), *(record for name in strangers if (record := _stranger(name)))]
    return sorted(found, key=lambda record: record.name)


def _stranger(name: str) -> Record | None:
    """A stranger's record; a broken one is reported and must not hide the others."""
    try:
        return find_record(name)
    except Exception as fault:
        logging.getLogger(__name__).warning("engine %s is left out: %s", name, fault)
        return None


def where(name: str) -> Path | None:
    """The folder that holds, or would hold, the weights of an engine; None for an engine without weights."""
    return _folder(find_record(name))


def weight_path(record: Record, name: str = "") -> Path:
    """The path of one file of an engine (its `main` one when not named). Raises `NotFound` when it is not here."""
    folder = _folder(record)
    path = (folder or Path()) / (name or record.main)
    if folder is None or not path.is_file():
        raise NotFound(record.name, f"the file {path.name} is not on this machine", _cure_missing(record))
    return path


def checked_path(record: Record, name: str = "") -> tuple[Path, str]:
    """A weight file's path and hash, after holding it to its pinned hash. Raises `NotFound` or `Damaged`."""
    path = weight_path(record, name)
    folder, found = _folder(record), hash_file(path)
    pinned = _pinned(record, folder).get(name or record.main, "") if folder else ""
    if pinned and found != pinned:
        raise Damaged(record.name, f"{path.name} is not the file that was pinned", _cure_missing(record))
    return path, found


def is_here(name: str) -> bool:
    """Whether all files of an engine are on this machine. Reads no contents."""
    record = find_record(name)
    folder = _folder(record)
    return folder is None or all((folder / file.name).is_file() for file in record.files)


def verify(name: str) -> tuple[FileCheck, ...]:
    """Hash every file of an engine and hold it to its record, or else to what was pulled."""
    record = find_record(name)
    folder = _folder(record)
    if folder is None:
        return ()
    pinned = _pinned(record, folder)
    return tuple(_check_file(folder / file.name, file.name, pinned.get(file.name, "")) for file in record.files)


def pull(name: str, *, accept_licence: str = "", progress: Progress = silent) -> Path | None:
    """Fetch what is missing or changed of an engine's weights; returns their folder.

    Weights that may not be used commercially are refused unless `accept_licence` is the engine's name. Raises
    `LicenceRefused`, `BadAddress` (not reachable), `Damaged` (not the bytes that the record names), `NoRoom`.
    """
    record = find_record(name)
    accepted = accept_licence == record.name or _accepted(record)
    if not record.commercial and not accepted:
        raise _refusal(record)
    folder = _folder(record)
    if not record.commercial:
        _write_ledger(record, accepted=True)
    if folder is None or _is_local(record):
        return folder
    pinned = _pinned(record, folder)
    for file in record.files:
        if _check_file(folder / file.name, file.name, pinned.get(file.name, "")).state in ("missing", "changed"):
            _pull_file(record, file, folder, pinned.get(file.name, ""), progress)
    return folder


def check_licence(record: Record) -> None:
    """Raise `LicenceRefused` for weights that a shop may not earn money with, unless the operator accepted that."""
    if not record.commercial and not _accepted(record):
        raise _refusal(record)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(record: Record) -> Path | None:
    if not record.source:
        return None
    if record.source == "shipped":
        return SHIPPED
    kind, _, rest = record.source.partition(":")
    return Path(rest) if kind == "folder" else models_folder() / record.name


def _is_local(record: Record) -> bool:
    return record.source == "shipped" or record.source.startswith("folder:")


def _cure_missing(record: Record) -> str:
    if record.source == "shipped":
        return "Install the package again; in a checkout run `make models`."
    if record.source.startswith("folder:"):
        return f"Put the whole model into {record.source.removeprefix('folder:')}."
    return f"Run: shopsight models pull {record.name}"


def _check_file(path: Path, name: str, sha256: str) -> FileCheck:
    if not path.is_file():
        return FileCheck(name, path, "missing")
    size = path.stat().st_size
    if not sha256:
        return FileCheck(name, path, "unpinned", size)
    return FileCheck(name, path, "ok" if hash_file(path) == sha256 else "changed", size)


def _pull_file(record: Record, file: WeightFile, folder: Path, sha256: str, progress: Progress) -> None:
    """Fetch into a temporary folder beside the goal, check, move: a kill leaves the old file or the new one."""
    from shopsight.engines.sources import fetch_into

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".pull-") as room:
            part = fetch_into(Path(room), record.source, file, progress)
            found = hash_file(part)
            if sha256 and found != sha256:
                reason = f"{file.name} from {record.source} has the hash {found[:12]}, not {sha256[:12]}"
                raise Damaged(record.name, reason, "Nothing was kept. Pull again; if it stays so, do not trust it.")
            goal = folder / file.name
            goal.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, goal)
    except OSError as fault:
        if fault.errno == _FULL:
            raise NoRoom(str(folder), "the disk is full", "Free some room and pull again.") from fault
        raise
    _write_ledger(record, pulled={file.name: found})


def _ledger_path(record: Record) -> Path:
    return models_folder() / record.name / _LEDGER


def _read_ledger(record: Record) -> dict[str, Any]:
    try:
        ledger = json.loads(_ledger_path(record).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:
        reason = f"the list of pulled files cannot be read ({fault})"
        raise Damaged(
            str(_ledger_path(record)), reason, f"Delete it, then: shopsight models pull {record.name}"
        ) from fault
    return ledger if isinstance(ledger, dict) else {}


def _write_ledger(record: Record, *, pulled: dict[str, str] | None = None, accepted: bool = False) -> None:
    ledger = _read_ledger(record)
    ledger["source"] = record.source
    ledger["files"] = {**ledger.get("files", {}), **(pulled or {})}
    if accepted:
        ledger["accepted_licence"] = record.licences.get("weights", "unknown")
    path = _ledger_path(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(ledger, indent=1), "utf-8")
    os.replace(part, path)


def _pinned(record: Record, folder: Path) -> dict[str, str]:
    """The hash that each file must have, by name: the record's word, else the first pull's."""
    pulled = {} if _is_local(record) else _read_ledger(record).get("files", {})
    return {file.name: file.sha256 or pulled.get(file.name, "") for file in record.files}


def _accepted(record: Record) -> bool:
    return bool(_read_ledger(record).get("accepted_licence") == record.licences.get("weights", "unknown"))


def _refusal(record: Record) -> LicenceRefused:
    terms = record.licences.get("weights", "unknown terms")
    return LicenceRefused(
        record.name,
        f"its weights may not be used commercially ({terms})",
        f"If your use is allowed by these terms: shopsight models pull {record.name} --accept-licence {record.name}",
    )
