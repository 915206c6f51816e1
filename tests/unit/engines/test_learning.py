"""The numbers behind a trained classifier: who examines whom, honest ranges, a head that is what it says on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.engines import find_record, load
from shopsight.engines.learn.crossing import Lesson, learn, try_recipe
from shopsight.engines.learn.examining import calibration_error, examine, share
from shopsight.engines.learn.keeping import check_name, keep_engine, name_from, pack_head, unpack_head
from shopsight.engines.learn.linear import Recipe, fit_head, fit_temperature, soften
from shopsight.engines.learn.searching import search_recipe
from shopsight.engines.learn.splitting import deal_out, groups_of_class, join_groups
from shopsight.errors import BadInput, Damaged
from shopsight.testing import promises_of


def blobs(seed: int = 0, each: int = 40, labels: int = 3, apart: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around one direction a class."""
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(labels), each)
    vectors = apart * np.eye(labels, 12)[classes] + 0.35 * rng.normal(size=(len(classes), 12))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), classes.astype(np.int64)


def lesson(seed: int = 0, apart: float = 1.0) -> Lesson:
    vectors, classes = blobs(seed, apart=apart)
    return Lesson(vectors, classes, deal_out(classes, np.arange(len(classes)), 5), 3)


# --- who examines whom -------------------------------------------------------------------------------------------


def test_rows_that_share_anything_are_one_group() -> None:
    groups = join_groups(["a", "b", "c", "d"], ["p", "q", "q", "r"], ["", "", "x", "x"])
    assert groups[1] == groups[2] == groups[3]
    assert groups[0] != groups[1]


@given(st.integers(0, 10_000))
def test_a_group_is_never_on_both_sides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 40, 150)
    classes = rng.integers(0, 3, 40)[groups]
    fold = deal_out(classes, groups, 5, seed)
    assert all(len(set(fold[groups == group])) == 1 for group in set(groups))
    assert set(fold) == set(range(5))


def test_groups_of_a_class_are_counted_once() -> None:
    assert groups_of_class(np.array([0, 0, 1, 1]), np.array([5, 5, 5, 6]), 3).tolist() == [1, 2, 0]


# --- honest figures ----------------------------------------------------------------------------------------------


def test_an_examination_counts_what_happened() -> None:
    classes = np.array([0, 0, 0, 1])
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    found = examine(["a", "b"], classes, chances, np.arange(4))
    assert found.confusion == ((2, 1), (0, 1))
    assert (found.accuracy.value, found.baseline.value) == (0.75, 0.75)
    a, b = found.classes
    assert (a.precision, a.recall, a.support) == (1.0, pytest.approx(2 / 3), 3)
    assert (b.precision, b.recall, b.support) == (0.5, 1.0, 1)
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert not found.beats_baseline


def test_a_class_that_is_never_called_has_no_precision() -> None:
    found = examine(["a", "b"], np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]]), np.arange(2))
    assert found.classes[1].precision is None


def test_the_range_holds_the_truth_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(1)
    held = [share(rng.random(80) < 0.8, np.arange(80)) for _ in range(400)]
    assert 0.92 <= np.mean([each.low <= 0.8 <= each.high for each in held]) <= 0.99


def test_related_photos_make_the_range_wider_and_still_hold_the_truth() -> None:
    """Whole groups are right or wrong together: eighty photos of twenty products are twenty answers."""
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(20), 4)
    ranges = []
    for _ in range(300):
        right = np.repeat(rng.random(20) < 0.8, 4)
        ranges.append((share(right, groups), share(right, np.arange(80))))
    assert np.mean([one.high - one.low for one, _ in ranges]) > 1.5 * np.mean([b.high - b.low for _, b in ranges])
    assert np.mean([one.low <= 0.8 <= one.high for one, _ in ranges]) >= 0.9
    assert np.mean([alone.low <= 0.8 <= alone.high for _, alone in ranges]) < 0.85


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60))
def test_a_range_is_a_range(rows: list[tuple[bool, int]]) -> None:
    right, groups = (np.array(column) for column in zip(*rows, strict=True))
    found = share(right.astype(bool), groups)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.rows == len(rows)


def test_calibration_error_is_the_gap_between_certainty_and_truth() -> None:
    chances = np.tile([0.8, 0.2], (10, 1))
    assert calibration_error(chances, np.array([0] * 8 + [1] * 2)) == pytest.approx(0)
    assert calibration_error(chances, np.zeros(10, int)) == pytest.approx(0.2)


# --- the head ----------------------------------------------------------------------------------------------------


def test_a_head_learns_what_can_be_learnt_and_is_calibrated() -> None:
    made = lesson(apart=0.8)
    learnt = learn(made, [try_recipe(made, Recipe())])
    assert float((learnt.chances.argmax(axis=1) == made.classes).mean()) > 0.85
    np.testing.assert_allclose(learnt.chances.sum(axis=1), 1)
    vectors, classes = blobs(9, each=400, apart=0.8)
    assert calibration_error(learnt.head.chances(vectors), classes) < 0.06


def test_labels_that_say_nothing_are_not_learnt() -> None:
    """Mixed-up labels give chance, not more: no photo examines a head that has seen it."""
    made = lesson()
    mixed = np.random.default_rng(3).permutation(made.classes)
    shuffled = Lesson(made.vectors, mixed, made.fold, 3)
    learnt = learn(shuffled, [try_recipe(shuffled, Recipe())])
    found = examine(["a", "b", "c"], mixed, learnt.chances, np.arange(len(mixed)))
    assert found.accuracy.low < 1 / 3 < found.accuracy.high + 0.02
    assert not found.beats_baseline


def test_two_classes_and_a_class_that_was_never_seen() -> None:
    vectors, classes = blobs(labels=3)
    some = classes < 2
    head = fit_head(vectors[some], classes[some], 3, Recipe())
    chances = head.chances(vectors[some])
    assert float((chances.argmax(axis=1) == classes[some]).mean()) > 0.9
    assert chances[:, 2].max() < 1e-6


@given(st.floats(0.3, 4.0))
def test_the_temperature_is_found_again(warmth: float) -> None:
    rng = np.random.default_rng(0)
    logits = 3 * rng.normal(size=(4000, 3))
    chances = soften(logits, warmth)
    classes = (rng.random((4000, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    assert fit_temperature(logits, classes) == pytest.approx(warmth, rel=0.2)


def test_searching_tries_the_usual_recipe_first_and_can_be_made_again() -> None:
    pytest.importorskip("optuna", reason="the extra 'train' is not installed")
    told: list[tuple[int, int]] = []
    first, second = (search_recipe(lesson(), 4, lambda n, all_: told.append((n, all_))) for _ in range(2))
    assert [trial.recipe for trial, _ in first] == [trial.recipe for trial, _ in second]
    assert first[0][0].recipe == Recipe()
    assert told[:4] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    learnt = learn(lesson(), first)
    assert learnt.recipe == min(first, key=lambda each: each[0].surprise)[0].recipe


def test_a_senseless_number_of_trials_is_refused() -> None:
    with pytest.raises(BadInput, match="trials"):
        search_recipe(lesson(), 0, lambda *_: None)


# --- at rest -----------------------------------------------------------------------------------------------------


class Plain:
    """An embedding engine whose vector is the mean colour."""

    space, dim = "plain/1", 3
    parts: dict[str, slice] = {}  # noqa: RUF012

    def see(self, photos: list[np.ndarray]) -> list[object]:
        from shopsight.types import Sight

        means = [photo.reshape(-1, 3).mean(axis=0) + 1 for photo in photos]
        return [Sight((mean / np.linalg.norm(mean)).astype(np.float32)) for mean in means]


CARD = {
    "labels": ["red", "green", "blue"],
    "method": "linear",
    "embedding": {"engine": "histogram", "space": "plain/1", "dim": 3},
}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    colours = np.repeat(np.eye(3, dtype=np.float32), 10, axis=0)
    head = fit_head(colours, np.repeat(np.arange(3), 10), 3, Recipe(100.0))
    keep_engine(tmp_path / "mine", "head.npz", pack_head(head), CARD)
    return tmp_path / "mine"


def coloured(channel: int) -> np.ndarray:
    photo = np.zeros((20, 30, 3), np.uint8)
    photo[..., channel] = 255
    return photo


def test_what_was_kept_recognises_again(kept: Path) -> None:
    engine = load(str(kept), embedder=Plain())
    found = engine.recognise([coloured(n) for n in (2, 0, 1)], "classify")
    assert [findings[0].label for findings in found] == ["blue", "red", "green"]
    assert all(sum(f.score for f in findings) == pytest.approx(1) for findings in found)
    assert find_record(str(kept)).ability == "recognise"


@pytest.mark.parametrize("index", range(13))
def test_a_trained_engine_keeps_every_promise(kept: Path, index: int) -> None:
    engine = load(str(kept), embedder=Plain())
    promises_of(engine)[index](engine)


def test_the_same_head_gives_the_same_bytes(kept: Path) -> None:
    (weights,) = kept.glob("head-*.npz")
    assert pack_head(unpack_head(weights, 3, 3)) == weights.read_bytes()


def test_training_again_leaves_one_whole_engine(kept: Path) -> None:
    vectors, classes = blobs(labels=3)
    keep_engine(kept, "head.npz", pack_head(fit_head(vectors[:, :3], classes, 3, Recipe())), CARD)
    assert len(list(kept.iterdir())) == 2
    load(str(kept), embedder=Plain())


def test_changed_weights_are_refused(kept: Path) -> None:
    (weights,) = kept.glob("head-*.npz")
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="not the file that was pinned"):
        load(str(kept), embedder=Plain())


def test_pickled_weights_are_never_opened(kept: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]

    room = tmp_path / "evil.npz"
    np.savez(room, middle=np.array([Evil()], object), weights=np.zeros((3, 3)), bias=np.zeros(3), temperature=1.0)
    keep_engine(kept, "head.npz", room.read_bytes(), CARD)
    with pytest.raises(Damaged, match="cannot be read"):
        load(str(kept), embedder=Plain())
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"files": {}}', '{"files": {"../x.npz": {}}}'])
def test_a_broken_card_is_refused(kept: Path, text: str) -> None:
    (kept / "card.json").write_text(text)
    with pytest.raises(Damaged, match="card"):
        load(str(kept), embedder=Plain())


def test_numbers_that_do_not_fit_the_card_are_refused(kept: Path) -> None:
    card = json.loads((kept / "card.json").read_text())
    (kept / "card.json").write_text(json.dumps({**card, "labels": ["red", "green"]}))
    with pytest.raises(Damaged, match="do not fit"):
        load(str(kept), embedder=Plain())


def test_another_embedding_engine_is_refused(kept: Path) -> None:
    with pytest.raises(BadInput, match="Train it again"):
        load(str(kept))


@pytest.mark.parametrize("name", ["", "../x", "A", "x" * 41, ".hidden", "a b"])
def test_names_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        check_name(name)


def test_a_name_is_made_from_the_label() -> None:
    assert check_name(name_from("attribute:Länge / Ärmel")) == "l-nge-rmel"
    assert name_from("category") == "category"
