"""A classifier that a shop trained on its own photos (`shopsight train classifier`): one folder, one card.

A linear head asks the embedding engine it was trained with for vectors; a fine-tuned net looks at the photo itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from shopsight.engines.learn.keeping import unpack_head
from shopsight.engines.learn.linear import Chances, soften
from shopsight.engines.record import Record
from shopsight.engines.store import checked_path
from shopsight.errors import BadInput, BadPhoto, Damaged
from shopsight.protocols import Embedder
from shopsight.types import Finding, Pixels, Task

BATCH = 16


class Learned:
    """Says what its shop taught it, with calibrated probabilities. Knows the task classify."""

    tasks: frozenset[Task] = frozenset({"classify"})

    def __init__(self, record: Record, threads: int = 0, embedder: Embedder | None = None) -> None:
        """`embedder` is an engine that is loaded already; else the one that the card names is loaded when asked.

        Raises `Damaged` when the weights are not what the card says, `BadInput` when the embedding engine is not the
        one it was trained with, `NotFound`.
        """
        card = record.preprocessing
        try:
            self.labels: tuple[str, ...] = tuple(map(str, card["labels"]))
            self.card = card
            path, _ = checked_path(record)
            self._chances: Callable[[Sequence[Pixels]], Chances]
            if card["method"] == "fine-tune":
                self._chances = _Net(path, card, threads)
            else:
                seeing = _embedder(record.name, card["embedding"], threads, embedder)
                head = unpack_head(path, len(self.labels), int(card["embedding"]["dim"]))
                self._chances = lambda photos: head.chances(np.stack([s.values for s in seeing.see(photos)]))
        except (KeyError, TypeError) as fault:
            cure = f"Train it again: shopsight train classifier --name {record.name}"
            raise Damaged(record.name, f"its card lacks {fault}", cure) from fault

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """For each photo all labels with their chances, likeliest first. Raises `BadInput`, `BadPhoto`."""
        if task not in self.tasks:
            raise BadInput(f"task {task}", "this engine was taught to classify only", "Ask it to classify.")
        for photo in photos:
            if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
                raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")
        found: list[tuple[Finding, ...]] = []
        for start in range(0, len(photos), BATCH):
            found += [self._name(row) for row in self._chances(photos[start : start + BATCH])]
        return found

    def chances(self, photos: Sequence[Pixels]) -> Chances:
        """Calibrated probabilities of all `labels`, `(N, C)`, rows summing to 1."""
        rows = [self._chances(photos[start : start + BATCH]) for start in range(0, len(photos), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.labels)))

    def _name(self, chances: Chances) -> tuple[Finding, ...]:
        order = np.argsort(-chances, kind="stable")
        return tuple(Finding(self.labels[i], float(chances[i])) for i in order)


class _Net:
    """A fine-tuned net in ONNX; the softening is bound to it by its card."""

    def __init__(self, path: Any, card: Any, threads: int) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._side_px, self._temperature = int(card["side_px"]), float(card["temperature"])

    def __call__(self, photos: Sequence[Pixels]) -> Chances:
        from shopsight.engines.embed.lite0 import square

        squares = np.stack([square(photo, self._side_px) for photo in photos])
        (logits,) = self._session.run(["labels"], {"photos": squares})
        return soften(logits.astype(np.float64), self._temperature)


def _embedder(name: str, wanted: Any, threads: int, given: Embedder | None) -> Embedder:
    """The embedding engine whose space the head was trained in."""
    from shopsight.engines import load

    if given is not None and given.space == wanted["space"]:
        return given
    found: Embedder = load(wanted["engine"], **({"threads": threads} if threads else {}))
    if found.space != wanted["space"]:
        raise BadInput(
            name,
            f"it was trained on vectors of {wanted['space']}, and the engine here gives {found.space}",
            f"Train it again: shopsight train classifier --label {wanted.get('label', 'category')} --name {name}",
        )
    return found
