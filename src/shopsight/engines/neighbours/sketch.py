"""A quarter of the bytes: rows as 8-bit integers, with a proven bound on how wrong a cosine from them can be.

For a row x, its rounded form x' and a query q with rounded form q', Cauchy and Schwarz give

    |q.x - q'.x'|  <=  |q - q'| |x|  +  |q'| |x - x'|

and both lengths of error are known, so whoever keeps every row within the bound of the best loses none. The integer
products run in ONNX Runtime, whose kernels use the dot-product instructions that numpy has no way to reach.
"""

from __future__ import annotations

import os
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from shopsight.types import Matrix, Vector

BLOCK_ROWS = 16_384
_ROW_STEPS = 127
# The query stays within 7 bits: two products of 8 x 8 bits could overflow the 16-bit sums of older processors.
_QUERY_STEPS = 63
_QUERY_ZERO = 64
_FLOAT_SLACK = 1e-4
"""Far more than float32 can lose over a few thousand dimensions."""

Origin = tuple[str, int, int, int]


class Sketch:
    """The rows of one matrix `(N, D)` in 8 bits. Made once; the matrix must not change afterwards."""

    def __init__(self, matrix: Matrix, old: Sketch | None = None) -> None:
        """`old` lends its blocks where `matrix` is its matrix with rows appended."""
        self._matrix, self._rows, self._origin = weakref.ref(matrix), len(matrix), _origin(matrix)
        kept: list[Block] = old.blocks[: old._rows // BLOCK_ROWS] if old and old.continues(matrix) else []
        starts = range(len(kept) * BLOCK_ROWS, len(matrix), BLOCK_ROWS)
        self.blocks: list[Block] = kept + [Block(np.asarray(matrix[start : start + BLOCK_ROWS])) for start in starts]
        self._error = max(block.error for block in self.blocks)
        self._length = max(block.length for block in self.blocks)

    def shows(self, matrix: Matrix) -> bool:
        return self._matrix() is matrix

    def continues(self, matrix: Matrix) -> bool:
        """Whether a matrix is this one with rows appended: a longer map of the same file, the first rows unchanged."""
        if self._origin is None or _origin(matrix) != self._origin or len(matrix) < self._rows:
            return False
        firsts = (matrix[place * BLOCK_ROWS] for place in range(len(self.blocks)))
        return all(np.array_equal(first, block.first) for first, block in zip(firsts, self.blocks, strict=True))

    def cosines(self, query: Vector, pool: ThreadPoolExecutor | None = None) -> tuple[NDArray[np.float32], float]:
        """Near cosines `(N,)` of a query `(D,)`, and the most that any of them is wrong. A pool shares the blocks."""
        scale = float(np.abs(query).max(initial=0)) / _QUERY_STEPS or 1.0
        steps = np.rint(query / scale)
        feed = {"query": (steps + _QUERY_ZERO).astype(np.uint8)[None]}
        cosines = np.empty(self._rows, np.float32)

        def fill(place: int) -> None:
            self.blocks[place].fill(cosines[place * BLOCK_ROWS : (place + 1) * BLOCK_ROWS], feed, scale)

        list((pool.map if pool and len(self.blocks) > 1 else map)(fill, range(len(self.blocks))))
        return cosines, self._bound(query, steps * scale)

    def _bound(self, query: Vector, rounded: NDArray[np.floating[Any]]) -> float:
        lost = float(np.linalg.norm(query - rounded)) * self._length + float(np.linalg.norm(rounded)) * self._error
        return lost + _FLOAT_SLACK * float(np.linalg.norm(query)) * self._length


class Block:
    """Some rows in 8 bits. `error` and `length` are the longest of `|x - x'|` and `|x|`; `first` is the first row."""

    def __init__(self, rows: Matrix) -> None:
        self.first = rows[0].copy()
        self._scales = np.maximum(np.abs(rows).max(axis=1), np.float32(1e-30)) / np.float32(_ROW_STEPS)
        steps = np.rint(rows / self._scales[:, None])
        self.error = _longest(rows - steps * self._scales[:, None])
        self.length = _longest(rows)
        self._product = _product_session(cv2.transpose(steps.astype(np.int8)))

    def fill(self, cosines: NDArray[np.float32], feed: dict[str, NDArray[np.uint8]], scale: float) -> None:
        sums = self._product.run(None, feed)[0][0]
        np.multiply(sums.astype(np.float32), self._scales * np.float32(scale), out=cosines)


def _longest(rows: NDArray[np.floating[Any]]) -> float:
    return float(np.sqrt(np.einsum("ij,ij->i", rows, rows).max()))


def _origin(matrix: Matrix) -> Origin | None:
    """Which rows of which file a memory map shows; None for what lies in memory only."""
    if not isinstance(matrix, np.memmap) or not isinstance(matrix.filename, (str, os.PathLike)):
        return None
    if isinstance(matrix.base, np.memmap):
        return None  # A slice of a map does not say where in the file it begins.
    return os.fspath(matrix.filename), os.stat(matrix.filename).st_ino, matrix.offset, matrix.shape[1]


def _product_session(columns: NDArray[np.int8]) -> onnxruntime.InferenceSession:
    """A session that multiplies a query `(1, D) uint8` with `(D, N) int8` into `(1, N) int32`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(_product_model(columns), options, providers=["CPUExecutionProvider"])


def _product_model(columns: NDArray[np.int8]) -> bytes:
    """The ONNX model `sums = MatMulInteger(query, columns, zero)`, spelt out so that plain installs need no `onnx`."""
    float_type = {"uint8": 2, "int8": 3, "int32": 6}

    def constant(name: bytes, values: NDArray[Any]) -> bytes:
        dims = b"".join(_number(1, size) for size in values.shape)
        return dims + _number(2, float_type[values.dtype.name]) + _bytes(8, name) + _bytes(9, values.tobytes())

    def port(name: bytes, kind: str, width: int) -> bytes:
        shape = b"".join(_bytes(1, _number(1, size)) for size in (1, width))
        return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, float_type[kind]) + _bytes(2, shape)))

    names = b"".join(_bytes(1, name) for name in (b"query", b"columns", b"zero"))
    graph = _bytes(1, names + _bytes(2, b"sums") + _bytes(4, b"MatMulInteger")) + _bytes(2, b"products")
    graph += _bytes(5, constant(b"columns", columns)) + _bytes(5, constant(b"zero", np.array(_QUERY_ZERO, np.uint8)))
    graph += _bytes(11, port(b"query", "uint8", columns.shape[0])) + _bytes(
        12, port(b"sums", "int32", columns.shape[1])
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _number(2, 13))


def _number(field: int, value: int) -> bytes:
    """A protobuf integer field."""
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    """A protobuf field of bytes, text or a message."""
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
