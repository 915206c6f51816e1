"""Where in a product taxonomy a photo's product belongs, never deeper than it is sure.

The taxonomy is a file of the user's, in one of the two forms in which Shopify gives its product taxonomy away: text
("gid://... : A > B > C" a line) or JSON (categories.json, taxonomy.json). What a classifier says is put on its nodes:
a label that is a path goes to that node, another label by its words (synonyms.json helps), and a label that fits
several nodes to the deepest node above them all. The chance of a node is the sum over all that lies at or below it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from shopsight.errors import BadSource, NotFound
from shopsight.types import Finding

SURE_ENOUGH = 0.6
"""The way down goes on while the next node's chance is at least this."""
MOST_BYTES = 200_000_000
_LINE = re.compile(r"^(?P<id>\S+)\s+:\s+(?P<path>.+)$")
_PARTS = re.compile(r"\s*>\s*")


@dataclass(frozen=True, slots=True)
class Node:
    """A category: `id` as the file has it, `path` its names from the top down to its own."""

    id: str
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Step:
    """A node on the way down, with the chance that the product belongs at or below it."""

    id: str
    name: str
    chance: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a product belongs: the way from the top, as far as it is sure. Empty where not even the top is.

    `leaf` tells whether the way ends at a category without any below it; `unplaced` is the chance of labels that the
    taxonomy has no node for.
    """

    way: tuple[Step, ...]
    leaf: bool
    unplaced: float

    @property
    def path(self) -> str:
        """The way in words, as the file writes it."""
        return " > ".join(step.name for step in self.way)


class Taxonomy:
    """The nodes of one file, and how labels find theirs."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes: Mapping[tuple[str, ...], Node] = {node.path: node for node in nodes}
        self._parents = {path[:-1] for path in self.nodes}
        self._by_path = {tuple(map(_stem_words, path)): path for path in self.nodes}
        self._by_id = {node.id.casefold(): path for path, node in self.nodes.items()}
        self._by_name: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for path in self.nodes:
            self._by_name.setdefault(_stem_words(path[-1]), []).append(path)

    def is_leaf(self, path: tuple[str, ...]) -> bool:
        return path not in self._parents

    def find(self, label: str) -> tuple[str, ...]:
        """The path of the node that a label means; () where it means none, or nodes with nothing above them all."""
        if label.strip().casefold() in self._by_id:
            return self._by_id[label.strip().casefold()]
        parts = tuple(_PARTS.split(label.strip()))
        for words in (*_synonyms().get(_key(label), ()), label):
            found = self._find_end(tuple(_PARTS.split(words.strip())))
            if found:
                return found
        # What of a path the taxonomy knows: its beginning, or else the node of its last word.
        known = [parts[:depth] for depth in range(len(parts) - 1, 0, -1)]
        stems = (tuple(map(_stem_words, part)) for part in known)
        return next((self._by_path[stem] for stem in stems if stem in self._by_path), ()) or (
            self.find(parts[-1]) if len(parts) > 1 else ()
        )

    def _find_end(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The highest node whose path ends so, or what is above all of them where several are as high."""
        wanted = tuple(map(_stem_words, parts))
        named = self._by_name.get(wanted[-1], [])
        ends = [path for path in named if tuple(map(_stem_words, path[-len(wanted) :])) == wanted]
        depth = min(map(len, ends), default=0)
        return _above_all([path for path in ends if len(path) == depth]) if ends else ()

    def place(self, findings: Sequence[Finding], threshold: float = SURE_ENOUGH) -> Place:
        """The way down for the chances of a classifier's labels (findings of the task classify)."""
        chances: dict[tuple[str, ...], float] = {}
        unplaced = 0.0
        for finding in findings:
            path = self.find(finding.label)
            unplaced += 0.0 if path else finding.score
            for depth in range(1, len(path) + 1):
                chances[path[:depth]] = chances.get(path[:depth], 0.0) + finding.score
        way: list[Step] = []
        here: tuple[str, ...] = ()
        while True:
            below = [path for path in chances if path[:-1] == here and path in self.nodes]
            best = max(below, key=lambda path: (chances[path], path), default=None)
            if best is None or chances[best] < threshold:
                break
            way.append(Step(self.nodes[best].id, best[-1], min(1.0, chances[best])))
            here = best
        return Place(tuple(way), bool(way) and self.is_leaf(here), min(1.0, unplaced))


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int) -> Taxonomy:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as fault:
        raise BadSource(path.name, f"it cannot be read as text ({fault})", _CURE) from fault
    nodes = _from_json(path.name, text) if text.lstrip().startswith(("{", "[")) else _from_lines(path.name, text)
    if not nodes:
        raise BadSource(path.name, "it names no category", _CURE)
    return Taxonomy(nodes)


_CURE = "Give the taxonomy's categories.txt or categories.json as Shopify publishes them."


def read_taxonomy(path: Path | str) -> Taxonomy:
    """The taxonomy in a file, text or JSON. Raises `NotFound`, and `BadSource` naming the line that is wrong."""
    path = Path(path)
    if not path.is_file():
        raise NotFound(str(path), "there is no such file", _CURE)
    if path.stat().st_size > MOST_BYTES:
        raise BadSource(path.name, f"it has more than {MOST_BYTES // 1_000_000} MB", _CURE)
    return _read(path.resolve(), path.stat().st_mtime_ns)


def _from_lines(name: str, text: str) -> list[Node]:
    nodes = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.match(line.strip())
        if not found:
            raise BadSource(name, f"line {number} is not 'ID : A > B > C'", _CURE)
        nodes.append(Node(found["id"], tuple(_PARTS.split(found["path"].strip()))))
    return nodes


def _from_json(name: str, text: str) -> list[Node]:
    try:
        told: Any = json.loads(text)
        verticals = told["verticals"] if isinstance(told, dict) else told
        rows = [row for vertical in verticals for row in vertical["categories"]]
        return [Node(str(row["id"]), tuple(_PARTS.split(str(row["full_name"]).strip()))) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        reason = f"it is no taxonomy in JSON ({type(fault).__name__}: {fault})"
        raise BadSource(name, reason, _CURE) from fault


@lru_cache(maxsize=1)
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    """Words of ours -> names that taxonomies use, the closest first."""
    table = json.loads(Path(__file__).with_name("synonyms.json").read_text("utf-8"))
    return {_key(word): tuple(names) for word, names in table.items()}


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _stem_words(text: str) -> tuple[str, ...]:
    """The words of a name without endings and order, so that "T-Shirt" is "T-shirts".

    >>> _stem_words("Scarves & Shawls") == _stem_words("shawl, scarf")
    True
    """
    return tuple(sorted(_stem(word) for word in re.findall(r"\w+", text.casefold()) if word != "and"))


def _stem(word: str) -> str:
    """A word without the endings of English plurals; it need not be a word any more."""
    if word.endswith("s") and not word.endswith("ss") and len(word) > 2:
        word = word[:-1]
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return {"y": word[:-1] + "i", "v": word[:-1] + "f"}.get(word[-1], word) if len(word) > 3 else word


def _above_all(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The longest beginning that all share."""
    first, last = min(paths), max(paths)
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:shared]
