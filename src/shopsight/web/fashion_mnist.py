"""The console's page of the Fashion-MNIST network: what it makes of a photo, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, cast

import cv2
from fastapi import APIRouter, Depends, File, Request, Response, UploadFile
from fastapi.responses import HTMLResponse

from shopsight.charts import data_uri, data_uri_of, words_of
from shopsight.engines import find_record
from shopsight.engines.store import is_here
from shopsight.errors import BadInput, ShopsightError
from shopsight.images.decode import decode
from shopsight.types import Finding
from shopsight.web.asking import read_photo
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read

if TYPE_CHECKING:
    from shopsight.engines.recognise.fashion_mnist import FashionMnist

pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)
ENGINE = "fashion-mnist"
LOOK_SIDE_PX = 512
SURE, LIKELY = 0.8, 0.5
Picture = Annotated[UploadFile | None, File(description="A picture file; it is looked at and not kept.")]


@dataclass(frozen=True, slots=True)
class Look:
    """What the network was shown of a photo, as an image's address, and what it said."""

    seen: str
    findings: tuple[Finding, ...]
    title: str
    more: str


@pages.get("/console/fashion-mnist")
def show_page(request: Request, door: At) -> Response:
    """The page before a photo was shown."""
    return _page(request, door, None)


@pages.post("/console/fashion-mnist")
def show_page_for_photo(request: Request, door: At, photo: Picture = None) -> Response:
    """The whole page for a photo, for browsers without scripts."""
    return _page(request, door, look(door, photo))


@pages.post("/console/fashion-mnist/look")
def show_look(request: Request, door: At, photo: Picture = None) -> Response:
    """The part of the page that changes."""
    return door.pages.show(request, "_fashion_mnist_look.html", look=look(door, photo))


def _page(request: Request, door: Door, found: Look | None) -> Response:
    here = is_here(ENGINE)
    facts = find_record(ENGINE).facts if here else {}
    charts = draw_charts() if here else {}
    return door.pages.show(request, "fashion_mnist.html", look=found, here=here, card=facts, charts=charts)


def look(door: Door, upload: UploadFile | None) -> Look:
    """Show the network a photo. Raises `BadInput` without one, `BadPhoto`, or what loading the network raises."""
    data = read_photo(upload, door.settings)
    if data is None:
        raise BadInput("photo", "there is none", "Choose or take one.")
    limits = {"max_bytes": door.settings.max_photo_bytes, "max_pixels": door.settings.max_photo_pixels}
    pixels = decode(data, name="photo", side_px=LOOK_SIDE_PX, **limits)
    engine = cast("FashionMnist", door.shop.recogniser(ENGINE))
    seen = cv2.imencode(".png", engine.see(pixels))[1].tobytes()
    findings = engine.recognise([pixels], "classify")[0]
    return Look(data_uri_of(seen, "image/png"), findings, *say_sure(findings, find_record(ENGINE).figures))


def say_sure(findings: Sequence[Finding], figures: Mapping[str, Any]) -> tuple[str, str]:
    """The answer as a person would give it: a title, and how far to trust it."""
    first, second = findings[:2]
    name = first.label
    if first.score >= SURE:
        title = f"{name}, quite sure"
    elif first.score >= LIKELY:
        title = f"Probably {name}"
    else:
        title = f"Not sure: {name} or {second.label}"
    more = f"It gives {name} a chance of {first.score:.0%}, and {second.label} {second.score:.0%}."
    rows = figures.get("photo_rows")
    if rows:
        share = figures["photo_accuracy"]
        more += f" On {rows:,} phone photos of such garments its first answer was right for {share:.0%}."
    return title, more


@lru_cache(maxsize=1)
def draw_charts() -> dict[str, tuple[str, str]]:
    """The charts of the run that taught the network, as (image address, words) by name; drawn once."""
    from shopsight.jobs.fashion_mnist.pictures import draw_run
    from shopsight.jobs.fashion_mnist.report import read_figures

    facts = find_record(ENGINE).facts
    try:
        sheets = draw_run(facts["history"], read_figures(facts["test"]), "small-cnn")
    except (KeyError, TypeError, ShopsightError):
        # Weights of one's own may have a card that tells less.
        return {}
    return {name.removesuffix(".svg"): (data_uri(svg), words_of(svg)) for name, svg in sheets.items()}
