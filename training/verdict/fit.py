"""Fit how sure a hit is: the chances behind "found", "similar" and "nothing like it", for one engine's space.

    python training/verdict/fit.py --clothing DIR [--engine shop.lite0]

Minutes on two cores; the same seed gives the same file. Many small shops are played out with photos of `clothing/`
(CC0) whose senders the engine was not trained on. In each shop some senders' garments are on the shelf, of some
categories only. It is asked for

- garments on its shelf, altered (cropped, tilted, blurred, squeezed, darkened, moved): the hit is the product or not;
- garments of other senders in categories that it sells: the product is not there, its kind is;
- garments in categories that it does not sell, and drawn scenes without any garment: not even the kind is there.

The weights go to `src/shopsight/weights/verdict.json` under the engine's space, with figures measured on senders that
the weights were not fitted on. Nothing else is ever fitted on; `tests/quality` measures on other photos.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from shopsight.engines import load
from shopsight.images.alter import ALTERATIONS, mirror, onto, some_ground
from shopsight.protocols import Embedder
from shopsight.search.verdict import CROWD, KIND, MATCH, Evidence, kind_features, match_features, weigh
from shopsight.types import Pixels, Sight

WEIGHTS = Path(__file__).parents[2] / "src" / "shopsight" / "weights" / "verdict.json"
CARD = {
    "what": "chances that a hit is the product, and that the shop sells its kind (src/shopsight/search/verdict.py)",
    "made_by": "python training/verdict/fit.py --clothing DIR",
    "data": "clothing/ (CC0), the senders that training/lite0 held out; drawn scenes",
    "licence": "Apache-2.0",
    "figures_are_of": "senders that the weights behind the figures were not fitted on",
}
NOT_A_CLASS = ("Not sure", "Other", "Skip")
ALTERED_EACH = 3
SCENES = 300
SHOPS = 60
ASKED = 40
"""Questions of each sort that one shop is asked."""


@dataclass
class Photos:
    """Photos as an engine saw them: one sight, label and sender per photo, and sights of its altered selves.

    The photos come twice: as they were taken, and cut out on white as catalogues show them (`on_white`).
    """

    sights: list[Sight]
    altered: list[list[Sight]]
    on_white: np.ndarray
    labels: np.ndarray
    senders: np.ndarray
    scenes: list[Sight]
    parts: Mapping[str, slice]

    @property
    def matrix(self) -> np.ndarray:
        """`(N, D) float32`."""
        return np.stack([sight.values for sight in self.sights])


@dataclass
class Question:
    """One photo asked of one shop: the evidence on its nearest products, which of them is it, is its kind sold."""

    evidence: Evidence
    right: np.ndarray
    kind_is_sold: bool
    sort: str


def held_out_rows(folder: Path) -> list[dict[str, str]]:
    """The fifth of `clothing/` that `training/lite0` keeps for testing, whole senders at a time."""
    rows = [r for r in csv.DictReader((folder / "images.csv").open()) if r["label"] not in NOT_A_CLASS]
    labels, senders = [r["label"] for r in rows], [r["sender_id"] for r in rows]
    split = StratifiedGroupKFold(5, shuffle=True, random_state=0).split(labels, labels, senders)
    return [rows[i] for i in next(iter(split))[1]]


def read_rgb(path: Path) -> Pixels:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def altered(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Another shot of it: one or two of the six alterations, now and then mirrored."""
    names = rng.choice(list(ALTERATIONS), 1 + int(rng.random() < 0.4), replace=False)
    for name in names:
        pixels = ALTERATIONS[str(name)](pixels, int(rng.integers(1 << 30)))
    return mirror(pixels) if rng.random() < 0.1 else pixels


def scene(rng: np.random.Generator, side_px: int = 224) -> Pixels:
    """A drawn picture without any garment: a ground with boxes, discs, gables, windows and lines, or a bare ground."""
    picture = some_ground((side_px, side_px), int(rng.integers(1 << 30)))
    if rng.random() < 0.6:
        split = int(side_px * rng.uniform(0.3, 0.8))
        picture[:split] = some_ground((split, side_px), int(rng.integers(1 << 30)))
    for _ in range(int(rng.integers(0, 14))):
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        x, y, w, h = (int(v) for v in rng.integers(8, side_px, 4))
        match int(rng.integers(4)):
            case 0:
                cv2.rectangle(picture, (x - w // 4, y - h // 4), (x + w // 4, y + h // 4), colour, -1)
            case 1:
                cv2.ellipse(picture, (x, y), (w // 3, h // 3), 0, 0, 360, colour, -1, cv2.LINE_AA)
            case 2:
                corners = np.array([[x - w // 2, y], [x, y - h // 2], [x + w // 2, y]], np.int32)
                cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)
            case _:
                cv2.line(picture, (x, y), (w, h), colour, int(rng.integers(1, 9)), cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 2)))


def see_all(engine: Embedder, photos: Iterable[Pixels], batch: int = 16) -> list[Sight]:
    sights: list[Sight] = []
    waiting: list[Pixels] = []
    for photo in photos:
        waiting.append(photo)
        if len(waiting) == batch:
            sights += engine.see(waiting)
            waiting = []
    return sights + engine.see(waiting)


def look(engine: Embedder, folder: Path, seed: int) -> Photos:
    """Everything the fit needs, seen once."""
    rng = np.random.default_rng(seed)
    rows = held_out_rows(folder)
    taken = [read_rgb(folder / "images" / f"{row['image']}.jpg") for row in rows]
    pixels = taken + [onto(p, np.full_like(p, 255)) for p in taken]
    again = see_all(engine, (altered(p, rng) for p in pixels for _ in range(ALTERED_EACH)))
    return Photos(
        see_all(engine, pixels),
        [again[i : i + ALTERED_EACH] for i in range(0, len(again), ALTERED_EACH)],
        np.repeat([False, True], len(rows)),
        np.array([row["label"] for row in rows] * 2),
        np.array([row["sender_id"] for row in rows] * 2),
        see_all(engine, (scene(rng) for _ in range(SCENES))),
        engine.parts,
    )


def play(photos: Photos, senders: np.ndarray, shops: int, seed: int) -> list[Question]:
    """Questions asked of many small shops made of these senders' photos."""
    rng = np.random.default_rng(seed)
    matrix, questions = photos.matrix, []
    all_labels = np.unique(photos.labels)
    for shop in range(shops):
        # Every other shop shows its products on white; the absent ones that it is asked for are shown so, too.
        mine = np.isin(photos.senders, senders) & (photos.on_white == bool(shop % 2))
        sold = rng.choice(all_labels, int(rng.integers(2, len(all_labels))), replace=False)
        there = rng.choice(senders, max(1, round(len(senders) * rng.uniform(0.25, 0.75))), replace=False)
        is_sold, is_there = np.isin(photos.labels, sold), np.isin(photos.senders, there)
        shelf = np.flatnonzero(mine & is_there & is_sold)
        shelf = rng.permutation(shelf)[: int(np.exp(rng.uniform(np.log(20), np.log(2000))))]
        if len(shelf) < CROWD:
            continue
        for sort, pool in (
            ("product", shelf),
            ("kind", np.flatnonzero(mine & ~is_there & np.isin(photos.labels, photos.labels[shelf]))),
            ("other kind", np.flatnonzero(mine & ~np.isin(photos.labels, photos.labels[shelf]))),
            ("scene", np.arange(len(photos.scenes))),
        ):
            for asked in rng.permutation(pool)[: ASKED // 2 if sort == "scene" else ASKED]:
                if sort == "scene":
                    query = photos.scenes[asked]
                elif sort == "product" or rng.random() < 0.5:
                    query = photos.altered[asked][int(rng.integers(ALTERED_EACH))]
                else:
                    query = photos.sights[asked]
                questions.append(ask(photos, matrix, shelf, query, int(asked), sort))
    return questions


def ask(photos: Photos, matrix: np.ndarray, shelf: np.ndarray, query: Sight, asked: int, sort: str) -> Question:
    cosines = matrix[shelf] @ query.values
    near = shelf[np.argsort(-cosines, kind="stable")[:CROWD]]
    evidence = weigh(query, matrix[near], [photos.sights[i] for i in near], photos.parts)
    right = near == asked if sort == "product" else np.zeros(len(near), bool)
    return Question(evidence, right, sort in ("product", "kind"), sort)


def rows_for_match(questions: Sequence[Question]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features `(M, F)`, truths `(M,)`, weights `(M,)`: of each question the nearest, as heavy as the next four."""
    features = [np.stack([f[name] for name in MATCH], 1) for f in (match_features(q.evidence) for q in questions)]
    weights = [np.array([1.0] + [0.25] * (len(q.evidence) - 1)) for q in questions]
    return np.concatenate(features), np.concatenate([q.right for q in questions]), np.concatenate(weights)


def rows_for_kind(questions: Sequence[Question]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    features = [[f[name][0] for name in KIND] for f in (kind_features(q.evidence) for q in questions)]
    truths = np.array([q.kind_is_sold for q in questions])
    return np.array(features), truths, np.where(truths, 1 / truths.mean(), 1 / (1 - truths.mean()))


def fit_logistic(names: Sequence[str], rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> dict[str, Any]:
    """One logistic model as a record; a feature that this engine never gives, or always the same, is left out."""
    features, truths, weights = rows
    known = ~np.isnan(features)
    usual = np.where(known, features, 0).sum(0) / np.maximum(known.sum(0), 1)
    filled = np.where(known, features, usual)
    given = filled.std(0) > 1e-6
    scale = filled.std(0)[given]
    model = LogisticRegression(C=1.0, max_iter=1000).fit(filled[:, given] / scale, truths, weights)
    kept = [name for name, is_given in zip(names, given, strict=True) if is_given]
    return {
        "bias": round(float(model.intercept_[0]), 5),
        "weights": {n: round(float(w), 5) for n, w in zip(kept, model.coef_[0] / scale, strict=True)},
        "usual": {n: round(float(u), 5) for n, u in zip(names, usual, strict=True) if n in kept},
    }


def fit(questions: Sequence[Question], photos: Photos, space: str) -> dict[str, Any]:
    same = [float(s.values @ a.values) for s, every in zip(photos.sights, photos.altered, strict=True) for a in every]
    matrix = photos.matrix
    apart = (matrix @ matrix.T)[photos.senders[:, None] != photos.senders[None]]
    return {
        "match": fit_logistic(MATCH, rows_for_match(questions)),
        "kind": fit_logistic(KIND, rows_for_kind(questions)),
        "cosine_apart": round(float(np.median(apart)), 4),
        "cosine_same": round(float(np.median(same)), 4),
        "found_at": 0.5,
        "similar_at": 0.5,
    }


def measure(record: Mapping[str, Any], questions: Sequence[Question]) -> dict[str, float]:
    """Figures on questions that the weights were not fitted on."""
    from shopsight.search.verdict import judge_from

    judge = judge_from("", record)
    best = np.array([judge.match_chances(q.evidence)[0] for q in questions])
    right = np.array([q.right[0] for q in questions])
    sort = np.array([q.sort for q in questions])
    kind = np.array([judge.kind_chance(q.evidence) for q in questions])
    sold = np.array([q.kind_is_sold for q in questions])
    said = np.array([judge.verdict(q.evidence) for q in questions])
    product = sort == "product"
    figures = {
        f"auroc product against {s}": roc_auc_score(product[product | (sort == s)], best[product | (sort == s)])
        for s in ("kind", "other kind", "scene")
    }
    figures |= {
        "auroc product against all else": roc_auc_score(product, best),
        "recall@1": float(right[product].mean()),
        "match calibration error": calibration_error(best, right),
        "auroc kind sold": roc_auc_score(sold, kind),
        "kind calibration error": calibration_error(kind, sold),
        "said found of products": float((said[product] == "found").mean()),
        "said found of others": float((said[~product] == "found").mean()),
        "said nothing of scenes": float((said[sort == "scene"] == "nothing like it").mean()),
        "said nothing of other kinds": float((said[sort == "other kind"] == "nothing like it").mean()),
        "said nothing of products": float((said[product] == "nothing like it").mean()),
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def calibration_error(chances: np.ndarray, truths: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over bins of equal width."""
    place = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs(chances[place == b].sum() - truths[place == b].sum()) for b in range(bins)) / len(chances))


def fit_and_measure(photos: Photos, space: str, seed: int) -> dict[str, Any]:
    """Fit on all senders; measure by fitting on one half of the senders and asking about the other, both ways."""
    senders = np.random.default_rng(seed).permutation(np.unique(photos.senders))
    halves = np.array_split(senders, 2)
    figures = []
    for ours, others in (halves, halves[::-1]):
        record = fit(play(photos, ours, SHOPS, seed + 1), photos, space)
        figures.append(measure(record, play(photos, others, SHOPS, seed + 2)))
    record = fit(play(photos, senders, SHOPS, seed + 1), photos, space)
    return record | {"figures": {name: round(float(np.mean([f[name] for f in figures])), 4) for name in figures[0]}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clothing", type=Path, required=True, help="the folder with images/ and images.csv")
    parser.add_argument("--engine", default="shop.lite0", help="whose space to fit (default: shop.lite0)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    wanted = parser.parse_args()
    engine = load(wanted.engine)
    photos = look(engine, wanted.clothing, wanted.seed)
    record = fit_and_measure(photos, engine.space, wanted.seed)
    records = json.loads(wanted.out.read_text("utf-8")) if wanted.out.is_file() else {}
    name = engine.space.rpartition("/")[0]
    # Weights of an older version of this engine fit nothing any more.
    records = {space: old for space, old in records.items() if space.rpartition("/")[0] != name}
    records[engine.space] = {"engine": wanted.engine, "seed": wanted.seed, "photos": len(photos.sights)} | CARD | record
    wanted.out.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n", "utf-8")
    print(json.dumps({engine.space: record["figures"]}, indent=1))


if __name__ == "__main__":
    main()
