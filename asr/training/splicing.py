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
            return self._part(utterance, rng)
        others = self._by_speaker[utterance.speaker]
        count = int(rng.integers(2, _MOST_PARTS + 1))
        chosen = rng.choice(len(others), count, p=self._chances[utterance.speaker])
        parts = [self._part(others[index], rng) for index in chosen]
        stretches = tuple(stretch for part in parts for stretch in part.stretches)
        return Passage(utterance.language, " ".join(part.text for part in parts), stretches)

    def _part(self, utterance: Utterance, rng: Generator) -> Passage:
        places = self._cuts[utterance.first_frame]
        at = int(rng.integers(len(places) - 1))
        (first_word, begin), most = places[at], places[at][0] + int(rng.choice(_WORDS_OF_PARTS))
        last_word, end = max([place for place in places[at + 1 :] if place[0] <= most], default=places[at + 1])
        words = utterance.text.split()[first_word:last_word]
        return Passage(utterance.language, " ".join(words), ((utterance.first_frame + begin, end - begin),))


def _shares(weights: Sequence[float]) -> npt.NDArray[np.float64]:
    return np.array(weights) / sum(weights)


def cuts(utterance: Utterance, boundaries: Sequence[int]) -> list[tuple[int, int]]:
    """Return where an utterance may be cut: the number of words before, and the frame.

    A boundary that leaves a word on either side no time to be said in is wrong, and left out.
    """
    edges = [0, *boundaries, utterance.frames]
    least = [_LEAST_FRAMES_A_LETTER * len(word) for word in utterance.text.split()]
    said = [end - begin >= frames for (begin, end), frames in zip(pairwise(edges), least, strict=True)]
    inner = [(word, edges[word]) for word in range(1, len(said)) if said[word - 1] and said[word]]
    return [(0, 0), *inner, (len(said), utterance.frames)]
