"""What goes with a good or a bad end of contacts: words, categories, criteria and measures, compared within strata."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.insights.lemmas import Lemmas
from analytics.insights.observed import Observed
from analytics.insights.phrases import phrases_of
from analytics.insights.rates import Interval, false_discovery, pool
from analytics.measures import REGISTRY
from analytics.measures.registry import Scope
from analytics.measures.values import Side

_Flags = NDArray[np.bool_]
_SAME: Final = 0.7
"""Of two phrases that share so much of their contacts (Jaccard), the weaker one says nothing new."""
_WITHIN: Final = 0.9
"""Nor does it, of two with a word in common, where so much of the rarer one's contacts have the other."""


class Outcome(StrEnum):
    """What contacts are compared by."""

    KEPT = "kept"
    """What was promised was paid."""
    REPEATED = "repeated"
    """Another contact followed within 7 days."""

    @property
    def good(self) -> bool:
        """Whether it is wanted."""
        return self is Outcome.KEPT

    def of(self, contact: Observed) -> bool | None:
        """Return whether a contact ended so; None where that cannot be told."""
        return contact.kept if self is Outcome.KEPT else contact.repeated


class FeatureKind(StrEnum):
    """What a contact has."""

    PHRASE = "phrase"
    FINDING = "finding"
    """A category, or a criterion of a scorecard that is met."""
    MEASURE = "measure"
    """A measure above a threshold: its median, or nothing."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What some contacts have and others do not.

    Args:
        kind: of it.
        side: whose words or conduct.
        name: the phrase as it is said most often, the category, or the measure.
        above: of a measure; None of others.
    """

    kind: FeatureKind
    side: Side
    name: str
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Where a feature can be heard."""

    contact_id: str
    start_s: float | None


@dataclass(frozen=True, slots=True)
class Practice:
    """A feature that goes with an outcome. It need not be its cause.

    Args:
        outcome: that contacts were compared by.
        feature: that some have.
        difference: of the rates of the outcome, with it less without it, pooled over strata.
        odds_ratio: the same as a ratio of odds, pooled.
        rate_with: of the outcome in contacts with it, over all strata together.
        rate_without: in those without it.
        people_with: how many people there are with it in strata that tell something.
        people_without: how many without.
        p: of no difference, in the stratified test.
        q: the same, controlled for how many features were tried.
        examples: contacts with it that ended as most of its contacts' difference says, latest first.
    """

    outcome: Outcome
    feature: Feature
    difference: Interval
    odds_ratio: Interval
    rate_with: float
    rate_without: float
    people_with: int
    people_without: int
    p: float
    q: float
    examples: tuple[Example, ...]

    @property
    def good(self) -> bool:
        """Whether it goes with what is wanted."""
        return (self.difference.value > 0) == self.outcome.good


def _usual_stratum(one: Observed) -> tuple[str, ...]:
    """What is said depends on the language, so that without it words would stand for their language."""
    return one.segment, one.caller, one.conversation.medium, one.language or ""


@dataclass(frozen=True, slots=True)
class Rules:
    """How practices are looked for.

    Args:
        least_people: with a feature, and without it, for it to be told at all.
        least_agents: of the bank's people who must have said a phrase.
        false_discoveries: share of false findings, at most, on average.
        stratum: what contacts are compared within.
        examples: of each at most.
    """

    least_people: int = 20
    least_agents: int = 3
    false_discoveries: float = 0.05
    stratum: Callable[[Observed], tuple[str, ...]] = _usual_stratum
    examples: int = 3


@dataclass(frozen=True, slots=True)
class _Tried:
    """A feature with the contacts that have it, by number; `starts_s` is not a number where it has no place.

    Held so, many phrases take little memory.
    """

    feature: Feature
    where: NDArray[np.uint32]
    starts_s: NDArray[np.float32]
    known: _Flags

    @property
    def present(self) -> _Flags:
        flags = np.zeros(len(self.known), np.bool_)
        flags[self.where] = True
        return flags


def find_practices(
    contacts: Sequence[Observed], outcome: Outcome, rules: Rules | None = None, lemmas: Lemmas | None = None
) -> tuple[Practice, ...]:
    """Return what goes with an outcome, the surest first.

    Of each person the first contact that has the outcome, or lacks it, counts, since contacts of one person are not
    independent. Where somebody else answered, nothing is compared.

    Args:
        contacts: of a period, in any order.
        outcome: to compare by.
        rules: how; the usual ones by default.
        lemmas: chosen over all contacts; by default over those that are compared.
    """
    rules = rules or Rules()
    taken = _one_of_each(contacts, outcome)
    if len(taken) < 2 * rules.least_people:
        return ()
    ended = np.array([bool(outcome.of(one)) for one in taken])
    names = [rules.stratum(one) for one in taken]
    strata = np.array([sorted(set(names)).index(name) for name in names])
    tried = [*_phrases(taken, rules, lemmas), *_findings(taken), *_measures(taken)]
    tables = np.array([_tables(one, ended, strata) for one in tried])
    if not len(tables):
        return ()
    told = (tables[:, 1] > 0) & (tables[:, 3] > 0)
    people = np.where(told[:, None, :], tables, 0).sum(axis=2)
    enough = (people[:, 1] >= rules.least_people) & (people[:, 3] >= rules.least_people)
    tried = [one for one, is_enough in zip(tried, enough, strict=True) if is_enough]
    tables, people = tables[enough], people[enough]
    pooled = pool(*(tables[:, number] for number in range(4)))
    p = np.where(np.isfinite(pooled.p), pooled.p, 1.0)
    q = false_discovery(p) if len(p) else p
    found: list[Practice] = []
    kept: list[_Tried] = []
    for at in sorted(
        range(len(tried)), key=lambda one: (p[one], -len(tried[one].feature.name), tried[one].feature.name)
    ):
        if q[at] > rules.false_discoveries or any(_same(tried[at], one) for one in kept):
            continue
        kept.append(tried[at])
        with_yes, with_all, without_yes, without_all = people[at]
        low_high = Interval(*(float(one[at]) for one in pooled.difference))
        found.append(
            Practice(
                *(outcome, tried[at].feature, low_high, Interval(*(float(one[at]) for one in pooled.odds_ratio))),
                *(float(with_yes / with_all), float(without_yes / without_all), int(with_all), int(without_all)),
                *(float(p[at]), float(q[at]), _examples(taken, tried[at], ended == (low_high.value > 0), rules)),
            )
        )
    return tuple(found)


def _one_of_each(contacts: Sequence[Observed], outcome: Outcome) -> list[Observed]:
    first: dict[str, Observed] = {}
    for one in sorted(contacts, key=lambda one: (one.conversation.started_at, one.conversation.contact_id)):
        if outcome.of(one) is not None and one.right_party is not False:
            first.setdefault(one.client, one)
    return list(first.values())


def _phrases(contacts: Sequence[Observed], rules: Rules, lemmas: Lemmas | None) -> list[_Tried]:
    all_known = np.ones(len(contacts), np.bool_)
    return [
        _Tried(Feature(FeatureKind.PHRASE, one.side, one.text), one.contacts, one.starts_s, all_known)
        for one in phrases_of(contacts, lemmas, least_people=rules.least_people, least_agents=rules.least_agents)
    ]


def _findings(contacts: Sequence[Observed]) -> list[_Tried]:
    tried = []
    for name in sorted({name for one in contacts for name in one.found}):
        where = {at: one.found[name] for at, one in enumerate(contacts) if name in one.found}
        known = np.array([at in where or name in one.missing for at, one in enumerate(contacts)])
        starts_s = np.array([_number(start_s) for start_s in where.values()], np.float32)
        places = np.fromiter(where, np.uint32)
        tried.append(_Tried(Feature(FeatureKind.FINDING, Side.BOTH, name), places, starts_s, known))
    return tried


def _measures(contacts: Sequence[Observed]) -> list[_Tried]:
    tried = []
    for name, measure in REGISTRY.items():
        if measure.scope is Scope.PERSON:
            continue
        values = np.array([_number(one.measures.get(name)) for one in contacts])
        known = np.isfinite(values)
        if not known.any():
            continue
        middle = float(np.median(values[known]))
        # Of a measure that is mostly at its highest, such as yes or no, the highest is compared with what lies below.
        above = middle if values[known].max() > middle else float(values[known].min())
        places = np.flatnonzero(known & (np.where(known, values, above) > above)).astype(np.uint32)
        nowhere = np.full(len(places), np.nan, np.float32)
        tried.append(_Tried(Feature(FeatureKind.MEASURE, measure.side, name, above), places, nowhere, known))
    return tried


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _tables(one: _Tried, ended: _Flags, strata: NDArray[np.int_]) -> list[NDArray[np.int_]]:
    size, has = int(strata.max()) + 1, one.present
    present, absent = has & one.known, ~has & one.known
    return [np.bincount(strata[who], minlength=size) for who in (present & ended, present, absent & ended, absent)]


def _same(one: _Tried, other: _Tried) -> bool:
    if one.feature.kind is not other.feature.kind or one.feature.side is not other.feature.side:
        return False
    both = len(np.intersect1d(one.where, other.where, assume_unique=True))
    if both > _SAME * (len(one.where) + len(other.where) - both):
        return True
    akin = one.feature.kind is FeatureKind.PHRASE and {*one.feature.name.split()} & {*other.feature.name.split()}
    return bool(akin) and both >= _WITHIN * min(len(one.where), len(other.where))


def _examples(contacts: Sequence[Observed], one: _Tried, typical: _Flags, rules: Rules) -> tuple[Example, ...]:
    latest = np.flatnonzero(typical[one.where])[::-1][: rules.examples]
    return tuple(
        Example(
            contacts[int(one.where[at])].conversation.contact_id,
            None if np.isnan(one.starts_s[at]) else round(float(one.starts_s[at]), 3),
        )
        for at in latest
    )
