"""Contacts to ask, written as lines: who, from which second, the words; ``word~0.2`` has a confidence."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import Heard, Hearing, Match, match_expression, parse
from engine.speech import Word

Talk = Callable[..., Conversation]
Asked = Callable[..., Match]

STARTED = datetime(2026, 11, 23, 9, tzinfo=UTC)
STEP_S = 0.5
WORD_S = 0.4


def _utterance(line: str) -> Utterance:
    role, start, *said = line.split()
    start_s = float(start)
    words = []
    for index, written in enumerate(said):
        text, _, confidence = written.partition("~")
        begin_s = start_s + index * STEP_S
        words.append(Word(text, begin_s, begin_s + WORD_S, float(confidence or 1)))
    return Utterance(Role(role), tuple(words), start_s, words[-1].end_s if words else start_s + 3.0)


@pytest.fixture(scope="session")
def talk() -> Talk:
    """Makes a contact of lines: a word each half second, three seconds of speech that nobody understood without one."""

    def made(*lines: str, duration_s: float = 60.0, medium: Medium = Medium.CALL, **attributes: str) -> Conversation:
        return Conversation("c1", medium, STARTED, duration_s, tuple(map(_utterance, lines)), attributes)

    return made


@pytest.fixture(scope="session")
def asked() -> Asked:
    """Asks a contact."""

    def answered(
        expression: str, conversation: Conversation, hearing: Hearing | None = None, **measures: float | None
    ) -> Match:
        return match_expression(parse(expression), Heard(conversation), measures, hearing or Hearing())

    return answered
