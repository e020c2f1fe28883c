"""Phrases of one to three lemmas that enough people said or were told, by side."""

from array import array
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.conversation import Role
from analytics.insights.lemmas import Lemmas, function_words
from analytics.insights.observed import Observed
from analytics.measures.values import Side, side_of
from engine.folding import fold

LONGEST: Final = 3
_Ngram: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with the contacts that have it.

    Args:
        side: whose words.
        text: as it was said most often.
        contacts: numbers of these, ascending.
        starts_s: the second at which it was first said in each.
    """

    side: Side
    text: str
    contacts: NDArray[np.uint32]
    starts_s: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Line:
    """An utterance, its words as numbers, so that tens of thousands of contacts are held at a time."""

    contact: int
    side: Side
    role: Role
    lemmas: NDArray[np.uint32]
    texts: NDArray[np.uint32]
    starts_s: NDArray[np.float32]


class _Numbers:
    """Numbers texts in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, texts: Iterable[str]) -> NDArray[np.uint32]:
        return np.array([self._numbers.setdefault(text, len(self._numbers)) for text in texts], np.uint32)

    def texts(self) -> list[str]:
        return list(self._numbers)


@dataclass(slots=True)
class _Where:
    """Where a phrase that enough people have is said."""

    contacts: "array[int]" = field(default_factory=lambda: array("I"))
    starts_s: "array[float]" = field(default_factory=lambda: array("f"))
    texts: Counter[_Ngram] = field(default_factory=Counter)
    speakers: set[str] = field(default_factory=set)


def phrases_of(
    contacts: Sequence[Observed], lemmas: Lemmas | None = None, *, least_people: int, least_agents: int
) -> list[Phrase]:
    """Return the phrases of some contacts.

    Words are held as numbers, 12 bytes each; places are kept of phrases that enough people have.

    Args:
        contacts: one of each person.
        lemmas: chosen over all contacts; by default over these, whose words are read twice then.
        least_people: contacts that must have a phrase.
        least_agents: of the bank's people that must have said it, where people said it: else it tells of one of them.
    """
    chosen = lemmas or Lemmas(utterance for one in contacts for utterance in one.spoken.utterances)
    numbers, texts = _Numbers(), _Numbers()
    lines = list(_lines(contacts, chosen, numbers, texts))
    lemma_texts, words = numbers.texts(), texts.texts()
    found: list[Phrase] = []
    frequent: set[tuple[Side, _Ngram]] = set()
    for length in range(1, LONGEST + 1):
        enough = _frequent(lines, length, frequent, least_people)
        where: dict[tuple[Side, _Ngram], _Where] = {key: _Where() for key in enough}
        for line, at, gram in _runs(lines, length):
            if (place := where.get((line.side, gram))) is not None:
                if not place.contacts or place.contacts[-1] != line.contact:
                    place.contacts.append(line.contact)
                    place.starts_s.append(float(line.starts_s[at]))
                place.texts[tuple(line.texts[at : at + length].tolist())] += 1
                place.speakers.add(_speaker(contacts[line.contact], line.role))
        frequent |= enough
        for side, gram in sorted(enough, key=lambda key: (key[0], [lemma_texts[one] for one in key[1]])):
            place = where[side, gram]
            said = {" ".join(words[one] for one in run): count for run, count in place.texts.items()}
            text = min(said, key=lambda one: (-said[one], one))
            agents = place.speakers - {""}
            if _tells(text) and (not agents or len(agents) >= least_agents or "" in place.speakers):
                starts_s = np.frombuffer(place.starts_s, np.float32)
                found.append(Phrase(side, text, np.frombuffer(place.contacts, np.uint32), starts_s))
    return found


def _lines(contacts: Sequence[Observed], chosen: Lemmas, lemmas: _Numbers, texts: _Numbers) -> Iterator[_Line]:
    for number, one in enumerate(contacts):
        for utterance in one.spoken.utterances:
            if words := chosen.of(utterance):
                starts_s = np.array([word.start_s for word in words], np.float32)
                run = lemmas.of(word.lemma for word in words), texts.of(word.text for word in words)
                yield _Line(number, side_of(utterance.role), utterance.role, *run, starts_s)


def _runs(lines: Sequence[_Line], length: int) -> Iterator[tuple[_Line, int, _Ngram]]:
    """Yield all runs of so many words: the line, where in it, and the lemmas."""
    for line in lines:
        lemmas = line.lemmas.tolist()
        for begin in range(len(lemmas) - length + 1):
            yield line, begin, tuple(lemmas[begin : begin + length])


def _frequent(
    lines: Sequence[_Line], length: int, shorter: Container[tuple[Side, _Ngram]], least_people: int
) -> set[tuple[Side, _Ngram]]:
    """Return the runs that enough contacts have; their parts are frequent, too."""
    count: Counter[tuple[Side, _Ngram]] = Counter()
    last: dict[tuple[Side, _Ngram], int] = {}
    for line, _, gram in _runs(lines, length):
        if length == 1 or ((line.side, gram[:-1]) in shorter and (line.side, gram[1:]) in shorter):
            key = (line.side, gram)
            if last.get(key) != line.contact:
                last[key] = line.contact
                count[key] += 1
    return {key for key, people in count.items() if people >= least_people}


def _speaker(contact: Observed, role: Role) -> str:
    """Return who of the bank's people spoke; nobody of them where a bot or a client did."""
    if role is not Role.AGENT:
        return ""
    return contact.conversation.attributes.get("agent", contact.conversation.contact_id)


def _tells(text: str) -> bool:
    """Return whether a phrase begins and ends with words that say something."""
    words = [fold(word) for word in text.split()]
    return function_words().isdisjoint((words[0], words[-1]))
