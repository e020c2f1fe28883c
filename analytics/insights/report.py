"""The weekly report: what it is made of, and how it is made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from analytics.insights.lemmas import Lemmas
from analytics.insights.observed import Observed, Week
from analytics.insights.practice import Outcome, Practice, Rules, find_practices
from analytics.insights.reasons import Known, Reason, find_reasons
from analytics.insights.statements import statements_of
from analytics.insights.totals import MEASURES, Spread, Totals, spreads
from analytics.rulebook import Rulebook, shipped_rulebook
from engine.speech import Language

LEAST_PEOPLE: Final = 10
"""Nothing is told of fewer."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a report covers.

    Args:
        week: that it is about.
        weeks: how many are compared, this one included.
        today: when it is made.
        paid_until: the last day of which payments are known; None where there are none.
        grace_days: after the day of a promise.
        least_people: nothing is told of fewer.
    """

    week: Week
    weeks: int
    today: date
    paid_until: date | None = None
    grace_days: int = 1
    least_people: int = LEAST_PEOPLE

    @property
    def all_weeks(self) -> tuple[Week, ...]:
        """Every week, oldest first."""
        return tuple(self.week.before(number) for number in reversed(range(self.weeks)))


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a report is made from.

    Args:
        totals: over all contacts of its weeks, and the promises that end in its week.
        sample: contacts of its weeks, or where these are many those of people drawn by chance.
        contacts: how many there are in its weeks.
        aside: contacts that were set aside in its week.
    """

    totals: Totals
    sample: tuple[Observed, ...]
    contacts: int
    aside: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All numbers of a weekly report.

    Args:
        period: that it covers.
        totals: contacts by week; promises by segment and caller.
        measures: by name and week.
        practices: by outcome, the surest first.
        reasons: the commonest first.
        sampled: contacts that measures, practices and reasons are of.
        of: contacts in all.
        aside: how many contacts were set aside in the week.
        criteria: what those of scorecards ask, in every language, by ``card/criterion``.
    """

    period: Period
    totals: Totals
    measures: Mapping[str, Mapping[Week, Spread]]
    practices: Mapping[Outcome, tuple[Practice, ...]]
    reasons: tuple[Reason, ...]
    sampled: int
    of: int
    aside: int
    criteria: Mapping[str, Mapping[Language, str]]


class Stage(StrEnum):
    """What the making of a report is at."""

    CONTACTS = "contacts"
    PAYMENTS = "payments"
    SAMPLE = "sample"
    PRACTICES = "practices"
    REASONS = "reasons"


Told = Callable[[Stage, int, int], None]
"""Is told of a stage how much of it is done, and how much it is in all."""


def untold(stage: Stage, done: int, whole: int) -> None:
    """Tell nobody."""


def make_report(
    gathered: Gathered,
    period: Period,
    *,
    rulebook: Rulebook | None = None,
    known: Sequence[Known] = (),
    told: Told = untold,
) -> Report:
    """Return the report of a week.

    Args:
        gathered: what it is made from.
        period: that it covers.
        rulebook: that contacts were judged by; what ships by default.
        known: reasons of earlier reports, whose names last.
        told: how far it is.
    """
    book = rulebook or shipped_rulebook()
    own, least = gathered.sample, period.least_people
    rules = Rules(least_people=max(Rules().least_people, least))
    measured = {name: spreads(own, period.all_weeks, name, least) for name in MEASURES}
    lemmas = Lemmas(utterance for one in own for utterance in one.spoken.utterances)
    practices = {}
    for number, outcome in enumerate(Outcome):
        told(Stage.PRACTICES, number, len(Outcome))
        practices[outcome] = find_practices(own, outcome, rules, lemmas)
    told(Stage.REASONS, 0, 1)
    reasons = find_reasons(
        statements_of(own, lemmas, book.categories.named), period.week, known=known, least_people=least
    )
    told(Stage.REASONS, 1, 1)
    return Report(
        period,
        gathered.totals,
        {name: by_week for name, by_week in measured.items() if by_week},
        practices,
        reasons,
        *(len(own), gathered.contacts, gathered.aside),
        {f"{card.name}/{one.name}": one.says for card in book.cards for one in card.criteria},
    )
