"""The built-in engine: EfficientNet-Lite0 (Tan and Le 2019) with heads trained by this project, on ONNX Runtime.

One pass over a photo gives where the product is, what it is, and its shape as a direction; its colours are counted
on the product's own pixels (`images/colour.py`). Shape, category and colour lie side by side in one vector of length 1,
so that one dot product ranks by all three, each with its share. The category part is the square root of softened
probabilities: it keeps a phone photo of a T-shirt with the T-shirts of a catalogue that looks nothing like it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import ceil, floor
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.engines.store import checked_path
from shopsight.errors import BadPhoto, Damaged
from shopsight.images import colour, measure
from shopsight.types import Box, Finding, Pixels, Sight

SHARES = SHAPE_SHARE, CATEGORY_SHARE, COLOUR_SHARE = 0.58, 0.12, 0.3
SHAPE_DIM, CATEGORY_DIM = 215, 19
BATCH = 8
LEAST_PROBABILITY = 0.05


class Lite0:
    """Sees shape, category, colours, pattern and place of a photo's product. `threads` 0 lets the runtime choose."""

    dim = SHAPE_DIM + CATEGORY_DIM + colour.DIM
    parts = MappingProxyType(
        {
            "shape": slice(0, SHAPE_DIM),
            "category": slice(SHAPE_DIM, SHAPE_DIM + CATEGORY_DIM),
            "colour": slice(SHAPE_DIM + CATEGORY_DIM, SHAPE_DIM + CATEGORY_DIM + colour.DIM),
        }
    )

    def __init__(self, record: Record, threads: int = 0) -> None:
        """Raises `NotFound` or `Damaged` when the weights are missing or not what they were."""
        path, digest = checked_path(record)
        try:
            self.labels: tuple[str, ...] = tuple(record.preprocessing["labels"])
            self.temperature = float(record.preprocessing["temperature"])
            self.side_px = int(record.preprocessing["side_px"])
        except (KeyError, TypeError, ValueError) as fault:
            raise Damaged(record.card, f"the card lacks {fault}", "Install the package again.") from fault
        made_of = f"{digest} {self.side_px} {self.temperature} {SHARES} {colour.SHOP_COLOURS}"
        self.space = f"{record.name}/{hashlib.sha256(made_of.encode()).hexdigest()[:8]}"
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin while they wait starve everybody else on a small machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def see(self, photos: Sequence[Pixels]) -> list[Sight]:
        """One `Sight` per photo: `values` is `(255,) float32` of length 1. Raises `BadPhoto` for what are no pixels."""
        sights: list[Sight] = []
        for start in range(0, len(photos), BATCH):
            chunk = photos[start : start + BATCH]
            squares = np.stack([square(photo, self.side_px) for photo in chunk])
            shapes, logits, masks = self._session.run(["shape", "category", "mask"], {"photos": squares})
            for photo, small, shape, logit, mask in zip(chunk, squares, shapes, logits, masks, strict=True):
                sights.append(self._describe(photo, small, shape, logit, mask))
        return sights

    def _describe(self, photo: Pixels, small: Pixels, shape: Any, logit: Any, mask: NDArray[np.float32]) -> Sight:
        counts = colour.count_colours(small, mask)
        chances = soften(logit, self.temperature)
        values = np.concatenate(
            [
                SHAPE_SHARE**0.5 * shape,
                CATEGORY_SHARE**0.5 * np.sqrt(chances),
                COLOUR_SHARE**0.5 * colour.colour_vector(counts),
            ]
        ).astype(np.float32)
        inside = cv2.resize(mask, (self.side_px, self.side_px), interpolation=cv2.INTER_LINEAR) > 0.5
        return Sight(
            values=values / np.float32(np.linalg.norm(values)),
            categories=self._name(chances),
            colours=colour.name_colours(counts),
            pattern=measure.pattern(small, inside).label if inside.any() else "",
            box_px=place(inside, photo),
            mask=inside,
        )

    def _name(self, chances: NDArray[np.float32]) -> tuple[Finding, ...]:
        """The likely categories with calibrated probabilities, most likely first; always at least one."""
        order = np.argsort(-chances, kind="stable")[:5]
        return tuple(
            Finding(self.labels[i], float(chances[i]))
            for i in order
            if chances[i] >= LEAST_PROBABILITY or i == order[0]
        )


def soften(logit: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Calibrated probabilities of all labels (Guo et al. 2017)."""
    scores = np.exp((logit - logit.max()) / temperature)
    return np.asarray(scores / scores.sum(), np.float32)


def square(photo: Pixels, side_px: int) -> Pixels:
    """The photo squashed into `(S, S, 3) uint8`, contiguous."""
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
        raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")
    shrinks = photo.shape[0] >= side_px and photo.shape[1] >= side_px
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(photo, (side_px, side_px), interpolation=how))


def place(inside: NDArray[np.bool_], photo: Pixels) -> Box | None:
    """The product's box in the photo's own pixels; None where no pixel is the product's."""
    if not inside.any():
        return None
    left, top, right, bottom = measure.box_of(inside)
    across, down = photo.shape[1] / inside.shape[1], photo.shape[0] / inside.shape[0]
    # Outwards, so that the box of a photo of few pixels still holds one.
    right, bottom = min(ceil(right * across), photo.shape[1]), min(ceil(bottom * down), photo.shape[0])
    return floor(left * across), floor(top * down), right, bottom
