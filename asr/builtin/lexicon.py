"""The words that a language model knows, as a trie of letters; and the spelling of words that it does not know.

Both serve the search in the middle of a word. ``ahead`` is the best probability that a word may still come to: without
it, hypotheses with an unlikely word would be found out only at its end, when the likely ones are long lost. The
`Spelling` judges letters of words outside the vocabulary, so that a name is possible but a jumble costs dearly.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from asr.builtin.alphabet import SPACE, Alphabet
from asr.builtin.ngrams import BEGIN, END, SPECIAL, UNKNOWN, NGrams

ROOT = 0
OUTSIDE = -1
"""The node of letters that begin no known word."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A trie of letters.

    Args:
        child: int32, shape (nodes, symbols): the node behind a letter, or `OUTSIDE`; row −1, the last, is all outside.
        word: int32, shape (nodes,): number of the word that ends here, or `UNKNOWN`.
        ahead: float32, shape (nodes,): log-probability of the likeliest word from here on.
    """

    child: npt.NDArray[np.int32]
    word: npt.NDArray[np.int32]
    ahead: npt.NDArray[np.float32]

    @classmethod
    def of(cls, alphabet: Alphabet, ngrams: NGrams) -> "Lexicon":
        """Build the trie of a model's words."""
        spelled = [(alphabet.encode(word), number) for number, word in enumerate(ngrams.words) if word not in SPECIAL]
        entries = [(letters, number) for letters, number in spelled if letters]
        longest = max((len(letters) for letters, _ in entries), default=0)
        letters = np.zeros((len(entries), longest), np.int64)
        for row, (spelling, _) in enumerate(entries):
            letters[row, : len(spelling)] = spelling
        numbers = np.array([number for _, number in entries], np.int64)
        at = np.zeros(len(entries), np.int64)
        edges: list[npt.NDArray[np.int64]] = []
        nodes = 1
        for column in range(longest):
            on = letters[:, column] > 0
            keys, inverse = np.unique(at[on] * alphabet.size + letters[on, column], return_inverse=True)
            at[on] = nodes + inverse
            edges.append(np.stack([keys, nodes + np.arange(len(keys))], axis=1))
            nodes += len(keys)
        child = np.full((nodes + 1, alphabet.size), OUTSIDE, np.int32)
        word = np.full(nodes + 1, UNKNOWN, np.int32)
        ahead = np.full(nodes + 1, -np.inf, np.float32)
        word[at] = numbers
        ahead[at] = ngrams.log_prob[numbers]
        for level in reversed(edges):
            parents = level[:, 0] // alphabet.size
            child.reshape(-1)[level[:, 0]] = level[:, 1]
            np.maximum.at(ahead, parents, ahead[level[:, 1]])
        return cls(child, word, ahead)


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
