"""One hit per product, however photos crowd, and never fewer than there are."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.engines.neighbours.exact import Exact
from shopsight.search.nearest import best_per_product, nearest_products, without_part


def shelf_of(products: list[int], dim: int = 6, seed: int = 0) -> SimpleNamespace:
    """A shelf with a random row per entry; the entry is the product's number."""
    matrix = np.random.default_rng(seed).normal(size=(len(products), dim)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return SimpleNamespace(matrix=matrix, photo_ids=[str(i) for i in range(len(products))], rows_sku=np.array(products))


@settings(deadline=None, max_examples=80)
@given(
    products=st.lists(st.integers(0, 12), min_size=1, max_size=120),
    k=st.integers(1, 15),
    seed=st.integers(0, 5),
    share=st.floats(0, 1),
)
def test_it_finds_what_looking_at_every_product_finds(products: list[int], k: int, seed: int, share: float) -> None:
    shelf = shelf_of(products, seed=seed)
    lot = np.random.default_rng(seed + 1)
    query = shelf.matrix[int(lot.integers(len(products)))]
    allowed = lot.random(len(products)) < share
    near = nearest_products(Exact(), shelf, query, k, allowed)
    cosines = shelf.matrix @ query
    best = {
        p: max(cosines[i] for i, q in enumerate(products) if q == p and allowed[i])
        for p in set(np.array(products)[allowed])
    }
    expected = sorted(best.values(), reverse=True)[:k]
    assert len(near) == len(set(near.products.tolist())) == min(k, len(best))
    assert np.allclose(near.cosines, expected, atol=1e-6)
    assert all(allowed[row] and products[row] == product for row, product in zip(near.rows, near.products, strict=True))


def test_a_product_with_hundreds_of_photos_does_not_crowd_out_the_others() -> None:
    shelf = shelf_of([0] * 500 + [1, 2, 3])
    query = shelf.matrix[0].copy()
    shelf.matrix[:500] = query
    near = nearest_products(Exact(), shelf, query, 4)
    assert sorted(near.products.tolist()) == [0, 1, 2, 3]
    assert near.products[0] == 0


def test_an_empty_shelf_gives_nothing() -> None:
    shelf = SimpleNamespace(matrix=np.empty((0, 4), np.float32), photo_ids=[], rows_sku=np.empty(0, np.int32))
    assert len(nearest_products(Exact(), shelf, np.ones(4, np.float32) / 2, 3)) == 0


def test_each_product_keeps_its_first_row() -> None:
    near = best_per_product(
        np.array([4, 1, 3, 0]), np.array([0.9, 0.8, 0.7, 0.6], np.float32), np.array([7, 5, 9, 5, 5])
    )
    assert near.products.tolist() == [5, 7]
    assert near.rows.tolist() == [4, 0]


def test_a_query_without_its_colour_has_length_one_and_no_colour() -> None:
    query = np.array([0.6, 0.0, 0.8], np.float32)
    bent = without_part(query, slice(2, 3))
    assert bent.tolist() == [1.0, 0.0, 0.0]
    assert without_part(bent, slice(0, 2)) is bent  # nothing would be left
    assert np.linalg.norm(bent) == pytest.approx(1)
