"""Runs trials: a conversation a trial, and what did not come as the trial says."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from zoneinfo import ZoneInfo

from dialogs.conversation import CallerTurn, Conversation, Exchange, Means, Nobody, Says, Scene, Silence
from dialogs.documents import Steps
from dialogs.progress import Progress
from dialogs.scenario import Scenario
from dialogs.schema import SlotKind, ValueKind
from dialogs.trials.accounts import NOW, changed, standard_account
from dialogs.trials.reading import FAILED, Trial
from dialogs.trials.spec import Expectation, MeansSpec, StepSpec, TrialSpec
from dialogs.understanding.slots import Slotted
from dialogs.understanding.understanding import Understood
from dialogs.values import Value, machine_text, parse_value
from engine.accounts import Account, Currency, Money
from engine.folding import fold


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that did not come as the trial says.

    Args:
        steps: its place in the trial.
        message: what was expected, and what happened.
        heard: exchanges up to there.
    """

    steps: Steps
    message: str
    heard: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial.

    Args:
        trial: it.
        conversation: that was held.
        failures: none where it passed.
    """

    trial: Trial
    conversation: Conversation
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        """Whether all came as the trial says."""
        return not self.failures

    @property
    def went(self) -> frozenset[Steps]:
        """Places in the scenario of all that was taken."""
        return frozenset(steps for exchange in self.conversation.exchanges for steps in exchange.went)


def scene_of(scenario: Scenario, trial: TrialSpec, base: Account | None = None) -> Scene:
    """Return what a trial's conversation begins with.

    Args:
        scenario: to talk to.
        trial: with the moment of the call, and what differs from the account.
        base: account to begin with, the standard one by default.
    """
    own = base.debtor.language if base is not None else scenario.languages[0]
    language = trial.language or (own if own in scenario.languages else scenario.languages[0])
    moment = trial.now or NOW
    account = changed(base or standard_account(language, moment.date()), trial.account, moment.date())
    return Scene(
        account=account,
        now=moment.replace(tzinfo=ZoneInfo(account.debtor.time_zone)),
        language=language,
        inbound=trial.inbound,
        person_on_hand=trial.person_on_hand,
        failing=frozenset(name for name, answer in trial.actions.items() if answer == FAILED),
        answers={name: answer for name, answer in trial.actions.items() if answer != FAILED},
    )


def run_trial(scenario: Scenario, trial: Trial) -> Result:
    """Hold a trial's conversation to its end, or to the first step that does not come as it says."""
    conversation = Conversation(scenario, scene_of(scenario, trial.spec))
    return Result(trial, conversation, tuple(_failures(conversation, trial.spec)))


def turn_of(scenario: Scenario, step: StepSpec, currency: Currency) -> CallerTurn:
    """Return the caller's turn of a step."""
    if step.says is not None:
        return Says(step.says)
    if step.means is not None:
        return Means(understood(step.means, currency), _slots_text(scenario, step.means))
    return Silence() if step.silence else Nobody()


def understood(means: MeansSpec, currency: Currency) -> Understood:
    """Return the meaning that a trial gives."""
    amount = parse_value(ValueKind.MONEY, means.amount, currency) if means.amount is not None else None
    assert amount is None or isinstance(amount, Money), "a sum is parsed to money"
    slotted = Slotted(
        amount=amount,
        amount_explicit=amount is not None,
        amount_whole=amount is not None,
        share=None if means.share is None else Fraction(means.share, 100),
        days=() if means.due is None else (means.due,),
        times=() if means.time is None else (means.time,),
    )
    confidence = 1.0 if means.sure else 0.5
    return Understood(
        means.intent, confidence, means.sure, slotted, means.language, means.also, means.rival, means.spoken
    )


def _slots_text(scenario: Scenario, means: MeansSpec) -> str:
    """Return words in which the scenario's own slots are found, as far as the built-in values do not hold them."""
    words = []
    for name, value in means.slots.items():
        slot = scenario.spec.slots[name]
        if slot.kind is SlotKind.CHOICE:
            by_language = scenario.spec.entities.get(slot.of or "", {}).get(value, {})
            words.append(next((each[0] for each in by_language.values()), value))
        else:
            words.append(value)
    return " ".join(words)


def _failures(conversation: Conversation, trial: TrialSpec) -> Iterator[Failure]:
    """Yield what is wrong: of the steps the first alone, since the rest follows from it."""

    def failure(steps: Steps, message: str) -> Failure:
        return Failure(steps, message, tuple(conversation.exchanges))

    found = list(_told(conversation.last, trial.opening, ("opening",)))
    for i, step in enumerate(trial.steps):
        if found:
            break
        turn = turn_of(conversation.scenario, step, conversation.scene.account.debt.currency)
        try:
            for _ in range(step.times):
                conversation.take(turn)
        except LookupError as error:
            found = [(("steps", i), f"{error}, before this step")]
            break
        found = list(_told(conversation.last, step, ("steps", i)))
    found = found or list(_ended(conversation, trial))
    yield from (failure(steps, message) for steps, message in (*found, *_forbidden(conversation, trial)))


def _told(exchange: Exchange, expected: Expectation, at: Steps) -> Iterator[tuple[Steps, str]]:
    progress = exchange.progress
    intent = exchange.understood.intent if exchange.understood else None
    if expected.understood not in (None, intent):
        meant = f"`{intent}`" if intent else "nothing"
        yield (*at, "understood"), f"expected to be understood as `{expected.understood}`, but it was {meant}"
    if expected.to is not None and progress.state != expected.to:
        yield (*at, "to"), f"expected the state `{expected.to}`, but the dialog is in `{progress.state}`"
    missing = _missing(expected.bot, exchange.prompts)
    if missing is not None:
        said = ", ".join(f"`{name}`" for name in exchange.prompts)
        yield (*at, "bot"), f"expected the prompt `{missing}`, but the bot said {said}"
    for i, words in enumerate(expected.told):
        if not _pattern(words).search(fold(exchange.said)):
            yield (*at, "told", i), f"expected the words «{words}», but the bot said «{exchange.said}»"
    yield from _unlike(expected.slots, progress, (*at, "slots"))


def _missing(wanted: Iterable[str], said: Iterable[str]) -> str | None:
    """Return the first of the wanted prompts that was not said in its turn."""
    rest = iter(said)
    return next((name for name in wanted if name not in rest), None)


def _ended(conversation: Conversation, trial: TrialSpec) -> Iterator[tuple[Steps, str]]:
    ending, progress = conversation.move.ending, conversation.progress
    if any(("refuge",) in exchange.went for exchange in conversation.exchanges):
        message = "the call took refuge: a prompt was to be said that tells of the debt, or names a fact not known"
        yield (), message
    if trial.ends is not None and ending is None:
        yield ("ends",), f"expected the call to end as `{trial.ends}`, but it goes on in `{progress.state}`"
    elif trial.ends is not None and ending is not None and ending.disposition is not trial.ends:
        yield ("ends",), f"expected the call to end as `{trial.ends}`, but it ended as `{ending.disposition}`"
    if trial.transfer is not None and trial.transfer != bool(ending and ending.transfer):
        yield ("transfer",), f"expected the call {'' if trial.transfer else 'not '}to be handed over"
    if trial.promise is not None:
        promise = ending.promise if ending else None
        wanted = trial.promise
        got = "no promise"
        if promise is not None:
            confirmed = "confirmed" if promise.confirmed else "not confirmed"
            got = f"{machine_text(promise.amount)} on {promise.due}, {confirmed}"
        same = (
            promise is not None
            and _same(wanted.amount, promise.amount)
            and (promise.due, promise.confirmed) == (wanted.due, wanted.confirmed)
        )
        if not same:
            yield ("promise",), f"expected this promise, but the call ended with {got}"
    if trial.callback is not None:
        at = ending.callback_at if ending else None
        if at is None or at.replace(tzinfo=None) != trial.callback:
            yield ("callback",), f"expected a callback at {trial.callback}, but agreed was {at or 'none'}"
    answers = dict(ending.answers) if ending else {}
    for name, value in trial.answers.items():
        if answers.get(name, "none") != value:
            yield ("answers", name), f"expected `{value}`, but the record holds {answers.get(name, 'none')}"
    yield from _unlike(trial.slots, progress, ("slots",))


def _unlike(expected: dict[str, str], progress: Progress, at: Steps) -> Iterator[tuple[Steps, str]]:
    for name, text in expected.items():
        value = slot_value(progress, name)
        if not _same(text, value):
            shown = "none" if value is None else machine_text(value)
            yield (*at, name), f"expected `{name}` to be {text}, but it is {shown}"


def slot_value(progress: Progress, name: str) -> Value | None:
    """Return a slot's value by its name in the scenario; of `callback` day and time together."""
    slots = progress.slots
    match name:
        case "amount":
            return slots.amount
        case "due":
            return slots.due
        case "callback":
            day, at = slots.callback_day, slots.callback_time
            return " ".join(machine_text(part) for part in (day, at) if part is not None) or None
        case _:
            return slots.own.get(name)


def _same(text: str, value: Value | None) -> bool:
    match value:
        case None:
            return text == "none"
        case Money():
            try:
                return Decimal(text) * 100 == value.minor
            except InvalidOperation:
                return False
        case time() | date():
            return text == machine_text(value)
        case _:
            return text.replace("T", " ") == str(value) or text == str(value)


def _forbidden(conversation: Conversation, trial: TrialSpec) -> Iterator[tuple[Steps, str]]:
    for i, words in enumerate(trial.never):
        for exchange in conversation.exchanges:
            for move in exchange.moves:
                for line in move.lines:
                    if _pattern(words).search(fold(line.text)):
                        place: Steps = ("never", i)
                        yield place, f"«{words}» was said: «{line.text}» (prompt `{line.prompt}`)"
                        return


def _pattern(words: str) -> re.Pattern[str]:
    """Return what finds folded words as a whole; `*` stands for the rest of one."""
    parts = (re.escape(fold(part)) for part in words.split("*"))
    return re.compile(r"(?<!\w)" + r"\w*".join(parts) + r"(?!\w)")
