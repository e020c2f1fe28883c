"""Alerts wait in the database until they were told: once for each contact, on SQLite and PostgreSQL."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.alerts import AlertPack, Raised, delivered, due, enqueue, failed, forget, raised, read_alerts, states
from analytics.alerts.outbox import FIRST_PAUSE_S, LEASE_S, LetterState
from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import Heard
from analytics.store import AnalyticsDatabase
from engine.speech import Word

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PACK = """
alerts:
  threat:
    when: 'agent: (суд OR тюрьма)'
    send_to: https://quality.bank.example/hooks
    quotes: true
  refusal:
    when: 'client: "денег нет"'
    send_to: https://quality.bank.example/hooks
"""


@pytest.fixture
def database(location: str | Path) -> Iterator[AnalyticsDatabase]:
    with AnalyticsDatabase(location) as opened:
        yield opened


@pytest.fixture
def pack(tmp_path: Path) -> AlertPack:
    (tmp_path / "alerts.yaml").write_text(PACK)
    return read_alerts(tmp_path / "alerts.yaml")


def conversation(contact_id: str = "c-1") -> Conversation:
    def said(role: Role, start_s: float, text: str) -> Utterance:
        words = tuple(Word(word, start_s + at / 2, start_s + at / 2 + 0.4, 1.0) for at, word in enumerate(text.split()))
        return Utterance(role, words, start_s, words[-1].end_s)

    lines = (said(Role.CLIENT, 2.0, "у меня денег нет"), said(Role.AGENT, 9.0, "тогда подадим в суд"))
    return Conversation(contact_id, Medium.CALL, NOON, 30.0, lines, {"agent": "a-17"})


@pytest.fixture
def both(pack: AlertPack) -> tuple[Raised, ...]:
    return tuple(raised(pack, Heard(conversation()), {}))


def test_nothing_is_told_but_where_it_was_said_unless_quotes_are_asked_for(both: tuple[Raised, ...]) -> None:
    quoted, bare = both
    assert quoted.body == {
        "alert": "threat",
        "contact_id": "c-1",
        "places": [{"start_s": 10.5, "role": "agent", "text": "тогда подадим в суд", "marked": ["суд"]}],
    }
    assert bare.body == {"alert": "refusal", "contact_id": "c-1", "places": [{"start_s": 3.0, "role": "client"}]}


def test_a_contact_raises_an_alert_once(database: AnalyticsDatabase, both: tuple[Raised, ...]) -> None:
    """However often it is analysed."""
    for fresh in (True, False):
        with database.writing() as connection:
            assert [enqueue(connection, one, NOON) for one in both] == [fresh, fresh]


def test_what_fails_is_tried_again_later_under_its_id(database: AnalyticsDatabase, both: tuple[Raised, ...]) -> None:
    with database.writing() as connection:
        enqueue(connection, both[0], NOON)
    now, ids = NOON, set()
    for attempt in range(4):
        with database.writing() as connection:
            letter = due(connection, now)
            assert letter is not None
            assert due(connection, now) is None, "nobody else sends it meanwhile"
            failed(connection, letter, "answered 503", now)
            pause = timedelta(seconds=FIRST_PAUSE_S * 2**attempt)
            assert due(connection, now + pause - timedelta(seconds=1)) is None
        ids |= {letter.letter_id, json.loads(letter.body)["id"]}
        now += pause
    assert len(ids) == 1
    with database.writing() as connection:
        letter = due(connection, now)
        assert letter is not None
        delivered(connection, letter, now)
        assert due(connection, now + timedelta(days=1)) is None
        assert states(connection)[LetterState.DELIVERED] == 1


def test_one_whose_sender_died_is_sent_again(database: AnalyticsDatabase, both: tuple[Raised, ...]) -> None:
    with database.writing() as connection:
        enqueue(connection, both[0], NOON)
    with database.writing() as connection:
        first = due(connection, NOON)
    with database.writing() as connection:
        again = due(connection, NOON + timedelta(seconds=LEASE_S))
    assert first is not None
    assert again is not None
    assert (again.letter_id, again.attempts) == (first.letter_id, 1)


def test_what_cannot_arrive_is_given_up(database: AnalyticsDatabase, both: tuple[Raised, ...]) -> None:
    with database.writing() as connection:
        enqueue(connection, both[0], NOON)
        letter = due(connection, NOON)
        assert letter is not None
        failed(connection, letter, "answered 410", NOON, for_good=True)
        assert due(connection, NOON + timedelta(days=9)) is None
        assert states(connection)[LetterState.GIVEN_UP] == 1


def test_a_contact_that_is_erased_is_told_of_no_more(database: AnalyticsDatabase, both: tuple[Raised, ...]) -> None:
    with database.writing() as connection:
        enqueue(connection, both[0], NOON)
        forget(connection, "c-1")
        assert due(connection, NOON) is None
