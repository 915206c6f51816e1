"""The floor: the product told from its ground by arithmetic (`images/measure.py`). No weights, one word: "product".

Good on an even ground, a guess on a busy one; a stronger engine names what it finds and keeps neighbours apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.errors import BadInput, BadPhoto
from shopsight.images import measure
from shopsight.types import Box, Finding, Pixels, Task

LABEL = "product"
TOGETHER = 0.3
"""Pieces whose boxes overlap by this share of the smaller one are one thing: a bag and its strap."""
CLEAR = 40.0
"""So far (Delta E) from its ground a product stands out for certain."""
Mask = NDArray[np.bool_]


class Outline:
    """Finds products on their ground: where, how many, which pixels. It cannot say what they are."""

    tasks: frozenset[Task] = frozenset({"localise", "detect", "segment", "instances"})
    labels = (LABEL,)

    def __init__(self, record: Record | None = None, threads: int = 0) -> None:
        """Both arguments are taken only because every engine is called with them."""

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """For each photo its findings, clearest first. Raises `BadInput` for another task, `BadPhoto`."""
        if task not in self.tasks:
            raise BadInput(f"task {task}", "outline does not do it", f"Ask for one of {', '.join(sorted(self.tasks))}.")
        return [self._recognise(photo, task) for photo in photos]

    def _recognise(self, photo: Pixels, task: Task) -> tuple[Finding, ...]:
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
            raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")
        mask = measure.product_mask(photo)
        things = [mask] if task in {"localise", "segment"} else tell_apart(mask)
        scores = [clearness(photo, thing, mask) for thing in things]
        order = np.argsort(-np.array(scores), kind="stable")
        pixels = task in {"segment", "instances"}
        boxes = task != "segment"
        return tuple(
            Finding(LABEL, scores[i], measure.box_of(things[i]) if boxes else None, things[i] if pixels else None)
            for i in order
        )


def tell_apart(mask: Mask) -> list[Mask]:
    """The separate things in a mask, largest first; pieces whose boxes overlap belong together."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    groups: list[tuple[list[int], Box]] = []
    for piece in sorted(range(1, count), key=lambda i: -int(stats[i, cv2.CC_STAT_AREA])):
        left, top, wide, high = (int(v) for v in stats[piece, :4])
        box = (left, top, left + wide, top + high)
        home = next((i for i, (_, other) in enumerate(groups) if overlap(box, other) > TOGETHER), None)
        if home is None:
            groups.append(([piece], box))
        else:
            pieces, other = groups[home]
            groups[home] = ([*pieces, piece], around(box, other))
    return [np.isin(labels, pieces) for pieces, _ in groups]


def overlap(a: Box, b: Box) -> float:
    """Shared area over the smaller box's area, 0-1."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return max(0, wide) * max(0, high) / max(1, smaller)


def around(a: Box, b: Box) -> Box:
    """The box around both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def clearness(photo: Pixels, thing: Mask, all_things: Mask) -> float:
    """How clearly a thing stands out from the ground, 0.05-0.99: the distance of their usual colours in CIELAB."""
    ground = ~all_things
    if not ground.any():
        return 0.05
    # A sample of the pixels says as much as all of them.
    step = max(1, round((photo.shape[0] * photo.shape[1] / 40_000) ** 0.5))
    inside, outside = thing[::step, ::step], ground[::step, ::step]
    if not inside.any() or not outside.any():
        return 0.05
    lab = cv2.cvtColor(photo[::step, ::step].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    apart = np.linalg.norm(np.median(lab[inside], axis=0) - np.median(lab[outside], axis=0))
    return float(np.clip(apart / CLEAR, 0.05, 0.99))
