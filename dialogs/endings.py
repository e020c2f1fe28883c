"""What a dialog leaves behind: its disposition, with the promise, the callback and the answers told in it."""

from datetime import datetime

from dialogs.facts import CallFacts, Slots
from dialogs.progress import Progress
from dialogs.schema import ScenarioSpec, SlotKind
from dialogs.values import machine_text
from engine.calls import Disposition, Promise
from engine.dialog import Ending


def ending(
    spec: ScenarioSpec, facts: CallFacts, progress: Progress, disposition: Disposition, *, transfer: bool
) -> Ending:
    """Return how a dialog ends; a promise without its sum or day is a vague one."""
    slots = progress.slots
    promise = callback = None
    if disposition is Disposition.PROMISE_TO_PAY:
        if slots.amount is None or slots.due is None:
            disposition = Disposition.VAGUE_PROMISE
        else:
            promise = Promise(slots.amount, slots.due, confirmed=progress.confirmed)
    if disposition is Disposition.CALLBACK and slots.callback_day and slots.callback_time:
        callback = datetime.combine(slots.callback_day, slots.callback_time, facts.now.tzinfo)
    return Ending(disposition, promise, callback, transfer, answers(spec, slots))


def answers(spec: ScenarioSpec, slots: Slots) -> tuple[tuple[str, str], ...]:
    """Return what was told by the scenario's own slots, in machine form, but for words that were kept as heard."""
    kept = ((name, value) for name, value in slots.own.pairs if spec.slots[name].kind is not SlotKind.WORDS)
    return tuple((name, machine_text(value)) for name, value in kept)
