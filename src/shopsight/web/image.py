"""The image laboratory at the web door: its table, its operations on a photo, a photo's numbers, the console's page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from math import log10
from threading import BoundedSemaphore
from time import perf_counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from shopsight.errors import BadInput, TooMany
from shopsight.images.decode import encode
from shopsight.images.lab import GROUPS, OPERATIONS, Operation
from shopsight.images.numbers import Numbers
from shopsight.web.asking import read_photo
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read

router = APIRouter(prefix="/image", tags=["image"], dependencies=[Depends(may_read)])
pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)

LONGEST_PX = 1600
SHOWN_PX = 1280
AT_ONCE = 2
PATIENCE_S = 10.0
SLOWEST = 0.01
"""Where the curve of the power begins, in cycles a pixel."""
_places = BoundedSemaphore(AT_ONCE)
"""Pictures worked on at the same time: a slow filter for one visitor must leave a core for the shoppers."""

Name = Annotated[str, Path(max_length=60, description="An operation's name, from `/image/operations`.")]
Upload = Annotated[UploadFile | None, File(description="A picture file; it is worked on and not kept.")]
OfShop = Annotated[
    str, Form(pattern="^([0-9a-f]{64})?$", description="Instead of a file: the id of one of the shop's photos.")
]
Given = Annotated[str, Form(max_length=2000, description='Its parameters as a JSON object: `{"sigma_px": 3}`.')]
Side = Annotated[int, Form(ge=16, le=LONGEST_PX, description="The photo is made this small first: its longest side.")]
Written = Annotated[Literal["png", "webp", "jpeg"], Form(description="How the answer is written.")]
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            f"image/{kind}": {"schema": {"type": "string", "format": "binary"}} for kind in ("png", "webp", "jpeg")
        }
    }
}


class ParameterOut(BaseModel):
    """One knob of an operation; `low`, `high`, `step` and `unit` count for numbers, `choices` for choices."""

    name: str
    kind: Literal["number", "whole", "choice", "switch"]
    default: bool | int | float | str
    summary: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str = ""
    choices: list[str] = Field(default_factory=list)


class OperationOut(BaseModel):
    """One thing the laboratory does."""

    name: str
    title: str
    group: str
    summary: str
    parameters: list[ParameterOut]


class NumbersOut(BaseModel):
    """What is counted in a picture. `histogram`: shares in 64 steps from black to white, by channel; `power`: cycles a
    pixel and mean power there; `slope`: how it falls, log over log."""

    width_px: int
    height_px: int
    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    noise: float
    entropy_bits: float
    histogram: dict[str, list[float]]
    power: list[tuple[float, float]]
    slope: float | None


@router.get("/operations")
def list_operations() -> list[OperationOut]:
    """Every operation of the laboratory with its parameters, their ranges and defaults."""
    return [operation_out(one) for one in OPERATIONS.values()]


@router.post("/numbers")
def count_picture(door: At, photo: Upload = None, photo_id: OfShop = "", side_px: Side = SHOWN_PX) -> NumbersOut:
    """Brightness, contrast, sharpness, noise, histogram and power by frequency of a photo."""
    data = source(door, photo, photo_id)
    with place():
        return numbers_out(door.shop.picture_numbers(data, side_px=side_px))


@router.post("/{operation}", responses=PICTURE, response_class=Response)
def alter_picture(
    door: At,
    operation: Name,
    photo: Upload = None,
    photo_id: OfShop = "",
    parameters: Given = "{}",
    side_px: Side = SHOWN_PX,
    written: Written = "png",
) -> Response:
    """One operation on a photo that is sent along, or on one of the shop's; the altered picture comes back."""
    given, data = read_parameters(parameters), source(door, photo, photo_id)
    with place():
        pixels = door.shop.image(operation, data, given, side_px=side_px)
        answer = encode(pixels, f"image/{written}", 92)
    return Response(answer, media_type=f"image/{written}", headers={"Cache-Control": "no-store"})


@pages.get("/console/lab")
def show_lab(
    request: Request,
    door: At,
    photo: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "",
    operation: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The laboratory: a picture, an operation, its knobs; before and after."""
    groups = {title: [one for one in OPERATIONS.values() if one.group == group] for group, title in GROUPS.items()}
    shelf = [product for product in door.shop.browse(limit=24).products if product.photos]
    chosen = operation if operation in OPERATIONS else "white-background"
    return door.pages.show(request, "lab.html", groups=groups, shelf=shelf, chosen=chosen, photo=photo, side=SHOWN_PX)


@pages.post("/console/lab/{operation}")
def show_altered(
    request: Request,
    door: At,
    operation: Name,
    photo: Upload = None,
    photo_id: OfShop = "",
    parameters: Given = "{}",
) -> Response:
    """The part of the page that changes: the picture after, and the numbers before and after."""
    given, data = read_parameters(parameters), source(door, photo, photo_id)
    with place():
        before = door.shop.image("levels", data, side_px=SHOWN_PX)
        began = perf_counter()
        after = door.shop.image(operation, before, given)
        ms = (perf_counter() - began) * 1000
        counted = door.shop.picture_numbers(before), door.shop.picture_numbers(after)
        picture = base64.b64encode(encode(after, "image/webp", 90)).decode()
    return door.pages.show(
        request, "_altered.html", picture=picture, before=counted[0], after=counted[1], ms=ms,
        same=before.shape == after.shape, curves=curves(*counted), rows=rows(*counted),
    )  # fmt: skip


@contextmanager
def place() -> Iterator[None]:
    """One of the few places at the bench, or `TooMany` when none becomes free in time."""
    if not _places.acquire(timeout=PATIENCE_S):
        raise TooMany("laboratory", "every place at the bench is taken", "Wait a moment and try again.")
    try:
        yield
    finally:
        _places.release()


def source(door: Door, photo: UploadFile | None, photo_id: str) -> bytes:
    """The bytes of the photo that was sent, or of the shop's own. Raises `BadInput` where there is neither."""
    data = read_photo(photo, door.settings)
    if data is not None:
        return data
    if not photo_id:
        raise BadInput("photo", "there is no picture to work on", "Send a file, or the id of one of the shop's photos.")
    return door.shop.catalogue.photo_bytes(photo_id)


def read_parameters(text: str) -> Mapping[str, object]:
    """A JSON object of plain values. Raises `BadInput` for anything else."""
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise BadInput("parameters", "they are no JSON object of plain values", 'Send something like {"sigma_px": 3}.')
    return given


def operation_out(one: Operation) -> OperationOut:
    knobs = []
    for each in one.parameters:
        span = {"low": each.low, "high": each.high, "step": each.step, "unit": each.unit}
        more: dict[str, Any] = span if each.kind in ("number", "whole") else {"choices": list(each.choices)}
        knobs.append(ParameterOut(name=each.name, kind=each.kind, default=each.default, summary=each.summary, **more))
    return OperationOut(name=one.name, title=one.title, group=one.group, summary=one.summary, parameters=knobs)


def numbers_out(numbers: Numbers) -> NumbersOut:
    return NumbersOut.model_validate(asdict(numbers))


# ---- what the page draws -------------------------------------------------------------------------------------------


def rows(before: Numbers, after: Numbers) -> list[tuple[str, str, str, str]]:
    """What, before, after, and what it means."""
    told = (
        ("Brightness", "brightness", "{:.3f}", "mean luma, 0 black to 1 white"),
        ("Contrast", "contrast", "{:.3f}", "spread of the luma"),
        ("Saturation", "saturation", "{:.3f}", "0 grey to 1 pure"),
        ("Sharpness", "sharpness", "{:.1f}", "below about 4 looks blurred"),
        ("Noise", "noise", "{:.4f}", "spread of the finest detail"),
        ("Entropy", "entropy_bits", "{:.2f}", "bits a pixel"),
        ("Slope", "slope", "{:.2f}", "of the power; about −2 for a plain photo"),
    )
    return [(title, _say(before, name, form), _say(after, name, form), why) for title, name, form, why in told]


def _say(numbers: Numbers, name: str, form: str) -> str:
    value = getattr(numbers, name)
    return "–" if value is None else form.format(value).replace("-", "−")


def curves(before: Numbers, after: Numbers) -> tuple[dict[str, str], dict[str, str]]:
    """For each of the two the points of SVG polylines in a box of 100 x 40: histograms by channel, and "power"."""
    floor, top = _span(before, after)
    return _lines(before, floor, top), _lines(after, floor, top)


def _lines(numbers: Numbers, floor: float, top: float) -> dict[str, str]:
    tall = max(max(row) for row in numbers.histogram.values())
    # A white ground is one tower beside which all else is flat: heights are drawn as square roots.
    drawn = {
        name: [(100 * i / (len(row) - 1), 40 - 38 * (share / tall) ** 0.5) for i, share in enumerate(row)]
        for name, row in numbers.histogram.items()
    }
    across = log10(0.5) - log10(SLOWEST)
    drawn["power"] = [
        (
            100 * (log10(f) - log10(SLOWEST)) / across,
            38 - 36 * (max(log10(max(p, 1e-12)), floor) - floor) / (top - floor),
        )
        for f, p in numbers.power
        if f >= SLOWEST
    ]
    return {name: " ".join(f"{x:.2f},{y:.2f}" for x, y in points) for name, points in drawn.items()}


def _across(frequency: float) -> float:
    return (log10(frequency) - log10(SLOWEST)) / (log10(0.5) - log10(SLOWEST))


def _up(power: float, floor: float, top: float) -> float:
    return max(0.0, log10(max(power, 1e-12)) - floor) / (top - floor)


def _span(*both: Numbers) -> tuple[float, float]:
    """The powers of ten from the weakest to the strongest wave of both; nothing below a hundred-millionth of these."""
    logs = [log10(p) for one in both for f, p in one.power if f >= SLOWEST and p > 1e-12] or [0.0]
    top = max(logs)
    return min(max(min(logs), top - 8), top - 1), top
