"""The nouns. Frozen, with shapes and units written on them; every room of the house speaks these and no others.

`Pixels` is a decoded photo everywhere: `(H, W, 3) uint8`, RGB, upright.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""`(H, W, 3) uint8`, RGB, upright."""
Vector = NDArray[np.float32]
"""`(D,) float32`, length 1."""
Matrix = NDArray[np.float32]
"""`(N, D) float32`, every row of length 1."""

Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels of the upright photo; right and bottom lie outside."""

Verdict = Literal["found", "similar", "nothing like it"]
Task = Literal["classify", "localise", "detect", "segment", "instances"]
"""What may be asked of a photo: what is it, where is it, where are they all, which pixels, which pixels of each."""
EstimateKind = Literal["predicted", "estimated from logs", "measured"]
Availability = Literal["in_stock", "out_of_stock", "preorder", "unknown"]
Audience = Literal["women", "men", "unisex", "girls", "boys", "kids", "unknown"]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture at rest. `id` is the SHA-256 of its bytes in hex; the sides are those of the upright picture."""

    id: str
    width_px: int
    height_px: int
    media_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing the shop sells. `sku` is unique in the shop; `photos` are photo ids, the cover first."""

    sku: str
    title: str
    description: str = ""
    brand: str = ""
    category: str = ""
    price: Decimal | None = None
    currency: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    audience: Audience = "unknown"
    availability: Availability = "unknown"
    url: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something recognised in a photo: one noun for a class, a box, a region, an instance.

    `score` is 0-1. `box_px` is set for what has a place; `mask` is `(H, W) bool` for what has pixels.
    """

    label: str
    score: float
    box_px: Box | None = None
    mask: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was recognised in one photo of `width_px` x `height_px`: findings of one task, best first.

    `known` is False when the photo shows nothing that the engine was taught; `colours` (shop words), `css_colours`
    (the nearest CSS name of each) and `pattern` are of the product's own pixels and come with the task classify.
    `ms` is the time of each part.
    """

    task: Task
    engine: str
    width_px: int
    height_px: int
    findings: tuple[Finding, ...]
    known: bool = True
    colours: tuple[Finding, ...] = ()
    pattern: Finding | None = None
    ms: Mapping[str, float] = field(default_factory=dict)
    css_colours: tuple[Finding, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings carry each label, most first."""
        labels = [finding.label for finding in self.findings]
        return {label: labels.count(label) for label in sorted(set(labels), key=lambda x: (-labels.count(x), x))}


@dataclass(frozen=True, slots=True)
class Embedding:
    """A photo or words as a direction: `values` is `(D,) float32` of length 1. Two spaces never compare."""

    space: str
    values: Vector


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look of an embedding engine at one photo gives.

    `values` is `(D,) float32` of length 1 in the engine's space. The rest may be empty: `categories` and `colours`
    are findings sorted by score, `pattern` is a word such as "striped", `box_px` bounds the product. `mask` `(S, S)
    bool` says which pixels are the product's in the photo squashed to a square; it is never kept.
    """

    values: Vector
    categories: tuple[Finding, ...] = ()
    colours: tuple[Finding, ...] = ()
    pattern: str = ""
    box_px: Box | None = None
    mask: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of thing that happens in a shop. `amount` says what its amount means: nothing, money or a place in a list.

    `by_hand` is true where a person does it one at a time, so that too many in a minute are a machine's. `also` are
    other names that logs give it.
    """

    name: str
    meaning: str
    amount: Literal["", "money", "position"] = ""
    by_hand: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `at` in UTC, `visitor` opaque (never a name, an address or a face).

    `amount` is money in the shop's own currency for a purchase or a return, the place in the list (from 1) for a search
    position, else 0. `agent` is the browser's user-agent line: it is judged and never kept.
    """

    at: datetime
    kind: str
    sku: str = ""
    photo: str = ""
    variant: str = ""
    campaign: str = ""
    visitor: str = ""
    amount: float = 0.0
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Kpi:
    """A number a shop steers by: what is counted, out of what, in which unit, and which direction is good.

    `counts` and `out_of` are the kinds of events that make numerator and denominator (none: out of days); with
    `sums_amount` the numerator adds up amounts instead. `family` is the kind of chance behind it.
    """

    name: str
    numerator: str
    denominator: str
    unit: str
    higher_is_better: bool
    counts: tuple[str, ...] = ()
    out_of: tuple[str, ...] = ()
    family: Literal["binomial", "poisson", "gaussian"] = "binomial"
    sums_amount: bool = False

    @property
    def title(self) -> str:
        """The name as a person reads it: "Click through"."""
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class KpiDay:
    """A KPI on one day (UTC): `numerator` out of `denominator`; `key` is a SKU, a photo id, a variant, or empty."""

    day: date
    key: str
    numerator: float
    denominator: float


@dataclass(frozen=True, slots=True)
class Variant:
    """A photo made from another by a recipe that can be run again."""

    photo: str
    made_from: str
    recipe: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number a person may see: with its 95 % range, the rows behind it, and what kind of knowledge it is."""

    value: float
    low: float
    high: float
    rows: int
    kind: EstimateKind


@dataclass(frozen=True, slots=True)
class Because:
    """Why a hit is a hit, in words a shopper reads: `kind` is category, colour, shape or text; `words` says it."""

    kind: Literal["category", "colour", "shape", "text"]
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One product found. `score` orders the hits; `match_probability` is the calibrated chance that it is the thing."""

    product: Product
    score: float
    match_probability: float
    because: tuple[Because, ...] = ()
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must satisfy. Empty means no condition; several values of one field mean any of them."""

    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    availabilities: tuple[str, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search gives back: an honest verdict, the hits best first, and how long each part took.

    `box_px` is the part of the photo that was searched with; None means all of it. `boxes` are the products that were
    found in the photo, for choosing another one; empty where nobody asked for them.
    """

    verdict: Verdict
    hits: tuple[Hit, ...]
    engine: str
    ms: Mapping[str, float]
    box_px: Box | None = None
    understood: str = ""
    boxes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """One item that was not taken: which, why, and what would cure it."""

    item: str
    reason: str
    cure: str


@dataclass(frozen=True, slots=True)
class Baskets:
    """What was taken together: basket b holds `items[starts[b]:starts[b + 1]]`, numbers into `names`, each once.

    `starts` is `(B + 1,) int64` from 0 to N, `items` `(N,) int32`; `names` are the items as people call them.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class Itemsets:
    """Sets of items that lie in enough of `baskets` baskets, by their size: `items[k - 1]` is `(M, k) int32`, every
    row rising, rows in order; `counts[k - 1]` is `(M,) int64`, how many baskets hold the whole set."""

    baskets: int
    items: tuple[NDArray[np.int32], ...]
    counts: tuple[NDArray[np.int64], ...]

    def __len__(self) -> int:
        return sum(map(len, self.counts))


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody in front of a screen, as chances only: no pixels, no vector, no name."""

    age_bands: Mapping[str, float]
    presentation: Mapping[str, float] | None = None
