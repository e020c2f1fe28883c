"""The words that a language model knows, as a trie of letters; and the spelling of words that it does not know.

Both serve the search in the middle of a word. ``ahead`` is the best probability that a word may still come to: without
it, hypotheses with an unlikely word would be found out only at its end, when the likely ones are long lost. The
`Spelling` judges letters of words outside the vocabulary, so that a name is possible but a jumble costs dearly.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from asr.builtin.alphabet import BLANK, SPACE, Alphabet
from asr.builtin.ngrams import BEGIN, END, UNKNOWN, NGrams

ROOT = 0
OUTSIDE = -1
"""The node of letters that begin no known word."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A trie of letters.

    Args:
        child: int32, shape (nodes, symbols): the node behind a letter, or `OUTSIDE`; row −1, the last, is all outside.
        word: int32, shape (nodes,): number of the word that ends here, or `UNKNOWN`.
        parent: int32, shape (nodes,).
        levels: first node of each depth, and behind the last.
        ahead: float32, shape (nodes,): log-probability of the likeliest word from here on.
        shares: float32, shape (symbols,): how many of a hundred letters of running text are this one, over a hundred.
    """

    child: npt.NDArray[np.int32]
    word: npt.NDArray[np.int32]
    parent: npt.NDArray[np.int32]
    levels: tuple[int, ...]
    ahead: npt.NDArray[np.float32]
    shares: npt.NDArray[np.float32]

    @classmethod
    def of(cls, alphabet: Alphabet, ngrams: NGrams) -> "Lexicon":
        """Build the trie of a model's words."""
        letters = alphabet.spellings(ngrams.words)
        numbers = np.flatnonzero(letters.any(axis=1))
        letters = letters[numbers]
        said = np.repeat(np.exp(ngrams.log_prob[numbers]), letters.shape[1])
        counts = np.bincount(letters.ravel(), said, alphabet.size)
        counts[BLANK] = 0  # behind a word's last letter
        shares = (counts / max(counts.sum(), 1e-30)).astype(np.float32)
        at = np.zeros(len(numbers), np.int64)
        edges: list[npt.NDArray[np.int64]] = []
        levels = [0, 1]
        for column in range(letters.shape[1]):
            on = letters[:, column] > 0
            keys, inverse = np.unique(at[on] * alphabet.size + letters[on, column], return_inverse=True)
            at[on] = levels[-1] + inverse
            edges.append(keys)
            levels.append(levels[-1] + len(keys))
        child = np.full((levels[-1] + 1, alphabet.size), OUTSIDE, np.int32)
        word = np.full(levels[-1] + 1, UNKNOWN, np.int32)
        parent = np.zeros(levels[-1] + 1, np.int32)
        word[at] = numbers
        for first, keys in zip(levels[1:], edges, strict=False):
            children = np.arange(first, first + len(keys))
            child.reshape(-1)[keys] = children
            parent[children] = keys // alphabet.size
        bare = cls(child, word, parent, tuple(levels), np.zeros(0, np.float32), shares)
        return replace(bare, ahead=bare.likeliest(ngrams.log_prob[: len(ngrams.words)]))

    def likeliest(self, log_prob: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the log-probability of the likeliest word from each node on.

        Args:
            log_prob: of the model's words, shape (words,).
        """
        ahead = np.where(self.word == UNKNOWN, np.float32(-np.inf), log_prob[self.word])
        for first, behind in reversed(list(pairwise(self.levels[1:]))):
            np.maximum.at(ahead, self.parent[first:behind], ahead[first:behind])
        return ahead


@dataclass(frozen=True, slots=True)
class Spelling:
    """Letters behind the three before them.

    Args:
        log_prob: float32, shape (symbols³, symbols), of a letter behind three; the space ends a word and stands for
            what is before it.
    """

    log_prob: npt.NDArray[np.float32]
    symbols: int

    @property
    def start(self) -> int:
        """The state before a word."""
        return (SPACE * self.symbols + SPACE) * self.symbols + SPACE

    @classmethod
    def of(cls, alphabet: Alphabet, letters: NGrams) -> "Spelling":
        """Spread a model whose words are letters into a table.

        Args:
            alphabet: of the network.
            letters: of order 4 at most; its unknown word stands for letters that were never seen.
        """
        numbers = {letter: number for number, letter in enumerate(letters.words)}
        known = np.array([numbers.get(symbol, UNKNOWN) for symbol in alphabet.symbols])
        known[SPACE] = END
        size = alphabet.size
        state = np.full(1, BEGIN, np.int64)
        # States that begin with a space are those of a word's first letters: there the model's own beginning is meant.
        for _ in range(3):
            before = np.repeat(state, size)
            letter = np.tile(known, len(state))
            _, behind = letters.score(before, letter)
            first = (letter == END) & (before == BEGIN)
            state = np.where(first, BEGIN, behind)
        cost, _ = letters.score(np.repeat(state, size), np.tile(known, len(state)))
        return cls(cost.reshape(-1, size), size)

    def behind(self, states: npt.NDArray[np.int64], letters: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the states behind letters."""
        return (states % (self.symbols * self.symbols)) * self.symbols + letters
