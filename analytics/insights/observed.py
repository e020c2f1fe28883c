"""A contact with all that is known of it, as insights look at many."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

from analytics.conversation import Conversation, Role, Utterance
from analytics.payments.values import Settlement, Standing
from engine.speech import Language

DECIDED: Final = frozenset({Standing.KEPT, Standing.PARTLY, Standing.BROKEN})
_KAZAKH_LETTERS: Final = frozenset("әғқңөұүһі")


class Caller(StrEnum):
    """Who held the contact for the bank."""

    BOT = "bot"
    PERSON = "person"
    """A person, also after a bot."""


@dataclass(frozen=True)  # without slots: who held it is found out once
class Observed:
    """One contact.

    Args:
        conversation: with its words, unless these are read when they are wanted.
        client: by whom people are counted; whoever is not known counts as one of his own.
        segment: line of work; empty where it is not known.
        measures: of `analytics.measures`, by name; None where it could not be told.
        found: what holds of it or does not, such as categories and criteria of a scorecard, with the second of its
            first words where there are any: ``{"category:hardship": 12.4}``.
        missing: what was looked for in it and does not hold; what is in neither could not be told.
        promises: made in it, and what became of them.
        repeated: whether another contact followed within 7 days; None where that cannot be told yet.
        right_party: whether the client himself was reached; None where nobody can tell.
        reread: gives the conversation with its words where it is without them here.
    """

    conversation: Conversation
    client: str
    segment: str = ""
    measures: Mapping[str, float | None] = field(default_factory=lambda: MappingProxyType({}))
    found: Mapping[str, float | None] = field(default_factory=lambda: MappingProxyType({}))
    missing: frozenset[str] = frozenset()
    promises: tuple[Settlement, ...] = ()
    repeated: bool | None = None
    right_party: bool | None = None
    reread: Callable[[Conversation], Conversation] | None = None

    @property
    def spoken(self) -> Conversation:
        """The conversation with its words."""
        return self.conversation if self.reread is None else self.reread(self.conversation)

    @cached_property
    def caller(self) -> Caller:
        """Who held it."""
        return Caller.PERSON if self.spoken.said_by(Role.AGENT) else Caller.BOT

    @cached_property
    def language(self) -> Language | None:
        """That most of its utterances are in; None where nothing was said."""
        spoken = Counter(language_of(one) for one in self.spoken.utterances if one.words)
        return min(spoken, key=lambda one: (-spoken[one], one), default=None)

    def without_words(self, reread: Callable[[Conversation], Conversation]) -> "Observed":
        """Return the same, its words left to be read again when they are wanted."""
        light = replace(self, conversation=replace(self.conversation, utterances=()), reread=reread)
        light.__dict__.update(caller=self.caller, language=self.language)  # found out while the words are here
        return light

    @property
    def kept(self) -> bool | None:
        """Whether what was promised in it was kept; None where nothing was, or where that is open yet."""
        told = [one.standing for one in self.promises if one.standing in DECIDED]
        return all(one is Standing.KEPT for one in told) if told else None

    @property
    def week(self) -> "Week":
        """The week in which it began."""
        return Week.of(self.conversation.started_at.date())


def language_of(utterance: Utterance) -> Language:
    """Return an utterance's language, by its letters where nobody could tell."""
    if utterance.language is not None:
        return utterance.language
    text = utterance.text.lower()
    if not _KAZAKH_LETTERS.isdisjoint(text):
        return Language.KAZAKH
    return Language.ENGLISH if text.isascii() else Language.RUSSIAN


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week of ISO 8601, Monday to Sunday."""

    year: int
    number: int

    @staticmethod
    def of(day: date) -> "Week":
        """Return the week of a day."""
        return Week(*day.isocalendar()[:2])

    @staticmethod
    def parse(text: str) -> "Week":
        """Read ``2026-W47``.

        Raises:
            ValueError: it is no week.
        """
        year, mark, number = text.strip().upper().partition("-W")
        if not (mark and year.isascii() and year.isdigit() and number.isascii() and number.isdigit()):
            raise ValueError(f"{text} is no week; write it as 2026-W47")
        date.fromisocalendar(int(year), int(number), 1)
        return Week(int(year), int(number))

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return date.fromisocalendar(self.year, self.number, 7)

    def before(self, weeks: int) -> "Week":
        """Return the week so many before it."""
        return Week.of(date.fromordinal(self.monday.toordinal() - 7 * weeks))

    def __str__(self) -> str:
        """Return ``2026-W47``."""
        return f"{self.year}-W{self.number:02d}"
