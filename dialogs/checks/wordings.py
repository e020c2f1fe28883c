"""The texts of a prompt, whatever their variants and tones, and the facts in them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from dialogs.documents import Steps
from dialogs.respelling import without_marks
from dialogs.schema import PromptSpec
from dialogs.schema.prompts import PLAIN
from engine.speech import Language

PLACEHOLDER: Final = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")


def texts(prompt: PromptSpec, language: Language) -> Iterator[tuple[str, int, str]]:
    """Yield the texts of a prompt in a language, each with its tone and the number of its variant.

    They are without stress marks, which must not hide a word from those who look for it.
    """
    for tone, variants in (prompt.wordings(language) or {}).items():
        for i, text in enumerate(variants):
            yield tone, i, without_marks(text)


def steps_of(name: str, language: Language, tone: str, variant: int) -> Steps:
    """Return the place of one text; where the file has no such step, the nearest one above counts."""
    return ("prompts", name, language, *((tone,) if tone != PLAIN else ()), variant)


@lru_cache(maxsize=4096)
def facts_in(text: str) -> frozenset[str]:
    """Return the names of the facts in a text."""
    return frozenset(match[1] for match in PLACEHOLDER.finditer(text))


def facts_told(prompt: PromptSpec) -> frozenset[str]:
    """Return the names of the facts in any text of a prompt."""
    return frozenset(fact for language in Language for _, _, text in texts(prompt, language) for fact in facts_in(text))
