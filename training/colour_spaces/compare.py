"""RGB, HSV or Lab: in which numbers does a small network learn garments best?

    python training/colour_spaces/compare.py --clothing DIR [--threads 1] [--epochs 30] [--out FILE.json]

Minutes on one core; the same seeds give the same table. The ten main classes of `clothing/` (CC0) at 64 x 64 pixels,
whole senders held out. Everything is equal between the spaces but the three numbers of a pixel: the photos, the order
in which they are shown, how they are mirrored and shifted, the first weights, the steps. Each channel is shifted and
scaled to mean 0 and spread 1 over the training photos, because a space must not win by its units.

Three seeds; each holds out another fifth of the senders, so that no photo is asked twice. The range of a difference is
a paired bootstrap over senders: two photos of one living-room floor are not two independent votes.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import torch
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold
from torch import nn
from torch.nn import functional as F

from shopsight.images.spaces import CHANNELS, to_space

MAIN = ("T-Shirt", "Longsleeve", "Pants", "Shoes", "Shirt", "Dress", "Outwear", "Shorts", "Hat", "Skirt")
SPACES = ("rgb", "hsv", "lab")
SIDE_PX = 64
BATCH = 64
SHIFT_PX = 6
DRAWS = 4000
"""Bootstrap draws of senders."""


def read(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The photos `(N, 64, 64, 3) uint8` RGB squeezed into a square, their class numbers and their senders."""
    rows = [row for row in csv.DictReader((folder / "images.csv").open()) if row["label"] in MAIN]
    photos = np.stack([_small(folder / "images" / f"{row['image']}.jpg") for row in rows])
    labels = np.array([MAIN.index(row["label"]) for row in rows])
    return photos, labels, np.array([row["sender_id"] for row in rows])


def _small(path: Path) -> np.ndarray:
    pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)


def in_space(photos: np.ndarray, space: str, train: np.ndarray) -> torch.Tensor:
    """`(N, 3, 64, 64) float32` of that space, each channel at mean 0 and spread 1 over the training photos."""
    values = np.stack([to_space(photo, space) for photo in photos])
    mean, spread = values[train].mean((0, 1, 2)), values[train].std((0, 1, 2))
    return torch.from_numpy(np.ascontiguousarray(((values - mean) / spread).transpose(0, 3, 1, 2)))


def network() -> nn.Module:
    """Four convolutions, 0.16 million weights, 64 x 64 in and ten scores out."""

    def block(inside: int, outside: int, step: int) -> list[nn.Module]:
        return [nn.Conv2d(inside, outside, 3, step, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]

    layers = [*block(3, 32, 2), *block(32, 48, 2), *block(48, 96, 2), *block(96, 128, 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(128, len(MAIN)))


def moved(batch: torch.Tensor, lot: np.random.Generator) -> torch.Tensor:
    """Mirrored by chance and shifted by a few pixels; the rim continues."""
    flip = torch.from_numpy(lot.random(len(batch)) < 0.5)
    batch = torch.where(flip[:, None, None, None], batch.flip(3), batch)
    top, left = (int(n) for n in lot.integers(0, 2 * SHIFT_PX + 1, 2))
    return F.pad(batch, (SHIFT_PX,) * 4, "replicate")[:, :, top : top + SIDE_PX, left : left + SIDE_PX]


def learn(values: torch.Tensor, labels: torch.Tensor, train: np.ndarray, seed: int, epochs: int) -> nn.Module:
    """A network after `epochs` (AdamW, one cycle); the seed fixes its first weights and every order."""
    torch.manual_seed(seed)
    lot, net = np.random.default_rng(seed), network().to(memory_format=torch.channels_last)
    steps = epochs * (len(train) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.02)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=steps, pct_start=0.25)
    net.train()
    for _ in range(epochs):
        order = lot.permutation(train)
        for start in range(0, len(order) - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            shown = moved(values[rows], lot).to(memory_format=torch.channels_last)
            loss = F.cross_entropy(net(shown), labels[rows], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            pace.step()
    return net.eval()


@torch.inference_mode()
def guess(net: nn.Module, values: torch.Tensor) -> np.ndarray:
    """`(N,) int`: the best class of a photo, its mirror image asked too."""
    parts = [(net(part) + net(part.flip(3))).argmax(1) for part in values.split(256)]
    return torch.cat(parts).numpy()


def fold(labels: np.ndarray, senders: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and held-out rows: fifth number `seed` of the senders, classes in proportion."""
    split = StratifiedGroupKFold(5, shuffle=True, random_state=0).split(labels, labels, senders)
    return list(split)[seed]


def paired_range(right: np.ndarray, other: np.ndarray, senders: np.ndarray) -> tuple[float, float, float]:
    """Mean of `right - other` over photos, and its 95 % range when senders are drawn again with replacement."""
    names, at = np.unique(senders, return_inverse=True)
    gain = np.bincount(at, right.astype(float) - other.astype(float))
    count = np.bincount(at)
    drawn = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
    means = gain[drawn].sum(1) / count[drawn].sum(1)
    return float(gain.sum() / count.sum()), *map(float, np.quantile(means, (0.025, 0.975)))


def compare(folder: Path, seeds: int, epochs: int) -> dict:
    """Train every space with every seed, and set the right answers side by side."""
    photos, labels, senders = read(folder)
    truth, runs = torch.from_numpy(labels), []
    right: dict[str, list[np.ndarray]] = {space: [] for space in SPACES}
    asked: list[np.ndarray] = []
    for seed in range(seeds):
        train, test = fold(labels, senders, seed)
        asked.append(senders[test])
        for space in SPACES:
            began = time.perf_counter()
            values = in_space(photos, space, train)
            guessed = guess(learn(values, truth, train, seed, epochs), values[test])
            right[space].append(guessed == labels[test])
            f1 = float(f1_score(labels[test], guessed, average="macro"))
            run = {"seed": seed, "space": space, "accuracy": float(right[space][-1].mean()), "macro_f1": f1}
            runs.append(run | {"train": len(train), "test": len(test), "seconds": time.perf_counter() - began})
            print(json.dumps(runs[-1]), flush=True)
    return {"runs": runs, "spaces": summary(runs), "differences": differences(right, asked), "epochs": epochs}


def summary(runs: list[dict]) -> dict:
    """Mean and spread over the seeds."""
    table = {}
    for space in SPACES:
        mine = [run for run in runs if run["space"] == space]
        table[space] = {
            name: {"mean": float(np.mean([r[name] for r in mine])), "spread": float(np.std([r[name] for r in mine]))}
            for name in ("accuracy", "macro_f1")
        } | {"channels": list(CHANNELS[space])}
    return table


def differences(right: dict[str, list[np.ndarray]], asked: list[np.ndarray]) -> list[dict]:
    """Every pair of spaces over all held-out photos of all seeds."""
    senders, found = np.concatenate(asked), []
    for one, two in combinations(SPACES, 2):
        mean, low, high = paired_range(np.concatenate(right[one]), np.concatenate(right[two]), senders)
        found.append({"of": f"{one} - {two}", "mean": mean, "low": low, "high": high, "photos": len(senders)})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clothing", type=Path, required=True, help="the folder with images.csv and images/")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3, choices=(1, 2, 3, 4, 5))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    cv2.setNumThreads(chosen.threads)
    result = compare(chosen.clothing, chosen.seeds, chosen.epochs)
    print(json.dumps({k: result[k] for k in ("spaces", "differences")}, indent=2))
    if chosen.out:
        chosen.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
