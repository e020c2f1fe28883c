"""A conversation kept as a trial: what was said and what came of it, without anything of a real debtor's."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from dialogs.conversation import Conversation, Exchange, Means, Nobody, Says, Silence
from dialogs.trials.accounts import AccountChanges, standard_account
from dialogs.trials.reading import FAILED
from dialogs.trials.spec import MeansSpec, PromiseSpec, StepSpec, TrialSpec
from dialogs.values import machine_text
from engine.accounts import Account, Money


def kept(conversation: Conversation, name: str) -> TrialSpec:
    """Return a conversation as a trial. Of an account that is not the standard one, names and number stay out."""
    scene, opening = conversation.scene, conversation.exchanges[0].progress
    standard = standard_account(opening.language, scene.now.date())
    trial = TrialSpec(
        name=name,
        language=opening.language,
        now=scene.now.replace(tzinfo=None),
        account=AccountChanges.model_validate(dict(_changes(scene.account, standard))),
        inbound=scene.inbound,
        person_on_hand=scene.person_on_hand,
        actions={**scene.answers, **dict.fromkeys(scene.failing, FAILED)},
        steps=tuple(_steps(conversation)),
    )
    return concluded(trial, conversation)


def concluded(trial: TrialSpec, conversation: Conversation) -> TrialSpec:
    """Return a trial that also holds how a conversation ended."""
    ending = conversation.move.ending
    if ending is None:
        return trial
    promise = None
    if ending.promise is not None:
        amount = machine_text(ending.promise.amount)
        promise = PromiseSpec(amount=amount, due=ending.promise.due, confirmed=ending.promise.confirmed)
    return trial.model_copy(
        update={
            "ends": ending.disposition,
            "promise": promise,
            "callback": ending.callback_at.replace(tzinfo=None) if ending.callback_at else None,
            "answers": dict(ending.answers),
        }
    )


def joined(steps: list[StepSpec]) -> Iterator[StepSpec]:
    """Yield steps with those that are the same joined into one; where they lead is told of the last."""
    for step, same in groupby(steps, key=lambda each: each.model_copy(update={"to": None})):
        run = list(same)
        yield step.model_copy(update={"to": run[-1].to, "times": len(run)})


def _steps(conversation: Conversation) -> Iterator[StepSpec]:
    yield from joined([_step(exchange) for exchange in conversation.exchanges if exchange.turn is not None])


def _step(exchange: Exchange) -> StepSpec:
    to = exchange.progress.state
    match exchange.turn:
        case Says(text):
            return StepSpec(says=text, to=to)
        case Silence():
            return StepSpec(silence=True, to=to)
        case Nobody():
            return StepSpec(nobody=True, to=to)
        case Means(understood):
            held = understood.slots
            means = MeansSpec(
                intent=understood.intent,
                amount=None if held.amount is None else machine_text(held.amount),
                share=None if held.share is None else round(100 * held.share),
                due=held.days[0] if held.days else None,
                time=held.times[0] if held.times else None,
                also=understood.also,
                rival=understood.rival,
                sure=understood.sure,
                language=understood.language,
                spoken=understood.spoken,
            )
            return StepSpec(means=means, to=to)
        case _:
            raise AssertionError("the beginning is no step")


_NOT_KEPT = ("full_name", "given_name", "creditor", "currency", "due_date")
"""Who the debtor is, and what is told by the rest."""


def _changes(account: Account, standard: Account) -> Iterator[tuple[str, Any]]:
    """Yield what differs from the standard account, but for what tells who the debtor is."""
    if account.debt.currency is not standard.debt.currency:
        yield "currency", account.debt.currency
    if account.debtor.time_zone != standard.debtor.time_zone:
        yield "time_zone", account.debtor.time_zone
    for name in AccountChanges.model_fields:
        value, usual = getattr(account, name, None), getattr(standard, name, None)
        if name not in _NOT_KEPT and value not in (usual, None):
            yield name, machine_text(value) if isinstance(value, Money) else value
