"""A contact's values."""

from datetime import UTC, datetime

import pytest

from analytics.conversation import Conversation, Medium, Role, Utterance
from engine.speech import Word

STARTED = datetime(2026, 11, 23, 9, tzinfo=UTC)
ASKS = Utterance(Role.BOT, (Word("когда", 0.5, 0.9, 1.0), Word("заплатите", 1.0, 1.6, 1.0)), 0.5, 1.6)
ANSWERS = Utterance(Role.CLIENT, (Word("завтра", 2.0, 2.5, 0.8),), 2.0, 2.5)


def test_each_side_is_read_by_itself() -> None:
    """The bank's sides are bot and person alike."""
    talk = Conversation("c1", Medium.CALL, STARTED, 3.0, (ASKS, ANSWERS))

    assert [one.text for one in talk.said_by(Role.CLIENT)] == ["завтра"]
    assert [one.text for one in talk.said_by(*(role for role in Role if role.is_bank))] == ["когда заплатите"]


@pytest.mark.parametrize(
    ("started_at", "utterances", "problem"),
    [
        (STARTED.replace(tzinfo=None), (ASKS,), "time zone"),
        (STARTED, (ANSWERS, ASKS), "order"),
    ],
)
def test_what_arithmetic_would_get_wrong_is_refused(
    started_at: datetime, utterances: tuple[Utterance, ...], problem: str
) -> None:
    """The message names the contact."""
    with pytest.raises(ValueError, match=f"contact c1.*{problem}"):
        Conversation("c1", Medium.CALL, started_at, 3.0, utterances)
