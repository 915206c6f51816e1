"""Chances that behave, verdicts that follow from them, and records that belong to one space."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsight.search.verdict import (
    CAREFUL,
    CROWD,
    KIND,
    MATCH,
    Evidence,
    Judge,
    Logistic,
    closeness,
    judge_for,
    judge_from,
    kind_features,
    lead,
    match_features,
    overlap,
    weigh,
)
from shopsight.types import Finding, Sight

RECORD = {
    "match": {"bias": -3.0, "weights": {"closeness": 2.0, "lead": 3.0}, "usual": {"closeness": 0.0, "lead": 0.0}},
    "kind": {"bias": -1.0, "weights": {"closeness": 2.0, "category": 1.0}, "usual": {"category": 0.5}},
    "cosine_apart": 0.2,
    "cosine_same": 0.9,
    "found_at": 0.5,
    "similar_at": 0.5,
}


def evidence(*cosines: float) -> Evidence:
    return Evidence(np.array(cosines), np.full(len(cosines), 0.5))


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.sampled_from([CAREFUL, judge_from("x", RECORD)]))
def test_chances_lie_between_0_and_1_and_a_verdict_is_always_given(cosines: list[float], judge: Judge) -> None:
    seen = evidence(*sorted(cosines, reverse=True))
    chances = judge.match_chances(seen)
    assert chances.shape == (len(cosines),)
    assert (chances >= 0).all()
    assert (chances <= 1).all()
    assert 0 <= judge.kind_chance(seen) <= 1
    assert judge.verdict(seen) in ("found", "similar", "nothing like it")


def test_the_same_cosine_says_more_when_no_other_product_is_near() -> None:
    judge = judge_from("x", RECORD)
    assert judge.match_chances(evidence(0.9, 0.3))[0] > judge.match_chances(evidence(0.9, 0.89))[0]


def test_without_hits_there_is_nothing_like_it() -> None:
    assert CAREFUL.verdict(evidence()) == "nothing like it"
    assert CAREFUL.match_chances(evidence()).shape == (0,)
    assert CAREFUL.kind_chance(evidence()) == 0


def test_an_unknown_space_is_judged_carefully() -> None:
    judge = judge_for("nobody's space/1")
    assert judge is CAREFUL
    assert not judge.fitted
    assert judge.verdict(evidence(0.999, 0.7)) == "found"
    assert judge.verdict(evidence(0.93, 0.9)) == "similar"
    assert judge.verdict(evidence(0.6, 0.5)) == "nothing like it"


def test_a_record_is_read_as_it_was_written() -> None:
    judge = judge_from("x/1", RECORD)
    assert judge.fitted
    assert judge.likeness(np.array([0.1, 0.2, 0.55, 0.9, 1.0])).tolist() == pytest.approx([0, 0, 0.5, 1, 1])
    near = judge.nearness(np.array([0.1, 0.2, 0.9, 0.95, 1.0])).tolist()
    assert near[:2] == [0, 0]
    assert near[2] < near[3] < near[4] == 1


def test_shipped_records_name_only_features_that_exist() -> None:
    file = resources.files("shopsight.weights") / "verdict.json"
    if not file.is_file():
        pytest.skip("no weights were fitted yet")
    for space, record in json.loads(file.read_text("utf-8")).items():
        assert set(record["match"]["weights"]) <= set(MATCH)
        assert set(record["kind"]["weights"]) <= set(KIND)
        judge = judge_for(space)
        assert judge.fitted
        assert 0 <= judge.cosine_apart < judge.cosine_same <= 1


def test_what_is_unknown_counts_as_usual() -> None:
    model = Logistic(0.0, {"category": 2.0}, {"category": 0.5})
    assert model.chance({"category": np.array([np.nan])}) == model.chance({"category": np.array([0.5])})


def test_leads_are_taken_from_the_best_other_product_in_any_order() -> None:
    near = closeness(np.array([0.2, 0.9, 0.5]))
    assert lead(np.array([0.2, 0.9, 0.5])).tolist() == pytest.approx(
        [near[0] - near[1], near[1] - near[2], near[2] - near[1]]
    )
    assert lead(np.array([0.4])).tolist() == [0]


def test_overlap_is_what_both_have_in_common() -> None:
    red_white = (Finding("red", 0.7), Finding("white", 0.3))
    assert overlap(red_white, red_white) == pytest.approx(1)
    assert overlap(red_white, (Finding("red", 0.2), Finding("blue", 0.8))) == pytest.approx(0.2)
    assert np.isnan(overlap((), red_white))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 30), st.integers(0, 9))
def test_evidence_follows_from_the_vectors(hits: int, seed: int) -> None:
    lot = np.random.default_rng(seed)
    vectors = lot.normal(size=(hits, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors[np.argsort(-vectors[:, 0])]
    query = Sight(np.eye(8, dtype=np.float32)[0], (Finding("hat", 0.6),))
    seen = weigh(query, vectors, [None] * hits, {"shape": slice(0, 4)})
    assert np.allclose(seen.cosines, vectors[:, 0], atol=1e-6)
    for i in range(hits):
        others = [float(vectors[i] @ vectors[j]) for j in range(min(CROWD, hits)) if j != i]
        assert (np.isnan(seen.among[i]) and not others) or seen.among[i] == pytest.approx(max(others), abs=1e-5)
    assert set(match_features(seen)) == set(MATCH)
    assert set(kind_features(seen)) == set(KIND)
    assert seen.sureness == 0.6
