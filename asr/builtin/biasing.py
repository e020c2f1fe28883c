"""Words and phrases that the dialog expects, as an automaton that rewards them letter by letter.

Reward and penalty come as the word is spelled, since a reward at its end would come when the hypothesis is long lost;
what a phrase was credited is taken back where a hypothesis leaves it. Nothing is forbidden: a caller who says something
else is understood as without any expectation. Phrases begin at words' beginnings, as in Aho and Corasick's automaton.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from asr.builtin.alphabet import SPACE, Alphabet

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bias:
    """The automaton; node 0 is the beginning of a word, node 1 the inside of a word that begins no phrase.

    Args:
        behind: int32, shape (nodes, symbols), the node behind a symbol.
        reward: float32, same shape, what the step is worth, in nats.
        closing: float32, shape (nodes,), what the end of the utterance is worth there.
    """

    behind: npt.NDArray[np.int32]
    reward: Floats
    closing: Floats

    @classmethod
    def of(cls, alphabet: Alphabet, phrases: Sequence[str], per_letter: float) -> "Bias":
        """Build the automaton of phrases; those that the alphabet cannot spell are left out.

        Args:
            alphabet: of the network.
            phrases: as people write them.
            per_letter: nats for each letter of a phrase.
        """
        trie = _Trie()
        for phrase in phrases:
            letters = alphabet.encode(alphabet.fold(phrase))
            if letters:
                trie.add(letters)
        return trie.automaton(alphabet.size, per_letter)


class BiasPool:
    """The automata of all rows in one pair of tables, so that a step of many rows is one look-up.

    Args:
        rows: of the search.
        symbols: of the alphabet.
    """

    def __init__(self, rows: int, symbols: int) -> None:
        self._none = _Trie().automaton(symbols, 0.0)
        self._used = [self._none] * rows
        self._first = np.zeros(rows, np.int64)
        self._gather()

    def use(self, row: int, bias: Bias | None) -> None:
        """Give a row its automaton; None expects nothing."""
        self._used[row] = bias or self._none
        if id(self._used[row]) not in self._places:
            self._gather()
        self._first[row] = self._places[id(self._used[row])]

    def copy(self, row: int, to: int) -> None:
        """Let a row have what another has."""
        self._used[to], self._first[to] = self._used[row], self._first[row]

    def step(self, rows: Ints, nodes: Ints, symbols: Ints) -> tuple[Ints, Floats]:
        """Return the nodes behind symbols, and the rewards."""
        at = self._first[rows] + nodes
        return self._behind[at, symbols].astype(np.int64), self._reward[at, symbols]

    def closing(self, row: int, nodes: Ints) -> Floats:
        """Return what the end of the utterance is worth at a row's nodes."""
        return self._used[row].closing[nodes]

    def _gather(self) -> None:
        """Lay the automata in use behind each other; those that no row uses any more fall away."""
        distinct = self._laid = list({id(bias): bias for bias in (self._none, *self._used)}.values())
        sizes = [len(bias.closing) for bias in distinct]
        first = [sum(sizes[:number]) for number in range(len(sizes))]
        self._places = {id(bias): place for bias, place in zip(distinct, first, strict=True)}
        self._behind = np.concatenate([bias.behind for bias in distinct])
        self._reward = np.concatenate([bias.reward for bias in distinct])
        self._first[:] = [self._places[id(bias)] for bias in self._used]


_FRESH, _DEAD = 0, 1


class _Trie:
    """Phrases by letters; numbers of nodes are the automaton's, so that 1 is unused here."""

    def __init__(self) -> None:
        self.children: list[dict[int, int]] = [{}, {}]
        self.letters = [0, 0]
        self.ends = [False, False]

    def add(self, letters: Sequence[int]) -> None:
        node = _FRESH
        for letter in letters:
            following = self.children[node].get(letter)
            if following is None:
                following = len(self.children)
                self.children[node][letter] = following
                self.children.append({})
                self.letters.append(self.letters[node] + (letter != SPACE))
                self.ends.append(False)
            node = following
        self.ends[node] = True

    def automaton(self, symbols: int, per_letter: float) -> Bias:
        """Give each node its row: along the trie where that is possible, else as its fallback goes.

        A node's fallback is where the last words alone would stand, if a phrase began with one of them.
        """
        nodes = len(self.children)
        behind = np.full((nodes, symbols), _DEAD, np.int32)
        behind[:, SPACE] = _FRESH
        credit = np.array(self.letters, np.float32)
        settled = np.zeros((nodes, symbols), np.float32)  # credit that stays whatever follows the step
        fallback = [_DEAD] * nodes
        kept = np.zeros(nodes, np.float32)  # for phrases that ended before this word
        value = np.zeros(nodes, np.float32)  # the same where this word ends here
        queue = deque([_FRESH])
        while queue:
            node = queue.popleft()
            other = fallback[node]
            if node != _FRESH:
                behind[node] = behind[other]
                kept[node] = max(kept[node], kept[other])
                value[node] = max(credit[node] if self.ends[node] else kept[node], value[other])
                settled[node] = np.maximum(settled[other], kept[node])
                settled[node, SPACE] = value[node]
            for letter, child in self.children[node].items():
                fallback[child] = int(behind[node, letter])
                kept[child] = value[node] if letter == SPACE else kept[node]
                behind[node, letter] = child
                settled[node, letter] = 0.0
                queue.append(child)
        reward = per_letter * (settled + credit[behind] - credit[:, None])
        return Bias(behind, reward.astype(np.float32), (per_letter * (value - credit)).astype(np.float32))
