"""The ten garments of Fashion-MNIST, on ONNX Runtime: for its own 28 x 28 pictures, and for photos made into such.

The network never saw a photo. What it says of one is calibrated on its own kind of pictures and again for photos, whose
chances are flatter since it is wrong more often there (`photo_temperature` on the card).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.engines.store import checked_path
from shopsight.errors import BadInput, BadPhoto, Damaged
from shopsight.images.miniature import SIDE_PX, miniature
from shopsight.protocols import Embedder
from shopsight.types import Finding, Pixels, Task

Pictures = NDArray[np.uint8]
BATCH = 256


class FashionMnist:
    """Says which of ten garments a picture shows. `threads` 0 lets the runtime choose."""

    tasks: frozenset[Task] = frozenset({"classify"})

    def __init__(self, record: Record, threads: int = 0, embedder: Embedder | None = None) -> None:
        """`embedder` cuts garments out of photos where it knows masks; without one arithmetic does.

        Raises `NotFound` or `Damaged` when the weights are missing or not what they were.
        """
        self.embedder = embedder
        path, _ = checked_path(record)
        try:
            self.labels: tuple[str, ...] = tuple(record.preprocessing["labels"])
            self.temperature = float(record.preprocessing["temperature"])
            self.photo_temperature = float(record.preprocessing["photo_temperature"])
        except (KeyError, TypeError, ValueError) as fault:
            raise Damaged(
                record.card or record.name, f"its card lacks {fault}", "Install the package again."
            ) from fault
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin while they wait starve everybody else on a small machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """For each photo all ten labels with their calibrated probabilities, likeliest first.

        Raises `BadInput` for another task than classify, `BadPhoto` for what are no pixels.
        """
        if task not in self.tasks:
            raise BadInput(f"task {task}", "fashion-mnist only classifies", "Ask for classify.")
        if not photos:
            return []
        chances = soften(self.scores(np.stack([self.see(photo) for photo in photos])), self.photo_temperature)
        return [self._name(row) for row in chances]

    def see(self, photo: Pixels) -> Pictures:
        """What the network is shown of a photo: `(28, 28) uint8`, the garment bright on black."""
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
            raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")
        return miniature(photo, self._cut_out(photo))

    def _cut_out(self, photo: Pixels) -> NDArray[np.bool_] | None:
        mask = self.embedder.see([photo])[0].mask if self.embedder else None
        if mask is None or not mask.any():
            return None
        size = photo.shape[1], photo.shape[0]
        return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5)

    def probabilities(self, pictures: Pictures) -> NDArray[np.float32]:
        """`(N, 10) float32` calibrated probabilities for the data's own pictures `(N, 28, 28) uint8`."""
        return soften(self.scores(pictures), self.temperature)

    def scores(self, pictures: Pictures) -> NDArray[np.float32]:
        """`(N, 10) float32`, the network's raw scores. Raises `BadPhoto` for pictures of another shape."""
        if pictures.ndim != 3 or pictures.shape[1:] != (SIDE_PX, SIDE_PX) or pictures.dtype != np.uint8:
            raise BadPhoto("pictures", f"they are {pictures.dtype} {pictures.shape}", "Give (N, 28, 28) uint8.")
        found = [
            self._session.run(["scores"], {"pictures": np.ascontiguousarray(pictures[start : start + BATCH])})[0]
            for start in range(0, len(pictures), BATCH)
        ]
        return np.concatenate(found) if found else np.zeros((0, len(self.labels)), np.float32)

    def _name(self, chances: NDArray[np.float32]) -> tuple[Finding, ...]:
        order = np.argsort(-chances, kind="stable")
        return tuple(Finding(self.labels[i], float(chances[i])) for i in order)


def soften(scores: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Calibrated probabilities `(N, 10)` (Guo et al. 2017)."""
    powers = np.exp((scores - scores.max(1, keepdims=True)).astype(np.float64) / temperature)
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
