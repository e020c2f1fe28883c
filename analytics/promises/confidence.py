"""How sure a promise is: a logistic function of a few of its traits, fitted on the published conversations.

``python -m benchmarks.promise_confidence`` writes ``data/confidence.yaml``.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import exp
from typing import Final

import yaml

from analytics.conversation import Conversation
from analytics.promises.drafts import Draft
from analytics.promises.values import Proposer, Shown

TRAITS: Final = (
    "verb",
    "confirmed",
    "by_bank",
    "borrowed_amount",
    "amount_named",
    "day_named",
    "condition",
    "corrected",
    "tried",
    "several",
)
"""Of a promise, each 0 or 1: a word of undertaking stood with it; it was read back; the bank named all of it; its sum
is that of the bank's question; its sum, its day stand in words; it hangs on an event; it was changed; it was only
tried at first; it is one of several."""
_VALUES: Final = (Shown.AMOUNT, Shown.DAY)


def traits(draft: Draft, drafts: int) -> tuple[float, ...]:
    """Return the traits of a promise, in the order of `TRAITS`.

    Args:
        draft: the promise.
        drafts: how many stand in the contact.
    """
    told = (
        "verb" in draft.traits,
        draft.confirmed_by is not None,
        draft.by is Proposer.BANK,
        draft.borrowed,
        Shown.AMOUNT in draft.evidence,
        Shown.DAY in draft.evidence,
        draft.condition is not None,
        bool(draft.superseded),
        "tried" in draft.traits,
        drafts > 1,
    )
    return tuple(float(one) for one in told)


def confidence(conversation: Conversation, draft: Draft, drafts: Sequence[Draft]) -> float:
    """Return how likely sum and day of a promise are both right, in 0..1.

    What the traits make of it is lowered where the recogniser doubted the words of the sum and the day.
    """
    weights = _weights()
    told = dict(zip(TRAITS, traits(draft, len(drafts)), strict=True))
    total = weights["intercept"] + sum(weights[name] * value for name, value in told.items())
    heard = [
        word.confidence
        for shown, (index, start, end) in draft.evidence.items()
        if shown in _VALUES
        for word in conversation.utterances[index].words[start:end]
    ]
    return round(sum(heard) / len(heard) / (1 + exp(-total)) if heard else 1 / (1 + exp(-total)), 3)


@cache
def _weights() -> Mapping[str, float]:
    data = yaml.safe_load((files("analytics.promises") / "data" / "confidence.yaml").read_text("utf-8"))
    return {name: float(value) for name, value in data["weights"].items()}
