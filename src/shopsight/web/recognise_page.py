"""The console's page of recognition: a photo, a question, and what was found drawn over it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from shopsight.engines import tasks_of
from shopsight.engines.store import is_here, records
from shopsight.recognise.by_photo import TASKS
from shopsight.recognise.coco import Coco
from shopsight.shop import Shop
from shopsight.types import Finding, Recognition, Task
from shopsight.web.asking import clean_words
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.recognise import Seen

pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)
QUESTIONS: dict[Task, tuple[str, str]] = {
    "classify": ("What is it?", "Its kind, colours and pattern"),
    "localise": ("Where is it?", "One box around the product"),
    "detect": ("Where are they all?", "A box around every thing"),
    "segment": ("Which pixels?", "The region of each kind"),
    "instances": ("Which pixels of each?", "Every thing by itself, counted"),
}
PLACED: tuple[Task, ...] = ("localise", "detect", "instances")
"""The tasks whose findings have boxes of their own."""
SURE, LIKELY = 0.8, 0.5
OfPhoto = Annotated[str, Query(pattern="^([0-9a-f]{64})?$")]


@dataclass(frozen=True, slots=True)
class LabelSet:
    """What the page offers as labels, and for which tasks."""

    name: str
    title: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as the page lists it: `share` of the photo that it covers, `box` in words."""

    number: int
    finding: Finding
    share: float
    box: str


@pages.get("/console/recognise")
def show_page(request: Request, door: At, photo: OfPhoto = "", task: Task = "instances", labels: str = "") -> Response:
    """The page before a photo was shown; its address may name a photo of the shop, a task and labels."""
    shelf = [product for product in door.shop.browse(limit=24).products if product.photos]
    sets = label_sets(door.shop)
    chosen = labels if labels in {one.name for one in sets} else ""
    return door.pages.show(
        request, "recognise.html", shelf=shelf, photo=photo, task=task, labels=clean_words(chosen), sets=sets,
        questions=QUESTIONS,
    )  # fmt: skip


@pages.post("/console/recognise")
def show_recognised(request: Request, door: At, seen: Seen) -> Response:
    """The part of the page that changes: what was found, as words, a table, and COCO JSON for the drawing."""
    found = seen[1]
    coco = Coco()
    coco.add("photo", found)
    return door.pages.show(
        request, "_recognised.html", found=found, title=headline(found), rows=rows(found),
        coco=json.dumps(coco.document()), placed=found.task in PLACED,
    )  # fmt: skip


def label_sets(shop: Shop) -> list[LabelSet]:
    """The built-in garments, then the engines that are here, then those that this shop trained."""
    from shopsight.jobs.learning import trained_engines

    every = tuple(TASKS)
    sets = [LabelSet("", "Garments", every)]
    for record in records():
        if record.ability == "recognise" and is_here(record.name) and record.name != shop.sees_garments:
            sets.append(LabelSet(record.name, TITLES.get(record.name, record.name), tasks_of(record) or every))
    trained = [card["name"] for card in trained_engines(shop) if not card["problem"]]
    return sets + [LabelSet(name, f"{name} (trained here)", ("classify",)) for name in trained]


TITLES = {"fashion-mnist": "Fashion-MNIST", "outline": "Any product (outline)"}


def headline(found: Recognition) -> str:
    """The answer as a person would give it, no surer than it is."""
    count = len(found.findings)
    if found.task == "classify":
        return _name(found.findings) if found.known and count else "Not a product I know"
    if not count:
        return "Nothing found"
    if found.task == "segment":
        return f"{count} kind{'' if count == 1 else 's'} of pixels"
    if found.task == "localise":
        return f"Found: {found.findings[0].label}"
    return f"{count} thing{'' if count == 1 else 's'} found"


def _name(findings: Sequence[Finding]) -> str:
    first = findings[0]
    if first.score >= LIKELY:
        return first.label if first.score >= SURE else f"Probably {first.label}"
    return f"Not sure: {' or '.join(finding.label for finding in findings[:2])}"


def rows(found: Recognition) -> list[Row]:
    """The findings as the page's table lists them."""
    whole = found.width_px * found.height_px
    return [Row(number, each, _area(each) / whole, _words(each)) for number, each in enumerate(found.findings)]


def _area(finding: Finding) -> int:
    if finding.mask is not None:
        return int(finding.mask.sum())
    left, top, right, bottom = finding.box_px or (0, 0, 0, 0)
    return (right - left) * (bottom - top)


def _words(finding: Finding) -> str:
    if finding.box_px is None:
        return ""
    left, top, right, bottom = finding.box_px
    return f"{left}, {top} to {right}, {bottom} px"
