"""How sure a hit is, and the honest verdict: found, similar, or nothing like it.

Raw cosines all lie in a narrow band and every query returns something, so a cosine says little. Two logistic models
turn what is known about a hit into chances:

- **match**: the chance that a hit is the very product, from its cosine, its lead over the other products, how
  crowded the shop is around it, its shape and its colour apart, the categories and colours recognised in both photos,
  and how sure the recognition was;
- **kind**: the chance that the shop sells this kind of thing at all.

Their weights belong to one vector space and are fitted by `training/verdict/fit.py` on altered photos of products and
on photos of things that a shop does not have. A space without fitted weights is judged by `CAREFUL`, which says
"found" only for all but identical photos.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsight.types import Finding, Matrix, Sight, Vector, Verdict

Numbers = NDArray[np.float64]

MATCH = ("closeness", "lead", "reach", "shape part", "colour part", "category", "colour", "sureness")
KIND = ("closeness", "crowd", "reach", "category", "sureness")
LINES = ("cosine_apart", "cosine_same", "found_at", "similar_at")
CROWD = 8
"""So many of the nearest products say together how crowded the shop is here, and whether it sells such things."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the nearest products of one photo, best first; every array is `(K,)`.

    `parts` are cosines in each named part of the vector; `category` and `colour` are overlaps (0-1) of what was
    recognised in both photos, not-a-number where nothing was; `sureness` is the query's best category's chance.
    `among` is each hit's cosine with the hit that is most like it: where products lie close together, such as photos
    on the same white ground, being close says less.
    """

    cosines: Numbers
    among: Numbers
    parts: Mapping[str, Numbers] = field(default_factory=dict)
    category: Numbers | None = None
    colour: Numbers | None = None
    sureness: float = float("nan")

    def __len__(self) -> int:
        return len(self.cosines)

    def best_first(self) -> Evidence:
        """The same hits in the order of their cosines."""
        order = np.argsort(-self.cosines, kind="stable")
        parts = {name: cosines[order] for name, cosines in self.parts.items()}
        category, colour = (None if v is None else v[order] for v in (self.category, self.colour))
        return Evidence(self.cosines[order], self.among[order], parts, category, colour, self.sureness)


@dataclass(frozen=True, slots=True)
class Logistic:
    """`chance = 1 / (1 + exp(-(bias + sum(weight * feature))))`; a feature that is not a number counts as `usual`."""

    bias: float
    weights: Mapping[str, float]
    usual: Mapping[str, float] = field(default_factory=dict)

    def chance(self, features: Mapping[str, Numbers]) -> Numbers:
        """`(K,)` chances 0-1 from features `(K,)` each."""
        total: Any = self.bias
        for name, weight in self.weights.items():
            values = np.asarray(features[name], np.float64)
            total = total + weight * np.where(np.isnan(values), self.usual.get(name, 0.0), values)
        return np.asarray(1 / (1 + np.exp(-np.clip(total, -40, 40))), np.float64)


@dataclass(frozen=True, slots=True)
class Judge:
    """The two models of one space and where their lines are drawn.

    `cosine_apart` and `cosine_same` are the usual cosines between photos of different products and between a photo and
    its altered self: they put cosines of this space on a common scale.
    """

    space: str
    match: Logistic
    kind: Logistic
    cosine_apart: float = 0.0
    cosine_same: float = 1.0
    found_at: float = 0.5
    similar_at: float = 0.5
    fitted: bool = True

    def match_chances(self, evidence: Evidence) -> Numbers:
        """`(K,)` chance that each hit is the very product."""
        return self.match.chance(match_features(evidence)) if len(evidence) else np.empty(0)

    def kind_chance(self, evidence: Evidence) -> float:
        """The chance that the shop sells this kind of thing."""
        return float(self.kind.chance(kind_features(evidence))[0]) if len(evidence) else 0.0

    def verdict(self, evidence: Evidence, matches: Numbers | None = None) -> Verdict:
        """The word for the whole answer; `matches` are its `match_chances` where they are known already."""
        if not len(evidence):
            return "nothing like it"
        matches = self.match_chances(evidence) if matches is None else matches
        if matches.max() >= self.found_at:
            return "found"
        return "similar" if self.kind_chance(evidence) >= self.similar_at else "nothing like it"

    def likeness(self, cosines: NDArray[np.floating]) -> Numbers:
        """How like in words: 0 as unlike as two products usually are, 1 as like as a photo's altered self, or more."""
        return np.clip((cosines - self.cosine_apart) / max(self.cosine_same - self.cosine_apart, 1e-6), 0, 1)

    def nearness(self, cosines: NDArray[np.floating]) -> Numbers:
        """Cosines on a common scale that keeps their order: 0 as two products usually are, 1 for the same vector."""
        return np.clip((cosines - self.cosine_apart) / (1 - self.cosine_apart), 0, 1)


def weigh(query: Sight, vectors: Matrix, looks: Sequence[Sight | None], parts: Mapping[str, slice]) -> Evidence:
    """What is known about hits with these vectors `(K, D)`, and with what was recognised in their photos."""
    return Evidence(
        _cosines(vectors, query.values),
        _among(vectors, query.values),
        {name: _cosines(vectors[:, part], query.values[part]) for name, part in parts.items()},
        np.array([overlap(query.categories, look.categories if look else ()) for look in looks], np.float64),
        np.array([overlap(query.colours, look.colours if look else ()) for look in looks], np.float64),
        query.categories[0].score if query.categories else float("nan"),
    )


def match_features(evidence: Evidence) -> dict[str, Numbers]:
    """The features of the match model, `(K,)` each, in the order of `MATCH`."""
    unknown = np.full(len(evidence), np.nan)
    return {
        "closeness": closeness(evidence.cosines),
        "lead": lead(evidence.cosines),
        "reach": closeness(evidence.cosines) - closeness(evidence.among),
        "shape part": closeness(evidence.parts["shape"]) if "shape" in evidence.parts else unknown,
        "colour part": closeness(evidence.parts["colour"]) if "colour" in evidence.parts else unknown,
        "category": unknown if evidence.category is None else evidence.category,
        "colour": unknown if evidence.colour is None else evidence.colour,
        "sureness": np.full(len(evidence), evidence.sureness),
    }


def kind_features(evidence: Evidence) -> dict[str, Numbers]:
    """The features of the kind model, `(1,)` each, in the order of `KIND`: the nearest products taken together."""
    near = slice(0, CROWD)
    category = np.nan if evidence.category is None else float(np.mean(evidence.category[near]))
    return {
        "closeness": closeness(evidence.cosines[:1]),
        "crowd": closeness(np.mean(evidence.cosines[near], keepdims=True)),
        "reach": closeness(evidence.cosines[:1]) - closeness(np.mean(evidence.among[near], keepdims=True)),
        "category": np.array([category]),
        "sureness": np.array([evidence.sureness]),
    }


def closeness(cosines: Numbers) -> Numbers:
    """Cosines stretched where they crowd, near 1: `-ln(1.01 - cosine)`, from about -0.7 to 4.6."""
    return np.asarray(-np.log(1.01 - np.clip(cosines, -1, 1)), np.float64)


def lead(cosines: Numbers) -> Numbers:
    """How far each product's closeness is ahead of the best other product's; negative for all but the nearest."""
    near = closeness(cosines)
    if len(near) < 2:
        return np.zeros(len(near))
    second, first = np.partition(near, -2)[-2:]
    others = np.full(len(near), first)
    others[np.argmax(near)] = second
    return np.asarray(near - others, np.float64)


def _cosines(vectors: Matrix, query: Vector) -> Numbers:
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return np.asarray(vectors @ query / np.maximum(lengths, 1e-9), np.float64)


def _among(vectors: Matrix, query: Vector) -> Numbers:
    """`(K,)` the highest cosine of each hit with another of the `CROWD` nearest hits; not a number for a lone hit."""
    crowd = np.argsort(-(vectors @ query), kind="stable")[:CROWD]
    if len(vectors) < 2:
        return np.full(len(vectors), np.nan)
    cosines = np.asarray(vectors @ vectors[crowd].T, np.float64)
    cosines[crowd, np.arange(len(crowd))] = -1
    return np.asarray(cosines.max(axis=1), np.float64)


def overlap(mine: tuple[Finding, ...], theirs: tuple[Finding, ...]) -> float:
    """How much two lists of findings have in common, 0-1 (`sum(min(p, q))`); not a number when one is empty."""
    if not mine or not theirs:
        return float("nan")
    other = {finding.label: finding.score for finding in theirs}
    shared = sum(min(finding.score, other.get(finding.label, 0.0)) for finding in mine)
    return shared / max(1e-9, min(sum(f.score for f in mine), sum(other.values())))


CAREFUL = Judge(
    "",
    Logistic(-13.5, {"closeness": 3.5, "lead": 1.0}),
    Logistic(-6.0, {"closeness": 3.0}),
    cosine_apart=0.5,
    fitted=False,
)
"""For a space without fitted weights: one half at a cosine of about 0.98, 0.01 at 0.91; similar from about 0.88."""


@cache
def judge_for(space: str) -> Judge:
    """The judge fitted for a space; the careful one when there is none, for no other space's weights would fit."""
    file = resources.files("shopsight.weights") / "verdict.json"
    fitted = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    record = fitted.get(space)
    return judge_from(space, record) if record else CAREFUL


def judge_from(space: str, record: Mapping[str, Any]) -> Judge:
    """A judge from its record in `weights/verdict.json`."""
    models = {name: Logistic(m["bias"], m["weights"], m["usual"]) for name in ("match", "kind") for m in [record[name]]}
    apart, same, found, similar = (float(record[name]) for name in LINES)
    return Judge(space, models["match"], models["kind"], apart, same, found, similar)
