"""Letters and words wrong."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Errors:
    """Counts over a test set; ё and е are one letter."""

    wrong_letters: int = 0
    letters: int = 0
    wrong_words: int = 0
    words: int = 0

    def add(self, expected: str, heard: str) -> None:
        """Count one utterance."""
        expected, heard = (" ".join(text.replace("ё", "е").split()) for text in (expected, heard))
        self.wrong_letters += distance(expected, heard)
        self.letters += len(expected)
        self.wrong_words += distance(expected.split(), heard.split())
        self.words += len(expected.split())

    @property
    def cer(self) -> float:
        """Share of letters wrong."""
        return self.wrong_letters / max(1, self.letters)

    @property
    def wer(self) -> float:
        """Share of words wrong."""
        return self.wrong_words / max(1, self.words)


def distance(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Return how many items must be put in, taken out or changed (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for index, item in enumerate(expected, 1):
        corner, row[0] = row[0], index
        for column, other in enumerate(heard, 1):
            corner, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, corner + (item != other))
    return row[-1]
