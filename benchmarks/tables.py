"""Measured tables: kept as JSON between processes, printed and written as Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """`note` says how it was measured; the first column names what a row is about."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def keep(tables: Sequence[Table], path: Path) -> None:
    path.write_text(json.dumps([asdict(table) for table in tables]), "utf-8")


def recall(path: Path) -> list[Table]:
    return [
        Table(t["title"], t["note"], tuple(t["columns"]), tuple(tuple(row) for row in t["rows"]))
        for t in json.loads(path.read_text("utf-8"))
    ]


def markdown(table: Table) -> str:
    lines = [[*table.columns], ["---"] + ["---:"] * (len(table.columns) - 1)]
    lines += [[_shown(cell) for cell in row] for row in table.rows]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {table.title}\n\n{table.note}\n\n{body}\n"


def _shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell
