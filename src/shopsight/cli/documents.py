"""The nouns as JSON documents, with the names that the HTTP API uses too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shopsight.recognise.taxonomy import Place
    from shopsight.types import Answer, Finding, Hit, Product, Recognition, Rejection

Document = dict[str, Any]


def describe_answer(answer: Answer) -> Document:
    """`{engine, verdict, ms, hits, box_px, boxes, understood}`."""
    return {
        "engine": answer.engine,
        "verdict": answer.verdict,
        "ms": dict(answer.ms),
        "understood": answer.understood,
        "box_px": list(answer.box_px) if answer.box_px else None,
        "boxes": [describe_finding(finding) for finding in answer.boxes],
        "hits": [describe_hit(hit) for hit in answer.hits],
    }


def describe_hit(hit: Hit) -> Document:
    """The product's main fields beside the score, the calibrated chance and the reasons."""
    product = hit.product
    return {
        "sku": product.sku,
        "title": product.title,
        "score": round(hit.score, 4),
        "match_probability": round(hit.match_probability, 4),
        "because": [{"kind": b.kind, "words": b.words, "weight": round(b.weight, 4)} for b in hit.because],
        "photo": hit.photo,
        "category": product.category,
        "brand": product.brand,
        "price": None if product.price is None else str(product.price),
        "currency": product.currency,
        "url": product.url,
    }


def describe_recognition(found: Recognition) -> Document:
    """`{task, engine, width_px, height_px, known, findings, counts, colours, css_colours, pattern, ms}`."""
    return {
        "task": found.task,
        "engine": found.engine,
        "width_px": found.width_px,
        "height_px": found.height_px,
        "known": found.known,
        "findings": [describe_finding(finding) for finding in found.findings],
        "counts": dict(found.counts),
        "colours": [describe_finding(colour) for colour in found.colours],
        "css_colours": [describe_finding(colour) for colour in found.css_colours],
        "pattern": describe_finding(found.pattern) if found.pattern else None,
        "ms": dict(found.ms),
    }


def describe_finding(finding: Finding) -> Document:
    """`{label, score, box_px}`, and `mask` as COCO's run lengths where the finding has pixels."""
    document: Document = {
        "label": finding.label,
        "score": round(float(finding.score), 4),
        "box_px": list(finding.box_px) if finding.box_px else None,
    }
    if finding.mask is not None:
        from shopsight.recognise import rle

        document["mask"] = rle.encode(finding.mask)
    return document


def describe_rejections(rejected: Sequence[Rejection]) -> list[Document]:
    """`[{item, reason, cure}]`."""
    return [asdict(rejection) for rejection in rejected]


def describe_mapping(mapping: Mapping[str, str]) -> str:
    """The columns of a table as they were understood, in one line.

    >>> describe_mapping({"title": "Name", "price": "Preis"})
    'title from "Name", price from "Preis"'
    """
    return ", ".join(f'{field} from "{column}"' for field, column in mapping.items())


def price_of(product: Product) -> str:
    """The price as a person reads it; empty where the shop states none.

    >>> from decimal import Decimal
    >>> from shopsight.types import Product
    >>> price_of(Product("a", "Hat", price=Decimal("19.5"), currency="EUR"))
    '19.50 EUR'
    """
    return "" if product.price is None else f"{product.price:.2f} {product.currency}".strip()


def describe_place(place: Place) -> Document:
    """`{path, id, way: [{id, name, chance}], leaf, unplaced}`; `path` and `id` are empty where nothing is sure."""
    return {
        "path": place.path,
        "id": place.way[-1].id if place.way else "",
        "way": [{"id": step.id, "name": step.name, "chance": round(step.chance, 4)} for step in place.way],
        "leaf": place.leaf,
        "unplaced": round(place.unplaced, 4),
    }
