"""Test pictures that the training pictures nearly hold: a score without them says what a net does with new ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shopsight.jobs.progress import Progress, silent

NEAR = 15.0
"""A test picture is a near-duplicate when a training picture differs from it by no more than this: the root of the mean
square of the differences of all 784 pixels, in grey levels of 255."""
CHUNK = 500


def nearest(
    pictures: NDArray[np.uint8], others: NDArray[np.uint8], progress: Progress = silent
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each of `pictures` `(N, 28, 28)` how far the nearest of `others` is (in grey levels, as above), and its row.

    Exact: every pair is compared.
    """
    there = others.reshape(len(others), -1).astype(np.float32)
    squares = np.einsum("ij,ij->i", there, there)
    distances, rows = np.empty(len(pictures), np.float32), np.empty(len(pictures), np.int64)
    for start in range(0, len(pictures), CHUNK):
        here = pictures[start : start + CHUNK].reshape(-1, there.shape[1]).astype(np.float32)
        apart = squares - 2 * (here @ there.T)
        found = apart.argmin(1)
        # Sums of such large squares lose their last digits; of the one pair that was chosen we want them.
        distances[start : start + CHUNK] = np.sqrt(((here - there[found]) ** 2).mean(1))
        rows[start : start + CHUNK] = found
        progress("comparing test and training pictures", min(start + CHUNK, len(pictures)), len(pictures))
    return distances, rows
