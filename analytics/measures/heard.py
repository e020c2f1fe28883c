"""A contact made ready for measuring: whose sound is where, and what its words tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from analytics.conversation import Conversation, Medium, Utterance
from analytics.measures.acoustics import Voice
from analytics.measures.phrases import NOT_HEARD, Find, PhraseBook, tokens_of
from analytics.measures.values import SIDES, Evidence, Side, side_of
from analytics.response import Span
from analytics.spans import merged
from engine.audio import Samples
from engine.speech import Word

PAUSE_S: Final = 0.25
"""Silence of one side that does not yet end its stretch of sound."""

_WORD_EDGE_S: Final = 0.1
"""By how much recognisers place a word beside its sound."""

_ACCOMPANIES_S: Final = 1.5
_MURMUR_S: Final = 0.7


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance with what its words tell.

    Args:
        utterance: as given.
        side: who said it.
        tokens: its words, folded.
        places: of each token the index of its word.
        finds: phrases by kind.
    """

    utterance: Utterance
    side: Side
    tokens: tuple[str, ...]
    places: tuple[int, ...]
    finds: Mapping[str, tuple[Find, ...]]

    @property
    def whole(self) -> Evidence:
        """The utterance as evidence."""
        return Evidence(self.side, self.utterance.start_s, self.utterance.end_s, self.utterance.text)

    @property
    def understood(self) -> bool:
        """Whether any of its words may be believed."""
        return any(self.tokens)

    @property
    def doubtful(self) -> bool:
        """Whether something was said that was not understood."""
        return not self.tokens or NOT_HEARD in self.tokens

    def shown(self, find: Find, value: float | None = None, since: int | None = None) -> Evidence:
        """Return the words of a find as evidence, from an earlier token on where one belongs to it."""
        first = self.places[find.start if since is None else since]
        words = self.utterance.words[first : self.places[find.end - 1] + 1]
        return Evidence(self.side, words[0].start_s, words[-1].end_s, " ".join(word.text for word in words), value)


@dataclass(frozen=True)
class Heard:
    """All that measures are taken from.

    Args:
        conversation: the contact.
        lines: of all sides, in order.
        sounds: of a call, by side: merged spans with no pauses under `PAUSE_S`; None where nothing tells them.
        voices: by side, where there is audio.
        book: phrases that were looked for.
    """

    conversation: Conversation
    lines: tuple[Line, ...]
    sounds: Mapping[Side, tuple[Span, ...]] | None
    voices: Mapping[Side, Voice]
    book: PhraseBook

    def said_by(self, side: Side) -> tuple[Line, ...]:
        """Return a side's lines."""
        return tuple(line for line in self.lines if line.side is side)

    @cached_property
    def words(self) -> Mapping[Side, tuple[Word, ...]]:
        """All words by side, in order of their middle."""
        return {
            side: tuple(sorted((word for line in self.said_by(side) for word in line.utterance.words), key=_middle_s))
            for side in SIDES
        }

    def words_within(self, side: Side, span: Span) -> tuple[Word, ...]:
        """Return the words of a side whose middle lies in a span, or at its edge."""
        return tuple(
            word
            for word in self.words[side]
            if span.start_s - _WORD_EDGE_S <= _middle_s(word) <= span.end_s + _WORD_EDGE_S
        )

    def evidence(self, side: Side, span: Span, value: float | None = None) -> Evidence:
        """Return a stretch of sound with the words in it."""
        text = " ".join(word.text for word in self.words_within(side, span))
        return Evidence(side, span.start_s, span.end_s, text, value)

    def accompanies(self, side: Side, span: Span) -> bool:
        """Whether a stretch of sound only accompanies the other side: «угу», or a murmur without words."""
        length_s = span.end_s - span.start_s
        if length_s > _ACCOMPANIES_S:
            return False
        tokens, _ = tokens_of(self.words_within(side, span))
        if not any(tokens):
            return length_s < _MURMUR_S
        return all(self.book.tells(token, "backchannel") for token in tokens)

    @cached_property
    def turns(self) -> Mapping[Side, tuple[Span, ...]]:
        """Stretches of sound by side that do more than accompany."""
        sounds = self.sounds or dict.fromkeys(SIDES, ())
        return {side: tuple(span for span in sounds[side] if not self.accompanies(side, span)) for side in SIDES}


def hear(
    conversation: Conversation,
    sounds: Mapping[Side, Sequence[Span]] | None,
    audio: Mapping[Side, Samples] | None,
    book: PhraseBook,
) -> Heard:
    """Make a contact ready.

    Args:
        conversation: the contact.
        sounds: by side, where a better detector than ours has looked; else they are found in the audio, or are the
            times of the words.
        audio: by side, int16, shape (n,), 8 kHz, from the contact's start.
        book: phrases to look for.
    """
    lines = []
    for utterance in conversation.utterances:
        tokens, places = tokens_of(utterance.words)
        lines.append(Line(utterance, side_of(utterance.role), tokens, places, book.find(tokens)))
    if conversation.medium is not Medium.CALL:
        return Heard(conversation, tuple(lines), None, {}, book)
    voices = {side: Voice(samples) for side, samples in (audio or {}).items()}
    found: dict[Side, tuple[Span, ...]] = {}
    for side in SIDES:
        if sounds is not None:
            raw: Sequence[Span] = sounds.get(side, ())
        elif side in voices:
            raw = voices[side].spans(PAUSE_S)
        else:
            raw = [span for line in lines if line.side is side for span in _spoken(line.utterance)]
        found[side] = merged(raw, PAUSE_S, conversation.duration_s)
    told = sounds is not None or bool(voices) or bool(lines)
    return Heard(conversation, tuple(lines), found if told else None, voices, book)


def _spoken(utterance: Utterance) -> list[Span]:
    """Return where an utterance sounds by its words, or whole where it has none."""
    return [Span(word.start_s, word.end_s) for word in utterance.words] or [Span(utterance.start_s, utterance.end_s)]


def _middle_s(word: Word) -> float:
    return (word.start_s + word.end_s) / 2
