"""Rules say what is true: against published counts, brute force, planted habits and none."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market import read_fimi, read_groceries
from scipy.stats import hypergeom

from shopsight.engines.rules.bitset import Bitset
from shopsight.errors import BadInput, TooLittleData
from shopsight.insight.rules import (
    Limits,
    Rule,
    chance_p,
    find_rules,
    least_count,
    lift_of,
    pack_baskets,
    say,
    share,
)
from shopsight.testing.rules import as_counts, brute_force, hold_to_truth, pack
from shopsight.types import Baskets

MINER = Bitset()


@pytest.fixture(scope="module")
def groceries(shared_data: Path) -> Baskets:
    return read_groceries(shared_data)


@pytest.mark.data
def test_groceries_has_the_published_number_of_frequent_sets(groceries: Baskets) -> None:
    found = MINER.frequent(
        groceries, least_count(0.001, len(groceries)), max_items=10, max_itemsets=10**6, max_seconds=60
    )
    assert (len(groceries), len(found)) == (9835, 13_492)


@pytest.mark.data
@pytest.mark.parametrize(
    ("support", "confidence", "rules", "lasting"),
    [(0.001, 0.5, 5668, None), (0.001, 0.8, 410, 392), (0.006, 0.25, 463, None)],
)
def test_groceries_gives_the_published_rules(
    groceries: Baskets, support: float, confidence: float, rules: int, lasting: int | None
) -> None:
    every = find_rules(groceries, MINER, support, confidence, keep_redundant=True)
    assert len(every.rules) == rules
    if (support, confidence) == (0.001, 0.5):
        assert every.rules[0].lift.value == pytest.approx(18.99565, abs=5e-6)
    some = find_rules(groceries, MINER, support, confidence)
    assert len(some.rules) + some.redundant == rules
    if lasting is not None:
        assert len(some.rules) == lasting


@pytest.mark.data
def test_retail_has_the_published_number_of_frequent_sets(shared_data: Path) -> None:
    retail = read_fimi(shared_data / "baskets" / "retail.dat.gz")
    found = MINER.frequent(retail, least_count(0.001, len(retail)), max_items=10, max_itemsets=10**6, max_seconds=120)
    assert (len(retail), len(found)) == (88_162, 7589)


BASKETS = st.lists(st.lists(st.integers(0, 7), unique=True, max_size=8), max_size=40)


@given(BASKETS, st.integers(1, 6), st.integers(1, 5))
def test_every_frequent_set_and_none_besides(baskets: list[list[int]], least: int, longest: int) -> None:
    hold_to_truth(MINER, pack(baskets, 8), least, longest)


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.integers(0, 6), unique=True, min_size=1, max_size=6), min_size=20, max_size=45),
    st.sampled_from([0.05, 0.1, 0.15, 0.2]),
    st.sampled_from([0.1, 0.3, 0.5, 2 / 3]),
)
def test_rules_are_those_that_counting_by_hand_gives(
    baskets: list[list[int]], support: float, confidence: float
) -> None:
    packed = pack(baskets, 7)
    counts = brute_force(packed, max(2, math.ceil(Fraction(repr(support)) * len(packed))), 7) | {(): len(packed)}
    expected, needless = {}, set()
    for both in counts:
        for right in both if len(both) > 1 else ():
            left = tuple(item for item in both if item != right)
            if counts[both] >= Fraction(repr(confidence)) * counts[left]:
                expected[left, right] = counts[both], counts[left], counts[right,]
                wider = [part for part in counts if set(part) < set(left)]
                sure = Fraction(counts[both], counts[left])
                if any(Fraction(counts[tuple(sorted((*part, right)))], counts[part]) >= sure for part in wider):
                    needless.add((left, right))
    names = {(tuple(map(str, left)), str(right)): value for (left, right), value in expected.items()}
    every = find_rules(packed, MINER, support, confidence, keep_redundant=True)
    assert {(r.left, r.right): (r.together, r.with_left, r.with_right) for r in every.rules} == names
    some = find_rules(packed, MINER, support, confidence)
    assert some.redundant == len(needless)
    assert {(r.left, r.right) for r in some.rules} == {
        (tuple(map(str, left)), str(right)) for left, right in expected.keys() - needless
    }


@given(st.floats(0.0001, 1, exclude_min=True), st.integers(1, 100_000))
def test_a_threshold_is_the_least_count_that_reaches_it(least: float, rows: int) -> None:
    count = least_count(least, rows)
    assert Fraction(count, rows) >= Fraction(repr(least)) > Fraction(count - 1, rows)


@pytest.mark.parametrize("total", [25, 900, 60_000])
def test_the_chance_is_fishers(total: int) -> None:
    rng = np.random.default_rng(total)
    left, right = rng.integers(1, total, 150), rng.integers(1, total, 150)
    least, most = np.maximum(1, left + right - total), np.minimum(left, right)
    together = rng.integers(least, most + 1)
    truth = hypergeom.sf(together - 1, total, left, right)
    np.testing.assert_allclose(chance_p(together, left, right, total), truth, rtol=1e-7, atol=1e-250)


def test_ranges_hold_what_they_promise() -> None:
    """Ranges of simulated baskets hold the true lift and confidence in about 95 of 100 cases."""
    rng = np.random.default_rng(4)
    cells = np.array([0.06, 0.14, 0.09, 0.71])  # both, left only, right only, neither
    lift, confidence = cells[0] / (cells[:2].sum() * (cells[0] + cells[2])), cells[0] / cells[:2].sum()
    held = np.zeros(2)
    for both, left, right, _ in rng.multinomial(600, cells, 2000).tolist():
        found = lift_of(both, both + left, both + right, 600), share(both, both + left)
        held += [one.low <= true <= one.high for one, true in zip(found, (lift, confidence), strict=True)]
    assert ((held / 2000 > 0.93) & (held / 2000 < 0.97)).all()


def test_where_nothing_goes_together_nothing_is_claimed() -> None:
    """Baskets filled by chance give rules above the thresholds, but hardly one whose corrected p-value is small."""
    rng = np.random.default_rng(8)
    false = 0
    for _ in range(40):
        book = find_rules(
            pack_baskets([map(str, np.flatnonzero(row)) for row in rng.random((200, 10)) < 0.3]), MINER, 0.02, 0.1
        )
        assert book.rules
        false += any(rule.p_corrected < 0.05 for rule in book.rules)
    assert false <= 5


def test_measures_follow_their_formulas() -> None:
    rule = Rule(("a", "b"), "c", 20, 50, 80, 400, 0.001, 0.01)
    assert rule.support.value == pytest.approx(0.05)
    assert rule.confidence.value == pytest.approx(0.4)
    assert rule.lift.value == pytest.approx(2.0)
    assert rule.leverage == pytest.approx(0.025)
    assert rule.conviction == pytest.approx(0.8 / 0.6)
    assert rule.lift.kind == "estimated from logs"
    assert rule.lift.low < 2 < rule.lift.high
    assert say(rule, {"c": "Hat"}) == "Who buys a and b also buys Hat: 2.0 times as often as all (20 of 50 baskets)"
    assert Rule(("a",), "c", 50, 50, 80, 400, 0, 0).conviction == math.inf


def test_too_few_baskets_and_wrong_thresholds_are_answers() -> None:
    with pytest.raises(TooLittleData, match="17 more"):
        find_rules(pack_baskets([["a", "b"]] * 3), MINER, 0.1, 0.1)
    for wrong in (0, -0.1, 1.1, math.nan):
        with pytest.raises(BadInput):
            find_rules(pack_baskets([["a", "b"]] * 30), MINER, wrong, 0.1)


def test_fifty_long_baskets_of_the_same_goods_end_with_a_cure() -> None:
    same = pack_baskets([[str(item) for item in range(50)]] * 50)
    with pytest.raises(BadInput, match="minimum support"):
        find_rules(same, MINER, 0.5, 0.5, limits=Limits(max_items=50, max_itemsets=50_000))
    pairs = find_rules(same, MINER, 0.5, 0.5, limits=Limits(max_items=2))
    assert pairs.itemsets == 50 + 50 * 49 // 2
    assert pairs.rules == ()  # all of them say no more than that everybody buys everything
    assert pairs.redundant == 50 * 49


def test_the_miner_answers_for_short_sets_of_long_baskets() -> None:
    found = MINER.frequent(pack([list(range(50))] * 50, 50), 50, max_items=2, max_itemsets=10**6, max_seconds=60)
    assert as_counts(found)[3, 7] == 50
