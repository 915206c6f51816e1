"""The published basket data, read as its authors wrote it."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from shopsight.insight.rules import pack_baskets
from shopsight.types import Baskets


def read_groceries(shared_data: Path) -> Baskets:
    """arules' Groceries: 9,835 baskets of 169 items, called by number."""
    with gzip.open(shared_data / "groceries" / "Groceries.data.gz", "rt") as text:
        table = np.loadtxt(text, dtype=int) > 0
    starts = np.concatenate([[0], table.sum(axis=1).cumsum()]).astype(np.int64)
    return Baskets(starts, np.nonzero(table)[1].astype(np.int32), tuple(map(str, range(table.shape[1]))))


def read_fimi(path: Path) -> Baskets:
    """One basket a line, numbers by blanks."""
    with gzip.open(path, "rt") as text:
        return pack_baskets(line.split() for line in text)
