"""From paths of the search to what the engine takes: words with times and confidences, readings best first."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from asr.builtin.alignment import peaks
from asr.builtin.alphabet import SPACE, Alphabet
from asr.builtin.beam import Path
from asr.builtin.hypotheses import Floats
from engine.speech import Hypothesis, Word

_SURE = 0.999
"""Share of the search's weight beyond which one more rival tells nothing."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How evidence for a word becomes the probability that it is right: a logistic of two measures.

    Args:
        offset: at even odds of both.
        sound: for the mean log-probability of the word's letters where each is likeliest.
        share: for the log-odds of the share of the search's weight that holds the word at this time.
        floor: readings below are "not heard"; those above that are doubtful all the same are for the dialog to judge.
    """

    offset: float = 1.2
    sound: float = 1.2
    share: float = 0.6
    floor: float = 0.1

    def confidence(self, sound: float, share: float) -> float:
        """Return the probability that a word is right."""
        share = min(max(share, 1 - _SURE), _SURE)
        return 1 / (1 + exp(-(self.offset + self.sound * sound + self.share * log(share / (1 - share)))))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word of a path, and what speaks for it; the measures are as in `Calibration`, frames from the first on."""

    text: str
    first: int
    last: int
    sound: float
    share: float


@dataclass(frozen=True, slots=True)
class Said:
    """What one path says.

    Args:
        words: with what speaks for them.
        share: of the search's weight.
    """

    words: tuple[Evidence, ...]
    share: float

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Clock:
    """When a frame of letters was said.

    Args:
        step_s: from a frame to the next.
        delay_s: from a sound to its letter.
    """

    step_s: float
    delay_s: float

    def seconds(self, frame: int) -> float:
        """Return the stream second of a frame's beginning."""
        return max(0.0, round(frame * self.step_s - self.delay_s, 3))


def evidence(paths: Sequence[Path], log_probs: Floats, alphabet: Alphabet) -> list[Said]:
    """Return the words of each path with what speaks for them, and for the path.

    Args:
        paths: best first; rivals among them are what makes a word unsure.
        log_probs: of symbols, float32, shape (frames, symbols).
        alphabet: of the symbols.
    """
    weights = np.exp(np.array([path.score for path in paths]) - (paths[0].score if paths else 0.0))
    weights /= max(float(weights.sum()), 1e-9)
    texts = [path.symbols for path in paths]
    aligned = peaks(log_probs, texts)
    spoken = [_words(text, letters, alphabet) for text, letters in zip(texts, aligned, strict=True)]
    return [
        Said(
            tuple(
                Evidence(text, first, last, sound, _share(text, first, last, spoken, weights))
                for text, first, last, sound in words
            ),
            float(weight),
        )
        for words, weight in zip(spoken, weights, strict=True)
    ]


def hypotheses(said: Sequence[Said], calibration: Calibration, clock: Clock, limit: int) -> tuple[Hypothesis, ...]:
    """Return the readings, best first; none where the best is as good as guessed, or is silence.

    Args:
        said: by each path, best path first.
        calibration: of the language.
        clock: of the network.
        limit: how many at most.
    """
    found: list[Hypothesis] = []
    for path in said[:limit]:
        heard = tuple(
            Word(
                one.text,
                clock.seconds(one.first),
                clock.seconds(one.last + 1),
                round(calibration.confidence(one.sound, one.share), 3),
            )
            for one in path.words
        )
        confidence = sum(word.confidence for word in heard) / max(len(heard), 1)
        if not found and confidence < calibration.floor:
            return ()
        if heard:
            found.append(Hypothesis(path.text, round(confidence, 3), heard, round(path.share, 3)))
    return tuple(found)


_Spoken = tuple[str, int, int, float]
"""Text, first and last frame, sound."""


def _words(symbols: Sequence[int], peaks: Sequence[tuple[int, float]], alphabet: Alphabet) -> list[_Spoken]:
    words: list[_Spoken] = []
    begin = 0
    for end, symbol in enumerate((*symbols, SPACE)):
        if symbol == SPACE:
            if end > begin:
                sound = sum(log_prob for _, log_prob in peaks[begin:end]) / (end - begin)
                words.append((alphabet.text(symbols[begin:end]), peaks[begin][0], peaks[end - 1][0], sound))
            begin = end + 1
    return words


def _share(text: str, first: int, last: int, spoken: Sequence[Sequence[_Spoken]], weights: Floats) -> float:
    """Return the weight of the paths that hold a word of this text at this time."""
    return float(
        sum(
            weight
            for words, weight in zip(spoken, weights, strict=True)
            if any(other == text and start <= last and end >= first for other, start, end, _ in words)
        )
    )
