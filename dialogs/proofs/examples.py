"""Words that make a path through a scenario readable: what a debtor might say, and facts with example values."""

from collections.abc import Callable, Mapping
from datetime import date, time
from functools import cache
from typing import Final

from dialogs.checks.wordings import PLACEHOLDER
from dialogs.facts import FACTS
from dialogs.proofs.turns import OTHER_WORDS
from dialogs.schema import ScenarioSpec, SlotKind
from dialogs.understanding.intents import Intent
from dialogs.understanding.lessons import load_lessons
from engine.accounts import Money
from engine.speech import Language
from engine.spoken import date_in_words, days_in_words, money_in_words, time_in_words, weekday_in_words
from engine.spoken.readings import Case

_DAY: Final = date(2026, 12, 4)
_SUM: Final = Money.of(15_000)
_RUSSIAN, _KAZAKH, _ENGLISH = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH

_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "creditor": {_RUSSIAN: "Банк «Пример»", _KAZAKH: "«Мысал» банкі", _ENGLISH: "Sample Bank"},
    "debtor.full_name": {_RUSSIAN: "Алекс Пример", _KAZAKH: "Алекс Мысал", _ENGLISH: "Alex Sample"},
    "debtor.given_name": {_RUSSIAN: "Алекс", _KAZAKH: "Алекс", _ENGLISH: "Alex"},
    "product": {_RUSSIAN: "потребительского кредита", _KAZAKH: "тұтынушылық несиенің", _ENGLISH: "personal loan"},
}

_KINDS: Final[Mapping[str, Callable[[Language, Case], str]]] = {
    "money": lambda language, case: money_in_words(_SUM, language, case=case),
    "day": lambda language, case: date_in_words(_DAY, language, case=case),
    "on_weekday": lambda language, case: weekday_in_words(_DAY, language, case=case),
    "days": lambda language, case: days_in_words(12, language, case=case),
    "time": lambda language, case: time_in_words(time(10), language, case=case),
}

_PHRASES: Final[Mapping[str, Mapping[Language, str]]] = {
    Intent.INFORM: {
        _RUSSIAN: "в пятницу, пятнадцать тысяч",
        _KAZAKH: "жұма күні, он бес мың",
        _ENGLISH: "fifteen thousand, on Friday",
    },
    Intent.NAME_GIVEN: {_RUSSIAN: "меня зовут Алекс", _KAZAKH: "менің атым Алекс", _ENGLISH: "my name is Alex"},
    Intent.NOT_UNDERSTOOD: {_RUSSIAN: "ну и погода", _KAZAKH: "шай қойшы", _ENGLISH: "nice weather"},
}


def phrase(spec: ScenarioSpec, intent: str, language: Language) -> str:
    """Return what a caller who means this may say, or an empty text where no words are known for it."""
    own = spec.intents.get(intent, {}).get(language)
    if own is not None and (texts := (*own.whole, *own.examples)):
        return texts[0]
    intent = Intent.NOT_UNDERSTOOD if intent == OTHER_WORDS else intent
    if intent in _PHRASES:
        return _PHRASES[intent][language]
    return _taught(language).get(intent, "")


def filled(spec: ScenarioSpec, text: str, language: Language) -> str:
    """Return a prompt's text with example values for its facts, the kind of fact where there is no better one."""

    def value(name: str, case: str | None) -> str:
        if name in _TEXTS:
            return _TEXTS[name][language]
        make = _KINDS.get(_kind(spec, name))
        return make(language, Case(case) if case else Case.NOMINATIVE) if make else f"‹{name}›"

    words = PLACEHOLDER.sub(lambda match: value(match[1], match[2]), text)
    return words[:1].upper() + words[1:]


def _kind(spec: ScenarioSpec, name: str) -> str:
    if name.endswith(".on_weekday"):
        return "on_weekday"
    if name in FACTS:
        return str(FACTS[name].kind.value)
    if name in spec.slots:
        kind = spec.slots[name].kind
        return "" if kind in (SlotKind.CHOICE, SlotKind.WORDS) else str(kind)
    return str(spec.facts[name].kind) if name in spec.facts else ""


@cache
def _taught(language: Language) -> Mapping[str, str]:
    """Return one phrase for each intent that the language files teach."""
    lessons, _ = load_lessons()
    lesson = lessons[language]
    examples = {intent: texts[0] for intent, texts in lesson.examples.items() if texts}
    whole = {intent: text for text, intent in reversed(list(lesson.whole.items()))}
    return {**examples, **whole}
