"""Words and phrases by what they tell (``data/*.yaml``), and where they stand in what was said.

A phrase is one word or several; ``stem*`` stands for every word that begins so. All languages are looked for at once:
callers mix them. At one place the phrase of most words wins, then the one of most letters.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from analytics.measures.documents import Entry, read_entries
from engine.errors import ConfigurationError
from engine.speech import DOUBTFUL_BELOW, Language, Word
from engine.spoken.scanning import fold

_WORD = re.compile(r"[\w]+(?:'\w+)*")
_PHRASE = re.compile(r"[\w'%]+\*?(?: [\w'%]+\*?)*")
_SHORTEST_STEM: Final = 2

NOT_HEARD: Final = ""
"""The token of a word whose recognition is too doubtful to mean anything."""

KINDS: Final = frozenset(
    {
        *("repeat", "repeat_whole", "hold", "greeting", "farewell", "backchannel", "effort", "operator"),
        *("filler", "question_word", "question_start", "question_end", "question"),
        *("sentiment", "negator", "negator_after", "intensifier", "diminisher", "breaks"),
    }
)
"""What a phrase can tell."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One entry.

    Args:
        kind: what it tells.
        parts: its words, folded, each with whether it is a stem.
        weight: of sentiment, or the factor of an intensifier or diminisher; 1 otherwise.
        language: of its list.
    """

    kind: str
    parts: tuple[tuple[str, bool], ...]
    weight: float
    language: Language

    @property
    def letters(self) -> int:
        """How exact it is: a whole word is more so than a stem of its letters."""
        return sum(2 * len(part) + (not stem) for part, stem in self.parts)


@dataclass(frozen=True, slots=True)
class Find:
    """A phrase found: tokens ``start`` to before ``end``."""

    phrase: Phrase
    start: int
    end: int


@dataclass(slots=True)
class PhraseBook:
    """Phrases to look for, by their first word."""

    phrases: Sequence[Phrase]
    _whole: dict[str, list[Phrase]] = field(init=False, default_factory=dict)
    _stems: dict[str, list[Phrase]] = field(init=False, default_factory=dict)
    _known: dict[str, tuple[Phrase, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the phrases."""
        for phrase in self.phrases:
            first, stem = phrase.parts[0]
            (self._stems if stem else self._whole).setdefault(first, []).append(phrase)

    def find(self, tokens: Sequence[str]) -> Mapping[str, tuple[Find, ...]]:
        """Return what is found, by kind; finds of one kind do not overlap.

        Args:
            tokens: as `tokens_of` makes them.
        """
        found: dict[str, list[Find]] = {}
        for start, token in enumerate(tokens):
            for phrase in self._starting(token):
                before = found.get(phrase.kind)
                if (before and before[-1].end > start) or not _stands(phrase, tokens, start):
                    continue
                found.setdefault(phrase.kind, []).append(Find(phrase, start, start + len(phrase.parts)))
        return {kind: tuple(finds) for kind, finds in found.items()}

    def tells(self, token: str, kind: str) -> bool:
        """Whether a token by itself is a phrase of a kind."""
        return any(phrase.kind == kind and len(phrase.parts) == 1 for phrase in self._starting(token))

    def _starting(self, token: str) -> tuple[Phrase, ...]:
        """Return the phrases that a token may begin, the best first."""
        known = self._known.get(token)
        if known is None:
            ways = [*self._whole.get(token, ())]
            for length in range(_SHORTEST_STEM, len(token) + 1):
                ways += self._stems.get(token[:length], ())
            known = tuple(sorted(ways, key=lambda one: (len(one.parts), one.letters), reverse=True))
            if len(self._known) < _MOST_KNOWN:
                self._known[token] = known
        return known


_MOST_KNOWN: Final = 100_000


def tokens_of(words: Sequence[Word]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return folded tokens without punctuation, and for each the index of its word; what is doubtful is `NOT_HEARD`."""
    tokens, indices = [], []
    for index, word in enumerate(words):
        if word.confidence < DOUBTFUL_BELOW:
            tokens.append(NOT_HEARD)
            indices.append(index)
            continue
        for token in _WORD.findall(fold(word.text)):
            tokens.append(token)
            indices.append(index)
    return tuple(tokens), tuple(indices)


@cache
def shipped_phrases() -> PhraseBook:
    """Return the phrases that ship with the product."""
    folder = files("analytics.measures") / "data"
    return read_phrases(sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=str))


def read_phrases(sources: Sequence[Traversable]) -> PhraseBook:
    """Read files of phrases.

    Raises:
        ConfigurationError: one is wrong; the message names file, line, column and the mend.
    """
    phrases: dict[tuple[str, Language, str], tuple[Phrase, Entry]] = {}
    for source in sources:
        for entry in read_entries(source):
            phrase = _phrase(entry)
            key = (phrase.kind, phrase.language, fold(entry.text))
            if key in phrases:
                raise ConfigurationError(
                    f"{entry.place}: `{entry.text}` stands twice (first at {phrases[key][1].place}); delete one"
                )
            phrases[key] = phrase, entry
    return PhraseBook([phrase for phrase, _ in phrases.values()])


def _phrase(entry: Entry) -> Phrase:
    if entry.kind not in KINDS:
        raise ConfigurationError(f"{entry.place}: unknown list `{entry.kind}`; known are {', '.join(sorted(KINDS))}")
    if entry.language not in set(Language):
        raise ConfigurationError(f"{entry.place}: unknown language `{entry.language}`; take ru, kk or en")
    folded = fold(entry.text)
    if not _PHRASE.fullmatch(folded):
        raise ConfigurationError(
            f"{entry.place}: `{entry.text}` is no phrase; write words parted by spaces, or `stem*`"
        )
    parts = tuple((part.rstrip("*"), part.endswith("*")) for part in folded.split())
    if any(stem and len(part) < _SHORTEST_STEM for part, stem in parts):
        raise ConfigurationError(f"{entry.place}: the stem `{entry.text}` is too short; write {_SHORTEST_STEM} letters")
    return Phrase(entry.kind, parts, entry.weight, Language(entry.language))


def _stands(phrase: Phrase, tokens: Sequence[str], start: int) -> bool:
    if start + len(phrase.parts) > len(tokens):
        return False
    following: Iterator[str] = iter(tokens[start:])
    return all(
        token.startswith(part) if stem else token == part
        for (part, stem), token in zip(phrase.parts, following, strict=False)
    )
