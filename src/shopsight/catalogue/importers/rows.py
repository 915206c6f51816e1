"""Rows of a CSV or TSV file whose separator, quotes and damage are not known beforehand."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from shopsight.catalogue.importers.encoding import open_text
from shopsight.catalogue.importers.origin import Origin
from shopsight.errors import BadSource
from shopsight.types import Rejection

CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
SEPARATORS = ",;\t|"
Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A file with a header line. `headers` are its columns in order, `separator` what parts them."""

    origin: Origin
    headers: tuple[str, ...]
    separator: str
    skipped_lines: int

    def rows(self) -> Iterator[tuple[int, Row | Rejection]]:
        """Line number and row, one by one. A line that is no row is a rejection; those after it still count."""
        with open_text(self.origin) as text:
            for _ in islice(text, self.skipped_lines):
                pass
            for number, cells in _records(text, self.separator, len(self.headers)):
                line = number + self.skipped_lines
                if isinstance(cells, str):
                    yield (
                        line,
                        Rejection(
                            f"row {line}",
                            cells,
                            "put double quotes around cells that hold the separator or a line break",
                        ),
                    )
                elif any(cell.strip() for cell in cells):
                    yield line, dict(zip(self.headers, cells + [""] * len(self.headers), strict=False))

    def samples(self, count: int = 20) -> list[Row]:
        return list(islice((row for _, row in self.rows() if not isinstance(row, Rejection)), count))

    def lines(self) -> int:
        """How many lines follow the header: the most rows there can be."""
        with open_text(self.origin) as text:
            return max(0, sum(1 for line in text if line.strip()) - self.skipped_lines)


def read_table(origin: Origin) -> Table:
    """Finds the header and the separator. Raises BadSource when the file is empty or no table at all."""
    head = origin.head(4096)
    if (
        not head.startswith((b"\xff\xfe", b"\xfe\xff"))
        and len(CONTROLS.findall(head)) > 0.05 * len(head)
        and not _is_utf16(head)
    ):
        raise BadSource(origin.name, "a binary file, not a table", "export it as CSV")
    with open_text(origin) as text:
        lines = list(islice(text, 50))
    skipped = next((i for i, line in enumerate(lines) if line.strip() and not line.lower().startswith("sep=")), None)
    if skipped is None:
        raise BadSource(origin.name, "it is empty", "export it again, with a header line")
    separator = _separator(lines[skipped:])
    headers = next(csv.reader([lines[skipped]], delimiter=separator), [])
    return Table(origin, _unique(headers), separator, skipped + 1)


def _is_utf16(head: bytes) -> bool:
    """Whether every other byte is zero, as in Western text of two bytes a letter."""
    return max(head[0::2].count(0), head[1::2].count(0)) > 0.3 * len(head)


def _separator(lines: list[str]) -> str:
    """The one that parts the header into the most cells, as long as the rows have it too."""
    header = Counter(lines[0])
    rest = Counter("".join(lines[1:]))
    return max(SEPARATORS, key=lambda s: (header[s] > 0 and (rest[s] > 0 or len(lines) == 1), header[s]))


def _unique(headers: list[str]) -> tuple[str, ...]:
    """Every column under a name of its own: the second "Image" becomes "Image 2", a nameless one "column 5"."""
    names: list[str] = []
    for number, header in enumerate(headers, 1):
        name = header.replace("\ufeff", "").strip() or f"column {number}"
        count = 2
        while name in names:
            name = f"{header.strip()} {count}"
            count += 1
        names.append(name)
    return tuple(names)


def _records(text: TextIO, separator: str, width: int) -> Iterator[tuple[int, list[str] | str]]:
    """Line number and cells, or what is wrong. A quote that is never closed costs its own line only.

    The reader asks for the next line only while a quote is open, so the lines it took tell how far a quote reached: a
    row of several lines and the wrong width means a stray quote, and its other lines are given back.
    """
    pending: deque[str] = deque()
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while True:
            line = pending.popleft() if pending else text.readline()
            if not line:
                return
            taken.append(line)
            yield line

    number, reader = 1, csv.reader(feed(), delimiter=separator)
    while True:
        taken.clear()
        cells: list[str] | str | None
        try:
            cells = next(reader, None)
        except csv.Error as why:
            cells = f"not a row of a table ({why})"
        if cells is None:
            return
        if isinstance(cells, list) and len(cells) != width and (len(taken) > 1 or taken[0].count('"') % 2):
            cells = "a quote is opened and never closed"
        elif isinstance(cells, list) and any(cell.strip() for cell in cells[width:]):
            cells = f"it has {len(cells)} cells, the header has {width}"
        if isinstance(cells, str):
            pending.extendleft(reversed(taken[1:]))
            del taken[1:]
            reader = csv.reader(feed(), delimiter=separator)
        yield number, cells
        number += len(taken)


def strip_row(row: Mapping[str, str]) -> Row:
    return {name: value.strip() for name, value in row.items()}
