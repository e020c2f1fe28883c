"""The dialog as the call session sees it: moves, partial answers, backchannels, lines ahead."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dialogs.scenario import Scenario
from engine.accounts import Money
from engine.calls import Disposition
from engine.dialog import Ending
from engine.ports import Dialog
from engine.speech import Expect, Hypothesis, Language, Transcript

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH


def test_the_dialog_is_the_port(scenario: Scenario, account: Callable[[Language], Any]) -> None:
    """A scenario opens dialogs that the session can use, in the debtor's language unless told otherwise."""
    dialog: Dialog = scenario.open(account(KK), now=datetime(2026, 11, 20, tzinfo=UTC))

    assert dialog.language is KK
    assert dialog.scenario == "soft_collection"
    assert len(dialog.scenario_hash) == 64


def test_the_day_is_the_debtors(scenario: Scenario, account: Callable[[Language], Any]) -> None:
    """Late evening in UTC is tomorrow in Almaty, so «завтра» is the day after."""
    dialog = scenario.open(account(RU), now=datetime(2026, 11, 20, 21, 0, tzinfo=UTC), language=RU)

    assert dialog._machine.facts.today.isoformat() == "2026-11-21"


def test_a_move_tells_that_the_right_party_is_confirmed(converse: Callable[..., Any]) -> None:
    """From the answer that confirms it, until the phone is given to somebody else."""
    talk = converse(EN)
    assert not talk.moves[-1].right_party
    assert talk.say("yes, speaking").right_party
    assert talk.say("who is calling").right_party


def test_a_moment_without_a_zone_is_refused(scenario: Scenario, account: Callable[[Language], Any]) -> None:
    """A naive clock would count days wrongly in silence."""
    with pytest.raises(ValueError, match="time zone"):
        scenario.open(account(RU), now=datetime(2026, 11, 20))


@pytest.mark.parametrize(
    ("before", "text", "complete"),
    [
        ([], "да", True),
        ([], "да это я", True),
        ([], "нет", False),
        ([], "алло", False),
        ([], "да а кто", False),
        (["да"], "в пятницу", False),
        (["да"], "в пятницу пятнадцать тысяч", True),
        (["да"], "завтра половину", True),
        (["да"], "завтра пятнадцать", False),
        (["да"], "пятнадцать завтра", True),
        (["да"], "пятнадцать в пятницу", True),
        (["да"], "пятнадцать двадцать", False),
        (["да", "завтра"], "пятнадцать", False),
        (["да", "всё"], "завтра", True),
        (["да", "завтра"], "пять тысяч", True),
        (["да", "завтра"], "всю сумму", True),
        (["да", "завтра всё"], "верно", True),
        (["да", "завтра всё"], "нет", False),
        (["да", "не буду платить"], "потому что", False),
    ],
)
def test_words_complete_the_open_question(
    converse: Callable[..., Any], before: list[str], text: str, complete: bool
) -> None:
    """A whole answer may end the turn early; one that may go on may not, nor a "no" that a correction can follow."""
    assert converse(RU, before).dialog.completes(text) is complete


@pytest.mark.parametrize(("language", "text"), [(RU, "угу"), (KK, "аһа"), (EN, "Uh-huh.")])
def test_backchannels_take_no_turn(converse: Callable[..., Any], language: Language, text: str) -> None:
    """Sounds of listening are told from answers."""
    dialog = converse(language).dialog

    assert dialog.backchannel(text)
    assert not dialog.backchannel("стоп это не я")


def test_lines_ahead_hold_the_facts_of_the_call(converse: Callable[..., Any]) -> None:
    """While the caller says who he is, the sentence with his own debt is already known and is among the first."""
    conversation = converse(RU)
    ahead = [line.text for line in conversation.dialog.upcoming()]
    said = [line.text for line in conversation.say("да").lines]

    assert set(said) <= set(ahead[:4])
    assert any("сорок пять тысяч тенге" in text for text in said)


def test_nearly_every_move_was_announced(converse: Callable[..., Any]) -> None:
    """Only the read-back, which nobody can know, is missing among the lines announced or said before each move."""
    conversation = converse(RU)
    missed = set()
    for text in ["вы робот", "да", "сколько", "завтра", "пять тысяч", "да"]:
        ahead = {line.text for line in conversation.dialog.upcoming()}
        ahead |= {line.text for move in conversation.moves for line in move.lines}
        missed |= {line.prompt for line in conversation.say(text).lines if line.text not in ahead}

    assert missed == {"read_back"}


def test_foreseeing_changes_nothing(converse: Callable[..., Any]) -> None:
    """The lines of an answer are told ahead, as often as one likes, without taking it."""
    conversation = converse(EN, ["yes"])
    heard = conversation.heard("fifteen thousand on Friday")
    foreseen = [tuple(conversation.dialog.foresee(heard)) for _ in range(3)]

    assert conversation.dialog.progress.state == "debt"
    assert foreseen == [conversation.dialog.reply(heard).lines] * 3


@pytest.mark.parametrize(
    ("before", "text", "understood"),
    [([], "yes", True), (["yes"], "speaking", False), (["yes"], "fifteen thousand on Friday", True), ([], "hm", False)],
)
def test_the_dialog_tells_whether_words_are_an_answer(
    converse: Callable[..., Any], before: list[str], text: str, understood: bool
) -> None:
    """What would only be asked again is none; asking changes nothing."""
    conversation = converse(EN, before)
    heard = conversation.heard(text)
    progress = conversation.dialog.progress

    assert conversation.dialog.understands(heard) is understood
    assert conversation.dialog.progress == progress


@pytest.mark.parametrize(
    ("before", "text", "consent"),
    [
        ([], "yes, speaking", True),
        ([], "who is calling", False),
        (["yes"], "fifteen thousand on Friday", False),
        (["yes", "fifteen thousand on Friday"], "yes", True),
        (["yes", "fifteen thousand on Friday"], "no", False),
        (["you have the wrong number"], "yes", False),
    ],
)
def test_the_dialog_tells_what_would_bind_the_caller(
    converse: Callable[..., Any], before: list[str], text: str, consent: bool
) -> None:
    """Who they are, and a promise that was read back."""
    conversation = converse(EN, before)

    assert conversation.dialog.consents(conversation.heard(text)) is consent


def test_an_ended_dialog_stays_ended(converse: Callable[..., Any]) -> None:
    """Words after the end change nothing: the last move stands."""
    conversation = converse(EN, ["You have the wrong number."])
    last = conversation.moves[-1]

    assert conversation.dialog.reply(conversation.heard("yes speaking")) == last
    assert conversation.dialog.no_input() == last
    assert not conversation.dialog.upcoming()


def test_nothing_heard_is_not_silence(converse: Callable[..., Any]) -> None:
    """A transcript without words gets "I did not understand", not "I cannot hear you"."""
    conversation = converse(EN, ["yes"])
    move = conversation.dialog.reply(conversation.heard())

    assert [line.prompt for line in move.lines] == ["not_understood", "when_how_much_again"]


def test_repeating_says_the_last_real_thing_again(converse: Callable[..., Any]) -> None:
    """After a reprompt, "say again" brings back the facts, not the apology."""
    conversation = converse(RU, ["да"])
    first = conversation.moves[-1].lines

    assert conversation.say("ну и погода", "повторите пожалуйста").lines == first


def test_switching_language_keeps_the_promise(converse: Callable[..., Any]) -> None:
    """A wish for another language is met at once, with all that was told kept."""
    conversation = converse(RU, ["да", "завтра пятнадцать тысяч", "қазақша сөйлеңізші"])
    move = conversation.moves[-1]

    assert move.language is KK
    assert "он бес мың теңге" in move.lines[-1].text
    assert conversation.say("иә").ending.promise.amount == Money.of(15_000)


def test_the_payday_is_the_debtors_own(converse: Callable[..., Any], account: Callable[[Language], Any]) -> None:
    """«После зарплаты» is a day where the account tells the payday, and asks for one where it does not."""
    paid = dataclasses.replace(account(RU), payday=25)
    promised = converse(RU, ["да", "в день зарплаты всё оплачу"], of=paid).moves[-1]
    asked = converse(RU, ["да", "в день зарплаты всё оплачу"]).moves[-1]

    assert "двадцать пятого ноября" in promised.lines[-1].text
    assert asked.lines[-1].prompt == "which_day"


def test_every_call_ends(converse: Callable[..., Any]) -> None:
    """A caller who asks for ever is handed over when the limit of turns is reached."""
    conversation = converse(RU)
    while conversation.moves[-1].ending is None and len(conversation.moves) < 60:
        conversation.say("вы робот")

    assert len(conversation.moves) == 42
    assert conversation.moves[-1].ending.transfer


def test_a_missing_fact_ends_neutrally(scenario: Scenario, account: Callable[[Language], Any]) -> None:
    """An account without the product's name in the caller's language breaks no call."""
    bare = dataclasses.replace(account(RU), product={})
    dialog = scenario.open(bare, now=datetime(2026, 11, 20, tzinfo=UTC))
    dialog.begin()
    assert dialog.progress.ending is None

    move = dialog.reply(Transcript((Hypothesis("да", 0.9),), 0.0, 1.0, RU))

    assert move.ending is not None
    assert move.ending.disposition is Disposition.NOT_IDENTIFIED


def test_questions_tell_what_they_wait_for(converse: Callable[..., Any], account: Callable[..., Any]) -> None:
    """Every question names the kind of answer, and gives words for recognisers that can be biased: the name too."""
    conversation = converse(RU)
    assert conversation.moves[-1].question.expect is Expect.YES_NO
    assert {"это я", *account(RU).debtor.full_name.split()} <= set(conversation.moves[-1].question.hints)
    assert conversation.say("да").question.expect is Expect.PROMISE
    assert conversation.say("завтра").question.expect is Expect.SUM
    assert conversation.say("сейчас позову").question is not None


def test_fixed_lines_are_the_same_in_every_call(scenario: Scenario) -> None:
    """Lines without facts can be rendered once; given the bank's name, the notice is among them."""
    plain = {line.prompt for line in scenario.fixed_lines(KK)}
    with_bank = {line.prompt: line for line in scenario.fixed_lines(KK, creditor="Sample Bank")}

    assert "when_how_much" in plain
    assert "notice" not in plain
    assert "Sample Bank" in with_bank["notice"].text
    assert not {"debt_facts", "are_you", "read_back"} & set(with_bank)
    assert all(line.fixed for line in with_bank.values())


@pytest.mark.parametrize("on_hand", [True, False])
def test_nobody_is_promised_a_transfer_that_cannot_come(
    scenario: Scenario, account: Callable[[Language], Any], on_hand: bool
) -> None:
    """Where no person can be reached, the caller hears that someone will call back, and is asked when."""
    dialog = scenario.open(account(EN), now=datetime(2026, 11, 20, tzinfo=UTC), language=EN, person_on_hand=on_hand)
    dialog.begin()
    move = dialog.reply(Transcript((Hypothesis("operator please", 1.0),), 0.0, 1.0, Language.ENGLISH))
    said = " ".join(line.text for line in move.lines)
    if on_hand:
        assert move.ending == Ending(Disposition.OPERATOR, transfer=True)
    else:
        assert (move.state, move.ending) == ("ask_callback", None)
    assert ("connecting you" in said) is on_hand
    assert ("call you back" in said) is not on_hand
