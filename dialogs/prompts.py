"""Prompt templates: text with facts in braces, ``{debt:genitive}``, and the lines they become.

Grammar of a placeholder: ``{name}`` or ``{name:case}``; the names are `dialogs.facts.FACTS` and those that the scenario
declares, the cases `engine.spoken.readings.Case`. Without a case it is the nominative. Braces have no other use.

A combining acute (U+0301) behind a vowel marks its stress: the voice gets it, the transcript does not.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from zlib import crc32

from dialogs.facts import FACTS, CallFacts, Slots
from dialogs.respelling import Respelling, stray_mark, without_marks
from dialogs.schema import PLAIN, FactDeclaration
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
        length = len(without_marks(text))
        if length > MAX_PROMPT_CHARACTERS:
            raise TemplateError(f"{length} characters are too long for the phone; keep to {MAX_PROMPT_CHARACTERS}")
        if stray_mark(text):
            raise TemplateError("a stress mark that no vowel bears; put it right behind the vowel, or delete it")
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
        text = self.phrase(facts, slots, language)
        return None if text is None else _capitalised(text)

    def phrase(self, facts: CallFacts, slots: Slots, language: Language) -> str | None:
        """Return the same to stand within another text: it begins as it was written."""
        words: list[str] = []
        for part in self.parts:
            text = part if isinstance(part, str) else fact_in_words(facts, slots, part.name, language, part.case)
            if text is None:
                return None
            words.append(text)
        return "".join(words)

    def with_creditor(self, creditor: str) -> str | None:
        """Return the text where the creditor's name is its only fact, or None."""
        if not self.facts <= {"creditor"}:
            return None
        return "".join(part if isinstance(part, str) else creditor for part in self.parts)


Wordings = Mapping[Language, Mapping[str, tuple[Template, ...]]]
"""Texts of a prompt: the variants of every tone, by language."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that is ready to be spoken.

    Args:
        name: in the scenario.
        wordings: its texts.
        neutral: may be said to anyone.
        interruptible: the caller may barge in.
        recordings: played instead of the voice, by language.
        respelling: how words are said that are written otherwise.
    """

    name: str
    wordings: Wordings
    neutral: bool
    interruptible: bool
    recordings: Mapping[Language, Path] = field(default_factory=dict)
    respelling: Respelling = Respelling()

    @property
    def varied(self) -> bool:
        """Whether it is worded in several ways that take turns."""
        return any(len(variants) > 1 for tones in self.wordings.values() for variants in tones.values())

    def templates(self, language: Language) -> tuple[Template, ...]:
        """Return all of its texts in a language."""
        return tuple(template for variants in self.wordings[language].values() for template in variants)

    def line(
        self, facts: CallFacts, slots: Slots, language: Language, *, tone: str = PLAIN, times: int = 0
    ) -> Line | None:
        """Return the line to speak, or None while a fact in it is not known.

        Args:
            facts: of the call.
            slots: what was told and looked up.
            language: of the line.
            tone: of the call; where there is no text in it, the plain one is taken, or else the first.
            times: that it was said before in this call. The first variant depends on the account; then they take turns.
        """
        template = self._chosen(facts, language, tone, times)
        text = template.render(facts, slots, language)
        return None if text is None else self._spoken(text, language, fixed=not template.facts)

    def phrase(self, facts: CallFacts, slots: Slots, language: Language, *, tone: str = PLAIN) -> str | None:
        """Return the text with its stress marks, to stand within another; None while a fact in it is not known."""
        return self._chosen(facts, language, tone, 0).phrase(facts, slots, language)

    def ready_lines(self, language: Language, creditor: str | None) -> Iterator[Line]:
        """Yield the lines that are the same in every call of a creditor."""
        for template in self.templates(language):
            text = template.with_creditor(creditor or "")
            if text is not None and (creditor or not template.facts):
                yield self._spoken(text, language, fixed=True)

    def _chosen(self, facts: CallFacts, language: Language, tone: str, times: int) -> Template:
        tones = self.wordings[language]
        variants = tones.get(tone) or tones.get(PLAIN) or next(iter(tones.values()))
        first = crc32(f"{facts.account.account_id}/{self.name}".encode())
        return variants[(first + times) % len(variants)]

    def _spoken(self, marked: str, language: Language, *, fixed: bool) -> Line:
        text, spoken = without_marks(marked), self.respelling.spoken(marked, language)
        said = "" if spoken == text else spoken
        return Line(text, language, self.name, fixed, self.interruptible, self.recordings.get(language), said)


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
