"""A turn of several intents, who speaks, in which language, and what never confirms anyone."""

from datetime import date

import pytest

from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.understanding.lessons import Phrases
from dialogs.understanding.understanding import Context, Understood, load_understanding
from engine.accounts import Currency, Money
from engine.errors import ScenarioError
from engine.speech import Expect, Hypothesis, Language, Transcript, Word

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH
CONFIRMING = {Intent.YES, Intent.RPC_CONFIRM}


def read(language: Language, text: str, *others: str, expect: Expect = Expect.FREE) -> Understood:
    """Return the meaning of hypotheses to a question that narrows nothing."""
    hypotheses = tuple(Hypothesis(each, 0.5) for each in (text, *others))
    context = Context(
        language, expect, frozenset(Intent), "Алекс Пример", "Алекс", Currency.TENGE, date(2026, 11, 20), True
    )
    return load_understanding().read(Transcript(hypotheses, 0.0, 1.0, language), context)


@pytest.mark.parametrize(
    ("language", "text", "intent", "also"),
    [
        (RU, "да это я а кто звонит", "rpc_confirm", ("who_is_calling",)),
        (RU, "в пятницу оплачу и больше не звоните", "ptp_full", ("stop_contact",)),
        (RU, "денег нет но в пятницу половину заплачу", "ptp_partial", ("hardship",)),
        (RU, "а сколько я должен и как оплатить", "amount_question", ("how_to_pay",)),
        (RU, "нет я уже оплатил", "already_paid", ()),
        (RU, "да всё верно спасибо до свидания", "yes", ()),
        (KK, "иә менмін бірақ бұл кім", "rpc_confirm", ("who_is_calling",)),
        (EN, "I lost my job, but I can pay half on Friday.", "ptp_partial", ("hardship",)),
        (EN, "I'll pay on Friday and stop calling me.", "ptp_full", ("stop_contact",)),
    ],
)
def test_several_intents_in_one_turn(language: Language, text: str, intent: str, also: tuple[str, ...]) -> None:
    """All that is clearly said is heard; courtesies only go along."""
    understood = read(language, text)

    assert (understood.intent, understood.also) == (intent, also)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (RU, "да это я. Нет, его нет дома"),
        (RU, "да да слушаю но он умер в прошлом году"),
        (RU, "оплатит он в пятницу а сейчас его нет дома"),
        (RU, "алло да вы ошиблись номером"),
        (KK, "иә бірақ мен баламын мамам үйде жоқ"),
        (EN, "Yes, hello, he passed away last year."),
    ],
)
def test_a_disclaimer_wins_wherever_it_stands(language: Language, text: str) -> None:
    """Whoever is not the debtor hears nothing of a debt, whatever else he says; nor does a turn confirm besides."""
    understood = read(language, text)

    assert understood.intent in DISCLAIMS
    assert not CONFIRMING & set(understood.also)


@pytest.mark.parametrize("expect", [Expect.FREE, Expect.YES_NO])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        *((RU, text) for text in (
            "алло", "слушаю", "да слушаю", "алло да", "да алло", "говорите", "да говорите", "слушаю вас внимательно",
            "на проводе", "у аппарата", "да на связи", "здравствуйте", "да здравствуйте", "кто это", "да кто это",
            "угу слушаю", "что", "да что такое", "ну да алло слышно меня",
        )),
        *((KK, text) for text in ("алло", "иә алло", "тыңдап тұрмын", "иә тыңдап тұрмын", "айтыңыз", "да айтыңыз")),
        *((EN, text) for text in ("hello", "Yes, hello?", "Yeah, go on.", "I'm listening.", "Yes, who is this?")),
    ],
)  # fmt: skip
def test_an_answered_phone_confirms_nobody(language: Language, text: str, expect: Expect) -> None:
    """«Алло», «слушаю» and a question back are no yes, and a guess of one is never sure."""
    understood = read(language, text, expect=expect)

    assert not (understood.intent in CONFIRMING and understood.sure)


def test_a_scenario_cannot_make_a_greeting_confirm() -> None:
    """Neither as a whole utterance nor by a pattern."""
    for phrases in (Phrases(whole=("Алло, слушаю!",)), Phrases(patterns=("слуша\\w+",)), Phrases(examples=("алло",))):
        with pytest.raises(ScenarioError, match="confirms nobody"):
            load_understanding({Intent.RPC_CONFIRM: {RU: phrases}})


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (RU, "мен қазір жұмыстамын", KK),
        (RU, "кейин толеймин", KK),
        (RU, "казир уакытым жок кейин хабарласыныз", KK),
        (KK, "я сейчас на работе перезвоните", RU),
        (RU, "I don't understand, who is this", EN),
        (EN, "я вас не понимаю девушка", RU),
        (RU, "алло", None),
        (KK, "да", None),
        (RU, "иә", None),
        (RU, "двадцать пять тысяч", None),
        (KK, "двадцать пять тысяч", None),
        (RU, "жиырма бес мын", None),
        (KK, "алекс пример", None),
        (KK, "завтра төлеймін", None),
        (RU, "я завтра оплачу", None),
    ],
)
def test_the_language_of_the_words(language: Language, text: str, spoken: Language | None) -> None:
    """Told by words as well as letters; «алло», numbers, names and mixed speech tell nothing."""
    assert read(language, text).spoken is spoken


@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        (RU, "я не отказываюсь платить", "ptp_vague"),
        (RU, "уже не должен", "already_paid"),
        (RU, "не буду", "refuse"),
        (RU, "не сегодня", "no"),
        (KK, "төлеуден бас тартпаймын кейін төлеймін", "ptp_vague"),
        (KK, "төлемеймін", "refuse"),
        (EN, "I'm not refusing to pay", "ptp_vague"),
    ],
)
def test_negation(language: Language, text: str, intent: str) -> None:
    """«Не» turns the meaning of what it stands before."""
    assert read(language, text).intent == intent


@pytest.mark.parametrize("text", ["{name} спит", "{name}а нет дома", "{name} на работе до вечера"])
def test_the_debtors_name_is_known_in_every_case(text: str) -> None:
    """The classifier reads it as the debtor, so no example has to hold it."""
    assert read(RU, text.format(name="алекс")).intent == Intent.THIRD_PARTY


def test_confidence_is_a_probability_and_close_calls_name_a_rival() -> None:
    """A rule is nearly certain; a rival comes within reach of the best."""
    assert read(RU, "не буду платить").confidence > 0.9
    for text in ("карта деньги банк", "могу завтра позвонить оплатить", "оплата приложение код"):
        understood = read(RU, text)
        assert 0 < understood.confidence < 1
        assert understood.rival != understood.intent


def heard(*readings: tuple[str, float, float], expect: Expect = Expect.FREE, confidence: float = 0.8) -> Understood:
    """Return the meaning of readings, each with its share of the weight and the confidence of its last word."""
    hypotheses = tuple(
        Hypothesis(
            text,
            confidence,
            tuple(Word(word, 0.0, 0.1, 0.9 if word != text.split()[-1] else last) for word in text.split()),
            share,
        )
        for text, share, last in readings
    )
    context = Context(
        RU, expect, frozenset(Intent), "Алекс Пример", "Алекс", Currency.TENGE, date(2026, 11, 20), right_party=True
    )
    return load_understanding().read(Transcript(hypotheses, 0.0, 1.0, RU), context)


def test_readings_vote_by_their_weight() -> None:
    """Two that say the same outweigh one that is a little likelier, and make nothing sure that the best denies."""
    meant = heard(("нет", 0.4, 0.9), ("да верно", 0.35, 0.9), ("да", 0.25, 0.9), expect=Expect.YES_NO)
    assert (meant.intent, meant.sure) == ("yes", False)
    assert heard(("да", 0.7, 0.9), ("нет", 0.3, 0.9), expect=Expect.YES_NO).sure
    assert not heard(("да", 0.55, 0.9), ("нет", 0.45, 0.9), expect=Expect.YES_NO).sure


def test_a_sum_is_taken_where_it_is_well_formed_and_not_at_all_where_readings_disagree() -> None:
    """A day's reading without the sum that was asked for does not outvote it; three different sums are none."""
    found = heard(("заплачу тысяч", 0.55, 0.9), ("заплачу двадцать тысяч", 0.45, 0.9), expect=Expect.SUM).slots
    assert found.amount == Money(20_000_00, Currency.TENGE)
    three = (("тридцать тысяч", 0.36, 0.9), ("двадцать тысяч", 0.33, 0.9), ("тринадцать тысяч", 0.31, 0.9))
    assert heard(*three, expect=Expect.SUM).intent == Intent.NOT_UNDERSTOOD
    promise = heard(*((f"заплачу {text} завтра", share, 0.9) for text, share, _ in three), expect=Expect.PROMISE)
    assert (promise.intent, promise.slots.amount, promise.slots.days) == ("ptp_full", None, (date(2026, 11, 21),))


def test_doubtful_words_tell_nothing_of_consequence_by_themselves() -> None:
    """A death that hangs on one doubtful word is asked for again; a doubtful «да» to a question is heard."""
    assert heard(("он умер", 1.0, 0.9)).intent == Intent.DECEASED
    assert heard(("он умер", 1.0, 0.1)).intent != Intent.DECEASED
    doubtful = heard(("да", 1.0, 0.2), expect=Expect.YES_NO, confidence=0.2)
    assert (doubtful.intent, doubtful.sure) == ("yes", False)
    assert heard(("муж на весом", 0.6, 0.2), ("мужна лесом", 0.4, 0.2), confidence=0.2).intent == "not_understood"
