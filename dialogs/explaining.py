"""Why a dialog went where it did: what an answer might have taken, in order, and what held each of them up."""

from collections.abc import Iterator
from dataclasses import dataclass

from dialogs.conversation import Exchange
from dialogs.documents import Steps
from dialogs.scenario import Scenario
from dialogs.trials.ways import describe


@dataclass(frozen=True, slots=True)
class Reason:
    """A transition that was taken, or passed over.

    Args:
        steps: its place in the scenario.
        place: ``file:line:column``.
        words: what it is.
        taken: it was taken.
        hindrance: why not; empty where an earlier one was taken before it came to its turn.
    """

    steps: Steps
    place: str
    words: str
    taken: bool
    hindrance: str


def reasons(scenario: Scenario, exchange: Exchange) -> Iterator[Reason]:
    """Yield what was considered in an exchange, in order, then what else was taken on the way."""
    told: set[Steps] = set()
    for each in exchange.considered:
        taken = each.hindrance is None and each.steps in exchange.went
        told.add(each.steps)
        yield _reason(scenario, each.steps, taken=taken, hindrance=each.hindrance or "")
    for steps in exchange.went:
        if steps not in told:
            yield _reason(scenario, steps, taken=True, hindrance="")


def _reason(scenario: Scenario, steps: Steps, *, taken: bool, hindrance: str) -> Reason:
    place = scenario.sources.problem(steps, "").rstrip(": ")
    return Reason(steps, place, describe(scenario.spec, steps), taken, hindrance)
