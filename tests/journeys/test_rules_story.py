"""A merchandiser asks what is bought together: baskets in, rules out, and a shopper sees what goes with a product."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shopsight.cli.app import app, run
from shopsight.shop import Shop, open_shop
from shopsight.types import Product

GOODS = {
    "shirt": ("Linen shirt", "Shirts", "white", "in_stock"),
    "chino": ("Slim chino", "Trousers", "navy", "in_stock"),
    "boot": ("Work boot", "Boots", "brown", "out_of_stock"),
    "hat": ("Straw hat", "Hats", "tan", "in_stock"),
    "dress": ("Tea dress", "Dresses", "red", "in_stock"),
    "tee": ("Plain tee", "T-shirts", "white", "in_stock"),
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        shop.catalogue.save(
            [
                Product(sku, title, category=kind, audience="women", availability=stock, attributes={"colour": colour})
                for sku, (title, kind, colour, stock) in GOODS.items()
            ]
        )
        yield shop


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """120 orders: 34 of them hold shirt and chino; the rest is chance. Two lines are broken."""
    rng, path = random.Random(1), tmp_path / "orders.csv"
    rows = []
    for number in range(120):
        held = ["shirt", "chino"] if number < 34 else [rng.choice(["hat", "dress", "tee", "boot"])]
        rows += [(f"A-{number}", sku, "2025-03-31", 1) for sku in held]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("Order ID", "SKU", "Date", "Quantity"), *rows, ("A-x", "", "", 1), ("A-y", "hat", "", -1)]
        )
    return path


def ask(*words: str) -> str:
    answer = CliRunner().invoke(app, list(words))
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return answer.stdout


def test_from_orders_to_what_goes_with_a_product(shop: Shop, orders: Path, tmp_path: Path) -> None:
    place = ("--shop", str(shop.folder), "--json")
    first = json.loads(ask("baskets", "import", str(orders), *place))
    assert (first["baskets"], first["added"], len(first["rejected"]), first["strangers"]) == (120, 120, 2, 0)
    again = json.loads(ask("baskets", "import", str(orders), *place))
    assert (again["added"], again["unchanged"]) == (0, 120)

    table = tmp_path / "rules.csv"
    said = json.loads(ask("rules", "--min-support", "0.1", "--min-confidence", "0.5", "--csv", str(table), *place))
    assert {(tuple(rule["left"]), rule["right"]) for rule in said["rules"]} == {
        (("shirt",), "chino"),
        (("chino",), "shirt"),
    }
    assert said["rules"][0]["together"] == 34
    assert said["kind"] == "estimated from logs"
    assert len(table.read_text().splitlines()) == 3
    kinds = json.loads(ask("rules", "--level", "category", "--min-support", "0.1", *place))
    assert ["Shirts"] in [rule["left"] for rule in kinds["rules"]]
    looks = json.loads(ask("rules", "--level", "look", "--min-support", "0.1", *place))
    assert (["white + Shirts"], "navy") in [(rule["left"], rule["right"]) for rule in looks["rules"]] or looks[
        "redundant_dropped"
    ]

    companions = shop.goes_with("shirt")
    assert (companions[0].product.sku, companions[0].source) == ("chino", "baskets")
    assert companions[0].because == "bought together in 34 of 34 baskets"
    assert companions[0].share is not None
    assert companions[0].share.rows == 34
    assert {c.source for c in companions[1:]} == {"look"}
    assert "shirt" not in {c.product.sku for c in companions}
    assert "tee" not in {c.product.sku for c in companions}, "a second top is no companion of a top"
    assert companions[-1].product.sku == "boot", "what is sold out comes last"

    assert json.loads(ask("baskets", "forget", str(orders), *place)) == {"removed": 120}
    assert {c.source for c in shop.goes_with("shirt")} == {"look"}


def test_too_few_baskets_and_too_low_a_threshold_are_told_with_a_cure(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--shop", str(shop.folder))
    assert run(["rules", *place]) == 2
    assert "baskets import" in capsys.readouterr().err
    long = tmp_path / "long.dat"
    long.write_text("\n".join([" ".join(map(str, range(50)))] * 50))
    ask("baskets", "import", str(long), *place)
    assert run(["rules", *place, "--max-items", "50", "--max-itemsets", "20000"]) == 2
    assert "Raise the minimum support" in capsys.readouterr().err


def test_one_basket_a_line_by_commas_and_a_mapping(shop: Shop, tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("hat,tee\nboot\nhat,hat,dress\n")
    place = ("--shop", str(shop.folder), "--json")
    assert json.loads(ask("baskets", "import", str(wide), *place))["kind"] == "wide"
    odd = tmp_path / "odd.csv"
    odd.write_text("Bon;Ware\n1;hat\n1;tee\n")
    taken = json.loads(ask("baskets", "import", str(odd), "--map", "order=Bon", "--map", "sku=Ware", *place))
    assert (taken["kind"], taken["baskets"]) == ("lines", 1)
    packed = shop.catalogue.baskets()
    assert (len(packed), set(packed.names)) == (4, {"hat", "tee", "boot", "dress"})
