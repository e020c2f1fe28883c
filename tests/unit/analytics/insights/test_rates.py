"""Pooled differences and ratios, against figures worked out by another program and by hand."""

import numpy as np
import pytest

from analytics.insights.rates import difference, false_discovery, pool, rate

# with the feature: outcome, all; without it: outcome, all; three strata
ODDS, ODDS_ENDS, P = 2.473429951690821, (1.4140128727113923, 4.326591252447491), 0.0013384592981690036  # statsmodels
TABLES = np.array([[[20, 40], [10, 35], [30, 50]], [[15, 60], [5, 45], [12, 25]]])


def test_one_stratum_is_the_plain_table() -> None:
    found = pool(*(np.array([[number]], float) for number in (30, 50, 20, 60)))
    assert found.difference[0][0] == pytest.approx(30 / 50 - 20 / 60)
    assert found.odds_ratio[0][0] == pytest.approx((30 * 40) / (20 * 20))


def test_strata_as_another_program_pools_them() -> None:
    with_yes, with_all = TABLES[0, :, 0], TABLES[0, :, 1]
    without_yes, without_all = TABLES[1, :, 0], TABLES[1, :, 1]
    found = pool(*(one[None, :].astype(float) for one in (with_yes, with_all, without_yes, without_all)))
    assert found.odds_ratio[0][0] == pytest.approx(ODDS)
    assert (found.odds_ratio[1][0], found.odds_ratio[2][0]) == pytest.approx(ODDS_ENDS)
    assert found.p[0] == pytest.approx(P)


def test_the_interval_of_a_difference_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    sizes, base = np.array([60, 120, 200]), np.array([0.2, 0.5, 0.7])
    ones = random.binomial(sizes // 3, base + 0.1, (4000, 3)).astype(float)
    zeros = random.binomial(sizes, base, (4000, 3)).astype(float)
    found = pool(ones, np.broadcast_to(sizes // 3, ones.shape), zeros, np.broadcast_to(sizes, ones.shape))
    covered = np.mean((found.difference[1] <= 0.1) & (found.difference[2] >= 0.1))
    assert 0.935 < covered < 0.965


def test_a_stratum_without_contrast_adds_nothing() -> None:
    alone = pool(*(np.array([[number]], float) for number in (30, 50, 20, 60)))
    beside = pool(*(np.array([one], float) for one in ([30, 5], [50, 10], [20, 0], [60, 0])))
    assert beside.difference == alone.difference
    assert beside.p == alone.p


def test_rates_and_their_difference_have_intervals_within_bounds() -> None:
    assert rate(0, 10).low == 0
    assert rate(0, 10).high == pytest.approx(0.2775, abs=1e-4)  # Wilson's
    found = difference(56, 70, 48, 80)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)  # Newcombe 1998


def test_false_discoveries_are_controlled() -> None:
    assert list(false_discovery([0.01, 0.04, 0.03, 0.5])) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
