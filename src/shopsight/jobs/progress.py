"""How long work tells how far it is: the name of the stage, how many are done, how many there are (None: not known)."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""What it raises ends the work between two batches; all that was committed stays."""


def silent(stage: str, done: int, total: int | None) -> None:
    """Tells nobody."""
