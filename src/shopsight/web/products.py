"""The products of the shop: list, read, write, and what resembles them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Path, Query, UploadFile

from shopsight.errors import NotFound
from shopsight.images.decode import inspect
from shopsight.types import Product
from shopsight.web.asking import Asked, Hits, Words, clean_words, name_of, read_photo
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read, may_write
from shopsight.web.shapes import (
    AnswerOut,
    FacetsOut,
    ProductFields,
    ProductOut,
    ProductPage,
    Sku,
    answer_out,
    product_in,
    product_out,
)

router = APIRouter(tags=["products"], dependencies=[Depends(may_read)])
writing = [Depends(may_write)]
SkuPath = Annotated[Sku, Path(description="The product's number in the shop.")]
Pictures = Annotated[list[UploadFile], File(min_length=1, max_length=20, description="Picture files, in order.")]
Order = Literal["title", "price", "-price", "newest"]


@router.get("/products")
def list_products(
    door: At,
    asked: Asked,
    words: Words = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    order: Order = "title",
) -> ProductPage:
    """One page of the shop's products."""
    page = door.shop.browse(asked, clean_words(words), offset, limit, order)
    return ProductPage.model_construct(products=[product_out(p) for p in page.products], total=page.total)


@router.get("/facets")
def count_facets(door: At, asked: Asked) -> FacetsOut:
    """How many products each filter value would leave."""
    return FacetsOut.model_validate(door.shop.facets(asked), from_attributes=True)


@router.get("/products/{sku:path}/like")
def find_more_like(door: At, sku: SkuPath, asked: Asked, k: Hits = 12) -> AnswerOut:
    """Products that look like this one."""
    return answer_out(door.note(door.shop.more_like(sku, k, asked), "product"))


@router.post("/products/{sku:path}/photos", dependencies=writing)
def add_photos(door: At, sku: SkuPath, photos: Pictures) -> ProductOut:
    """Adds pictures after those the product has; they are found by the next search."""
    before = door.shop.product(sku)
    added = tuple(keep_photo(door, photo) for photo in photos)
    return save(door, _with_photos(before, tuple(dict.fromkeys((*before.photos, *added)))))


@router.delete("/products/{sku:path}/photos/{photo_id}", dependencies=writing)
def drop_photo(door: At, sku: SkuPath, photo_id: str) -> ProductOut:
    """Takes one picture from a product."""
    before = door.shop.product(sku)
    if photo_id not in before.photos:
        raise NotFound(photo_id[:64], f"is no photo of {sku}", "See the product for its photos.")
    return save(door, _with_photos(before, tuple(p for p in before.photos if p != photo_id)))


@router.get("/products/{sku:path}")
def show_product(door: At, sku: SkuPath) -> ProductOut:
    """One product."""
    return product_out(door.shop.product(sku))


@router.put("/products/{sku:path}", dependencies=writing)
def put_product(door: At, sku: SkuPath, fields: ProductFields) -> ProductOut:
    """Adds a product, or changes what is said about it; its pictures stay."""
    try:
        photos = door.shop.product(sku).photos
    except NotFound:
        photos = ()
    return save(door, product_in(sku, fields, photos))


@router.delete("/products/{sku:path}", status_code=204, dependencies=writing)
def remove_product(door: At, sku: SkuPath) -> None:
    """Takes a product out of the shop."""
    if not door.shop.catalogue.remove([sku]):
        raise NotFound(sku, "no such product", "See /api/v1/products for those there are.")


def keep_photo(door: Door, upload: UploadFile) -> str:
    """Checks one uploaded picture and keeps it; its id."""
    data, limits = read_photo(upload, door.settings) or b"", door.settings
    photo = inspect(data, name=name_of(upload), max_bytes=limits.max_photo_bytes, max_pixels=limits.max_photo_pixels)
    door.shop.catalogue.keep_photo(data, photo)
    return photo.id


def save(door: Door, product: Product) -> ProductOut:
    """Keeps a product and lets the engine see pictures that it has not seen."""
    from shopsight.jobs.indexing import index

    door.shop.catalogue.save([product])
    if product.photos:
        index(door.shop)
    return product_out(door.shop.product(product.sku))


def _with_photos(product: Product, photos: tuple[str, ...]) -> Product:
    return replace(product, photos=photos)
