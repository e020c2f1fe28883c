"""From what recognisers read on each channel to utterances in the order in which they were said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from analytics.conversation import Role, Utterance
from analytics.spans import Timed
from engine.audio import Samples
from engine.speech import Language, Transcript, Word

_PAUSE_S: Final = 0.8
"""Of one speaker: what lies behind is another utterance."""

_YIELD_S: Final = 0.25
"""The same where the other side speaks meanwhile."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What was found on a channel.

    Args:
        spans: where speech is, in the recording's seconds.
        transcripts: what was read of it, in their order.
    """

    spans: tuple[Timed, ...]
    transcripts: tuple[Transcript, ...]


class Listener(Protocol):
    """Detects speech and reads it, with all the time that it takes; the roof hands it in."""

    def __call__(self, samples: Samples, /) -> Channel:
        """Read a whole channel: int16, shape (n,), 8 kHz.

        Raises:
            RecognitionError: the recogniser failed.
        """


class Listeners(Protocol):
    """The recognisers of a machine."""

    def version(self, language: str, /) -> str:
        """Return the name of a language's recogniser and the digest of its files, without loading it.

        Raises:
            ModelMissing: there is none.
        """

    def listener(self, language: str, /) -> Listener:
        """Return a language's recogniser, loaded once.

        Raises:
            ModelMissing: there is none.
        """


def utterances(channels: Mapping[Role, Channel], duration_s: float) -> tuple[Utterance, ...]:
    """Return what all sides said, by its start.

    Words are parted where their speaker pauses, sooner where the other side speaks meanwhile. Speech without a word
    that was understood is an utterance without words.

    Args:
        channels: by who speaks on them.
        duration_s: of the recording; nothing lies beyond.
    """
    words = {
        role: [word for one in channel.transcripts for word in words_of(one)] for role, channel in channels.items()
    }
    found: list[Utterance] = []
    for role, channel in channels.items():
        middles = sorted(_middle_s(word) for other in words if other is not role for word in words[other])
        for transcript in channel.transcripts:
            language = transcript.language if isinstance(transcript.language, Language) else None
            for part in _parted(words_of(transcript), middles):
                start_s = min(max(part[0].start_s, 0.0), duration_s)
                end_s = min(max(part[-1].end_s, start_s), duration_s)
                found.append(Utterance(role, tuple(part), start_s, end_s, language))
        found += [
            Utterance(role, (), span.start_s, min(span.end_s, duration_s))
            for span in channel.spans
            if not any(word.start_s < span.end_s and span.start_s < word.end_s for word in words[role])
        ]
    return in_order(found)


def in_order(found: Iterable[Utterance]) -> tuple[Utterance, ...]:
    """Return utterances by their start."""
    return tuple(sorted(found, key=lambda one: (one.start_s, one.end_s)))


def words_of(transcript: Transcript) -> tuple[Word, ...]:
    """Return the words of the best reading; where it has no times, they share out the utterance's by their letters."""
    if not transcript.hypotheses:
        return ()
    best = transcript.hypotheses[0]
    return best.words or spread(best.text, transcript.start_s, transcript.end_s, best.confidence)


def spread(text: str, start_s: float, end_s: float, confidence: float) -> tuple[Word, ...]:
    """Return the words of a text, each as long as its share of the letters."""
    words = text.split()
    letters = sum(len(word) for word in words)
    found, at_s = [], start_s
    for word in words:
        until_s = at_s + (end_s - start_s) * len(word) / letters
        found.append(Word(word, at_s, until_s, confidence))
        at_s = until_s
    return tuple(found)


def _parted(words: Sequence[Word], others_s: Sequence[float]) -> Iterator[list[Word]]:
    part: list[Word] = []
    for word in words:
        if part:
            silence_s = word.start_s - part[-1].end_s
            answered = any(part[-1].end_s <= at_s <= word.start_s for at_s in others_s)
            if silence_s >= _PAUSE_S or (silence_s >= _YIELD_S and answered):
                yield part
                part = []
        part.append(word)
    if part:
        yield part


def _middle_s(word: Word) -> float:
    return (word.start_s + word.end_s) / 2
