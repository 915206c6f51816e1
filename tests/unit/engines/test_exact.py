"""Exact search: the same answer as a plain search in double precision, whatever way was taken to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.engines.neighbours import sketch
from shopsight.engines.neighbours.exact import Exact
from shopsight.engines.neighbours.sketch import BLOCK_ROWS, Block, Sketch
from shopsight.testing.neighbours import draw_rows


def frozen(matrix: np.ndarray) -> np.ndarray:
    matrix.flags.writeable = False
    return matrix


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(1, 9000),
    dim=st.integers(1, 80),
    k=st.integers(1, 200),
    share=st.floats(0, 1),
    seed=st.integers(0, 999),
)
def test_every_way_gives_the_true_answer(rows: int, dim: int, k: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = draw_rows(rows, dim, seed)
    matrix[rng.integers(0, rows, rows // 10)] = matrix[0]
    query = matrix[rng.integers(rows)] if seed % 2 else draw_rows(1, dim, seed + 1)[0]
    allowed = rng.random(rows) < share
    truth = (matrix.astype(np.float64) * query.astype(np.float64)).sum(axis=1).astype(np.float32)
    expected = [row for row in np.argsort(-truth, kind="stable") if allowed[row]][:k]
    plain, quick = Exact(threads=1), Exact(threads=2)
    still = frozen(matrix.copy())
    quick.prepare(still)
    for found, cosines in (plain.nearest(matrix, query, k, allowed), quick.nearest(still, query, k, allowed)):
        assert found.tolist() == expected
        assert cosines.tolist() == truth[expected].tolist()


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 400), dim=st.integers(1, 300), scale=st.sampled_from([1e-3, 1, 50]), seed=st.integers(0, 99))
def test_the_bound_of_a_sketch_holds(rows: int, dim: int, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = (rng.normal(size=(rows, dim)) ** 3 * scale).astype(np.float32)
    query = rng.standard_t(2, dim).astype(np.float32)
    near, bound = Sketch(matrix).cosines(query)
    truth = matrix.astype(np.float64) @ query.astype(np.float64)
    assert np.abs(near - truth).max() <= bound


def test_the_largest_products_do_not_overflow() -> None:
    matrix, query = np.ones((40, 512), np.float32), np.ones(512, np.float32)
    matrix[1::2] = -1
    near, _ = Sketch(matrix).cosines(query)
    np.testing.assert_allclose(near, 512 * matrix[:, 0], rtol=1e-6)


def test_the_hand_written_model_is_valid_onnx() -> None:
    onnx = pytest.importorskip("onnx", reason="the extra 'train' is not installed")
    model = onnx.load_from_string(sketch._product_model(np.ones((3, 200), np.int8)))
    onnx.checker.check_model(model, full_check=True)


class TestAGrowingFile:
    """The catalogue maps one file that grows: what was sketched before is not sketched again."""

    @pytest.fixture
    def built(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        sizes: list[int] = []

        class Counted(Block):
            def __init__(self, rows: np.ndarray) -> None:
                sizes.append(len(rows))
                super().__init__(rows)

        monkeypatch.setattr(sketch, "Block", Counted)
        return sizes

    @staticmethod
    def save(path: Path, matrix: np.ndarray) -> None:
        with path.open("ab") as file:
            file.write(matrix.tobytes())

    @staticmethod
    def map_rows(path: Path, rows: int) -> np.ndarray:
        return np.memmap(path, np.float32, "r", 0, (rows, 16))

    def test_only_new_rows_are_sketched(self, tmp_path: Path, built: list[int]) -> None:
        path, engine = tmp_path / "rows", Exact(threads=1)
        matrix = draw_rows(BLOCK_ROWS + 900, 16)
        self.save(path, matrix[: BLOCK_ROWS + 100])
        first = self.map_rows(path, BLOCK_ROWS + 100)
        engine.prepare(first)
        self.save(path, matrix[BLOCK_ROWS + 100 :])
        second = self.map_rows(path, BLOCK_ROWS + 900)
        rows, _ = engine.nearest(second, matrix[-1], 1)
        assert rows.tolist() == [BLOCK_ROWS + 899]
        assert built == [BLOCK_ROWS, 100, 900]

    def test_another_file_of_the_same_name_is_sketched_anew(self, tmp_path: Path, built: list[int]) -> None:
        path, engine = tmp_path / "rows", Exact(threads=1)
        self.save(path, draw_rows(BLOCK_ROWS, 16, seed=1))
        engine.prepare(self.map_rows(path, BLOCK_ROWS))
        replaced = draw_rows(BLOCK_ROWS, 16, seed=2)
        self.save(tmp_path / "new", replaced)
        (tmp_path / "new").rename(path)
        second = self.map_rows(path, BLOCK_ROWS)
        for _ in range(3):
            rows, _ = engine.nearest(second, replaced[7], 1)
            assert rows.tolist() == [7]
        assert built == [BLOCK_ROWS, BLOCK_ROWS]

    def test_a_slice_of_a_map_is_not_taken_for_the_map(self, tmp_path: Path) -> None:
        path, engine = tmp_path / "rows", Exact(threads=1)
        matrix = draw_rows(3 * BLOCK_ROWS, 16)
        self.save(path, matrix)
        whole = self.map_rows(path, len(matrix))
        engine.prepare(whole[:BLOCK_ROWS])
        tail = whole[BLOCK_ROWS:]
        for _ in range(3):
            rows, _ = engine.nearest(tail, matrix[BLOCK_ROWS + 5], 1)
            assert rows.tolist() == [5]


def test_the_number_of_threads_changes_nothing() -> None:
    matrix = frozen(draw_rows(3 * BLOCK_ROWS, 24))
    answers = []
    for threads in (1, 3):
        engine = Exact(threads=threads)
        engine.prepare(matrix)
        answers.append([engine.nearest(matrix, matrix[row], 30) for row in (0, 999)])
    for one, many in zip(*answers, strict=True):
        np.testing.assert_array_equal(one[0], many[0])
        np.testing.assert_array_equal(one[1], many[1])
