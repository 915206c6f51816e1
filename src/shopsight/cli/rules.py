"""`shopsight rules`: who buys what also buys what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.options import Json, ShopFolder, open_for_reading
from shopsight.cli.speak import print_document, show_table, tell

if TYPE_CHECKING:
    from shopsight.insight.rules import RuleBook

SHOWN = 25


def rules(
    min_support: Annotated[float, typer.Option("--min-support", help="Least share of baskets, 0-1.")] = 0.01,
    min_confidence: Annotated[float, typer.Option("--min-confidence", help="Least confidence, 0-1.")] = 0.3,
    level: Annotated[str, typer.Option("--level", help="product, category or look.")] = "product",
    keep_redundant: Annotated[
        bool, typer.Option("--keep-redundant", help="Keep rules that a shorter one makes needless.")
    ] = False,
    max_items: Annotated[int, typer.Option("--max-items", min=2, max=100, help="Most items in a rule.")] = 8,
    max_itemsets: Annotated[int, typer.Option("--max-itemsets", min=1, help="Stop above so many sets.")] = 1_000_000,
    max_seconds: Annotated[float, typer.Option("--max-seconds", min=0.1, help="Stop after this time.")] = 60.0,
    miner: Annotated[str, typer.Option("--miner", help="Engine: bitset or spark.")] = "bitset",
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write all rules here.", show_default=False)] = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Find what is bought together: products, categories, or looks such as "striped + white ground"."""
    from typing import cast

    from shopsight.insight.rule_table import describe_rules, write_csv
    from shopsight.insight.rules import Limits
    from shopsight.insight.together import Level

    limits = Limits(max_items, max_itemsets, max_seconds)
    with open_for_reading(shop) as opened:
        book = opened.rules(
            min_support, min_confidence, cast(Level, level), keep_redundant=keep_redundant, limits=limits, engine=miner
        )
    if csv_file:
        with csv_file.open("w", newline="", encoding="utf-8") as file:
            write_csv(book, file)
    if json:
        print_document(describe_rules(book, level))
    else:
        _show(book, csv_file)


def _show(book: RuleBook, csv_file: Path | None) -> None:
    from shopsight.insight.rule_table import summary

    tell(summary(book))
    if book.rules:
        columns = (">lift", ">95 % range", ">confidence", ">baskets", ">p", "who buys", "also buys")
        show_table(columns, [_row(book, number) for number in range(min(SHOWN, len(book.rules)))])
    if len(book.rules) > SHOWN:
        tell(f"... and {len(book.rules) - SHOWN} more; --csv FILE writes them all")
    if csv_file:
        tell(f"written: {csv_file}")


def _row(book: RuleBook, number: int) -> tuple[str, ...]:
    from shopsight.insight.rules import listed

    rule = book.rules[number]
    lift, names = rule.lift, book.names
    return (
        f"{lift.value:.2f}",
        f"{lift.low:.2f}-{lift.high:.2f}",
        f"{rule.confidence.value:.0%}",
        f"{rule.together} of {rule.with_left}",
        f"{rule.p_corrected:.2g}",
        listed([names.get(item, item) for item in rule.left]),
        names.get(rule.right, rule.right),
    )
