"""How well "not a product I know" is told, on photos that nothing was trained or fitted on. `-rP` shows the table.

Known are catalogue photos of kinds that the engine was taught; unknown are house fronts, faces, goods of other kinds.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from shopsight.engines import load
from shopsight.images.decode import decode
from shopsight.recognise.known import is_known, known_chance
from shopsight.types import Sight

pytestmark = [pytest.mark.data, pytest.mark.timeout(600)]
TAUGHT = frozenset({"Topwear", "Bottomwear", "Shoes", "Bags", "Dress", "Headwear", "Scarves", "Sandal", "Flip Flops"})
EACH = 120


@pytest.fixture(scope="module", params=["shop.lite0", "shop.lite0-int8"])
def engine(request: pytest.FixtureRequest) -> object:
    return load(request.param, threads=1)


@pytest.fixture(scope="module")
def looks(engine: object, shared_data: Path) -> dict[str, list[Sight]]:
    with (shared_data / "fashion-products" / "styles.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    folder = shared_data / "fashion-products" / "images"
    goods = {row["id"]: row["subCategory"] for row in rows if (folder / f"{row['id']}.jpg").is_file()}
    photos: dict[str, Sequence[Path]] = {
        "taught": [folder / f"{sku}.jpg" for sku, kind in goods.items() if kind in TAUGHT],
        "other goods": [folder / f"{sku}.jpg" for sku, kind in goods.items() if kind not in TAUGHT],
        "houses": sorted((shared_data / "houses").rglob("*.jpg")),
        "faces": sorted((shared_data / "fairface").glob("*.jpg")),
    }
    spread = {sort: paths[:: max(1, len(paths) // EACH)][:EACH] for sort, paths in photos.items()}
    return {sort: engine.see([decode(p.read_bytes()) for p in paths]) for sort, paths in spread.items()}  # type: ignore[attr-defined]


def test_known_products_are_told_from_the_rest(engine: object, looks: dict[str, list[Sight]]) -> None:
    space, parts = engine.space, engine.parts  # type: ignore[attr-defined]
    chances = {sort: [known_chance(s, space, parts) for s in seen] for sort, seen in looks.items()}
    alone = {sort: [s.categories[0].score for s in seen] for sort, seen in looks.items()}
    said = {sort: float(np.mean([is_known(s, space, parts) for s in seen])) for sort, seen in looks.items()}
    table = {sort: auroc(chances["taught"], chances[sort]) for sort in chances if sort != "taught"}
    plain = {sort: auroc(alone["taught"], alone[sort]) for sort in table}
    for sort in table:
        print(f"{sort:12} AUROC {table[sort]:.3f} (best chance alone {plain[sort]:.3f}), called known {said[sort]:.2f}")
    print(f"{'taught':12} called known {said['taught']:.2f}")
    assert table["houses"] >= 0.98
    assert table["faces"] >= 0.95
    assert table["other goods"] > plain["other goods"]
    assert said["taught"] >= 0.85
    assert said["houses"] <= 0.05


def auroc(known: list[float], unknown: list[float]) -> float:
    return float(roc_auc_score([1] * len(known) + [0] * len(unknown), known + unknown))
