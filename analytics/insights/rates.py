"""Rates and their differences, over strata: Mantel and Haenszel's pooled estimates with intervals.

Pooled over strata, what only differs between segments makes no difference: within each, contacts are compared with
contacts of the same segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

_Z: Final = float(stats.norm.ppf(0.975))
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """Estimates for many features at once, each array of shape (features,); not a number where nothing can be told.

    Args:
        difference: of rates, with the feature less without it (Mantel-Haenszel), its low and high end (by Sato).
        odds_ratio: Mantel-Haenszel's, its low and high end (variance of Robins, Breslow and Greenland).
        p: of Cochran, Mantel and Haenszel's test that there is no difference, two-sided.
    """

    difference: tuple[Counts, Counts, Counts]
    odds_ratio: tuple[Counts, Counts, Counts]
    p: Counts


def pool(with_yes: Counts, with_all: Counts, without_yes: Counts, without_all: Counts) -> Pooled:
    """Pool 2 × 2 tables over strata.

    Args:
        with_yes: contacts with the feature and the outcome, shape (features, strata).
        with_all: contacts with the feature.
        without_yes: contacts without it that have the outcome.
        without_all: contacts without it.
    """
    a, n1, c, n0 = (np.asarray(one, np.float64) for one in (with_yes, with_all, without_yes, without_all))
    n = np.maximum(n1 + n0, 1)
    told = (n1 > 0) & (n0 > 0)
    a, n1, c, n0 = (np.where(told, one, 0.0) for one in (a, n1, c, n0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return Pooled(_difference(a, n1, c, n0, n), _odds_ratio(a, n1 - a, c, n0 - c, n), _p(a, n1, c, n0, n))


def _difference(a: Counts, n1: Counts, c: Counts, n0: Counts, n: Counts) -> tuple[Counts, Counts, Counts]:
    weight = (n1 * n0 / n).sum(axis=1)
    value = ((a * n0 - c * n1) / n).sum(axis=1) / weight
    one = ((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2).sum(axis=1)
    two = ((a * (n0 - c) + c * (n1 - a)) / (2 * n)).sum(axis=1)
    margin = _Z * np.sqrt(np.maximum(value * one + two, 0)) / weight
    return value, np.maximum(value - margin, -1), np.minimum(value + margin, 1)


def _odds_ratio(a: Counts, b: Counts, c: Counts, d: Counts, n: Counts) -> tuple[Counts, Counts, Counts]:
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    sum_r, sum_s = r.sum(axis=1), s.sum(axis=1)
    variance = (
        (p * r).sum(axis=1) / (2 * sum_r**2)
        + (p * s + q * r).sum(axis=1) / (2 * sum_r * sum_s)
        + (q * s).sum(axis=1) / (2 * sum_s**2)
    )
    value, factor = sum_r / sum_s, np.exp(_Z * np.sqrt(variance))
    low, high = value / factor, value * factor  # of no number where a cell of the pooled table is empty
    return value, np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), np.inf, high)


def _p(a: Counts, n1: Counts, c: Counts, n0: Counts, n: Counts) -> Counts:
    yes = a + c
    off = (a - n1 * yes / n).sum(axis=1)
    variance = (n1 * n0 * yes * (n - yes) / (n**2 * np.maximum(n - 1, 1))).sum(axis=1)
    p: Any = stats.chi2.sf(off**2 / variance, 1)
    return np.asarray(p, np.float64)


def rate(yes: int, of: int) -> Interval:
    """Return a rate with Wilson's interval; of nothing it is not a number."""
    if not of:
        return Interval(float("nan"), 0.0, 1.0)
    share = yes / of
    middle = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    margin = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2)) / (1 + _Z**2 / of)
    return Interval(share, max(0.0, middle - margin), min(1.0, middle + margin))


def difference(yes: int, of: int, other_yes: int, other_of: int) -> Interval:
    """Return how much higher the first of two rates is, with Newcombe's interval."""
    one, two = rate(yes, of), rate(other_yes, other_of)
    value = one.value - two.value
    low = value - sqrt((one.value - one.low) ** 2 + (two.high - two.value) ** 2)
    high = value + sqrt((one.high - one.value) ** 2 + (two.value - two.low) ** 2)
    return Interval(value, low, high)


def false_discovery(p: Sequence[float] | Counts) -> Counts:
    """Return Benjamini and Hochberg's q: keeping what is below 0.05 keeps 5 % of false findings at most, on average."""
    adjusted: Any = stats.false_discovery_control(np.asarray(p, np.float64), method="bh")
    return np.asarray(adjusted, np.float64)
