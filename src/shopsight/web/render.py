"""Pages: templates filled with the nouns, and the few words and numbers that people read differently from programs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shopsight.errors import ShopsightError
from shopsight.images.colour import SHOP_COLOURS
from shopsight.search.because import WHOLE
from shopsight.types import Answer, Filters, Hit, Product

HERE = Path(__file__).parent
STATIC = HERE / "static"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "PLN": "zł"}
AVAILABLE = {"in_stock": "In stock", "out_of_stock": "Sold out", "preorder": "Pre-order"}
VERDICTS = {
    "found": ("Found it", "The shop seems to sell the very thing you showed."),
    "similar": ("Close, but not the same", "The shop has no exact match. These come nearest."),
    "nothing like it": (
        "Nothing like it here",
        "The shop does not seem to sell this. The nearest are shown, but they are not near.",
    ),
}
WORD_VERDICTS = {
    "found": ("{} for “{}”", ""),
    "similar": ("{} near “{}”", "No product says exactly this. These come nearest."),
    "nothing like it": ("Nothing for “{}”", "Try fewer or other words, or show the shop a picture."),
}
MORE_SWATCHES = {
    "gray": "#85868a", "silver": "#c3c8cc", "navy blue": "#1d2a52", "gold": "#c79a35", "teal": "#1f7d7d",
    "khaki": "#a89b6b", "maroon": "#71202c", "violet": "#7c4a9c", "rose": "#e3a5a8", "mint": "#a5dcc0",
}  # fmt: skip
SWATCHES = {name: shades[len(shades) // 2] for name, shades in SHOP_COLOURS.items()} | MORE_SWATCHES


def price(product: Product) -> str:
    """`49.90 €` as people write it; empty without a price."""
    if product.price is None:
        return ""
    return money(product.price, product.currency)


def money(amount: Decimal, currency: str) -> str:
    digits = "0" if currency == "JPY" else "0.01"
    number = f"{amount.quantize(Decimal(digits)):,}"
    symbol = SYMBOLS.get(currency, currency)
    return f"{symbol}{number}" if symbol in {"$", "£", "¥", "₹"} else f"{number} {symbol}".rstrip()


def match_words(probability: float) -> str:
    """The calibrated chance as shoppers say it."""
    steps = ((0.9, "Almost surely this one"), (0.6, "Probably this one"), (0.3, "Perhaps this one"), (0.05, "Similar"))
    return next((words for least, words in steps if probability >= least), "Only a little alike")


def cover(hit: Hit) -> str:
    """The photo of the product that matched, else its first."""
    return hit.photo or next(iter(hit.product.photos), "")


def safe_link(url: str) -> str:
    """A shop's own link, only when it leads to the web: `javascript:` in a feed goes nowhere."""
    return url if url.startswith(("https://", "http://")) else ""


def headline(answer: Answer, words: str, by_photo: bool) -> tuple[str, str]:
    """The verdict, in words: a title and a sentence."""
    if by_photo:
        return VERDICTS[answer.verdict] if answer.hits else ("Nothing to compare with", "")
    title, more = WORD_VERDICTS[answer.verdict if answer.hits else "nothing like it"]
    carrying = sum(hit.match_probability >= WHOLE for hit in answer.hits)
    counted = carrying if answer.verdict == "found" else len(answer.hits)
    if rest := len(answer.hits) - counted:
        more = f"Then {rest} with some of the words."
    count = f"{counted} product{'s' if counted != 1 else ''}"
    understood = answer.understood or words
    return (title.format(count, understood) if title.count("{}") == 2 else title.format(understood)), more


def chosen(filters: Filters) -> list[tuple[str, str, str]]:
    """The filters in force as (name, value, words)."""
    lists = ("category", filters.categories), ("brand", filters.brands), ("colour", filters.colours)
    more = ("audience", filters.audiences), ("availability", filters.availabilities)
    rows = [(name, v, AVAILABLE.get(v, v).capitalize()) for name, values in (*lists, *more) for v in values]
    ends = ("price_min", filters.price_min, "from"), ("price_max", filters.price_max, "up to")
    return rows + [(name, str(v), f"{word} {v:,}") for name, v, word in ends if v is not None]


def without(request: Request, name: str, value: str) -> str:
    """The page's address without one filter."""
    kept = [(n, v) for n, v in request.query_params.multi_items() if (n, v) != (name, value) and n != "offset"]
    return _address(request, kept)


def at_offset(request: Request, offset: int) -> str:
    """The page's address at another place of its list."""
    kept = [(n, v) for n, v in request.query_params.multi_items() if n != "offset"]
    return _address(request, [*kept, ("offset", str(offset))] if offset else kept)


def _address(request: Request, query: list[tuple[str, str]]) -> str:
    # Results come alone when a script asks for them; their links lead to the whole page.
    path = "/" if request.url.path == "/results" else request.url.path
    return f"{path}?{urlencode(query)}" if query else path


def fingerprint(folder: Path) -> str:
    """A short hash of all files, so that their addresses change when they do."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


class Pages:
    """Fills templates."""

    def __init__(self) -> None:
        self.version = fingerprint(STATIC)
        self.static = f"/static/{self.version}"
        env = Environment(loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined)
        env.trim_blocks = env.lstrip_blocks = True
        env.filters.update(price=price, match_words=match_words, cover=cover, path=lambda s: quote(s, safe=""))
        env.globals.update(
            static=self.static, safe_link=safe_link, swatches=SWATCHES, available=AVAILABLE,
            without=without, at_offset=at_offset, chosen=chosen,
        )  # fmt: skip
        self._env = env

    def show(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self.fill(template, request=request, **values), status, {"Cache-Control": "no-cache"})

    def fill(self, template: str, **values: Any) -> str:
        """A template as text, for files that are no page."""
        return self._env.get_template(template).render(**values)

    def error(self, request: Request, error: ShopsightError) -> HTMLResponse:
        return self.show(request, "error.html", error.web_status, error=error)

    def worker(self) -> str:
        """The service worker, told which files make the shell."""
        files = [f"{self.static}/{name}" for name in shell_files(STATIC)]
        return self._env.get_template("sw.js").render(version=self.version, files=files)


def shell_files(folder: Path) -> Iterable[str]:
    """What a page needs to stand up without the network."""
    kinds = {".css", ".js", ".woff2", ".svg", ".png"}
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix in kinds)


def manifest(static: str) -> Mapping[str, Any]:
    """What makes the page installable on a phone."""
    icons = [
        {"src": f"{static}/icons/icon-{side}.png", "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
        for side, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    return {
        "name": "Shopsight",
        "short_name": "Shopsight",
        "description": "Show the shop a picture and find it.",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f2f4f1",
        "theme_color": "#14201c",
        "icons": [*icons, {"src": f"{static}/icons/icon.svg", "sizes": "any", "type": "image/svg+xml"}],
        "shortcuts": [{"name": "Show a picture", "url": "/?show=picture"}],
    }
