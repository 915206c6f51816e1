"""The 70,000 pictures of Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, MIT): from a local copy or the official files."""

from __future__ import annotations

import gzip
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput, BadSource, Damaged, NotFound, TooLittleData
from shopsight.jobs.progress import Progress, silent

LABELS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
DOWNLOAD = "download"
"""What is said instead of a path to have the official files fetched."""
OFFICIAL = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
FILES: Mapping[str, tuple[str, str]] = {
    "x_train": ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    "y_train": ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
    "x_test": ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
    "y_test": ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
}
"""The official files with the MD5 sums that their makers publish."""
SIDE_PX = 28
MOST_BYTES = 40_000_000
UNPACKED_BYTES = 60_000 * SIDE_PX * SIDE_PX + 16

Array = NDArray[np.uint8]
Fetch = Callable[[str], bytes]


@dataclass(frozen=True)
class Data:
    """`(N, 28, 28) uint8` pictures, garments bright on black, with their labels `(N,) int64`, 0 to 9 as in `LABELS`."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    test_pictures: NDArray[np.uint8]
    test_labels: NDArray[np.int64]

    def hold_out(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to learn from and `count` rows only to be asked, as many of each class; always the same ones."""
        order = np.random.default_rng(0).permutation(len(self.labels))
        each = count // len(LABELS)
        held = [order[self.labels[order] == number][:each] for number in range(len(LABELS))]
        asked = np.sort(np.concatenate(held)) if each else np.zeros(0, np.int64)
        return np.setdiff1d(np.arange(len(self.labels)), asked), asked


def read(
    source: str | Path, *, cache: Path | None = None, fetch: Fetch | None = None, progress: Progress = silent
) -> Data:
    """The pictures from `fashion_mnist.npz`, from a folder that holds it or the four official files, or downloaded.

    The download needs `cache`, the folder where the files stay. Raises `NotFound`, `BadSource` for what is no such
    data, `BadAddress` when the official files cannot be reached, `Damaged` when their MD5 is not the published one.
    """
    if str(source) == DOWNLOAD:
        return _read_folder(download(cache or Path("."), fetch=fetch, progress=progress))
    path = Path(source)
    if path.is_dir():
        inside = path / "fashion_mnist.npz"
        return _read_npz(inside) if inside.is_file() else _read_folder(path)
    if not path.is_file():
        cure = f"Give the folder or the .npz that holds it, or: --data {DOWNLOAD}"
        raise NotFound(str(path), "there is no such file or folder", cure)
    return _read_npz(path)


def download(folder: Path, *, fetch: Fetch | None = None, progress: Progress = silent) -> Path:
    """Fetch the official files that `folder` lacks, hold each to its published MD5, and give back the folder."""
    if fetch is None:
        from shopsight.catalogue.fetch import Fetcher

        with Fetcher(max_bytes=MOST_BYTES, timeout_s=300) as fetcher:
            return download(folder, fetch=fetcher, progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, md5) in enumerate(FILES.values(), 1):
        goal = folder / name
        if not goal.is_file() or _md5(goal.read_bytes()) != md5:
            data = fetch(OFFICIAL + name)
            if _md5(data) != md5:
                reason = f"what came has the MD5 {_md5(data)[:12]}…, not the published {md5[:12]}…"
                raise Damaged(name, reason, "Nothing was kept. Try again; if it stays so, do not trust the source.")
            part = goal.with_suffix(f".{os.getpid()}")
            part.write_bytes(data)
            os.replace(part, goal)
        progress("downloading", number, len(FILES))
    return folder


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _read_npz(path: Path) -> Data:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _checked(path, {name: arrays[name] for name in FILES})
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as fault:
        raise _not_it(path, str(fault)) from fault


def _read_folder(folder: Path) -> Data:
    arrays = {}
    for key, (name, md5) in FILES.items():
        path = folder / name
        if not path.is_file():
            raise NotFound(str(path), "it is not there", f"Put the four official files there, or: --data {DOWNLOAD}")
        arrays[key] = _read_idx(path)
        if _md5(path.read_bytes()) != md5:
            raise Damaged(str(path), "it is not the official file (its MD5 differs)", f"Or: --data {DOWNLOAD}")
    return _checked(folder, arrays)


def _read_idx(path: Path) -> Array:
    """The array in a packed IDX file: two zero bytes, the type (8: bytes), how many sides, each side in 4 bytes."""
    try:
        with gzip.open(path) as file:
            data = file.read(UNPACKED_BYTES + 1)
        sides = data[3]
        shape = tuple(int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(sides))
        if data[:3] != b"\x00\x00\x08":
            raise ValueError("it does not begin as an IDX file of bytes")
        return np.frombuffer(data, np.uint8, offset=4 + 4 * sides).reshape(shape)
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as fault:
        raise _not_it(path, str(fault)) from fault


def _checked(source: Path, arrays: Mapping[str, NDArray[Any]]) -> Data:
    for part in ("train", "test"):
        pictures, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if pictures.ndim != 3 or pictures.shape[1:] != (SIDE_PX, SIDE_PX) or pictures.dtype != np.uint8:
            raise _not_it(source, f"its pictures are {pictures.dtype} {pictures.shape}")
        if labels.shape != pictures.shape[:1] or labels.size == 0 or int(labels.max()) >= len(LABELS):
            raise _not_it(source, f"its labels are {labels.dtype} {labels.shape}")
    whole = (arrays["x_train"], arrays["y_train"].astype(np.int64), arrays["x_test"], arrays["y_test"].astype(np.int64))
    return Data(*map(np.ascontiguousarray, whole))


def _not_it(path: Path, why: str) -> BadSource:
    cure = f"It should hold {', '.join(FILES)} (.npz) or the four official files; or: --data {DOWNLOAD}"
    return BadSource(str(path), f"it is not Fashion-MNIST ({why})", cure)


def check_count(count: int, rows: int) -> int:
    """The number of pictures held out; raises where that leaves too few to learn from."""
    if count < 0:
        raise BadInput(f"{count} pictures", "so many cannot be held out", "Hold out 0 or more.")
    if rows - count < 100:
        raise TooLittleData("Fashion-MNIST", f"{rows - count} pictures are too few to learn from", "Hold out fewer.")
    return count
