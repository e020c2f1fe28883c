"""A contact's words as columns, each with its keys: what is kept of a contact that is asked again and again.

Columns are read back in a fraction of the time that words and utterances take to make, and nothing is lemmatised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions.lemmas import keys_of
from engine.folding import spelled
from engine.speech import Language, Word


class Span(NamedTuple):
    """An utterance without its words.

    Args:
        role: who said it.
        start_s: from the contact's start.
        end_s: the same.
        language: of the words; None where nobody could tell.
        words: how many it has.
    """

    role: Role
    start_s: float
    end_s: float
    language: Language | None
    words: int


@dataclass(frozen=True, slots=True)
class Columns:
    """A contact; its words stand in the order of its utterances.

    Args:
        contact_id: as of its conversation.
        medium: the same.
        started_at: the same.
        duration_s: the same.
        attributes: the same.
        spans: its utterances.
        starts_s: when each word begins.
        ends_s: when each ends.
        confidences: of each.
        spellings: of each, by number in `texts`.
        texts: every spelling once for each language.
        parts: how many words each spelling is to an expression; empty where each is one.
        keys: of those words, in one text that is searched as it is: of each word a line break, and its keys with a
            space before, between and behind them, the folded form first.
    """

    contact_id: str
    medium: Medium
    started_at: datetime
    duration_s: float
    attributes: Mapping[str, str]
    spans: Sequence[Span]
    starts_s: Sequence[float]
    ends_s: Sequence[float]
    confidences: Sequence[float]
    spellings: Sequence[int]
    texts: Sequence[str]
    parts: Sequence[int]
    keys: str

    def having(self, keys: Iterable[str]) -> set[int]:
        """Return the numbers of the words in `keys` that have one of these."""
        found = set()
        for key in keys:
            wanted = f" {key} "
            at = self.keys.find(wanted)
            while at >= 0:
                found.add(self.keys.count("\n", 0, at) - 1)
                at = self.keys.find(wanted, at + 1)
        return found

    def split_keys(self) -> list[list[str]]:
        """Return the keys of each word in `keys`."""
        return [line[1:-1].split(" ") for line in self.keys.split("\n")[1:]]

    def conversation(self) -> Conversation:
        """Return the contact with its utterances and words."""
        texts = [self.texts[number] for number in self.spellings]
        words = list(map(Word, texts, self.starts_s, self.ends_s, self.confidences))
        utterances = []
        first = 0
        for role, start_s, end_s, language, count in self.spans:
            utterances.append(Utterance(role, tuple(words[first : first + count]), start_s, end_s, language))
            first += count
        return Conversation(
            *(self.contact_id, self.medium, self.started_at, self.duration_s),
            *(tuple(utterances), self.attributes),
        )


def columns_of(conversation: Conversation) -> Columns:
    """Return a contact's words as columns, each with its keys."""
    words = [word for one in conversation.utterances for word in one.words]
    numbers: dict[tuple[str, Language | None], int] = {}
    spellings = [
        numbers.setdefault((word.text, one.language), len(numbers))
        for one in conversation.utterances
        for word in one.words
    ]
    read = [_read(text, language) for text, language in numbers]
    parts = [count for count, _ in read]
    return Columns(
        *(conversation.contact_id, conversation.medium, conversation.started_at, conversation.duration_s),
        conversation.attributes,
        [Span(one.role, one.start_s, one.end_s, one.language, len(one.words)) for one in conversation.utterances],
        [word.start_s for word in words],
        [word.end_s for word in words],
        [word.confidence for word in words],
        spellings,
        [text for text, _ in numbers],
        () if set(parts) <= {1} else parts,
        "".join([keys for _, keys in read]),
    )


@lru_cache(1 << 17)
def _read(text: str, language: Language | None) -> tuple[int, str]:
    """Return how many words a spelling is, and their keys as `Columns` has them."""
    words = spelled(text)
    return len(words), "".join(f"\n {' '.join(keys_of(word, language))} " for word in words)
