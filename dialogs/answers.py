"""Values of the scenario's own slots in an answer to the question that asks for them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dialogs.schema import EntitySpec, ScenarioSpec, SlotKind, SlotSpec
from dialogs.understanding.slots import Slotted
from dialogs.values import Value, Values
from engine.folding import fold
from engine.speech import Language
from engine.spoken import find_numbers

_SMALL: Final = 20
_LARGE: Final = 10**6

MAX_WORDS: Final = 300
"""Characters of an answer that is kept as it was heard."""

_DENIED: Final = re.compile(r"(?:^|.* )(?:не|not|no|емес)(?: (?:в|во|на|через|the|a|by|via))?$")
_CORRECTED: Final = re.compile(r"\b(?:нет|точнее|вернее|жок|дурысы|no|sorry|rather|i mean)\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer holds.

    Args:
        slotted: sums, shares, days and times.
        own: slots of the scenario's own that the open question asks for.
        told: a value was found in it, so that it informs, whatever else it may be.
    """

    slotted: Slotted = Slotted()
    own: Values = Values()
    told: bool = False


NO_ANSWER: Final = Answer()


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds a scenario's own slots.

    Args:
        spec: of the scenario.
    """

    spec: ScenarioSpec

    def find(self, names: Iterable[str], texts: Iterable[str], slotted: Slotted, language: Language) -> Answer:
        """Find what an answer tells.

        Args:
            names: of the slots that the question asks for.
            texts: hypotheses of the recogniser, best first; each slot is taken from the first that holds it.
            slotted: the built-in values in it.
            language: of the dialog.
        """
        own, told = Values(), False
        heard = [text for text in texts if fold(text)]
        for name in names:
            slot = self.spec.slots[name]
            values = (self._value(slot, text, slotted, language) for text in heard)
            value = next((value for value in values if value is not None), None)
            own = own.put(name, value)
            told = told or (value is not None and slot.kind is not SlotKind.WORDS)
        return Answer(slotted, own, told)

    def whole(self, names: Iterable[str], text: str, language: Language) -> bool:
        """Whether a text already tells all that is asked, and no more of it can follow.

        A choice is whole once it is named, and a number where only small ones are asked for: «двадцать» may go on.
        """
        slots = [self.spec.slots[name] for name in names]
        short = all(slot.kind is SlotKind.CHOICE or (slot.most or _LARGE) <= _SMALL for slot in slots)
        found = (self._value(slot, text, Slotted(), language) for slot in slots)
        return bool(slots) and short and all(value is not None for value in found)

    def lone_number(self, names: Iterable[str], texts: Sequence[str], language: Language) -> bool:
        """Whether the best hypothesis is one of the numbers that are asked for and not a word more."""
        asked = [slot for name in names if (slot := self.spec.slots[name]).kind is SlotKind.NUMBER]
        if not asked or not texts:
            return False
        for tongue in dict.fromkeys((language, *Language)):
            for reading in find_numbers(texts[0], tongue):
                rest = fold(texts[0][: reading.start] + texts[0][reading.end :])
                if not rest and any(slot.holds(reading.value) for slot in asked):
                    return True
        return False

    def _value(self, slot: SlotSpec, text: str, slotted: Slotted, language: Language) -> Value | None:
        match slot.kind:
            case SlotKind.NUMBER:
                return _number(slot, text, language)
            case SlotKind.MONEY:
                return slotted.amount
            case SlotKind.DAY:
                return _first(slotted.days)
            case SlotKind.TIME:
                return slotted.times[0] if slotted.times else None
            case SlotKind.CHOICE:
                return choice(self.spec.entities[slot.of or ""], text, language)
            case SlotKind.WORDS:
                return " ".join(text.split())[:MAX_WORDS]


def choice(entity: EntitySpec, text: str, language: Language) -> str | None:
    """Return the value of an entity that a text names, or None where it names none, or several without correcting.

    Words are compared folded, whole and longest first; those that are taken back («не картой») do not count. Of a
    correction («картой, нет, через кассу») the last counts.
    """
    folded = fold(text)
    words = {fold(word): value for value, word in _words(entity, language)}
    if not words:
        return None
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    found = [match for match in re.finditer(rf"\b(?:{pattern})\b", folded) if not _denied(folded, match)]
    values = [words[match[0]] for match in found]
    if len(set(values)) > 1:
        between = folded[found[-2].end() : found[-1].start()]
        return values[-1] if _CORRECTED.search(between) else None
    return values[0] if values else None


def _words(entity: EntitySpec, language: Language) -> Iterator[tuple[str, str]]:
    """Yield values with their words; the dialog's language comes last, so that its words win over another's."""
    for spoken in sorted(Language, key=lambda each: each is language):
        for value, by_language in entity.items():
            yield from ((value, word) for word in by_language.get(spoken, ()))


def _denied(folded: str, match: re.Match[str]) -> bool:
    behind = folded[match.end() :].split()
    return bool(_DENIED.match(folded[: match.start()].rstrip())) or behind[:1] == ["емес"]


def _number(slot: SlotSpec, text: str, language: Language) -> int | None:
    """Return the one number within bounds that an answer leaves standing; of several none is sure."""
    for tongue in dict.fromkeys((language, *Language)):
        said = {reading.value for reading in find_numbers(text, tongue) if not reading.negated}
        fitting = {number for number in said if slot.holds(number)}
        if fitting:
            return fitting.pop() if len(fitting) == 1 else None
    return None


def _first(days: tuple[date, ...]) -> date | None:
    return days[0] if days else None


def unspoken(entity: EntitySpec, languages: Iterable[Language]) -> Iterator[tuple[str, Language]]:
    """Yield the values of an entity that have no words in a language."""
    for value, words in entity.items():
        yield from ((value, language) for language in languages if not words.get(language))
