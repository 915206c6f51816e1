"""Photo files, named by the SHA-256 of their bytes: `photos/ab/ab12...ef.jpg`. A file is there whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

from shopsight.catalogue.database import translated
from shopsight.errors import BadInput, Damaged, NotFound
from shopsight.types import Photo

ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/gif": "gif",
    "image/tiff": "tiff",
    "image/bmp": "bmp",
}
SHA256 = re.compile("[0-9a-f]{64}")


def path_of(folder: Path, photo: Photo) -> Path:
    """Where the photo's file is. Raises `NotFound` for an id that is no SHA-256: no id can name another file."""
    if not SHA256.fullmatch(photo.id):
        raise NotFound(photo.id[:80], "that is not a photo's id", "Use the 64 hex digits that the product lists")
    return folder / "photos" / photo.id[:2] / f"{photo.id}.{ENDINGS.get(photo.media_type, 'bin')}"


def write(folder: Path, photo: Photo, data: bytes) -> None:
    """Puts the bytes under their name, through a temporary file; nothing happens when they are there already."""
    if hashlib.sha256(data).hexdigest() != photo.id:
        raise BadInput(photo.id[:12], "the bytes are not those of this photo", "Inspect the same bytes that you keep")
    path = path_of(folder, photo)
    if path.is_file() and path.read_bytes() == data:
        return
    with translated():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)


def read(folder: Path, photo: Photo) -> bytes:
    """The photo's bytes. Raises `Damaged` when the file is lost or is not what was kept."""
    path = path_of(folder, photo)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Damaged(f"photo {photo.id[:12]}", "its file is lost", "Import its source again") from None
    if hashlib.sha256(data).hexdigest() != photo.id:
        raise Damaged(f"photo {photo.id[:12]}", "its file has changed", "Import its source again")
    return data


def write_whole(path: Path, data: bytes) -> None:
    """Makes the file, whole and lasting, or leaves things as they were."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes a new name in the folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
