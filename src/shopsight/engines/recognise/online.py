"""Stronger eyes through transformers: boxes (D-FINE, RT-DETR), masks (Mask2Former), labels of one's own (SigLIP).

A folder is one model: config.json, *.safetensors and preprocessor_config.json, as the hub has them. Pixels are
prepared here as the model's own file says; code that comes with a model is never run, pickled weights never opened.

Peng et al. 2024 (D-FINE), Zhao et al. 2023 (RT-DETR), Cheng et al. 2022 (Mask2Former), Zhai et al. 2023 (SigLIP).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
import transformers
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError

from shopsight.engines.embed.online import GOODS, Online
from shopsight.engines.record import Record
from shopsight.engines.store import checked_path, weight_path
from shopsight.errors import BadInput, BadPhoto, Damaged
from shopsight.images.measure import box_of
from shopsight.types import Box, Finding, Pixels, Task

SURE_ENOUGH = 0.5
"""What is less sure than this is not told."""
SAME_THING = 0.8
"""Two masks that overlap by this share of their union are one thing."""
MOST_SIDES = 4
"""A photo longer than this many times its other side is looked at squashed: drawn out it would fill the memory."""
FAMILIES: Mapping[str, str] = {
    "d_fine": "DFineForObjectDetection",
    "rt_detr": "RTDetrForObjectDetection",
    "rt_detr_v2": "RTDetrV2ForObjectDetection",
    "mask2former": "Mask2FormerForUniversalSegmentation",
}


class Boxes:
    """D-FINE or RT-DETR: the tasks localise and detect."""

    tasks: frozenset[Task] = frozenset({"localise", "detect"})

    def __init__(self, record: Record, threads: int = 0) -> None:
        """Raises `NotFound` when files are missing, `Damaged` when they do not belong together or were changed."""
        self._model, self._fit = _open(record, ("d_fine", "rt_detr", "rt_detr_v2"), threads)
        self.labels = _labels(record, self._model)

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """Boxes at least half sure, surest first; one at most for localise. Raises `BadInput`, `BadPhoto`."""
        _check(photos, task, self.tasks)
        found = [self._detect(photo) for photo in photos]
        return [boxes[:1] for boxes in found] if task == "localise" else found

    def _detect(self, photo: Pixels) -> tuple[Finding, ...]:
        with torch.inference_mode():
            told = self._model(pixel_values=self._fit(photo))
        chances, numbers = told.logits[0].float().sigmoid().max(dim=1)
        order = torch.argsort(chances, descending=True, stable=True)
        sure = [int(i) for i in order if chances[i] >= SURE_ENOUGH]
        return tuple(
            Finding(self.labels[int(numbers[i])], float(chances[i]), _box(told.pred_boxes[0, i].tolist(), photo))
            for i in sure
        )


class Masks:
    """Mask2Former: the tasks segment and instances, and the boxes of the instances."""

    tasks: frozenset[Task] = frozenset({"localise", "detect", "segment", "instances"})

    def __init__(self, record: Record, threads: int = 0) -> None:
        """Raises `NotFound` when files are missing, `Damaged` when they do not belong together or were changed."""
        self._model, self._fit = _open(record, ("mask2former",), threads)
        self.labels = _labels(record, self._model)

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """Regions or things at least half sure, surest first. Raises `BadInput`, `BadPhoto`."""
        _check(photos, task, self.tasks)
        if task == "segment":
            return [self._segment(photo) for photo in photos]
        found = [self._separate(photo) for photo in photos]
        if task == "instances":
            return found
        boxes = [tuple(Finding(f.label, f.score, f.box_px) for f in things) for things in found]
        return [things[:1] for things in boxes] if task == "localise" else boxes

    def _look(self, photo: Pixels) -> tuple[torch.Tensor, torch.Tensor]:
        """Chances `(Q, C)` of each label for each query, and mask logits `(Q, h, w)`, smaller than the photo."""
        with torch.inference_mode():
            told = self._model(pixel_values=self._fit(photo))
        return told.class_queries_logits[0].float().softmax(-1)[:, :-1], told.masks_queries_logits[0].float()

    def _segment(self, photo: Pixels) -> tuple[Finding, ...]:
        """Each pixel is the label that its masks vote for; where none has half a vote it is nothing."""
        chances, masks = self._look(photo)
        votes = torch.einsum("qc,qhw->chw", chances, masks.sigmoid())
        # Labels that win nowhere need not be drawn at the photo's full size.
        wanted = torch.flatten(votes, 1).amax(dim=1).topk(min(32, len(votes))).indices
        full = _enlarge(votes[wanted], photo)
        best, winner = full.max(dim=0)
        winner[best < SURE_ENOUGH] = -1
        found = []
        for place, number in enumerate(wanted.tolist()):
            mask = (winner == place).numpy()
            if mask.any():
                score = min(1.0, float(best[winner == place].mean()))
                found.append(Finding(self.labels[number], score, box_of(mask), mask))
        return tuple(sorted(found, key=lambda f: -f.score))

    def _separate(self, photo: Pixels) -> tuple[Finding, ...]:
        """One finding a thing: its label's chance times how sure its pixels are; a thing seen twice is told once."""
        chances, masks = self._look(photo)
        sure, numbers = chances.max(dim=1)
        kept: list[Finding] = []
        for query in torch.argsort(sure, descending=True, stable=True).tolist():
            if sure[query] < SURE_ENOUGH:
                break
            pixels = _enlarge(masks[query : query + 1].sigmoid(), photo)[0].numpy()
            mask = pixels > 0.5
            score = float(sure[query]) * float(pixels[mask].mean()) if mask.any() else 0.0
            if score >= SURE_ENOUGH and not any(_same_thing(mask, other.mask) for other in kept):
                kept.append(Finding(self.labels[int(numbers[query])], min(1.0, score), box_of(mask), mask))
        return tuple(sorted(kept, key=lambda f: -f.score))


class ZeroShot:
    """SigLIP (or CLIP) told the labels in words: no training, any labels; the task classify."""

    tasks: frozenset[Task] = frozenset({"classify"})

    def __init__(self, record: Record, threads: int = 0, labels: Sequence[str] = GOODS) -> None:
        """`labels` are words such as "rain jacket". Raises `BadInput` for none, and what `Online` raises."""
        self.labels = tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))
        if not self.labels:
            raise BadInput("labels", "there are none to choose among", "Name at least one, such as rain jacket.")
        self._online = Online(record, threads)
        self._words = self._online.read([f"a photo of a {label}" for label in self.labels])

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """Every label with its chance, likeliest first. Raises `BadInput`, `BadPhoto`.

        SigLIP tells of each label apart whether it fits (a logit). If one fits at most, the chance of label i is
        exp(logit i) / (1 + the sum of them all), and what is missing to 1 is the chance that none does.
        """
        _check(photos, task, self.tasks)
        if not photos:
            return []
        logits = self._online.compare(np.stack([sight.values for sight in self._online.see(photos)]), self._words)
        none = np.zeros((len(logits), 1)) if self._online.tells_each_apart else np.full((len(logits), 1), -np.inf)
        every = np.concatenate([logits.astype(np.float64), none], axis=1)
        raised = np.exp(every - every.max(axis=1, keepdims=True))
        chances = raised / raised.sum(axis=1, keepdims=True)
        return [self._name(row[:-1]) for row in chances]

    def _name(self, chances: NDArray[np.float64]) -> tuple[Finding, ...]:
        order = np.argsort(-chances, kind="stable")
        return tuple(Finding(self.labels[i], float(chances[i])) for i in order)


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a photo becomes the model's input, as its preprocessor_config.json says.

    Either exactly `exact` (height, width), or the shortest side to `shortest` unless the longest would pass `longest`,
    then up to the next multiple of `divisor`.
    """

    exact: tuple[int, int] | None
    shortest: int
    longest: int
    divisor: int
    resample: int
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @staticmethod
    def read(path: Path) -> Fitting:
        """Raises `Damaged` for a file that does not say everything: nothing is guessed."""
        try:
            said = json.loads(path.read_text("utf-8"))
            size = said["size"]
            size = {"shortest_edge": size, "longest_edge": said["max_size"]} if isinstance(size, int) else size
            exact = (int(size["height"]), int(size["width"])) if "height" in size else None
            shortest, longest = (0, 0) if exact else (int(size["shortest_edge"]), int(size["longest_edge"]))
            scale = float(said.get("rescale_factor", 1 / 255)) if said.get("do_rescale", True) else 1.0
            normal = said["do_normalize"]
            mean = tuple(map(float, said["image_mean"])) if normal else (0.0,) * 3
            std = tuple(map(float, said["image_std"])) if normal else (1.0,) * 3
            divisor = int(said.get("size_divisor", said.get("size_divisibility", 1)) or 1)
            return Fitting(exact, shortest, longest, divisor, int(said["resample"]), scale, mean, std)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            reason = f"it does not say how photos are prepared ({type(fault).__name__}: {fault})"
            raise Damaged(str(path), reason, _cure(path.parent)) from fault

    def __call__(self, photo: Pixels) -> torch.Tensor:
        """`(1, 3, height, width) float32`."""
        height, width = self.exact or self._size(photo.shape[0], photo.shape[1])
        sized = Image.fromarray(np.ascontiguousarray(photo)).resize((width, height), Image.Resampling(self.resample))
        values = np.asarray(sized, np.float32) * np.float32(self.scale)
        normal = (values - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return torch.from_numpy(np.ascontiguousarray(normal.transpose(2, 0, 1))[None])

    def _size(self, height: int, width: int) -> tuple[int, int]:
        """As the library reckons it, so that weights see what they were trained on."""
        height, width = min(height, MOST_SIDES * width), min(width, MOST_SIDES * height)
        short, long = min(height, width), max(height, width)
        goal: float = self.shortest
        if long / short * goal > self.longest:
            goal = self.longest * short / long
        whole = round(goal)
        grown = int(goal * long / short)
        high, wide = (whole, grown) if height <= width else (grown, whole)
        return max(1, ceil(high / self.divisor)) * self.divisor, max(1, ceil(wide / self.divisor)) * self.divisor


def _open(record: Record, families: Sequence[str], threads: int) -> tuple[Any, Fitting]:
    path, _ = checked_path(record)
    fit = Fitting.read(weight_path(record, "preprocessor_config.json"))
    kind = _family(record, weight_path(record, "config.json"))
    if kind not in families:
        reason = f"its config.json says {kind!r}, which this engine cannot run"
        raise Damaged(record.name, reason, f"Use a model of the families {', '.join(families)}.")
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model, told = getattr(transformers, FAMILIES[kind]).from_pretrained(
            path.parent, local_files_only=True, use_safetensors=True, output_loading_info=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as fault:
        raise Damaged(record.name, f"its weights cannot be loaded ({fault})", _cure(path.parent)) from fault
    absent = sorted(told["missing_keys"]) + sorted(str(key) for key in told["mismatched_keys"])
    if absent:
        reason = f"its weights do not fit its config: {', '.join(absent[:3])} and others"
        raise Damaged(record.name, reason, _cure(path.parent))
    if threads:
        torch.set_num_threads(threads)
    return model.eval(), fit


def _family(record: Record, path: Path) -> str:
    try:
        return str(json.loads(path.read_text("utf-8")).get("model_type", "nothing"))
    except (OSError, ValueError, AttributeError) as fault:
        raise Damaged(record.name, f"its config.json cannot be read ({fault})", _cure(path.parent)) from fault


def _labels(record: Record, model: Any) -> tuple[str, ...]:
    """The model's own words, in the order of its outputs; a word that comes twice is told apart by its number."""
    named = [str(model.config.id2label[number]).strip() for number in range(len(model.config.id2label))]
    return tuple(name if named.count(name) == 1 and name else f"{name} {i}".strip() for i, name in enumerate(named))


def _check(photos: Sequence[Pixels], task: Task, tasks: frozenset[Task]) -> None:
    if task not in tasks:
        raise BadInput(f"task {task}", "this engine does not do it", f"Ask for one of {', '.join(sorted(tasks))}.")
    for photo in photos:
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
            raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")


def _box(middle: Sequence[float], photo: Pixels) -> Box:
    """A box in shares (middle across, middle down, width, height) as whole pixels of the photo, at least one."""
    height, width = photo.shape[:2]
    across, down, wide, high = middle
    left = min(max(0, floor((across - wide / 2) * width)), width - 1)
    top = min(max(0, floor((down - high / 2) * height)), height - 1)
    right = min(max(left + 1, ceil((across + wide / 2) * width)), width)
    return left, top, right, min(max(top + 1, ceil((down + high / 2) * height)), height)


def _enlarge(maps: torch.Tensor, photo: Pixels) -> torch.Tensor:
    """`(N, h, w)` at the photo's own size."""
    return F.interpolate(maps[None], size=photo.shape[:2], mode="bilinear", align_corners=False)[0]


def _same_thing(mask: NDArray[np.bool_], other: NDArray[np.bool_] | None) -> bool:
    return other is not None and float((mask & other).sum()) > SAME_THING * float((mask | other).sum())


def _cure(folder: Path) -> str:
    return f"Put the whole model into {folder}, all files from one release of it."
