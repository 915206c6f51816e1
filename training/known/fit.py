"""Fit "is it a product that I know?" for one engine's space.

    python training/known/fit.py --data DIR [--engine shop.lite0]

Minutes on two cores; the same seed gives the same file. `DIR` holds `clothing/` (CC0) and `ccp/`. Known are garments of
senders that the engine was not trained on, as they were taken and altered as by shoppers, and garments worn in the
street. Unknown are parts of street photos without anything worn, heads, drawn floors and walls, noise, and one colour.

A logistic regression on the shape direction; its strength of regularisation is the greatest that still tells the two
apart (AUROC 0.999 on groups that it was not fitted on). The line is where 97 % of the known are called known. Houses,
faces and other goods are never looked at here: `tests/quality/test_known_quality.py` measures on them.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from shopsight.engines import load
from shopsight.images.alter import ALTERATIONS, some_ground
from shopsight.images.decode import decode
from shopsight.recognise.known import features
from shopsight.types import Pixels

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "src" / "shopsight" / "weights" / "known.json"
HELD_OUT = ROOT / "training" / "lite0" / "held_out.txt"
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
ENOUGH, KNOWN_SHARE = 0.999, 0.97
WORN = 600
CARD = {
    "what": "the chance that a photo shows a product of a kind that the engine was taught (recognise/known.py)",
    "data": "clothing/ (CC0), the senders that training/lite0 held out; ccp/ (Apache-2.0 masks); drawn grounds",
    "licence": "Apache-2.0",
    "figures_are_of": "groups (senders, street photos) that the weights behind the figures were not fitted on",
}
Example = tuple[bool, str, Pixels]
"""Whether it is known, its group, its pixels."""


def garments(data: Path) -> Iterator[Example]:
    held_out = set(HELD_OUT.read_text().split())
    with (data / "clothing" / "images.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["image"] in held_out]
    for number, row in enumerate(rows):
        pixels = decode((data / "clothing" / "images" / f"{row['image']}.jpg").read_bytes())
        yield True, row["sender_id"], pixels
        yield True, row["sender_id"], list(ALTERATIONS.values())[number % len(ALTERATIONS)](pixels, number)


def street(data: Path, lot: np.random.Generator) -> Iterator[Example]:
    """Of each street photo one part without anything worn, the head, and the whole or one garment."""
    names = json.loads((data / "ccp" / "labels.json").read_text())
    bare = [names.index("skin"), names.index("hair")]
    worn = 0
    for path in sorted((data / "ccp" / "photos").glob("*.jpg")):
        classes = cv2.imread(str(data / "ccp" / "masks" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        pixels, group = decode(path.read_bytes()), f"ccp{path.stem}"
        for _ in range(30):
            side = int(lot.integers(min(classes.shape) // 4, min(classes.shape) * 3 // 4))
            y, x = (int(lot.integers(0, n - side + 1)) for n in classes.shape)
            if (classes[y : y + side, x : x + side] > 0).mean() < 0.02:
                yield False, group, pixels[y : y + side, x : x + side]
                break
        head = around(np.isin(classes, bare) & (np.arange(len(classes)) < len(classes) // 3)[:, None], 800)
        if head and not (np.isin(classes[head], [0, *bare], invert=True)).mean() >= 0.05:
            yield False, group, pixels[head]
        kinds = [k for k in np.unique(classes) if k and k not in bare and (classes == k).sum() > 1500]
        if worn < WORN and kinds:
            worn += 1
            part = around(classes == int(lot.choice(kinds)), 1)
            yield True, group, pixels if worn % 2 or part is None else pixels[part]


def around(mask: np.ndarray, least: int) -> tuple[slice, slice] | None:
    """The part of a photo around a mask of at least so many pixels and 30 pixels on each side."""
    ys, xs = np.where(mask)
    if len(ys) < least or min(np.ptp(ys), np.ptp(xs)) < 30:
        return None
    return slice(int(ys.min()), int(ys.max()) + 1), slice(int(xs.min()), int(xs.max()) + 1)


def nothing(lot: np.random.Generator) -> Iterator[Example]:
    for number in range(150):
        yield False, f"ground{number}", some_ground((240, 200 + number % 80), number)
    for number in range(40):
        yield False, f"noise{number}", lot.integers(0, 256, (200, 200, 3), dtype=np.uint8)
        yield False, f"plain{number}", np.full((200, 160, 3), lot.integers(0, 256, 3), np.uint8)


def look(engine: Any, examples: Iterator[Example]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features `(N, F)`, whether known `(N,)`, groups `(N,)`; a few photos are held at a time."""
    rows, known, groups = [], [], []
    batch: list[Example] = []

    def flush() -> None:
        for sight in engine.see([pixels for _, _, pixels in batch]):
            rows.append(features(sight, engine.parts))
        batch.clear()

    for example in examples:
        batch.append(example)
        known.append(example[0])
        groups.append(example[1])
        if len(batch) == 16:
            flush()
    flush()
    return np.array(rows), np.array(known), np.array(groups)


def scores_of_strangers(strength: float, rows: np.ndarray, known: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The log-odds of each example by a model that was fitted without its group."""
    scores = np.zeros(len(known))
    for fitted, held in GroupKFold(5).split(rows, known, groups):
        scores[held] = model(strength).fit(rows[fitted], known[fitted]).decision_function(rows[held])
    return scores


def model(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=5000, class_weight="balanced")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--engine", default="shop.lite0")
    options = parser.parse_args()
    lot = np.random.default_rng(0)
    engine = load(options.engine, threads=1)

    def examples() -> Iterator[Example]:
        yield from garments(options.data)
        yield from street(options.data, lot)
        yield from nothing(lot)

    rows, known, groups = look(engine, examples())
    for strength in STRENGTHS:
        scores = scores_of_strangers(strength, rows, known, groups)
        auroc = float(roc_auc_score(known, scores))
        print(f"C {strength}: AUROC {auroc:.4f}", file=sys.stderr)
        if auroc >= ENOUGH:
            break
    fitted = model(strength).fit(rows, known)
    line = float(np.quantile(scores[known], 1 - KNOWN_SHARE))
    record = {
        **CARD,
        "made_by": f"python training/known/fit.py --data DIR --engine {options.engine}",
        "weights": [round(float(w), 5) for w in fitted.coef_[0]],
        "bias": round(float(fitted.intercept_[0]), 5),
        "line": round(float(1 / (1 + np.exp(-line))), 4),
        "figures": {
            "known": int(known.sum()),
            "unknown": int((~known).sum()),
            "auroc": round(auroc, 4),
            "known_called_known": KNOWN_SHARE,
            "unknown_called_unknown": round(float((scores[~known] < line).mean()), 4),
        },
    }
    kept = json.loads(WEIGHTS.read_text()) if WEIGHTS.is_file() else {}
    WEIGHTS.write_text(json.dumps(dict(sorted((kept | {engine.space: record}).items())), indent=1) + "\n")
    print(json.dumps(record["figures"] | {"line": record["line"]}, indent=2))


if __name__ == "__main__":
    main()
