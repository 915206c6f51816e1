"""The street photos and the cut-outs, with what is in them per pixel, and which of them are held out.

`ccp/` (Clothing Co-Parsing): a fifth of the photos is held out, by seed. `clothing/` (CC0): the photos whose garment
GrabCut could tell from its ground; the senders that `training/lite0` held out are held out here too.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from training.lite0 import data as flat

HERE = Path(__file__).parent
MERGE: dict[str, dict[str, list[str]]] = json.loads((HERE / "groups.json").read_text())
"""Which of the 59 names of `ccp/`, and which labels of `clothing/`, make which group: data, not code."""
GROUPS = tuple(MERGE)
LABELS = GROUPS[2:]
"""The groups that are products: all but the ground and the person."""
UNKNOWN = 255
LEAST_SHARE = 0.0005
"""A thing smaller than this share of its photo is painted but is no instance: 58 pixels of a street photo."""


@dataclass
class Scene:
    """A photo `(H, W, 3) uint8` RGB; `groups` `(H, W) uint8`, a group number or 255 for unknown; `things`
    `(H, W) uint8`, 0 or 1 + the place in `of`, which holds each thing's group number."""

    name: str
    pixels: np.ndarray
    groups: np.ndarray
    things: np.ndarray
    of: list[int]


@dataclass
class CutOut:
    """A product alone: `pixels` `(H, W, 3) uint8`, `alpha` `(H, W) uint8` 0-255, its group number, where it is from."""

    name: str
    pixels: np.ndarray
    alpha: np.ndarray
    group: int


def held_out_ccp(folder: Path) -> set[str]:
    """The stems of the held-out fifth of the street photos, decided by seed 0 before anything was trained."""
    stems = sorted(path.stem for path in (folder / "photos").glob("*.jpg"))
    chosen = np.random.default_rng(0).permutation(len(stems))[: len(stems) // 5]
    return {stems[i] for i in chosen}


def held_out_clothing() -> set[str]:
    return set((HERE.parent / "lite0" / "held_out.txt").read_text().split())


def group_table(names: list[str]) -> np.ndarray:
    """`(59,) uint8`: the group number of each class number of `ccp/`. Every name has exactly one group."""
    of = {name: number for number, group in enumerate(GROUPS) for name in MERGE[group]["ccp"]}
    return np.array([of[name] for name in names], np.uint8)


def street(folder: Path, held: bool) -> list[Scene]:
    """The street photos. A thing is all that one of the 59 names covers in a photo: a pair of shoes is one."""
    names: list[str] = json.loads((folder / "labels.json").read_text())
    table, chosen = group_table(names), held_out_ccp(folder)
    found = []
    for path in sorted((folder / "photos").glob("*.jpg")):
        if (path.stem in chosen) != held:
            continue
        classes = cv2.imread(str(folder / "masks" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        things, of = np.zeros_like(classes), []
        for number in np.unique(classes):
            here = classes == number
            if table[number] >= 2 and here.mean() >= LEAST_SHARE:
                of.append(int(table[number]))
                things[here] = len(of)
        found.append(Scene(f"ccp/{path.stem}", flat.read_rgb(path), table[classes], things, of))
    return found


def read_masks(file: Path) -> dict[str, np.ndarray]:
    """The masks that `training/lite0/masks.py` made and believes, `(128, 128) uint8` 0/1, by photo."""
    z = np.load(file)
    kept = zip(z["names"].tolist(), z["masks"], z["good"].tolist(), strict=True)
    return {name: np.unpackbits(mask, axis=-1) for name, mask, good in kept if good}


def cut_outs(folder: Path, masks: Mapping[str, np.ndarray], held: bool) -> list[CutOut]:
    """Products of `clothing/` cut out by their masks; what has no mask is left out."""
    of = {name: number for number, group in enumerate(GROUPS) for name in MERGE[group]["clothing"]}
    chosen = held_out_clothing()
    found = []
    for row in csv.DictReader((folder / "images.csv").read_text("utf-8").splitlines()):
        name = row["image"]
        if row["label"] not in of or name not in masks or (name in chosen) != held:
            continue
        pixels = flat.read_rgb(folder / "images" / f"{name}.jpg")
        alpha = cv2.resize(masks[name] * np.uint8(255), pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        found.append(CutOut(name, pixels, whole(alpha), of[row["label"]]))
    return found


def whole(alpha: np.ndarray) -> np.ndarray:
    """The alpha without specks: the pieces of at least a tenth of the largest stay, so both shoes of a pair."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((alpha > 127).astype(np.uint8), connectivity=4)
    if count < 2:
        return alpha
    keep = stats[:, cv2.CC_STAT_AREA] >= 0.1 * stats[1:, cv2.CC_STAT_AREA].max()
    keep[0] = False
    near = cv2.dilate(keep[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    return alpha * near


def worn_cut_outs(scenes: list[Scene], groups: tuple[str, ...] = ("bag", "hat", "scarf", "shoes")) -> list[CutOut]:
    """Bags, hats, scarves and shoes cut from the street photos: `clothing/` has few or none of them."""
    found = []
    for scene in scenes:
        for place, group in enumerate(scene.of):
            mask = scene.things == place + 1
            if GROUPS[group] in groups and mask.sum() >= 900:
                found.append(CutOut(scene.name, scene.pixels, mask.astype(np.uint8) * 255, group))
    return found


def lying(cuts: list[CutOut]) -> list[Scene]:
    """The flat-lay photos as they are: one product on its own ground, its outline left unsaid."""
    found = []
    for cut in cuts:
        inside = (cut.alpha > 127).astype(np.uint8)
        rim = cv2.dilate(inside, np.ones((5, 5), np.uint8)) != cv2.erode(inside, np.ones((5, 5), np.uint8))
        groups = np.where(rim, UNKNOWN, inside * cut.group).astype(np.uint8)
        found.append(Scene(cut.name, cut.pixels, groups, inside, [cut.group]))
    return found
