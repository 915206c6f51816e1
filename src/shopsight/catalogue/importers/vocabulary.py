"""What feeds call the audience and the availability, in our words."""

from __future__ import annotations

import re

from shopsight.types import Audience, Availability

WOMEN = frozenset(("women", "womens", "woman", "female", "ladies", "lady", "damen", "femme", "dames", "mujer", "donna"))
MEN = frozenset(("men", "mens", "man", "male", "gentlemen", "herren", "homme", "heren", "hombre", "uomo"))
GIRLS = frozenset(("girl", "girls", "mädchen", "fille"))
BOYS = frozenset(("boy", "boys", "jungen", "garçon"))
KIDS = frozenset(
    (
        "kid",
        "kids",
        "child",
        "children",
        "kinder",
        "enfant",
        "baby",
        "babies",
        "infant",
        "newborn",
        "toddler",
        "youth",
        "junior",
        "juniors",
    )
)
BOTH = frozenset(("unisex", "all", "everyone"))

IN_STOCK = frozenset(
    (
        "in stock",
        "instock",
        "available",
        "yes",
        "true",
        "1",
        "limitedavailability",
        "limited availability",
        "onlineonly",
        "instoreonly",
        "auf lager",
        "lieferbar",
        "active",
    )
)
OUT_OF_STOCK = frozenset(
    (
        "out of stock",
        "outofstock",
        "sold out",
        "soldout",
        "unavailable",
        "discontinued",
        "no",
        "false",
        "0",
        "ausverkauft",
        "nicht lieferbar",
    )
)
PREORDER = frozenset(
    ("preorder", "pre order", "presale", "backorder", "on backorder", "back order", "available for order")
)


def read_audience(*texts: str) -> Audience:
    """Who it is for, from whatever the feed says: gender, age group, tags, a folder's name."""
    said = {word.replace("'s", "s") for text in texts for word in re.findall(r"[^\W\d_]+(?:'s)?", text.casefold())}
    young = bool(said & KIDS)
    if said & GIRLS or (young and said & WOMEN and not said & MEN):
        return "kids" if said & BOYS else "girls"
    if said & BOYS or (young and said & MEN and not said & WOMEN):
        return "boys"
    if young:
        return "kids"
    if said & BOTH or (said & WOMEN and said & MEN):
        return "unisex"
    if said & WOMEN:
        return "women"
    return "men" if said & MEN else "unknown"


def read_availability(text: str) -> Availability:
    """In stock or not, from Google's, schema.org's, WooCommerce's and plain words; a number counts pieces."""
    said = re.sub(r"[\s_-]+", " ", text.casefold().rsplit("/", 1)[-1]).strip()
    if said in IN_STOCK:
        return "in_stock"
    if said in OUT_OF_STOCK:
        return "out_of_stock"
    if said in PREORDER:
        return "preorder"
    if re.fullmatch(r"-?\d+([.,]\d+)?", said):
        return "out_of_stock" if said.startswith("-") or not re.search(r"[1-9]", said) else "in_stock"
    return "unknown"
