"""Answers that say several things at once, or one of two, or say it in another language."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogs.machine import Machine
from dialogs.progress import Progress
from dialogs.prompts import Prompt, Template
from dialogs.scenario import Scenario
from dialogs.schema import PLAIN, ClarifySpec, Party
from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.understanding.slots import Slotted
from dialogs.understanding.understanding import Understood
from dialogs.walking import Step
from engine.accounts import Money
from engine.calls import Disposition
from engine.dialog import ErrandOutcome
from engine.speech import Expect, Language

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH


def prompts(step: Any) -> list[str]:
    """Return the prompts of a move or step."""
    return [line.prompt for line in step.lines]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("да это я а вы робот", ["yes_robot", "debt_facts", "when_how_much"]),
        ("да это я а кто звонит", ["who_we_are", "debt_facts", "when_how_much"]),
    ],
)
def test_a_digression_is_answered_before_the_dialog_goes_on(
    converse: Callable[..., Any], said: str, heard: list[str]
) -> None:
    """Nothing that was asked is passed over, and the open question comes last."""
    assert prompts(converse(RU, [said]).moves[-1]) == heard


@pytest.mark.parametrize(
    ("said", "disposition"),
    [
        ("завтра заплачу и соедините с оператором", Disposition.OPERATOR),
        ("я заплачу завтра но не звоните мне больше", Disposition.STOP_CONTACT),
        ("да это я но он умер", Disposition.DECEASED),
    ],
)
def test_what_is_urgent_goes_first(converse: Callable[..., Any], said: str, disposition: Disposition) -> None:
    """A wish for a person, or for no more calls, is not lost behind a promise."""
    assert converse(RU, ["да", said]).moves[-1].ending.disposition is disposition


def machine(scenario: Scenario, converse: Callable[..., Any], *, clarify: bool = False) -> tuple[Machine, Progress]:
    """Return a call's machine, and where it stands after the first question."""
    if clarify:
        worded = {
            "which_meant": ("{meaning.first} или {meaning.second}?", True),
            "means_paid": ("вы уже оплатили", False),
            "means_dispute": ("вы не согла́сны с долгом", False),
            "means_operator": ("нужен специалист", True),
            "means_callback": ("перезвонить позже", True),
        }
        own = {
            name: Prompt(name, {language: {PLAIN: (Template.parse(text),)} for language in Language}, neutral, True)
            for name, (text, neutral) in worded.items()
        }
        means = {
            "already_paid": "means_paid",
            "dispute": "means_dispute",
            "operator": "means_operator",
            "callback": "means_callback",
        }
        spec = scenario.spec.model_copy(update={"clarify": ClarifySpec(ask="which_meant", means=means)})
        scenario = dataclasses.replace(scenario, spec=spec, prompts={**scenario.prompts, **own})
    dialog = converse(RU, (), scenario).dialog
    return dialog._machine, dialog.progress


def answer(one: Machine, progress: Progress, intent: str, **more: Any) -> Step:
    """Answer with an intent that is sure unless told otherwise."""
    return one.answer(progress, Understood(intent, 0.9, **{"sure": True, **more}))


def test_two_digressions_are_both_answered(scenario: Scenario, converse: Callable[..., Any]) -> None:
    """And what was said anyway is not said twice."""
    one, progress = machine(scenario, converse)

    both = answer(one, progress, "who_is_calling", also=("are_you_robot",))
    assert prompts(both) == ["yes_robot", "who_we_are", "are_you"]
    known = answer(one, progress, "yes", also=("amount_question",))
    assert prompts(known) == ["debt_facts", "when_how_much"]


@pytest.mark.parametrize("beside", ["wrong_person", "third_party", "minor", "hand_over", "no"])
def test_nothing_confirms_beside_what_takes_it_back(
    scenario: Scenario, converse: Callable[..., Any], beside: str
) -> None:
    """«да это я, то есть нет его»: no word about the debt."""
    one, progress = machine(scenario, converse)
    step = answer(one, progress, "rpc_confirm", also=(beside,))

    assert step.progress.party is not Party.CONFIRMED
    assert "debt_facts" not in prompts(step)


@pytest.mark.parametrize("beside", ["wrong_person", "third_party", "minor"])
def test_a_disclaimer_anywhere_withdraws_the_confirmation(
    scenario: Scenario, converse: Callable[..., Any], beside: str
) -> None:
    """However late it is said, and whatever it is said beside."""
    one, progress = machine(scenario, converse)
    known = answer(one, progress, "yes").progress

    assert answer(one, known, "ptp_full", also=(beside,)).progress.party is Party.OTHER


def test_what_is_said_beside_never_confirms(scenario: Scenario, converse: Callable[..., Any]) -> None:
    """Only what the answer is for does."""
    one, progress = machine(scenario, converse)
    step = answer(one, progress, "who_is_calling", also=("rpc_confirm",))

    assert (step.progress.party, prompts(step)) == (Party.UNKNOWN, ["who_we_are", "are_you"])


def test_a_digression_that_may_not_be_heard_is_passed_over(scenario: Scenario, converse: Callable[..., Any]) -> None:
    """The sum is not told to someone who says in the same breath that they are someone else."""
    one, progress = machine(scenario, converse)
    known = answer(one, progress, "yes").progress

    assert prompts(answer(one, known, "third_party", also=("amount_question",))) == ["please_pass_on"]


@pytest.mark.parametrize(
    ("reply", "disposition"),
    [
        ("already_paid", Disposition.ALREADY_PAID),
        ("yes", Disposition.ALREADY_PAID),
        ("dispute", Disposition.DISPUTE),
        ("no", Disposition.DISPUTE),
        ("operator", Disposition.OPERATOR),
    ],
)
def test_the_caller_is_asked_which_of_two_is_meant(
    scenario: Scenario, converse: Callable[..., Any], reply: str, disposition: Disposition
) -> None:
    """Either by its own words, or yes for the first and no for the second; anything else counts as it is."""
    one, progress = machine(scenario, converse, clarify=True)
    known = answer(one, progress, "yes").progress
    paid_on = Slotted(days=(one.facts.today,))
    asked = answer(one, known, "already_paid", sure=False, rival="dispute", slots=paid_on)

    assert [line.text for line in asked.lines] == ["Вы уже оплатили или вы не согласны с долгом?"]
    assert "вы не согла́сны с долгом" in asked.lines[0].voiced
    settled = answer(one, asked.progress, reply)
    if settled.progress.waiting:
        settled = one.done(settled.progress, ErrandOutcome(failure="nobody there"))
    assert settled.progress.ending is not None  # the day that was told with it still counts
    assert settled.progress.ending.disposition is disposition
    assert settled.progress.doubt is None


def test_repeating_keeps_the_question_open(scenario: Scenario, converse: Callable[..., Any]) -> None:
    """A yes to the words that were repeated is none to the question before."""
    one, progress = machine(scenario, converse, clarify=True)
    asked = answer(one, progress, "operator", sure=False, rival="callback")
    again = answer(one, asked.progress, "repeat")

    assert again.lines == asked.lines
    assert answer(one, again.progress, "yes").progress.party is Party.UNKNOWN


def test_silence_goes_back_to_the_question_before(scenario: Scenario, converse: Callable[..., Any]) -> None:
    """Nobody is asked twice which of two they meant."""
    one, progress = machine(scenario, converse, clarify=True)
    asked = answer(one, progress, "operator", sure=False, rival="callback")
    quiet = one.silence(asked.progress)

    assert prompts(quiet) == ["cannot_hear", "is_it_you"]
    assert quiet.progress.doubt is None
    assert prompts(answer(one, quiet.progress, "repeat")) == ["is_it_you"]


@pytest.mark.parametrize(
    ("intent", "more"),
    [
        ("already_paid", {"rival": "dispute"}),  # both are worded as debt, and nobody is confirmed
        ("operator", {"rival": "repeat"}),  # not worded
        ("operator", {"rival": "wrong_person"}),
        ("operator", {"rival": "callback", "also": ("stop_contact",)}),
    ],
)
def test_it_is_not_asked_where_it_cannot_or_need_not_be(
    scenario: Scenario, converse: Callable[..., Any], intent: str, more: dict[str, Any]
) -> None:
    """The likelier meaning counts then."""
    one, progress = machine(scenario, converse, clarify=True)

    assert "which_meant" not in prompts(answer(one, progress, intent, **more))


def test_the_question_which_waits_for_a_yes_or_a_no(scenario: Scenario, converse: Callable[..., Any]) -> None:
    """So does the ear."""
    one, progress = machine(scenario, converse, clarify=True)
    known = answer(one, progress, "yes").progress
    dialog = converse(RU, (), scenario).dialog
    dialog._machine = one

    assert dialog._move(Step(known, (answer(one, progress, "yes").lines))).question.expect is Expect.PROMISE
    assert dialog._move(answer(one, known, "already_paid", rival="dispute")).question.expect is Expect.YES_NO


INTENTS = [str(intent) for intent in Intent]
ANSWERS = st.builds(
    Understood,
    st.sampled_from(INTENTS),
    st.just(0.9),
    st.booleans(),
    language=st.none() | st.sampled_from(Language),
    also=st.lists(st.sampled_from(INTENTS), max_size=2).map(tuple),
    rival=st.none() | st.sampled_from(INTENTS),
    spoken=st.none() | st.sampled_from(Language),
)


_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=150, deadline=None, suppress_health_check=_CHECKS)
@given(answers=st.lists(ANSWERS, max_size=8))
def test_nothing_said_at_once_opens_the_debt(
    scenario: Scenario, converse: Callable[..., Any], answers: list[Understood]
) -> None:
    """Only a sure answer, with nothing beside it that takes it back, and never after a disclaimer."""
    one, progress = machine(scenario, converse, clarify=True)
    disclaimed = False
    for each in answers:
        if progress.ending is not None:
            break
        said = {each.intent, *each.also}
        disclaimed = disclaimed or not DISCLAIMS.isdisjoint(said)
        step = one.answer(progress, each)
        confirmed = step.progress.party is Party.CONFIRMED
        assert not (confirmed and disclaimed)
        if confirmed and progress.party is not Party.CONFIRMED:
            assert each.sure
            assert said.isdisjoint({Intent.NO, Intent.HAND_OVER, Intent.NAME_GIVEN})
        assert confirmed or all(one.prompts[name].neutral for name in prompts(step))
        progress = step.progress


def test_the_callers_own_language_is_taken_up_at_once(converse: Callable[..., Any]) -> None:
    """Everything that was told is kept, and the answer counts."""
    conversation = converse(RU, ["да", "завтра пятнадцать тысяч"])
    move = conversation.say("жоқ олай емес")

    assert (move.language, prompts(move)) == (KK, ["say_it_again"])
    ending = conversation.say("ертең он мың", "иә дәл солай").ending
    assert ending.promise.amount == Money.of(10_000)


def test_a_language_that_the_scenario_lacks_is_passed_over(scenario: Scenario, converse: Callable[..., Any]) -> None:
    """It goes on in its own."""
    spec = scenario.spec.model_copy(update={"languages": (RU, EN)})
    conversation = converse(RU, ["да"], dataclasses.replace(scenario, spec=spec))

    assert conversation.say("жоқ олай емес").language is RU
