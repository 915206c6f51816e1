"""KPIs with ranges that hold, tables of factors that line up, and a made-up shop that has the effects it was given."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from shopsight.catalogue.kpi_days import DailyRow
from shopsight.catalogue.store import Catalogue
from shopsight.errors import TooLittleData
from shopsight.insight.factors import FACTORS, VERSION
from shopsight.insight.readings import estimate_kpi, over_dispersion, read_kpis, wilson
from shopsight.insight.simulate import SOURCE, USUAL, simulate_shop
from shopsight.insight.table import factor_table, kpi_counts, nearest_other, principal_scores
from shopsight.kpis import KPIS
from shopsight.types import KpiDay, Photo, Product, Sight

FIRST = date(2026, 3, 2)


def days(above, below):
    return [KpiDay(FIRST + timedelta(days=n), "", float(a), float(b)) for n, (a, b) in enumerate(zip(above, below))]  # noqa: B905


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_what_others_compute(counts):
    k, n = counts
    theirs = binomtest(k, n).proportion_ci(0.95, "wilson")
    assert wilson(k / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_ranges_cover_the_truth_as_often_as_they_say_though_days_have_whims():
    lot, inside, runs = np.random.default_rng(0), {"share": 0, "traffic": 0, "revenue": 0}, 400
    for _ in range(runs):
        shown = lot.poisson(800, 40)
        share = lot.beta(0.05 * 150, 0.95 * 150, 40)
        found = estimate_kpi(KPIS["click_through"], days(lot.binomial(shown, share), shown))
        inside["share"] += found.low <= 0.05 <= found.high
        found = estimate_kpi(KPIS["traffic"], days(lot.poisson(lot.gamma(20, 5, 40)), np.ones(40)))
        inside["traffic"] += found.low <= 100 <= found.high
        spent = np.array([lot.gamma(2, 15, lot.binomial(n, 0.03)).sum() for n in shown])
        found = estimate_kpi(KPIS["revenue_per_view"], days(spent, shown))
        inside["revenue"] += found.low <= 0.9 <= found.high
    assert all(0.92 <= count / runs <= 0.98 for count in inside.values()), inside


def test_even_days_are_not_called_over_dispersed():
    lot = np.random.default_rng(1)
    even = np.mean([over_dispersion(lot.binomial(500, 0.1, 60) * 1.0, np.full(60, 500.0)) for _ in range(50)])
    assert even == pytest.approx(1.0, abs=0.15)
    assert over_dispersion(np.array([0.0, 100.0]), np.array([500.0, 500.0])) > 50


def test_too_little_is_said():
    with pytest.raises(TooLittleData):
        estimate_kpi(KPIS["conversion"], [])
    with pytest.raises(TooLittleData):
        estimate_kpi(KPIS["traffic"], days([4, 5], [1, 1]))


def test_what_was_never_told_is_not_called_nothing(tmp_path):
    with Catalogue.open(tmp_path) as shop:
        assert read_kpis(shop) == []
        shop.save_daily([DailyRow(FIRST + timedelta(days=n), "click_through", n, 50) for n in range(9)], SOURCE)
        (reading,) = read_kpis(shop)
        assert reading.kpi.name == "click_through"
        assert reading.simulated
        assert (reading.numerator, reading.denominator, reading.days) == (36, 450, 9)
        assert read_kpis(shop, days=2)[0].denominator == 100


# ---- the table -----------------------------------------------------------------------------------------------------


def stocked(folder, count=12):
    """A shop of products with made-up measurements: brightness is the product's number."""
    shop = Catalogue.open(folder)
    lot = np.random.default_rng(0)
    vectors = lot.normal(size=(count, 6)).astype(np.float32)
    vectors[1] = vectors[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    import hashlib

    photos = []
    for n in range(count):
        data = b"\xff\xd8 %d" % n
        photos.append(Photo(hashlib.sha256(data).hexdigest(), 30, 40))
        shop.keep_photo(data, photos[-1])
    kinds = ["Shirts"] * 6 + ["Bags"] * (count - 7) + ["Odd"]
    shop.save([Product(f"P{n:02}", f"Thing {n}", category=kinds[n], photos=(photos[n].id,)) for n in range(count)])
    shop.keep_factors(VERSION, {p.id: dict.fromkeys(FACTORS, 0.5) | {"brightness": n} for n, p in enumerate(photos)})
    shop.keep_sights("test", {photo.id: Sight(vectors[n]) for n, photo in enumerate(photos)})
    return shop, vectors


def test_rows_and_columns_are_what_they_are_called(tmp_path):
    shop, vectors = stocked(tmp_path)
    with shop:
        skus, names, values = factor_table(shop, "test", looks=3)
        assert values.shape == (12, len(names))
        assert values.dtype == np.float32
        assert list(skus) == [f"P{n:02}" for n in range(12)]
        column = {name: values[:, place] for place, name in enumerate(names)}
        assert column["brightness"].tolist() == list(range(12))
        assert "dominant_hue" not in names
        assert column["photo_count"].tolist() == [1] * 12
        assert column["near_duplicate"][:2] == pytest.approx(1, abs=1e-6)
        assert column["near_duplicate"][2:].max() < 0.999
        assert column["category=Shirts"].sum() == 6
        assert "category=Odd" not in names
        assert [name for name in names if name.startswith("look")] == ["look 1", "look 2", "look 3"]
        assert "near_duplicate" not in factor_table(shop, "another").names
        rows = [DailyRow(FIRST + timedelta(days=d), "click_through", 2, 10, sku="P03") for d in range(3)]
        shop.save_daily(rows, "table")
        counts = kpi_counts(shop, "click_through", skus)
        assert counts[3].tolist() == [6, 30]
        assert counts.sum() == 36
    assert nearest_other(vectors)[2] == pytest.approx(np.sort(vectors @ vectors[2])[-2], abs=1e-6)


def test_an_empty_shop_gives_an_empty_table(tmp_path):
    with Catalogue.open(tmp_path) as shop:
        skus, names, values = factor_table(shop)
        assert (len(skus), values.shape) == (0, (0, len(names)))


def test_main_directions_are_those_of_the_covariance():
    vectors = np.random.default_rng(2).normal(size=(60, 5)).astype(np.float32) * [5, 3, 1, 0.5, 0.1]
    scores = principal_scores(vectors.astype(np.float32), 3)
    values = np.linalg.eigvalsh(np.cov(vectors.T))[::-1][:3]
    assert scores.var(axis=0, ddof=1) == pytest.approx(values, rel=1e-3)
    assert np.abs(np.corrcoef(scores.T) - np.eye(3)).max() < 1e-4
    assert principal_scores(vectors.astype(np.float32), 3) == pytest.approx(scores)


# ---- the made-up shop ----------------------------------------------------------------------------------------------


def slope(shop, kpi, factor):
    """Log-odds of the KPI by one spread of the factor, from the products' totals, by weighted least squares."""
    above, below = (one.sum(axis=1) for one in shop.totals(kpi))
    share = (above + 0.5) / (below + 1)
    odds = np.log(share / (1 - share)) if kpi != "traffic" else np.log(above + 0.5)
    return np.polyfit(shop.factors[:, shop.names.index(factor)], odds, 1)[0]


def test_planted_effects_are_there_and_others_are_not():
    planted = {"click_through": {"brightness": 0.3, "clutter": -0.2}, "traffic": {"warmth": 0.25}}
    shop = simulate_shop(7, products=1500, days=30, effects=planted)
    assert slope(shop, "click_through", "brightness") == pytest.approx(0.3, abs=0.04)
    assert slope(shop, "click_through", "clutter") == pytest.approx(-0.2, abs=0.04)
    assert slope(shop, "click_through", "warmth") == pytest.approx(0, abs=0.04)
    assert slope(shop, "traffic", "warmth") == pytest.approx(0.25, abs=0.06)
    assert slope(shop, "traffic", "brightness") == pytest.approx(0, abs=0.06)


def test_the_same_seed_gives_the_same_shop_and_counts_make_sense():
    one, other = simulate_shop(3, 40, 10), simulate_shop(3, 40, 10)
    assert all((one.counts[kind] == other.counts[kind]).all() for kind in one.counts)
    for kpi in USUAL:
        above, below = one.totals(kpi)
        assert (above <= below).all()
    assert not (simulate_shop(4, 40, 10).counts["click"] == one.counts["click"]).all()


def test_its_events_and_its_daily_rows_tell_the_same(tmp_path):
    made = simulate_shop(5, products=4, days=3, impressions_a_day=60)
    with Catalogue.open(tmp_path) as shop:
        assert shop.keep_events(list(made.events()), SOURCE).bots == 0
        rows = [row for row in made.daily("conversion") if row.numerator or row.denominator]
        counted = shop.daily("conversion", by="sku")
        assert {(r.day, r.key, r.numerator, r.denominator) for r in counted} >= {
            (r.day, r.sku, r.numerator, r.denominator) for r in rows
        }
