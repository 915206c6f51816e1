"""A refusal is an error of our own that says what to do."""

from __future__ import annotations

from collections.abc import Callable

from shopsight.errors import ShopsightError


def must_refuse(ask: Callable[[], object], what: str) -> None:
    """Raise `AssertionError` unless `ask` raises a `ShopsightError` with a cure."""
    try:
        ask()
    except ShopsightError as refusal:
        if not refusal.cure:
            raise AssertionError(f"the refusal of {what} says what to do") from refusal
    else:
        raise AssertionError(f"{what} is refused")
