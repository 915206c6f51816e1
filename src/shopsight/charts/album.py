"""Pictures with what was said of them: a bar for each class, right in one colour and wrong in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shopsight.charts import paper
from shopsight.charts.scale import say

TALL, PICTURE, BARS = 168, 104, 204
"""Units of one entry, of its picture's side, and of all its bars together."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture (an address that `<image>` takes, such as a data URI), the chance of each label, the true label."""

    picture: str
    chances: Sequence[float]
    truth: int


def album(entries: Sequence[Entry], labels: Sequence[str], *, title: str = "", width_px: int = 720) -> str:
    """The SVG of pictures in two columns, each with a bar per label in the labels' order and what was said in words.

    The bar of what was said is green where it is right, else red, and the true label's is then blue; the words say it
    too: "Shirt 61 %, is Coat".
    """
    if not entries:
        return paper.empty(width=width_px, height=160, title=title)
    top, column = 48 if title else 12, width_px / 2
    marks = [_entry(e, labels, (i % 2) * column + 16, top + (i // 2) * TALL) for i, e in enumerate(entries)]
    y = top + -(-len(entries) // 2) * TALL + 26
    for line in _lines("Bars from the left: " + ", ".join(labels), int(width_px / (0.56 * paper.NARROW_TEXT)) - 2):
        marks.append(paper.write(16, y, line, kind="soft"))
        y += 26
    right = sum(_said(entry) == entry.truth for entry in entries)
    says = f"{right} of {len(entries)} pictures are named rightly. " + "; ".join(_words(e, labels) for e in entries)
    return paper.sheet(marks, width=width_px, height=y, title=title, says=says[:2000])


def _said(entry: Entry) -> int:
    return max(range(len(entry.chances)), key=lambda i: entry.chances[i])


def _words(entry: Entry, labels: Sequence[str]) -> str:
    said = _said(entry)
    sure = f"{labels[said]} {say(entry.chances[said], 'share', 0.01)}"
    return sure if said == entry.truth else f"{sure}, is {labels[entry.truth]}"


def _entry(entry: Entry, labels: Sequence[str], x: float, y: float) -> str:
    said = _said(entry)
    good = said == entry.truth
    place = f'x="{x:.1f}" y="{y:.1f}" width="{PICTURE}" height="{PICTURE}"'
    marks = [f'<image {place} href="{paper.clean(entry.picture)}" style="image-rendering:pixelated"/>']
    step, floor = BARS / len(entry.chances), y + PICTURE
    for number, chance in enumerate(entry.chances):
        fill = "var(--good)" if number == said and good else "var(--bad)" if number == said else "var(--axis)"
        fill = "var(--c2)" if number == entry.truth and not good else fill
        tall = max(1.5, chance * PICTURE)
        left = x + PICTURE + 16 + number * step
        words = f"{labels[number]}: {say(chance, 'share')}"
        told = f"<title>{paper.clean(words)}</title>"
        box = f'x="{left:.1f}" y="{floor - tall:.1f}" width="{step - 4:.1f}" height="{tall:.1f}"'
        marks.append(f'<rect {box} rx="2" fill="{fill}">{told}</rect>')
    marks.append(paper.rule(x + PICTURE + 12, floor, x + PICTURE + 16 + BARS, floor, "var(--axis)"))
    fill = "var(--good)" if good else "var(--bad)"
    marks.append(paper.write(x, floor + 28, _words(entry, labels), fill=fill))
    return "".join(marks)


def _lines(text: str, longest: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > longest:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]
