"""What words are found by: the folded form, and lemmas of the languages that a word can be of.

Keys are strings: a form stands for itself, a lemma has its language before it: ``оплатил``, ``ru:оплатить``,
``kk:толе``, ``en:pay``. A word that is looked for finds those that share a key with it.
"""

import gc
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Final

import snowballstemmer

from analytics.expressions.kazakh import stems
from analytics.russian import dictionary
from engine.folding import fold
from engine.speech import Language

RULES: Final = 1
"""Of this module and `analytics.expressions.kazakh`; to be raised with any change of what `keys_of` returns."""

_DICTIONARIES: Final = ("pymorphy3", "pymorphy3-dicts-ru", "snowballstemmer")
_REMEMBERED: Final = 1 << 17
_LONGEST: Final = 40
"""Letters beyond which nothing is a word of a language: it is found by its form alone."""

_KAZAKH_LETTERS: Final = frozenset("әғқңөұүһі")
_RUSSIAN_LETTERS: Final = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")

_IRREGULAR: Final = {
    form: lemma
    for lemma, forms in {
        "be": "am is are was were been",
        "begin": "began begun",
        "break": "broke broken",
        "bring": "brought",
        "buy": "bought",
        "come": "came",
        "do": "did done",
        "find": "found",
        "forget": "forgot forgotten",
        "get": "got gotten",
        "give": "gave given",
        "go": "went gone",
        "have": "has had",
        "hear": "heard",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "leave": "left",
        "lend": "lent",
        "lose": "lost",
        "make": "made",
        "mean": "meant",
        "meet": "met",
        "money": "monies",
        "pay": "paid",
        "person": "people",
        "say": "said",
        "see": "saw seen",
        "sell": "sold",
        "send": "sent",
        "speak": "spoke spoken",
        "spend": "spent",
        "steal": "stole stolen",
        "take": "took taken",
        "tell": "told",
        "think": "thought",
        "understand": "understood",
        "write": "wrote written",
    }.items()
    for form in forms.split()
}


@cache
def keys_version() -> str:
    """Return what `keys_of` goes by: keys that were kept under another version are to be made anew."""
    return " ".join([f"rules-{RULES}", *(f"{name}-{version(name)}" for name in _DICTIONARIES)])


def read_dictionaries() -> None:
    """Read them before the first word is asked for, for a process that lives long.

    The garbage collector passes them by from then on, and all else that is there already: a whole collection walked
    through them in the middle of a search, and took 0.1 s.
    """
    for word in ("слово", "сөз", "words"):
        keys_of(word)
    gc.collect()
    gc.freeze()


@lru_cache(_REMEMBERED)
def keys_of(word: str, language: Language | None = None) -> tuple[str, ...]:
    """Return the keys of a word that was heard or written; the first is its folded form.

    Args:
        word: of `engine.folding.spelled`, its letters unfolded.
        language: of the utterance; None where nobody could tell. A word that no Russian dictionary has is taken for
            Kazakh too, whatever the utterance is: speakers mix the two.
    """
    form = fold(word)
    if len(word) > _LONGEST:
        return (form,)
    if word.isascii():
        return (form, *_english(word)) if word.isalpha() else (form,)
    if not _KAZAKH_LETTERS.isdisjoint(word):
        return (form, *_kazakh(form))
    if not _RUSSIAN_LETTERS.issuperset(word):
        return (form,)
    if language is Language.KAZAKH or not dictionary().word_is_known(word):
        return (form, *_russian_lemmas(word), *_kazakh(form))
    return (form, *_russian_lemmas(word))


@lru_cache(_REMEMBERED)
def wanted_keys(word: str) -> tuple[str, ...]:
    """Return the keys that a word of an expression looks for; the first is its folded form.

    Args:
        word: of `engine.folding.spelled`. Without letters that only Kazakh has it is taken for Kazakh as well.
    """
    return keys_of(word, Language.KAZAKH)


def _russian_lemmas(word: str) -> list[str]:
    return sorted({f"ru:{fold(reading.normal_form)}" for reading in dictionary().parse(word)})


def _kazakh(form: str) -> list[str]:
    return sorted(f"kk:{stem}" for stem in stems(form))


def _english(word: str) -> list[str]:
    if word in _IRREGULAR:
        word = _IRREGULAR[word]
    return [f"en:{_stem(word)}"]


def _stem(word: str) -> str:
    # A stemmer keeps the word it works on in itself: each call has its own, since threads share nothing then.
    stem: Callable[[str], str] = snowballstemmer.stemmer("english").stemWord
    return stem(word)
