"""What a client's line answers: a yes, an echo of the bank's words, or nothing but a share."""

import re
from collections.abc import Sequence
from typing import Final

from analytics.promises.banks import BankTurn
from analytics.promises.contexts import PAYS, Context, Kind, Value
from analytics.promises.governing import Governed
from analytics.promises.lines import Line
from analytics.promises.offers import Offer
from engine.speech import Language

_REFUSALS: Final = frozenset({Context.REFUSE, Context.TRY, Context.PAST, Context.SAID, Context.QUESTION, Context.OTHER})
_PARTICLES: Final = frozenset({"ма", "ме", "ба", "бе", "па", "пе"})
"""With which a Kazakh question ends."""
_DENIED: Final = re.compile(r"[бмп][ае](й|с|п|ган|ген)|с[ае]м?$")
_STEM: Final = 4
_VERB_AND_PARTICLE: Final = 2
_SHORT: Final = 6
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
    if line.begins_with("assent_weak"):
        return bank.asks
    if not values and _says_the_verb(line, bank):
        return True
    return bool(PAYS.intersection(one for one in heard.clauses if one)) and not values and bank.offers_payment


def _says_the_verb(line: Line, bank: BankTurn) -> bool:
    """Whether a Kazakh answer begins with the verb of the bank's question, not denied: «табыла ма» - «табылады»."""
    asked = bank.lines[-1].folded.split() if bank.lines else []
    said = line.folded.split()
    if line.facts.language is not Language.KAZAKH or len(asked) < _VERB_AND_PARTICLE or not said:
        return False
    stem = asked[-2][:_STEM]
    same = asked[-1] in _PARTICLES and len(stem) == _STEM and said[0].startswith(stem)
    return same and _DENIED.search(said[0][_STEM - 1 :]) is None


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
