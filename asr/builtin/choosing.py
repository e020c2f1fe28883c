"""Which language somebody speaks, when each utterance was read in several.

Evidence is in log-odds, so that it adds up over utterances. It weighs how sure the reading is, and how clearly the
network told letters at all: a language model can talk a wrong language into sure words, but not the network's letters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from asr.builtin.alphabet import BLANK
from asr.builtin.hypotheses import Floats
from engine.speech import Language

Evidence = Mapping[Language, float]

HOME_ADVANTAGE = 1.0
"""Log-odds of the language that the dialog speaks, before anything is heard: it is the likelier one."""

SETTLED = 4.0
"""Lead by which a caller's language is settled: 98 in 100."""

SWITCH = 0.6
"""Log-odds against a change of language between two utterances of a recording (`asr.training.languages`)."""

_NOTHING = -3.0
"""Clarity of an utterance without any letter."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What speaks for a language.

    Args:
        offset: before anything is known.
        confidence: for the confidence of the best reading.
        clarity: for the mean log-probability of the likeliest letter, over frames that are no blank.
    """

    offset: float = 0.0
    confidence: float = 4.0
    clarity: float = 6.0

    def evidence(self, confidence: float, clear: float) -> float:
        """Return the log-odds of the language, less those of a language of which nothing is known."""
        return self.offset + self.confidence * confidence + self.clarity * clear


def clarity(log_probs: Floats) -> float:
    """Return how clearly letters were told: mean log-probability of the likeliest, over frames that are no blank."""
    letters = log_probs.argmax(axis=1) != BLANK
    return float(log_probs[letters].max(axis=1).mean()) if letters.any() else _NOTHING


def choose(here: Evidence, before: Evidence, home: Language) -> Language:
    """Return the language of an utterance.

    Args:
        here: by the languages it was read in.
        before: of the caller's earlier utterances, added up; they count half, since callers mix languages.
        home: language of the dialog.
    """
    return max(here, key=lambda one: here[one] + before.get(one, 0.0) / 2 + HOME_ADVANTAGE * (one is home))


def choose_all(heard: Sequence[Evidence]) -> list[Language]:
    """Return the language of each utterance of a recording: the likeliest course of languages as a whole.

    What comes behind an utterance counts as much as what comes before it, as no call could know.

    Args:
        heard: by the languages that each was read in, the same for all.
    """
    courses: dict[Language, tuple[float, list[Language]]] = {}
    for here in heard:
        following = {}
        for one, evidence in here.items():
            before = [(score - SWITCH * (last is not one), course) for last, (score, course) in courses.items()]
            score, course = max(before, key=lambda found: found[0], default=(0.0, []))
            following[one] = score + evidence, [*course, one]
        courses = following
    return max(courses.values(), key=lambda found: found[0])[1] if courses else []


def added(before: Evidence, here: Evidence) -> dict[Language, float]:
    """Return the evidence of all utterances; the most likely language at 0, so that it does not grow for ever."""
    total = {one: before.get(one, 0.0) + here[one] for one in here}
    best = max(total.values(), default=0.0)
    return {one: np.clip(value - best, -2 * SETTLED, 0.0).item() for one, value in total.items()}


def settled(total: Evidence, language: Language) -> bool:
    """Return whether a caller speaks this language beyond doubt."""
    others = [evidence for one, evidence in total.items() if one is not language]
    return language in total and bool(others) and all(total[language] - other >= SETTLED for other in others)
