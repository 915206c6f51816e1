"""How well a recogniser does, by the figures of its card.

Street photos and cut-outs that nothing was trained on; `fashion-products` is measured on and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from training.lite0.data import read_rgb
from training.scene.compose import MOST, compose
from training.scene.photos import GROUPS, CutOut, Scene

from shopsight.protocols import Recogniser
from shopsight.types import Box, Finding

WHITE = 245
"""A catalogue photo's ground is at least this bright in every channel."""


def painted(findings: Sequence[Finding], shape: tuple[int, ...]) -> np.ndarray:
    """`(H, W) uint8`: the group number of every pixel, from the findings of the task segment."""
    picture = np.zeros(shape[:2], np.uint8)
    for finding in findings:
        picture[finding.mask] = GROUPS.index(finding.label)
    return picture


def pixel_figures(engine: Recogniser, scenes: Sequence[Scene]) -> dict[str, float]:
    """Pixel accuracy, garment-vs-rest IoU and mean IoU over groups, all pixels of all photos pooled."""
    confusion = np.zeros((len(GROUPS), len(GROUPS)), np.int64)
    for scene in scenes:
        (findings,) = engine.recognise([scene.pixels], "segment")
        said = painted(findings, scene.groups.shape)
        pairs = scene.groups.astype(int) * len(GROUPS) + said
        confusion += np.bincount(pairs.ravel(), minlength=confusion.size).reshape(confusion.shape)
    both = np.diag(confusion)
    either = confusion.sum(0) + confusion.sum(1) - both
    iou = both / np.maximum(either, 1)
    garment = confusion[2:, 2:].sum()
    return {
        "pixel_accuracy": float(both.sum() / confusion.sum()),
        "garment_iou": float(garment / (confusion.sum() - confusion[:2, :2].sum())),
        "mean_iou": float(iou.mean()),
        "mean_iou_products": float(iou[2:].mean()),
        **{f"iou_{name}": float(value) for name, value in zip(GROUPS, iou, strict=True)},
    }


def overlap(mine: np.ndarray, theirs: np.ndarray) -> float:
    return float((mine & theirs).sum() / max(1, (mine | theirs).sum()))


def average_precision(engine: Recogniser, scenes: Sequence[Scene], least: float = 0.5) -> dict[str, float]:
    """AP at mask IoU 0.5 for each group and their mean, with COCO's 101 recall points."""
    hits: dict[int, list[tuple[float, bool]]] = {g: [] for g in range(2, len(GROUPS))}
    there = np.zeros(len(GROUPS), int)
    for scene in scenes:
        truth = [(group, scene.things == place + 1) for place, group in enumerate(scene.of)]
        there += np.bincount([group for group, _ in truth], minlength=len(GROUPS))
        taken: set[int] = set()
        (findings,) = engine.recognise([scene.pixels], "instances")
        for finding in findings:
            group = GROUPS.index(finding.label)
            fits = [
                overlap(finding.mask, mask) if g == group and k not in taken else 0.0
                for k, (g, mask) in enumerate(truth)
            ]
            best = int(np.argmax(fits)) if fits else -1
            good = best >= 0 and fits[best] >= least
            taken |= {best} if good else set()
            hits[group].append((finding.score, good))
    each = {GROUPS[g]: precision(hits[g], there[g]) for g in hits if there[g]}
    return {"ap50": float(np.mean(list(each.values()))), **{f"ap50_{name}": value for name, value in each.items()}}


def precision(hits: list[tuple[float, bool]], there: int) -> float:
    """Mean over 101 recalls of the best precision at that recall or beyond."""
    good = np.array([hit for _, hit in sorted(hits, key=lambda h: -h[0])], float)
    if not len(good):
        return 0.0
    right = np.cumsum(good)
    recall, exact = right / there, right / np.arange(1, len(good) + 1)
    exact = np.maximum.accumulate(exact[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.append(exact, 0.0)[at].mean())


def composed(cuts: Sequence[CutOut], count: int, seed: int = 1, long_px: int = 416) -> Iterator[Scene]:
    """Scenes of one to six held-out products, the same for the same seed."""
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        high, wide = (long_px, long_px * 3 // 4)[:: 1 if rng.random() < 0.5 else -1]
        some = [cuts[i] for i in rng.choice(len(cuts), 12)]
        yield compose(some, high, wide, rng, count=1 + number % MOST, strength=0.5)


def counting(engine: Recogniser, scenes: Sequence[Scene]) -> dict[str, float]:
    """The share of scenes whose products are counted exactly; how often too few or too many; the mean error."""
    off = []
    for scene in scenes:
        (findings,) = engine.recognise([scene.pixels], "instances")
        off.append(len(findings) - len(scene.of))
    wrong = np.array(off)
    return {
        "count_exact": float((wrong == 0).mean()),
        "count_too_few": float((wrong < 0).mean()),
        "count_too_many": float((wrong > 0).mean()),
        "count_error": float(np.abs(wrong).mean()),
    }


def true_box(photo: np.ndarray) -> Box | None:
    """The box of what is not white in a catalogue photo; None where a quarter of the rim is not white."""
    product = (photo < WHITE).any(axis=2)
    rim = np.concatenate([product[0], product[-1], product[:, 0], product[:, -1]])
    if rim.mean() > 0.25:
        return None
    count, labels, stats, _ = cv2.connectedComponentsWithStats(product.astype(np.uint8), connectivity=8)
    kept = np.isin(labels, [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= 0.001 * product.size])
    if not kept.any():
        return None
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def box_overlap(mine: Box, theirs: Box) -> float:
    wide = min(mine[2], theirs[2]) - max(mine[0], theirs[0])
    high = min(mine[3], theirs[3]) - max(mine[1], theirs[1])
    both = max(0, wide) * max(0, high)
    return both / ((mine[2] - mine[0]) * (mine[3] - mine[1]) + (theirs[2] - theirs[0]) * (theirs[3] - theirs[1]) - both)


def localising(engine: Recogniser, paths: Sequence[Path]) -> dict[str, float]:
    """Mean IoU of the one box on catalogue photos on white, and the share of photos with IoU of 0.5 at least."""
    fits = []
    for path in paths:
        photo = read_rgb(path)
        truth = true_box(photo)
        if truth is None:
            continue
        (findings,) = engine.recognise([photo], "localise")
        fits.append(box_overlap(findings[0].box_px, truth) if findings else 0.0)
    return {
        "photos": len(fits),
        "box_iou": float(np.mean(fits)),
        "box_over_half": float(np.mean(np.array(fits) >= 0.5)),
    }
