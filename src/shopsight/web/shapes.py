"""What goes over the wire: the nouns as JSON, with the same names, and how each is made from its noun."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopsight.catalogue.store import Suggestion
from shopsight.recognise import rle
from shopsight.types import (
    Answer,
    Audience,
    Availability,
    Finding,
    Hit,
    Photo,
    Product,
    Recognition,
    Rejection,
    Sight,
    Task,
    Verdict,
)

Sku = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Line = Annotated[str, StringConstraints(max_length=500)]
Money = Annotated[Decimal, Field(ge=0, le=Decimal("1e9"), max_digits=14, decimal_places=4, allow_inf_nan=False)]


class Problem(BaseModel):
    """The one error body: what went wrong, in words, and what would cure it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "bad_photo",
                "message": "dress.jpg: the file ends too early",
                "cure": "Send the whole file again.",
            }
        }
    )
    code: str = Field(description="Stable for machines, such as `bad_photo`.")
    message: str = Field(description="What it is about and why it failed.")
    cure: str = Field(description="What the person can do.")


class ProductFields(BaseModel):
    """What a shop says about a product, without its pictures."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "Linen shirt",
                "brand": "Nordhem",
                "category": "Shirt",
                "price": "49.90",
                "currency": "EUR",
                "attributes": {"colour": "blue"},
                "audience": "women",
                "availability": "in_stock",
            }
        }
    )
    title: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    description: Annotated[str, StringConstraints(max_length=20_000)] = ""
    brand: Line = ""
    category: Line = ""
    price: Money | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    attributes: dict[Line, Line] = Field(default_factory=dict, max_length=100)
    audience: Audience = "unknown"
    availability: Availability = "unknown"
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://[^\s]+)?$")] = ""


class ProductOut(ProductFields):
    """A product of the shop; `photos` are photo ids, the cover first."""

    title: str
    price: Decimal | None = None
    currency: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)
    url: str = ""
    sku: str
    photos: list[str]


class PhotoOut(BaseModel):
    """A picture at rest; the sides are those of the upright picture."""

    id: str
    width_px: int
    height_px: int
    media_type: str


class BecauseOut(BaseModel):
    """One reason for a hit, in words a shopper reads."""

    kind: Literal["category", "colour", "shape", "text"]
    words: str
    weight: float


class HitOut(BaseModel):
    """One product found. `match_probability` is calibrated: the chance that it is the very thing."""

    product: ProductOut
    score: float
    match_probability: float
    because: list[BecauseOut]
    photo: str


class AnswerOut(BaseModel):
    """A verdict, the hits best first, and how long each part took in milliseconds."""

    verdict: Verdict
    hits: list[HitOut]
    engine: str
    ms: dict[str, float]
    box_px: tuple[int, int, int, int] | None = Field(None, description="The part searched: left, top, right, bottom.")
    understood: str = ""
    boxes: list[FindingOut] = Field(
        default_factory=list, description="The products found in the photo, when asked for."
    )


class MaskOut(BaseModel):
    """Pixels as COCO writes them: `size` is height and width, `counts` the squeezed run lengths, column by column."""

    size: tuple[int, int]
    counts: str


class FindingOut(BaseModel):
    """Something recognised in a photo: left, top, right, bottom in the photo's pixels, and its own pixels."""

    label: str
    score: float
    box_px: tuple[int, int, int, int] | None = None
    mask: MaskOut | None = None


class StepOut(BaseModel):
    """A category on the way down, with the chance that the product belongs at or below it."""

    id: str
    name: str
    chance: float


class PlaceOut(BaseModel):
    """Where in the shop's product taxonomy it belongs, as far as that is sure; empty where not even the top is."""

    path: str
    way: list[StepOut]
    leaf: bool = Field(description="Whether no category lies below.")
    unplaced: float = Field(description="The chance of labels that the taxonomy has no category for.")


class RecognitionOut(BaseModel):
    """What was recognised in one photo. `known` is false for what shows nothing that the engine was taught."""

    task: Task
    engine: str
    width_px: int
    height_px: int
    known: bool
    findings: list[FindingOut]
    counts: dict[str, int]
    colours: list[FindingOut] = Field(description="Shop words, with the share of the product that each covers.")
    css_colours: list[FindingOut] = Field(description="The nearest CSS names of those colours.")
    pattern: FindingOut | None
    ms: dict[str, float]
    taxonomy: PlaceOut | None = Field(default=None, description="Of a class, where the shop has set a taxonomy.")


class SuggestionOut(BaseModel):
    """What an engine suggests about a product, and what a person said to it."""

    id: int
    sku: str
    photo: str
    kind: Literal["category", "colour", "pattern"]
    value: str
    score: float
    engine: str
    state: Literal["pending", "accepted", "corrected", "dismissed"]
    corrected: str
    made_at: datetime
    decided_at: datetime | None


class SuggestionsOut(BaseModel):
    """A page of suggestions, how many there are, and how many of each state in the whole shop."""

    suggestions: list[SuggestionOut]
    total: int
    states: dict[str, int]


class SuggestIn(BaseModel):
    """For which products; none named means all. `restate` also suggests where a product says something else."""

    skus: Annotated[list[Sku], Field(max_length=10_000)] | None = None
    restate: bool = False


class SuggestReportOut(BaseModel):
    """What suggesting did."""

    products: int
    added: int
    renewed: int
    decided: int
    unseen: int
    unknown: int
    seconds: float


class NumbersIn(BaseModel):
    """Suggestions by their numbers."""

    model_config = ConfigDict(json_schema_extra={"example": {"numbers": [1, 2]}})
    numbers: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(min_length=1, max_length=1000)]


class CorrectionIn(BaseModel):
    """What is right instead."""

    model_config = ConfigDict(json_schema_extra={"example": {"value": "Evening dress"}})
    value: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class SightOut(BaseModel):
    """What the engine sees in a photo."""

    categories: list[FindingOut]
    colours: list[FindingOut]
    pattern: str
    box_px: tuple[int, int, int, int] | None


class ProductPage(BaseModel):
    """One page of products and how many there are in all."""

    products: list[ProductOut]
    total: int


class FacetsOut(BaseModel):
    """How many products each filter value would leave."""

    categories: dict[str, int]
    brands: dict[str, int]
    colours: dict[str, int]
    audiences: dict[str, int]
    availabilities: dict[str, int]
    price_min: Decimal | None
    price_max: Decimal | None


class RejectionOut(BaseModel):
    """One item that was not taken: which, why, and what would cure it."""

    item: str
    reason: str
    cure: str


class Health(BaseModel):
    """Whether the shop answers, and what it holds."""

    status: Literal["ok"]
    engine: str
    counts: dict[str, int]


def product_out(p: Product) -> ProductOut:
    return ProductOut.model_construct(
        sku=p.sku,
        title=p.title,
        description=p.description,
        brand=p.brand,
        category=p.category,
        price=p.price,
        currency=p.currency,
        attributes=dict(p.attributes),
        audience=p.audience,
        availability=p.availability,
        url=p.url,
        photos=list(p.photos),
    )


def product_in(sku: str, fields: ProductFields, photos: tuple[str, ...]) -> Product:
    return Product(sku=sku, photos=photos, **fields.model_dump())


def photo_out(p: Photo) -> PhotoOut:
    return PhotoOut(id=p.id, width_px=p.width_px, height_px=p.height_px, media_type=p.media_type)


def hit_out(h: Hit) -> HitOut:
    reasons = [BecauseOut(kind=b.kind, words=b.words, weight=b.weight) for b in h.because]
    return HitOut.model_construct(
        product=product_out(h.product),
        score=h.score,
        match_probability=h.match_probability,
        because=reasons,
        photo=h.photo or (h.product.photos[0] if h.product.photos else ""),
    )


def answer_out(a: Answer) -> AnswerOut:
    return AnswerOut.model_construct(
        verdict=a.verdict,
        hits=[hit_out(h) for h in a.hits],
        engine=a.engine,
        ms={k: round(float(v), 2) for k, v in a.ms.items()},
        box_px=a.box_px,
        understood=a.understood,
        boxes=[finding_out(f) for f in a.boxes],
    )


def finding_out(f: Finding) -> FindingOut:
    mask = None if f.mask is None else MaskOut.model_validate(rle.encode(f.mask))
    return FindingOut(label=f.label, score=f.score, box_px=f.box_px, mask=mask)


def recognition_out(r: Recognition) -> RecognitionOut:
    return RecognitionOut(
        task=r.task,
        engine=r.engine,
        width_px=r.width_px,
        height_px=r.height_px,
        known=r.known,
        findings=[finding_out(f) for f in r.findings],
        counts=dict(r.counts),
        colours=[finding_out(f) for f in r.colours],
        css_colours=[finding_out(f) for f in r.css_colours],
        pattern=finding_out(r.pattern) if r.pattern else None,
        ms={k: round(float(v), 2) for k, v in r.ms.items()},
    )


def suggestion_out(s: Suggestion) -> SuggestionOut:
    return SuggestionOut.model_validate(s, from_attributes=True)


def sight_out(s: Sight) -> SightOut:
    return SightOut(
        categories=[finding_out(f) for f in s.categories],
        colours=[finding_out(f) for f in s.colours],
        pattern=s.pattern,
        box_px=s.box_px,
    )


def rejection_out(r: Rejection) -> RejectionOut:
    return RejectionOut(item=r.item, reason=r.reason, cure=r.cure)
