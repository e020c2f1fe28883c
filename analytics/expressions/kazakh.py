"""Stems of Kazakh words, by stripping endings: a noun's case, possessive and plural; a verb's person and tense.

It works on folded letters (`engine.folding`), so that what a Russian recogniser wrote of Kazakh words has the same
stems. Every ending stands in all the variants that vowel harmony and the sound before it give it. Folding hides part of
the harmony (ә like а, ү like у), so an ending is refused only where the stem's last vowel still tells: ы wants back
vowels, е front ones. Where an ending can be parted from the stem in several ways («күні» is күн or кү) all are kept, as
with the normal forms of Russian. Negation (төле-ме-) and voice stay in the stem: «төлемеймін» is no form of «төлеймін».
"""

from typing import Final

_VOWELS: Final = frozenset("аеиоуыэюя")
_BACK: Final = frozenset("аы")
_FRONT: Final = frozenset("еи")
_LEAST_STEM: Final = 2
_LEAST_BEFORE_ONE_LETTER: Final = 3


def _endings(row: str) -> tuple[str, ...]:
    """Return the endings of a row, longest first."""
    return tuple(sorted(row.split(), key=len, reverse=True))


_POLITE: Final = _endings("шы ши")
_PREDICATES: Final = _endings(
    "мын мин бын бин пын пин сын син сыз сиз мыз миз быз биз пыз пиз сындар синдер сыздар сиздер"
)
_CASES: Final = _endings(
    "нын нин дын дин тын тин га ге ка ке на не ны ни ды ди ты ти н да де та те нда нде"
    " дан ден тан тен нан нен дагы деги тагы теги ндагы ндеги"
)
_WITH: Final = _endings("мен бен пен")
"""No harmony rules this case."""
_OWNED_DATIVES: Final = ("ыма", "име", "ына", "ине")
"""The dative after "my" and "your" is one vowel; taken from every word, it would take the end of «ақша»."""
_POSSESSIVES: Final = _endings("ым им м ын ин н ыныз иниз ныз низ ымыз имиз мыз миз сы си ы и")
_PLURALS: Final = _endings("лар лер дар дер тар тер")

_PERSONS: Final = _endings(
    "мын мин бын бин пын пин сын син сыз сиз мыз миз быз биз пыз пиз сындар синдер сыздар сиздер"
    " м н к ныз низ ндар ндер ныздар низдер ды ди"
)
_AFTER_PAST: Final = frozenset(["м", "н", "к", "ныз", "низ", "ндар", "ндер", "ныздар", "низдер"])
_TENSES: Final = _endings(
    "а е й атын етин йтын йтин ып ип п ды ди ты ти ган ген кан кен ар ер р са се у мак мек бак бек пак пек"
    " айык ейик йык йик айын ейин йын йин ыныз иниз гай гей кай кей галы гели калы кели"
)
_PAST: Final = ("ды", "ди", "ты", "ти", "са", "се")
_INFINITIVE: Final = ("у",)
_HARDENED: Final = str.maketrans({"г": "к", "б": "п"})
"""Consonants that soften before a vowel: кітап, кітабы; жүрек, жүрегі."""


def stems(folded: str) -> frozenset[str]:
    """Return what a word's stem may be, as a noun's and as a verb's form; ы is written as и in them.

    Args:
        folded: one word in folded letters.
    """
    return frozenset(map(_sound, _nouns(folded) | _verbs(folded)))


def _nouns(word: str) -> set[str]:
    found = {word} | _cut({word}, _PREDICATES)
    found |= {one[:-1] for one in found if one.endswith(_OWNED_DATIVES)}
    found |= {one[:-3] for one in found if one.endswith(_WITH) and len(one) > _LEAST_BEFORE_ONE_LETTER + 2}
    for endings in (_CASES, _POSSESSIVES, _PLURALS):
        found |= _cut(found, endings)
    return found


def _verbs(word: str) -> set[str]:
    asked = _cut({word}, _POLITE)
    whole = {word} | asked
    bare = _cut(whole, _PERSONS)
    after_past = {one for one in bare if word[len(one) :] in _AFTER_PAST and not one.endswith(_PAST)}
    persons = bare - after_past
    return asked | _cut(whole, _TENSES) | _cut(persons, _TENSES, _LEAST_STEM) | _cut(whole, _INFINITIVE, _LEAST_STEM)


def _cut(words: set[str], endings: tuple[str, ...], least: int = _LEAST_BEFORE_ONE_LETTER) -> set[str]:
    """Return the words without an ending, in every way; nothing of a word that has none."""
    return {
        word[: -len(ending)]
        for word in words
        for ending in endings
        if word.endswith(ending)
        and len(word) - len(ending) >= (least if len(ending) == 1 else _LEAST_STEM)
        and _agree(word[: -len(ending)], ending)
    }


def _agree(stem: str, ending: str) -> bool:
    """Whether a stem has a vowel, and its last one does not rule the ending's first one out."""
    last = next((letter for letter in reversed(stem) if letter in _VOWELS), None)
    first = next((letter for letter in ending if letter in _VOWELS), None)
    if last is None:
        return False
    return not ((last == "ы" and first in _FRONT) or (last == "е" and first in _BACK))


def _sound(stem: str) -> str:
    return (stem[:-1] + stem[-1].translate(_HARDENED)).replace("ы", "и")
