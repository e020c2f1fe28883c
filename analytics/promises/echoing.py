"""The bank's own verb as a yes: «наскребёте?» — «наскребу», «табыла ма?» — «табылады»."""

import re
from functools import lru_cache
from typing import Final

from analytics.promises.lines import DENIALS, Line
from analytics.russian import dictionary
from engine.folding import fold
from engine.speech import Language

_PARTICLES: Final = frozenset({"ма", "ме", "ба", "бе", "па", "пе"})
"""With which a Kazakh question ends."""
_DENIED: Final = re.compile(r"[бмп][ае](й|с|п|ган|ген)|с[ае]м?$")
_STEM: Final = 4
_VERB_AND_PARTICLE: Final = 2


def takes_up(line: Line, asked: Line) -> bool:
    """Whether a client says, with the bank's verb and undenied, that he will do what its words ask of him."""
    if line.facts.language is Language.KAZAKH:
        return _begins_with_the_verb(line.folded.split(), asked.folded.split())
    if line.facts.language is Language.RUSSIAN:
        words = [fold(word) for word in line.words]
        kept = {word for place, word in enumerate(words) if not place or words[place - 1] not in DENIALS}
        verbs = {_future(word, "2per") for word in asked.folded.split()} - {None}
        return any(_future(word, "1per") in verbs for word in kept)
    return False


def _begins_with_the_verb(said: list[str], asked: list[str]) -> bool:
    if len(asked) < _VERB_AND_PARTICLE or not said:
        return False
    stem = asked[-2][:_STEM]
    same = asked[-1] in _PARTICLES and len(stem) == _STEM and said[0].startswith(stem)
    return same and _DENIED.search(said[0][_STEM - 1 :]) is None


@lru_cache(maxsize=20_000)
def _future(word: str, person: str) -> str | None:
    """Return the infinitive of a folded word that is a verb of a person to come, else None."""
    best = dictionary().parse(word)[0]
    fits = best.tag.POS == "VERB" and person in best.tag and "futr" in best.tag
    return str(best.normal_form) if fits else None
