"""The console's page of training: teach an engine the shop's own words, and read how good it has become."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from shopsight.charts import data_uri, heat_map, interval_chart, words_of
from shopsight.jobs.learning import FEWEST_PRODUCTS, trained_engines
from shopsight.shop import Shop
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.site import access

pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)
SAMPLE = 2000
"""Products that are read to find out which attributes can be learnt."""
MOST_LABELS = 200
Name = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be learnt: how many of its values have enough products, and how many products say it."""

    label: str
    title: str
    values: int
    products: int


@pages.get("/console/train")
def show_page(request: Request, door: At) -> Response:
    """The page: what can be learnt, what is being learnt, what was learnt."""
    return door.pages.show(
        request, "train.html", offers=offers(door.shop), engines=engines(door.shop), access=access(request, door),
        can_tune=find_spec("torch") is not None, corrections=len(door.shop.catalogue.corrections()),
        fewest=FEWEST_PRODUCTS,
    )  # fmt: skip


@pages.get("/console/train/engines")
def show_engines(request: Request, door: At, fresh: Name = "") -> Response:
    """The part of the page that changes when a training is done; the `fresh` engine's report stands open."""
    return door.pages.show(request, "_trained.html", engines=engines(door.shop), fresh=fresh)


def offers(shop: Shop) -> list[Offer]:
    """Category, then the attributes with at least two values that have enough products, those said most first."""
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for product in shop.browse(limit=SAMPLE, order="sku").products:
        if product.photos:
            values["category"][product.category.strip()] += 1
            for name, value in product.attributes.items():
                values[f"attribute:{name.strip().casefold()}"][value.strip()] += 1
    found = [_offer(label, counted) for label, counted in values.items()]
    able = [offer for offer in found if offer.label == "category" or 2 <= offer.values <= MOST_LABELS]
    return sorted(able, key=lambda offer: (offer.label != "category", -offer.products, offer.label))


def _offer(label: str, counted: Mapping[str, int]) -> Offer:
    said = {value: count for value, count in counted.items() if value}
    enough = sum(count >= FEWEST_PRODUCTS for count in said.values())
    return Offer(label, label.removeprefix("attribute:").capitalize(), enough, sum(said.values()))


def engines(shop: Shop) -> list[dict[str, Any]]:
    """The cards of the engines trained here, the newest first, with their drawings."""
    cards = sorted(trained_engines(shop), key=lambda card: str(card.get("made", "")), reverse=True)
    return [card | {"drawings": draw(card)} for card in cards]


def draw(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Accuracy beside the simplest guess, and who is taken for whom, as (image address, words)."""
    figures = card.get("figures")
    if not figures:
        return []
    shares = {"This engine": figures["accuracy"], "Commonest label": figures["baseline"]}
    bars = {name: (each["value"], each["low"], each["high"]) for name, each in shares.items()}
    labels = list(card["labels"])
    told = interval_chart(
        bars, reference=figures["baseline"]["value"], title="Photos named rightly", unit="share", width_px=560
    )
    grid = heat_map(
        figures["confusion"], labels, labels, title="What was taken for what", x_label="called", y_label="true"
    )
    return [(data_uri(svg), words_of(svg)) for svg in (told, grid)]
