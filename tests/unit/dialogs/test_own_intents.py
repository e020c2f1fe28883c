"""A scenario's own intents, and its additions to the known ones."""

from datetime import date

import pytest

from dialogs.understanding.intents import Intent
from dialogs.understanding.lessons import Phrases
from dialogs.understanding.understanding import Context, Understanding, load_understanding
from engine.accounts import Currency
from engine.speech import Expect, Hypothesis, Language, Transcript

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH
OWN = {
    "want_card": {
        RU: Phrases(
            whole=("хочу карту",),
            patterns=(r"(?:оформ|выпус)\w+(?: \w+)? карт[уы]",),
            examples=("можно мне кредитную карту", "дайте карточку с лимитом", "какие у вас есть карты"),
        ),
        KK: Phrases(whole=("карта алғым келеді",)),
    },
    Intent.CALLBACK: {RU: Phrases(whole=("маякните завтра",))},
}


def read(understanding: Understanding, text: str, language: Language) -> str:
    """Return the intent of a text where nothing is narrowed."""
    awaited = frozenset({*Intent, "want_card"})
    context = Context(language, Expect.FREE, awaited, "Alex Sample", "Alex", Currency.TENGE, date(2026, 11, 20), True)
    return understanding.read(Transcript((Hypothesis(text, 1.0),), 0.0, 1.0, language), context).intent


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    """The shipped phrases with those above."""
    return load_understanding(OWN)


@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        (RU, "Хочу карту!", "want_card"),
        (RU, "а можно оформить мне карту", "want_card"),
        (RU, "мне бы кредитную карточку с лимитом", "want_card"),
        (KK, "карта алгым келеди", "want_card"),
        (RU, "маякните завтра", "callback"),
        (RU, "не буду платить", "refuse"),
    ],
)
def test_own_phrases_are_understood(understanding: Understanding, language: Language, text: str, intent: str) -> None:
    """By whole utterance, by pattern and by likeness to an example; the shipped ones still hold."""
    assert read(understanding, text, language) == intent


def test_scenarios_of_the_same_content_share_one_model(understanding: Understanding) -> None:
    """Nothing of one's own means the shipped model, and the same phrases, in whatever order, the same one."""
    assert load_understanding({}) is load_understanding({"want_card": {RU: Phrases()}}) is load_understanding()
    assert load_understanding(dict(reversed(OWN.items()))) is understanding
    assert understanding.content_hash != load_understanding().content_hash
