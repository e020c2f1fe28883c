"""Prompts: what the bot says, in every language, with variants and tones."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from dialogs.schema.base import Model, as_list
from engine.speech import Language

PLAIN: Final = ""
"""The tone of a text that stands without one."""


class Disclosure(StrEnum):
    """What must be heard before all else."""

    ROBOT = "robot"
    RECORDING = "recording"
    CREDITOR = "creditor"


def _as_wordings(value: Any) -> Any:
    """Return variants by tone: from one text, from a list of variants, or from either by tone."""
    if isinstance(value, str | list):
        return {PLAIN: as_list(value)}
    if not isinstance(value, dict):
        return value
    for tone, texts in value.items():
        if texts is None:  # {debt} without quotes is YAML for a name that nothing is said of
            raise ValueError(f'a text that begins with {{ needs quotes: "{{{tone}}} …"')
    return {tone: as_list(texts) for tone, texts in value.items()}


_Variants = str | Annotated[list[str], Field(min_length=1, max_length=8)]

_Tones = Annotated[dict[str, _Variants], Field(min_length=1)]

Wordings = Annotated[
    dict[str, Annotated[tuple[str, ...], Field(min_length=1, max_length=8)]],
    BeforeValidator(_as_wordings, json_schema_input_type=_Variants | _Tones),
    Field(min_length=1),
]
"""Texts of one language: variants by tone."""


class PromptSpec(Model):
    """A prompt in every language of the scenario.

    A text stands alone, as a list of variants that take turns, or as either by tone (``{friendly: …, firm: …}``).

    Args:
        ru: Russian text with ``{facts}``.
        kk: Kazakh text.
        en: English text.
        neutral: may be said before the right party is confirmed; everything else counts as debt wording.
        interruptible: the caller may barge in.
        discloses: what this prompt tells of that must be heard before all else.
        recordings: audio files in the scenario's folder that are played instead of the voice, by language.
        review: languages whose text still wants a native speaker's check.
    """

    ru: Wordings | None = None
    kk: Wordings | None = None
    en: Wordings | None = None
    neutral: bool = False
    interruptible: bool = True
    discloses: Annotated[
        tuple[Disclosure, ...], BeforeValidator(as_list, json_schema_input_type=Disclosure | list[Disclosure])
    ] = ()
    recordings: dict[Language, Annotated[str, Field(min_length=1)]] = {}
    review: Annotated[
        tuple[Language, ...], BeforeValidator(as_list, json_schema_input_type=Language | list[Language])
    ] = ()

    def wordings(self, language: Language) -> Mapping[str, tuple[str, ...]] | None:
        """Return the variants by tone in a language, or None where it is missing."""
        return {Language.RUSSIAN: self.ru, Language.KAZAKH: self.kk, Language.ENGLISH: self.en}[language]

    def text(self, language: Language) -> str | None:
        """Return the first text in a language, or None where it is missing."""
        wordings = self.wordings(language)
        return next(iter(wordings.values()))[0] if wordings else None
