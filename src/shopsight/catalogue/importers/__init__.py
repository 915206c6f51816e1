"""Ways into the shop: a folder of pictures, a table, a feed, a page. `open_source` finds out which it is.

Add a way: write `importers/NAME.py` with `open_NAME(origin, mapping) -> Source`, and name it in `KINDS` and `_kind_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from shopsight.catalogue.importers import merchant, shopify, woocommerce
from shopsight.catalogue.importers.draft import Draft, Item, Source
from shopsight.catalogue.importers.folder import has_pictures, open_folder
from shopsight.catalogue.importers.listing import open_listing
from shopsight.catalogue.importers.merchant import open_merchant
from shopsight.catalogue.importers.origin import Fetch, Origin, is_url
from shopsight.catalogue.importers.rows import read_table
from shopsight.catalogue.importers.shopify import open_shopify
from shopsight.catalogue.importers.table import open_table
from shopsight.catalogue.importers.woocommerce import open_woocommerce
from shopsight.errors import BadSource, NotFound

__all__ = ["KINDS", "Draft", "Fetch", "Item", "Origin", "Source", "open_source"]

_OPENERS: dict[str, Callable[[Origin, Mapping[str, str]], Source]] = {
    "csv": open_table,
    "shopify": open_shopify,
    "woocommerce": open_woocommerce,
    "merchant": open_merchant,
    "listing": open_listing,
}
KINDS = ("folder", *_OPENERS)
MOST_FEED_BYTES = 500_000_000


def open_source(
    source: str | Path, *, kind: str = "", mapping: Mapping[str, str] | None = None, fetch: Fetch | None = None
) -> Source:
    """Opens a folder, a file or a web address for reading its products.

    `kind` is one of `KINDS`; empty means: found out from the content. `mapping` overrides the guessed columns.
    `fetch` gets web addresses (see `shopsight.catalogue.fetch`); a page is asked for politely, by its robots.txt.
    Raises NotFound, BadSource or BadAddress when nothing can be read at all.
    """
    if kind and kind not in KINDS:
        raise BadSource(kind, "not a kind of source", f"use one of {', '.join(KINDS)}")
    origin = _reach(str(source), kind, fetch)
    if origin.path is not None and origin.path.is_dir():
        feed = _feed_in(origin.path) if not kind else None
        if feed is None:
            if kind not in ("", "folder"):
                raise BadSource(origin.name, f"a folder, not a {kind} file", "name the file itself")
            return open_folder(origin.path, mapping or {})
        origin = Origin(path=feed)
    if kind == "folder":
        raise BadSource(origin.name, "a file, not a folder", "leave out --kind, or name the folder")
    return _OPENERS[kind or _kind_of(origin)](origin, mapping or {})


def _reach(source: str, kind: str, fetch: Fetch | None) -> Origin:
    if is_url(source):
        if fetch is None:
            raise BadSource(source, "a web address, and nothing to fetch it with", "download it and name the file")
        return Origin(url=source, data=fetch(source, max_bytes=MOST_FEED_BYTES, polite=kind in ("", "listing")))
    path = Path(source).expanduser()
    if not path.exists():
        raise NotFound(source, "there is no such file or folder", "check the path")
    return Origin(path=path.absolute())


def _feed_in(folder: Path) -> Path | None:
    """The one table that lies in a folder whose pictures are all in sub-folders: it says more than the files' names."""
    tables = [path for path in folder.iterdir() if path.suffix.lower() in (".csv", ".tsv", ".xml") and path.is_file()]
    return tables[0] if len(tables) == 1 and not has_pictures(folder) else None


def _kind_of(origin: Origin) -> str:
    """The kind by the first bytes, then by the columns."""
    head = origin.head(4096)
    if not head.strip():
        raise BadSource(origin.name, "it is empty", "export it again")
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00").replace(b"\x00", b"")[:2000].lower()
    if (
        start.startswith((b"<!doctype html", b"<html"))
        or (start.startswith(b"<") and b"<html" in start)
        or origin.suffix in (".html", ".htm", ".mhtml")
    ):
        return "listing"
    if start.startswith((b"<?xml", b"<rss", b"<feed")) or origin.suffix == ".xml":
        return "merchant"
    if start.startswith(b"<"):
        return "listing"
    if start.startswith((b"\x89png", b"gif8", b"riff", b"\xd8\xff", b"pk\x03\x04", b"%pdf", b"{")) or head.startswith(
        b"\xff\xd8"
    ):
        raise BadSource(
            origin.name,
            "not a folder, table, feed or page",
            "name the folder of pictures, or export the products as CSV",
        )
    headers = read_table(origin).headers
    guesses = (("shopify", shopify), ("woocommerce", woocommerce), ("merchant", merchant))
    return next((kind for kind, module in guesses if module.looks_like(headers)), "csv")
