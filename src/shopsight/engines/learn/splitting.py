"""Who may learn and who examines: photos that belong together never stand on both sides."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


def join_groups(*ties: Sequence[Hashable]) -> Numbers:
    """A group number per row: rows that share a value of any of the `ties` (product, photo ...) are in one group.

    Each tie has a value per row; "" and None tie nothing.

    >>> join_groups(["a", "a", "b", "c"], ["x", "y", "y", ""]).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(ties[0])
    ends: list[tuple[int, int]] = []
    for tie in ties:
        first: dict[Hashable, int] = {}
        ends += [(row, first.setdefault(value, row)) for row, value in enumerate(tie) if value not in ("", None)]
    rows, columns = np.array(ends or [(0, 0)]).T
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def deal_out(classes: Numbers, groups: Numbers, folds: int, seed: int = 0) -> Numbers:
    """A fold number below `folds` per row: whole groups, every class spread as evenly as its groups allow."""
    from sklearn.model_selection import StratifiedGroupKFold

    fold = np.zeros(len(classes), np.int64)
    dealer = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # Whether a class has enough groups is our caller's to say, in words that name the cure.
        warnings.simplefilter("ignore", UserWarning)
        for number, (_, held) in enumerate(dealer.split(np.zeros((len(classes), 1)), classes, groups)):
            fold[held] = number
    return fold


def groups_of_class(classes: Numbers, groups: Numbers, labels: int) -> Numbers:
    """`(labels,)`: how many groups have a photo of each class."""
    pairs = np.unique(np.stack([classes, groups]), axis=1)
    return np.bincount(pairs[0], minlength=labels).astype(np.int64)
