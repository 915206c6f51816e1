"""The vectors of one space: a file of rows that is only ever appended to and is searched where it lies.

    vectors/<space>/rows-1.f32      4,096 bytes of header, then rows of D little-endian float32

The database knows how many rows count, which photo each belongs to, and the CRC-32 of every block of rows written
together. So a row exists once its transaction is committed: what a killed writer left behind the last block is a torn
tail that the next writer overwrites, and a block that is not what its checksum says is dropped and made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shopsight.catalogue.database import translated
from shopsight.catalogue.photos import write_whole
from shopsight.types import Matrix

HEADER_BYTES = 4096
MAGIC = b"SHOPSIGHT-ROWS\n"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Rows written together: the first, how many, and their CRC-32."""

    start: int
    rows: int
    checksum: int


@dataclass(frozen=True, slots=True)
class RowFile:
    """One file of rows, `dim` values each."""

    path: Path
    space: str
    dim: int

    def append(self, start: int, values: Matrix) -> Block:
        """Writes `(n, D) float32` from row `start` on and makes it last; whatever lay there before is cut off."""
        data = np.ascontiguousarray(values, dtype="<f4").tobytes()
        with translated():
            self._make()
            with open(self.path, "r+b", buffering=0) as file:
                file.truncate(self._offset(start))
                file.seek(self._offset(start))
                _write_all(file.fileno(), data)
                os.fsync(file.fileno())
        return Block(start, len(values), zlib.crc32(data))

    def rows(self, count: int) -> Matrix:
        """The first `count` rows, `(count, D) float32`, mapped into memory and never to be written."""
        if not count:
            return np.zeros((0, self.dim), np.float32)
        return np.memmap(self.path, "<f4", "r", HEADER_BYTES, (count, self.dim))

    def bad_blocks(self, blocks: Iterable[Block]) -> list[Block]:
        """Those blocks whose bytes are not what was written; all of them when the file is lost or another's."""
        blocks = list(blocks)
        if not self._is_mine():
            return blocks
        with open(self.path, "rb") as file:
            return [block for block in blocks if not self._is_whole(file.fileno(), block)]

    def _is_whole(self, handle: int, block: Block) -> bool:
        checksum, offset, left = 0, self._offset(block.start), block.rows * self.dim * 4
        while left:
            piece = os.pread(handle, min(left, 1 << 22), offset)
            if not piece:
                return False
            checksum, offset, left = zlib.crc32(piece, checksum), offset + len(piece), left - len(piece)
        return checksum == block.checksum

    def _offset(self, row: int) -> int:
        return HEADER_BYTES + row * self.dim * 4

    def _header(self) -> bytes:
        about = json.dumps({"version": VERSION, "space": self.space, "dim": self.dim}).encode()
        return (MAGIC + about + b"\n").ljust(HEADER_BYTES, b"\0")

    def _is_mine(self) -> bool:
        try:
            with open(self.path, "rb") as file:
                return file.read(HEADER_BYTES) == self._header()
        except FileNotFoundError:
            return False

    def _make(self) -> None:
        if self._is_mine():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place: a reader that still maps a damaged file must not have it cut under its hands.
        write_whole(self.path, self._header())


def row_file(folder: Path, space: str, segment: int, dim: int) -> RowFile:
    """The file of a space. Its folder's name is the space's, with what file systems dislike replaced."""
    safe = re.sub("[^A-Za-z0-9.-]+", "_", space).strip(".")[:60]
    marked = f"{safe}-{hashlib.sha256(space.encode()).hexdigest()[:6]}"
    return RowFile(folder / "vectors" / marked / f"rows-{segment}.f32", space, dim)


def stack(values: Sequence[np.ndarray], dim: int) -> Matrix:
    """Vectors of `(D,)` as `(n, D) float32`."""
    return np.stack(values).astype(np.float32, copy=False) if values else np.zeros((0, dim), np.float32)


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
