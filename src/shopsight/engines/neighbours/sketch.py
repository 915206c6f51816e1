"""A quarter of the bytes: rows as 8-bit integers, with a proven bound on how wrong a cosine from them can be.

For a row x, its rounded form x' and a query q with rounded form q', Cauchy and Schwarz give

    |q.x - q'.x'|  <=  |q - q'| |x|  +  |q'| |x - x'|

and both lengths of error are known, so whoever keeps every row within the bound of the best loses none. The integer
products run in ONNX Runtime, whose kernels use the dot-product instructions that numpy has no way to reach.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from shopsight.types import Matrix, Vector

BLOCK_ROWS = 32_768
_ROW_STEPS = 127
# The query stays within 7 bits: two products of 8 x 8 bits could overflow the 16-bit sums of older processors.
_QUERY_STEPS = 63
_QUERY_ZERO = 64
_FLOAT_SLACK = 1e-4
"""Far more than float32 can lose over a few thousand dimensions."""


class Sketch:
    """The rows of one matrix `(N, D)` in 8 bits. Made once; the matrix must not change afterwards."""

    def __init__(self, matrix: Matrix, threads: int) -> None:
        self._rows, self._dim = matrix.shape
        self._scales = np.empty(self._rows, np.float32)
        self._error = self._length = 0.0
        self._blocks = [self._block(matrix, start) for start in range(0, self._rows, BLOCK_ROWS)]
        self._pool = ThreadPoolExecutor(threads, "sketch") if threads > 1 and len(self._blocks) > 1 else None

    def cosines(self, query: Vector) -> tuple[NDArray[np.float32], float]:
        """Near cosines `(N,)` of a query `(D,)`, and the most that any of them is wrong."""
        scale = float(np.abs(query).max(initial=0)) / _QUERY_STEPS or 1.0
        steps = np.rint(query / scale)
        feed = {"query": (steps + _QUERY_ZERO).astype(np.uint8)[None]}
        cosines = np.empty(self._rows, np.float32)

        def fill(place: int) -> None:
            block = slice(place * BLOCK_ROWS, (place + 1) * BLOCK_ROWS)
            sums = self._blocks[place].run(None, feed)[0][0]
            np.multiply(sums.astype(np.float32), self._scales[block] * np.float32(scale), out=cosines[block])

        list((self._pool.map if self._pool else map)(fill, range(len(self._blocks))))
        return cosines, self._bound(query, steps * scale)

    def _bound(self, query: Vector, rounded: NDArray[np.floating[Any]]) -> float:
        lost = float(np.linalg.norm(query - rounded)) * self._length + float(np.linalg.norm(rounded)) * self._error
        return lost + _FLOAT_SLACK * (1 + float(np.linalg.norm(query)) * self._length)

    def _block(self, matrix: Matrix, start: int) -> onnxruntime.InferenceSession:
        rows = np.asarray(matrix[start : start + BLOCK_ROWS])
        scales = np.maximum(np.abs(rows).max(axis=1), np.float32(1e-30)) / np.float32(_ROW_STEPS)
        steps = np.rint(rows / scales[:, None])
        errors = rows - steps * scales[:, None]
        self._scales[start : start + len(rows)] = scales
        self._error = max(self._error, float(np.sqrt(np.einsum("ij,ij->i", errors, errors).max())))
        self._length = max(self._length, float(np.sqrt(np.einsum("ij,ij->i", rows, rows).max())))
        return _product_session(cv2.transpose(steps.astype(np.int8)))


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
