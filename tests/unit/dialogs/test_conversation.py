"""A conversation without a telephone: explained, taken back, begun again, and kept as a test."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dialogs.conversation import Conversation, Nobody, Says, Scene, Silence
from dialogs.documents import parse_document
from dialogs.explaining import reasons
from dialogs.loader import load_scenario
from dialogs.trials.accounts import AccountChanges, changed, standard_account
from dialogs.trials.keeping import kept
from dialogs.trials.reading import trials_in
from dialogs.trials.running import run_trial
from dialogs.trials.writing import as_yaml
from engine.speech import Language

NOW = datetime(2026, 12, 30, 17, 0, tzinfo=ZoneInfo("Asia/Almaty"))


@pytest.fixture
def conversation() -> Conversation:
    account = standard_account(Language.ENGLISH, NOW.date())
    account = changed(account, AccountChanges(debt="120000", days_past_due=40, full_name="Blair Sample"), NOW.date())
    return Conversation(load_scenario("soft_collection"), Scene(account=account, now=NOW))


def test_turns_are_taken_back_one_by_one(conversation: Conversation) -> None:
    begun = conversation.last
    conversation.take(Says("yes, it's me"))
    asked = conversation.last
    conversation.take(Silence())
    assert conversation.undo()
    assert (conversation.progress, conversation.last.moves) == (asked.progress, asked.moves)
    assert conversation.undo()
    assert conversation.progress == begun.progress
    assert not conversation.undo()


def test_an_answer_tells_why_it_went_where_it_did(conversation: Conversation) -> None:
    conversation.take(Says("yes, it's me"))
    conversation.take(Says("I'll pay all of it on Friday"))
    exchange = conversation.take(Says("yes"))
    told = list(reasons(conversation.scenario, exchange))
    passed = next(reason for reason in told if reason.hindrance)
    assert passed.hindrance == "`heard.change` does not hold"
    assert "payment.yaml:" in passed.place
    assert [reason.steps[-1] for reason in told if reason.taken][-1] == "end"


def test_what_is_over_takes_no_more_turns_but_that_nobody_took_the_call(conversation: Conversation) -> None:
    with pytest.raises(LookupError, match="not to be handed over"):
        conversation.take(Nobody())
    conversation.take(Says("a human please"))
    with pytest.raises(LookupError, match="the call is over: operator"):
        conversation.take(Says("hello?"))
    assert conversation.take(Nobody()).progress.state == "ask_callback"


def test_a_conversation_becomes_a_test_without_the_debtor_s_name(conversation: Conversation) -> None:
    for words in ("yes, it's me", "thirty thousand on Friday", "yes"):
        conversation.take(Says(words))
    text = as_yaml([kept(conversation, "kept")])
    assert "Blair" not in text
    [trial] = trials_in(conversation.scenario, parse_document("kept.yaml", text.encode()))
    assert trial.spec.promise is not None
    assert trial.spec.account.days_past_due == 40
    assert run_trial(conversation.scenario, trial).passed
