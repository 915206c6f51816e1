"""How well does the engine see? On real photos, none of which it learned from.

    python -m benchmarks.accuracy --data DATA [--engine shop.lite0]

`DATA` holds `clothing/`, `ccp/` and `fashion-products/`. Precision at 10: how many of the ten nearest others share the
label, over photos whose label at least eleven have. Recall at 1: an altered photo finds its original first among all
photos of the three folders. Top-1: the ten main classes of `clothing/`, photos of senders never trained on.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from shopsight.engines import load
from shopsight.images.alter import ALTERATIONS
from shopsight.images.decode import decode
from shopsight.protocols import Embedder
from shopsight.types import Pixels, Sight

HELD_OUT = Path(__file__).resolve().parents[1] / "training" / "lite0" / "held_out.txt"
MAIN = ("T-Shirt", "Longsleeve", "Pants", "Shoes", "Shirt", "Dress", "Outwear", "Shorts", "Hat", "Skirt")


def read(path: Path) -> Pixels:
    return decode(path.read_bytes(), name=path.name)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def look(engine: Embedder, paths: Sequence[Path]) -> list[Sight]:
    """Looks at the photos a few at a time, so that memory does not grow with their number."""
    return [s for i in range(0, len(paths), 16) for s in engine.see([read(p) for p in paths[i : i + 16]])]


def vectors(sights: Iterable[Sight]) -> np.ndarray:
    return np.stack([s.values for s in sights])


def precision_at(matrix: np.ndarray, labels: Sequence[str], k: int = 10) -> float:
    """Mean share of the k nearest others with the same label, over labels that more than k photos have."""
    names, counts = np.unique(labels, return_counts=True)
    asked = np.flatnonzero(np.isin(labels, names[counts > k]))
    cos = matrix[asked] @ matrix.T
    cos[np.arange(len(asked)), asked] = -2
    nearest = np.argsort(-cos, axis=1, kind="stable")[:, :k]
    at = np.asarray(labels)
    return float((at[nearest] == at[asked][:, None]).mean())


def products(engine: Embedder, data: Path) -> tuple[list[Path], np.ndarray, dict[str, float]]:
    """The catalogue photos, their vectors, and precision for type and colour in one and the same ranking."""
    rows = read_table(data / "fashion-products" / "styles.csv")
    paths = [data / "fashion-products" / "images" / f"{row['id']}.jpg" for row in rows]
    seen = vectors(look(engine, paths))
    figures = {"type_precision_at_10": precision_at(seen, [r["articleType"] for r in rows])}
    figures["colour_precision_at_10"] = precision_at(seen, [r["baseColour"] for r in rows])
    for part, where in engine.parts.items():
        figures[f"type_precision_at_10_{part}_only"] = precision_at(seen[:, where], [r["articleType"] for r in rows])
        figures[f"colour_precision_at_10_{part}_only"] = precision_at(seen[:, where], [r["baseColour"] for r in rows])
    return paths, seen, figures


def altered_recall(
    engine: Embedder, paths: Sequence[Path], gallery: np.ndarray, asked: Sequence[int]
) -> dict[str, float]:
    """Share of altered photos that find their original first, per alteration and over all; `gallery` is `(N, D)`."""
    found: dict[str, float] = {}
    for name, alter in ALTERATIONS.items():
        right = 0
        for i in asked:
            sight = engine.see([alter(read(paths[i]), i)])[0]
            right += int(np.argmax(gallery @ sight.values)) == i
        found[name] = right / len(asked)
    return found | {"all": float(np.mean(list(found.values()))), "queries": len(asked) * len(ALTERATIONS)}


def held_out_top1(engine: Embedder, data: Path, every: int = 1) -> dict[str, float]:
    """Top-1 and calibration error on photos of senders never trained on; the answer is one of all labels."""
    held = set(HELD_OUT.read_text().split())
    rows = [r for r in read_table(data / "clothing" / "images.csv") if r["image"] in held]
    rows = [r for r in rows if r["label"] in MAIN][::every]
    sights = look(engine, [data / "clothing" / "images" / f"{r['image']}.jpg" for r in rows])
    truth = np.array([r["label"] for r in rows])
    top = np.array([s.categories[0].label for s in sights])
    sure = np.array([s.categories[0].score for s in sights])
    among = np.array([next((f.label for f in s.categories if f.label in MAIN), "") for s in sights])
    which = np.minimum((sure * 15).astype(int), 14)
    bins = [which == b for b in set(which)]
    error = sum(abs(sure[b].mean() - (top == truth)[b].mean()) * b.mean() for b in bins)
    return {
        "photos": len(rows),
        "top1": float((top == truth).mean()),
        "top1_among_main": float((among == truth).mean()),
        "calibration_error": float(error),
    }


def measure(engine: Embedder, data: Path, every: int = 16) -> dict[str, object]:
    catalogue, seen, figures = products(engine, data)
    others = sorted((data / "clothing" / "images").glob("*.jpg")) + sorted((data / "ccp" / "photos").glob("*.jpg"))
    paths = catalogue + others
    gallery = np.vstack([seen, vectors(look(engine, others))])
    new = range(0, len(catalogue), max(1, every // 4))
    known = range(len(catalogue), len(paths), every)
    return {
        "products": figures,
        "gallery_photos": len(paths),
        "altered_never_trained_on": altered_recall(engine, paths, gallery, new),
        "altered_others": altered_recall(engine, paths, gallery, known),
        "held_out": held_out_top1(engine, data),
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--engine", default="shop.lite0")
    p.add_argument("--every", type=int, default=16, help="ask with every so-manieth photo")
    a = p.parse_args()
    print(json.dumps(measure(load(a.engine, threads=2), a.data, a.every), indent=2))
