"""Rules as documents and tables, the same from the command line and over HTTP."""

from __future__ import annotations

import csv
import math
from typing import Any, TextIO

from shopsight.insight.rules import RuleBook, say


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


def write_csv(book: RuleBook, file: TextIO) -> None:
    """All rules as a table; the left side's items by " & "."""
    rows = rule_rows(book)
    names = list(rows[0]) if rows else ["left", "right", "words"]
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, "left": " & ".join(row["left"])})


def summary(book: RuleBook) -> str:
    """How many rules, of what, and what was left out."""
    found = f"{len(book.rules):,} rules from {book.baskets:,} baskets and {book.itemsets:,} frequent sets"
    dropped = f"; {book.redundant:,} more were dropped, as shorter ones say the same" if book.redundant else ""
    return f"{found}{dropped}. Estimated from logs: what is bought together, not why."
