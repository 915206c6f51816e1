"""The console's page of suggestions: what the photos say of products, for a person to accept, correct or dismiss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from shopsight.catalogue.store import Suggestion
from shopsight.catalogue.suggestions import said
from shopsight.images.colour import SHOP_COLOURS
from shopsight.shop import Shop
from shopsight.types import Product
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.site import access
from shopsight.web.suggestions import Kind, State

pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)
PAGE = 24
PATTERNS = ("plain", "striped", "checked", "dotted", "printed")


@dataclass(frozen=True, slots=True)
class Idea:
    """A suggestion, and what the product says of that kind now."""

    suggestion: Suggestion
    now: str


@dataclass(frozen=True, slots=True)
class Card:
    """A product and what is suggested for it."""

    product: Product
    photo: str
    ideas: tuple[Idea, ...]


@pages.get("/console/suggestions")
def show_page(
    request: Request,
    door: At,
    state: State = "pending",
    kind: Kind | Literal[""] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """The page: how far one is, what is waiting, product by product."""
    found = door.shop.catalogue.suggestions(state, kind, offset=offset, limit=PAGE)
    return door.pages.show(
        request, "suggestions.html", cards=cards(door.shop, found.suggestions, state, kind), page=found,
        state=state, kind=kind, offset=offset, size=PAGE, words=words_for(door.shop), access=access(request, door),
        counts=door.shop.counts(),
    )  # fmt: skip


def cards(shop: Shop, found: Sequence[Suggestion], state: str, kind: str) -> list[Card]:
    """The products of these suggestions, in their order, each with all of its suggestions of that state and kind."""
    skus = list(dict.fromkeys(each.sku for each in found))
    products = shop.catalogue.products(skus)
    made = []
    for sku in skus:
        product = products[sku]
        ideas = sorted(shop.catalogue.suggestions(state, kind, sku).suggestions, key=lambda idea: idea.kind)
        photo = ideas[0].photo if ideas else next(iter(product.photos), "")
        made.append(Card(product, photo, tuple(Idea(each, said(product, each.kind)) for each in ideas)))
    return made


def words_for(shop: Shop) -> dict[str, list[str]]:
    """What a person may choose from when correcting: the shop's own words, and ours for colours and patterns."""
    facets = shop.facets()
    return {
        "category": list(facets.categories),
        "colour": list(dict.fromkeys([*facets.colours, *SHOP_COLOURS])),
        "pattern": list(PATTERNS),
    }
