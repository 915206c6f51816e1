"""The promises that every engine keeps, ours and a stranger's, ready for any test runner.

    import pytest
    from shopsight.testing import EMBEDDER_PROMISES

    @pytest.mark.parametrize("promise", EMBEDDER_PROMISES, ids=lambda promise: promise.__name__)
    def test_my_engine(promise):
        promise(MyEngine())

A promise is a function that takes an engine and raises `AssertionError` where it is broken.
`promises_of(engine)` picks those that concern it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shopsight.protocols import Embedder, Forecaster, Neighbours, Recogniser, RuleMiner, WordEmbedder
from shopsight.testing.embedding import EMBEDDER_PROMISES, WORD_PROMISES
from shopsight.testing.forecasting import FORECASTER_PROMISES
from shopsight.testing.neighbours import NEIGHBOURS_PROMISES
from shopsight.testing.recognising import RECOGNISER_PROMISES
from shopsight.testing.rules import MINER_PROMISES

__all__ = [
    "EMBEDDER_PROMISES",
    "FORECASTER_PROMISES",
    "MINER_PROMISES",
    "NEIGHBOURS_PROMISES",
    "RECOGNISER_PROMISES",
    "WORD_PROMISES",
    "promises_of",
]


def promises_of(engine: Any) -> list[Callable[[Any], None]]:
    """All promises that an engine makes by the methods it has."""
    kinds = (
        (Embedder, EMBEDDER_PROMISES),
        (WordEmbedder, WORD_PROMISES),
        (Neighbours, NEIGHBOURS_PROMISES),
        (Recogniser, RECOGNISER_PROMISES),
        (RuleMiner, MINER_PROMISES),
        (Forecaster, FORECASTER_PROMISES),
    )
    return [promise for kind, promises in kinds if isinstance(engine, kind) for promise in promises]
