"""Recognises many photos, one after the other: files, folders, or all that the shop uses. A bad one never stops it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shopsight.errors import BadInput, Damaged, NotFound
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Box, Recognition, Rejection, Task

if TYPE_CHECKING:
    from shopsight.shop import Shop

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Recognised:
    """One photo of a batch: its name, where it is, and what was found in it or why it could not be looked at."""

    name: str
    source: bytes | Path
    found: Recognition | Rejection


def recognise_files(
    shop: Shop,
    paths: Sequence[Path],
    task: Task = "classify",
    *,
    labels: str = "",
    box_px: Box | None = None,
    k: int = 5,
    progress: Progress = silent,
) -> Iterator[Recognised]:
    """What is in these pictures, in order. Raises `BadInput` and `NotFound` for a wrong task or label set only."""
    check_question(shop, task, labels)
    progress("recognising", 0, len(paths))
    for number, path in enumerate(paths, 1):
        yield Recognised(str(path), path, _recognise(shop, path, str(path), task, labels, box_px, k))
        progress("recognising", number, len(paths))


def recognise_catalogue(
    shop: Shop, task: Task = "classify", *, labels: str = "", k: int = 5, progress: Progress = silent
) -> Iterator[Recognised]:
    """What is in every photo that a product uses; each is named by its id."""
    check_question(shop, task, labels)
    photo_ids = shop.catalogue.photos_in_use()
    progress("recognising", 0, len(photo_ids))
    for number, photo_id in enumerate(photo_ids, 1):
        try:
            source: bytes | Path = shop.catalogue.photo_path(photo_id)
            found = _recognise(shop, shop.catalogue.photo_bytes(photo_id), photo_id[:12], task, labels, None, k)
        except (Damaged, NotFound) as why:
            source, found = b"", Rejection(photo_id, why.reason, why.cure)
        yield Recognised(photo_id, source, found)
        progress("recognising", number, len(photo_ids))


def pictures_in(places: Sequence[Path]) -> list[Path]:
    """The picture files among these paths, and those anywhere in these folders, sorted by name.

    Raises `NotFound` for a path that is not there, `BadInput` for a folder without pictures.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(p for p in place.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
            if not inside:
                raise BadInput(str(place), "there are no pictures in this folder", "Name another folder or a picture.")
            found += inside
        elif place.exists():
            found.append(place)
        else:
            raise NotFound(str(place), "there is no such picture file or folder", "Check the path.")
    return found


def check_question(shop: Shop, task: Task, labels: str) -> None:
    """Refuses at once what would be refused for every photo."""
    if task == "classify" and not labels:
        return
    engine = shop.recogniser(labels)
    if task not in engine.tasks:
        can = ", ".join(sorted(engine.tasks))
        raise BadInput(f"task {str(task)[:40]}", f"{labels or 'this engine'} does not do it", f"Ask for one of {can}.")


def _recognise(
    shop: Shop, photo: bytes | Path, name: str, task: Task, labels: str, box_px: Box | None, k: int
) -> Recognition | Rejection:
    try:
        return shop.recognise(photo, task, labels=labels, box_px=box_px, k=k)
    except (BadInput, NotFound, OSError) as why:
        # Its own name says which picture it is; what was read from bytes is only called "photo" in the error.
        if isinstance(why, OSError):
            return Rejection(name, f"it cannot be read ({why.strerror or why})", "Check the file and its permissions.")
        return Rejection(name, why.reason, why.cure)
