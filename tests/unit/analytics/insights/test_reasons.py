"""Reasons for not paying: found in three languages, shared by segment, rising, and named alike over weeks."""

import random

import pytest

from analytics.insights.lemmas import Lemmas
from analytics.insights.observed import Observed
from analytics.insights.reasons import Reason, find_reasons
from analytics.insights.report import Report
from analytics.insights.statements import Statement, statements_of
from benchmarks.planted import RISING
from engine.speech import Language
from tests.unit.analytics.insights.conftest import LAST


@pytest.fixture(scope="module")
def statements(observed: list[Observed]) -> tuple[Statement, ...]:
    return statements_of(observed, Lemmas(utterance for one in observed for utterance in one.spoken.utterances))


@pytest.fixture(scope="module")
def reasons(made: Report) -> tuple[Reason, ...]:
    return made.reasons


def of(reasons: tuple[Reason, ...], word: str) -> Reason:
    (found,) = (one for one in reasons if any(word in text.split() for text in one.words))
    return found


def test_planted_reasons_are_clusters_with_telling_names(reasons: tuple[Reason, ...]) -> None:
    assert {one.known.language for one in reasons} == set(Language)
    russian = [one for one in reasons if one.known.language is Language.RUSSIAN]
    assert len(russian) == 5
    told = [" ".join(one.words) for one in russian]
    for begin in ("забы", "зарплат", "работ", "приложени", "больниц"):
        assert sum(begin in text for text in told) == 1


def test_shares_differ_by_segment_and_the_last_week_rises(reasons: tuple[Reason, ...]) -> None:
    job, wages = of(reasons, "работу"), of(reasons, RISING)
    assert job.segments["hard"].share.low > job.segments["soft"].share.value
    assert wages.trend is not None
    assert wages.trend.low > 0
    assert all(one.people >= 10 or one.people == 0 for reason in reasons for one in reason.segments.values())


def test_statements_in_another_order_are_the_same_reasons(
    statements: tuple[Statement, ...], reasons: tuple[Reason, ...]
) -> None:
    shuffled = list(statements)
    random.Random(1).shuffle(shuffled)
    assert find_reasons(shuffled, LAST, least_people=10) == reasons


def test_names_last_over_weeks_and_new_reasons_get_new_ones(
    statements: tuple[Statement, ...], reasons: tuple[Reason, ...]
) -> None:
    before = [one for one in statements if one.week < LAST and RISING not in one.texts]
    old = find_reasons(before, LAST.before(1), least_people=10)
    known = [one.known for one in old]
    now = find_reasons(statements, LAST, known=known, least_people=10)
    ids = {one.known.reason_id: one.known.name for one in old}
    assert of(now, "работу").known.reason_id == of(old, "работу").known.reason_id
    assert of(now, "работу").known.name == of(old, "работу").known.name
    assert of(now, RISING).known.reason_id not in ids
    assert len({one.known.reason_id for one in now}) == len(now)


def test_few_people_are_not_told_of(statements: tuple[Statement, ...]) -> None:
    assert find_reasons(statements[:15], LAST, least_people=10) == ()
    assert all(one.whole.people >= 60 for one in find_reasons(statements, LAST, least_people=60))
