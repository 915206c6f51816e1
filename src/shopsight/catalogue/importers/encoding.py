"""Which encoding a text file is in: its byte order mark, else UTF-8 where that fits, else what old Windows wrote."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

from shopsight.catalogue.importers.origin import Origin

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(origin: Origin) -> str:
    """The name of the encoding. Reads the whole file once, in pieces, as the first odd letter may stand at its end."""
    head = origin.head(4096)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if head[1::2].count(0) > len(head) * 0.3:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) * 0.3:
        return "utf-16-be"
    return next(name for name in ("utf-8", "cp1252", "latin-1") if _fits(origin, name))


def _fits(origin: Origin, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with origin.open() as stream:
        try:
            while piece := stream.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def open_text(origin: Origin) -> TextIO:
    """The text in its own encoding, line ends untouched (a quoted cell may hold some)."""
    # A UTF-16 file torn in the middle of a letter still gives all the rows before.
    return io.TextIOWrapper(origin.open(), encoding=encoding_of(origin), errors="replace", newline="")
