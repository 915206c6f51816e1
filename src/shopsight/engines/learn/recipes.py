"""How the networks for Fashion-MNIST learn, and what they tell while they do. Nothing heavy is imported here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from shopsight.errors import BadInput


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network learns. `rate` is the highest learning rate; with `warm_up` 0 it is the same all the time, else it
    rises for that share of the steps and then falls to nothing (Smith and Topin 2018). `crop_px` shifts, `mirror` turns
    round and `erase` is the chance of a blotted-out part (Zhong et al. 2017). `average` is how much of the running mean
    of the weights stays at each step (0: no mean is kept)."""

    model: str
    epochs: int
    batch: int
    rate: float
    warm_up: float = 0.0
    decay: float = 0.0
    smoothing: float = 0.0
    crop_px: int = 0
    mirror: bool = False
    erase: float = 0.0
    average: float = 0.0


RECIPES = {
    "dense110": Recipe("dense110", epochs=7, batch=32, rate=1e-3),
    "small-cnn": Recipe(
        "small-cnn",
        epochs=16,
        batch=128,
        rate=0.2,
        warm_up=0.2,
        decay=5e-4,
        smoothing=0.05,
        crop_px=2,
        mirror=True,
        erase=0.25,
        average=0.998,
    ),
}


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one pass over the training pictures gave. The training figures are means while learning, on altered
    pictures; the validation ones (None without any) are of the averaged weights."""

    number: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    pictures_per_s: float


@dataclass(frozen=True, slots=True)
class Step:
    """Where a run is: epoch `epoch` of `epochs`, step `step` of `steps`; loss and accuracy are the epoch's so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    pictures_per_s: float


Watch = Callable[[Step | Epoch], None]


def see_nothing(event: Step | Epoch) -> None:
    """A `Watch` that tells nobody."""


def with_epochs(recipe: Recipe, epochs: int | None) -> Recipe:
    """The recipe with another number of epochs."""
    if epochs is None:
        return recipe
    if not 1 <= epochs <= 1000:
        raise BadInput(f"--epochs {epochs}", "it is not between 1 and 1000", "Leave it out for the recipe's own.")
    return replace(recipe, epochs=epochs)


def rate_at(recipe: Recipe, share: float) -> float:
    """The learning rate when `share` of all steps is done: up in a line, down in half a cosine."""
    if not recipe.warm_up:
        return recipe.rate
    if share < recipe.warm_up:
        return recipe.rate * (0.05 + 0.95 * share / recipe.warm_up)
    fallen = (share - recipe.warm_up) / (1 - recipe.warm_up)
    return recipe.rate * max(1e-4, 0.5 * (1 + math.cos(math.pi * min(1.0, fallen))))
