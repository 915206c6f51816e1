"""Searching for a better recipe with Optuna (Akiba et al. 2019), seeded, so that a search can be made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shopsight.engines.learn.crossing import Lesson, Trial, try_recipe
from shopsight.engines.learn.linear import Logits, Recipe
from shopsight.errors import BadInput, MissingExtra

MOST_TRIALS = 500
WEAKEST, STRONGEST = 1e-2, 1e4


def search_recipe(
    lesson: Lesson, trials: int, tell: Callable[[int, int], None], seed: int = 0
) -> list[tuple[Trial, Logits]]:
    """Try the usual recipe first and then `trials - 1` others; gives back each with its logits.

    `tell(done, trials)` is called after each. Raises `MissingExtra` without Optuna, `BadInput` for a senseless number.
    """
    if not 1 <= trials <= MOST_TRIALS:
        raise BadInput(f"--trials {trials}", f"it is not between 1 and {MOST_TRIALS}", "Try 20.")
    tried: list[tuple[Trial, Logits]] = []

    def attempt(trial: Any) -> float:
        recipe = Recipe(
            strength=trial.suggest_float("strength", WEAKEST, STRONGEST, log=True),
            balanced=trial.suggest_categorical("balanced", [False, True]),
        )
        tried.append(try_recipe(lesson, recipe))
        tell(len(tried), trials)
        return tried[-1][0].surprise

    study = _study(seed)
    study.enqueue_trial(Recipe().describe())
    study.optimize(attempt, n_trials=trials)
    return tried


def _study(seed: int) -> Any:
    try:
        import optuna
    except ModuleNotFoundError as missing:
        cure = 'Run: pip install "shopsight[train]", or leave --trials out.'
        raise MissingExtra("--trials", "searching needs optuna, which is not installed", cure) from missing
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=seed))
