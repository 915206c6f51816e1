"""How well "is it in the shop?" is answered, on photos that nothing was ever trained or fitted on.

A shop is made of catalogue photos (`fashion-products`). It is asked for its own products, altered as by shoppers,
and for foreign things: products it does not sell, of kinds it sells and of kinds it does not, house fronts and faces.
The figure is the AUROC of the best hit's `match_probability` between the two. `-rP` shows the whole table.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata

from shopsight.images.alter import ALTERATIONS
from shopsight.images.decode import decode, inspect
from shopsight.shop import Shop, open_shop
from shopsight.types import Answer, Pixels, Product

pytestmark = [pytest.mark.data, pytest.mark.timeout(900), pytest.mark.xdist_group("search quality")]

SHELF = 900
PER_ALTERATION = 40
FOREIGN = {"same kind": 150, "other kind": 150, "houses": 120, "faces": 120}


@dataclass(frozen=True)
class Measured:
    """Answers by sort of question; `right` says of the altered photos whether the first hit was the product."""

    answers: dict[str, list[Answer]]
    right: list[bool]

    def chances(self, *sorts: str) -> np.ndarray:
        """Of the best hit of each answer."""
        return np.array([a.hits[0].match_probability for sort in sorts for a in self.answers[sort]])

    def auroc(self, *sorts: str) -> float:
        """The chance that an altered photo of a product scores above a foreign photo (Mann and Whitney, 1947)."""
        own, foreign = self.chances("own"), self.chances(*sorts)
        ranks = rankdata(np.concatenate([own, foreign]))[: len(own)].sum()
        return float((ranks - len(own) * (len(own) + 1) / 2) / (len(own) * len(foreign)))

    def said(self, sort: str, verdict: str) -> float:
        return float(np.mean([a.verdict == verdict for a in self.answers[sort]]))


@pytest.fixture(scope="module")
def measured(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    with (shared_data / "fashion-products" / "styles.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    files = {path.stem: path for path in (shared_data / "fashion-products").rglob("*.jpg")}
    lot = np.random.default_rng(0)
    rows = [rows[i] for i in lot.permutation(len(rows)) if rows[i]["id"] in files]
    kinds = lot.permutation(sorted({row["articleType"] for row in rows}))
    unsold = set(kinds[: len(kinds) // 5].tolist())
    sold = [row for row in rows if row["articleType"] not in unsold]
    shelf, rest = sold[:SHELF], sold[SHELF:]
    on_shelf = {row["articleType"] for row in shelf}
    foreign: dict[str, Sequence[Path]] = {
        "same kind": [files[r["id"]] for r in rest if r["articleType"] in on_shelf],
        "other kind": [files[r["id"]] for r in rows if r["articleType"] in unsold],
        "houses": sorted((shared_data / "houses").rglob("*.jpg")),
        "faces": sorted((shared_data / "fairface").glob("*.jpg")),
    }
    with open_shop(tmp_path_factory.mktemp("quality") / "shop") as shop:
        pixels = fill(shop, shelf, files)
        asked = [(name, row["id"]) for name in ALTERATIONS for row in lot.permutation(np.array(shelf))[:PER_ALTERATION]]
        own = [shop.find(ALTERATIONS[name](pixels[sku], seed), k=5) for seed, (name, sku) in enumerate(asked)]
        answers = {s: [shop.find(p, k=5) for p in paths[: FOREIGN[s]]] for s, paths in foreign.items()}
        right = [a.hits[0].product.sku == sku for a, (_, sku) in zip(own, asked, strict=True)]
        yield Measured({"own": own} | answers, right)


def fill(shop: Shop, rows: Sequence[dict[str, str]], files: dict[str, Path]) -> dict[str, Pixels]:
    """Sells the products of these rows; gives their pixels by SKU. What they are stays for the engine to see."""
    pixels, products, photos = {}, [], {}
    for row in rows:
        data = files[row["id"]].read_bytes()
        photo = inspect(data)
        shop.catalogue.keep_photo(data, photo)
        pixels[row["id"]], photos[photo.id] = decode(data), row["id"]
        products.append(Product(row["id"], row["productDisplayName"], photos=(photo.id,)))
    shop.catalogue.save(products)
    seen = shop.engine.see([pixels[sku] for sku in photos.values()])
    shop.catalogue.keep_sights(shop.engine.space, dict(zip(photos, seen, strict=True)))
    return pixels


def test_own_products_are_told_from_foreign_things(measured: Measured) -> None:
    table = {sort: measured.auroc(sort) for sort in FOREIGN}
    together = measured.auroc(*FOREIGN)
    print(f"AUROC of match_probability, {len(measured.answers['own'])} altered photos of products against")
    for sort, auroc in table.items():
        print(f"  {sort:12} {auroc:.3f}  verdicts:", verdicts(measured, sort))
    print(f"  {'together':12} {together:.3f}\n  own products:", verdicts(measured, "own"))
    assert together >= 0.90
    assert min(table["houses"], table["faces"]) >= 0.95


def test_altered_photos_find_their_product(measured: Measured) -> None:
    print(f"recall@1 {np.mean(measured.right):.3f} among {SHELF}")
    assert np.mean(measured.right) >= 0.90


def test_chances_mean_what_they_say(measured: Measured) -> None:
    """Of the questions whose best hit has a chance of p, about the share p must be right."""
    own, foreign = measured.chances("own"), measured.chances(*FOREIGN)
    chances, right = np.concatenate([own, foreign]), np.array(measured.right + [False] * len(foreign))
    place = np.minimum((chances * 10).astype(int), 9)
    error = sum(abs(chances[place == b].sum() - right[place == b].sum()) for b in range(10)) / len(chances)
    print(f"expected calibration error of match_probability: {error:.3f} over {len(chances)} questions")
    assert error <= 0.15


def test_verdicts_are_honest(measured: Measured) -> None:
    assert measured.said("own", "found") >= 0.75
    for sort in ("houses", "faces"):
        assert measured.said(sort, "nothing like it") >= 0.75
        assert measured.said(sort, "found") <= 0.03


def verdicts(measured: Measured, sort: str) -> str:
    return ", ".join(f"{v} {measured.said(sort, v):.2f}" for v in ("found", "similar", "nothing like it"))
