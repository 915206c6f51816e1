"""What a shop gains by training on its own photos: the held-out senders of clothing/, as if they were one shop.

    python -m benchmarks.learning --data DATA [--shop DIR] [--trials 20] [--fine-tune]

The photos are those that `shop.lite0` never saw; senders stay apart in every examination. The built-in head, which has
learnt the same kinds from 3,800 photos of other senders, is asked about the very same photos.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

from shopsight.images.decode import inspect
from shopsight.jobs.indexing import index
from shopsight.jobs.learning import gather, train_classifier
from shopsight.shop import Shop, open_shop
from shopsight.types import Product

HELD_OUT = Path(__file__).resolve().parents[1] / "training" / "lite0" / "held_out.txt"


def stock(shop: Shop, clothing: Path) -> None:
    """One product a photo, with its kind as category and its sender as an attribute."""
    held = set(HELD_OUT.read_text("utf-8").split())
    with (clothing / "images.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["image"] in held]
    for row in rows:
        data = (clothing / "images" / f"{row['image']}.jpg").read_bytes()
        photo = inspect(data)
        shop.catalogue.keep_photo(data, photo)
        attributes = {"sender": row["sender_id"]}
        shop.catalogue.save(
            [Product(row["image"], "Piece", "", "", row["label"], None, "", attributes, photos=(photo.id,))]
        )
    index(shop)


def ask_built_in(shop: Shop) -> float:
    """The share of the same photos whose first category is right."""
    material, _ = gather(shop, "category", apart="sender")
    seen = shop.catalogue.sights(shop.engine.space, material.photos)
    right = [
        seen[photo].categories[0].label == material.labels[number]
        for photo, number in zip(material.photos, material.classes, strict=True)
    ]
    return sum(right) / len(right)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--data", type=Path, required=True, help="the folder that holds clothing/")
    given.add_argument("--shop", type=Path, help="where to keep the shop between runs")
    given.add_argument("--trials", type=int, default=0)
    given.add_argument("--fine-tune", action="store_true")
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as room, open_shop(asked.shop or Path(room) / "shop") as shop:
        if not shop.counts()["products"]:
            stock(shop, asked.data / "clothing")
        print(f"built-in head: {ask_built_in(shop):.1%} of the same photos")
        ways = [("linear", 0)] + ([("linear", asked.trials)] if asked.trials else [])
        for method, trials in [*ways, *([("fine-tune", 0)] if asked.fine_tune else [])]:
            trained = train_classifier(shop, name=f"{method}-{trials}", method=method, trials=trials, apart="sender")
            right, floor = trained.examination.accuracy, trained.examination.baseline
            print(
                f"{method}, {trials} trials: {right.value:.1%} ({right.low:.1%} to {right.high:.1%}) "
                f"of {right.rows} photos, "
                f"commonest {floor.value:.1%}, calibration error {trained.examination.calibration_error:.3f}, "
                f"{trained.seconds:.0f} s"
            )


if __name__ == "__main__":
    main()
