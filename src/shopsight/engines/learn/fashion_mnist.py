"""Two networks for Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) and how they learn; torch lives here and nowhere else.

`dense110` is the plain one: 784 pixels, 110 rectified units, ten classes. `small-cnn` is a residual net (He et al.,
2016) of 0.68 million weights. What an epoch sees depends on the seed and the epoch's number alone, so that a run that
was killed and resumed ends with the very weights of one that was not.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from shopsight.engines.learn.recipes import RECIPES, Epoch, Recipe, Step, Watch, rate_at, see_nothing
from shopsight.errors import BadInput, Damaged

Pictures = NDArray[np.uint8]
"""`(N, 28, 28) uint8`, the garment bright on black."""
Labels = NDArray[np.int64]
"""`(N,)`, 0 to 9."""
SIDE_PX, CLASSES = 28, 10
MEAN, SPREAD = 0.2860, 0.3530
"""Of the 60,000 training pictures, on a scale of 0 to 1."""
CHECKPOINT = "last.pt"


@dataclass
class Lesson:
    """What is learned from, and what is only asked: `(N, 28, 28) uint8` pictures with their labels."""

    pictures: Pictures
    labels: Labels
    asked: Pictures = field(default_factory=lambda: np.zeros((0, SIDE_PX, SIDE_PX), np.uint8))
    asked_labels: Labels = field(default_factory=lambda: np.zeros(0, np.int64))


class Block(nn.Module):
    """Two convolutions and a way round them."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.first = _convolve(inside, outside, stride)
        self.second = _convolve(outside, outside)
        self.halve = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
        self.widen = _convolve(inside, outside, kernel=1) if inside != outside else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(F.relu(self.first(x)))
        return F.relu(y + self.widen(self.halve(x)))


def _convolve(inside: int, outside: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    """A convolution whose outputs are kept at one scale (Ioffe and Szegedy 2015)."""
    convolution = nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outside))


def build(model: str) -> nn.Module:
    """An untaught network that turns `(N, 1, 28, 28) float32` (about -1 to 2) into `(N, 10)` scores."""
    if model == "dense110":
        return nn.Sequential(nn.Flatten(), nn.Linear(SIDE_PX * SIDE_PX, 110), nn.ReLU(), nn.Linear(110, CLASSES))
    if model == "small-cnn":
        return nn.Sequential(
            _convolve(1, 32),
            nn.ReLU(),
            Block(32, 32),
            Block(32, 64, 2),
            Block(64, 64),
            Block(64, 128, 2),
            Block(128, 128),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(128, CLASSES),
        )
    raise BadInput(f"--model {model}", "there is no such network", f"Choose one of {', '.join(RECIPES)}.")


def count_parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def scale(pictures: Tensor) -> Tensor:
    """`(N, 28, 28) uint8` as a network likes it: `(N, 1, 28, 28) float32` of mean 0 and spread 1."""
    return ((pictures.float() / 255 - MEAN) / SPREAD).unsqueeze(1)


# ---- learning ------------------------------------------------------------------------------------------------------


def train(
    lesson: Lesson,
    recipe: Recipe,
    *,
    seed: int = 0,
    folder: Path | None = None,
    resume: bool = False,
    threads: int = 0,
    watch: Watch = see_nothing,
) -> tuple[nn.Module, list[Epoch]]:
    """Teach a network; gives back the one with the averaged weights, ready to be asked, and what each epoch gave.

    With a `folder` a checkpoint is written after each epoch, whole or not at all; `resume` goes on from it. Raises
    `BadInput` when the checkpoint is of another recipe, seed or lesson, `Damaged` when it cannot be read.
    """
    if threads:
        torch.set_num_threads(threads)
    run = _Run(lesson, recipe, seed)
    path = folder / CHECKPOINT if folder else None
    if path and resume and path.is_file():
        run.load(path)
    while run.done < recipe.epochs:
        watch(run.learn(watch))
        if path:
            run.save(path)
    return run.net_to_ask(), run.history


def _by_pixel(net: nn.Module) -> nn.Module:
    """The net with its weights laid out channel beside channel, which is faster in half precision."""
    return cast(nn.Module, cast(Any, net).to(memory_format=torch.channels_last))


class _Run:
    """A network, its running mean, its optimiser, and how far they are."""

    def __init__(self, lesson: Lesson, recipe: Recipe, seed: int) -> None:
        torch.manual_seed(seed)
        self.lesson, self.recipe, self.seed = lesson, recipe, seed
        self.done, self.history = 0, cast(list[Epoch], [])
        self.net, self.mean = (_by_pixel(build(recipe.model)) for _ in range(2))
        self.mean.load_state_dict(self.net.state_dict())
        self.optimiser = _optimiser(self.net, recipe)
        # Half-precision arithmetic halves the time of convolutions on processors that know it; a small dense net gains
        # nothing by it.
        self.half = recipe.model != "dense110" and bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())

    @property
    def steps(self) -> int:
        return max(1, len(self.lesson.labels) // self.recipe.batch)

    def learn(self, watch: Watch) -> Epoch:
        """One epoch."""
        began, losses, right, seen = perf_counter(), 0.0, 0, 0
        number, recipe = self.done + 1, self.recipe
        self.net.train()
        for step, (pictures, labels) in enumerate(self._batches(number), 1):
            for group in self.optimiser.param_groups:
                group["lr"] = rate_at(recipe, ((number - 1) * self.steps + step) / (recipe.epochs * self.steps))
            with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
                scores = self.net(pictures)
            loss = F.cross_entropy(scores.float(), labels, label_smoothing=recipe.smoothing)
            self.optimiser.zero_grad(set_to_none=True)
            cast(Any, loss).backward()
            self.optimiser.step()
            self._average((number - 1) * self.steps + step)
            seen += len(labels)
            losses += float(loss.detach()) * len(labels)
            right += int((scores.argmax(1) == labels).sum())
            speed = seen / max(1e-9, perf_counter() - began)
            watch(Step(number, recipe.epochs, step, self.steps, losses / seen, right / seen, speed))
        self.done = number
        seconds = perf_counter() - began
        missed, hit = self._ask() if len(self.lesson.asked) else (None, None)
        self.history.append(Epoch(number, losses / seen, right / seen, missed, hit, seconds, seen / seconds))
        return self.history[-1]

    def _batches(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The epoch's batches, shuffled and altered as the seed and the epoch say; a rest too small is left."""
        luck = np.random.default_rng((self.seed, number))
        order = luck.permutation(len(self.lesson.labels))
        size = self.recipe.batch
        for start in range(0, self.steps * size, size):
            chosen = order[start : start + size]
            pictures = alter(self.lesson.pictures[chosen], self.recipe, luck)
            scaled = scale(torch.from_numpy(pictures)).contiguous(memory_format=torch.channels_last)
            yield scaled, torch.from_numpy(self.lesson.labels[chosen])

    @torch.no_grad()
    def _average(self, step: int) -> None:
        """Move the running mean towards the weights; a young mean moves faster."""
        keep = min(self.recipe.average, step / (step + 10)) if self.recipe.average else 0.0
        for mean, now in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1 - keep)
            else:
                mean.copy_(now)

    def _ask(self) -> tuple[float, float]:
        scores = torch.from_numpy(ask(self.mean, self.lesson.asked))
        labels = torch.from_numpy(self.lesson.asked_labels)
        return float(F.cross_entropy(scores, labels)), float((scores.argmax(1) == labels).float().mean())

    def net_to_ask(self) -> nn.Module:
        return self.mean.eval()

    # --- checkpoints --------------------------------------------------------------------------------------------------

    def _meaning(self) -> str:
        """What a checkpoint must be of to be gone on with."""
        sums = [len(self.lesson.labels), int(self.lesson.pictures.sum(dtype=np.int64)), int(self.lesson.labels.sum())]
        return json.dumps([asdict(self.recipe), self.seed, sums])

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        torch.save(
            {
                "meaning": self._meaning(),
                "net": self.net.state_dict(),
                "mean": self.mean.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "history": [asdict(epoch) for epoch in self.history],
            },
            part,
        )
        os.replace(part, path)

    def load(self, path: Path) -> None:
        try:
            saved = cast(dict[str, Any], torch.load(path, weights_only=True))
            meaning, history = saved["meaning"], [Epoch(**epoch) for epoch in saved["history"]]
        except Exception as fault:
            raise Damaged(str(path), f"the checkpoint cannot be read ({fault})", "Leave --resume out.") from fault
        if meaning != self._meaning():
            reason = "its checkpoint is of another recipe, seed or set of pictures"
            raise BadInput(str(path.parent), reason, "Give the same choices again, or another --out.")
        self.net.load_state_dict(saved["net"])
        self.mean.load_state_dict(saved["mean"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.done, self.history = len(history), history


def _optimiser(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    if not recipe.warm_up:
        return torch.optim.Adam(net.parameters(), lr=recipe.rate)
    # Scales and offsets are not pulled towards nothing.
    pulled = [p for p in net.parameters() if p.ndim > 1]
    free = [p for p in net.parameters() if p.ndim == 1]
    groups = [{"params": pulled, "weight_decay": recipe.decay}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=recipe.rate, momentum=0.9, nesterov=True)


def alter(pictures: Pictures, recipe: Recipe, luck: np.random.Generator) -> Pictures:
    """Pictures shifted by up to `crop_px`, turned round, and with a part blotted out, each by its own luck."""
    if not (recipe.crop_px or recipe.mirror or recipe.erase):
        return pictures
    count, side = len(pictures), pictures.shape[1]
    far = recipe.crop_px
    padded = np.pad(pictures, ((0, 0), (far, far), (far, far)))
    ahead = np.arange(side)
    rows = luck.integers(0, 2 * far + 1, (count, 1)) + ahead
    columns = luck.integers(0, 2 * far + 1, (count, 1)) + ahead
    if recipe.mirror:
        turned = luck.random(count) < 0.5
        columns[turned] = columns[turned, ::-1]
    altered = padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    if recipe.erase:
        blots = _blots(count, side, luck) & (luck.random(count) < recipe.erase)[:, None, None]
        altered[blots] = luck.integers(0, 256, int(blots.sum()), dtype=np.uint8)
    return np.asarray(altered)


def _blots(count: int, side: int, luck: np.random.Generator) -> NDArray[np.bool_]:
    """One rectangle a picture, 2 to 25 % of it, up to three times as long as wide: `(N, S, S) bool`."""
    area = luck.uniform(0.02, 0.25, count) * side * side
    shape = np.exp(luck.uniform(-np.log(3), np.log(3), count))
    sizes = [np.clip(np.round(np.sqrt(area * s)), 1, side).astype(np.int64) for s in (shape, 1 / shape)]
    begins = [np.floor(luck.random(count) * (side - size + 1)).astype(np.int64) for size in sizes]
    ahead = np.arange(side)
    inside = [(ahead >= b[:, None]) & (ahead < (b + s)[:, None]) for b, s in zip(begins, sizes, strict=True)]
    return np.asarray(inside[0][:, :, None] & inside[1][:, None, :])


# ---- asking --------------------------------------------------------------------------------------------------------


class Both(nn.Module):
    """A taught network as it is shipped: `(N, 28, 28) uint8` in, `(N, 10)` scores out, the mean over a picture and its
    mirror image where the network has learned from mirror images."""

    def __init__(self, net: nn.Module, mirror: bool) -> None:
        super().__init__()
        self.net, self.mirror = net, mirror

    def forward(self, pictures: Tensor) -> Tensor:
        x = scale(pictures)
        if not self.mirror:
            return cast(Tensor, self.net(x))
        return cast(Tensor, (self.net(x) + self.net(x.flip(3))) / 2)


@torch.inference_mode()
def ask(net: nn.Module, pictures: Pictures, batch: int = 500) -> NDArray[np.float32]:
    """`(N, 10) float32` scores for `(N, 28, 28) uint8` pictures."""
    net.eval()
    scores = [
        net(scale(torch.from_numpy(pictures[start : start + batch])).contiguous(memory_format=torch.channels_last))
        for start in range(0, len(pictures), batch)
    ]
    return torch.cat(scores).numpy() if scores else np.zeros((0, CLASSES), np.float32)


def export(net: nn.Module, recipe: Recipe, path: Path) -> None:
    """Write the network as ONNX: input `pictures` `(N, 28, 28) uint8`, output `scores` `(N, 10) float32`."""
    whole = Both(_folded(net), recipe.mirror).eval()
    example = torch.zeros(2, SIDE_PX, SIDE_PX, dtype=torch.uint8)
    with _quiet():
        program = torch.onnx.export(
            whole,
            (example,),
            input_names=["pictures"],
            output_names=["scores"],
            dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    part = path.with_suffix(f".{os.getpid()}")
    cast(Any, program).save(part)
    os.replace(part, path)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells on stderr of libraries that are not needed, and of its own old age."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _folded(net: nn.Module) -> nn.Module:
    """A copy whose batch statistics are part of its convolutions: the same scores with less work."""
    net = cast(Any, copy.deepcopy(net)).to(memory_format=torch.contiguous_format).eval()
    for module in net.modules():
        if isinstance(module, nn.Sequential) and len(module) == 2 and isinstance(module[1], nn.BatchNorm2d):
            fused = nn.utils.fusion.fuse_conv_bn_eval(cast(nn.Conv2d, module[0]), module[1])
            module[0], module[1] = fused, nn.Identity()
    return net
