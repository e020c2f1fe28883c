"""Sentences that nobody read: words of people's utterances alone, in part, or joined to others of the same speaker."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from asr.builtin.features import Floats
from asr.training.corpora import Utterance

_WHOLE, _PART = 0.1, 0.3
"""Draws below the first leave an utterance whole, below the second take a part of it, else parts are joined."""

_WORDS_OF_PARTS = (1, 1, 1, 2, 2, 3)
"""Drawn from. Longer parts are learnt by heart: four words of one sentence tell the fifth."""

_MOST_PARTS = 8

_WITHIN_WORDS = 0.5
"""Of the passages that are joined from parts: these may be cut within words, so that words, too, are unheard of."""

_LEAST_FRAMES_A_LETTER = 4

Cut = tuple[int, int]
"""Letters before it, the space between two words among them, and the frame."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What one row of a batch says.

    Args:
        language: of the text.
        text: lower case, letters and spaces.
        stretches: of cached frames, first and number, put end to end.
    """

    language: str
    text: str
    stretches: tuple[tuple[int, int], ...]

    @classmethod
    def whole(cls, utterance: Utterance) -> "Passage":
        """Return an utterance as it is."""
        return cls(utterance.language, utterance.text, ((utterance.first_frame, utterance.frames),))

    @property
    def frames(self) -> int:
        """Their number."""
        return sum(count for _, count in self.stretches)

    def spoken(self, frames: npt.NDArray[np.float16]) -> Floats:
        """Return the frames themselves, shape (n, BANDS)."""
        return np.concatenate([frames[first : first + count] for first, count in self.stretches]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Part:
    """What lies between two cuts of an utterance.

    Args:
        text: without spaces at its ends.
        stretch: of cached frames, first and number.
        open_before: whether it begins within a word.
        open_behind: whether it ends within a word.
    """

    text: str
    stretch: tuple[int, int]
    open_before: bool
    open_behind: bool


class Splicer:
    """Draws passages.

    Args:
        utterances: of one corpus.
        boundaries: an utterance's first frame to where it may be cut: letters before, and the frame counted from it.
    """

    def __init__(self, utterances: Sequence[Utterance], boundaries: Mapping[int, Sequence[Cut]]) -> None:
        self._cuts: dict[int, list[Cut]] = {}
        self._by_speaker: dict[str, list[Utterance]] = defaultdict(list)
        read = Counter(utterance.text for utterance in utterances)
        for utterance in utterances:
            if utterance.first_frame in boundaries:
                self._cuts[utterance.first_frame] = cuts(utterance, boundaries[utterance.first_frame])
                self._by_speaker[utterance.speaker].append(utterance)
        # Some sentences are read by hundreds, others by one.
        self._chances = {
            speaker: _shares([read[one.text] ** -0.5 for one in said]) for speaker, said in self._by_speaker.items()
        }

    def passage(self, utterance: Utterance, rng: Generator) -> Passage:
        """Return an utterance, a part of it, or parts of its speaker's utterances; whole if it has no boundaries."""
        draw = rng.random()
        if draw < _WHOLE or utterance.first_frame not in self._cuts:
            return Passage.whole(utterance)
        if draw < _PART:
            part = self._part(utterance, rng, within_words=False)
            return Passage(utterance.language, part.text, (part.stretch,))
        within_words = rng.random() < _WITHIN_WORDS
        others = self._by_speaker[utterance.speaker]
        count = int(rng.integers(2, _MOST_PARTS + 1))
        parts: list[Part] = []
        for index in rng.choice(len(others), count, p=self._chances[utterance.speaker]):
            opened = bool(parts) and parts[-1].open_behind
            parts.append(self._part(others[index], rng, within_words=within_words, opened=opened))
        return Passage(utterance.language, joined(parts), tuple(part.stretch for part in parts))

    def _part(self, utterance: Utterance, rng: Generator, *, within_words: bool, opened: bool = False) -> Part:
        """Draw a part of an utterance, one that goes on with a word that the part before it opened where it has any."""
        text, places = utterance.text, self._cuts[utterance.first_frame]
        if not within_words:
            places = [place for place in places if not _within(text, place[0])]
        every = range(len(places) - 1)
        starts = [at for at in every if _within(text, places[at][0]) == opened] or every
        at = starts[int(rng.integers(len(starts)))]
        first, begin = places[at]
        most = int(rng.choice(_WORDS_OF_PARTS))
        near = [place for place in places[at + 1 :] if len(text[first : place[0]].split()) <= most] or [places[at + 1]]
        last, end = ([place for place in near if _within(text, place[0])] or near)[-1]
        stretch = (utterance.first_frame + begin, end - begin)
        return Part(text[first:last].strip(), stretch, _within(text, first), _within(text, last))


def joined(parts: Sequence[Part]) -> str:
    """Return what parts one after the other say: what two cuts left of two words is one."""
    text = parts[0].text
    for before, part in pairwise(parts):
        text += part.text if before.open_behind and part.open_before else f" {part.text}"
    return text


def cuts(utterance: Utterance, boundaries: Sequence[Cut]) -> list[Cut]:
    """Return where an utterance may be cut, its ends included.

    A boundary that leaves the letters on either side no time to be said in is wrong, and left out.
    """
    text = utterance.text
    edges = [(0, 0), *boundaries, (len(text), utterance.frames)]
    least = [_LEAST_FRAMES_A_LETTER * len(text[first:last].strip()) for (first, _), (last, _) in pairwise(edges)]
    said = [end - begin >= frames for ((_, begin), (_, end)), frames in zip(pairwise(edges), least, strict=True)]
    inner = [edge for edge, before, behind in zip(edges[1:-1], said, said[1:], strict=False) if before and behind]
    return [edges[0], *inner, edges[-1]]


def _within(text: str, letter: int) -> bool:
    return 0 < letter < len(text) and text[letter - 1] != " "


def _shares(weights: Sequence[float]) -> npt.NDArray[np.float64]:
    return np.array(weights) / sum(weights)
