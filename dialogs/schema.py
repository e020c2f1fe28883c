"""What a scenario file may hold, as pydantic models; the loader turns their complaints into file, line and mend.

A scenario is a graph of states. A state is one of three kinds, told apart by its keys:

- a question: ``say`` (once, on entering), ``ask`` (repeated after every digression), ``expect``, ``on`` (transitions);
- a switch: ``route``, the first entry whose conditions hold is taken at once, nothing is waited for;
- an ending: ``say`` and ``end`` with a disposition.

``anytime`` holds transitions that hold in every question, after the question's own.
"""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from dialogs.understanding.intents import Intent
from engine.calls import Disposition
from engine.speech import Expect, Language

RETURN: Final = "return"
"""Target that stays in the open question and asks it again."""

REPEAT: Final = "repeat"
"""Target that says the last thing again."""

SWITCH: Final = "switch_language"
"""Target that goes on in the language the caller asked for, saying the last thing again in it."""

SPECIAL_TARGETS: Final = frozenset({RETURN, REPEAT, SWITCH})

ANYTHING: Final = "anything"
"""In ``on``: whatever was said, understood or not."""


class Condition(StrEnum):
    """What ``when`` may ask; each may stand behind ``not``."""

    IDENTIFIED = "identified"
    """The right party is confirmed."""
    HEARD_AMOUNT = "heard.amount"
    """This answer holds a sum or a share."""
    HEARD_DAY = "heard.day"
    HEARD_TIME = "heard.time"
    HEARD_PROMISE = "heard.promise"
    """This answer holds a sum, a share or a day."""
    HEARD_CHANGE = "heard.change"
    """This answer holds a sum or a day that differs from what is promised so far."""
    AMOUNT = "amount"
    """The promise has a sum."""
    DUE = "due"
    """The promise has a day."""
    AMOUNT_BELOW_LEAST = "amount.below_least"
    AMOUNT_ABOVE_DEBT = "amount.above_debt"
    DUE_PAST = "due.past"
    DUE_TOO_LATE = "due.too_late"
    CALLBACK_DAY = "callback.day"
    CALLBACK_TIME = "callback.time"
    CALLBACK_OUTSIDE = "callback.outside"
    """The wished time is past, too far ahead, or outside the hours in ``callback``."""


class SlotName(StrEnum):
    """What ``take`` may fill from an answer."""

    AMOUNT = "amount"
    """The promised sum, from a sum or a share of the debt."""
    DUE = "due"
    """The promised day."""
    CALLBACK = "callback"
    """Day and time to call back."""


class Setting(StrEnum):
    """What ``set`` may do without the caller naming it."""

    AMOUNT_DEBT = "amount = debt"
    AMOUNT_NONE = "amount = none"
    DUE_NONE = "due = none"
    CALLBACK_NONE = "callback = none"


class Party(StrEnum):
    """Whom the bot speaks to, as far as it knows."""

    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    OTHER = "other"


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_absent(value: Any) -> Any:
    return {"say": value} if isinstance(value, str | list) else value


def _as_time(value: Any) -> Any:
    if isinstance(value, str):
        return time.fromisoformat(value)
    raise ValueError("a time is written like 09:00")


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One name, or a list of them."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Guard(_Model):
    """One condition, negated or not."""

    condition: Condition
    negated: bool


def _as_guards(value: Any) -> Any:
    guards = []
    for text in _as_list(value):
        if not isinstance(text, str):
            raise ValueError("a condition is a word such as `amount` or `not amount`")
        negated = text.startswith("not ")
        name = text.removeprefix("not ").strip()
        guards.append({"condition": name, "negated": negated})
    return guards


Guards = Annotated[tuple[Guard, ...], BeforeValidator(_as_guards)]


class PromptSpec(_Model):
    """A prompt in every language of the scenario.

    Args:
        ru: Russian text with ``{facts}``.
        kk: Kazakh text.
        en: English text.
        neutral: may be said before the right party is confirmed; everything else counts as debt wording.
        interruptible: the caller may barge in.
        recordings: audio files in the scenario's folder that are played instead of the voice, by language.
        review: languages whose text still wants a native speaker's check.
    """

    ru: str | None = None
    kk: str | None = None
    en: str | None = None
    neutral: bool = False
    interruptible: bool = True
    recordings: dict[Language, Annotated[str, Field(min_length=1)]] = {}
    review: Annotated[tuple[Language, ...], BeforeValidator(_as_list)] = ()

    def text(self, language: Language) -> str | None:
        """Return the text in a language, or None where it is missing."""
        return {Language.RUSSIAN: self.ru, Language.KAZAKH: self.kk, Language.ENGLISH: self.en}[language]


class TransitionSpec(_Model):
    """What follows an answer.

    Args:
        on: intents, or ``anything``.
        when: conditions that must all hold.
        times: how often a call may take this transition; afterwards it is passed over.
        take: slots to fill from the answer.
        set: slots to set or clear.
        party: what the answer tells about whom we speak to; `unknown` where someone else takes the phone.
        confirms: the answer confirms the promise that was read back.
        say: prompts before the target's own.
        to: a state, ``return``, ``repeat`` or ``switch_language``.
    """

    on: Names
    when: Guards = ()
    times: int | None = Field(default=None, ge=1, le=10)
    take: Annotated[tuple[SlotName, ...], BeforeValidator(_as_list)] = ()
    set: Annotated[tuple[Setting, ...], BeforeValidator(_as_list)] = ()
    party: Party | None = None
    confirms: bool = False
    say: Names = ()
    to: str


class RouteSpec(_Model):
    """One way out of a switch; the last one has no condition."""

    when: Guards = ()
    times: int | None = Field(default=None, ge=1, le=10)
    set: Annotated[tuple[Setting, ...], BeforeValidator(_as_list)] = ()
    say: Names = ()
    to: str


class LimitSpec(_Model):
    """So many reprompts, then the state ``to``."""

    times: int = Field(ge=0, le=50)
    to: str


class StateLimits(_Model):
    """Limits of one question where they differ from the scenario's."""

    silence: LimitSpec | None = None
    not_understood: LimitSpec | None = None


class Limits(_Model):
    """Limits of the scenario; ``turns`` counts all answers and silences of a call."""

    silence: LimitSpec
    not_understood: LimitSpec
    turns: LimitSpec


class AbsentSpec(_Model):
    """What follows a transfer that reaches nobody: no person is on hand, or none took the call.

    Args:
        say: prompts; before the transfer is tried they stand in for the state's own, so that nobody is promised one.
        to: the state to go on in; without it the call ends as its state says.
    """

    say: Names = ()
    to: str | None = None

    @model_validator(mode="after")
    def _something(self) -> "AbsentSpec":
        if not self.say and self.to is None:
            raise ValueError("`absent` says something, or names a state with `to`")
        return self


class StateSpec(_Model):
    """A state of one of the three kinds."""

    say: Names = ()
    ask: str | None = None
    again: str | None = None
    """Said instead of ``ask`` after silence or words not understood."""
    expect: Expect | None = None
    wait_s: float = Field(default=5.0, ge=1, le=30)
    limits: StateLimits = StateLimits()
    on: tuple[TransitionSpec, ...] = ()
    route: tuple[RouteSpec, ...] = ()
    end: Disposition | None = None
    transfer: bool = False
    absent: Annotated[AbsentSpec | None, BeforeValidator(_as_absent)] = None
    """Where nobody is reached: closing words, or words and a state to go on in."""

    @model_validator(mode="after")
    def _one_kind(self) -> "StateSpec":
        kinds = [name for name, there in (("ask", self.ask), ("route", self.route), ("end", self.end)) if there]
        if len(kinds) != 1:
            found = " and ".join(f"`{kind}`" for kind in kinds) or "none of them"
            raise ValueError(f"a state has exactly one of `ask`, `route` and `end`, but here is {found}")
        if self.ask and (self.expect is None or not self.on):
            raise ValueError("a state with `ask` also needs `expect` and `on`")
        if not self.ask and (self.expect or self.on or self.again):
            raise ValueError("`expect`, `on` and `again` belong to a state with `ask`")
        if self.end and not self.say:
            raise ValueError("an ending says something; add `say`")
        if self.transfer and not self.end:
            raise ValueError("`transfer` belongs to a state with `end`")
        if self.transfer and not self.absent:
            raise ValueError("`transfer` needs `absent`: what is said, or where to go on, where nobody is reached")
        if self.absent and not self.transfer:
            raise ValueError("`absent` belongs to a state with `transfer`")
        return self


class CallbackHours(_Model):
    """When the caller may ask to be called back, in the debtor's time zone."""

    earliest: Annotated[time, BeforeValidator(_as_time)]
    latest: Annotated[time, BeforeValidator(_as_time)]
    weekends: bool = False
    days_ahead: int = Field(default=7, ge=1, le=60)

    def allow(self, day: date, at: time) -> bool:
        """Whether a call may be placed on that day at that time."""
        return self.earliest <= at < self.latest and (self.weekends or day.weekday() < 5)


class Messages(_Model):
    """Prompts that the policy itself says."""

    silence: str
    not_understood: str
    language_switched: str


class ScenarioSpec(_Model):
    """A whole scenario, includes joined."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    start: str
    start_inbound: str | None = None
    """Where a call begins that came to us: reception has greeted by then. As ``start`` by default."""
    refuge: str
    """A neutral ending, taken when the policy refuses to speak about a debt to anyone but the right party."""
    messages: Messages
    limits: Limits
    callback: CallbackHours
    anytime: tuple[TransitionSpec, ...] = ()
    states: Annotated[dict[str, StateSpec], Field(min_length=1)]
    include: Names = ()
    prompts: dict[str, PromptSpec] = {}


class PromiseTexts(_Model):
    """What is told of a promise that was read back and confirmed, and of one that was not."""

    confirmed: PromptSpec
    open: PromptSpec


class BriefingSpec(_Model):
    """The texts of ``briefing.yaml``; see `dialogs.briefing.BriefingTexts`."""

    invitation: PromptSpec
    caller: dict[Party, PromptSpec]
    debt: PromptSpec
    overdue: PromptSpec
    said: dict[Intent, PromptSpec]
    promise: PromiseTexts
    reason: dict[Disposition, PromptSpec]


class IncludeSpec(_Model):
    """A file named under ``include``: prompts and, where a scenario is long, states."""

    prompts: dict[str, PromptSpec] = {}
    states: dict[str, StateSpec] = {}
