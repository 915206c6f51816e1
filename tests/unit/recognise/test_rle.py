"""Masks as run lengths: ours are byte for byte those of pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shopsight.errors import BadInput
from shopsight.recognise import rle

MASKS = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40))


@given(mask=MASKS)
def test_a_mask_comes_back_as_it_was(mask: np.ndarray) -> None:
    packed = rle.encode(mask)
    assert np.array_equal(rle.decode(packed), mask)
    assert np.array_equal(rle.decode({"size": packed["size"], "counts": rle.runs_of(mask)}), mask)


@given(mask=MASKS)
def test_pycocotools_writes_the_same_text(mask: np.ndarray) -> None:
    oracle = pytest.importorskip("pycocotools.mask")
    theirs = oracle.encode(np.asfortranarray(mask.astype(np.uint8)))
    mine = rle.encode(mask)
    assert mine["counts"] == theirs["counts"].decode()
    assert mine["size"] == theirs["size"]
    assert oracle.area({"size": mine["size"], "counts": mine["counts"].encode()}) == mask.sum()


def test_long_runs_fit() -> None:
    oracle = pytest.importorskip("pycocotools.mask")
    mask = np.zeros((3000, 2000), bool)
    mask[700:2500, 100:1900] = True
    mask[2999, 1999] = True
    theirs = oracle.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert rle.encode(mask)["counts"] == theirs["counts"].decode()


@given(runs=st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_any_runs_are_squeezed_and_stretched(runs: list[int]) -> None:
    assert rle.stretch(rle.squeeze(runs)) == runs


@pytest.mark.parametrize(
    "packed",
    [
        {"size": [2, 2], "counts": "13~~"},
        {"size": [2, 2], "counts": [1, 4]},
        {"size": [2, 2], "counts": [5, -1]},
        {"size": [2, 3], "counts": "13"},
        {"size": [2, 2], "counts": "\x00"},
        {"size": [2, 2], "counts": "1P"},
    ],
)
def test_what_is_no_mask_is_refused(packed: dict) -> None:
    with pytest.raises(BadInput, match="mask"):
        rle.decode(packed)
