"""Models of the CLIP and SigLIP families through transformers: photos and words in one space.

A folder is one model: config.json, *.safetensors, preprocessor_config.json and the tokenizer's files, as the hub has
them. Pixels are prepared here, as the model's own preprocessor_config.json says and never by a default: a model
without that file is refused. Code that comes with a model is never run, and pickled weights are never opened.

Radford et al. 2021 (CLIP), Zhai et al. 2023 (SigLIP), Tschannen et al. 2025 (SigLIP 2).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError

from shopsight.engines.record import Record
from shopsight.engines.store import checked_path, weight_path
from shopsight.errors import BadPhoto, Damaged, MissingExtra
from shopsight.types import Finding, Matrix, Pixels, Sight

BATCH = 16
FAMILIES = ("clip", "siglip")
GOODS = (
    *("t-shirt", "long-sleeved top", "shirt", "blouse", "sweater", "hoodie", "jacket", "coat", "dress", "skirt"),
    *("trousers", "jeans", "shorts", "underwear", "socks", "shoes", "sandals", "boots", "hat", "bag", "belt", "watch"),
    *("jewellery", "sunglasses", "scarf", "something else"),
)
"""What `see` chooses a category among, by the nearness of a photo to "a photo of a ..."."""
_SUREST = 3
_LONGEST_STRIP = 8


class Online:
    """A CLIP or SigLIP model from a folder. `see` looks at photos, `read` puts words into the same space."""

    parts: Mapping[str, slice] = MappingProxyType({})

    def __init__(self, record: Record, threads: int = 0) -> None:
        """Raises `NotFound` when files are missing, `Damaged` when they do not belong together or were changed."""
        weights, sha256 = checked_path(record)
        preparing = weight_path(record, "preprocessor_config.json")
        self._name, self._folder = record.name, weights.parent
        self._prepare = Preparation.read(preparing)
        self._model = _load_model(record.name, weights.parent)
        if threads:
            torch.set_num_threads(threads)
        bound = hashlib.sha256(f"{sha256} {self._prepare}".encode()).hexdigest()
        self.space = f"{record.name}/{bound[:8]}"
        config = self._model.config
        self.dim = int(getattr(config, "projection_dim", 0) or config.vision_config.hidden_size)
        if config.model_type == "siglip":
            self.dim = int(config.vision_config.hidden_size)

    def see(self, photos: Sequence[Pixels]) -> list[Sight]:
        """One `Sight` per photo with `values` `(D,)` and the surest categories of `GOODS`."""
        return [sight for start in range(0, len(photos), BATCH) for sight in self._see(photos[start : start + BATCH])]

    def read(self, texts: Sequence[str]) -> Matrix:
        """`(N, D) float32`, rows of length 1; a text longer than the model reads is cut."""
        if not texts:
            return np.empty((0, self.dim), np.float32)
        return np.concatenate([self._read(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)])

    @property
    def tells_each_apart(self) -> bool:
        """Whether a logit of `compare` says of each text by itself if it fits (SigLIP), or only which fits best."""
        return bool(self._model.config.model_type == "siglip")

    def compare(self, photos: Matrix, texts: Matrix) -> NDArray[np.float32]:
        """The model's own logits, `(N, T)`, of vectors of photos against vectors of texts."""
        with torch.inference_mode():
            sharpness = float(self._model.logit_scale.exp())
            bias = float(self._model.logit_bias) if self.tells_each_apart else 0.0
        return np.asarray(sharpness * (photos @ texts.T) + bias, np.float32)

    def _see(self, photos: Sequence[Pixels]) -> Iterator[Sight]:
        pixels = torch.from_numpy(np.stack([self._prepare(photo) for photo in photos]))
        with torch.inference_mode():
            values = _unit(self._model.get_image_features(pixel_values=pixels).pooler_output)
            sharpness = float(self._model.logit_scale.exp())
        scores = _softmax(sharpness * (values @ self._goods.T))
        for row, chances in zip(values, scores, strict=True):
            surest = np.argsort(-chances, kind="stable")[:_SUREST]
            yield Sight(row, tuple(Finding(GOODS[i], float(chances[i])) for i in surest))

    def _read(self, texts: Sequence[str]) -> Matrix:
        siglip = self._model.config.model_type == "siglip"
        # SigLIP was trained on texts filled up to full length without a mask; CLIP ends at its end mark.
        tokens = self._tokenizer(
            list(texts),
            padding="max_length" if siglip else True,
            truncation=True,
            max_length=self._model.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        mask = None if siglip else tokens["attention_mask"]
        with torch.inference_mode():
            found = self._model.get_text_features(input_ids=tokens["input_ids"], attention_mask=mask)
        return _unit(found.pooler_output)

    @cached_property
    def _tokenizer(self) -> Any:
        try:
            return transformers.AutoTokenizer.from_pretrained(
                self._folder, local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError) as fault:
            raise Damaged(self._name, f"its tokenizer cannot be read ({fault})", _cure(self._folder)) from fault
        except ImportError as missing:
            cure = 'Run: pip install "shopsight[online]"'
            raise MissingExtra(self._name, f"its tokenizer needs a library ({missing})", cure) from missing

    @cached_property
    def _goods(self) -> Matrix:
        return self.read([f"a photo of a {word}" for word in GOODS])


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a photo becomes the model's input, as its preprocessor_config.json says."""

    height_px: int
    width_px: int
    shortest_px: int
    resample: int
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @staticmethod
    def read(path: Path) -> Preparation:
        """Raises `Damaged` for a file that does not say everything: nothing is guessed."""
        try:
            said = json.loads(path.read_text("utf-8"))
            size, crop = said["size"], said.get("crop_size")
            shortest = size if isinstance(size, int) else size.get("shortest_edge", 0)
            goal = crop if shortest and said.get("do_center_crop", crop is not None) else size
            goal = {"height": goal, "width": goal} if isinstance(goal, int) else goal
            scale = float(said.get("rescale_factor", 1 / 255)) if said.get("do_rescale", True) else 1.0
            normal = said.get("do_normalize", True)
            mean = tuple(map(float, said["image_mean"])) if normal else (0.0,) * 3
            std = tuple(map(float, said["image_std"])) if normal else (1.0,) * 3
            return Preparation(goal["height"], goal["width"], shortest, int(said["resample"]), scale, mean, std)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            reason = f"it does not say how photos are prepared ({type(fault).__name__}: {fault})"
            raise Damaged(str(path), reason, _cure(path.parent)) from fault

    def __call__(self, photo: Pixels) -> NDArray[np.float32]:
        """`(3, height, width) float32`."""
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
            raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")
        sized = self._sized(Image.fromarray(np.ascontiguousarray(photo)))
        values = np.asarray(sized, np.float32) * np.float32(self.scale)
        normal = (values - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return np.ascontiguousarray(normal.transpose(2, 0, 1))

    def _sized(self, picture: Image.Image) -> Image.Image:
        method = Image.Resampling(self.resample)
        if not self.shortest_px:
            return picture.resize((self.width_px, self.height_px), method)
        picture = _middle(picture)
        share = self.shortest_px / min(picture.size)
        width, height = (max(int(side * share), self.shortest_px) for side in picture.size)
        picture = picture.resize((width, height), method)
        left, top = (picture.width - self.width_px) // 2, (picture.height - self.height_px) // 2
        return picture.crop((left, top, left + self.width_px, top + self.height_px))


def _middle(picture: Image.Image) -> Image.Image:
    """The middle of a strip: only a square of it is looked at, and all of it, made large, would fill the memory."""
    most = _LONGEST_STRIP * min(picture.size)
    width, height = (min(side, most) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _load_model(name: str, folder: Path) -> Any:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    kind = config.get("model_type", "nothing")
    if kind not in FAMILIES:
        reason = f"its config.json says {kind!r}, which this engine cannot run"
        raise Damaged(name, reason, f"Use a model of the families {' and '.join(FAMILIES)}.")
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    family: Any = transformers.CLIPModel if kind == "clip" else transformers.SiglipModel
    try:
        model, told = family.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as fault:
        raise Damaged(name, f"its weights cannot be loaded ({fault})", _cure(folder)) from fault
    absent = sorted(told["missing_keys"]) + sorted(str(key) for key in told["mismatched_keys"])
    if absent:
        raise Damaged(name, f"its weights do not fit its config: {', '.join(absent[:3])} and others", _cure(folder))
    return model.eval()


def _cure(folder: Path) -> str:
    return f"Put the whole model into {folder}, all files from one release of it."


def _unit(values: torch.Tensor) -> Matrix:
    rows = values.float().numpy()
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
