"""Planted practice is found, what only differs by segment is not, and nothing is told of few people."""

from dataclasses import replace

import pytest

from analytics.insights.observed import Observed, Week
from analytics.insights.practice import FeatureKind, Outcome, Practice, Rules, find_practices
from analytics.insights.report import Report
from analytics.measures.values import Side
from benchmarks.planted import CONFOUNDED, HURRY, HURRY_EFFECT, OFFER, OFFER_EFFECT


@pytest.fixture(scope="module")
def kept(made: Report) -> tuple[Practice, ...]:
    return made.practices[Outcome.KEPT]


@pytest.fixture(scope="module")
def repeated(made: Report) -> tuple[Practice, ...]:
    return made.practices[Outcome.REPEATED]


def told(practices: tuple[Practice, ...], words: str) -> list[Practice]:
    return [one for one in practices if {*words.split()} & {*one.feature.name.split()}]


def test_what_was_planted_is_found_with_the_truth_in_its_interval(
    kept: tuple[Practice, ...], repeated: tuple[Practice, ...]
) -> None:
    (offer, *_), (hurry, *_) = told(kept, OFFER), told(repeated, HURRY)
    assert offer.good
    assert offer.difference.low < OFFER_EFFECT < offer.difference.high
    assert offer.odds_ratio.low > 1
    assert not hurry.good
    assert hurry.difference.low < HURRY_EFFECT < hurry.difference.high
    assert {offer.feature.side, hurry.feature.side} == {Side.BANK}


def test_what_only_differs_by_segment_is_told_only_without_strata(
    observed: list[Observed], kept: tuple[Practice, ...]
) -> None:
    assert told(kept, CONFOUNDED) == []
    assert told(find_practices(observed, Outcome.KEPT, Rules(stratum=lambda one: ())), CONFOUNDED)


def test_examples_are_contacts_with_the_words_at_that_second(
    observed: list[Observed], kept: tuple[Practice, ...]
) -> None:
    by_id = {one.conversation.contact_id: one for one in observed}
    (offer, *_) = told(kept, OFFER)
    for example in offer.examples:
        words = [word for one in by_id[example.contact_id].conversation.utterances for word in one.words]
        at = next(number for number, word in enumerate(words) if word.start_s == example.start_s)
        said = " ".join(word.text for word in words[at : at + len(offer.feature.name.split())])
        assert said == offer.feature.name
        assert by_id[example.contact_id].kept


def test_the_order_of_contacts_does_not_matter(observed: list[Observed]) -> None:
    some = observed[:300]
    rules = Rules(least_people=8, false_discoveries=0.5)
    assert find_practices(some[::-1], Outcome.REPEATED, rules) == find_practices(some, Outcome.REPEATED, rules)


def test_nothing_is_told_of_few_people_or_of_one_agent(observed: list[Observed]) -> None:
    practices = find_practices(observed[:300], Outcome.REPEATED, Rules(least_people=40, false_discoveries=1.0))
    assert practices
    assert all(min(one.people_with, one.people_without) >= 40 for one in practices)
    assert find_practices(observed, Outcome.KEPT, Rules(least_people=5000)) == ()
    of_one = [
        replace(one, conversation=replace(one.conversation, attributes={"agent": "op1"})) for one in observed[:300]
    ]
    by_people = [one for one in of_one if one.caller == "person"]
    found = find_practices(by_people, Outcome.REPEATED, Rules(least_people=8, false_discoveries=1.0))
    assert found
    assert not any(one.feature.kind is FeatureKind.PHRASE and one.feature.side is Side.BANK for one in found)


def test_a_person_counts_once(observed: list[Observed]) -> None:
    one_client = [replace(one, client="the same") for one in observed]
    assert find_practices(one_client, Outcome.KEPT) == ()


def test_measures_and_findings_are_compared_where_they_are_known(observed: list[Observed]) -> None:
    marked = [
        replace(
            one,
            measures={"longest_pause_s": None if number % 5 == 0 else 9.0 if one.repeated else 2.0},
            found={"category:hardship": 1.5} if one.repeated and number % 2 else {},
            missing=frozenset() if number % 3 == 0 else frozenset({"category:hardship"}),
        )
        for number, one in enumerate(observed[:500])
    ]
    found = {one.feature.name: one for one in find_practices(marked, Outcome.REPEATED)}
    assert found["longest_pause_s"].feature.above == 2.0
    assert found["longest_pause_s"].difference.value == pytest.approx(1.0)
    assert found["category:hardship"].examples[0].start_s == 1.5
    weeks = {Week.parse(str(one.week)) for one in marked}
    assert weeks == {one.week for one in marked}
