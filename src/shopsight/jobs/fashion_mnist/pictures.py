"""A run as pictures: its history, what it takes for what, how honest its chances are, and some of its answers."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from shopsight.charts import bar_chart, data_uri_of, heat_map, line_chart, scatter
from shopsight.charts.album import Entry, album
from shopsight.jobs.fashion_mnist.data import LABELS
from shopsight.jobs.fashion_mnist.report import Figures

SHOWN = 12
GOOD, BAD, TRUE, GREY, INK = "#0f6a49", "#b3362b", "#2f6fb5", "#9aa6a0", "#14201c"


def draw_run(history: Sequence[Mapping[str, Any]], figures: Figures, model: str) -> dict[str, str]:
    """The SVGs of a run by file name."""
    shares = {c.label: c.recall for c in figures.classes}
    worst = min(shares, key=lambda label: shares[label])
    return {
        "history-accuracy.svg": _history(history, "accuracy", f"{model}: accuracy", "share"),
        "history-loss.svg": _history(history, "loss", f"{model}: loss", ""),
        "confusion.svg": heat_map(
            figures.confusion, LABELS, LABELS, title="What is taken for what", x_label="called", y_label="true"
        ),
        "classes.svg": bar_chart(
            shares, marked=[worst], unit="share", longest=1.0, title="Share of each class named rightly"
        ),
        "reliability.svg": scatter(
            {"": ([b.chance for b in figures.reliability], [b.right for b in figures.reliability])},
            diagonal=True,
            joined=True,
            title="How sure it is, and how often it is right",
            x_label="mean chance",
            y_label="named rightly",
            x_unit="share",
            y_unit="share",
        ),
    }


def _history(history: Sequence[Mapping[str, Any]], what: str, title: str, unit: str) -> str:
    numbers = [epoch["number"] for epoch in history]
    lines = {"training": (numbers, [epoch[what] for epoch in history])}
    if any(epoch[f"validation_{what}"] is not None for epoch in history):
        lines["validation"] = (numbers, [epoch[f"validation_{what}"] for epoch in history])
    return line_chart(lines, title=title, x_label="epoch", unit=unit)


def choose(chances: NDArray[np.float32], labels: NDArray[np.int64], count: int = SHOWN) -> NDArray[np.int64]:
    """Rows to show: the first ones, as the data has them, but a third of them wrong where so many are."""
    right = chances.argmax(1) == labels
    wrong = np.flatnonzero(~right)[: count // 3]
    return np.sort(np.concatenate([np.flatnonzero(right)[: count - len(wrong)], wrong]))


def draw_answers(pictures: NDArray[np.uint8], chances: NDArray[np.float32], labels: NDArray[np.int64]) -> str:
    """The SVG of some test pictures with their bars of chances."""
    entries = [
        Entry(data_uri_of(_png(picture), "image/png"), [float(c) for c in row], int(label))
        for picture, row, label in zip(pictures, chances, labels, strict=True)
    ]
    return album(entries, LABELS, title="Answers on test pictures, a third of them wrong ones")


def _png(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def paint_answers(pictures: NDArray[np.uint8], chances: NDArray[np.float32], labels: NDArray[np.int64]) -> Image.Image:
    """The same as pixels, for where an SVG does not go: two columns of picture, bars and words."""
    across, tall, side = 420, 176, 112
    sheet = Image.new("RGB", (2 * across, tall * (-(-len(pictures) // 2)) + 16), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for number, (picture, row, truth) in enumerate(zip(pictures, chances, labels, strict=True)):
        x, y = 16 + (number % 2) * across, 16 + (number // 2) * tall
        sheet.paste(Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST), (x, y))
        said = int(row.argmax())
        for place, chance in enumerate(row):
            left, top = x + side + 16 + place * 26, y + side - max(2, round(float(chance) * side))
            colour = (GOOD if said == truth else BAD) if place == said else TRUE if place == truth else GREY
            pen.rectangle((left, top, left + 21, y + side), fill=colour)
        words = f"{LABELS[said]} {row[said]:.0%}" + ("" if said == truth else f", is {LABELS[int(truth)]}")
        pen.text((x, y + side + 8), words, fill=GOOD if said == truth else BAD, font=font)
    return sheet


def keep(folder: Path, name: str, data: str | bytes) -> None:
    """Write a file whole or not at all."""
    part = folder / f".{name}.{os.getpid()}"
    part.write_bytes(data.encode() if isinstance(data, str) else data)
    os.replace(part, folder / name)
