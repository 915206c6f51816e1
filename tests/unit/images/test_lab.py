"""The laboratory's table: every operation, on every odd picture, keeps its promises; every knob reads and refuses."""

import inspect
import json

import numpy as np
import pytest

from shopsight.errors import BadInput, BadPhoto, NotFound, TooLarge
from shopsight.images import lab
from shopsight.images.lab import GROUPS, OPERATIONS, operation
from shopsight.images.wavelets import WAVELETS

LOT = np.random.default_rng(5)
PHOTOS = {
    "one pixel": np.full((1, 1, 3), 200, np.uint8),
    "a line": LOT.integers(0, 256, (1, 23, 3), np.uint8),
    "a column": LOT.integers(0, 256, (19, 1, 3), np.uint8),
    "two by two": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
    "black": np.zeros((33, 20, 3), np.uint8),
    "white": np.full((20, 33, 3), 255, np.uint8),
    "one pure colour": np.full((24, 24, 3), (255, 0, 0), np.uint8),
    "noise, odd sides": LOT.integers(0, 256, (47, 31, 3), np.uint8),
    "not in one piece": LOT.integers(0, 256, (40, 60, 3), np.uint8)[::2, ::-2],
}
PLANES = {
    "one number": np.full((1, 1), -3, np.float32),
    "constant": np.full((17, 9), 0.25, np.float32),
    "huge": np.full((5, 8), 1e6, np.float32),
    "signed": LOT.normal(0, 100, (30, 21)).astype(np.float32),
    "tiny": LOT.normal(0, 1e-9, (16, 16)).astype(np.float32),
    "0 to 1": LOT.random((40, 25), np.float32),
}
PICTURES = PHOTOS | PLANES
RESIZED = {"crop", "pyramid"}
"""Operations whose meaning is another size."""


def corners(one: lab.Operation) -> list[dict[str, object]]:
    """The defaults, every number at its lowest and its highest, and each choice."""
    numbers = [p for p in one.parameters if p.kind in ("number", "whole")]
    sides = [{p.name: p.low for p in numbers}, {p.name: p.high for p in numbers}] if numbers else []
    choices = [{p.name: choice} for p in one.parameters if p.kind == "choice" for choice in p.choices]
    return [{}, *sides, *choices, *({p.name: not p.default} for p in one.parameters if p.kind == "switch")]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("kind", PICTURES)
def test_the_same_kind_of_picture_comes_back_and_every_number_is_one(name, kind):
    one, picture = operation(name), PICTURES[kind]
    kept = picture.copy()
    for given in corners(one):
        altered = one.apply(picture, given)
        assert (altered.dtype, altered.ndim) == (picture.dtype, picture.ndim), given
        assert np.isfinite(altered).all(), given
        assert altered.size, given
        assert altered.shape == picture.shape or name in RESIZED, given
        assert np.array_equal(picture, kept), "the original was changed in place"


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_table_says_what_the_function_takes(name):
    one = operation(name)
    taken = [p for p in list(inspect.signature(one.function).parameters.values())[1:] if p.name != "mask"]
    assert [p.name for p in taken] == [p.name for p in one.parameters]
    assert [p.default for p in taken] == [p.default for p in one.parameters]
    assert one.function.__doc__
    assert one.group in GROUPS
    assert one.summary.endswith(".")


@pytest.mark.parametrize("one", OPERATIONS.values(), ids=lambda one: one.name)
def test_every_default_lies_in_its_range_and_survives_json(one):
    settled = one.settle({})
    assert json.loads(json.dumps(settled)) == settled
    assert one.settle({name: str(value) for name, value in settled.items()}) == settled
    for knob in one.parameters:
        if knob.kind in ("number", "whole"):
            assert knob.low < knob.high
            assert knob.step > 0
            for outside in (knob.low - 1, knob.high + 1, "nan", "inf", "", "a lot", None, [1]):
                with pytest.raises(BadInput, match=knob.name):
                    knob.read(outside)
        else:
            with pytest.raises(BadInput, match=knob.name):
                knob.read("neither fish nor fowl")


def test_every_wavelet_offered_is_known_and_the_other_way_round():
    offered = {c for one in OPERATIONS.values() for p in one.parameters if p.name == "wavelet" for c in p.choices}
    assert offered == set(WAVELETS)


def test_choices_are_read_as_people_type_them():
    assert operation("white-balance").settle({"method": "Grey-World"})["method"] == "grey world"
    assert operation("skeleton").settle({"dark": "yes"})["dark"] is True
    assert operation("pixelate").settle({"block_px": "8.0"})["block_px"] == 8
    with pytest.raises(BadInput, match="whole number"):
        operation("pixelate").settle({"block_px": 8.5})


def test_an_unknown_operation_or_parameter_is_refused_with_what_there_is():
    with pytest.raises(NotFound, match="Did you mean blur"):
        operation("blurr")
    with pytest.raises(BadInput, match="It has sigma_px"):
        operation("blur").settle({"sigma": 3})
    with pytest.raises(BadInput, match="It takes none"):
        operation("grey").settle({"sigma": 3})


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4), np.float64),
        np.full((4, 4), np.nan, np.float32),
        np.full((4, 4), np.inf, np.float32),
        np.zeros((0, 0), np.float32),
    ],
    ids=lambda a: f"{a.shape} {a.dtype}",
)
@pytest.mark.parametrize(
    "name", ["blur", "erode", "median", "denoise", "crop", "turn-colours", "pyramid", "white-balance"]
)
def test_what_is_no_picture_is_refused(name, wrong):
    with pytest.raises(BadPhoto):
        operation(name).apply(wrong)


def test_more_pixels_than_the_bench_holds_are_refused(monkeypatch):
    monkeypatch.setattr(lab, "MOST_PIXELS", 99)
    with pytest.raises(TooLarge, match="--side"):
        operation("blur").apply(np.zeros((10, 10, 3), np.uint8))
