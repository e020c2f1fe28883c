"""Prompt templates: text with facts in braces, ``{debt:genitive}``, and the lines they become.

Grammar of a placeholder: ``{name}`` or ``{name:case}``; the names are `dialogs.facts.FACTS` and those that the scenario
declares, the cases `engine.spoken.readings.Case`. Without a case it is the nominative. Braces have no other use.

A combining acute (U+0301) behind a vowel marks its stress: the voice gets it, the transcript does not.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dialogs.facts import FACTS, CallFacts, Slots
from dialogs.schema import FactDeclaration
from dialogs.wording import DECLINED, fact_in_words
from engine.dialog import Line
from engine.speech import Language
from engine.spoken.readings import Case

MAX_PROMPT_CHARACTERS: Final = 330
"""About 22 s of speech; a listener on the phone loses the thread of more (two sentences are the aim)."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class TemplateError(ValueError):
    """A prompt's text is wrong; the loader adds file and line."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A fact's place in a text."""

    name: str
    case: Case


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt's text in one language, split at its placeholders."""

    parts: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str, known: Mapping[str, FactDeclaration] = FACTS) -> "Template":
        """Split a text that may name the `known` facts.

        Raises:
            TemplateError: an unknown fact or case, an open brace, or a text that is empty or too long.
        """
        if not text.strip():
            raise TemplateError("the text is empty; write what the bot says")
        if len(text) > MAX_PROMPT_CHARACTERS:
            raise TemplateError(f"{len(text)} characters are too long for the phone; keep to {MAX_PROMPT_CHARACTERS}")
        pieces = _PLACEHOLDER.split(text)
        if any(brace in piece for piece in pieces[::2] for brace in "{}"):
            raise TemplateError("a brace without its partner; facts are written like {debt:genitive}")
        parts = [_placeholder(piece, known) if i % 2 else piece for i, piece in enumerate(pieces)]
        return cls(tuple(part for part in parts if part))

    @property
    def facts(self) -> frozenset[str]:
        """Names of the facts in it."""
        return frozenset(part.name for part in self.parts if isinstance(part, Placeholder))

    def render(self, facts: CallFacts, slots: Slots, language: Language) -> str | None:
        """Return the text with its facts in words, or None while one of them is not known."""
        words: list[str] = []
        for part in self.parts:
            text = part if isinstance(part, str) else fact_in_words(facts, slots, part.name, language, part.case)
            if text is None:
                return None
            words.append(text)
        return _capitalised("".join(words))

    def with_creditor(self, creditor: str) -> str | None:
        """Return the text where the creditor's name is its only fact, or None."""
        if not self.facts <= {"creditor"}:
            return None
        return "".join(part if isinstance(part, str) else creditor for part in self.parts)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that is ready to be spoken.

    Args:
        name: in the scenario.
        templates: by language.
        neutral: may be said to anyone.
        interruptible: the caller may barge in.
        recordings: played instead of the voice, by language.
    """

    name: str
    templates: Mapping[Language, Template]
    neutral: bool
    interruptible: bool
    recordings: Mapping[Language, Path]

    @property
    def fixed(self) -> bool:
        """Whether no fact stands in it, in any language."""
        return not any(template.facts for template in self.templates.values())

    def line(self, facts: CallFacts, slots: Slots, language: Language) -> Line | None:
        """Return the line to speak, or None while a fact in it is not known."""
        text = self.templates[language].render(facts, slots, language)
        return None if text is None else self._spoken(text, language, fixed=self.fixed)

    def ready_line(self, language: Language, creditor: str | None) -> Line | None:
        """Return the line as far as it is the same in every call of a creditor, else None."""
        text = self.templates[language].with_creditor(creditor or "")
        return None if text is None or not (self.fixed or creditor) else self._spoken(text, language, fixed=True)

    def _spoken(self, text: str, language: Language, *, fixed: bool) -> Line:
        recording = self.recordings.get(language)
        return Line(text, language, self.name, fixed, self.interruptible, recording)


def _capitalised(text: str) -> str:
    """Return a text that begins with a capital, even where a fact in small letters comes first."""
    return text[:1].upper() + text[1:]


def suggest_fact(name: str, known: Collection[str]) -> str:
    """Return the message for a fact that is not known."""
    close = get_close_matches(name, known, 1, 0.5)
    mend = f"did you mean {{{close[0]}}}?" if close else "known are " + ", ".join(known)
    return f"unknown fact {{{name}}}; {mend}"


def _placeholder(text: str, known: Mapping[str, FactDeclaration]) -> Placeholder:
    name, _, case = text.partition(":")
    spec = known.get(name)
    if spec is None:
        raise TemplateError(suggest_fact(name, known))
    if not case:
        return Placeholder(name, Case.NOMINATIVE)
    if spec.kind not in DECLINED:
        raise TemplateError(f"{{{name}}} is not declined; write it as {{{name}}}")
    if case not in set(Case):
        close = get_close_matches(case, list(Case), 1, 0.5)
        mend = f"did you mean `{close[0]}`?" if close else "known are " + ", ".join(Case)
        raise TemplateError(f"unknown case `{case}`; {mend}")
    return Placeholder(name, Case(case))
