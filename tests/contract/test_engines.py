"""Every engine meets every promise of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shopsight.engines import KNOWN, load
from shopsight.engines.store import is_here
from shopsight.testing import (
    EMBEDDER_PROMISES,
    FORECASTER_PROMISES,
    MINER_PROMISES,
    NEIGHBOURS_PROMISES,
    RECOGNISER_PROMISES,
    WORD_PROMISES,
    promises_of,
)
from tiny_eyes import save_d_fine, save_mask2former, save_rt_detr
from tiny_models import save_clip, save_siglip

WORDED = {"tiny-clip": save_clip, "tiny-siglip": save_siglip}
SEEING = {"tiny-d-fine": save_d_fine, "tiny-rt-detr": save_rt_detr, "tiny-mask2former": save_mask2former}
TINY = {**WORDED, **SEEING}
LOCAL = [name for name, record in KNOWN.items() if not record.extra]
CASES = [
    (name, promise)
    for ability, promises, names in (
        ("embed", EMBEDDER_PROMISES, [*LOCAL, *WORDED]),
        ("embed", WORD_PROMISES, list(WORDED)),
        ("neighbours", NEIGHBOURS_PROMISES, LOCAL),
        ("recognise", RECOGNISER_PROMISES, [*LOCAL, *SEEING]),
        ("rules", MINER_PROMISES, LOCAL),
        ("forecast", FORECASTER_PROMISES, LOCAL),
    )
    for name in names
    for promise in promises
    if name in TINY or KNOWN[name].ability == ability
]


@pytest.fixture(scope="session")
def engine_named(tmp_path_factory: pytest.TempPathFactory) -> Any:
    loaded: dict[str, Any] = {}

    def get(name: str) -> Any:
        if name not in loaded:
            loaded[name] = load(str(_saved(name, tmp_path_factory.mktemp(name))) if name in TINY else name, threads=1)
        return loaded[name]

    return get


def _saved(name: str, folder: Path) -> Path:
    pytest.importorskip("transformers", reason="the extra 'online' is not installed")
    return TINY[name](folder)


@pytest.mark.parametrize(("name", "promise"), CASES, ids=[f"{name}-{promise.__name__}" for name, promise in CASES])
def test_promise(name: str, promise: Any, engine_named: Any) -> None:
    if name not in TINY and not is_here(name):
        pytest.skip(f"the weights of {name} are not made yet (make models)")
    promise(engine_named(name))


@pytest.mark.parametrize("name", LOCAL)
def test_every_engine_makes_promises(name: str, engine_named: Any) -> None:
    if not is_here(name):
        pytest.skip(f"the weights of {name} are not made yet (make models)")
    assert promises_of(engine_named(name))
