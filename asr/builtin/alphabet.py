"""What a network's outputs stand for, and the symbols that the search works on.

Symbol 0 is the CTC blank, 1 the space between words, the rest are letters. ё counts as е: callers' words are written
either way, and one spelling spares the search a rival.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from engine.folding import fold, spelled

BLANK = 0
SPACE = 1
_FOLDED = str.maketrans("ё", "е")


class Alphabet:
    """Maps a network's outputs to symbols, and words to symbols and back.

    Args:
        outputs: what each output stands for: a letter, a space, or an empty string for the blank.

    Raises:
        ValueError: there is no blank or no space among them, or an output is longer than a letter.
    """

    def __init__(self, outputs: Sequence[str]) -> None:
        if outputs.count("") != 1 or " " not in outputs or any(len(one) > 1 for one in outputs):
            raise ValueError(f"outputs must be single letters, one space and one blank, not {list(outputs)!r}")
        letters = sorted({one.translate(_FOLDED) for one in outputs} - {"", " "})
        self.symbols = ("", " ", *letters)
        self._numbers = {symbol: number for number, symbol in enumerate(self.symbols)}
        self._targets = np.array([self._numbers[one.translate(_FOLDED)] for one in outputs])
        self._direct = len(self.symbols) == len(outputs)
        self._order = np.argsort(self._targets, kind="stable")

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return len(self.symbols)

    def posteriors(self, log_probs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return log-probabilities of symbols; outputs that are one symbol are added up.

        Args:
            log_probs: of outputs, shape (..., outputs).

        Returns:
            Shape (..., symbols).
        """
        if self._direct:
            return log_probs[..., self._order]
        found = np.full((*log_probs.shape[:-1], self.size), -np.inf, np.float32)
        for output, symbol in enumerate(self._targets):
            np.logaddexp(found[..., symbol], log_probs[..., output], out=found[..., symbol])
        return found

    def fold(self, text: str) -> str:
        """Return a text as the search would write it: of letters it has not, their Russian likes, and no punctuation.

        Names of Kazakhs have Kazakh letters in a Russian dialog, too.
        """
        own = " ".join(spelled(text)).translate(_FOLDED)
        return "".join(
            letter if letter in self._numbers else like for letter, like in zip(own, fold(text), strict=True)
        )

    def encode(self, text: str) -> list[int] | None:
        """Return the symbols of a folded text, None where a letter is not in the alphabet."""
        numbers = [self._numbers.get(letter, BLANK) for letter in text]
        return None if BLANK in numbers else numbers

    def spellings(self, words: Sequence[str]) -> npt.NDArray[np.uint16]:
        """Return the symbols of folded words, shape (words, letters of the longest); `BLANK` behind a word's last.

        A word with a letter that is not in the alphabet is blank.
        """
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        spelled = np.full((len(words), int(lengths.max(initial=0))), BLANK, np.uint16)
        inside = np.arange(spelled.shape[1]) < lengths[:, None]
        letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
        table = np.full(max(map(ord, self.symbols[SPACE:])) + 2, BLANK, np.uint16)
        table[[ord(symbol) for symbol in self.symbols[SPACE:]]] = range(SPACE, self.size)
        spelled[inside] = table[np.minimum(letters, len(table) - 1)]
        spelled[(inside & (spelled == BLANK)).any(axis=1)] = BLANK
        return spelled

    def text(self, symbols: Iterable[int]) -> str:
        """Return what symbols spell."""
        return "".join(self.symbols[symbol] for symbol in symbols)
