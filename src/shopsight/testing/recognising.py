"""What every engine that recognises things in photos promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast, get_args

import numpy as np
import numpy.testing as npt

from shopsight.protocols import Recogniser
from shopsight.testing.embedding import draw_photo
from shopsight.testing.refusal import must_refuse
from shopsight.types import Finding, Pixels, Task

TASKS: tuple[Task, ...] = get_args(Task)
Findings = tuple[Finding, ...]

_SAME = 1e-3
"""How far two scores of the same photo may lie apart: batches may be summed in another order."""
_SHIFT_PX = 1
"""How far an edge of a box may move for the same reason."""
_ODD_SIZES = ((1, 1), (1, 90), (90, 1), (2, 3), (20, 3000), (333, 7))
"""Height and width in pixels of photos that nobody would take on purpose."""


def draw_scene(seed: int, height_px: int = 120, width_px: int = 160) -> Pixels:
    """Two garment-like shapes side by side on one plain ground: `(H, W, 3) uint8`, the same for the same seed."""
    left, right = draw_photo(seed, height_px, width_px // 2), draw_photo(seed + 1, height_px, width_px - width_px // 2)
    return np.concatenate([left, right], axis=1)


def names_its_tasks_and_labels(engine: Recogniser) -> None:
    assert engine.tasks, "it can do something"
    assert set(engine.tasks) <= set(TASKS), f"`tasks` are some of {', '.join(TASKS)}"
    assert engine.labels, "it can say something"
    assert all(isinstance(label, str) and label.strip() for label in engine.labels), "a label is a word"
    assert len(set(engine.labels)) == len(engine.labels), "no label comes twice"


def recognises_nothing_in_nothing(engine: Recogniser) -> None:
    for task in sorted(engine.tasks):
        assert list(engine.recognise([], task)) == [], "no photos, no answers"


def answers_in_order(engine: Recogniser) -> None:
    """A photo gives the same in any batch, however long, and at any place in it."""
    photos = [draw_photo(1, 70, 90), draw_scene(2), draw_photo(3, 96, 40)]
    for task in sorted(engine.tasks):
        alone = [_ask(engine, photo, task) for photo in photos]
        together = engine.recognise(photos * 6, task)
        assert len(together) == 18, "one answer per photo"
        for place, findings in enumerate(together):
            _same(findings, alone[place % 3], f"a batch changes nothing ({task})")


def recognises_the_same_again(engine: Recogniser) -> None:
    for task, photo in _questions(engine):
        first, second = _ask(engine, photo, task), _ask(engine, photo, task)
        assert len(first) == len(second), f"the same photo gives the same number of findings ({task})"
        for one, other in zip(first, second, strict=True):
            same = (one.label, one.score, one.box_px) == (other.label, other.score, other.box_px)
            assert same, f"the same photo gives the same findings ({task})"
            npt.assert_array_equal(_pixels_of(one), _pixels_of(other), err_msg=f"and the same pixels ({task})")


def scores_are_chances_in_order(engine: Recogniser) -> None:
    for task, photo in _questions(engine):
        findings = _ask(engine, photo, task)
        scores = [finding.score for finding in findings]
        assert all(0 <= score <= 1 for score in scores), f"scores are between 0 and 1 ({task})"
        assert scores == sorted(scores, reverse=True), f"the surest comes first ({task})"
        strange = {finding.label for finding in findings} - set(engine.labels)
        assert not strange, f"only what is in `labels` is said, not {', '.join(sorted(strange))} ({task})"


def classes_are_probabilities(engine: Recogniser) -> None:
    """A class has no place, comes once, and all of them together are no more than certain."""
    for _, photo in _questions(engine, "classify"):
        findings = _ask(engine, photo, "classify")
        assert findings, "every photo has a most likely class; its score says how unlikely that is"
        assert all(f.box_px is None and f.mask is None for f in findings), "a class has no place"
        assert len({finding.label for finding in findings}) == len(findings), "a class comes once"
        assert sum(finding.score for finding in findings) <= 1 + _SAME, "probabilities sum to 1 at most"


def places_lie_in_the_photo(engine: Recogniser) -> None:
    for task in ("localise", "detect", "instances"):
        for _, photo in _questions(engine, task):
            findings = _ask(engine, photo, task)
            assert task != "localise" or len(findings) <= 1, "localise gives at most one box"
            for finding in findings:
                assert finding.box_px is not None, f"every finding has a box ({task})"
                left, top, right, bottom = finding.box_px
                whole = all(isinstance(side, int) for side in finding.box_px)
                assert whole, f"a box is four whole numbers ({task})"
                assert 0 <= left < right <= photo.shape[1], f"the box lies in the photo ({task})"
                assert 0 <= top < bottom <= photo.shape[0], f"the box lies in the photo ({task})"


def masks_fit_the_photo(engine: Recogniser) -> None:
    for task in ("segment", "instances"):
        for _, photo in _questions(engine, task):
            for finding in _ask(engine, photo, task):
                mask = finding.mask
                assert mask is not None, f"every finding has a mask ({task})"
                assert mask.shape == photo.shape[:2], f"a mask has the photo's size, not {mask.shape} ({task})"
                assert mask.dtype == np.bool_, f"a mask is bool, not {mask.dtype} ({task})"
                assert mask.any(), f"a mask holds a pixel ({task})"
                if finding.box_px is not None:
                    assert finding.box_px == _box_of(mask), f"the box is tight around its mask ({task})"


def regions_share_no_pixel(engine: Recogniser) -> None:
    for _, photo in _questions(engine, "segment"):
        findings = _ask(engine, photo, "segment")
        assert len({finding.label for finding in findings}) == len(findings), "segment gives one mask a label"
        taken = np.zeros(photo.shape[:2], int)
        for finding in findings:
            taken += _pixels_of(finding)
        assert taken.max(initial=0) <= 1, "no pixel belongs to two labels"


def leaves_the_photos_alone(engine: Recogniser) -> None:
    """Photos may be views or read-only, and are not written to."""
    photo = draw_scene(3)
    before, turned = photo.copy(), photo[::-1, ::2]
    photo.flags.writeable = False
    for task in sorted(engine.tasks):
        expected = _ask(engine, np.ascontiguousarray(turned), task)
        _same(_ask(engine, turned, task), expected, f"a view is a photo ({task})")
        _ask(engine, photo, task)
        npt.assert_array_equal(photo, before, err_msg="a photo is never written to")


def refuses_what_has_no_pixels(engine: Recogniser) -> None:
    shapes = (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8), np.zeros((0, 8, 3), np.uint8))
    for wrong in (*shapes, np.zeros((8, 8, 3), np.float32)):
        for task in sorted(engine.tasks):
            ask = partial(engine.recognise, [wrong], task)  # type: ignore[list-item]
            must_refuse(ask, f"{wrong.dtype} {wrong.shape}, which is no photo,")


def refuses_tasks_it_cannot_do(engine: Recogniser) -> None:
    others = [task for task in TASKS if task not in engine.tasks]
    for task in (*others, cast(Task, "iron")):
        must_refuse(partial(engine.recognise, [draw_photo(0)], task), f"the task {task}")


def recognises_for_many_at_once(engine: Recogniser) -> None:
    photos = [draw_photo(seed, 60, 50 + seed) for seed in range(6)]
    for task in sorted(engine.tasks):
        alone = [_ask(engine, photo, task) for photo in photos]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(partial(_ask, engine, task=task), photos))
        for found, expected in zip(together, alone, strict=True):
            _same(found, expected, f"threads do not disturb each other ({task})")


def _questions(engine: Recogniser, only: Task | None = None) -> Iterator[tuple[Task, Pixels]]:
    """Each task of the engine with ordinary photos, grey ones, plain ones and those of odd sizes."""
    grey = np.repeat(draw_photo(5)[..., :1], 3, axis=2)
    plain = [np.full((64, 48, 3), level, np.uint8) for level in (0, 127, 255)]
    odd = [draw_photo(6, height_px, width_px) for height_px, width_px in _ODD_SIZES]
    for task in sorted(engine.tasks):
        if only in (None, task):
            yield from ((task, photo) for photo in (draw_photo(4), draw_scene(7), grey, *plain, *odd))


def _ask(engine: Recogniser, photo: Pixels, task: Task) -> Findings:
    (findings,) = engine.recognise([photo], task)
    return findings


def _same(found: Findings, expected: Findings, promise: str) -> None:
    """The same findings up to rounding: two that are equally sure may change places."""
    assert len(found) == len(expected), f"{promise}: {len(found)} findings, not {len(expected)}"
    npt.assert_allclose([f.score for f in found], [f.score for f in expected], atol=_SAME, err_msg=promise)
    assert sorted(f.label for f in found) == sorted(f.label for f in expected), promise
    for label in {finding.label for finding in expected}:
        ours, theirs = ([f for f in side if f.label == label] for side in (found, expected))
        if len(ours) == len(theirs) == 1:
            _same_place(ours[0], theirs[0], promise)


def _same_place(found: Finding, expected: Finding, promise: str) -> None:
    assert (found.box_px is None) == (expected.box_px is None), promise
    if found.box_px is not None and expected.box_px is not None:
        npt.assert_allclose(found.box_px, expected.box_px, atol=_SHIFT_PX, err_msg=promise)
    ours, theirs = _pixels_of(found), _pixels_of(expected)
    assert ours.shape == theirs.shape, promise
    if theirs.size:
        assert np.mean(ours != theirs) < 0.01, f"{promise}: its pixels too"


def _pixels_of(finding: Finding) -> np.ndarray:
    return np.zeros((0, 0), np.bool_) if finding.mask is None else finding.mask


def _box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


RECOGNISER_PROMISES: tuple[Callable[[Recogniser], None], ...] = (
    names_its_tasks_and_labels,
    recognises_nothing_in_nothing,
    answers_in_order,
    recognises_the_same_again,
    scores_are_chances_in_order,
    classes_are_probabilities,
    places_lie_in_the_photo,
    masks_fit_the_photo,
    regions_share_no_pixel,
    leaves_the_photos_alone,
    refuses_what_has_no_pixels,
    refuses_tasks_it_cannot_do,
    recognises_for_many_at_once,
)
