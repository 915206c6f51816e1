"""A listing page in HTML, saved or fetched: its products by JSON-LD, microdata, OpenGraph, or what looks like cards."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from shopsight.catalogue.importers.draft import Item, Source, clean, draft
from shopsight.catalogue.importers.encoding import encoding_of
from shopsight.catalogue.importers.origin import Origin, is_url, join
from shopsight.catalogue.importers.price import CODES, SIGNS
from shopsight.errors import BadInput, BadSource
from shopsight.types import Rejection

MOST_BYTES = 20_000_000
NAME_CLASSES = re.compile(r"(^|[-_ ])(name|title|heading)", re.IGNORECASE)
BRAND_CLASSES = re.compile(r"(^|[-_ ])(brand|vendor|manufacturer|designer)", re.IGNORECASE)
PRICE_CLASSES = re.compile(r"price|amount|preis|money", re.IGNORECASE)
OLD_PRICE_CLASSES = re.compile(
    r"(^|[-_ ])(old|was|regular|compare|strike|list|before|original|rrp|uvp|crossed)", re.IGNORECASE
)
ORNAMENT = re.compile(r"(logo|icon|sprite|placeholder|pixel|spacer|badge|avatar|flag|payment|banner)", re.IGNORECASE)
_SIGN = "|".join(re.escape(sign) for sign, _ in SIGNS if not sign.isalpha()) + "|" + "|".join(sorted(CODES))
MONEY = re.compile(rf"(?:(?:{_SIGN}|\bkr\.?)\s*\d[\d.,' ]*(?:,-)?|\d[\d.,' ]*(?:,-)?\s*(?:{_SIGN}|\bkr\b|zł|Kč))")
# Where lazy pages keep the picture until it is scrolled to, best first.
LAZY = ("data-zoom-image", "data-original", "data-lazy-src", "data-src", "data-image", "data-lazy", "data-url")
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")

Found = tuple[dict[str, str], list[str]]
"""Facts and picture references of one product."""


def open_listing(origin: Origin, mapping: Mapping[str, str]) -> Source:
    """The products of a page. Fixed values ("=EUR") may be given for any field; nothing else is mapped."""
    for field, rule in mapping.items():
        if rule and not rule.startswith("="):
            raise BadSource(field, "a page has no columns to map", f"give a fixed value: {field}==VALUE")
    fixed = {field: rule[1:] for field, rule in mapping.items() if rule}
    how, found, base = _find(origin)
    if not found:
        raise BadSource(
            origin.name,
            "no products were found on the page",
            "save the page after it has loaded fully, or export a feed from the shop",
        )
    shown = {"products": how, **{field: f"={value}" for field, value in fixed.items()}}
    return Source("listing", origin.name, lambda: _read(origin, base, found, fixed), shown, len(found))


def _find(origin: Origin) -> tuple[str, list[Found], str]:
    """How the products were marked, the products, and the address that the page's links start from."""
    with origin.open() as stream:
        data = stream.read(MOST_BYTES)
    page = BeautifulSoup(
        data, "html.parser", from_encoding=None if b"charset" in data[:4096].lower() else encoding_of(origin)
    )
    base = _base(page, origin)
    for how, look in (("JSON-LD", _json_ld), ("microdata", _microdata), ("cards", _cards), ("OpenGraph", _opengraph)):
        if found := [one for one in look(page) if one[0].get("title") and (one[1] or one[0].get("price"))]:
            return how, [(_named(facts, base), photos) for facts, photos in found], base
    return "", [], base


def _base(page: BeautifulSoup, origin: Origin) -> str:
    canonical = [
        _text(page.find("link", rel="canonical"), "href"),
        _text(page.find("meta", property="og:url"), "content"),
    ]
    start = origin.url or next((c for c in canonical if is_url(c)), "")
    try:
        return join(start, _text(page.find("base", href=True), "href")) or start
    except BadInput:
        return start


def _read(origin: Origin, base: str, found: list[Found], fixed: Mapping[str, str]) -> Iterator[Item]:
    seen: set[tuple[str, ...]] = set()
    for number, (facts, photos) in enumerate(found, 1):
        same = (facts["sku"], facts.get("title", ""))
        if same in seen:
            continue  # The same product in a carousel and in the grid is no mistake.
        seen.add(same)
        try:
            placed = [_place(origin, base, photo) for photo in photos]
        except BadInput as why:
            yield Rejection(facts["sku"], f"product {number}: {why.message}", why.cure)
            continue
        yield draft({**facts, **fixed}, placed, f"product {number}")


def _place(origin: Origin, base: str, reference: str) -> str:
    """A saved page's pictures lie beside it; those it did not save are fetched from where the page came from."""
    if origin.path and not is_url(reference) and not reference.startswith("//"):
        try:
            local = origin.place(unquote(urlsplit(reference).path) if ":" not in reference else reference)
        except BadInput:
            if not base:
                raise
        else:
            if Path(local).is_file() or not base:
                return local
    return join(base, reference) if base else origin.place(reference)


def _named(facts: dict[str, str], base: str) -> dict[str, str]:
    """With an absolute page address, and a SKU where the page gives none: the address's last part, else the title."""
    try:
        url = join(base, facts["url"]) if facts.get("url") else ""
    except BadInput:
        url = ""
    sku = (
        facts.get("sku")
        or re.sub(r"\.\w{2,5}$", "", unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]))
        or facts["title"]
    )
    if (
        "sku" not in facts
        and url
        and urlsplit(url).query
        and re.search(r"(^|&)(id|sku|pid|product|p|v|variant)=", urlsplit(url).query)
    ):
        sku = f"{sku}?{urlsplit(url).query}"
    return {**facts, "url": url, "sku": sku if len(sku) <= 200 else hashlib.sha256(sku.encode()).hexdigest()[:16]}


# --- JSON-LD ----------------------------------------------------------------------------------------------------------


def _json_ld(page: BeautifulSoup) -> Iterator[Found]:
    for script in page.find_all("script", type=re.compile("ld\\+json", re.IGNORECASE)):
        try:
            content = json.loads(script.get_text().strip().removeprefix("<!--").removesuffix("-->"), strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _products(content):
            yield _from_schema(thing)


def _products(content: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every Product in a JSON-LD document, wherever it is nested; a group's variants count as the group."""
    if depth > 12:
        return
    if isinstance(content, list):
        for one in content:
            yield from _products(one, depth + 1)
    elif isinstance(content, dict):
        kinds = {str(kind).rsplit("/", 1)[-1] for kind in _list(content.get("@type"))}
        if kinds & {"Product", "ProductGroup", "IndividualProduct", "ProductModel"}:
            yield content
        else:
            for key in ("@graph", "itemListElement", "item", "mainEntity", "about", "hasPart", "itemOffered"):
                yield from _products(content.get(key), depth + 1)


def _from_schema(thing: Mapping[str, Any]) -> Found:
    variants = [v for v in _list(thing.get("hasVariant")) if isinstance(v, dict)]
    offer = _best_offer([o for t in (thing, *variants) for o in _offers(t.get("offers"))])
    facts = {
        "sku": _word(thing, "sku", "productGroupID", "productID", "mpn", "gtin13", "gtin"),
        "title": _word(thing, "name"),
        "description": _word(thing, "description"),
        "brand": _word(thing, "brand", "manufacturer"),
        "category": _word(thing, "category"),
        "price": _word(offer, "price", "lowPrice") or _word(_dict(offer.get("priceSpecification")), "price"),
        "currency": _word(offer, "priceCurrency") or _word(_dict(offer.get("priceSpecification")), "priceCurrency"),
        "availability": _word(offer, "availability"),
        "audience": " ".join(
            (_word(_dict(thing.get("audience")), "suggestedGender", "audienceType"), _word(thing, "gender"))
        ),
        "url": _word(thing, "url", "@id") or _word(offer, "url"),
        "attributes.colour": _word(thing, "color"),
        "attributes.material": _word(thing, "material"),
        "attributes.pattern": _word(thing, "pattern"),
        "attributes.size": _word(thing, "size"),
    }
    photos = [photo for t in (thing, *variants) for photo in _images(t.get("image"))]
    return {field: value for field, value in facts.items() if value.strip()}, photos


def _offers(value: Any) -> Iterator[dict[str, Any]]:
    for offer in _list(value):
        if isinstance(offer, dict):
            yield offer
            yield from _offers(offer.get("offers"))


def _best_offer(offers: list[dict[str, Any]]) -> dict[str, Any]:
    """The first offer that can be bought, else the first with a price."""
    priced = [o for o in offers if _word(o, "price", "lowPrice") or o.get("priceSpecification")]
    return next((o for o in priced if _word(o, "availability").endswith("InStock")), priced[0] if priced else {})


def _images(value: Any) -> Iterator[str]:
    for image in _list(value):
        said = _word(image, "contentUrl", "url", "@id") if isinstance(image, dict) else str(image or "").strip()
        if said:
            yield said


def _word(thing: Mapping[str, Any], *names: str) -> str:
    """The first filled of these properties as text; of a nested thing its name, of a list its first."""
    for name in names:
        for value in _list(thing.get(name)):
            if isinstance(value, dict):
                value = value.get("name") or value.get("@value") or value.get("url") or ""
            if isinstance(value, str | int | float) and str(value).strip():
                return str(value).strip()
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _dict(value: Any) -> dict[str, Any]:
    return next((one for one in _list(value) if isinstance(one, dict)), {})


# --- microdata --------------------------------------------------------------------------------------------------------


def _microdata(page: BeautifulSoup) -> Iterator[Found]:
    for thing in page.find_all(
        None, attrs={"itemtype": re.compile(r"schema\.org/(Product|ProductGroup)\b", re.IGNORECASE)}
    ):
        said: dict[str, list[str]] = {}
        for prop in thing.find_all(None, attrs={"itemprop": True}):
            if (
                prop.find_parent(
                    attrs={"itemtype": re.compile(r"schema\.org/(Product|ProductGroup|Review|Rating)", re.IGNORECASE)}
                )
                is not thing
            ):
                continue
            for name in str(prop["itemprop"]).split():
                said.setdefault(name, []).append(_value(prop))
        one = {name: next(filter(None, values), "") for name, values in said.items()}
        facts = {
            "sku": one.get("sku") or one.get("productID") or one.get("mpn", ""),
            "title": one.get("name", ""),
            "price": one.get("price") or one.get("lowPrice", ""),
            "currency": one.get("priceCurrency", ""),
            "attributes.colour": one.get("color", ""),
            **{name: one.get(name, "") for name in ("description", "category", "availability", "url")},
            "brand": _brand(thing) or one.get("brand", "") or one.get("manufacturer", ""),
        }
        yield {field: value for field, value in facts.items() if value}, list(filter(None, said.get("image", [])))


def _brand(thing: Tag) -> str:
    brand = thing.find(None, attrs={"itemprop": "brand"})
    name = brand.find(None, attrs={"itemprop": "name"}) if isinstance(brand, Tag) else None
    return _value(name) if isinstance(name, Tag) else ""


def _value(prop: Tag) -> str:
    if prop.name == "img":
        return _picture(prop)
    for attribute in ("content", "href", "src", "data-src", "datetime", "value"):
        if said := _text(prop, attribute):
            return said
    return clean(prop.get_text(" "), 2000)


# --- OpenGraph --------------------------------------------------------------------------------------------------------


def _opengraph(page: BeautifulSoup) -> Iterator[Found]:
    """A page about one product."""
    said: dict[str, list[str]] = {}
    for meta in page.find_all("meta"):
        name = _text(meta, "property") or _text(meta, "name")
        if name.startswith(("og:", "product:")) and (content := _text(meta, "content")):
            said.setdefault(name, []).append(content)
    one = {name: values[0] for name, values in said.items()}
    if "product" not in one.get("og:type", "") and not any(
        name.startswith("product:price") or name == "og:price:amount" for name in one
    ):
        return
    facts = {
        "sku": one.get("product:retailer_item_id", ""),
        "title": one.get("og:title", ""),
        "description": one.get("og:description", ""),
        "brand": one.get("product:brand", ""),
        "category": one.get("product:category", ""),
        "price": one.get("product:sale_price:amount")
        or one.get("product:price:amount")
        or one.get("og:price:amount", ""),
        "currency": one.get("product:price:currency") or one.get("og:price:currency", ""),
        "availability": one.get("product:availability") or one.get("og:availability", ""),
        "audience": one.get("product:target_gender", ""),
        "url": one.get("og:url", ""),
        "attributes.colour": one.get("product:color", ""),
    }
    yield (
        {field: value for field, value in facts.items() if value},
        said.get("og:image:secure_url") or said.get("og:image", []),
    )


# --- cards ------------------------------------------------------------------------------------------------------------


def _cards(page: BeautifulSoup) -> Iterator[Found]:
    """Blocks with a picture and a price: for each price the largest block around it that holds no other product's."""
    prices = [
        node
        for node in page.find_all(string=MONEY)
        if node.parent and node.parent.name not in ("script", "style", "noscript", "option", "template")
    ]
    seen: set[int] = set()
    for price in prices:
        card = _card_around(price.parent)
        if card is not None and id(card) not in seen:
            seen.add(id(card))
            yield _from_card(card)


def _card_around(node: Tag | None) -> Tag | None:
    """The first block around a price that holds a picture, widened while it still is about one product."""
    card: Tag | None = None
    while isinstance(node, Tag) and node.name not in ("body", "html", "[document]", "main"):
        if _pictures(node):
            if card is not None and _things(node) > max(1, _things(card)):
                break
            card = node
        elif _things(node) > 1:
            break
        node = node.parent
    return card


def _things(node: Tag) -> int:
    """How many products a block is about: its different links that hold a picture, else its headings."""
    links = {_text(a, "href").split("#")[0] for a in node.find_all("a", href=True) if a.find("img")}
    return max(len(links - {""}), len(node.find_all(["h1", "h2", "h3", "h4", "h5"])), len(node.find_all(["article"])))


def _from_card(card: Tag) -> Found:
    link = next(
        (a for a in [card, *card.find_all("a", href=True)] if a.name == "a" and _text(a, "href").strip("#")), None
    )
    images = _pictures(card)
    old = [*card.find_all(["del", "s", "strike"])]
    old += [t for t in card.find_all(class_=OLD_PRICE_CLASSES) if MONEY.search(t.get_text(" "))]
    crossed = {id(tag) for outer in old for tag in (outer, *outer.find_all(True))}
    money = [
        m[0]
        for node in card.find_all(string=MONEY)
        if id(node.parent) not in crossed
        for m in [MONEY.search(node)]
        if m
    ]
    whole = MONEY.search(card.get_text(" "))
    brand = card.find(class_=BRAND_CLASSES)
    facts = {
        "sku": next(
            (
                _text(card, name)
                for name in ("data-sku", "data-product-sku", "data-product-id", "data-productid", "data-pid", "data-id")
                if _text(card, name)
            ),
            "",
        ),
        "title": _card_title(card, link, images),
        "brand": _text(card, "data-brand") or (clean(brand.get_text(" "), 100) if isinstance(brand, Tag) else ""),
        "price": (money[-1] if old else money[0]) if money else whole[0] if whole else "",
        "url": _text(link, "href") if link is not None else "",
        "category": _text(card, "data-category"),
    }
    return {field: value for field, value in facts.items() if value}, list(
        dict.fromkeys(_picture(image) for image in images)
    )


def _card_title(card: Tag, link: Tag | None, images: Iterable[Tag]) -> str:
    """What calls itself the name, else a heading, the picture's text, the link's."""
    tags = [t for t in card.find_all(class_=NAME_CLASSES) if not BRAND_CLASSES.search(" ".join(t.get("class") or []))]
    texts = [_text(card, "data-name"), _text(card, "data-product-name")]
    texts += [t.get_text(" ") for t in [*tags, *card.find_all(["h1", "h2", "h3", "h4", "h5"])]]
    texts += [_text(image, "alt") for image in images]
    if link is not None:
        texts += [_text(link, "title"), _text(link, "aria-label"), link.get_text(" ")]
    return next((said for text in texts if (said := clean(text, 500)) and not MONEY.fullmatch(said)), "")


def _pictures(card: Tag) -> list[Tag]:
    """The pictures of a card that show goods."""
    return [
        image
        for image in card.find_all("img")
        if (source := _picture(image)) and not ORNAMENT.search(source.rsplit("/", 1)[-1])
    ]


def _picture(image: Tag) -> str:
    """The best address of a picture: the largest of a set, then where lazy pages hide it, then what is shown."""
    sets = [_text(image, name) for name in LAZY_SETS]
    if isinstance(image.parent, Tag) and image.parent.name == "picture":
        sources = [s for s in image.parent.find_all("source") if "svg" not in _text(s, "type")]
        sets += [_text(source, name) for source in sources for name in LAZY_SETS]
    largest = next((best for text in sets if (best := _largest(text))), "")
    hidden = next((said for name in LAZY if (said := _text(image, name)) and not said.startswith("data:")), "")
    shown = _text(image, "src")
    return largest or hidden or ("" if shown.startswith("data:") else shown)


def _largest(srcset: str) -> str:
    """The widest candidate of a `srcset`; commas inside an address belong to it.

    >>> _largest("a.jpg 320w, b.jpg 640w, c.jpg 480w")
    'b.jpg'
    """
    found = re.findall(r"\s*([^\s,][^\s]*[^\s,]|[^\s,])(?:\s+([\d.]+)[wx])?\s*(?:,|$)", srcset)
    candidates = [(float(size or 1), url) for url, size in found if not url.startswith("data:")]
    return max(candidates, key=lambda c: c[0])[1] if candidates else ""


def _text(tag: Any, attribute: str) -> str:
    value = tag.get(attribute) if isinstance(tag, Tag) else None
    return " ".join(value).strip() if isinstance(value, list) else (value or "").strip()
