"""A product on its way in: its facts checked, its pictures still where the source keeps them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bs4 import BeautifulSoup

from shopsight.catalogue.importers.price import read_price
from shopsight.catalogue.importers.vocabulary import read_audience, read_availability
from shopsight.errors import BadInput, BadSource
from shopsight.types import Product, Rejection

MAX_SKU = 200
MAX_SHORT = 500
MAX_LONG = 20_000
FEW_PHOTOS = 50
# Line breaks and tabs are text; other control characters and lone surrogates are damage that databases refuse.
DAMAGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff\ufffe\uffff\ufeff]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A product as the source tells it. `photos` are local paths or URLs in order, the cover first."""

    product: Product
    photos: tuple[str, ...] = ()


Item = Draft | Rejection


@dataclass
class Source:
    """Something to import: iterating gives a `Draft` or a `Rejection` per item, one SKU once.

    `kind` is how it is read, `mapping` what was taken for what, `total` the number of items where it is known.
    """

    kind: str
    name: str
    read: Callable[[], Iterator[Item]]
    mapping: Mapping[str, str] = field(default_factory=dict)
    total: int | None = None

    def __iter__(self) -> Iterator[Item]:
        seen: set[str] = set()
        for item in self.read():
            if isinstance(item, Rejection):
                yield item
            elif item.product.sku in seen:
                yield Rejection(
                    item.product.sku,
                    "this SKU comes a second time in the source",
                    "give every product its own SKU; the first was taken",
                )
            else:
                seen.add(item.product.sku)
                yield item


def draft(facts: Mapping[str, str], photos: Iterable[str], where: str) -> Item:
    """A draft from plain texts named as the fields of `Product`, or the rejection that says what is wrong.

    `facts` may hold `attributes.NAME` entries and `age` (helps to find the audience). `where` names the item while it
    has no SKU, such as "row 7".
    """
    sku = clean(facts.get("sku", ""), MAX_SKU + 1)
    if not sku:
        return Rejection(where, "it has no SKU", "fill the SKU column, or name another one for it")
    if len(sku) > MAX_SKU:
        return Rejection(
            where, f"its SKU is longer than {MAX_SKU} characters", "shorten it, or name another column for the SKU"
        )
    try:
        return _build(sku, facts, photos)
    except BadInput as why:
        return Rejection(sku, f"{where}: {why.message}", why.cure)


def _build(sku: str, facts: Mapping[str, str], photos: Iterable[str]) -> Draft:
    price, currency = read_price(facts.get("price", ""), facts.get("currency", ""))
    product = Product(
        sku=sku,
        title=clean(facts.get("title", ""), MAX_SHORT) or sku,
        description=clean(facts.get("description", ""), MAX_LONG),
        brand=clean(facts.get("brand", ""), MAX_SHORT),
        category=clean(leaf(facts.get("category", "")), MAX_SHORT),
        price=price,
        currency=currency if price is not None else "",
        attributes=_attributes(facts),
        audience=read_audience(facts.get("audience", ""), facts.get("age", "")),
        availability=read_availability(facts.get("availability", "")),
        url=_web(facts.get("url", "")),
        photos=(),
    )
    return Draft(product, tuple(dict.fromkeys(photo for photo in photos if photo))[:FEW_PHOTOS])


def _attributes(facts: Mapping[str, str]) -> dict[str, str]:
    named = {
        k.removeprefix("attributes."): clean(v, MAX_SHORT) for k, v in facts.items() if k.startswith("attributes.")
    }
    path = clean(facts.get("category", ""), MAX_SHORT)
    if leaf(path) != path:
        named.setdefault("category path", path)
    return {name: value for name, value in sorted(named.items()) if name and value}


def clean(text: str, most: int = MAX_LONG) -> str:
    """Plain text: tags gone, entities read, spaces single, nothing a database refuses, at most `most` characters."""
    if not text:
        return ""
    plain = text
    if "<" in plain or "&" in plain:
        plain = BeautifulSoup(plain.replace("<br", " <br").replace("</", " </"), "html.parser").get_text()
    return re.sub(r"\s+", " ", DAMAGE.sub("", plain)).strip()[:most].rstrip()


def leaf(category: str) -> str:
    """The last step of "Clothing > Tops > T-shirts"."""
    return re.split(r"\s*(?:>|›|»|&gt;)\s*", category.strip(" >"))[-1]


def _web(url: str) -> str:
    """A product's page, if it is one a browser may be sent to."""
    said = clean(url, 2000)
    return said if re.match(r"https?://[^\s\"'<>]+$", said, re.IGNORECASE) else ""


def nothing_here(name: str, what: str, cure: str) -> BadSource:
    return BadSource(name, f"holds no {what}", cure)
