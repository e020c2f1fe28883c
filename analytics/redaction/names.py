"""Names of people: known to belong to the contact, given by somebody as a name, or of the dictionary."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import yaml

from analytics.conversation import Conversation, Utterance
from analytics.redaction.people import Person, known_names
from analytics.russian import dictionary
from engine.errors import ConfigurationError
from engine.speech import Language
from engine.spoken.scan import lexicon
from engine.spoken.scanning import fold

_SOURCE: Final = files("analytics.redaction") / "data" / "names.yaml"
_KAZAKH: Final = frozenset("әғқңөұүһі")
_SURE: Final = 0.5
"""Share of a word's readings that must be names for it to be one by itself."""
_SURE_OF_KAZAKH: Final = 0.9
_SURE_OF_SURNAME: Final = 0.9
_SHORTEST: Final = 3
_SHORTEST_OF_KAZAKH: Final = 4
"""The same in Kazakh, whose words the Russian dictionary takes for rare names."""
_MOST_WORDS: Final = 3


@dataclass(frozen=True)
class _Lists:
    given: frozenset[str]
    never: frozenset[str]
    stop: frozenset[str]
    strong: re.Pattern[str]
    weak: re.Pattern[str]
    surname: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a word is as a name: by itself, or beside another."""

    alone: bool = False
    beside: bool = False


def names_in(conversation: Conversation, people: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
    """Yield the names of a contact: utterance, first word, the index behind the last."""
    known = known_names(people)
    for index, utterance in enumerate(conversation.utterances):
        for first, stop in _in_utterance(utterance, known):
            yield index, first, stop


def _in_utterance(utterance: Utterance, known: tuple[Person, ...]) -> Iterator[tuple[int, int]]:
    texts = [bare(word.text) for word in utterance.words]
    named = [any(person.fits(text) for person in known) for text in texts]
    kazakh = utterance.language is Language.KAZAKH
    readings = [
        _reading(text, not _KAZAKH.isdisjoint(word.text.lower()), kazakh)
        for text, word in zip(texts, utterance.words, strict=True)
    ]
    found = [is_known or reading.alone for is_known, reading in zip(named, readings, strict=True)]
    for first, strong in _announced(texts):
        place = first
        while place < min(len(texts), first + _MOST_WORDS) and _may_be_named(
            utterance.words[place].text, texts[place], readings[place], strong, place == first
        ):
            found[place] = True
            place += 1
    for place in range(len(texts)):  # a surname beside a name
        if not found[place] and readings[place].beside:
            found[place] = any(
                0 <= beside < len(texts) and found[beside] and (readings[beside].alone or named[beside])
                for beside in (place - 1, place + 1)
            )
    for place in range(1, len(texts)):  # in writing a capital tells a surname
        written = utterance.words[place].text
        before = utterance.words[place - 1].text
        if (
            before[-1:].isalpha()
            and found[place - 1]
            and readings[place - 1].alone
            and written[:1].isupper()
            and not written.isupper()
        ):
            found[place] |= texts[place] not in _lists().stop and texts[place][:1].isalpha()
    place = 0
    while place < len(texts):
        first = place
        while place < len(texts) and found[place]:
            place += 1
        if place > first:
            yield first, place
        place += 1


def _announced(texts: list[str]) -> Iterator[tuple[int, bool]]:
    """Yield where a name may begin because of the words before it, and whether these leave no doubt."""
    text = " ".join(texts)
    offsets = [place for place, word in enumerate(texts) for _ in range(len(word) + 1)]
    for pattern, strong in ((_lists().strong, True), (_lists().weak, False)):
        for match in pattern.finditer(text):
            behind = offsets[match.end() - 1] + 1
            if behind < len(texts):
                yield behind, strong


def _may_be_named(written: str, text: str, reading: _Reading, strong: bool, first: bool) -> bool:
    if not text or not text[0].isalpha() or text in _lists().stop:
        return False
    if reading.alone or text in _lists().given:
        return True
    if text.isascii():
        capital = written[:1].isupper() and not written.isupper()
        return capital or strong or not first
    return reading.beside or _is_surname(text) or (strong and first and not _is_common(text))


def bare(word: str) -> str:
    """Return a word folded, without what is written around it."""
    return re.sub(r"['’]s$", "", fold(word.strip(".,;:!?«»\"'()[]…-")))


@lru_cache(1 << 16)
def _reading(text: str, foreign: bool, kazakh: bool) -> _Reading:
    lists = _lists()
    if text.isascii():
        return _Reading(alone=text in lists.given)
    if _namesake(text):
        return _Reading(beside=not kazakh and _share(text) > 0)
    if text in lists.given:
        return _Reading(alone=True, beside=True)
    if foreign:
        return _Reading(beside=_is_surname(text))
    if text in lists.stop or text in lexicon(Language.KAZAKH).entries:
        return _Reading()
    share = _share(text)
    if kazakh:
        share = share if any("nomn" in one.tag for one in dictionary().parse(text) if "Name" in one.tag) else 0.0
        return _Reading(share >= _SURE_OF_KAZAKH and len(text) >= _SHORTEST_OF_KAZAKH, _is_surname(text))
    return _Reading(share >= _SURE and len(text) >= _SHORTEST, share > 0 or _is_surname(text))


def _namesake(text: str) -> bool:
    """Whether a word is on the list of what is taken for no name, in any of its forms."""
    never = _lists().never
    return text in never or any(
        "Name" in one.tag and fold(one.normal_form) in never for one in dictionary().parse(text) if one.is_known
    )


@lru_cache(1 << 16)
def _share(text: str) -> float:
    """Return the share of a word's readings that are names; 1 where one is a patronymic, 0 of unknown words."""
    readings = [one for one in dictionary().parse(text) if one.is_known]
    if any("Patr" in one.tag for one in readings):
        return 1.0
    whole: float = sum(one.score for one in readings)
    given: float = sum(one.score for one in readings if "Name" in one.tag)
    family: float = sum(one.score for one in readings if "Surn" in one.tag)
    if not whole:
        return 0.0
    return (given + family) / whole if given or family / whole >= _SURE_OF_SURNAME else min(family / whole, _SURE / 2)


def _is_surname(text: str) -> bool:
    return len(text) > 4 and not dictionary().word_is_known(text) and _lists().surname.fullmatch(text) is not None


def _is_common(text: str) -> bool:
    """Whether a word is in the dictionary as anything but a name and a noun."""
    return any(one.is_known and "NOUN" not in one.tag for one in dictionary().parse(text))


@cache
def _lists() -> _Lists:
    try:
        data: Any = yaml.safe_load(_SOURCE.read_text("utf-8"))
        given = frozenset(fold(" ".join(data["given"].values())).split())
        never, stop = (frozenset(fold(data[name]).split()) for name in ("never", "stop"))
        strong, weak = (re.compile(rf"(?<!\S)(?:{'|'.join(data['cues'][kind])})(?!\S)") for kind in ("strong", "weak"))
        surname = re.compile(
            rf"\w{{2,}}{data['surname_endings']}(а|у|ой|ым|е|ом|ои|мен|пен|бен|га|ка|ге|ке|нын|нин|дын|ды|ны)?"
        )
    except (OSError, KeyError, TypeError, AttributeError, yaml.YAMLError, re.error) as error:
        raise ConfigurationError(f"{_SOURCE}: cannot be used ({error}); restore the file of this version") from None
    return _Lists(given, never, stop, strong, weak, surname)
