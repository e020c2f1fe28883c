"""What a scenario declares: facts of its own, slots, the words of choices, phrases of intents."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from dialogs.schema.base import Model, Names
from engine.speech import Language


class ValueKind(StrEnum):
    """What a fact is, which decides how it is put into words."""

    TEXT = "text"
    MONEY = "money"
    DAY = "day"
    DAYS = "days"
    """A number of days."""
    ON_WEEKDAY = "on_weekday"
    TIME = "time"
    NUMBER = "number"
    PERCENT = "percent"
    DIGITS = "digits"
    """Spoken digit by digit: a telephone number, the end of a contract's number."""


class FactDeclaration(Model):
    """A fact that the account's ``facts`` or an action's result gives.

    Args:
        kind: of value.
        neutral: may be told to anyone.
    """

    kind: ValueKind
    neutral: bool = False


def _as_fact(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


FactEntry = Annotated[FactDeclaration, BeforeValidator(_as_fact, json_schema_input_type=ValueKind | FactDeclaration)]


class SlotKind(StrEnum):
    """What a declared slot holds."""

    NUMBER = "number"
    MONEY = "money"
    DAY = "day"
    TIME = "time"
    CHOICE = "choice"
    """One of an entity's values."""
    WORDS = "words"
    """The answer as it was heard."""


class SlotSpec(Model):
    """A slot of the scenario's own, filled by ``take`` and compared in ``when``.

    Args:
        kind: of value.
        of: the entity whose values a choice has.
        least: a number's smallest value.
        most: a number's largest value.
        neutral: may be told to anyone.
    """

    kind: SlotKind
    of: str | None = None
    least: int | None = None
    most: int | None = None
    neutral: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "SlotSpec":
        if (self.kind is SlotKind.CHOICE) != (self.of is not None):
            raise ValueError("`of` names the entity of a slot of kind `choice`, and of no other")
        if self.kind is not SlotKind.NUMBER and (self.least is not None or self.most is not None):
            raise ValueError("`least` and `most` belong to a slot of kind `number`")
        return self

    def holds(self, number: int) -> bool:
        """Whether a number lies within the bounds."""
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


def _as_slot(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


SlotEntry = Annotated[SlotSpec, BeforeValidator(_as_slot, json_schema_input_type=SlotKind | SlotSpec)]

EntitySpec = dict[str, dict[Language, Names]]
"""Values of an entity, each with the words for it by language."""


class PhrasesSpec(Model):
    """How an intent is said in one language; a bare list of phrases is `examples`.

    Args:
        examples: phrases that teach the classifier.
        whole: utterances that mean the intent when nothing else is said.
        patterns: regular expressions found anywhere.
    """

    examples: Names = ()
    whole: Names = ()
    patterns: Names = ()


def _as_phrases(value: Any) -> Any:
    return {"examples": value} if isinstance(value, str | list) else value


IntentSpec = dict[
    Language, Annotated[PhrasesSpec, BeforeValidator(_as_phrases, json_schema_input_type=str | list[str] | PhrasesSpec)]
]
"""Phrases of an intent: a new one of the scenario's own, or more of a known one."""

Percent = Annotated[int, Field(ge=0, le=100)]
