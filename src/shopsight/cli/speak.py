"""What the commands say: documents on stdout, progress and complaints on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shopsight.errors import ShopsightError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from shopsight.jobs.progress import Progress


def print_document(document: Mapping[str, Any]) -> None:
    """Exactly one JSON document on stdout. ASCII, so that no terminal or locale can spoil it."""
    sys.stdout.write(json.dumps(document, indent=2, default=str) + "\n")
    sys.stdout.flush()


def tell(*lines: str) -> None:
    """Plain lines on stdout."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def plain(text: str) -> str:
    """The text on one line and without control characters: a feed's title must not steer somebody's terminal.

    >>> plain("red\\n\\x1b[31m dress")
    'red [31m dress'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def show(item: RenderableType) -> None:
    """Something drawn by Rich, on stdout."""
    from rich.console import Console

    Console(highlight=False).print(item)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """A table for people. Cells are taken as they are: no markup is read from them.

    A column whose name starts with ">" holds numbers; "=" marks one that is never broken over lines.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", header_style="bold", show_edge=False)
    for column in columns:
        right, whole = column.startswith(">"), column.startswith((">", "="))
        table.add_column(Text(column.lstrip(">=")), justify="right" if right else "left", no_wrap=whole)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    show(table)


def complain(error: ShopsightError, as_json: bool) -> int:
    """One line on stderr, with the cure; gives back the exit code."""
    if as_json:
        line = json.dumps({"code": error.code, "message": error.message, "cure": error.cure})
    else:
        line = plain(f"shopsight: {error}")
    print(line, file=sys.stderr)
    return error.exit_code


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar per stage on stderr where a person watches, silence where nobody does."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich import progress as rich
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield advance
