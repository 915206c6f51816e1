"""`shopsight train fashion-mnist`: the ten garments that every network is tried on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.options import Json
from shopsight.cli.speak import print_document, progress_bar, show_table, tell

if TYPE_CHECKING:
    from shopsight.engines.learn.recipes import Epoch, Step
    from shopsight.jobs.fashion_mnist.training import Run
    from shopsight.jobs.progress import Progress as Stages

MODELS = "dense110 (one hidden layer of 110, a minute) or small-cnn (residual, 0.68 million weights, under an hour)"


def train_fashion_mnist(
    data: Annotated[
        str, typer.Option("--data", help="fashion_mnist.npz, a folder with it or the official files, or: download.")
    ],
    model: Annotated[str, typer.Option("--model", help=f"{MODELS}.")] = "dense110",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the run. [default: runs/fashion-mnist-MODEL-SEED]", show_default=False),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", help="Passes over the data. [default: the recipe's]", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same network.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Processor threads; 0 lets torch choose.")] = 0,
    json: Json = False,
) -> None:
    """Train on Fashion-MNIST and write figures, charts and the network into a run folder. Safe to stop: --resume."""
    from shopsight.engines.store import models_folder
    from shopsight.jobs.fashion_mnist.data import read
    from shopsight.jobs.fashion_mnist.training import train_fashion_mnist as train

    with progress_bar() as progress:
        pictures = read(data, cache=models_folder() / "fashion-mnist-data", progress=progress)
    folder = out or Path("runs") / f"fashion-mnist-{model}-{seed}"
    with _epochs_live() as (watch, progress):
        run = train(
            pictures,
            model,
            folder,
            epochs=epochs,
            seed=seed,
            resume=resume,
            threads=threads,
            watch=watch,
            progress=progress,
        )
    if json:
        print_document(run.describe())
    else:
        _show(run)


@contextmanager
def _epochs_live() -> Iterator[tuple[Callable[[Step | Epoch], None], Stages]]:
    """A line per finished epoch and a bar for the running one and for what follows, on stderr, where a person watches;
    silence elsewhere."""
    if not sys.stderr.isatty():
        yield (lambda event: None), (lambda stage, done, total: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from shopsight.engines.learn.recipes import Epoch

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    console = Console(stderr=True, highlight=False)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def watch(event: Step | Epoch) -> None:
            if isinstance(event, Epoch):
                console.print(say_epoch(event))
                return
            done, total = (event.epoch - 1) * event.steps + event.step, event.epochs * event.steps
            if "run" not in tasks:
                # Steps of epochs that a resumed run had done before are no measure of its speed.
                tasks["run"] = bars.add_task("", total=total, completed=done - 1)
            bars.update(tasks["run"], completed=done, description=say_step(event))

        def advance(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield watch, advance


def say_step(step: Step) -> str:
    """Where a running epoch is, in one line."""
    now = f"loss {step.loss:.3f}  accuracy {step.accuracy:.3f}  {step.pictures_per_s:,.0f} pictures/s"
    return f"epoch {step.epoch}/{step.epochs}  {now}"


def say_epoch(epoch: Epoch) -> str:
    """A finished epoch, in one line."""
    asked = f"  validation {epoch.validation_accuracy:.4f}" if epoch.validation_accuracy is not None else ""
    line = f"epoch {epoch.number:>3}  loss {epoch.loss:.4f}  accuracy {epoch.accuracy:.4f}{asked}"
    return f"{line}  {epoch.seconds:.1f} s  {epoch.pictures_per_s:,.0f} pictures/s"


def _show(run: Run) -> None:
    from shopsight.jobs.fashion_mnist.report import say_share

    figures = run.figures
    rows = [(c.label, f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}", f"{c.rows:,}") for c in figures.classes]
    show_table(("class", ">precision", ">recall", ">f1", ">rows"), rows)
    tell(
        f"test accuracy      {say_share(figures.accuracy)}",
        f"without near-duplicates  {say_share(figures.apart)}; {figures.near_duplicates} left out",
        f"training accuracy  {say_share(run.training)}",
        f"calibration error  {figures.calibration_error:.4f}",
        f"{run.parameters:,} parameters, {run.recipe.epochs} epochs, seed {run.seed}; charts and figures: {run.folder}",
    )
