"""What is told of somebody else, of what was, or of a day: «выпишут», «шақырып отыр», "it left", «юбилей»."""

import re
from functools import lru_cache
from typing import Final

from analytics.russian import dictionary
from engine.folding import fold
from engine.speech import Language

_SURE: Final = 0.5
_LIKELY: Final = 0.3
_OF_PAYMENTS: Final = frozenset(
    {"быть", "мочь", "получиться", "выйти", "устроить", "хватить", "пойти", "идти", "подойти", "годиться", "прийти"}
    | {"управиться", "уложиться", "успеть", "суметь"}
)
"""Verbs that say of a payment that it will be."""
_OF_PAYING: Final = frozenset(
    {"оплата", "взнос", "перевод", "погашение", "дата", "день", "обещание", "слово", "край", "вариант", "утро", "вечер"}
    | {"девушка", "парень", "женщина", "мужчина", "железно", "дело", "честность", "максимум", "минимум", "дедлайн"}
)
"""Nouns that name no event beside a day."""
_OF_PEOPLE: Final = frozenset({"он", "она", "они"})
_KAZAKH: Final = re.compile(r"\w{2,}(ады|еди|йды|йди)|отыр|жатыр|тур|жур")
"""Kazakh's present of the third person; its past is spelt like an accusative."""
_ENGLISH: Final = re.compile(
    r"(?!need|agreed|indeed|supposed|allowed|red|bed|wed)\w+ed|was|were|had|did|got|went|came|gave|took|lost|died|broke"
)
_KAZAKH_OF_PAYMENTS: Final = re.compile(r"(бол|жет|тус|шык|шыг|кел|жара|бар|жур)\w*")


@lru_cache(maxsize=20_000)
def tells_of_others(word: str, language: Language) -> bool:
    """Whether a folded word is a verb that says what somebody else does; in Russian also, in English only what was."""
    if language is Language.KAZAKH:
        return _KAZAKH.fullmatch(word) is not None and _KAZAKH_OF_PAYMENTS.fullmatch(word) is None
    if language is Language.ENGLISH:
        return _ENGLISH.fullmatch(word) is not None
    best = dictionary().parse(word)[0]
    return _is_told(word) and best.normal_form not in _OF_PAYMENTS


@lru_cache(maxsize=20_000)
def tells_of_self(word: str) -> bool:
    """Whether a folded word is a verb for what the speaker is going to have done: «увижу»."""
    best = dictionary().parse(word)[0]
    future = best.tag.POS == "VERB" and "1per" in best.tag and "futr" in best.tag and "perf" in best.tag
    return bool(future and best.score > _SURE and best.normal_form not in _OF_PAYMENTS)


@lru_cache(maxsize=20_000)
def is_event(word: str) -> bool:
    """Whether a folded word is a noun that beside a day says what is on that day: «в субботу поминки»."""
    best = dictionary().parse(word)[0]
    noun = best.tag.POS == "NOUN" and "Name" not in best.tag and best.score >= _LIKELY
    return (
        bool(noun and {"nomn", "accs"} & best.tag.grammemes and fold(best.normal_form) == word)
        and word not in _OF_PAYING
    )


def asks_of_others(words: list[str]) -> bool:
    """Whether folded words are a question for what another person does: «когда она выйдет»."""
    return not _OF_PEOPLE.isdisjoint(words) and any(_is_told(word) for word in words)


def _is_told(word: str) -> bool:
    best = dictionary().parse(word)[0]
    told = best.tag.POS == "VERB" and ("3per" in best.tag or "past" in best.tag)
    return bool(told and best.score > _SURE)
