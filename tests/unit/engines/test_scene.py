"""How the scene network's maps are read, on maps whose truth is known; and what its card says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.engines import KNOWN, load
from shopsight.engines.recognise.scene import (
    FIRST,
    Maps,
    Scene,
    check,
    cut_off_ground,
    divide,
    fit,
    gather,
    off_flat_ground,
    take_in,
)
from shopsight.engines.store import is_here
from shopsight.errors import BadInput, BadPhoto, Damaged

ROOT = Path(__file__).parents[3]
GROUPS = 5
"""Ground, person and three groups of products."""


def draw_maps(discs: list[tuple[int, int, int, int]], high: int = 60, wide: int = 80) -> tuple[Maps, np.ndarray]:
    """Maps as a perfect network would give them for discs (group, row, column, radius), later ones on top."""
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    owner = np.zeros((high, wide), int)
    for number, (_, row, column, radius) in enumerate(discs, 1):
        owner[(x - column) ** 2 + (y - row) ** 2 <= radius**2] = number
    groups = np.full((GROUPS, high, wide), 0.02, np.float32)
    centres, ways = np.zeros((GROUPS - FIRST, high, wide), np.float32), np.zeros((2, high, wide), np.float32)
    groups[0][owner == 0] = 0.92
    for number, (group, row, column, _) in enumerate(discs, 1):
        groups[group][owner == number] = 0.92
        near = np.exp(-((x - column) ** 2 + (y - row) ** 2) / 8)
        centres[group - FIRST] = np.maximum(centres[group - FIRST], 0.9 * near)
        ways[0][owner == number], ways[1][owner == number] = (d[owner == number] for d in (column - x, row - y))
    return Maps(groups, centres, ways), owner


def test_every_disc_is_one_thing_of_its_group() -> None:
    maps, owner = draw_maps([(2, 15, 15, 8), (2, 15, 36, 8), (3, 45, 40, 12), (4, 40, 70, 5)])
    things = gather(maps, 0.25)
    assert sorted(things.groups) == [2, 2, 3, 4]
    for group, cells in zip(things.groups, things.cells, strict=True):
        covered = np.bincount(owner[cells > 0.5])
        assert np.count_nonzero(covered) == 1, f"the thing of group {group} keeps to one disc"
        assert covered.max() == np.bincount(owner.ravel())[covered.argmax()], "and has all of it"


def test_a_coat_and_the_dress_below_it_share_a_middle_and_stay_two() -> None:
    maps, owner = draw_maps([(2, 30, 40, 20), (3, 30, 40, 9)])
    things = gather(maps, 0.25)
    assert sorted(things.groups) == [2, 3]
    for group, cells in zip(things.groups, things.cells, strict=True):
        assert np.array_equal(cells > 0.5, owner == group - 1)


def test_a_middle_without_cells_is_no_thing() -> None:
    maps, _ = draw_maps([(2, 20, 20, 8)])
    maps.centres[1, 50, 70] = 0.8
    assert list(gather(maps, 0.25).groups) == [2]


def test_no_middle_no_thing() -> None:
    maps, _ = draw_maps([])
    assert gather(maps, 0.25).cells.shape == (0, 60, 80)


@given(
    st.lists(st.tuples(st.integers(2, 4), st.integers(0, 3), st.integers(0, 5)), max_size=8, unique_by=lambda d: d[1:])
)
def test_things_never_share_a_cell(places: list[tuple[int, int, int]]) -> None:
    maps, _ = draw_maps([(group, 8 + 14 * row, 7 + 13 * column, 5) for group, row, column in places])
    things = gather(maps, 0.25)
    assert sorted(things.groups) == sorted(group for group, _, _ in places)
    assert (things.cells > 0).sum(axis=0).max(initial=0) <= 1
    assert ((things.scores >= 0) & (things.scores <= 1)).all()


def test_masks_share_no_pixel_and_leave_the_rest() -> None:
    planes = np.zeros((2, 4, 4), np.float32)
    planes[0, :, :2], planes[1, :, 2:] = 0.9, 0.9
    rest = np.full((4, 4), 0.1, np.float32)
    rest[0] = 0.95
    one, two = divide(np.zeros((40, 60, 3), np.uint8), rest, planes, None)
    assert not (one & two).any()
    assert one[20, 5]
    assert two[20, 55]
    assert not one[0].any()
    assert not two[0].any()


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_what_the_network_sees_has_sides_of_32(height: int, width: int) -> None:
    photo = np.broadcast_to(np.uint8(7), (height, width, 3))
    high, wide, _ = fit(photo, 416).shape
    assert high % 32 == wide % 32 == 0
    assert max(high, wide) == 416


def test_a_flat_ground_is_cut_at_its_outline() -> None:
    photo = np.full((120, 90, 3), 250, np.uint8)
    photo[30:80, 20:61] = (180, 20, 40)
    product = off_flat_ground(photo)
    assert product is not None
    assert product.sum() == 50 * 41
    assert product[30:80, 20:61].all()


def test_white_stripes_on_a_white_ground_are_the_garments_and_a_handle_is_not() -> None:
    """The colour alone cannot tell a white stripe from the ground; the network can, and it sees through a handle."""
    photo = np.full((240, 320, 3), 250, np.uint8)
    inside = np.zeros((240, 320), bool)
    inside[40:200, 60:260] = True
    handle = np.zeros_like(inside)
    handle[60:90, 130:190] = True
    photo[inside & ~handle] = (20, 30, 90)
    photo[100:116, 60:260] = 250  # open at both sides
    maps, _ = draw_maps([])
    maps.groups[0][10:50, 15:65], maps.groups[FIRST][10:50, 15:65] = 0.02, 0.92
    maps.groups[0][15:23, 32:48], maps.groups[FIRST][15:23, 32:48] = 0.92, 0.02
    product = cut_off_ground(photo, maps)
    assert product is not None
    assert product[100:116, 80:240].all()
    assert not product[66:84, 136:184].any()
    assert not product[~inside].any()


def test_what_is_nobodys_joins_what_it_hangs_together_with() -> None:
    product = np.zeros((9, 20), bool)
    product[2:7, 1:8] = product[2:7, 12:19] = True
    owner = np.full(product.shape, -1)
    owner[2:7, 1:4] = 3
    found = take_in(owner, product)
    assert (found[2:7, 1:8] == 3).all()
    assert (found[2:7, 12:19] == -1).all()
    assert (found[~product] == -1).all()


def test_a_lively_ground_is_not_called_flat() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3)).astype(np.uint8)
    assert off_flat_ground(noise) is None


@pytest.mark.parametrize("wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_what_is_no_photo_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(BadPhoto, match="pixels are"):
        check(wrong)  # type: ignore[arg-type]


def test_a_card_without_groups_is_damaged(tmp_path: Path) -> None:
    from dataclasses import replace

    if not is_here("shop.scene0"):
        pytest.skip("the weights of shop.scene0 are not made yet (make models)")
    (tmp_path / "card.json").write_text(json.dumps({"files": {}, "preprocessing": {"side_px": 416}}))
    record = replace(KNOWN["shop.scene0"], card=str(tmp_path / "card.json"))
    with pytest.raises(Damaged, match="the card lacks 'groups'"):
        Scene(record)


@pytest.fixture(scope="module")
def engine() -> Scene:
    if not is_here("shop.scene0"):
        pytest.skip("the weights of shop.scene0 are not made yet (make models)")
    found: Scene = load("shop.scene0", threads=1)
    return found


@pytest.mark.parametrize("level", [0, 90, 255])
def test_an_empty_photo_has_no_findings(engine: Scene, level: int) -> None:
    photo = np.full((300, 200, 3), level, np.uint8)
    for task in sorted(engine.tasks):
        assert engine.recognise([photo], task) == [()], task


def test_a_task_it_was_not_made_for_is_refused(engine: Scene) -> None:
    with pytest.raises(BadInput, match="was not made for this task"):
        engine.recognise([np.zeros((9, 9, 3), np.uint8)], "classify")


def test_the_card_tells_the_merge_that_was_trained(engine: Scene) -> None:
    merge = json.loads((ROOT / "training" / "scene" / "groups.json").read_text())
    told = KNOWN["shop.scene0"].preprocessing
    assert told["merged"] == merge
    assert tuple(told["groups"]) == tuple(merge)
    assert engine.labels == tuple(merge)[1:]


@pytest.mark.data
def test_every_name_of_the_street_photos_has_one_group(shared_data: Path) -> None:
    names = json.loads((shared_data / "ccp" / "labels.json").read_text())
    merge = json.loads((ROOT / "training" / "scene" / "groups.json").read_text())
    merged = [name for group in merge.values() for name in group["ccp"]]
    assert sorted(merged) == sorted(names)
