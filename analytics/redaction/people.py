"""Names that are known beforehand, in every form in which they may be said or misheard."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from analytics.russian import dictionary
from engine.spoken.scanning import fold, listed

_RUSSIAN: Final = listed("а я у ю ом ем ой ей ою е и ы ым ого ому ую ых ыми ами ах ов")
_KAZAKH: Final = listed(
    "га ге ка ке на не ды ди ны ни ты ти нын нин дын дин тын тин да де та те нда нде дан ден нан нен тан тен мен "
    "бен пен дики мын мин сын син бын бин пын пин"
)
_SHORTEST: Final = 2
_MISHEARD: Final = 6
"""Letters from which on one of them may be wrong."""
_NAMES: Final = ("Name", "Surn", "Patr")
"""The dictionary's marks of given names, surnames and patronymics."""
_VOWELS: Final = "аяоеиыуюйь"


@dataclass(frozen=True, slots=True)
class Person:
    """One part of a known name.

    Args:
        name: folded.
        forms: that it may have.
    """

    name: str
    forms: frozenset[str]

    def fits(self, text: str) -> bool:
        """Whether a folded word is this name, in any form, with a letter misheard where it is long."""
        if text in self.forms:
            return True
        if len(self.name) < _MISHEARD or text[:1] != self.name[:1] or len(text) < len(self.name) - 1:
            return False
        return any(abs(len(text) - len(form)) <= 1 and _one_apart(text, form) for form in self.forms)


@lru_cache(256)
def known_names(people: tuple[str, ...]) -> tuple[Person, ...]:
    """Return the parts of full names; those of one letter, initials, are left out."""
    parts = {part.strip(".,«»\"'()") for person in people for part in fold(person).split()}
    return tuple(Person(part, _forms(part)) for part in sorted(parts) if len(part) >= _SHORTEST)


def _forms(name: str) -> frozenset[str]:
    if name.isascii():
        return frozenset({name, f"{name}s"})
    stem = name.rstrip(_VOWELS) if len(name) > 3 else name
    endings = {*(stem + ending for ending in _RUSSIAN), *(name + fold(ending) for ending in _KAZAKH)}
    return frozenset({name, *endings, *_declined(name)})


def _declined(name: str) -> Iterator[str]:
    """Yield the forms that the dictionary knows of a name: «Льва» and «Павла» too, whose vowel goes."""
    for reading in dictionary().parse(name):
        if any(kind in reading.tag for kind in _NAMES):
            yield from (fold(form.word) for form in reading.lexeme)


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter was put in, left out or exchanged."""
    if len(one) > len(other):
        one, other = other, one
    place = next((at for at, letter in enumerate(one) if letter != other[at]), len(one))
    return one[place:] == other[place + 1 :] if len(one) < len(other) else one[place + 1 :] == other[place + 1 :]
