"""The whole scenario file, what may be included, and the briefing's texts."""

from datetime import date, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from dialogs.schema.actions import ActionSpec
from dialogs.schema.base import NAME, Model, Name, Names, as_list
from dialogs.schema.conditions import Guards, WrittenGuards
from dialogs.schema.prompts import PromptSpec
from dialogs.schema.states import LimitSpec, Party, StateSpec, TransitionSpec
from dialogs.schema.values import EntitySpec, FactEntry, IntentSpec, Percent, SlotEntry
from dialogs.understanding.intents import Intent
from engine.calls import Disposition
from engine.law import Jurisdiction, Purpose
from engine.speech import Language


def _as_time(value: Any) -> Any:
    if isinstance(value, str):
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise ValueError("a time is written like 09:00")


TimeOfDay = Annotated[
    time,
    BeforeValidator(_as_time, json_schema_input_type=Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]),
]


class Limits(Model):
    """Limits of the scenario.

    Args:
        silence: in a row.
        not_understood: answers in a row that were not understood.
        turns: all answers, silences and actions of a call; leads to an ending.
    """

    silence: LimitSpec
    not_understood: LimitSpec
    turns: LimitSpec


class CallbackHours(Model):
    """When the caller may ask to be called back, in the debtor's time zone.

    Args:
        earliest: time of day, in quotes: ``"09:00"``.
        latest: time of day before which a call begins.
        weekends: calls on Saturdays and Sundays too.
        days_ahead: how far ahead.
    """

    earliest: TimeOfDay
    latest: TimeOfDay
    weekends: bool = False
    days_ahead: int = Field(default=7, ge=1, le=60)

    def allow(self, day: date, at: time) -> bool:
        """Whether a call may be placed on that day at that time."""
        return self.earliest <= at < self.latest and (self.weekends or day.weekday() < 5)


class Messages(Model):
    """Prompts that the policy itself says; all are neutral.

    Args:
        silence: before the question is asked again.
        not_understood: before the question is asked again.
        language_switched: in the new language.
    """

    silence: str
    not_understood: str
    language_switched: str


class ClarifySpec(Model):
    """The question between two meanings that are too close to call.

    Args:
        ask: prompt with the facts ``{meaning.first}`` and ``{meaning.second}``.
        means: by intent, the prompt that words its meaning («вы уже оплатили»); without one it is never asked for.
    """

    ask: str
    means: dict[str, str]


class SegmentSpec(Model):
    """A named condition on the account; a bare list is ``all``.

    Args:
        all: of these hold.
        any: of these holds, where some are given.
    """

    all: Guards = ()
    any: Guards = ()

    @model_validator(mode="after")
    def _something(self) -> "SegmentSpec":
        if not self.all and not self.any:
            raise ValueError("a segment has conditions: a list, or `any:` with a list")
        return self


def _as_segment(value: Any) -> Any:
    return {"all": value} if isinstance(value, str | list) else value


SegmentEntry = Annotated[SegmentSpec, BeforeValidator(_as_segment, json_schema_input_type=WrittenGuards | SegmentSpec)]


class MandateSpec(Model):
    """What the bot may agree to; the first entry whose conditions hold counts, beside the account's own limits.

    Args:
        when: conditions on the account.
        least_share: percent of the debt that a promise must reach.
        latest_days: how many days ahead a promise may lie.
    """

    when: Guards = ()
    least_share: Percent = 0
    latest_days: int | None = Field(default=None, ge=0, le=365)


class ToneSpec(Model):
    """Which tone a call is held in; the first entry whose conditions hold.

    Args:
        when: conditions on the account.
        use: name of the tone, under which prompts have texts of their own.
    """

    when: Guards = ()
    use: Annotated[str, Field(pattern=NAME)]


class _Shared(Model):
    """What both a scenario and a file that it includes may hold.

    Args:
        facts: of the account or an action's result, by name, with their kind.
        slots: that questions ask for, by name, with their kind.
        entities: the values of choices, with the words for each by language.
        segments: conditions on the account that have a name.
        intents: what callers may mean: new ones, or more phrases of a known one, by language.
        actions: requests to other systems.
        anytime: transitions that hold in every question, after its own.
        states: by name.
        prompts: by name.
        pronunciations: how words are said that are written otherwise, by language.
    """

    facts: dict[Name, FactEntry] = {}
    slots: dict[Name, SlotEntry] = {}
    entities: dict[Name, EntitySpec] = {}
    segments: dict[Name, SegmentEntry] = {}
    intents: dict[Name, IntentSpec] = {}
    actions: dict[Name, ActionSpec] = {}
    anytime: tuple[TransitionSpec, ...] = ()
    states: dict[Name, StateSpec] = {}
    prompts: dict[Name, PromptSpec] = {}
    pronunciations: dict[Language, dict[str, str]] = {}


class ScenarioSpec(_Shared):
    """A whole scenario, includes joined.

    Args:
        name: of the scenario.
        languages: that every prompt is written in; the first is the default.
        jurisdictions: whose law it keeps.
        purpose: what the calls are for.
        start: the first state.
        start_inbound: where a call begins that came to us: reception has greeted by then. As `start` by default.
        refuge: a neutral ending, taken when the policy refuses to speak about a debt to anyone but the right party.
        messages: that the policy itself says.
        clarify: the question between two close meanings.
        limits: on reprompts and turns.
        person_within: answers after which, at the latest, the caller has been offered a person or can ask for one.
        callback: hours for callbacks.
        mandate: what the bot may agree to.
        tone: which wording of prompts with tones is used.
        include: files with more of the same.
        replaces: names that this file takes over from an included one.
    """

    name: str = Field(pattern=NAME)
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    jurisdictions: Annotated[
        tuple[Jurisdiction, ...], BeforeValidator(as_list, json_schema_input_type=Jurisdiction | list[Jurisdiction])
    ] = ()
    purpose: Purpose = Purpose.COLLECTION
    start: str
    start_inbound: str | None = None
    refuge: str
    messages: Messages
    clarify: ClarifySpec | None = None
    limits: Limits
    person_within: int = Field(default=12, ge=1, le=50)
    callback: CallbackHours
    mandate: tuple[MandateSpec, ...] = ()
    tone: tuple[ToneSpec, ...] = ()
    include: Names = ()
    replaces: Names = ()


class IncludeSpec(_Shared):
    """A file named under ``include``."""


class PromiseTexts(Model):
    """What is told of a promise that was read back and confirmed, and of one that was not."""

    confirmed: PromptSpec
    open: PromptSpec


class BriefingSpec(Model):
    """The texts of ``briefing.yaml``; see `dialogs.briefing.BriefingTexts`."""

    invitation: PromptSpec
    caller: dict[Party, PromptSpec]
    debt: PromptSpec
    overdue: PromptSpec
    said: dict[Intent, PromptSpec]
    promise: PromiseTexts
    reason: dict[Disposition, PromptSpec]
