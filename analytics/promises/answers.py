"""What a client's line answers: a yes, an echo of the bank's words, or nothing but a share."""

from collections.abc import Sequence
from typing import Final

from analytics.promises.banks import BankTurn
from analytics.promises.contexts import PAYS, Context, Kind, Value
from analytics.promises.echoing import takes_up
from analytics.promises.governing import Governed
from analytics.promises.offers import Offer

_REFUSALS: Final = frozenset({Context.REFUSE, Context.TRY, Context.PAST, Context.SAID, Context.QUESTION, Context.OTHER})
_SHORT: Final = 8
"""A yes at the end of a line counts in so many words."""


def says_yes(heard: Governed, bank: BankTurn, values: bool) -> bool:
    """Whether a client's line assents to what the bank said; ``values`` where it names a payment itself."""
    line = heard.line
    refusals = _REFUSALS - {Context.SAID} if line.begins_with("assent") and not heard.values else _REFUSALS
    if any(one in refusals for one in heard.clauses) and not line.has("not_refuse"):
        return False
    if line.has("vague") and not line.begins_with("assent"):
        return False
    if line.has("as_proposed") and PAYS.intersection(one for one in heard.clauses if one):
        return True
    if line.begins_with("heard"):
        return False
    if line.begins_with("denial") and not values and not line.ends_with("assent"):
        return False
    if line.begins_with("assent") or (line.ends_with("assent") and (len(line.words) <= _SHORT or values)):
        return True
    if not values and bank.lines and not line.has("question") and takes_up(line, bank.lines[-1]):
        return True
    if line.begins_with("assent_weak"):
        return bank.asks
    return bool(PAYS.intersection(one for one in heard.clauses if one)) and not values and bank.offers_payment


def echoes(said: Sequence[Offer], bank: BankTurn) -> bool:
    """Whether a client only repeats payments that the bank named."""
    return bool(bank.offered) and all(one.repeated_by(bank.offered) for one in said)


def chosen_days(values: Sequence[Value], plan: Sequence[Offer]) -> tuple[Value, ...]:
    """Return the days that a client picks from a plan of several payments, and puts beside them."""
    days = tuple(one for one in values if one.kind is Kind.DAY and not one.taken_back)
    planned = {day for one in plan if one.day is not None for day in one.day.days}
    picked = len(plan) > 1 and len(days) > 1 and any(planned & set(one.days) for one in days)
    return days if picked and len(days) == len(values) else ()


def share_alone(offer: Offer) -> bool:
    """Whether a payment is nothing but a share: «всё», «половину»."""
    return offer.day is None and offer.amount is not None and offer.amount.kind is Kind.SHARE
