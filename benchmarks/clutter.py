"""Photo search in cluttered photos: recall with the whole photo, and with it cut to the product that is meant.

    python -m benchmarks.clutter --data DIR

The shop sells 400 garments of `clothing/` (senders that no weights were trained on). Each question shows one of them
again: cut out, smaller, tilted, in another light, among up to three other garments on the ground of a street photo of
`ccp/`. The thing that is meant is the largest and stands nearest to the middle, as in photos that people take.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from shopsight.images.decode import decode, inspect
from shopsight.images.measure import product_mask
from shopsight.shop import Shop, open_shop
from shopsight.types import Answer, Pixels, Product

HELD_OUT = Path(__file__).parents[1] / "training" / "lite0" / "held_out.txt"
SOLD, ASKED = 400, 200
SIDE_PX = 480


@dataclass(frozen=True)
class Question:
    """A cluttered photo, the SKU of what is meant, and the SKUs of all that is in it."""

    photo: Pixels
    meant: str
    shown: tuple[str, ...]


def read_garments(data: Path, most: int = SOLD) -> dict[str, Pixels]:
    """Photos of garments that a mask can be trusted for, by name."""
    held_out = set(HELD_OUT.read_text().split())
    with (data / "clothing" / "images.csv").open(encoding="utf-8") as table:
        names = [row["image"] for row in csv.DictReader(table) if row["image"] in held_out]
    found: dict[str, Pixels] = {}
    for name in np.random.default_rng(0).permutation(sorted(names)).tolist():
        pixels = decode((data / "clothing" / "images" / f"{name}.jpg").read_bytes())
        if 0.12 < product_mask(pixels).mean() < 0.6:
            found[name] = pixels
        if len(found) == most:
            break
    return found


def read_grounds(data: Path, most: int = 80) -> list[Pixels]:
    """Parts of street photos without anything worn in them: walls, cars, trees, pavements."""
    folder, lot, found = data / "ccp", np.random.default_rng(1), []
    for path in sorted((folder / "photos").glob("*.jpg")):
        classes = cv2.imread(str(folder / "masks" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        side = int(min(classes.shape) * 0.42)
        for _ in range(40):
            y, x = (int(lot.integers(0, n - side + 1)) for n in classes.shape)
            if (classes[y : y + side, x : x + side] > 0).mean() > 0.03:
                continue
            found.append(decode(path.read_bytes())[y : y + side, x : x + side])
            break
        if len(found) == most:
            break
    return found


def ask(garments: dict[str, Pixels], grounds: list[Pixels], most: int = ASKED, seed: int = 0) -> Iterator[Question]:
    """Questions, the same for the same seed."""
    lot = np.random.default_rng(seed)
    names = list(garments)
    for number in range(most):
        others = int(lot.integers(0, 4))
        chosen = [names[number % len(names)], *lot.choice(names, others, replace=False).tolist()]
        canvas = cv2.resize(grounds[int(lot.integers(len(grounds)))], (SIDE_PX, SIDE_PX)).astype(np.float32)
        for place, name in reversed(list(enumerate(chosen))):
            size = lot.uniform(0.42, 0.62) if place == 0 else lot.uniform(0.2, 0.32)
            middle = lot.uniform(0.42, 0.58, 2) if place == 0 else _corner(lot)
            _paste(canvas, garments[name], size * SIDE_PX, middle * SIDE_PX, lot)
        photo = np.clip(canvas * lot.uniform(0.75, 1.12) + lot.normal(0, 3, canvas.shape), 0, 255).astype(np.uint8)
        yield Question(photo, chosen[0], tuple(dict.fromkeys(chosen)))


def _corner(lot: np.random.Generator) -> Any:
    return np.array([lot.choice([0.16, 0.84]), lot.uniform(0.12, 0.88)])[:: int(lot.choice([1, -1]))]


def _paste(canvas: Any, pixels: Pixels, side_px: float, middle: Any, lot: np.random.Generator) -> None:
    """Lays a garment on the canvas, its longest side `side_px`, tilted a little, its edge soft."""
    mask = cv2.erode(product_mask(pixels).astype(np.float32), np.ones((3, 3)))
    height, width = mask.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), lot.uniform(-12, 12), side_px / max(height, width))
    turn[:, 2] += middle - np.array([width / 2, height / 2])
    size = (canvas.shape[1], canvas.shape[0])
    weight = cv2.GaussianBlur(cv2.warpAffine(mask, turn, size, flags=cv2.INTER_AREA), (0, 0), 0.7)[..., None]
    laid = cv2.warpAffine(pixels, turn, size, flags=cv2.INTER_AREA)
    canvas[:] = canvas * (1 - weight) + laid * lot.uniform(0.8, 1.1) * weight


def fill(shop: Shop, garments: dict[str, Pixels], data: Path) -> None:
    """Sells the garments, one photo each, as they were taken."""
    products, seen = [], {}
    for name, pixels in garments.items():
        bytes_ = (data / "clothing" / "images" / f"{name}.jpg").read_bytes()
        photo = inspect(bytes_)
        shop.catalogue.keep_photo(bytes_, photo)
        products.append(Product(name, name, photos=(photo.id,)))
        seen[photo.id] = pixels
    shop.catalogue.save(products)
    sights = shop.engine.see(list(seen.values()))
    shop.catalogue.keep_sights(shop.engine.space, dict(zip(seen, sights, strict=True)))


def measure(data: Path, asked: int = ASKED, sold: int = SOLD) -> dict[str, Any]:
    """Recall at 1 and at 10 and milliseconds per question: the photo as it is, and cut to what is meant."""
    garments = read_garments(data, sold)
    questions = list(ask(garments, read_grounds(data), asked))
    with TemporaryDirectory() as folder, open_shop(Path(folder) / "shop", threads=1) as shop:
        fill(shop, garments, data)
        shop.find(questions[0].photo)
        found: dict[str, Any] = {"products": len(garments), "questions": len(questions)}
        for name, cut_out in (("whole", False), ("cut", True)):
            answers = [shop.find(question.photo, k=10, cut_out=cut_out) for question in questions]
            places = [rank(answer, question.meant) for answer, question in zip(answers, questions, strict=True)]
            found[name] = {
                "recall_at_1": float(np.mean([place < 1 for place in places])),
                "recall_at_10": float(np.mean([place < 10 for place in places])),
                "ms": float(np.median([answer.ms["total"] for answer in answers])),
                "cut": float(np.mean([answer.box_px is not None for answer in answers])),
            }
        return found


def rank(answer: Answer, sku: str) -> int:
    """The place of a product among the hits, from 0; 99 where it is not among them."""
    return next((place for place, hit in enumerate(answer.hits) if hit.product.sku == sku), 99)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--asked", type=int, default=ASKED)
    options = parser.parse_args()
    print(json.dumps(measure(options.data, options.asked), indent=2))


if __name__ == "__main__":
    main()
