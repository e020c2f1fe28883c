"""Answers of an expected kind as a language model of their own, mixed with the language's while a turn expects them.

Both models tell how likely a word is behind the words before it, so the mixture is well-formed: "forty three thousand"
gains as a whole where a sum is expected, and other words lose at most the share that the answers take.
"""

from dataclasses import dataclass
from math import log, log1p

import numpy as np
import numpy.typing as npt

from asr.builtin.hypotheses import NEVER, Floats, Ints
from asr.builtin.language_model import LanguageModel
from asr.builtin.ngrams import SPECIAL, UNKNOWN, NGrams


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """A kind's model beside a language's.

    Args:
        ngrams: of answers, over words of their own.
        numbers: int32, shape (words of the language,): each word's number among those, `UNKNOWN` where it has none.
        ahead: float32, shape (nodes of the lexicon,): log-probability of the likeliest word in the mixture.
        own: logarithm of the answers' share.
        other: logarithm of the language's.
    """

    ngrams: NGrams
    numbers: npt.NDArray[np.int32]
    ahead: Floats
    own: float
    other: float

    @classmethod
    def of(cls, language: LanguageModel, ngrams: NGrams, share: float) -> "Answers":
        """Prepare a kind's model.

        Args:
            language: that the answers are in.
            ngrams: of answers.
            share: of the answers in the mixture, between 0 and 1.
        """
        own = {word: number for number, word in enumerate(ngrams.words)}
        numbers = np.array([own.get(word, UNKNOWN) for word in language.ngrams.words], np.int32)
        numbers[: len(SPECIAL)] = range(len(SPECIAL))
        mixture = language.ngrams.log_prob[: len(numbers)] + np.float32(log1p(-share))
        known = numbers >= len(SPECIAL)
        mixture[known] = np.logaddexp(mixture[known], ngrams.log_prob[numbers[known]] + np.float32(log(share)))
        return cls(ngrams, numbers, language.lexicon.likeliest(mixture), log(share), log1p(-share))

    def mixed(self, cost: Floats, states: Ints, words: Ints) -> tuple[Floats, Ints]:
        """Mix a word's log-probability in the language with that in the answers.

        Args:
            cost: in the language, shape (n,).
            states: of the answers' model, shape (n,).
            words: numbers in the language, shape (n,).

        Returns:
            The log-probabilities in the mixture, and the states behind the words.
        """
        own = self.numbers[words].astype(np.int64)
        said, behind = self.ngrams.score(states, own)
        said = np.where(own == UNKNOWN, NEVER, said)
        return np.logaddexp(cost + np.float32(self.other), said + np.float32(self.own)), behind
