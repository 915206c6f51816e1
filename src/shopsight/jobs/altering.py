"""One laboratory operation on a picture file, or on every picture of a folder; a bad one does not stop the rest."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from shopsight.errors import BadInput, NoRoom, NotFound, ShopsightError
from shopsight.images.decode import encode
from shopsight.images.lab import operation as find_operation
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Pixels, Rejection

if TYPE_CHECKING:
    from shopsight.shop import Shop

WRITTEN = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
"""What a picture file may be written as, by the end of its name."""
PICTURES = frozenset({*WRITTEN, ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"})
QUALITY = 92


@dataclass(frozen=True, slots=True)
class Altered:
    """What came of a folder: how many files were written, which were not and why."""

    written: int
    rejected: tuple[Rejection, ...]
    seconds: float


def alter_file(
    shop: Shop,
    name: str,
    source: Path | bytes,
    out: Path,
    given: Mapping[str, object],
    *,
    side_px: int | None = None,
    quality: int = QUALITY,
) -> Pixels:
    """Read, alter and write one picture; the pixels that were written. All or nothing is written.

    Raises `BadInput` where the original would be lost or the format is not written, and what `Shop.image` raises.
    """
    media_type = _written_as(out)
    if isinstance(source, Path) and out.exists() and source.exists() and out.samefile(source):
        raise BadInput(str(out), "it would overwrite the original", "Write to another file.")
    pixels = shop.image(name, source, given, side_px=side_px)
    _write(out, encode(pixels, media_type, quality))
    return pixels


def alter_folder(
    shop: Shop,
    name: str,
    folder: Path,
    out: Path,
    given: Mapping[str, object],
    *,
    side_px: int | None = None,
    quality: int = QUALITY,
    progress: Progress = silent,
) -> Altered:
    """Alter every picture of a folder, subfolders too, under the same names in `out`.

    What cannot be written in its own format (HEIC, GIF, BMP, TIFF) becomes PNG. A picture that cannot be read is in
    `rejected`, and the rest goes on; a stop at any moment leaves whole files only. Raises `BadInput` for a parameter
    that does not fit, before anything is read, and `NotFound` for a folder without pictures.
    """
    began, rejected, written = perf_counter(), list[Rejection](), 0
    find_operation(name).settle(given)
    sources = _pictures(folder, out)
    targets = _targets(sources, folder, out)
    progress("altering", 0, len(sources))
    for done, source in enumerate(sources, 1):
        try:
            alter_file(shop, name, source, targets[source], given, side_px=side_px, quality=quality)
            written += 1
        except NoRoom:
            raise
        except ShopsightError as error:
            rejected.append(Rejection(source.relative_to(folder).as_posix(), error.reason, error.cure))
        progress("altering", done, len(sources))
    return Altered(written, tuple(rejected), perf_counter() - began)


def _pictures(folder: Path, out: Path) -> list[Path]:
    """The folder's picture files in order, without what an earlier run wrote into a folder inside it."""
    if out.resolve() == folder.resolve():
        raise BadInput(str(out), "it is the folder of the originals", "Write to another folder.")
    found = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PICTURES and path.is_file())
    inside = out.resolve()
    kept = [path for path in found if not path.resolve().is_relative_to(inside)]
    if not kept:
        raise NotFound(str(folder), "there are no pictures in this folder", "Check the path.")
    return kept


def _targets(sources: list[Path], folder: Path, out: Path) -> dict[Path, Path]:
    """Where each is written; two that would share a name (a.gif and a.png) keep their old ending in it."""
    plain = {source: out / _renamed(source.relative_to(folder)) for source in sources}
    names = [str(target).lower() for target in plain.values()]
    return {
        source: target if names.count(str(target).lower()) == 1 else target.with_name(f"{source.name}{target.suffix}")
        for source, target in plain.items()
    }


def _renamed(path: Path) -> Path:
    return path if path.suffix.lower() in WRITTEN else path.with_suffix(".png")


def _written_as(out: Path) -> str:
    media_type = WRITTEN.get(out.suffix.lower())
    if media_type is None:
        raise BadInput(str(out), "its ending names no format that is written", "Use .png, .jpg, .webp or .avif.")
    return media_type


def _write(out: Path, data: bytes) -> None:
    """The file appears whole or not at all."""
    part = ""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=out.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(part, 0o644)
        os.replace(part, out)
    except OSError as error:
        Path(part).unlink(missing_ok=True) if part else None
        if error.errno == 28:  # ENOSPC
            raise NoRoom(str(out), "the disk is full", "Free some space and run it again.") from error
        raise BadInput(str(out), f"it cannot be written ({error.strerror})", "Write to another place.") from error
