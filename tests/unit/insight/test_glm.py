"""The straight line: the same as statsmodels where that knows the model, and the truth where it does not."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from shopsight.insight.effects import benjamini_hochberg
from shopsight.insight.glm import Family, fit, mean_at


def rows(seed: int, family: Family, *, count: int = 200, between: float = 0.0) -> tuple[np.ndarray, ...]:
    """A design of a constant and three columns, numerators and denominators; slopes 0.3, -0.2, 0."""
    lot = np.random.default_rng(seed)
    design = np.concatenate([np.ones((count, 1)), lot.standard_normal((count, 3))], 1)
    line = design @ np.array([-2.0, 0.3, -0.2, 0.0]) + np.sqrt(between) * lot.standard_normal(count)
    below = lot.integers(50, 800, count).astype(float)
    if family == "binomial":
        return design, lot.binomial(below.astype(int), mean_at(line, family)).astype(float), below
    if family == "poisson":
        return design, lot.poisson(below * mean_at(line, family)).astype(float), below
    return design, below * (line + lot.standard_normal(count) / np.sqrt(below)), below


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_without_oddity_it_is_the_usual_model(family: Family) -> None:
    design, above, below = rows(1, family)
    ours = fit(design, above, below, family, between=0.0)
    if family == "binomial":
        theirs = sm.GLM(np.stack([above, below - above], 1), design, family=sm.families.Binomial()).fit()
    else:
        theirs = sm.GLM(above, design, family=sm.families.Poisson(), exposure=below).fit()
    assert ours.slopes == pytest.approx(theirs.params, abs=1e-6)
    assert np.sqrt(np.diag(ours.plain_covariance)) == pytest.approx(theirs.bse, rel=1e-5)


def test_robust_errors_are_hc3() -> None:
    design, above, _ = rows(2, "gaussian")
    ones = np.ones(len(above))
    ours = fit(design, above, ones, "gaussian", between=0.0)
    theirs = sm.OLS(above, design).fit(cov_type="HC3")
    assert ours.slopes == pytest.approx(theirs.params, rel=1e-8)
    assert ours.errors == pytest.approx(theirs.bse, rel=1e-6)


@pytest.mark.parametrize("family", ["binomial", "poisson", "gaussian"])
def test_the_products_own_oddity_is_found(family: Family) -> None:
    found = np.mean([fit(*rows(seed, family, count=400, between=0.09), family).between for seed in range(12)])
    assert found == pytest.approx(0.09, rel=0.15)
    none = np.mean([fit(*rows(seed, family, count=400), family).between for seed in range(12)])
    assert none < 0.01


@given(st.integers(0, 10_000), st.sampled_from(["binomial", "poisson"]), st.booleans())
def test_sparse_counts_never_break_it(seed: int, family: Family, split: bool) -> None:
    lot = np.random.default_rng(seed)
    above, below = lot.integers(0, 3, 60).astype(float), lot.integers(2, 6, 60).astype(float)
    column = (above > 0).astype(float) if split else lot.standard_normal(60)
    found = fit(np.stack([np.ones(60), column], 1), above, below, family)
    assert np.isfinite(found.slopes).all()
    assert np.isfinite(found.errors).all()


def test_columns_that_are_the_same_share_and_too_few_rows_are_refused() -> None:
    design, above, below = rows(3, "binomial")
    double = np.concatenate([design, design[:, 1:2]], 1)
    assert fit(double, above, below, "binomial").slopes[[1, 4]].sum() == pytest.approx(
        fit(design, above, below, "binomial").slopes[1], abs=1e-4
    )
    with pytest.raises(ValueError, match="4 slopes"):
        fit(design[:4], above[:4], below[:4], "binomial")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_are_those_of_statsmodels(p_values: list[float]) -> None:
    theirs = sm.stats.multipletests(p_values, method="fdr_bh")[1]
    assert benjamini_hochberg(p_values) == pytest.approx(theirs, abs=1e-12)
