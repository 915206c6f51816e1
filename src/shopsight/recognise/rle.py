"""Masks as run lengths, the way COCO writes them: column by column, the first run counts zeros.

`counts` is a list of numbers, or the same squeezed into text: numbers from the third on as differences to the one two
places before, in groups of five bits from the lowest, each group a character from "0" (48) on, the sixth bit saying
that more follow (the LEB128-like code of `maskApi.c` in pycocotools).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput


def encode(mask: NDArray[np.bool_]) -> dict[str, list[int] | str]:
    """`{"size": [height, width], "counts": TEXT}` of a mask `(H, W) bool`.

    >>> encode(np.array([[False, True], [True, True]]))
    {'size': [2, 2], 'counts': '13'}
    """
    return {"size": [int(mask.shape[0]), int(mask.shape[1])], "counts": squeeze(runs_of(mask))}


def decode(packed: dict[str, list[int] | str]) -> NDArray[np.bool_]:
    """The mask again. Raises `BadInput` for counts that do not fill the size."""
    height, width = (int(side) for side in packed["size"])
    counts = packed["counts"]
    runs = stretch(counts) if isinstance(counts, str) else [int(count) for count in counts]
    if sum(runs) != height * width or any(run < 0 for run in runs):
        raise BadInput("mask", f"its runs do not fill {width} x {height} pixels", "Send size and counts as COCO does.")
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.ascontiguousarray(flat.reshape(width, height).T)


def runs_of(mask: NDArray[np.bool_]) -> list[int]:
    """Lengths of the runs of equal values down the columns; the first is of zeros and may be 0."""
    flat = np.asarray(mask, bool).T.ravel()
    if not flat.size:
        return []
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate([[0], edges, [flat.size]]))
    return [0, *lengths.tolist()] if flat[0] else lengths.tolist()


def squeeze(runs: Sequence[int]) -> str:
    """The runs as COCO's text."""
    text = []
    for place, run in enumerate(runs):
        rest = run - runs[place - 2] if place > 2 else run
        more = True
        while more:
            group = rest & 31
            rest >>= 5
            # A group whose fifth bit is set reads as negative: the last one must show the number's own sign.
            more = rest != (-1 if group & 16 else 0)
            text.append(chr(48 + group + (32 if more else 0)))
    return "".join(text)


def stretch(text: str) -> list[int]:
    """The runs behind COCO's text. Raises `BadInput` for what is none."""
    runs: list[int] = []
    number, shift = 0, 0
    for character in text:
        group = ord(character) - 48
        if not 0 <= group < 64:
            raise BadInput("mask", f"{character!r} stands in no COCO mask", "Send counts as COCO writes them.")
        number |= (group & 31) << shift
        shift += 5
        if not group & 32:
            number -= (1 << shift) if group & 16 else 0
            runs.append(number + (runs[-2] if len(runs) > 2 else 0))
            number, shift = 0, 0
    if shift:
        raise BadInput("mask", "its counts end in the middle of a number", "Send the whole text.")
    return runs
