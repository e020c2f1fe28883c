"""What a recogniser heard: words, hypotheses and transcripts."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

DOUBTFUL_BELOW: Final = 0.3
"""A reading that is less likely right says nothing by itself: what it is taken for must be clear from the question."""


class Language(StrEnum):
    """A language that callers speak (ISO 639-1)."""

    RUSSIAN = "ru"
    KAZAKH = "kk"
    ENGLISH = "en"


class Expect(StrEnum):
    """The kind of answer that the dialog waits for; steers endpointing and recognition."""

    YES_NO = "yes_no"
    NAME = "name"
    DATE = "date"
    SUM = "sum"
    PROMISE = "promise"
    """A date, a sum or both in one breath."""
    DIGITS = "digits"
    FREE = "free"


class Talker:
    """Whoever is heard on one call; by it a recogniser may remember a voice, its line and its language."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; times in stream seconds (or seconds from the start of a file)."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance.

    Args:
        text: of the words.
        confidence: how likely they are right, in 0..1.
        words: with times; empty where the recogniser gives none.
        share: of the recogniser's weight among all readings of the utterance, in 0..1; 1 where it gives one alone.
    """

    text: str
    confidence: float
    words: tuple[Word, ...] = ()
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """The readings of one utterance, best first; no hypothesis at all means "not heard".

    Args:
        hypotheses: best first.
        start_s: where the utterance's speech begins.
        end_s: where it ends.
        language: of the recogniser.
    """

    hypotheses: tuple[Hypothesis, ...]
    start_s: float
    end_s: float
    language: Language | str

    @property
    def text(self) -> str:
        """The best reading, or an empty string."""
        return self.hypotheses[0].text if self.hypotheses else ""

    @property
    def confidence(self) -> float:
        """Confidence of the best reading, 0 where nothing was heard."""
        return self.hypotheses[0].confidence if self.hypotheses else 0.0

    @property
    def doubtful(self) -> bool:
        """Whether nothing was heard, or what was is likelier wrong."""
        return self.confidence < DOUBTFUL_BELOW

    def shifted(self, by_s: float) -> "Transcript":
        """Return the same with all times later: where it is a part of a longer stream."""

        def word(word: Word) -> Word:
            return replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s)

        hypotheses = tuple(replace(one, words=tuple(map(word, one.words))) for one in self.hypotheses)
        return replace(self, hypotheses=hypotheses, start_s=self.start_s + by_s, end_s=self.end_s + by_s)
