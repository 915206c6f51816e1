"""Is it a product at all? The honest "not a product I know".

The best category's chance says little about that: a classifier that was taught only garments is sure of a garment in a
house front too. The direction of a photo's shape says it: a logistic model tells garments, laid out or worn, from
walls, streets, faces and noise. Its weights belong to one vector space and are fitted by `training/known/fit.py`; a
space without fitted weights is judged by its best category's chance alone.
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
    """What the model sees of one look: the shape part of its vector as a direction, `(S,) float64` of length 3.

    The length is a matter of scale alone: it lets the usual strengths of regularisation be the right ones.
    """
    shape = sight.values[parts["shape"]].astype(np.float64)
    return np.asarray(3 * shape / max(float(np.linalg.norm(shape)), 1e-9))


@cache
def _fitted(space: str) -> Mapping[str, Any] | None:
    file = resources.files("shopsight.weights") / "known.json"
    record: Mapping[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    found: Mapping[str, Any] | None = record.get(space)
    return found
