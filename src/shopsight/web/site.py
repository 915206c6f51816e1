"""The pages people see: the shop, a product, the console, and what a phone needs to install them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from shopsight.insight.advice import advise
from shopsight.insight.factors import FACTORS
from shopsight.types import Answer, Filters
from shopsight.web.asking import Asked, Words, clean_words
from shopsight.web.door import At, Door
from shopsight.web.factors import factors_of
from shopsight.web.guard import from_this_machine, holds_key, may_read
from shopsight.web.photos import PhotoId
from shopsight.web.products import SkuPath
from shopsight.web.render import headline, manifest
from shopsight.web.search import find_with_photo

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)
shell = APIRouter(include_in_schema=False)
PAGE = 24
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
OfSku = Annotated[str, Query(max_length=200)]
Order = Annotated[Literal["title", "price", "-price", "newest"], Query()]


@router.get("/")
def show_shop(request: Request, door: At, asked: Asked, words: Words = "", offset: Offset = 0) -> Response:
    """The shopper's page; with words or filters in its address it shows what they find."""
    values = shelf_or_answer(door, asked, clean_words(words), offset)
    return door.pages.show(request, "shop.html", facets=door.shop.facets(), counts=door.shop.counts(), **values)


@router.get("/results")
def show_results(request: Request, door: At, asked: Asked, words: Words = "", offset: Offset = 0) -> Response:
    """The part of the shopper's page that changes, for words and filters."""
    return door.pages.show(request, "_results.html", **shelf_or_answer(door, asked, clean_words(words), offset))


@router.post("/results")
def show_photo_results(
    request: Request, door: At, asked: Asked, answer: Annotated[Answer, Depends(find_with_photo)]
) -> Response:
    """The same part, for a photo (and words that bend it)."""
    return door.pages.show(request, "_results.html", **photo_answer(answer, asked))


@router.post("/")
def show_shop_for_photo(
    request: Request, door: At, asked: Asked, answer: Annotated[Answer, Depends(find_with_photo)]
) -> Response:
    """The whole page for a photo, for browsers without scripts."""
    values = photo_answer(answer, asked)
    return door.pages.show(request, "shop.html", facets=door.shop.facets(), counts=door.shop.counts(), **values)


@router.get("/p/{sku:path}")
def show_product_page(request: Request, door: At, sku: SkuPath) -> Response:
    """One product, and more like it."""
    product = door.shop.product(sku)
    like = door.note(door.shop.more_like(sku, 12), "product") if product.photos else None
    companions = door.shop.goes_with(sku, 8)
    return door.pages.show(request, "product.html", product=product, like=like, companions=companions)


@router.get("/console")
def show_console(
    request: Request, door: At, asked: Asked, words: Words = "", offset: Offset = 0, order: Order = "title"
) -> Response:
    """The merchandiser's page: what the shop holds, imports, and every product."""
    page = door.shop.browse(asked, clean_words(words), offset, 50, order)
    waiting = len(door.shop.catalogue.unseen(door.shop.engine.space))
    return door.pages.show(
        request, "console.html", page=page, words=words, offset=offset, size=50, order=order, waiting=waiting,
        counts=door.shop.counts(), engine=door.settings.engine, access=access(request, door),
    )  # fmt: skip


@router.get("/console/photo/{photo_id}")
def show_photo_page(request: Request, door: At, photo_id: PhotoId, sku: OfSku = "") -> Response:
    """What the engine sees in one photo of the shop."""
    photo = door.shop.catalogue.photo(photo_id)
    data = door.shop.catalogue.photo_bytes(photo_id)
    sight = door.shop.catalogue.sight(door.shop.engine.space, photo_id) or door.shop.look(data)
    product = door.shop.product(sku) if sku else None
    values = factors_of(door.shop, (photo_id,)).get(photo_id, {})
    answer = door.shop.find(data, k=12)
    return door.pages.show(
        request, "photo.html", photo=photo, sight=sight, product=product, answer=answer, engine=door.shop.engine,
        values=values, factors=FACTORS, advice=advise(values, photo_id, sku) if values else (),
    )  # fmt: skip


@shell.get("/api")
def show_api(request: Request, door: At) -> Response:
    """The API's own reference, made from its OpenAPI document."""
    return door.pages.show(request, "api.html", document=request.app.openapi())


@shell.get("/offline")
def show_offline(request: Request, door: At) -> Response:
    """What the service worker shows without a network."""
    return door.pages.show(request, "offline.html")


@shell.get("/sw.js")
def show_worker(door: At) -> Response:
    return Response(door.pages.worker(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@shell.get("/manifest.webmanifest")
def show_manifest(door: At) -> Response:
    return JSONResponse(manifest(door.pages.static), media_type="application/manifest+json")


def shelf_or_answer(door: Door, asked: Filters, words: str, offset: int) -> dict[str, Any]:
    """With words an answer, without them the shelf."""
    if not words:
        page = door.shop.browse(asked, "", offset, PAGE)
        return {"page": page, "answer": None, "asked": asked, "words": "", "offset": offset, "size": PAGE,
                "title": "From the shop", "more": "", "by_photo": False}  # fmt: skip
    answer = door.note(door.shop.find(words=words, filters=asked, k=48), "words")
    title, more = headline(answer, words, by_photo=False)
    return {"page": None, "answer": answer, "asked": asked, "words": words, "offset": 0, "size": PAGE,
            "title": title, "more": more, "by_photo": False}  # fmt: skip


def photo_answer(answer: Answer, asked: Filters) -> dict[str, Any]:
    """What the page shows for a photo."""
    title, more = headline(answer, "", by_photo=True)
    return {"page": None, "answer": answer, "asked": asked, "words": "", "offset": 0, "size": PAGE,
            "title": title, "more": more, "by_photo": True}  # fmt: skip


def access(request: Request, door: Door) -> Literal["open", "key", "closed"]:
    """Whether this browser may write: yes, with a key still to be given, or not at all."""
    key = door.settings.api_key.get_secret_value()
    if key:
        return "open" if holds_key(request, key) else "key"
    return "open" if from_this_machine(request) else "closed"
