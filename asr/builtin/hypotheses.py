"""The hypotheses of a search, in arrays of shape (rows, hypotheses): a row for each channel."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from asr.builtin.alphabet import BLANK

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

NEVER = np.float32(-1e30)
"""Stands for the logarithm of 0; sums of it stay finite."""

_MANY = 3840
"""Symbols of a row: two seconds of speech in noise, and a step more than that fits into a table of 4096."""

_HASH = np.int64(6_364_136_223_846_793_005)


@dataclass(slots=True)
class Hypotheses:
    """What is known of each hypothesis.

    Args:
        blank: log-probability of its alignments that end in a blank.
        letter: of those that end in its last symbol.
        prior: language model, bonus and rewards so far.
        text: hash of its text.
        before: hash of its text without the last symbol.
        last: its last symbol, `BLANK` where the text is empty.
        node: of the lexicon.
        spelled: log-probability of the current word's letters.
        letters: state of the spelling.
        words: state of the n-gram model.
        answers: state of the model of expected answers.
        bias: node of the automaton.
        history: place of its last symbol in the row's `History`.
    """

    blank: Floats
    letter: Floats
    prior: Floats
    text: Ints
    before: Ints
    last: Ints
    node: Ints
    spelled: Floats
    letters: Ints
    words: Ints
    answers: Ints
    bias: Ints
    history: Ints

    @classmethod
    def fresh(cls, rows: int, size: int, *, node: int, letters: int, words: int) -> "Hypotheses":
        """Return rows with the empty text alone, in the given states of lexicon, spelling and n-gram models."""
        shape = (rows, size)
        only = np.full(shape, NEVER)
        only[:, 0] = 0.0
        # Free slots have hashes of their own, so that none passes for the beginning of another.
        free = np.tile(-np.arange(size, dtype=np.int64), (rows, 1))
        return cls(
            blank=only,
            letter=np.full(shape, NEVER),
            prior=np.zeros(shape, np.float32),
            text=free,
            before=free - size,
            last=np.full(shape, BLANK, np.int64),
            node=np.full(shape, node, np.int64),
            spelled=np.zeros(shape, np.float32),
            letters=np.full(shape, letters, np.int64),
            words=np.full(shape, words, np.int64),
            answers=np.full(shape, words, np.int64),
            bias=np.zeros(shape, np.int64),
            history=np.zeros(shape, np.int64),
        )

    def of(self, rows: Ints) -> "Hypotheses":
        """Return a copy of some rows."""
        return Hypotheses(*(getattr(self, one.name)[rows] for one in fields(self)))

    def put(self, rows: Ints, new: "Hypotheses") -> None:
        """Replace some rows."""
        for one in fields(self):
            getattr(self, one.name)[rows] = getattr(new, one.name)

    def chosen(self, places: Ints) -> "Hypotheses":
        """Return each row's hypotheses at these places, shape (rows, hypotheses)."""
        size = self.text.shape[1]
        flat = places + size * np.arange(len(places))[:, None]  # five times as fast as `take_along_axis`
        return Hypotheses(*(getattr(self, one.name).take(flat) for one in fields(self)))


def grown(text: Ints, symbols: Ints) -> Ints:
    """Return the hashes of texts with one symbol more."""
    with np.errstate(over="ignore"):
        hashes: Ints = (text ^ (text >> 29)) * _HASH + symbols
    return hashes


class History:
    """Which symbol followed which: where texts are read from.

    What no hypothesis goes back to any more is forgotten from time to time, so that a caller who speaks for long takes
    no more room than one who answers.

    Args:
        rows: one for each channel.
    """

    def __init__(self, rows: int) -> None:
        self._used = np.ones(rows, np.int64)
        self._entries = np.zeros((2, rows, 512), np.int32)  # place of the symbol before, and symbol
        self._agreed: list[tuple[int, ...]] = [()] * rows  # what every text of the row begins with, before place 0
        self._many = np.full(rows, _MANY)

    def clear(self, row: int) -> None:
        """Forget a row; place 0 is the empty text."""
        self._used[row], self._agreed[row], self._many[row] = 1, (), _MANY

    def copy(self, row: int, to: int) -> None:
        """Let a row have what another has."""
        used = self._used[to] = self._used[row]
        self._entries[:, to, :used] = self._entries[:, row, :used]
        self._agreed[to], self._many[to] = self._agreed[row], self._many[row]

    def append(self, rows: Ints, before: Ints, symbols: Ints) -> Ints:
        """Add symbols and return their places.

        Args:
            rows: ascending; a row may come several times.
            before: places of the symbols that they follow.
            symbols: of the alphabet.
        """
        counts = np.bincount(rows, minlength=len(self._used))
        first = np.cumsum(counts) - counts
        places = self._used[rows] + np.arange(len(rows)) - first[rows]
        self._used += counts
        while self._used.max() > self._entries.shape[2]:
            self._entries = np.concatenate([self._entries, np.zeros_like(self._entries)], axis=2)
        self._entries[:, rows, places] = before, symbols
        return places

    def full(self, rows: Ints) -> Ints:
        """Return those of the rows in which so much has come together that `shortened` is worth its time."""
        return rows[self._used[rows] > self._many[rows]]

    def shortened(self, row: int, ends: Ints) -> Ints:
        """Forget what a row's hypotheses do not go back to.

        Args:
            row: of the search.
            ends: place of each hypothesis's last symbol, shape (hypotheses,).

        Returns:
            Their places from now on.
        """
        used = int(self._used[row])
        before, symbols = self._entries[:, row, :used]
        needed = bytearray(used)
        for end in ends.tolist():
            needed[end] = True
        for place, earlier in zip(range(used - 1, 0, -1), before[:0:-1].tolist(), strict=True):
            if needed[place]:
                needed[earlier] = True
        kept = np.flatnonzero(np.frombuffer(needed, np.bool)[1:]) + 1
        forks = np.bincount(before[kept], minlength=used) != 1
        forks[ends] = True
        root = 0  # up to here all texts are the same
        while not forks[root]:
            root, kept = int(kept[0]), kept[1:]
            self._agreed[row] = (*self._agreed[row], int(symbols[root]))
        numbers = np.zeros(used, np.int64)
        numbers[kept] = range(1, len(kept) + 1)
        self._entries[:, row, 1 : len(kept) + 1] = numbers[before[kept]], symbols[kept]
        self._used[row] = len(kept) + 1
        self._many[row] = max(_MANY, 2 * len(kept))
        return numbers[ends]

    def trace(self, row: int, place: int) -> tuple[int, ...]:
        """Return the symbols up to a place."""
        before, symbols = self._entries[:, row]
        found = []
        while place:
            found.append(int(symbols[place]))
            place = int(before[place])
        return (*self._agreed[row], *reversed(found))
