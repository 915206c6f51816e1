"""Which column means what: guessed from the headers, shown, and overridden where the guess is wrong.

A mapping says for each field where its value comes from: a column ("Name"), the first filled of several ("sale
price|price";
for photos: all of them, in order), a pattern filled from columns ("images/{id}.jpg"), or a fixed value ("=EUR").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopsight.errors import BadSource

FIELDS = (
    "sku",
    "title",
    "description",
    "brand",
    "category",
    "price",
    "currency",
    "audience",
    "availability",
    "url",
    "photos",
)

# What shops call each field, best first. Compared in lower case without anything but letters and digits.
NAMES: dict[str, str] = {
    "sku": (
        "sku productsku variantsku itemsku productid itemid articleid articlenumber articleno itemnumber "
        "partnumber artikelnummer id productcode itemcode code uniqid asin gtin ean handle stylecode"
    ),
    "title": (
        "title name productname producttitle productdisplayname displayname itemname articlename bezeichnung "
        "titel nom nombre produktname product"
    ),
    "description": (
        "description longdescription productdescription body bodyhtml details detaildesc beschreibung "
        "shortdescription summary text"
    ),
    "brand": "brand brandname vendor manufacturer maker marke hersteller designer",
    "category": (
        "articletype category producttype type categories categoryname producttypename productcategory "
        "subcategory kategorie googleproductcategory department mastercategory class label"
    ),
    "price": (
        "saleprice price currentprice unitprice regularprice sellingprice discountedprice retailprice "
        "listprice variantprice priceeur priceusd amount preis prix precio"
    ),
    "currency": "currency currencycode pricecurrency währung devise",
    "audience": "audience gender targetgender sex geschlecht indexgroupname",
    "age": "agegroup age",
    "availability": "availability stockstatus instock stock available inventory quantity qty verfügbarkeit",
    "url": "url link producturl productlink pageurl permalink",
    "photos": (
        "images image photos photo pictures picture imageurl imageurls imagelink imagelinks imagesrc "
        "imagefile imagepath imgurl img filename file primaryimage mainimage mainimageurl photourl pictureurl "
        "thumbnail bild bilder additionalimagelink additionalimagelinks additionalimages"
    ),
    "attributes.colour": "colour color basecolour basecolor colourgroupname colorname colourname farbe couleur",
    "attributes.size": "size sizes größe groesse taille",
    "attributes.material": "material materials fabric composition",
    "attributes.pattern": "pattern graphicalappearancename print muster",
    "attributes.season": "season saison",
    "attributes.usage": "usage occasion",
    "attributes.style": "style",
    "attributes.fit": "fit",
    "attributes.collection": "collection",
    "attributes.year": "year",
    "attributes.tags": "tags keywords",
}
GATHERED = ("photos",)


@dataclass(frozen=True)
class Columns:
    """Reads a row by a mapping. `headers` are the table's, in order."""

    headers: tuple[str, ...]
    mapping: Mapping[str, str]

    def facts(self, row: Mapping[str, str]) -> dict[str, str]:
        """The row's value for every mapped field but the gathered ones."""
        return {
            field: value
            for field in self.mapping
            if field not in GATHERED and (value := next(iter(self.values(field, row)), ""))
        }

    def values(self, field: str, row: Mapping[str, str]) -> list[str]:
        """All filled values of a field, in the order of its columns."""
        rule = self.mapping.get(field, "")
        if rule in self.headers:
            return [value] if (value := row.get(rule, "").strip()) else []
        if rule.startswith("="):
            return [rule[1:]]
        parts = [part.strip() for part in rule.split("|")] if rule else []
        filled = [_fill(part, row) if "{" in part else row.get(part, "").strip() for part in parts]
        return [value for value in filled if value]


def _fill(pattern: str, row: Mapping[str, str]) -> str:
    """The pattern with each `{column}` replaced; nothing when a column is empty."""
    names = re.findall(r"\{([^{}]+)\}", pattern)
    if not all(row.get(name, "").strip() for name in names):
        return ""
    return re.sub(r"\{([^{}]+)\}", lambda found: row[found[1]].strip(), pattern)


def guess(headers: Sequence[str]) -> dict[str, str]:
    """The likeliest mapping for these headers. A field without a likely column is left out."""
    bare = {_bare(header): header for header in reversed(headers)}
    mapping = {field: found for field, names in NAMES.items() if (found := _best(field, names, bare))}
    taken = {column for rule in mapping.values() for column in rule.split("|")}
    if "title" not in mapping and "description" in mapping:
        mapping["title"] = mapping["description"]
    if "sku" not in mapping and "title" in mapping:
        mapping["sku"] = mapping["title"]
    if "sku" not in mapping and "photos" in mapping:
        mapping["sku"] = mapping["photos"].split("|")[0]
    numbered = [
        h
        for h in headers
        if h not in taken
        and re.fullmatch(r"(additional)?(image|photo|picture|img)(url|link|src)?\d{1,2}(url|link|src)?", _bare(h))
    ]
    if numbered:
        mapping["photos"] = "|".join([*filter(None, [mapping.get("photos", "")]), *numbered])
    return mapping


def _best(field: str, names: str, bare: Mapping[str, str]) -> str:
    found = [bare[name] for name in names.split() if name in bare]
    if field in (*GATHERED, "price"):
        return "|".join(found)
    return found[0] if found else ""


def complete(headers: Sequence[str], given: Mapping[str, str], guessed: Mapping[str, str], name: str) -> Columns:
    """The guess with what the person said put over it. An empty value takes a field out.

    Raises BadSource when a field or a column does not exist, or when nothing names the products.
    """
    for field, rule in given.items():
        _check(field, rule, headers, name)
    merged = {field: rule for field, rule in {**guessed, **given}.items() if rule}
    if "sku" not in merged:
        raise BadSource(
            name, f"no column names the products; it has {_some(headers)}", "say which one does: --map sku=COLUMN"
        )
    return Columns(tuple(headers), merged)


def _check(field: str, rule: str, headers: Sequence[str], name: str) -> None:
    if field not in (*FIELDS, "age") and not field.startswith("attributes."):
        raise BadSource(field, "not a field of a product", f"use one of {', '.join(FIELDS)} or attributes.NAME")
    if rule in headers or rule.startswith("=") or not rule:
        return
    columns = [c for part in rule.split("|") for c in (re.findall(r"\{([^{}]+)\}", part) or [part.strip()])]
    for column in columns:
        if column not in headers:
            raise BadSource(name, f'has no column "{column}"; it has {_some(headers)}', f"map {field} to one of these")


def _some(headers: Sequence[str]) -> str:
    shown = ", ".join(f'"{h}"' for h in headers[:30])
    return shown + (" ..." if len(headers) > 30 else "") if shown else "none"


def _bare(header: str) -> str:
    return re.sub(r"[\W_]+", "", header.casefold().removeprefix("g:"))
