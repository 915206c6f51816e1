"""A photo in, what is in it out: one task, one engine, findings in the photo's own pixels."""

from __future__ import annotations

from dataclasses import dataclass

from shopsight.errors import BadInput
from shopsight.protocols import Embedder, Recogniser
from shopsight.recognise.classify import classify_by_looks, classify_with
from shopsight.recognise.placing import place, place_box
from shopsight.types import Box, Pixels, Recognition, Task

TASKS: tuple[Task, ...] = ("classify", "localise", "detect", "segment", "instances")


@dataclass(frozen=True, slots=True)
class Picture:
    """What an engine is shown: `pixels` of the part `part` of an upright photo of `photo_px` (width, height).

    The pixels may be fewer than the part has: large photos are looked at scaled down.
    """

    pixels: Pixels
    part: Box
    photo_px: tuple[int, int]

    def scaled(self, box: Box) -> Box:
        """A box of `pixels` as a box of the upright photo."""
        return place_box(box, (self.pixels.shape[1], self.pixels.shape[0]), self.part)


def recognise_photo(picture: Picture, task: Task, eye: Embedder | Recogniser, k: int) -> Recognition:
    """One task on one photo. An embedding engine can only classify. Raises `BadInput` for another task.

    `engine` of what comes back is left to the caller, who knows by which name it was loaded.
    """
    if task not in TASKS:
        raise BadInput(f"task {str(task)[:40]}", "there is no such task", f"Ask for one of {', '.join(TASKS)}.")
    if k < 1:
        raise BadInput("k", f"{k} classes cannot be told", "Ask for at least 1.")
    return _classify(picture, eye, k) if task == "classify" else _find(picture, eye, task)


def _classify(picture: Picture, eye: Embedder | Recogniser, k: int) -> Recognition:
    seen = classify_by_looks(picture.pixels, eye) if isinstance(eye, Embedder) else classify_with(picture.pixels, eye)
    return Recognition(
        "classify",
        "",
        *picture.photo_px,
        seen.findings[:k],
        seen.known,
        seen.colours,
        seen.pattern,
        css_colours=seen.css_colours,
    )


def _find(picture: Picture, eye: Embedder | Recogniser, task: Task) -> Recognition:
    """Boxes or masks. Where nothing is found, nothing is known."""
    if not isinstance(eye, Recogniser):
        raise BadInput(f"task {task}", "an embedding engine only classifies", "Choose other labels.")
    pixels = picture.pixels
    found = eye.recognise([pixels], task)[0]
    placed = place(found, (pixels.shape[1], pixels.shape[0]), picture.part, picture.photo_px)
    return Recognition(task, "", *picture.photo_px, placed, known=bool(placed))
