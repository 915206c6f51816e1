"""The photos the trunk learns from, and the altered views of them.

`clothing/` (CC0): flat-lay phone photos, one garment each, split by sender. `ccp/` (Clothing Co-Parsing): street photos
with a garment name per pixel, cut here into one crop per garment worn. Nothing else is ever trained on.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

MAIN = ("T-Shirt", "Longsleeve", "Pants", "Shoes", "Shirt", "Dress", "Outwear", "Shorts", "Hat", "Skirt")
REST = ("Polo", "Undershirt", "Blazer", "Hoodie", "Body", "Top", "Blouse", "Bag", "Scarf")
LABELS = MAIN + REST

# Which garment names of Clothing Co-Parsing teach which of our labels; what is not named here teaches the mask alone.
CCP = {
    "T-Shirt": ("t-shirt",),
    "Longsleeve": ("sweater", "sweatshirt", "jumper"),
    "Pants": ("pants", "jeans", "leggings"),
    "Shoes": ("shoes", "boots", "heels", "pumps", "sandals", "flats", "sneakers", "wedges", "loafers", "clogs"),
    "Shirt": ("shirt",),
    "Dress": ("dress",),
    "Outwear": ("coat", "jacket", "cape"),
    "Shorts": ("shorts",),
    "Hat": ("hat",),
    "Skirt": ("skirt",),
    "Blazer": ("blazer", "suit"),
    "Hoodie": ("hoodie",),
    "Blouse": ("blouse",),
    "Bag": ("bag", "purse"),
    "Scarf": ("scarf",),
}
KINDS = tuple((label, word) for label, words in CCP.items() for word in words)


@dataclass
class Item:
    """One garment in one photo: `(H, W, 3) uint8` RGB, its mask `(H, W) uint8` 0/1, the label's number, who sent
    it, and the number of the finer kind (sandals, heels) where that is known."""

    name: str
    pixels: np.ndarray
    mask: np.ndarray
    label: int
    sender: str
    kind: int = -1


def held_out(items: list[Item], folds: int = 5) -> np.ndarray:
    """`(N,) bool`: the fifth of the photos kept for testing, whole senders at a time, classes in proportion.

    Decided once, by seed 0, before anything was trained.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    labels, senders = [i.label for i in items], [i.sender for i in items]
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=0).split(labels, labels, senders)
    kept = np.zeros(len(items), bool)
    kept[next(iter(split))[1]] = True
    return kept


def read_rgb(path: Path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def clothing(folder: Path, masks: Path) -> list[Item]:
    """The labelled flat-lay photos; "Not sure", "Other" and "Skip" are not classes and are left out."""
    z = np.load(masks)
    by_name = dict(zip(z["names"].tolist(), z["masks"], strict=True))
    good = dict(zip(z["names"].tolist(), z["good"].tolist(), strict=True))
    items = []
    for row in csv.DictReader((folder / "images.csv").read_text("utf-8").splitlines()):
        if row["label"] not in LABELS:
            continue
        pixels = read_rgb(folder / "images" / f"{row['image']}.jpg")
        mask = np.unpackbits(by_name[row["image"]], axis=-1)
        if not good[row["image"]]:
            mask = np.ones_like(mask)
        mask = cv2.resize(mask, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        items.append(Item(row["image"], pixels, mask, LABELS.index(row["label"]), row["sender_id"]))
    return items


def worn(folder: Path, least_px: int = 44) -> list[Item]:
    """One crop per garment worn in the street photos, with some of its surroundings."""
    names = json.loads((folder / "labels.json").read_text())
    items = []
    for path in sorted((folder / "photos").glob("*.jpg")):
        pixels = read_rgb(path)
        classes = cv2.imread(str(folder / "masks" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        for kind, (label, word) in enumerate(KINDS):
            mask = (classes == names.index(word)).astype(np.uint8)
            if mask.sum() < 500:
                continue
            ys, xs = np.where(mask)
            top, bottom, left, right = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
            high, wide = bottom - top, right - left
            if max(high, wide) < least_px:
                continue
            y0, y1 = max(0, top - high // 5), min(pixels.shape[0], bottom + high // 5)
            x0, x1 = max(0, left - wide // 4), min(pixels.shape[1], right + wide // 4)
            cut = (slice(y0, y1), slice(x0, x1))
            name = f"ccp/{path.stem}/{word}"
            items.append(Item(name, pixels[cut], mask[cut], LABELS.index(label), f"ccp{path.stem}", kind))
    return items


def ground(items: list[Item], side_px: int, rng: np.random.Generator) -> np.ndarray:
    """A background: white, plain, a gradient, or the ground of somebody else's photo, mirrored to fill."""
    kind = rng.random()
    if kind < 0.35:
        return np.full((side_px, side_px, 3), int(rng.integers(235, 256)), np.uint8)
    if kind < 0.5:
        a, b = rng.integers(0, 256, 3), rng.integers(0, 256, 3)
        ramp = np.linspace(0, 1, side_px)[:, None, None] if rng.random() < 0.5 else np.zeros((side_px, 1, 1))
        return np.broadcast_to(a + (b - a) * ramp, (side_px, side_px, 3)).astype(np.uint8)
    other = items[int(rng.integers(len(items)))].pixels
    h, w = other.shape[:2]
    edge = max(8, int(0.14 * min(h, w)))
    strip = [other[:edge], other[-edge:], other[:, :edge], other[:, -edge:]][int(rng.integers(4))]
    if strip.shape[0] > strip.shape[1]:
        strip = strip.transpose(1, 0, 2)
    strip = np.concatenate([strip, strip[::-1]])
    tall = np.tile(strip, (-(-w // strip.shape[0]), 1, 1))
    return cv2.resize(tall, (side_px, side_px), interpolation=cv2.INTER_AREA)


def place(item: Item, side_px: int, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A random camera: scale, shift, tilt, lean and mirror, as a 3x3 matrix from photo pixels to view pixels."""
    h, w = item.mask.shape
    ys, xs = np.where(item.mask)
    if len(ys) and rng.random() < 0.5:  # frame the garment, tight or loose
        cy, cx = (ys.min() + ys.max()) / 2, (xs.min() + xs.max()) / 2
        margin = rng.uniform(0.95, 1.5)
        sy, sx = (np.ptp(ys) + 1) * margin, (np.ptp(xs) + 1) * margin
    else:
        cy, cx, sy, sx = h / 2, w / 2, h, w
        area = rng.uniform(1 - 0.6 * strength, 1.0)
        sy, sx = sy * area**0.5, sx * area**0.5
        cy, cx = cy + rng.uniform(-0.5, 0.5) * (h - sy), cx + rng.uniform(-0.5, 0.5) * (w - sx)
    if rng.random() < 0.35:  # keep the shape's proportions; else it is squashed into the square
        sy = sx = max(sy, sx)
    stretch = np.exp(rng.normal(0, 0.10 * strength))
    sy, sx = sy * stretch, sx / stretch
    turn = np.deg2rad(rng.normal(0, 14 * strength))
    if rng.random() < 0.06 * strength:
        turn += np.pi / 2 * rng.integers(1, 4)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    to_centre = np.array([[1, 0, -cx], [0, 1, -cy], [0, 0, 1]])
    scale = np.array([[flip * side_px / sx, 0, 0], [0, side_px / sy, 0], [0, 0, 1]])
    c, s = np.cos(turn), np.sin(turn)
    rotate = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    lean = np.eye(3)
    lean[2, :2] = rng.normal(0, 0.10 * strength / side_px, 2)
    back = np.array([[1, 0, side_px / 2], [0, 1, side_px / 2], [0, 0, 1]])
    return back @ lean @ rotate @ scale @ to_centre


def relight(view: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Another light, another camera: exposure, contrast, white balance, blur, noise, JPEG."""
    x = view.astype(np.float32) / 255
    x = x ** np.exp(rng.normal(0, 0.22 * strength)) * np.exp(rng.normal(0, 0.15 * strength))
    x = x * np.exp(rng.normal(0, 0.05 * strength, 3)).astype(np.float32)
    grey = x.mean(axis=2, keepdims=True)
    x = grey + (x - grey) * np.exp(rng.normal(0, 0.18 * strength))
    x = (np.clip(x, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.25 * strength:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 2.0))
    if rng.random() < 0.25 * strength:
        coded = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))])[1]
        x = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    if rng.random() < 0.15 * strength:
        x = np.clip(x + rng.normal(0, rng.uniform(2, 10), x.shape), 0, 255).astype(np.uint8)
    return x


def view(
    item: Item, items: list[Item], side_px: int, rng: np.random.Generator, strength: float = 1.0, mask_px: int = 24
) -> tuple[np.ndarray, np.ndarray]:
    """One altered view `(S, S, 3) uint8` and where the garment is in it, `(M, M) float32` 0-1."""
    camera = place(item, side_px, rng, strength)
    size = (side_px, side_px)
    mask = cv2.warpPerspective(item.mask * 255, camera, size, flags=cv2.INTER_LINEAR)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.6 else cv2.BORDER_REFLECT_101
    shrink = cv2.INTER_AREA if max(item.mask.shape) > side_px else cv2.INTER_LINEAR
    picture = cv2.warpPerspective(item.pixels, camera, size, flags=shrink, borderMode=border)
    if rng.random() < 0.5 * strength:
        alpha = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32)[..., None] / 255
        picture = (picture * alpha + ground(items, side_px, rng) * (1 - alpha)).astype(np.uint8)
    picture = relight(picture, rng, strength)
    return picture, cv2.resize(mask, (mask_px, mask_px), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
