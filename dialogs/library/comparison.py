"""What an experiment shows: the rate of each arm and their difference, with intervals, and what that means in words.

Rates are of accounts, not of calls: the assignment is by account, and two calls to one debtor are not independent.
Each arm has the score interval of Wilson (1927), the difference that of Newcombe (Statistics in Medicine 17, 1998,
method 10), which is built from them and holds for small numbers too. The planned size is that of the usual
normal approximation for two proportions (Fleiss, Statistical Methods for Rates and Proportions, 3.2), 80 % power.

Whoever looks every day and stops at the first difference finds one where there is none. So until the planned number of
accounts is reached, a difference is told as preliminary.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto
from statistics import NormalDist
from typing import Final

from dialogs.library.experiment import Arm, Experiment
from engine.store import CallArchive, OutcomeCount

CONFIDENCE: Final = 0.95
POWER: Final = 0.8

_ASSUMED_RATE: Final = 0.3
"""Of success, for the plan, while nobody has been reached."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the limits of its 95 % interval; rates in 0..1."""

    value: float
    low: float
    high: float


class Verdict(Enum):
    """What can be said."""

    NOTHING_YET = auto()
    """Somebody has yet to be reached in each arm."""
    NO_DIFFERENCE_SEEN = auto()
    """The interval of the difference holds 0."""
    PRELIMINARY = auto()
    """It does not, but fewer accounts than planned were reached."""
    B_BETTER = auto()
    A_BETTER = auto()
    NO_MATTER = auto()
    """As many as planned were reached, and no difference was seen."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two arms side by side.

    Args:
        experiment: what was tried.
        counts: by arm.
        rates: of success among the reached, by arm; None where nobody was reached.
        difference: B less A; None where nobody was reached in one of them.
        planned: accounts to be reached in each arm, A and B, to see a difference that matters.
        verdict: what can be said.
    """

    experiment: Experiment
    counts: dict[Arm, OutcomeCount]
    rates: dict[Arm, Interval | None]
    difference: Interval | None
    planned: dict[Arm, int]
    verdict: Verdict

    @property
    def missing(self) -> int:
        """How many accounts more must be reached, at these shares, until both arms have as many as planned."""
        share = self.experiment.share
        lacks = {arm: max(0, self.planned[arm] - self.counts[arm].reached) for arm in Arm}
        return math.ceil(max(lacks[Arm.A] / (1 - share), lacks[Arm.B] / share))

    @property
    def words(self) -> str:
        """The verdict in plain words."""
        outcome = self.experiment.outcome.value.replace("_", " ")
        worth = f"{_points(self.experiment.worth)} points"
        more = f"about {_rounded(self.missing)} more debtors"
        match self.verdict:
            case Verdict.NOTHING_YET:
                return f"Nothing can be said yet: to see a difference of {worth}, {more} must be reached."
            case Verdict.NO_DIFFERENCE_SEEN:
                return f"No difference can be seen yet: to see one of {worth}, {more} must be reached."
            case Verdict.PRELIMINARY:
                return (
                    f"{self._leader} looks better, {self._gap}, but it is too early to decide: {more} must be reached "
                    "as planned. Whoever stops at the first difference often stops at chance."
                )
            case Verdict.NO_MATTER:
                return f"No difference was seen with as many debtors as planned; one of {worth} would mostly have been."
            case Verdict.A_BETTER | Verdict.B_BETTER:
                return f"{self._leader} is better: {outcome} is more frequent {self._gap}."

    @property
    def _leader(self) -> Arm:
        assert self.difference is not None
        return Arm.B if self.difference.value > 0 else Arm.A

    @property
    def _gap(self) -> str:
        assert self.difference is not None
        ends = sorted((abs(self.difference.low), abs(self.difference.high)))
        return f"by {_points(ends[0])} to {_points(ends[1])} points"


def compare(experiment: Experiment, counts: dict[Arm, OutcomeCount]) -> Comparison:
    """Return what an experiment shows by these counts."""
    rates = {arm: rate(count.successes, count.reached) for arm, count in counts.items()}
    a, b = rates[Arm.A], rates[Arm.B]
    difference = newcombe(a, b) if a is not None and b is not None else None
    planned = _planned(experiment, a.value if a is not None else _ASSUMED_RATE)
    enough = all(counts[arm].reached >= planned[arm] for arm in Arm)
    return Comparison(experiment, counts, rates, difference, planned, _verdict(difference, enough))


def measure(experiment: Experiment, archive: CallArchive) -> Comparison:
    """Return what an experiment shows by the calls since its start. Blocks on the database.

    Raises:
        StoreError: the database cannot be read.
    """
    labels = {arm: experiment.label(arm) for arm in Arm}
    found = archive.outcomes(list(labels.values()), experiment.outcome, experiment.started_at)
    return compare(experiment, {arm: found[label] for arm, label in labels.items()})


def rate(successes: int, trials: int) -> Interval | None:
    """Return a rate with its Wilson interval, or None where nothing was tried."""
    if not trials:
        return None
    from scipy.stats import binomtest  # slow to load, and few pages compare

    limits = binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(successes / trials, float(limits.low), float(limits.high))


def newcombe(a: Interval, b: Interval) -> Interval:
    """Return the difference of two rates, the second less the first, with its interval from theirs."""
    value = b.value - a.value
    below = math.hypot(b.value - b.low, a.high - a.value)
    above = math.hypot(b.high - b.value, a.value - a.low)
    return Interval(value, value - below, value + above)


def _planned(experiment: Experiment, base: float) -> dict[Arm, int]:
    """Return how many must be reached in each arm to see a difference that matters."""
    other = base + experiment.worth if base <= 0.5 else base - experiment.worth
    ratio = experiment.share / (1 - experiment.share)
    pooled = (base + ratio * other) / (1 + ratio)
    z_level, z_power = (NormalDist().inv_cdf(share) for share in (0.5 + CONFIDENCE / 2, POWER))
    spread = z_level * math.sqrt((1 + 1 / ratio) * pooled * (1 - pooled))
    spread += z_power * math.sqrt(base * (1 - base) + other * (1 - other) / ratio)
    in_a = math.ceil((spread / experiment.worth) ** 2)
    return {Arm.A: in_a, Arm.B: math.ceil(in_a * ratio)}


def _verdict(difference: Interval | None, enough: bool) -> Verdict:
    if difference is None:
        return Verdict.NOTHING_YET
    if difference.low <= 0 <= difference.high:
        return Verdict.NO_MATTER if enough else Verdict.NO_DIFFERENCE_SEEN
    if not enough:
        return Verdict.PRELIMINARY
    return Verdict.B_BETTER if difference.value > 0 else Verdict.A_BETTER


def _points(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def _rounded(count: int) -> int:
    """Return a number with the two digits that an estimate is worth, upwards."""
    unit: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // unit) * unit
