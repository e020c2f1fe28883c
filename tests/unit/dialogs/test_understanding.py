"""Understanding: accuracy on held-out utterances, context, several hypotheses, values in the words."""

from datetime import date
from fractions import Fraction

import pytest

from benchmarks.understanding import HELD_OUT, load, measure
from dialogs.understanding.intents import TAUGHT, Intent
from dialogs.understanding.lessons import load_lessons
from dialogs.understanding.understanding import Context, Understanding, load_understanding
from engine.accounts import Currency, Money
from engine.speech import Expect, Hypothesis, Language, Transcript

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH
MAIN = {
    Intent.YES, Intent.NO, Intent.RPC_CONFIRM, Intent.WHO_IS_CALLING, Intent.PTP_FULL, Intent.PTP_PARTIAL,
    Intent.PTP_VAGUE, Intent.REFUSE, Intent.ALREADY_PAID, Intent.DISPUTE, Intent.HARDSHIP, Intent.WRONG_PERSON,
    Intent.THIRD_PARTY, Intent.CALLBACK, Intent.ARE_YOU_ROBOT, Intent.OPERATOR, Intent.STOP_CONTACT, Intent.SCAM_DOUBT,
    Intent.AMOUNT_QUESTION, Intent.HOW_TO_PAY, Intent.REPEAT,
}  # fmt: skip


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    """The shipped rules and classifier."""
    return load_understanding()


def context(
    language: Language,
    expect: Expect = Expect.FREE,
    awaited: frozenset[str] = frozenset(Intent),
    *,
    right_party: bool = True,
) -> Context:
    """Return a call's context; by default the debtor is confirmed and nothing else is narrowed."""
    today = date(2026, 11, 20)
    return Context(language, expect, awaited, "Сергей Иванов", "Сергей", Currency.TENGE, today, right_party)


def heard(*texts: str) -> Transcript:
    """Return a transcript with these hypotheses, each with half the share of the one before."""
    readings = tuple(Hypothesis(text, 0.5, share=0.5 ** (rank + 1)) for rank, text in enumerate(texts))
    return Transcript(readings, 0.0, 1.0, "ru")


@pytest.mark.parametrize("language", list(Language))
def test_accuracy_on_the_held_out_set(understanding: Understanding, language: Language) -> None:
    """Of the utterances that nobody has taught 86 % are understood; `benchmarks.understanding` tells the rest."""
    said = [utterance for utterance in load(HELD_OUT) if utterance.language is language]
    turns = measure(said, understanding.read)

    assert sum(turn.right for turn in turns) / len(turns) >= 0.86


@pytest.mark.parametrize("language", list(Language))
def test_examples_are_many(language: Language) -> None:
    """Each main intent has a hundred in every language."""
    examples = load_lessons()[0][language].examples

    assert {intent: len(examples[intent]) for intent in MAIN if len(set(examples[intent])) < 100} == {}


def test_a_death_is_never_guessed(understanding: Understanding) -> None:
    """«Who is calling» misheard brings no condolence to the living."""
    assert understanding.read(heard("Sorry, he was calling."), context(EN)).intent != Intent.DECEASED
    assert understanding.read(heard("He has passed away."), context(EN)).intent == Intent.DECEASED


def test_every_intent_is_taught_in_every_language() -> None:
    """No language lacks an intent."""
    for lesson in load_lessons()[0].values():
        assert {intent for intent, texts in lesson.examples.items() if texts} >= TAUGHT


@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        (RU, "Ещё раз!", "repeat"),
        (RU, "иә менмин", "rpc_confirm"),
        (RU, "тусинбедим орысша айтынызшы", "switch_language"),
        (KK, "да это я", "rpc_confirm"),
        (KK, "завтра төлеймін", "ptp_full"),
        (KK, "перезвоните кейін", "callback"),
        (RU, "не буду платить", "refuse"),
        (RU, "уже не должен всё оплатил", "already_paid"),
        (RU, "не знаю когда оплачу", "ptp_vague"),
        (RU, "муж оплатит завтра", "ptp_full"),
        (RU, "пятнадцать тысяч", "inform"),
        (RU, "где-то в пятницу", "inform"),
        (EN, "I won't pay on Friday", "refuse"),
    ],
)
def test_mixed_negated_and_folded_speech(
    understanding: Understanding, language: Language, text: str, intent: str
) -> None:
    """Mixed languages, missing Kazakh letters, ё and negation change nothing that a person would notice."""
    assert understanding.read(heard(text), context(language)).intent == intent


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (RU, "заплачу 92 000 тенге"),
        (RU, "заплачу 5000"),
        (RU, "внесу 10 000 15 ноября"),
        (KK, "ертең 92 000 теңге төлеймін"),
        (EN, "I will pay 92,000 tenge"),
    ],
)
def test_digits_mean_what_words_do(understanding: Understanding, language: Language, text: str) -> None:
    """Some recognisers write numbers in digits, of which the examples have none."""
    assert understanding.read(heard(text), context(language)).intent == Intent.PTP_FULL


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (RU, "в пятницу не смогу заплатить"),
        (RU, "заплатить пятнадцать тысяч в пятницу не получится"),
        (EN, "I can't pay on Friday"),
        (EN, "I won't be able to send it tomorrow"),
        (KK, "жұмада төлей алмаймын"),
    ],
)
def test_what_cannot_be_paid_is_no_promise(understanding: Understanding, language: Language, text: str) -> None:
    """However much of a promise is in the words."""
    read = understanding.read(heard(text), context(language, Expect.PROMISE))

    assert not {read.intent, *read.also} & {Intent.PTP_FULL, Intent.PTP_PARTIAL}


@pytest.mark.parametrize(
    ("language", "text"),
    [(RU, "в пятницу не смогу, заплачу в субботу"), (EN, "I can't pay today but I'll pay on Friday")],
)
def test_another_day_may_be_promised_all_the_same(understanding: Understanding, language: Language, text: str) -> None:
    """Only what is ruled out is taken back."""
    assert understanding.read(heard(text), context(language, Expect.PROMISE)).intent == Intent.PTP_FULL


def test_a_second_hypothesis_helps_where_the_first_is_nonsense(understanding: Understanding) -> None:
    """Recognisers put the right words second; the sense they make decides."""
    result = understanding.read(heard("абра швабра", "да это я", "да это и я"), context(RU))

    assert result.intent == Intent.RPC_CONFIRM
    assert 0.4 < result.confidence < 1


def test_the_best_hypothesis_outweighs_the_others(understanding: Understanding) -> None:
    """A clear no is not outvoted by two worse readings."""
    assert understanding.read(heard("нет", "да", "да да"), context(RU)).intent == Intent.NO


@pytest.mark.parametrize("text", ["", "...", "?!"])
def test_no_words_are_not_understood(understanding: Understanding, text: str) -> None:
    """Empty readings mean nothing, with no confidence."""
    result = understanding.read(heard(text), context(RU))

    assert (result.intent, result.confidence) == (Intent.NOT_UNDERSTOOD, 0.0)
    assert understanding.read(Transcript((), 0.0, 0.0, "ru"), context(RU)).intent == Intent.NOT_UNDERSTOOD


def test_the_open_question_narrows_the_meaning(understanding: Understanding) -> None:
    """«нет, неправильная сумма» is a dispute by itself, and a plain no after a read-back."""
    said = heard("нет неправильная сумма")

    assert understanding.read(said, context(RU)).intent == Intent.DISPUTE
    asked = context(RU, Expect.YES_NO, frozenset({"yes", "no"}))
    assert understanding.read(said, asked).intent == Intent.NO


@pytest.mark.parametrize(
    ("language", "text", "amount", "share", "day"),
    [
        (RU, "внесу в пятницу пятнадцать тысяч", Money.of(15_000), None, date(2026, 11, 27)),
        (RU, "половину завтра", None, Fraction(1, 2), date(2026, 11, 21)),
        (RU, "не в пятницу а в субботу", None, None, date(2026, 11, 21)),
        (KK, "жұма күні емес сенбі күні", None, None, date(2026, 11, 21)),
        (KK, "в пятницу он бес мың төлеймін", Money.of(15_000), None, date(2026, 11, 27)),
        (EN, "I'll pay it right now", None, None, date(2026, 11, 20)),
        (EN, "not Friday, Saturday", None, None, date(2026, 11, 21)),
    ],
)
def test_values_in_the_words(
    understanding: Understanding,
    language: Language,
    text: str,
    amount: Money | None,
    share: Fraction | None,
    day: date,
) -> None:
    """Sums, shares and days are found in either language of a mixed sentence, and taken-back ones are not."""
    slots = understanding.read(heard(text), context(language)).slots

    assert (slots.amount, slots.share, slots.days[0]) == (amount, share, day)


@pytest.mark.parametrize(
    ("language", "text", "wished"),
    [
        (KK, "орысша сөйлеңізші", RU),
        (RU, "давайте на казахском", KK),
        (KK, "я не понимаю по казахски", RU),
        (RU, "in English please", EN),
        (EN, "I don't speak Kazakh", RU),
    ],
)
def test_the_wished_language(understanding: Understanding, language: Language, text: str, wished: Language) -> None:
    """A language that is asked for is met; one that is not understood is left."""
    assert understanding.read(heard(text), context(language)).language is wished


def test_the_classifier_is_trained_once() -> None:
    """All scenarios of a process share one understanding."""
    assert load_understanding() is load_understanding()
