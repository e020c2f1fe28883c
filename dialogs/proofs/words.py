"""Neutral prompts hold no word that discloses a debt, and no prompt holds a threat; the words are in ``words.yaml``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from dialogs.checks.fault import Fault
from dialogs.checks.wordings import facts_in, steps_of, texts
from dialogs.documents import Steps, read_document
from dialogs.facts import FACTS
from dialogs.proofs.examples import filled
from dialogs.respelling import Respelling, plain, without_marks
from dialogs.schema import PromptSpec, ScenarioSpec, SlotKind, ValueKind
from engine.speech import Language

_TOLD: Final = {
    "debt": "a debt",
    "collection": "that a debt is collected",
    "products": "what the debt is from",
    "payment": "that money is to be paid",
    "sums": "a sum",
}


class _ListSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    words: tuple[str, ...]
    harmless: tuple[str, ...] = Field(default=(), alias="except")


class _WordsSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str
    as_of: date
    review: Language
    disclosing: dict[str, dict[Language, _ListSpec]]
    threats: dict[Language, _ListSpec]


@dataclass(frozen=True, slots=True)
class WordList:
    """Words and phrases to look for in texts of one language.

    Args:
        wanted: pattern of the words.
        harmless: pattern of those that only look alike.
    """

    wanted: re.Pattern[str]
    harmless: re.Pattern[str]

    def first(self, text: str) -> str | None:
        """Return the first of the words in a text, as it stands there, or None."""
        text = plain(text)
        folded = text.lower().replace("ё", "е")
        for match in self.wanted.finditer(folded):
            if not self.harmless.fullmatch(match[0]):
                return text[match.start() : match.end()]
        return None


@dataclass(frozen=True, slots=True)
class Words:
    """All lists.

    Args:
        disclosing: by what they disclose, and language.
        threats: by language.
    """

    disclosing: Mapping[str, Mapping[Language, WordList]]
    threats: Mapping[Language, WordList]


@cache
def load_words() -> Words:
    """Read ``words.yaml``."""
    spec = _WordsSpec.model_validate(read_document(files("dialogs.proofs") / "words.yaml").data)
    return Words(
        {group: {language: _list(words) for language, words in by.items()} for group, by in spec.disclosing.items()},
        {language: _list(words) for language, words in spec.threats.items()},
    )


def word_faults(spec: ScenarioSpec) -> Iterator[Fault]:
    """Yield the words that disclose a debt in neutral prompts, and the threats in any."""
    for name, prompt in spec.prompts.items():
        if prompt.neutral:
            yield from _money(spec, name, prompt)
        for language in spec.languages:
            for tone, variant, text in texts(prompt, language):
                steps = steps_of(name, language, tone, variant)
                yield from _threats(name, text, language, steps)
                if prompt.neutral:
                    yield from _disclosed(spec, name, text, language, steps)


def _disclosed(spec: ScenarioSpec, name: str, text: str, language: Language, steps: Steps) -> Iterator[Fault]:
    for rendered in _renderings(spec, text, language):
        for group, lists in load_words().disclosing.items():
            read_in = (language, Language.RUSSIAN) if language is Language.KAZAKH else (language,)  # they are mixed
            word = next(filter(None, (lists[each].first(rendered) for each in read_in)), None)
            if word is not None:
                message = f"neutral prompt `{name}` says «{word}», which tells anyone {_TOLD.get(group, group)}"
                yield Fault("disclosing_word", steps, message, "word it without, or delete `neutral: true`")
                return


def _renderings(spec: ScenarioSpec, text: str, language: Language) -> Iterator[str]:
    """Yield a text with its facts in words: examples, and every word a choice can have; and as it is pronounced."""
    read = filled(spec, text, language)
    yield read
    heard = Respelling(spec.pronunciations).spoken(read, language)
    if heard != read:
        yield without_marks(heard)
    for fact in facts_in(text):
        slot = spec.slots.get(fact)
        if slot is not None and slot.of is not None:
            yield from (words[language][0] for words in spec.entities[slot.of].values() if words.get(language))


def _threats(name: str, text: str, language: Language, steps: Steps) -> Iterator[Fault]:
    word = load_words().threats[language].first(text)
    if word is not None:
        message = f"`{name}` says «{word}», which a debtor may take for a threat"
        yield Fault("threat", steps, message, "tell consequences as facts of law or contract, or delete it")


def _money(spec: ScenarioSpec, name: str, prompt: PromptSpec) -> Iterator[Fault]:
    kinds = {fact: declared.kind for fact, declared in {**FACTS, **spec.facts}.items()}
    kinds |= {slot: ValueKind.MONEY for slot, declared in spec.slots.items() if declared.kind is SlotKind.MONEY}
    for language in spec.languages:
        for tone, variant, text in texts(prompt, language):
            sums = sorted(fact for fact in facts_in(text) if kinds.get(fact) is ValueKind.MONEY)
            if sums:
                message = f"neutral prompt `{name}` tells the sum {{{sums[0]}}} to anyone"
                yield Fault("disclosing_word", steps_of(name, language, tone, variant), message, "delete the fact")


def _list(spec: _ListSpec) -> WordList:
    return WordList(_pattern(spec.words), _pattern(spec.harmless))


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of whole words; a star takes in whatever precedes, or follows."""
    ways = (
        r"\w*" * word.startswith("*")
        + r"\s+".join(map(re.escape, word.strip("*").split()))
        + r"\w*" * word.endswith("*")
        for word in words
    )
    return re.compile(rf"\b(?:{'|'.join(ways)})\b" if words else r"(?!)")
