"""A word n-gram model with backoff, looked up for many hypotheses at once.

The n-grams form a trie in flat arrays. A node is an n-gram: the nodes of single words are their numbers, the longer
ones follow, sorted by (parent node, last word), so that one sorted array of keys finds any child by bisection.
``suffix`` is the node of the same n-gram without its first word: there a lookup that finds no child goes on, at the
price of ``backoff``. A node is also the state of a hypothesis: the longest n-gram known that ends it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Nodes = npt.NDArray[np.int64]
LogProbs = npt.NDArray[np.float32]

BEGIN = 0
"""The word before the first of an utterance; never predicted."""

END = 1
"""The word behind the last one."""

UNKNOWN = 2
"""Stands for every word that the model does not know."""

SPECIAL = ("<s>", "</s>", "<unk>")


@dataclass(frozen=True, slots=True)
class NGrams:
    """Natural logarithms throughout.

    Args:
        words: by number; the first three are `SPECIAL`.
        keys: int64, shape (longer,), ascending: parent node × vocabulary + last word, for each longer n-gram.
        log_prob: float32, shape (words + longer,), of the last word behind the others.
        backoff: float32, same shape, cost of leaving the node for its suffix.
        suffix: int64, same shape; of a single word −1.
    """

    words: tuple[str, ...]
    keys: Nodes
    log_prob: LogProbs
    backoff: LogProbs
    suffix: Nodes

    def score(self, states: Nodes, words: Nodes) -> tuple[LogProbs, Nodes]:
        """Score a word behind each state.

        Args:
            states: shape (n,); `BEGIN` is the state of an empty utterance.
            words: shape (n,), numbers of words.

        Returns:
            The log-probabilities, shape (n,), and the states behind the words.
        """
        cost = np.zeros(len(states), np.float32)
        found = words.astype(np.int64)
        nodes = states.astype(np.int64)
        open_ = np.arange(len(nodes))
        while len(open_):
            children = _children(self.keys, len(self.words), nodes[open_], words[open_])
            hit = children >= 0
            found[open_[hit]] = children[hit]
            open_ = open_[~hit]
            cost[open_] += self.backoff[nodes[open_]]
            nodes[open_] = self.suffix[nodes[open_]]
            open_ = open_[nodes[open_] >= 0]
        return cost + self.log_prob[found], found

    def log_likelihood(self, words: list[str]) -> float:
        """Return the log-probability of a whole utterance, its end included."""
        numbers = {word: number for number, word in enumerate(self.words)}
        state, total = np.array([BEGIN]), 0.0
        for word in [*words, SPECIAL[END]]:
            cost, state = self.score(state, np.array([numbers.get(word, UNKNOWN)]))
            total += float(cost[0])
        return total


def suffixes(vocabulary: int, keys: Nodes) -> Nodes:
    """Return the node of each n-gram without its first word, −1 for single words, shape (words + longer,).

    Args:
        vocabulary: number of words.
        keys: of the longer n-grams, as in `NGrams`.

    Raises:
        ValueError: an n-gram's beginning or end is not among the n-grams.
    """
    parents, last = np.divmod(keys, vocabulary)
    found = np.full(vocabulary + len(keys), -1, np.int64)
    begin, known = 0, vocabulary  # those of all shorter n-grams
    while begin < len(keys):
        end = int(np.searchsorted(parents, known))
        behind, words = found[parents[begin:end]], last[begin:end]
        shorter = np.where(behind < 0, words, _children(keys, vocabulary, behind, words))
        if end <= begin or (shorter < 0).any():
            raise ValueError("its n-grams are not whole")
        found[known : vocabulary + end] = shorter
        begin, known = end, vocabulary + end
    return found


def _children(keys: Nodes, vocabulary: int, nodes: Nodes, words: Nodes) -> Nodes:
    """Return the node of each word behind each node, −1 where there is none."""
    if len(keys) == 0:
        return np.full(len(nodes), -1, np.int64)
    wanted = nodes * vocabulary + words
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places + vocabulary, -1)
