"""Sentences that nobody read: words of people's utterances alone, in part, or joined to others of the same speaker."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from asr.builtin.features import Floats
from asr.training.corpora import Utterance

_WHOLE, _PART = 0.2, 0.45
"""Draws below the first leave an utterance whole, below the second take a part of it, else parts are joined."""

_MOST_WORDS, _MOST_PARTS = 4, 4
_LEAST_FRAMES_A_LETTER = 4


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


class Splicer:
    """Draws passages.

    Args:
        utterances: of one corpus.
        boundaries: an utterance's first frame to the frames, counted from it, between its words.
    """

    def __init__(self, utterances: Sequence[Utterance], boundaries: Mapping[int, Sequence[int]]) -> None:
        self._cuts: dict[int, list[tuple[int, int]]] = {}
        self._by_speaker: dict[str, list[Utterance]] = defaultdict(list)
        for utterance in utterances:
            if utterance.first_frame in boundaries:
                self._cuts[utterance.first_frame] = cuts(utterance, boundaries[utterance.first_frame])
                self._by_speaker[utterance.speaker].append(utterance)

    def passage(self, utterance: Utterance, rng: Generator) -> Passage:
        """Return an utterance, a part of it, or parts of its speaker's utterances; whole if it has no boundaries."""
        draw = rng.random()
        if draw < _WHOLE or utterance.first_frame not in self._cuts:
            return Passage.whole(utterance)
        if draw < _PART:
            return self._part(utterance, rng)
        others = self._by_speaker[utterance.speaker]
        chosen = [others[rng.integers(len(others))] for _ in range(rng.integers(2, _MOST_PARTS + 1))]
        parts = [self._part(one, rng) for one in chosen]
        stretches = tuple(stretch for part in parts for stretch in part.stretches)
        return Passage(utterance.language, " ".join(part.text for part in parts), stretches)

    def _part(self, utterance: Utterance, rng: Generator) -> Passage:
        places = self._cuts[utterance.first_frame]
        at = int(rng.integers(len(places) - 1))
        (first_word, begin), most = places[at], places[at][0] + int(rng.integers(1, _MOST_WORDS + 1))
        last_word, end = max([place for place in places[at + 1 :] if place[0] <= most], default=places[at + 1])
        words = utterance.text.split()[first_word:last_word]
        return Passage(utterance.language, " ".join(words), ((utterance.first_frame + begin, end - begin),))


def cuts(utterance: Utterance, boundaries: Sequence[int]) -> list[tuple[int, int]]:
    """Return where an utterance may be cut: the number of words before, and the frame.

    A boundary that leaves a word on either side no time to be said in is wrong, and left out.
    """
    edges = [0, *boundaries, utterance.frames]
    least = [_LEAST_FRAMES_A_LETTER * len(word) for word in utterance.text.split()]
    said = [end - begin >= frames for (begin, end), frames in zip(pairwise(edges), least, strict=True)]
    inner = [(word, edges[word]) for word in range(1, len(said)) if said[word - 1] and said[word]]
    return [(0, 0), *inner, (len(said), utterance.frames)]
