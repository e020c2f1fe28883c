"""What several readings of one utterance come to.

Intents are voted for by each reading's share of the recogniser's weight. Values are voted for apart from them: a sum
that is asked for is taken where it is well formed, though the likeliest reading lacks it, and not at all where the
readings disagree too much, so that the dialog asks for it again. What would have consequences must have been heard in
words that are not doubtful themselves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.understanding.reading import Reading
from dialogs.understanding.slots import Slotted
from engine.speech import Expect, Hypothesis

DISPUTED_BELOW: Final = 0.6
"""A value that less of the weight holds is as good as not heard: of those taken a quarter fewer were wrong than at 0.4,
and no fewer right.
"""

DOUBTFUL_WORD_BELOW: Final = 0.25
"""A word that is less likely right does not tell by itself what would have consequences."""

_BARE: Final = 0.5
"""What a sum without a currency or a multiplier word counts beside one that has it."""

CONSEQUENTIAL: Final = DISCLAIMS | {
    *(Intent.SCAM_DOUBT, Intent.BANKRUPT_OR_PROTECTED, Intent.LAWYER, Intent.COMPLAINT, Intent.STOP_CONTACT),
    *(Intent.AGGRESSION, Intent.HAND_OVER, Intent.DISPUTE, Intent.ALREADY_PAID, Intent.REFUSE),
}
"""Wrongly heard they end a call, withdraw a confirmation or put something into the debtor's file."""

_SUMS: Final = frozenset({Expect.SUM, Expect.PROMISE})
_DAYS: Final = frozenset({Expect.DATE, Expect.PROMISE})


@dataclass(frozen=True, slots=True)
class Vote:
    """A reading and what it counts.

    Args:
        reading: of one hypothesis.
        share: of the weight of all readings, in 0..1.
    """

    reading: Reading
    share: float


def votes(readings: Sequence[Reading], hypotheses: Sequence[Hypothesis]) -> tuple[Vote, ...]:
    """Return what each reading counts: its hypothesis's share among those that were read."""
    total = sum(one.share for one in hypotheses)
    shares = [one.share / total if total else 1 / len(hypotheses) for one in hypotheses]
    return tuple(Vote(reading, share) for reading, share in zip(readings, shares, strict=True))


def tally(cast: Iterable[Vote]) -> Mapping[str, float]:
    """Return the probability of each intent."""
    totals: dict[str, float] = {}
    for vote in cast:
        for intent, score in vote.reading.scores.items():
            totals[intent] = totals.get(intent, 0.0) + vote.share * score
    return totals


def without_doubtful_words(hypothesis: Hypothesis) -> str | None:
    """Return the words of a hypothesis that are likely right; None where all are."""
    firm = [word.text for word in hypothesis.words if word.confidence >= DOUBTFUL_WORD_BELOW]
    return " ".join(firm) if len(firm) < len(hypothesis.words) else None


def weakened(reading: Reading, firm: Reading | None) -> Reading:
    """Return a reading whose consequential meaning rests on doubtful words as half not understood.

    Args:
        reading: of all words.
        firm: of those that are likely right; None where there are none.
    """
    told = {firm.best, *firm.also} if firm else set()
    also = tuple(intent for intent in reading.also if intent not in CONSEQUENTIAL - told)
    best = reading.best
    if best not in CONSEQUENTIAL - told:
        return replace(reading, also=also)
    half = reading.scores[best] / 2
    unclear = reading.scores.get(Intent.NOT_UNDERSTOOD, 0.0) + half
    scores = {**reading.scores, best: half, Intent.NOT_UNDERSTOOD: unclear}
    return replace(reading, scores=scores, own={**reading.own, best: half}, ruled=None, also=also)


def values(cast: Sequence[Vote], leading: Reading, expect: Expect) -> Slotted:
    """Return the values that the readings agree upon.

    Args:
        cast: all votes.
        leading: the reading whose other words count.
        expect: what the open question asks for: such a value is not outvoted by readings without any.
    """
    sums = _elected(cast, lambda slots: (slots.amounts, slots.share), asked=expect in _SUMS, weigh=_formed)
    days = _elected(cast, lambda slots: slots.days, asked=expect in _DAYS)
    times = _elected(cast, lambda slots: slots.times, asked=False)
    return replace(
        leading.slots,
        amount=sums.amount,
        amount_explicit=sums.amount_explicit,
        amount_whole=sums.amount_whole,
        share=sums.share,
        amounts=sums.amounts,
        amount_reason=sums.amount_reason,
        days=days.days,
        exact_day=days.exact_day,
        day_reason=days.day_reason,
        times=times.times,
        time_reason=times.time_reason,
    )


def _formed(slots: Slotted) -> float:
    return _BARE if slots.amount and not slots.amount_explicit else 1.0


def _elected(
    cast: Sequence[Vote],
    value: Callable[[Slotted], object],
    *,
    asked: bool,
    weigh: Callable[[Slotted], float] = lambda _: 1.0,
) -> Slotted:
    """Return the slots of the first reading with the value that most weight holds; empty ones where it is disputed."""
    nothing = Slotted()
    weights: dict[object, float] = {}
    shares: dict[object, float] = {}
    first: dict[object, Slotted] = {}
    for vote in cast:
        found = value(vote.reading.slots)
        first.setdefault(found, vote.reading.slots)
        shares[found] = shares.get(found, 0.0) + vote.share
        weights[found] = weights.get(found, 0.0) + vote.share * weigh(vote.reading.slots)
    if asked and len(weights) > 1:
        weights.pop(value(nothing), None)
    best = max(weights, key=weights.__getitem__)
    return first[best] if shares[best] >= DISPUTED_BELOW * sum(shares[each] for each in weights) else nothing
