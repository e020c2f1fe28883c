"""What an experiment shows: intervals against published figures, the plan, and the words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dialogs.library.comparison import Interval, Verdict, compare, newcombe, rate
from dialogs.library.experiment import Arm, Experiment
from engine.calls import Disposition
from engine.store import OutcomeCount

NOW = datetime(2026, 11, 20, tzinfo=UTC)
HALVES = Experiment("e1", "reminder", 1, 2, 0.5, Disposition.PROMISE_TO_PAY, 0.05, "chief", NOW)
"""Half of the accounts each; five points matter."""


def counts(a: tuple[int, int], b: tuple[int, int]) -> dict[Arm, OutcomeCount]:
    """Return successes and reached of each arm."""
    return {arm: OutcomeCount(2 * n, n, k) for arm, (k, n) in zip(Arm, (a, b), strict=True)}


def known(successes: int, trials: int) -> Interval:
    found = rate(successes, trials)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_rates_have_the_intervals_of_wilson(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3."""
    found = known(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("b", "a", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((5, 56), (0, 29), -0.0381, 0.1926)],
)
def test_differences_have_the_intervals_of_newcombe(
    b: tuple[int, int], a: tuple[int, int], low: float, high: float
) -> None:
    """The same, p. 873, table II, method 10."""
    found = newcombe(known(*a), known(*b))
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_the_plan_is_that_of_the_textbook() -> None:
    """30 % against 35 %, two-sided 5 %, power 80 %: 1377 each; with a fifth in B it takes more in all, and A most."""
    plan = compare(HALVES, counts((300, 1000), (300, 1000))).planned
    assert plan == {Arm.A: 1377, Arm.B: 1377}
    fifth = compare(replace(HALVES, share=0.2), counts((300, 1000), (300, 1000))).planned
    assert fifth[Arm.A] == pytest.approx(4 * fifth[Arm.B], abs=4)
    assert sum(fifth.values()) > sum(plan.values())


@pytest.mark.parametrize(
    ("a", "b", "verdict", "words"),
    [
        ((0, 0), (0, 0), Verdict.NOTHING_YET, "Nothing can be said yet: to see a difference of 5 points, about 2800"),
        ((30, 100), (33, 100), Verdict.NO_DIFFERENCE_SEEN, "No difference can be seen yet: to see one of 5 points,"),
        ((30, 100), (60, 100), Verdict.PRELIMINARY, "B looks better, by 16.3 to 42.2 points, but it is too early"),
        ((60, 100), (30, 100), Verdict.PRELIMINARY, "A looks better, by 16.3 to 42.2 points, but it is too early"),
        ((600, 2000), (700, 2000), Verdict.B_BETTER, "B is better: promise to pay is more frequent by 2.1 to 7.9"),
        ((700, 2000), (600, 2000), Verdict.A_BETTER, "A is better: promise to pay is more frequent by 2.1 to 7.9"),
        ((600, 2000), (610, 2000), Verdict.NO_MATTER, "No difference was seen with as many debtors as planned"),
    ],
)
def test_the_verdict_is_told_in_words(a: tuple[int, int], b: tuple[int, int], verdict: Verdict, words: str) -> None:
    """A difference before the planned number is no decision."""
    found = compare(HALVES, counts(a, b))
    assert found.verdict is verdict
    assert found.words.startswith(words), found.words


def test_missing_debtors_are_counted_at_the_shares_of_the_arms() -> None:
    """With a fifth in B five must be reached for each that B lacks."""
    found = compare(replace(HALVES, share=0.2), counts((900, 3000), (0, 0)))
    assert found.missing == pytest.approx(5 * found.planned[Arm.B], abs=5)
