"""Products as rows and back: what is written is exactly what is read again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping

from shopsight.catalogue.schema import AUDIENCES, AVAILABILITIES
from shopsight.errors import BadInput
from shopsight.types import Finding, Product, Sight, Vector

COLOUR_KEYS = frozenset({"colour", "color", "colours", "colors", "base colour", "basecolour", "farbe", "couleur"})
COLOUR_WORDS = """
black white grey red orange yellow green blue purple pink brown beige navy teal gold silver cream khaki olive maroon
burgundy turquoise charcoal tan lavender
"""
BASIC_COLOURS = frozenset(COLOUR_WORDS.split())
# Numbers that a price column holds; a price beyond is a mistake of the feed.
PRICE_MAX = Decimal(10) ** 12
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


def clean(product: Product) -> Product:
    """The product as it can be written: no NUL, no half characters, every photo once.

    Raises `BadInput` for a product without a SKU or with a price that is none.
    """
    if not product.sku.strip():
        raise BadInput("product", "it has no SKU", "Give every product a SKU of its own")
    if product.price is not None and not (product.price.is_finite() and 0 <= product.price <= PRICE_MAX):
        raise BadInput(product.sku, f"{product.price} is not a price", "Give a price of 0 or more, or none")
    if product.audience not in AUDIENCES:
        raise BadInput(product.sku, f"'{product.audience}' is not an audience", f"Use one of {', '.join(AUDIENCES)}")
    if product.availability not in AVAILABILITIES:
        choices = ", ".join(AVAILABILITIES)
        raise BadInput(product.sku, f"'{product.availability}' is not an availability", f"Use one of {choices}")
    texts = {name: writable(getattr(product, name)) for name in _TEXTS}
    attributes = {writable(str(key)): writable(str(value)) for key, value in product.attributes.items()}
    return replace(product, attributes=attributes, photos=tuple(dict.fromkeys(product.photos)), **texts)  # type: ignore[arg-type]


_TEXTS = ("sku", "title", "description", "brand", "category", "currency", "url")


def writable(text: str) -> str:
    """The text without what no database takes."""
    return UNWRITABLE.sub("", text)


def to_row(product: Product) -> dict[str, Any]:
    """The columns of `products` that the product alone decides."""
    return {
        **{name: getattr(product, name) for name in _TEXTS},
        "title_key": product.title.casefold(),
        "price": None if product.price is None else str(product.price),
        "price_e4": None if product.price is None else price_e4(product.price),
        "attributes": json.dumps(dict(product.attributes), ensure_ascii=False),
        "audience": AUDIENCES.index(product.audience),
        "availability": AVAILABILITIES.index(product.availability),
    }


def to_product(row: RowMapping, photos: Sequence[str]) -> Product:
    """`photos` are the product's photo ids in order."""
    return Product(
        **{name: row[name] for name in _TEXTS},
        price=None if row["price"] is None else Decimal(row["price"]),
        attributes=json.loads(row["attributes"]),
        audience=AUDIENCES[row["audience"]],  # type: ignore[arg-type]
        availability=AVAILABILITIES[row["availability"]],  # type: ignore[arg-type]
        photos=tuple(photos),
    )


def price_e4(price: Decimal) -> int:
    """The price in ten-thousandths, for comparing and sorting."""
    return int((price * 10_000).to_integral_value())


def key_of(name: str) -> str:
    """How names are compared: without case and without extra blanks."""
    return " ".join(name.casefold().split())


def stated_colours(attributes: Mapping[str, str]) -> list[str]:
    """The colours that the shop states, and the basic colours in their names: "Navy Blue" is also navy and blue."""
    stated = [value for key, value in attributes.items() if key_of(key) in COLOUR_KEYS]
    whole = [key_of(part) for value in stated for part in re.split(r"[,/;|&+]", value) if part.strip()]
    basic = [word.replace("gray", "grey") for name in whole for word in re.split(r"[\s-]+", name)]
    return list(dict.fromkeys(whole + [word for word in basic if word in BASIC_COLOURS]))


def pack_facts(sight: Sight) -> str:
    """What was recognised, as JSON."""
    return json.dumps(
        {
            "categories": [[f.label, round(f.score, 4)] for f in sight.categories],
            "colours": [[f.label, round(f.score, 4)] for f in sight.colours],
            "pattern": sight.pattern,
            "box": sight.box_px,
        },
        ensure_ascii=False,
    )


def unpack_facts(values: Vector, packed: str) -> Sight:
    facts = json.loads(packed) if packed else {}
    return Sight(
        values=values,
        categories=tuple(Finding(label, score) for label, score in facts.get("categories", ())),
        colours=tuple(Finding(label, score) for label, score in facts.get("colours", ())),
        pattern=facts.get("pattern", ""),
        box_px=tuple(facts["box"]) if facts.get("box") else None,
    )
