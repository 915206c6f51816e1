"""What is it? Its category with a calibrated chance, its colours and pattern, and whether it is known at all."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images import colour, measure
from shopsight.protocols import Embedder, Recogniser
from shopsight.recognise.known import is_known
from shopsight.types import Finding, Pixels

CLOTH_PX = 224
"""Side of the square in which colours and pattern are read where the engine gives no mask."""
SURE_ENOUGH = 0.4
"""A class of an engine without a fitted judgement counts as known from this chance on."""


@dataclass(frozen=True, slots=True)
class Classified:
    """Findings of the task classify, and what the product's own pixels show."""

    findings: tuple[Finding, ...]
    known: bool
    colours: tuple[Finding, ...]
    css_colours: tuple[Finding, ...]
    pattern: Finding


def classify_by_looks(photo: Pixels, engine: Embedder) -> Classified:
    """The garment's category as the embedding engine sees it. An engine without categories knows nothing."""
    sight = engine.see([photo])[0]
    square = _square(photo, sight.mask.shape[0] if sight.mask is not None else CLOTH_PX)
    mask = sight.mask if sight.mask is not None and sight.mask.any() else measure.product_mask(square)
    colours = sight.colours or _count(square, mask)
    return Classified(
        sight.categories,
        is_known(sight, engine.space, engine.parts),
        colours,
        colour.name_css(square, mask, colours),
        measure.pattern(square, mask),
    )


def classify_with(photo: Pixels, recogniser: Recogniser) -> Classified:
    """The classes of an engine trained for other labels. Raises `BadInput` where it does not classify."""
    findings = recogniser.recognise([photo], "classify")[0]
    square = _square(photo, CLOTH_PX)
    mask = measure.product_mask(square)
    colours = _count(square, mask)
    known = bool(findings) and findings[0].score >= SURE_ENOUGH
    return Classified(findings, known, colours, colour.name_css(square, mask, colours), measure.pattern(square, mask))


def _count(square: Pixels, mask: NDArray[np.bool_]) -> tuple[Finding, ...]:
    return colour.name_colours(colour.count_colours(square, mask.astype(np.float32)))


def _square(photo: Pixels, side_px: int) -> Pixels:
    """The photo squashed into `(S, S, 3)`, as the engine's mask is."""
    shrinks = min(photo.shape[:2]) >= side_px
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(photo, (side_px, side_px), interpolation=how), np.uint8)
