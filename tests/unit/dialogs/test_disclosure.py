"""No word about a debt before the right party is confirmed, whatever is said, and whatever a scenario orders."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogs.scenario import Scenario
from dialogs.schema import Party
from dialogs.understanding.intents import DISCLAIMS
from engine.calls import Disposition
from engine.speech import Language

DEBT_WORDS = re.compile(
    r"долг|задолж|кредит|займ|просроч|взыск|оплат|платеж|платёж|плати|внес|тенге|тысяч|сумм|договор"
    r"|қарыз|несие|төле|кешік|теңге|борыш|сома|өсімпұл"
    r"|debt|owe|overdue|loan|credit|pay|tenge|thousand|amount|arrears",
    re.IGNORECASE,
)

CALLER = {
    Language.RUSSIAN: """да|нет|алло|слушаю|да это я|кто это|вы робот|сколько я должен|как оплатить|повторите
        |оплачу завтра|в пятницу пятнадцать тысяч|половину|не буду платить|я уже оплатил
        |это не мой долг|денег нет|вы ошиблись|его нет дома|это его жена|мне двенадцать лет|он умер
        |я банкрот|перезвоните завтра в десять|оператора|не звоните мне|мошенники|пошли к чёрту
        |минутку|говорите на казахском|ну и погода|меня зовут марат|до свидания|буду жаловаться""",
    Language.KAZAKH: """иә|жоқ|алло|тыңдап тұрмын|менмін|бұл кім|роботсыз ба|қанша|қалай төлеймін|қайталаңызшы
        |ертең төлеймін|жұма күні он бес мың теңге|жартысын|төлемеймін|төлеп қойдым
        |бұл менің қарызым емес|ақшам жоқ|қате түстіңіз|ол үйде жоқ|мен баламын|ол қайтыс болды
        |мен банкротпын|кейін звондаңыз|операторға қосыңызшы|хабарласпаңыз|алаяқсыз ба|жоғал|бір минут
        |орысша сөйлеңізші|шай қойшы|сау болыңыз|шағым жазамын""",
    Language.ENGLISH: """yes|no|hello|go ahead|speaking|who is this|are you a robot|how much do i owe|how do i pay
        |say again|i'll pay tomorrow|fifteen thousand on friday|half|i won't pay|i already paid
        |this is not my debt|i have no money|wrong number|he's not here|i'm his wife|i'm only twelve
        |he passed away|i'm bankrupt|call me tomorrow at ten|operator|stop calling me|is this a scam
        |shut up|hold on|in russian please|nice weather|my name is bob|goodbye""",
}
REPLIES = {language: [reply.strip() for reply in replies.split("|")] for language, replies in CALLER.items()}


_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=300, deadline=None, suppress_health_check=_CHECKS)
@given(data=st.data(), language=st.sampled_from(list(Language)))
def test_no_debt_word_before_the_right_party_is_confirmed(
    converse: Callable[..., Any], data: st.DataObject, language: Language
) -> None:
    """Over random answers, debt wording follows only a yes to the question by name, and never a disclaimer."""
    answers = [None, *REPLIES[language], *data.draw(st.sampled_from([REPLIES[Language.RUSSIAN], []]))]
    conversation = converse(language)
    confirmed = disclaimed = False
    assert not DEBT_WORDS.search(conversation.spoken)

    for answer in data.draw(st.lists(st.sampled_from(answers), max_size=12)):
        before = conversation.moves[-1]
        if before.ending:
            break
        move = conversation.say(answer)
        disclaimed = disclaimed or move.intent in DISCLAIMS
        if before.state == "right_party" and move.intent in ("yes", "rpc_confirm"):
            confirmed = True
        if disclaimed or not confirmed:
            for line in move.lines:
                assert not DEBT_WORDS.search(line.text), line.prompt


@pytest.mark.parametrize("language", list(Language))
def test_neutral_prompts_hold_no_debt_word(scenario: Scenario, language: Language) -> None:
    """What is marked neutral in the shipped scenario is neutral in every language."""
    for prompt in scenario.prompts.values():
        parts = [part for template in prompt.templates(language) for part in template.parts]
        text = "".join(part for part in parts if isinstance(part, str))
        assert not prompt.neutral or not DEBT_WORDS.search(text), prompt.name


@pytest.mark.parametrize(
    ("state", "answer"),
    [("wrong_person", "вы ошиблись номером"), ("third_party", "его нет дома"), ("minor", "мне десять лет")],
)
def test_the_policy_refuses_what_the_scenario_orders(
    converse: Callable[..., Any], scenario: Scenario, state: str, answer: str
) -> None:
    """A scenario that tells a stranger about the debt ends in the neutral refuge, even after a confirmation."""
    careless = scenario.spec.states[state].model_copy(update={"say": ("debt_facts",)})
    spec = scenario.spec.model_copy(update={"states": scenario.spec.states | {state: careless}})
    broken = dataclasses.replace(scenario, spec=spec)

    for lines in ([answer], ["да это я", answer]):
        conversation = converse(Language.RUSSIAN, lines, broken)
        last = conversation.moves[-1]

        assert last.ending.disposition is Disposition.NOT_IDENTIFIED
        assert [line.prompt for line in last.lines] == ["call_another_time"]


def test_a_start_with_debt_wording_is_refused(converse: Callable[..., Any], scenario: Scenario) -> None:
    """Even the very first words go through the same gate."""
    broken = dataclasses.replace(scenario, spec=scenario.spec.model_copy(update={"start": "debt"}))

    move = converse(Language.ENGLISH, (), broken).moves[0]

    assert move.ending is not None
    assert not DEBT_WORDS.search(" ".join(line.text for line in move.lines))


@pytest.mark.parametrize("answer", ["алло", "слушаю", "алло да", "да слушаю вас", "говорите", "здравствуйте"])
def test_an_answered_phone_confirms_nothing(converse: Callable[..., Any], answer: str) -> None:
    """«алло» and «слушаю» never confirm; the question by name is asked again."""
    conversation = converse(Language.RUSSIAN, [answer])

    assert conversation.dialog.progress.party is Party.UNKNOWN
    assert conversation.moves[-1].lines[-1].prompt == "are_you"


def test_a_yes_that_answers_another_question_confirms_nothing(converse: Callable[..., Any]) -> None:
    """A "yes, he can come to the phone" is no confirmation."""
    conversation = converse(Language.RUSSIAN, ["нет", "да"])

    assert conversation.dialog.progress.party is Party.UNKNOWN
    assert conversation.moves[-1].state == "waiting"


@pytest.mark.parametrize(
    ("language", "answer", "hello"),
    [
        (Language.RUSSIAN, "сейчас передам трубку жене", "алло"),
        (Language.KAZAKH, "қазір телефонды әйеліме беремін", "алло"),
        (Language.ENGLISH, "I'll hand the phone to my wife.", "Hello?"),
    ],
)
def test_whoever_takes_the_phone_is_asked_by_name(
    converse: Callable[..., Any], language: Language, answer: str, hello: str
) -> None:
    """A debtor who passes the phone on is no longer the one who listens, so nothing more is told."""
    conversation = converse(language, ["да" if language is Language.RUSSIAN else "yes", answer, hello])

    assert conversation.dialog.progress.party is Party.UNKNOWN
    assert conversation.moves[-1].state == "right_party"
    for move in conversation.moves[2:]:
        assert not DEBT_WORDS.search(" ".join(line.text for line in move.lines))


def test_a_stranger_is_not_asked_for_ever(converse: Callable[..., Any]) -> None:
    """A third "no" to the question by name ends the call with the neutral request."""
    conversation = converse(Language.RUSSIAN, ["нет", "да", "алло", "нет", "да", "алло", "нет"])

    assert conversation.moves[-1].ending.disposition is Disposition.THIRD_PARTY


def test_another_name_confirms_nothing(converse: Callable[..., Any]) -> None:
    """A caller who gives another name is asked for the debtor; one who gives the debtor's is the debtor."""
    assert converse(Language.RUSSIAN, ["меня зовут марат"]).moves[-1].state == "ask_for_person"
    assert converse(Language.RUSSIAN, ["сергей слушает"]).moves[-1].state == "debt"


@pytest.mark.parametrize(
    ("language", "greeting"),
    [
        (Language.RUSSIAN, "здравствуйте это сергей оставьте сообщение после сигнала"),
        (Language.RUSSIAN, "меня зовут сергей я не могу подойти оставьте сообщение"),
        (Language.RUSSIAN, "аппарат абонента выключен или вне зоны действия сети"),
        (Language.KAZAKH, "бұл айгүл сигналдан кейін хабарлама қалдырыңыз"),
        (Language.ENGLISH, "Hi, you've reached Alan Brown, leave a message after the tone."),
        (Language.ENGLISH, "My name is Alan, I can't take your call right now."),
    ],
)
def test_an_answering_machine_is_told_nothing(converse: Callable[..., Any], language: Language, greeting: str) -> None:
    """A recorded greeting that holds the debtor's own name confirms nobody, and ends the call neutrally."""
    conversation = converse(language, [greeting])

    assert conversation.moves[-1].ending.disposition is Disposition.ANSWERING_MACHINE
    assert not DEBT_WORDS.search(conversation.spoken)


@pytest.mark.parametrize("answer", ["это иванов", "меня зовут иванов", "иванов слушает"])
def test_a_surname_is_the_whole_familys(converse: Callable[..., Any], answer: str) -> None:
    """A relative may bear the debtor's surname, so it confirms nothing; the question by full name is asked again."""
    conversation = converse(Language.RUSSIAN, [answer])

    assert conversation.dialog.progress.party is Party.UNKNOWN
    assert conversation.moves[-1].lines[-1].prompt == "are_you"


@pytest.mark.parametrize("answer", ["ну да в общем где то так и есть", "да вроде бы оно самое"])
def test_a_guess_confirms_nobody(converse: Callable[..., Any], answer: str) -> None:
    """Words that no rule knows and that only look like a yes are asked again, then the call ends."""
    conversation = converse(Language.RUSSIAN, [answer])

    assert conversation.dialog.progress.party is Party.UNKNOWN
    assert [line.prompt for line in conversation.moves[-1].lines] == ["not_understood", "is_it_you"]
    assert conversation.say(answer).ending.disposition is Disposition.NOT_IDENTIFIED


def test_a_guess_confirms_no_promise(converse: Callable[..., Any]) -> None:
    """The read-back is repeated until a plain yes."""
    conversation = converse(Language.RUSSIAN, ["да", "завтра пятнадцать тысяч", "ну да в общем где то так и есть"])
    assert [line.prompt for line in conversation.moves[-1].lines] == ["not_understood", "read_back"]

    assert conversation.say("верно").ending.promise.confirmed


def test_the_notices_and_the_name_cannot_be_talked_over(converse: Callable[..., Any]) -> None:
    """Robot, bank, recording and the name are heard whole: a yes to half of them would count."""
    assert [line.interruptible for line in converse(Language.KAZAKH).moves[0].lines] == [False, False]


@pytest.mark.parametrize("handed", ["сейчас передам трубку маме", "передаю трубку мужу"])
def test_whoever_is_handed_the_phone_hears_nothing(
    converse: Callable[..., Any], scenario: Scenario, handed: str
) -> None:
    """Even where a scenario has forgotten that phones change hands."""
    forgetful = tuple(line for line in scenario.spec.anytime if "hand_over" not in line.on)
    spec = scenario.spec.model_copy(update={"anytime": forgetful})

    conversation = converse(Language.RUSSIAN, ["да это я", handed], dataclasses.replace(scenario, spec=spec))

    assert conversation.dialog.progress.party is Party.UNKNOWN
    assert conversation.moves[-1].ending.disposition is Disposition.NOT_IDENTIFIED
