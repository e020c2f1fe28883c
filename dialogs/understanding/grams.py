"""What the classifier sees of a text: pieces of its letters, words and sounds, each with the words that it spans.

Five views. Letters within words bear with endings; words and pairs of words carry meaning; sounds, run together over
the gaps between words, bear with a recogniser's slips; words by sound carry meaning through such slips; and beside a
number or a day it does not matter which.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from dialogs.understanding.sounds import sounds
from engine.spoken.vocabulary import WordKind, vocabulary

_LETTERS: Final = (2, 4)
_SOUNDS: Final = (2, 5)
_VALUES: Final = 3
_KINDS: Final = frozenset(WordKind)


class Gram(NamedTuple):
    """A piece of a text.

    Args:
        text: of the piece.
        first: place of the first word that it touches.
        last: place of the last one.
    """

    text: str
    first: int
    last: int


def _letters(words: Sequence[str]) -> list[Gram]:
    shortest, longest = _LETTERS
    return [
        Gram(padded[begin : begin + size], place, place)
        for place, word in enumerate(words)
        for padded in (f" {word} ",)
        for size in range(shortest, min(longest, len(padded)) + 1)
        for begin in range(len(padded) - size + 1)
    ]


def _words(words: Sequence[str]) -> list[Gram]:
    single = [Gram(word, place, place) for place, word in enumerate(words)]
    return single + [Gram(f"{words[n]} {words[n + 1]}", n, n + 1) for n in range(len(words) - 1)]


def _sounds(words: Sequence[str]) -> list[Gram]:
    heard = [sounds(word) for word in words]
    glued = "".join(heard)
    owner = [place for place, word in enumerate(heard) for _ in word]
    shortest, longest = _SOUNDS
    return [
        Gram(glued[begin : begin + size], owner[begin], owner[begin + size - 1])
        for size in range(shortest, longest + 1)
        for begin in range(len(glued) - size + 1)
    ]


def _words_by_sound(words: Sequence[str]) -> list[Gram]:
    return _words([sounds(word) for word in words])


def _values(words: Sequence[str]) -> list[Gram]:
    kinds: list[Gram] = []
    for place, word in enumerate(words):
        kind = WordKind.NUMBER if word[0].isdecimal() else vocabulary().get(word, word)
        if kinds and kind in _KINDS and kinds[-1].text == kind:
            kinds[-1] = kinds[-1]._replace(last=place)
        else:
            kinds.append(Gram(kind, place, place))
    runs = [kinds[n : n + size] for size in range(1, _VALUES + 1) for n in range(len(kinds) - size + 1)]
    return [
        Gram(" ".join(gram.text for gram in run), run[0].first, run[-1].last)
        for run in runs
        if any(gram.text in _KINDS for gram in run)
    ]


See = Callable[[Sequence[str]], list[Gram]]
"""What a view sees of the words of a folded text."""

VIEWS: Final[Sequence[tuple[float, See]]] = (
    (1.0, _letters),
    (0.3, _words),
    (1.0, _sounds),
    (0.5, _words_by_sound),
    (0.5, _values),
)
"""Each view with its weight."""
