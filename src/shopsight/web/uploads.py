"""Uploaded feeds and archives, kept under the shop's folder; bombs and strange paths in an archive are refused."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

from shopsight.errors import BadSource, TooLarge

FEEDS = {".csv", ".tsv", ".xml", ".html", ".htm", ".txt"}
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"}
MOST_FILES = 200_000


def safe_name(name: str) -> str:
    """A file name that is only a name: no folders, no dots in front, nothing strange."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"[^\w.\- ]+", "_", last).strip(". ")[:100] or "feed"


def check_kind(name: str) -> None:
    """Refuses what can be no feed before it is stored."""
    suffix = Path(name).suffix.lower()
    if suffix not in FEEDS | PICTURES | {".zip"}:
        raise BadSource(name, "this is no feed", "Send a CSV, TSV, XML or HTML file, or a ZIP of pictures.")


def keep_upload(file: BinaryIO, folder: Path) -> Path:
    """Writes the upload to `folder/upload` and gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "upload"
    with path.open("wb") as out:
        shutil.copyfileobj(file, out, 1 << 20)
    return path


def place_upload(upload: Path, name: str, *, max_bytes: int) -> Path:
    """Makes a kept upload ready beside itself; gives what to import: the feed file, or an archive's folder."""
    place = upload.parent / "in"
    place.mkdir()
    if Path(name).suffix.lower() != ".zip":
        return Path(shutil.move(upload, place / safe_name(name)))
    unpack(upload, place, name=name, max_bytes=max_bytes)
    feeds = sorted(p for p in place.rglob("*") if p.suffix.lower() in FEEDS - {".txt"})
    return feeds[0] if len(feeds) == 1 else _without_wrappers(place)


def unpack(archive: Path, place: Path, *, name: str, max_bytes: int) -> None:
    """Unpacks the feeds and pictures of a ZIP; refuses what leaves the folder or grows beyond `max_bytes`."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [m for m in zipped.infolist() if _wanted(m)]
            _check_size(members, name, max_bytes)
            for member in members:
                _unpack_one(zipped, member, place, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadSource(name, f"the archive cannot be read ({error})", "Pack it again as a plain ZIP.") from error


def _wanted(member: zipfile.ZipInfo) -> bool:
    path = Path(member.filename)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return not member.is_dir() and not hidden and path.suffix.lower() in FEEDS | PICTURES


def _check_size(members: list[zipfile.ZipInfo], name: str, max_bytes: int) -> None:
    if not members:
        raise BadSource(name, "the archive holds no feed and no pictures", "Pack pictures or a feed file.")
    if len(members) > MOST_FILES or sum(m.file_size for m in members) > max_bytes:
        raise TooLarge(name, f"more than {max_bytes / 1e9:.0f} GB or {MOST_FILES} files inside", "Split it.")


def _unpack_one(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, name: str) -> None:
    target = (place / member.filename.replace("\\", "/")).resolve()
    if not target.is_relative_to(place.resolve()):
        raise BadSource(f"{name}: {member.filename[:80]}", "its path leaves the archive", "Pack it again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipped.open(member) as source, target.open("wb") as out:
        # The size in the archive's list may lie: never write more than it claims.
        left = member.file_size
        while left > 0 and (block := source.read(min(left, 1 << 20))):
            out.write(block)
            left -= len(block)


def _without_wrappers(place: Path) -> Path:
    """The folder inside folders that hold nothing else: `shop.zip/shop/` is `shop/`."""
    inside = list(place.iterdir())
    lone = len(inside) == 1 and inside[0].is_dir() and any(p.is_dir() for p in inside[0].iterdir())
    return _without_wrappers(inside[0]) if lone else place
