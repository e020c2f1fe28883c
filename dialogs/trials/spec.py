"""What a file of trials may hold, as pydantic models."""

from datetime import datetime, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from dialogs.schema.base import Model, Names
from dialogs.schema.values import Percent
from dialogs.trials.accounts import AccountChanges, Day, Sum
from engine.calls import Disposition
from engine.speech import Language


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("a moment is written like 2026-11-20T12:00") from None
    if moment.tzinfo is not None:
        raise ValueError("a moment is the debtor's local time; leave the offset away")
    return moment


def _time(value: Any) -> Any:
    try:
        return value if isinstance(value, time) else time.fromisoformat(str(value))
    except ValueError:
        raise ValueError("a time is written like 15:00") from None


Moment = Annotated[datetime, BeforeValidator(_moment)]
TimeOfDay = Annotated[time, BeforeValidator(_time)]
Text = Annotated[str, BeforeValidator(str)]


class MeansSpec(Model):
    """An answer as it is understood, where the words are not the point.

    Args:
        intent: an `Intent` or one of the scenario's own.
        amount: a sum that it holds.
        share: a share of the debt, in percent.
        due: a day.
        time: a time of day.
        slots: values of the scenario's own slots that the question asks for.
        also: further intents in the same turn.
        rival: the other intent, where two are too close to call.
        sure: it was plainly said; a guess confirms nothing.
        language: that the caller wants to speak, with ``switch_language``.
        spoken: the language of the words, where it is another than the dialog's.
    """

    intent: str
    amount: Sum | None = None
    share: Percent | None = None
    due: Day | None = None
    time: TimeOfDay | None = None
    slots: dict[str, Text] = {}
    also: Names = ()
    rival: str | None = None
    sure: bool = True
    language: Language | None = None
    spoken: Language | None = None


class Expectation(Model):
    """What must hold after a turn.

    Args:
        to: the state that the dialog is in.
        bot: prompts that were said, in this order; others may stand between them.
        told: words that were said, with numbers as they are spoken.
        understood: the intent.
        slots: values of slots, `none` for one that is not set.
    """

    to: str | None = None
    bot: Names = ()
    told: Names = ()
    understood: str | None = None
    slots: dict[str, Text] = {}


class StepSpec(Expectation):
    """A turn of the debtor's, and what must hold afterwards.

    Args:
        says: words, which are understood as in a call.
        means: an answer as it is understood.
        silence: nothing is said.
        nobody: nobody took the transfer.
        times: so often, one after another; what must hold is looked at after the last.
    """

    says: str | None = None
    means: MeansSpec | None = None
    silence: Literal[True] | None = None
    nobody: Literal[True] | None = None
    times: int = Field(default=1, ge=1, le=60)

    @model_validator(mode="after")
    def _one_turn(self) -> "StepSpec":
        turns = [turn for turn in (self.says, self.means, self.silence, self.nobody) if turn is not None]
        if len(turns) != 1:
            raise ValueError("a step has exactly one of `says`, `means`, `silence: true` and `nobody: true`")
        return self


class PromiseSpec(Model):
    """The promise that the call must end with."""

    amount: Sum
    due: Day
    confirmed: bool = True


class TrialSpec(Model):
    """One trial.

    Args:
        name: what it shows, in a few words.
        language: the debtor's; the scenario's first by default.
        now: the moment of the call, in the debtor's time zone.
        account: what differs from the standard account.
        inbound: the debtor calls.
        person_on_hand: callers can be transferred to a person.
        actions: by name `failed`, or what it answers instead of the scenario's `fake`.
        opening: what must hold after the bot's first turn.
        steps: the debtor's turns.
        ends: disposition; without it the call need not be over.
        transfer: whether the call was handed over.
        promise: that the call must end with.
        callback: moment of an agreed callback.
        answers: what the call's record must hold of the scenario's own slots.
        slots: values of slots at the end.
        never: words that the bot must not say; `*` at the end of one stands for any ending.
        review: written by `--suggest`, and not yet looked at by a person.
    """

    name: str = Field(min_length=1, max_length=200)
    language: Language | None = None
    now: Moment | None = None
    account: AccountChanges = AccountChanges()
    inbound: bool = False
    person_on_hand: bool = True
    actions: dict[str, Any] = {}
    opening: Expectation = Expectation()
    steps: tuple[StepSpec, ...] = ()
    ends: Disposition | None = None
    transfer: bool | None = None
    promise: PromiseSpec | None = None
    callback: Moment | None = None
    answers: dict[str, Text] = {}
    slots: dict[str, Text] = {}
    never: Names = ()
    review: bool = False
