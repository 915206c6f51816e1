"""Trained engines at rest: a folder with a card that says everything, and weights that its hashes vouch for.

    ENGINE/
      card.json          what it says, what it learnt from, how good it is, how to make it again
      head-1a2b3c4d.npz  or net-1a2b3c4d.onnx: the weights, named by their hash

A new training writes its weights beside the old ones and then replaces the card, so a kill leaves a whole engine.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shopsight.engines.learn.linear import Head
from shopsight.engines.record import Record, WeightFile
from shopsight.errors import BadInput, Damaged, NoRoom

CARD = "card.json"
LEARNED = "shopsight.engines.recognise.learned:Learned"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_FULL = 28  # errno.ENOSPC
_ARRAYS = ("middle", "weights", "bias")


def check_name(name: str) -> str:
    """The name, if a folder and an option can bear it. Raises `BadInput`."""
    if not NAME.fullmatch(name):
        raise BadInput(
            f"name {name[:60]!r}",
            "an engine's name is up to 40 small letters, digits, dots and dashes",
            "Say --name my-categories.",
        )
    return name


def name_from(label: str) -> str:
    """A name for what is learnt, where nobody gave one.

    >>> name_from("attribute:Sleeve length")
    'sleeve-length'
    """
    words = re.sub(r"[^a-z0-9]+", "-", label.partition(":")[2].lower() or label.lower()).strip("-")
    return words[:40].strip("-") or "labels"


def keep_engine(folder: Path, kind: str, weights: bytes, card: Mapping[str, Any]) -> dict[str, Any]:
    """Write weights and card into the folder; gives back the whole card. `kind` is "head.npz" or "net.onnx".

    Raises `NoRoom` when the disk is full; the engine that was there before stays whole.
    """
    digest = hashlib.sha256(weights).hexdigest()
    stem, _, ending = kind.partition(".")
    name = f"{stem}-{digest[:8]}.{ending}"
    whole = {**card, "files": {name: {"sha256": digest, "bytes": len(weights)}}}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / name, weights)
        _write(folder / CARD, (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as fault:
        if fault.errno == _FULL:
            raise NoRoom(str(folder), "the disk is full", "Free some room and train again.") from fault
        raise
    for old in folder.glob("*-????????.*"):
        if old.name != name and old.suffix in (".npz", ".onnx"):
            old.unlink(missing_ok=True)
    return whole


def read_engine_card(folder: Path) -> dict[str, Any]:
    """The card of a trained engine. Raises `Damaged`."""
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise Damaged(folder.name, f"the card of this engine cannot be read ({fault})", _again(folder)) from fault
    if not isinstance(card, dict) or not isinstance(card.get("files"), dict) or not card["files"]:
        raise Damaged(folder.name, "the card of this engine names no weights", _again(folder))
    return card


def read_record(folder: Path) -> Record:
    """The record of a trained engine, as its card says. Raises `Damaged`."""
    card = read_engine_card(folder)
    name, stated = next(iter(card["files"].items()))
    if Path(name).name != name:
        raise Damaged(folder.name, f"its card names a file elsewhere ({name})", _again(folder))
    return Record(
        folder.name,
        "recognise",
        LEARNED,
        str(card.get("summary", "")),
        source=f"folder:{folder.resolve()}",
        main=name,
        weights=(WeightFile(name, str(stated.get("sha256", "")), int(stated.get("bytes", 0))),),
        stated_licences=card.get("licences", {}),
        stated_preprocessing=card,
        stated_figures=card.get("figures", {}),
    )


def pack_head(head: Head) -> bytes:
    """The head as the bytes of an .npz file; the same head gives the same bytes."""
    room = io.BytesIO()
    arrays = {name: getattr(head, name) for name in _ARRAYS}
    np.savez(room, temperature=np.float64(head.temperature), **arrays)
    return room.getvalue()


def unpack_head(path: Path, labels: int, dim: int) -> Head:
    """The head in an .npz file, which can hold numbers only: nothing in it is ever run. Raises `Damaged`."""
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: np.asarray(held[name], np.float32) for name in _ARRAYS}
            head = Head(**arrays, temperature=float(held["temperature"]))
    except (OSError, ValueError, KeyError, EOFError) as fault:
        raise Damaged(path.name, f"its numbers cannot be read ({fault})", _again(path.parent)) from fault
    fits = (head.middle.shape, head.weights.shape, head.bias.shape) == ((dim,), (labels, dim), (labels,))
    if not fits or not all(np.isfinite(array).all() for array in arrays.values()) or not head.temperature > 0:
        raise Damaged(path.name, "its numbers do not fit its card", _again(path.parent))
    return head


def _again(folder: Path) -> str:
    return f"Train it again: shopsight train classifier --name {folder.name}"


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
