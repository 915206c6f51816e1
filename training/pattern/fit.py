"""Fit the pattern model: prints the table that `images/pattern.py` holds, and how right it is on photos it never saw.

    python training/pattern/fit.py --data DIR

`labels.csv` names the pattern of 214 photos of `clothing/` (CC0), labelled by eye on contact sheets; doubtful ones were
left out. Drawn cloth of every pattern, folded, quilted, ribbed and blurred, is added with a small weight.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, confusion_matrix
from sklearn.model_selection import StratifiedKFold

from shopsight.engines import load
from shopsight.images.decode import decode
from shopsight.images.drawing.cloth import COLOURS, Dye
from shopsight.images.pattern import PATTERNS, describe_cloth
from shopsight.types import Pixels

SIDE_PX, DRAWN_EACH = 224, 60
DRAWN_WEIGHT, PHOTO_WEIGHT, STRENGTH = 0.3, 3.0, 0.3
STYLES = {
    "striped": ("", "vertical", "diagonal"),
    "checked": ("", "window", "gingham", "tartan"),
    "printed": ("flowers", "leaves", "confetti", "waves", "hearts", "stars", "camo"),
}
KINDS = {"plain": "plain", "striped": "stripes", "checked": "checks", "dotted": "dots", "printed": "print"}
Numbers = list[float]


def read_photos(data: Path) -> tuple[list[Numbers], list[str]]:
    """Numbers and labels of the photos, the product cut out by the engine's own mask."""
    engine, rows, labels = load("shop.lite0", threads=1), [], []
    with (Path(__file__).parent / "labels.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            pixels = decode((data / "clothing" / "images" / f"{row['image']}.jpg").read_bytes())
            small = np.asarray(cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)
            numbers = describe_cloth(small, engine.see([pixels])[0].mask)
            if numbers is not None:
                rows.append(list(numbers.values()))
                labels.append(row["pattern"])
    return rows, labels


def draw_cloth(lot: np.random.Generator) -> Iterator[tuple[str, Pixels, np.ndarray]]:
    """Label, pixels and mask of drawn pieces: garment-shaped and folded, and flat ones with a motif on the chest."""
    names = list(COLOURS.values())
    for label in PATTERNS:
        for _ in range(DRAWN_EACH):
            y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32) / SIDE_PX * 2 - 1
            turn = lot.normal(0, 0.25)
            u, v = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
            u, v = u + 0.05 * np.sin(y * lot.uniform(1, 4)), v + 0.05 * np.sin(x * lot.uniform(1, 4))
            colours = tuple(names[i] for i in lot.choice(len(names), 3, replace=False))
            styles = STYLES.get(label, ("",))
            scale = lot.uniform(0.3, 0.8) if label == "printed" else float(np.exp(lot.uniform(-2.8, -1.2)))
            style, seed = styles[int(lot.integers(len(styles)))], int(lot.integers(99))
            dye = Dye(KINDS[label], colours, scale, lot.uniform(0.25, 0.6), seed, style)
            piece = _fold(
                _motif(dye.paint(u, v), lot) if label == "printed" and seed % 3 == 0 else dye.paint(u, v), lot
            )
            mask = _garment(lot)
            yield label, np.where(mask[..., None], piece, lot.integers(200, 256)).astype(np.uint8), mask
    whole = np.ones((SIDE_PX, SIDE_PX), bool)
    for _ in range(DRAWN_EACH):
        flat = np.full((SIDE_PX, SIDE_PX, 3), names[int(lot.integers(len(names)))], np.float32)
        for label, picture in (("plain", flat), ("printed", _motif(flat.copy(), lot))):
            noisy = picture + lot.normal(0, lot.uniform(0, 3), picture.shape)
            yield label, np.clip(noisy, 0, 255).astype(np.uint8), whole


def _motif(picture: np.ndarray, lot: np.random.Generator) -> np.ndarray:
    names = list(COLOURS.values())
    for _ in range(int(lot.integers(1, 5))):
        colour = tuple(int(c) for c in names[int(lot.integers(len(names)))])
        x, y = (int(c) for c in lot.integers(70, 150, 2))
        radius = int(lot.integers(12, 50))
        if lot.random() < 0.5:
            cv2.circle(picture, (x, y), radius, colour, -1)
        else:
            cv2.rectangle(picture, (x - radius, y - radius // 3), (x + radius, y + radius // 3), colour, -1)
    return picture


def _fold(picture: np.ndarray, lot: np.random.Generator) -> np.ndarray:
    """Folds, quilting or ribs, noise and blur."""
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] / SIDE_PX
    light = np.ones((SIDE_PX, SIDE_PX))
    for _ in range(int(lot.integers(0, 6))):
        turn = lot.uniform(0, np.pi)
        far = (x * np.cos(turn) + y * np.sin(turn) - lot.uniform(0, 1)) / lot.uniform(0.01, 0.1)
        light -= lot.uniform(-0.25, 0.3) * np.exp(-(far**2))
    kind = lot.random()
    if kind < 0.25:
        light *= 1 - lot.uniform(0.1, 0.35) * np.abs(np.sin(np.pi * y / lot.uniform(0.06, 0.2))) ** lot.uniform(2, 8)
    elif kind < 0.45:
        light *= 1 - lot.uniform(0.05, 0.2) * (0.5 + 0.5 * np.sin(2 * np.pi * x / lot.uniform(0.015, 0.05)))
    lit = picture * np.clip(light, 0.2, 1.3)[..., None] + lot.normal(0, lot.uniform(0, 4), (SIDE_PX, SIDE_PX, 1))
    lit = cv2.GaussianBlur(lit, (0, 0), lot.uniform(0.4, 1.2)) if lot.random() < 0.5 else lit
    return np.clip(lit, 0, 255)


def _garment(lot: np.random.Generator) -> np.ndarray:
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    shirt = [[30, 40], [80, 20], [144, 20], [194, 40], [200, 90], [170, 95], [170, 205], [54, 205], [54, 95], [24, 90]]
    cv2.fillPoly(mask, [(np.array(shirt) + lot.integers(-8, 9, (10, 2))).astype(np.int32)], 1)
    return mask > 0


def fit(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights `(patterns, numbers)` and bias `(patterns,)` for the numbers as they are."""
    middle, spread = np.average(rows, axis=0, weights=weights), rows.std(axis=0)
    model = LogisticRegression(C=STRENGTH, max_iter=5000).fit((rows - middle) / spread, labels, sample_weight=weights)
    order = [list(model.classes_).index(label) for label in PATTERNS]
    slopes = model.coef_[order] / spread
    return slopes, model.intercept_[order] - slopes @ middle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    drawn = [(label, describe_cloth(pixels, mask)) for label, pixels, mask in draw_cloth(np.random.default_rng(0))]
    drawn_rows = np.array([list(numbers.values()) for _, numbers in drawn if numbers])
    drawn_labels = np.array([label for label, numbers in drawn if numbers])
    found, named = read_photos(data)
    rows, labels = np.array(found), np.array(named)
    said = np.empty(len(labels), object)
    strata = np.where(labels == "dotted", "printed", labels)  # too few dotted ones to spread over five folds
    for fitted, held in StratifiedKFold(5, shuffle=True, random_state=0).split(rows, strata):
        weights = np.r_[np.full(len(drawn_rows), DRAWN_WEIGHT), np.full(len(fitted), PHOTO_WEIGHT)]
        slopes, bias = fit(np.vstack([drawn_rows, rows[fitted]]), np.r_[drawn_labels, labels[fitted]], weights)
        said[held] = np.array(PATTERNS)[(rows[held] @ slopes.T + bias).argmax(axis=1)]
    right, balanced = np.mean(said == labels), balanced_accuracy_score(labels, said.astype(str))
    print(f"five-fold over {len(labels)} photos: {right:.3f} right, {balanced:.3f} balanced over the patterns")
    print(PATTERNS, confusion_matrix(labels, said.astype(str), labels=PATTERNS), sep="\n")
    weights = np.r_[np.full(len(drawn_rows), DRAWN_WEIGHT), np.full(len(rows), PHOTO_WEIGHT)]
    slopes, bias = fit(np.vstack([drawn_rows, rows]), np.r_[drawn_labels, labels], weights)
    for place, name in enumerate(next(numbers for _, numbers in drawn if numbers)):
        print(f'        "{name}": ({", ".join(f"{slope:.3f}" for slope in slopes[:, place])}),')
    print(f"BIAS = ({', '.join(f'{b:.3f}' for b in bias)})")


if __name__ == "__main__":
    main()
