"""Pictures as numbers, and what would make them better."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from shopsight.insight.factors import FACTORS, PRODUCT_FACTORS, VERSION
from shopsight.jobs.measuring import measure_kept
from shopsight.shop import Shop
from shopsight.types import Rejection
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.products import SkuPath

router = APIRouter(tags=["factors"], dependencies=[Depends(may_read)])


class FactorOut(BaseModel):
    """What a factor means: its usual ends, and whose formula it is."""

    name: str
    unit: str
    low: float
    high: float
    meaning: str
    source: str


class FactorsOut(BaseModel):
    """All factors that are measured in a photo, then those known of a product only."""

    factors: list[FactorOut]


class PhotoFactors(BaseModel):
    """One photo as numbers, by factor name."""

    photo: str
    factors: dict[str, float]


class ProductFactors(BaseModel):
    """A product's photos as numbers, the cover first; a photo whose file is lost is left out."""

    sku: str
    photos: list[PhotoFactors]


class AdviceOut(BaseModel):
    """One fault of one photo, and its cure."""

    photo: str
    sku: str
    fault: str
    reason: str
    cure: str


class AdvicesOut(BaseModel):
    """Advice for photos that were measured; `unmeasured` photos wait for `shopsight factors --catalogue`."""

    advice: list[AdviceOut]
    unmeasured: int = Field(description="Photos in use that nobody measured yet.")


@router.get("/factors")
def list_factors() -> FactorsOut:
    """What is measured in pictures, and what each number means."""
    known = (*FACTORS.values(), *PRODUCT_FACTORS.values())
    return FactorsOut(factors=[FactorOut.model_validate(factor, from_attributes=True) for factor in known])


@router.get("/advice")
def list_advice(
    door: At,
    sku: Annotated[str, Query(max_length=200, description="Only this product.")] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AdvicesOut:
    """What would make the shop's photos better."""
    found = islice(door.shop.advice([sku] if sku else None), offset, offset + limit)
    advice = [AdviceOut.model_validate(one, from_attributes=True) for one in found]
    return AdvicesOut(advice=advice, unmeasured=len(door.shop.catalogue.unmeasured(VERSION)))


@router.get("/products/{sku:path}/factors")
def show_factors(door: At, sku: SkuPath) -> ProductFactors:
    """A product's photos as numbers; those not measured yet are measured now."""
    photos = door.shop.product(sku).photos
    found = factors_of(door.shop, photos)
    shown = [PhotoFactors(photo=photo, factors=found[photo]) for photo in photos if photo in found]
    return ProductFactors(sku=sku, photos=shown)


def factors_of(shop: Shop, photos: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """The factors of photos, measured where they were not; photos that cannot be read are left out."""
    known = shop.catalogue.factors(VERSION, photos)
    for photo in photos:
        if photo not in known and not isinstance(values := measure_kept(shop, photo), Rejection):
            known[photo] = values
    return known
