"""Is it a product at all? The honest "not a product I know".

A logistic model over what one look gives: how sure the best category is, how the chances are spread, how much of the
photo is the product, and the shape's direction. Its weights belong to one vector space and are fitted by
`training/known/fit.py`; a space without fitted weights is judged by its best category's chance alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsight.types import Sight

SURE_ENOUGH = 0.4
"""Without fitted weights: known from this chance of the best category on."""


def is_known(sight: Sight, space: str, parts: Mapping[str, slice]) -> bool:
    """Whether the photo shows something the engine was taught. An engine without categories knows nothing."""
    if not sight.categories:
        return False
    fitted = _fitted(space)
    if fitted is None:
        return sight.categories[0].score >= SURE_ENOUGH
    return known_chance(sight, space, parts) >= float(fitted["line"])


def known_chance(sight: Sight, space: str, parts: Mapping[str, slice]) -> float:
    """The chance, 0-1, that the photo shows a product of the kinds that the engine was taught."""
    fitted = _fitted(space)
    if fitted is None:
        return sight.categories[0].score if sight.categories else 0.0
    total = float(features(sight, parts) @ np.asarray(fitted["weights"]) + fitted["bias"])
    return float(1 / (1 + np.exp(-np.clip(total, -40, 40))))


def features(sight: Sight, parts: Mapping[str, slice]) -> NDArray[np.float64]:
    """What the model sees of one look, `(4 + S,)`: best chance, entropy, product share, box share, the shape part."""
    shape = sight.values[parts["shape"]].astype(np.float64)
    length = float(np.linalg.norm(shape))
    return np.concatenate([plain_features(sight, parts), shape / max(length, 1e-9)])


def plain_features(sight: Sight, parts: Mapping[str, slice]) -> NDArray[np.float64]:
    """Best chance, entropy of the chances (0-1), share of the photo that is the product, share that its box is."""
    chances = sight.values[parts["category"]].astype(np.float64) ** 2
    chances = chances / max(float(chances.sum()), 1e-9)
    spread = -float((chances * np.log(np.maximum(chances, 1e-12))).sum()) / np.log(len(chances))
    mask = sight.mask
    share = float(mask.mean()) if mask is not None else 0.5
    boxed = 0.0
    if mask is not None and mask.any():
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        boxed = float(np.ptp(rows) + 1) * float(np.ptp(columns) + 1) / mask.size
    return np.array([float(chances.max()), spread, share, boxed])


@cache
def _fitted(space: str) -> Mapping[str, Any] | None:
    file = resources.files("shopsight.weights") / "known.json"
    record: Mapping[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    found: Mapping[str, Any] | None = record.get(space)
    return found
