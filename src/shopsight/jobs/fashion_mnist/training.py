"""Teaches a network Fashion-MNIST and leaves a run folder: the network as ONNX with its card, figures, pictures.

RUN/last.pt              the checkpoint that --resume goes on from
RUN/model.onnx, card.json  the network as it is shipped, what it expects, what it reached
RUN/report.json          recipe, every epoch, every figure
RUN/*.svg, answers.png   the same to look at
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shopsight.engines.learn.recipes import RECIPES, Epoch, Recipe, Step, with_epochs
from shopsight.engines.record import Record, WeightFile
from shopsight.errors import BadInput, MissingExtra
from shopsight.jobs.fashion_mnist import pictures as draw
from shopsight.jobs.fashion_mnist.data import LABELS, SIDE_PX, Data, check_count
from shopsight.jobs.fashion_mnist.duplicates import NEAR, nearest
from shopsight.jobs.fashion_mnist.report import Figures, best_temperature, judge, share
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Estimate

if TYPE_CHECKING:
    from shopsight.engines.recognise.fashion_mnist import FashionMnist

CHECKPOINT, MODEL, CARD, REPORT = "last.pt", "model.onnx", "card.json", "report.json"
HELD_OUT = 2000
"""Training pictures that a network that keeps a validation set never learns from."""
PHOTO_TEMPERATURE = 3.0
"""How much flatter chances are for photos; measured for the shipped network by training/fashion_mnist/ship.py."""
Watch = Callable[[Step | Epoch], None]


@dataclass(frozen=True)
class Run:
    """What came of it: the folder, the recipe, every epoch, and the figures. `training` is the share of the training
    pictures, unaltered, that the finished network names rightly."""

    folder: Path
    recipe: Recipe
    seed: int
    parameters: int
    temperature: float
    training: Estimate
    history: tuple[Epoch, ...]
    figures: Figures
    files: tuple[str, ...]

    def describe(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "recipe": asdict(self.recipe),
            "seed": self.seed,
            "parameters": self.parameters,
            "temperature": self.temperature,
            "training": asdict(self.training),
            **self.figures.describe(),
            "near_duplicate_grey_levels": NEAR,
            "history": [asdict(epoch) for epoch in self.history],
            "files": list(self.files),
        }


def train_fashion_mnist(
    data: Data,
    model: str,
    folder: Path,
    *,
    epochs: int | None = None,
    seed: int = 0,
    resume: bool = False,
    threads: int = 0,
    held_out: int | None = None,
    watch: Watch = lambda event: None,
    progress: Progress = silent,
) -> Run:
    """Teach `model` and write the run folder. `held_out` training pictures choose the temperature (none for dense110).

    Raises `BadInput` for an unknown model, or a folder with another run or a run that `resume` was not said for;
    `MissingExtra` without torch.
    """
    if model not in RECIPES:
        raise BadInput(f"--model {model}", "there is no such network", f"Choose one of {', '.join(RECIPES)}.")
    recipe = with_epochs(RECIPES[model], epochs)
    if (folder / CHECKPOINT).is_file() and not resume:
        raise BadInput(str(folder), "there is a run in it already", "Say --resume to go on, or give another --out.")
    count = (HELD_OUT if model == "small-cnn" else 0) if held_out is None else held_out
    learned, asked = data.hold_out(check_count(count, len(data.labels)))
    learn = _torch_room()
    lesson = learn.Lesson(data.pictures[learned], data.labels[learned], data.pictures[asked], data.labels[asked])
    folder.mkdir(parents=True, exist_ok=True)
    choices = {"seed": seed, "folder": folder, "resume": resume, "threads": threads, "watch": watch}
    net, history = learn.train(lesson, recipe, **choices)
    learn.export(net, recipe, folder / MODEL)
    return _judge_run(data, lesson, folder, recipe, seed, learn.count_parameters(net), tuple(history), progress)


def _torch_room() -> Any:
    try:
        return import_module("shopsight.engines.learn.fashion_mnist")
    except ModuleNotFoundError as missing:
        cure = 'Run: pip install "shopsight[train]"'
        reason = f"training needs {missing.name or 'torch'}, which is not installed"
        raise MissingExtra("train fashion-mnist", reason, cure) from missing


def _judge_run(
    data: Data,
    lesson: Any,
    folder: Path,
    recipe: Recipe,
    seed: int,
    parameters: int,
    history: tuple[Epoch, ...],
    progress: Progress,
) -> Run:
    """Ask the written ONNX file, not the network in memory: what is judged is what would be shipped."""
    engine = open_run(folder)
    temperature = best_temperature(engine.scores(lesson.asked), lesson.asked_labels) if len(lesson.asked) else 1.0
    engine.temperature = temperature
    progress("asking the finished network", 0, 2)
    trained = engine.scores(lesson.pictures).argmax(1) == lesson.labels
    progress("asking the finished network", 1, 2)
    chances = engine.probabilities(data.test_pictures)
    progress("asking the finished network", 2, 2)
    apart, _ = nearest(data.test_pictures, lesson.pictures, progress)
    figures = judge(chances, data.test_labels, apart <= NEAR)
    files = _draw(folder, history, figures, recipe.model, data, chances)
    training = share(int(trained.sum()), len(trained))
    names = (MODEL, CARD, REPORT, *files)
    run = Run(folder, recipe, seed, parameters, temperature, training, history, figures, names)
    draw.keep(folder, CARD, json.dumps(card_of(run), indent=1, ensure_ascii=False))
    draw.keep(folder, REPORT, json.dumps(run.describe(), indent=1))
    return run


def _draw(
    folder: Path,
    history: tuple[Epoch, ...],
    figures: Figures,
    model: str,
    data: Data,
    chances: NDArray[np.float32],
) -> tuple[str, ...]:
    sheets = draw.draw_run([asdict(epoch) for epoch in history], figures, model)
    shown = draw.choose(chances, data.test_labels)
    some = data.test_pictures[shown], chances[shown], data.test_labels[shown]
    sheets["answers.svg"] = draw.draw_answers(*some)
    for name, svg in sheets.items():
        draw.keep(folder, name, svg)
    file = io.BytesIO()
    draw.paint_answers(*some).save(file, "PNG")
    draw.keep(folder, "answers.png", file.getvalue())
    return (*sheets, "answers.png")


def open_run(folder: Path) -> FashionMnist:
    """The network of a run folder as an engine."""
    from shopsight.engines.recognise.fashion_mnist import FashionMnist

    card = folder / CARD
    told = json.loads(card.read_text("utf-8"))["preprocessing"] if card.is_file() else {}
    stated = {"labels": LABELS, "temperature": 1.0, "photo_temperature": PHOTO_TEMPERATURE} | told
    record = Record(
        "fashion-mnist",
        "recognise",
        "shopsight.engines.recognise.fashion_mnist:FashionMnist",
        f"the network of the run {folder}",
        source=f"folder:{folder.resolve()}",
        main=MODEL,
        weights=(WeightFile(MODEL),),
        stated_preprocessing=stated,
    )
    return FashionMnist(record)


def card_of(run: Run) -> dict[str, Any]:
    """The card that goes beside the weights: hash and size, what they expect, on which terms, what they reached."""
    from shopsight.engines.store import hash_file

    path = run.folder / MODEL
    return {
        "name": "fashion-mnist",
        "summary": f"{run.recipe.model} of {run.parameters:,} parameters: the ten garments of Fashion-MNIST.",
        "files": {MODEL: {"sha256": hash_file(path), "bytes": path.stat().st_size}},
        "preprocessing": {
            "input": f"(N, {SIDE_PX}, {SIDE_PX}) uint8, the garment bright on black; scaling is inside the graph",
            "labels": list(LABELS),
            "temperature": round(run.temperature, 4),
            "photo_temperature": PHOTO_TEMPERATURE,
            "embedding": "not needed; where the shop's engine knows masks, they cut the garment out of a photo",
        },
        "licences": {"code": "Apache-2.0", "weights": "Apache-2.0", "data": "MIT (Fashion-MNIST, Zalando SE)"},
        "data": ["Fashion-MNIST, training pictures"],
        "recipe": {**asdict(run.recipe), "seed": run.seed},
        "figures": {
            "parameters": run.parameters,
            "test_accuracy": round(run.figures.accuracy.value, 4),
            "test_accuracy_low": round(run.figures.accuracy.low, 4),
            "test_accuracy_high": round(run.figures.accuracy.high, 4),
            "test_pictures": run.figures.accuracy.rows,
            "test_accuracy_without_near_duplicates": round(run.figures.apart.value, 4),
            "near_duplicates": run.figures.near_duplicates,
            "calibration_error": round(run.figures.calibration_error, 4),
            "training_accuracy": round(run.training.value, 4),
        },
        "history": [asdict(epoch) for epoch in run.history],
        "test": run.figures.describe(),
    }
