"""The promises of recognisers hold for one that keeps them, and each breaks for one that does not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from shopsight.errors import BadInput, BadPhoto
from shopsight.protocols import Recogniser
from shopsight.testing import RECOGNISER_PROMISES, promises_of
from shopsight.testing import recognising as promised
from shopsight.types import Finding, Pixels, Task


class Halves:
    """Calls the darker half of a photo "dark" and the rest "light": simple, whole and well-behaved."""

    tasks: frozenset[Task] = frozenset({"classify", "localise", "detect", "segment", "instances"})
    labels: tuple[str, ...] = ("dark", "light")

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        if task not in self.tasks:
            raise BadInput(task, "it is no task of this engine", "Ask for another.")
        return [self.look(photo, task) for photo in photos]

    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
            raise BadPhoto("photo", "these are no pixels", "Give pixels.")
        share = float(photo.mean()) / 255
        if task == "classify":
            found = [Finding("light", share), Finding("dark", 1 - share)]
            return tuple(sorted(found, key=lambda f: -f.score))
        grey = photo.mean(axis=2)
        dark = grey <= grey.mean()
        mask = dark if task in ("segment", "instances") else None
        return (Finding("dark", 0.5, promised._box_of(dark), mask),)


class Forgets(Halves):
    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        return super().recognise(photos, task)[:3]


class NeverEmpty(Halves):
    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        return super().recognise(photos, task) or [()]


class TwiceTheLabel(Halves):
    labels = ("dark", "dark", "light")


class Wavers(Halves):
    turns = 0

    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        self.turns += 1
        return tuple(replace(f, score=f.score * (1 + 1e-5 * (self.turns % 2)) / 1.1) for f in super().look(photo, task))


class WorstFirst(Halves):
    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        return super().look(photo, task)[::-1]


class TooSure(Halves):
    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        return tuple(replace(f, score=1.0) for f in super().look(photo, task))


class OutsideByOne(Halves):
    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        box = (0, 0, photo.shape[1] + 1, photo.shape[0])
        return tuple(replace(f, box_px=f.box_px and box) for f in super().look(photo, task))


class LooseBox(Halves):
    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        box = (0, 0, photo.shape[1], photo.shape[0])
        return tuple(replace(f, box_px=f.box_px and box) for f in super().look(photo, task))


class Overlaps(Halves):
    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        found = super().look(photo, task)
        return (*found, replace(found[0], label="light")) if task == "segment" else found


class Scribbles(Halves):
    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        found = super().look(photo, task)
        if photo.flags.writeable:
            photo[0, 0] += 1
        return found


class TakesAnything(Halves):
    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        return [super(TakesAnything, self).look(p, "classify") if p.size else () for p in photos]

    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        return ()


class Shares(Halves):
    """Keeps its photo where another thread finds it."""

    def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        self.photo = photo
        if threading.current_thread() is not threading.main_thread():
            self.photo = 255 - photo
        return super().look(self.photo, task)


BROKEN = (
    (Forgets, promised.answers_in_order),
    (NeverEmpty, promised.recognises_nothing_in_nothing),
    (TwiceTheLabel, promised.names_its_tasks_and_labels),
    (Wavers, promised.recognises_the_same_again),
    (WorstFirst, promised.scores_are_chances_in_order),
    (TooSure, promised.classes_are_probabilities),
    (OutsideByOne, promised.places_lie_in_the_photo),
    (LooseBox, promised.masks_fit_the_photo),
    (Overlaps, promised.regions_share_no_pixel),
    (Scribbles, promised.leaves_the_photos_alone),
    (TakesAnything, promised.refuses_tasks_it_cannot_do),
    (Shares, promised.recognises_for_many_at_once),
)


@pytest.mark.parametrize("promise", RECOGNISER_PROMISES, ids=lambda promise: promise.__name__)
def test_a_good_recogniser_keeps_the_promise(promise) -> None:
    promise(Halves())


@pytest.mark.parametrize(("engine", "promise"), BROKEN, ids=lambda each: getattr(each, "__name__", ""))
def test_a_broken_one_is_caught(engine: type[Recogniser], promise) -> None:
    with pytest.raises(AssertionError):
        promise(engine())


def test_an_engine_that_looks_at_anything_is_caught() -> None:
    class Blind(Halves):
        def look(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
            return ()

    with pytest.raises(AssertionError, match="refused"):
        promised.refuses_what_has_no_pixels(Blind())


def test_a_recogniser_is_known_by_its_methods() -> None:
    assert promises_of(Halves()) == list(RECOGNISER_PROMISES)
