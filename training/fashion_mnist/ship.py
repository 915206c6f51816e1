"""Put the network of a run among the shipped weights, with what it reaches on photos on its card.

    shopsight train fashion-mnist --model small-cnn --data DATA/fashion-mnist --out RUN
    python training/fashion_mnist/ship.py --run RUN --clothing DATA/clothing

The photos are phone photos of clothes by many senders. Which of their labels answers to which of the ten garments is in
`photo_labels.json`; photos with other labels are left out. The garment is cut out by the mask of shop.lite0. A third of
the senders fits the temperature of the chances for photos (and chose the greys of `images/miniature.py`), the other two
thirds are asked. The network itself learns nothing from photos.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from shopsight.engines import load
from shopsight.engines.recognise.fashion_mnist import FashionMnist, soften
from shopsight.engines.record import SHIPPED
from shopsight.engines.store import hash_file
from shopsight.images.decode import decode
from shopsight.jobs.fashion_mnist.report import reliability, share
from shopsight.jobs.fashion_mnist.training import CARD, MODEL, open_run

LABELS_OF = Path(__file__).with_name("photo_labels.json")
NAME = "fashion-mnist-small"
SIDE_PX = 512


def read_photos(clothing: Path, answers: dict[str, list[str]]) -> list[tuple[str, str, Path]]:
    """Label, sender and file of every photo whose label answers to a garment."""
    with (clothing / "images.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in answers]
    return [(row["label"], row["sender_id"], clothing / "images" / f"{row['image']}.jpg") for row in rows]


def tuning_senders(senders: list[str]) -> set[str]:
    """A third of the senders, always the same."""
    known = sorted(set(senders))
    np.random.default_rng(0).shuffle(known)
    return set(known[: len(known) // 3])


def right_chance(chances: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The chance given to any of the garments that the photo's label answers to."""
    return np.asarray((chances * allowed).sum(1))


def measure_photos(engine: FashionMnist, clothing: Path, every: int = 1) -> dict[str, object]:
    """Figures on photos (every `every`th one) of senders that the temperature was not fitted on."""
    answers = json.loads(LABELS_OF.read_text("utf-8"))
    photos = read_photos(clothing, answers)
    tuning = tuning_senders([sender for _, sender, _ in photos])
    photos = photos[::every]
    seen = np.stack([engine.see(decode(path.read_bytes(), name=path.name, side_px=SIDE_PX)) for _, _, path in photos])
    scores = engine.scores(seen)
    labels = np.array([label for label, _, _ in photos])
    allowed = np.array([[garment in answers[label] for garment in engine.labels] for label in labels])
    fits = np.array([sender in tuning for _, sender, _ in photos])

    def surprise(log_temperature: float) -> float:
        chances = soften(scores[fits], float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(right_chance(chances, allowed[fits]), 1e-9)).mean())

    temperature = float(np.exp(minimize_scalar(surprise, bounds=(-2, 4), method="bounded").x))
    chances, asked = soften(scores[~fits], temperature), allowed[~fits]
    said = chances.argmax(1)
    right = asked[np.arange(len(said)), said]
    whole = share(int(right.sum()), len(right))
    bins = reliability(chances.max(1), right)
    by_label = {
        label: asdict(share(int(right[at].sum()), int(at.sum())))
        for label in answers
        if (at := labels[~fits] == label).any()
    }
    three = np.argsort(-chances, axis=1)[:, :3]
    return {
        "photo_temperature": round(temperature, 4),
        "photo_accuracy": round(whole.value, 4),
        "photo_accuracy_low": round(whole.low, 4),
        "photo_accuracy_high": round(whole.high, 4),
        "photo_rows": whole.rows,
        "photo_top3": round(float(asked[np.arange(len(said))[:, None], three].any(1).mean()), 4),
        "photo_calibration_error": round(sum(b.rows * abs(b.chance - b.right) for b in bins) / len(right), 4),
        "photo_by_label": by_label,
    }


def cutting(engine: FashionMnist) -> FashionMnist:
    """The engine as a shop has it: shop.lite0 cuts the garments out of the photos."""
    engine.embedder = load("shop.lite0", threads=1)
    return engine


def ship(run: Path, clothing: Path, into: Path) -> dict[str, object]:
    """Copy the weights and write their card; gives back the figures on photos."""
    card = json.loads((run / CARD).read_text("utf-8"))
    figures = measure_photos(cutting(open_run(run)), clothing)
    shutil.copyfile(run / MODEL, into / f"{NAME}.onnx")
    weights = into / f"{NAME}.onnx"
    card["files"] = {weights.name: {"sha256": hash_file(weights), "bytes": weights.stat().st_size}}
    card["preprocessing"]["photo_temperature"] = figures.pop("photo_temperature")
    card["photo_labels"] = json.loads(LABELS_OF.read_text("utf-8"))
    card["photo_by_label"] = figures.pop("photo_by_label")
    card["figures"] |= figures
    (into / f"{NAME}.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return {**figures, "photo_by_label": card["photo_by_label"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--clothing", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=SHIPPED)
    given = parser.parse_args()
    print(json.dumps(ship(given.run, given.clothing, given.into), indent=1))


if __name__ == "__main__":
    main()
