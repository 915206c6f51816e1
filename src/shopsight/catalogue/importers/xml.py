"""Reads the items of an XML feed one by one, whatever its size, and refuses the tricks that XML allows."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from xml.parsers import expat

from shopsight.catalogue.importers.encoding import encoding_of
from shopsight.catalogue.importers.origin import Origin
from shopsight.errors import BadSource

ITEMS = ("item", "entry", "product")
Element = dict[str, list[str]]


class _Collector:
    """Gathers the texts of each item under the names of its tags, without their prefixes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.done: list[tuple[int, Element]] = []
        self.item: Element | None = None
        self.path: list[str] = []
        self.text: list[str] = []
        self.line = 0
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text.append
        self.parser.StartDoctypeDeclHandler = self.refuse

    def refuse(self, *_: object) -> None:
        raise BadSource(
            self.name,
            "the XML declares entities, which can read files or fill the memory",
            "export the feed without a DOCTYPE",
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        bare = tag.rsplit(":", 1)[-1].lower()
        if self.item is None and bare in ITEMS:
            self.item, self.line, self.path = {}, self.parser.CurrentLineNumber, []
        elif self.item is not None:
            self.path.append(bare)
            if bare == "link" and attributes.get("href") and attributes.get("rel", "alternate") == "alternate":
                self.item.setdefault("link", []).append(attributes["href"])
        self.text.clear()

    def end(self, tag: str) -> None:
        if self.item is None:
            return
        if not self.path:
            self.done.append((self.line, self.item))
            self.item = None
        else:
            self.path.pop()
            if said := "".join(self.text).strip():
                self.item.setdefault(tag.rsplit(":", 1)[-1].lower(), []).append(said)
        self.text.clear()


def read_items(origin: Origin) -> Iterator[tuple[int, Element]]:
    """Line number and texts by tag of each item. Raises BadSource where the XML breaks; those before were given.

    Old feeds say one encoding and use another; the bytes decide, and the parser is handed UTF-8.
    """
    collector = _Collector(origin.name)
    decoder = codecs.getincrementaldecoder(_encoding(origin))("replace")
    with origin.open() as stream:
        final = False
        while not final:
            piece = stream.read(1 << 16)
            final = not piece
            try:
                collector.parser.Parse(decoder.decode(piece, final).encode(), final)
            except expat.ExpatError as why:
                yield from collector.done
                raise BadSource(
                    origin.name,
                    f"the XML breaks off: {expat.ErrorString(why.code)}, line {why.lineno}",
                    "export the feed again; the items before were read",
                ) from why
            yield from collector.done
            collector.done.clear()


def _encoding(origin: Origin) -> str:
    """The declared 8-bit encoding, unless the bytes are plainly something else."""
    found = re.match(rb"""\s*<\?xml[^>]*encoding=["']([\w-]+)""", origin.head(200))
    seen = encoding_of(origin)
    declared = found[1].decode() if found else ""
    if seen != "cp1252" or declared.lower() in ("", "utf-8", "utf8", "utf-16"):
        return seen
    try:
        return codecs.lookup(declared).name
    except LookupError:
        return seen
