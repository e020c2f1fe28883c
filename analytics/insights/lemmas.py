"""One lemma for each word, chosen over all contacts, so that its forms are counted together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from analytics.conversation import Utterance
from analytics.expressions.lemmas import keys_of
from engine.folding import fold, spelled
from engine.speech import Language

_SHORTEST: Final = 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word as it is counted.

    Args:
        lemma: with its language before it, as in `analytics.expressions.lemmas`; a form that no language has is itself.
        text: in small letters.
        start_s: from the contact's start.
    """

    lemma: str
    text: str
    start_s: float


class Lemmas:
    """Chooses one of a word's lemmas: the one that explains most words of all contacts.

    «плачу» can be of «платить», «плакать» and «плач»; among people who speak of paying the first explains more.

    Args:
        utterances: of all contacts, in any order.
    """

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        counts: Counter[str] = Counter()
        for utterance in utterances:
            for word in _words(utterance):
                counts.update(keys_of(word, utterance.language)[1:])
        self._counts: Mapping[str, int] = counts
        self._chosen: dict[tuple[str, Language | None], str] = {}

    def of(self, utterance: Utterance) -> list[Spoken]:
        """Return an utterance's words in order; numbers, single letters and marks of redaction are left out."""
        return [
            Spoken(self._lemma(text, utterance.language), text, word.start_s)
            for word in utterance.words
            for text in spelled(word.text)
            if _counts(text) and not word.text.startswith("[")
        ]

    def _lemma(self, word: str, language: Language | None) -> str:
        if (word, language) not in self._chosen:
            form, *lemmas = keys_of(word, language)
            best = min(lemmas, key=lambda one: (-self._counts[one], -len(one), one), default=form)
            self._chosen[word, language] = best
        return self._chosen[word, language]


@cache
def function_words() -> frozenset[str]:
    """Return folded words that say nothing by themselves: prepositions, pronouns, fillers of three languages."""
    text = (files("analytics.insights") / "data" / "function_words.yaml").read_text("utf-8")
    lists: dict[str, str] = yaml.safe_load(text)["words"]
    return frozenset(fold(word) for words in lists.values() for word in words.split())


def _words(utterance: Utterance) -> list[str]:
    return [text for word in utterance.words for text in spelled(word.text) if _counts(text)]


def _counts(text: str) -> bool:
    return len(text) >= _SHORTEST and not any(letter.isdigit() for letter in text)
