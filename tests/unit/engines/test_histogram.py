"""The floor: colours, and roughly where they are."""

from __future__ import annotations

import numpy as np

from shopsight.engines import load
from shopsight.testing.embedding import draw_photo


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> np.ndarray:
    photo = np.empty((60, 60, 3), np.uint8)
    photo[:, :30], photo[:, 30:] = left, right
    return photo


def test_a_mirrored_photo_has_the_same_colours_at_other_places() -> None:
    engine = load("histogram")
    red_blue, blue_red = engine.see([halves((200, 0, 0), (0, 0, 200)), halves((0, 0, 200), (200, 0, 0))])
    colour, layout = engine.parts["colour"], engine.parts["layout"]
    np.testing.assert_allclose(red_blue.values[colour], blue_red.values[colour], atol=1e-6)
    assert float(red_blue.values[layout] @ blue_red.values[layout]) == 0


def test_the_photo_and_its_quarters_weigh_the_same() -> None:
    engine = load("histogram")
    (sight,) = engine.see([draw_photo(3)])
    for part in engine.parts.values():
        np.testing.assert_allclose(np.square(sight.values[part]).sum(), 0.5, atol=1e-5)


def test_the_same_photo_at_another_size_stays_near() -> None:
    engine = load("histogram")
    small, large = engine.see([draw_photo(5, 90, 90), np.repeat(np.repeat(draw_photo(5, 90, 90), 4, 0), 4, 1)])
    assert float(small.values @ large.values) > 0.98
