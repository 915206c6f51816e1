"""How much it helps to cut a cluttered photo to the product that is meant, as `benchmarks/clutter.py` measures it.

A smaller shop and fewer questions than there, of the same making. `-rP` shows the figures.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.clutter import measure

pytestmark = [pytest.mark.data, pytest.mark.timeout(600)]

SOLD, ASKED = 120, 40


def test_a_cluttered_photo_finds_its_product_far_more_often_when_cut(shared_data: Path) -> None:
    found = measure(shared_data, ASKED, SOLD)
    print(json.dumps(found, indent=2))
    assert (found["products"], found["questions"]) == (SOLD, ASKED)
    whole, cut = found["whole"], found["cut"]
    assert whole["cut"] == 0
    assert cut["cut"] > 0.2
    assert cut["recall_at_1"] >= whole["recall_at_1"] + 0.15
    assert cut["recall_at_1"] >= 0.8
    assert cut["recall_at_10"] >= whole["recall_at_10"]
