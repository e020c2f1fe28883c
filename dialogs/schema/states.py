"""States, and what leads from one to the next.

A state is one of four kinds, told apart by its keys:

- a question: ``say`` (once, on entering), ``ask`` (repeated after every digression), ``expect``, ``on`` (transitions);
- a switch: ``route``, the first entry whose conditions hold is taken at once, nothing is waited for;
- an action step: ``do`` names an action, ``say`` is heard meanwhile, then ``route``, or ``failed`` where it failed;
- an ending: ``say`` and ``end`` with a disposition.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_validator

from dialogs.schema.base import Model, Names
from dialogs.schema.conditions import Assignments, Guards
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


class SlotName(StrEnum):
    """The built-in slots that ``take`` may fill from an answer, beside those that a scenario declares."""

    AMOUNT = "amount"
    """The promised sum, from a sum or a share of the debt."""
    DUE = "due"
    """The promised day."""
    CALLBACK = "callback"
    """Day and time to call back."""


class Party(StrEnum):
    """Whom the bot speaks to, as far as it knows."""

    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    OTHER = "other"


class TransitionSpec(Model):
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
    take: Names = ()
    set: Assignments = ()
    party: Party | None = None
    confirms: bool = False
    say: Names = ()
    to: str


class RouteSpec(Model):
    """One way out of a switch or an action step; the last one has no condition.

    Args:
        when: conditions that must all hold.
        times: how often a call may take it; afterwards it is passed over.
        set: slots to set or clear.
        say: prompts before the target's own.
        to: a state.
    """

    when: Guards = ()
    times: int | None = Field(default=None, ge=1, le=10)
    set: Assignments = ()
    say: Names = ()
    to: str


class LimitSpec(Model):
    """So many reprompts, then elsewhere.

    Args:
        times: reprompts.
        to: the state afterwards.
    """

    times: int = Field(ge=0, le=50)
    to: str


class StateLimits(Model):
    """Limits of one question where they differ from the scenario's.

    Args:
        silence: in a row.
        not_understood: answers in a row that were not understood.
    """

    silence: LimitSpec | None = None
    not_understood: LimitSpec | None = None


class AbsentSpec(Model):
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


def _as_absent(value: Any) -> Any:
    return {"say": value} if isinstance(value, str | list) else value


class StateSpec(Model):
    """A state of one of the four kinds.

    Args:
        say: prompts on entering; of an action step, what is heard while waiting.
        ask: the question.
        again: said instead of `ask` after silence or words not understood.
        expect: kind of answer.
        slots: declared slots that the question asks for; ``heard.NAME`` and ``take`` find them in its answers.
        hints: words that the answer may hold, for the recogniser, by language.
        pause_ms: silence that ends an answer here, where it differs from the kind's.
        wait_s: silence before a reprompt.
        limits: where they differ from the scenario's.
        on: transitions.
        do: name of an action.
        failed: state to go to when the action fails.
        route: ways out of a switch, or of an action that succeeded.
        end: disposition of an ending.
        transfer: the ending hands the caller to a person.
        absent: where nobody is reached: closing words, or words and a state to go on in.
    """

    say: Names = ()
    ask: str | None = None
    again: str | None = None
    expect: Expect | None = None
    slots: Names = ()
    hints: dict[Language, Names] = {}
    pause_ms: int | None = Field(default=None, ge=200, le=3000)
    wait_s: float = Field(default=5.0, ge=1, le=30)
    limits: StateLimits = StateLimits()
    on: tuple[TransitionSpec, ...] = ()
    do: str | None = None
    failed: str | None = None
    route: tuple[RouteSpec, ...] = ()
    end: Disposition | None = None
    transfer: bool = False
    absent: Annotated[
        AbsentSpec | None, BeforeValidator(_as_absent, json_schema_input_type=str | list[str] | AbsentSpec)
    ] = None

    @model_validator(mode="after")
    def _one_kind(self) -> "StateSpec":
        kinds = [name for name, there in (("ask", self.ask), ("route", self.route), ("end", self.end)) if there]
        if len(kinds) != 1:
            found = " and ".join(f"`{kind}`" for kind in kinds) or "none of them"
            raise ValueError(f"a state has exactly one of `ask`, `route` and `end`, but here is {found}")
        missing = [name for name, there in (("expect", self.expect), ("on", self.on)) if not there]
        if self.ask and missing:
            raise ValueError(f"a state with `ask` also needs {' and '.join(f'`{name}`' for name in missing)}")
        if not self.ask and (self.expect or self.on or self.again or self.slots or self.hints or self.pause_ms):
            raise ValueError("`expect`, `on`, `again`, `slots`, `hints` and `pause_ms` belong to a state with `ask`")
        if (self.do is None) != (self.failed is None):
            raise ValueError("`do` and `failed` go together: the action, and the state to go to where it fails")
        if self.do and not (self.route and self.say):
            raise ValueError("a state with `do` needs `say`, heard while waiting, and `route`, where to go afterwards")
        if self.end and not self.end.conversation:
            raise ValueError(
                f"`{self.end}` is what the line tells, not what a dialog leads to; end with `refused`, say"
            )
        if self.end and not self.say:
            raise ValueError("an ending says something; add `say`")
        if self.transfer and not self.end:
            raise ValueError("`transfer` belongs to a state with `end`")
        if self.transfer and not self.absent:
            raise ValueError("`transfer` needs `absent`: what is said, or where to go on, where nobody is reached")
        if self.absent and not self.transfer:
            raise ValueError("`absent` belongs to a state with `transfer`")
        return self
