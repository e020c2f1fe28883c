"""Whose the personal data in a contact are: those of the person whom it is about, and those of others.

Whoever asks what is known of them is given their own data, not other people's. What is their own must be known: names
and numbers. Whatever else redaction finds counts as another's, since a number that was dictated may be anybody's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.conversation import Conversation, Role, Utterance
from analytics.redaction.names import bare
from analytics.redaction.people import known_names
from analytics.redaction.reading import groups_of, piece_of
from analytics.redaction.values import Kind, Span
from engine.calls import Disposition

_SHORTEST_PART: Final = 4
"""Digits from which on a part of a number is told from any other: cards and contracts are named by so many."""

OTHERS: Final = frozenset({Disposition.THIRD_PARTY, Disposition.WRONG_PERSON, Disposition.MINOR})
"""Outcomes that tell that another person was reached."""


@dataclass(frozen=True, slots=True)
class Own:
    """What is known to be a person's own.

    Args:
        names: full names and parts of them.
        numbers: digits, with the country code where they have one.
    """

    names: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()

    def has(self, utterance: Utterance, span: Span) -> bool:
        """Whether the words of a span are this person's name or number, in any form and way of saying it."""
        words = utterance.words[span.first : span.stop]
        if span.kind is Kind.NAME:
            names = known_names(self.names)
            return bool(words) and all(any(name.fits(bare(word.text)) for name in names) for word in words)
        groups = groups_of([piece_of(word.text, utterance.language) for word in words])
        digits = _national("".join(group.digits for group in groups))
        return len(digits) >= _SHORTEST_PART and any(digits in _national(number) for number in self.numbers)


def of_others(conversation: Conversation, spans: Sequence[Span], own: Own) -> tuple[Span, ...]:
    """Return the spans that are not the person's own, and all that another person said who was reached instead."""
    found = [span for span in spans if not own.has(conversation.utterances[span.utterance], span)]
    return (*found, *of_third_person(conversation))


def of_third_person(conversation: Conversation) -> Iterator[Span]:
    """Yield all that the other side said where the contact's outcome tells that it was another person.

    The first span has no words: it is the whole channel, in which there may be speech that was not heard.
    """
    if conversation.attributes.get("outcome") not in OTHERS:
        return
    for index, said in enumerate(conversation.utterances):
        if index == 0:
            yield Span(0, 0, 0, Kind.THIRD_PERSON, Role.CLIENT, 0.0, conversation.duration_s)
        if said.role is Role.CLIENT:
            yield Span(index, 0, len(said.words), Kind.THIRD_PERSON, Role.CLIENT, said.start_s, said.end_s)


def _national(digits: str) -> str:
    """Return a telephone number without its country code or trunk prefix: both are said."""
    return digits[1:] if re.fullmatch(r"[78]\d{10}", digits) else digits
