"""`shopsight rules`: who buys what also buys what."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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


def describe_rules(book: RuleBook, level: str) -> dict[str, Any]:
    """`{level, baskets, itemsets, looked_at, redundant_dropped, least_count, kind, rules}`."""
    return {
        "level": level,
        "min_support": book.min_support,
        "min_confidence": book.min_confidence,
        "baskets": book.baskets,
        "itemsets": book.itemsets,
        "looked_at": book.looked_at,
        "redundant_dropped": book.redundant,
        "least_count": book.least_count,
        "kind": "estimated from logs",
        "rules": rule_rows(book),
    }


def rule_rows(book: RuleBook) -> list[dict[str, Any]]:
    """One document a rule; `conviction` is null where it is infinite."""
    from shopsight.insight.rules import say

    rows = []
    for rule in book.rules:
        confidence, lift = rule.confidence, rule.lift
        rows.append(
            {
                "left": list(rule.left),
                "right": rule.right,
                "words": say(rule, book.names),
                "support": rule.support.value,
                "confidence": confidence.value,
                "confidence_low": confidence.low,
                "confidence_high": confidence.high,
                "lift": lift.value,
                "lift_low": lift.low,
                "lift_high": lift.high,
                "leverage": rule.leverage,
                "conviction": None if math.isinf(rule.conviction) else rule.conviction,
                "p_value": rule.p_value,
                "p_corrected": rule.p_corrected,
                "together": rule.together,
                "with_left": rule.with_left,
                "with_right": rule.with_right,
                "baskets": rule.baskets,
            }
        )
    return rows


def write_csv(book: RuleBook, file: Any) -> None:
    """All rules as a table; the left side's items by " & "."""
    rows = rule_rows(book)
    names = list(rows[0]) if rows else ["left", "right", "words"]
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, "left": " & ".join(row["left"])})


def _show(book: RuleBook, csv_file: Path | None) -> None:
    tell(summary(book))
    if book.rules:
        columns = (">lift", ">95 % range", ">confidence", ">baskets", ">p", "who buys", "also buys")
        show_table(columns, [_row(book, number) for number in range(min(SHOWN, len(book.rules)))])
    if len(book.rules) > SHOWN:
        tell(f"... and {len(book.rules) - SHOWN} more; --csv FILE writes them all")
    if csv_file:
        tell(f"written: {csv_file}")


def summary(book: RuleBook) -> str:
    """How many rules, of what, and what was left out."""
    found = f"{len(book.rules):,} rules from {book.baskets:,} baskets and {book.itemsets:,} frequent sets"
    dropped = f"; {book.redundant:,} more were dropped, as shorter ones say the same" if book.redundant else ""
    return f"{found}{dropped}. Estimated from logs: what is bought together, not why."


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
