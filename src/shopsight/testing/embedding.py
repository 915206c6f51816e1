"""What every engine that looks at photos, or reads words, promises."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import numpy.testing as npt

from shopsight.protocols import Embedder, WordEmbedder
from shopsight.testing.refusal import must_refuse
from shopsight.types import Pixels, Sight

_SAME = 1e-4
"""How far two looks at the same photo may lie apart in one value: batches may be summed in another order."""


def draw_photo(seed: int, height_px: int = 96, width_px: int = 80) -> Pixels:
    """A garment-like shape in one colour on a plain ground: `(H, W, 3) uint8`, the same for the same seed."""
    rng = np.random.default_rng(seed)
    ground, colour = rng.integers(150, 256, 3), rng.integers(0, 200, 3)
    y, x = np.mgrid[0:height_px, 0:width_px]
    body = (np.abs(x / width_px - 0.5) < 0.15 + 0.2 * rng.random()) & (np.abs(y / height_px - 0.5) < 0.35)
    photo = np.where(body[..., None], colour, ground) + rng.integers(-8, 9, (height_px, width_px, 1))
    return np.clip(photo, 0, 255).astype(np.uint8)


def names_its_space(engine: Embedder) -> None:
    assert isinstance(engine.space, str), "`space` is a word"
    assert engine.space.strip(), "`space` is not empty"
    assert engine.dim > 0, "`dim` is the number of values"
    taken = np.zeros(engine.dim, int)
    for name, part in engine.parts.items():
        assert name, "a part has a name"
        assert range(engine.dim)[part], f"the part {name} lies within the vector"
        taken[part] += 1
    assert taken.max() <= 1, "no value belongs to two parts"


def sees_nothing_in_nothing(engine: Embedder) -> None:
    assert engine.see([]) == [], "no photos, no sights"


def gives_unit_vectors(engine: Embedder) -> None:
    for sight in engine.see([draw_photo(seed) for seed in range(3)]):
        assert sight.values.shape == (engine.dim,), f"values are ({engine.dim},), not {sight.values.shape}"
        assert sight.values.dtype == np.float32, "values are float32"
        npt.assert_allclose(
            np.linalg.norm(sight.values.astype(np.float64)), 1, atol=1e-4, err_msg="values have length 1"
        )


def keeps_the_order(engine: Embedder) -> None:
    """A photo gives the same in any batch, however long, and at any place in it."""
    photos = [draw_photo(seed, 40 + 3 * seed, 90 - 2 * seed) for seed in range(5)]
    alone = [_look(engine, photo) for photo in photos]
    together = engine.see(photos * 8)
    assert len(together) == 40, "one sight per photo"
    for place, sight in enumerate(together):
        npt.assert_allclose(sight.values, alone[place % 5].values, atol=_SAME, err_msg="a batch changes nothing")


def is_deterministic(engine: Embedder) -> None:
    first, second = _look(engine, draw_photo(1)), _look(engine, draw_photo(1))
    npt.assert_array_equal(first.values, second.values, err_msg="the same photo gives the same values")
    assert [f.label for f in first.categories] == [f.label for f in second.categories], "and the same categories"


def takes_every_size(engine: Embedder) -> None:
    for height_px, width_px in ((1, 1), (1, 400), (400, 1), (2, 3), (333, 7), (700, 1100)):
        values = _look(engine, draw_photo(2, height_px, width_px)).values
        assert np.isfinite(values).all(), f"a photo of {width_px} x {height_px} px gives numbers"


def takes_plain_photos(engine: Embedder) -> None:
    """All black, all white: what a covered lens gives is still a vector of length 1."""
    for level in (0, 127, 255):
        values = _look(engine, np.full((64, 64, 3), level, np.uint8)).values
        npt.assert_allclose(np.linalg.norm(values), 1, atol=1e-4, err_msg="a plain photo gives a unit vector")


def leaves_photos_alone(engine: Embedder) -> None:
    """Photos may be views or read-only, and are not written to."""
    photo = draw_photo(3, 120, 120)
    before, turned = photo.copy(), photo[::-1, ::2]
    expected = _look(engine, np.ascontiguousarray(turned)).values
    npt.assert_allclose(_look(engine, turned).values, expected, atol=_SAME, err_msg="a view is a photo")
    photo.flags.writeable = False
    _look(engine, photo)
    npt.assert_array_equal(photo, before, err_msg="a photo is never written to")


def tells_photos_apart(engine: Embedder) -> None:
    """A slightly darker copy is nearer than another thing in another colour."""
    photo, other = draw_photo(4), draw_photo(9)
    darker = (photo * np.float32(0.96)).astype(np.uint8)
    mine, copy, strange = (sight.values for sight in engine.see([photo, darker, other]))
    assert mine @ copy > mine @ strange, "a copy is nearer than something else"


def finds_sensibly(engine: Embedder) -> None:
    for seed, (height_px, width_px) in enumerate(((96, 80), (80, 96), (1, 1), (3, 300), (300, 2), (700, 500))):
        photo = draw_photo(seed, height_px, width_px)
        sight = _look(engine, photo)
        for findings in (sight.categories, sight.colours):
            scores = [finding.score for finding in findings]
            assert all(0 <= score <= 1 for score in scores), "scores are between 0 and 1"
            assert scores == sorted(scores, reverse=True), "the surest comes first"
            assert all(finding.label for finding in findings), "a finding has a name"
        if sight.box_px is not None:
            left, top, right, bottom = sight.box_px
            assert 0 <= left < right <= photo.shape[1], "the box lies in the photo"
            assert 0 <= top < bottom <= photo.shape[0], "the box lies in the photo"


def refuses_what_is_no_photo(engine: Embedder) -> None:
    shapes = (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8), np.zeros((0, 8, 3), np.uint8))
    for wrong in (*shapes, np.zeros((8, 8, 3), np.float32)):
        must_refuse(partial(engine.see, [wrong]), f"{wrong.dtype} {wrong.shape}, which is no photo,")  # type: ignore[list-item]


def serves_many_at_once(engine: Embedder) -> None:
    photos = [draw_photo(seed) for seed in range(8)]
    alone = [_look(engine, photo).values for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda photo: _look(engine, photo).values, photos))
    npt.assert_allclose(together, alone, atol=_SAME, err_msg="threads do not disturb each other")


def reads_nothing_in_nothing(engine: WordEmbedder) -> None:
    assert engine.read([]).shape[0] == 0, "no texts, no rows"


def reads_unit_vectors(engine: WordEmbedder) -> None:
    texts = ["a red dress", "", "Größe 42 – 连衣裙 👗", "shirt " * 500]
    rows = engine.read(texts)
    assert rows.dtype == np.float32, "rows are float32"
    assert rows.shape == (4, getattr(engine, "dim", rows.shape[1])), "one row per text"
    npt.assert_allclose(np.linalg.norm(rows.astype(np.float64), axis=1), 1, atol=1e-4, err_msg="rows have length 1")


def reads_in_order(engine: WordEmbedder) -> None:
    texts = ["hat", "a pair of blue shoes", "hat", "green skirt"]
    rows = engine.read(texts)
    npt.assert_allclose(rows[0], rows[2], atol=_SAME, err_msg="the same words give the same row")
    alone = np.concatenate([engine.read([text]) for text in texts])
    npt.assert_allclose(rows, alone, atol=_SAME, err_msg="a batch changes nothing")
    assert float(rows[0] @ rows[1]) < 1 - 1e-6, "other words give another row"


def _look(engine: Embedder, photo: Pixels) -> Sight:
    (sight,) = engine.see([photo])
    return sight


EMBEDDER_PROMISES: tuple[Callable[[Embedder], None], ...] = (
    names_its_space,
    sees_nothing_in_nothing,
    gives_unit_vectors,
    keeps_the_order,
    is_deterministic,
    takes_every_size,
    takes_plain_photos,
    leaves_photos_alone,
    tells_photos_apart,
    finds_sensibly,
    refuses_what_is_no_photo,
    serves_many_at_once,
)
WORD_PROMISES: tuple[Callable[[WordEmbedder], None], ...] = (
    reads_nothing_in_nothing,
    reads_unit_vectors,
    reads_in_order,
)
