"""Cards applied to a contact."""

from collections.abc import Mapping, Sequence

from analytics.asking import NO_MEASURES, Contact
from analytics.evidence import Evidence
from analytics.expressions import Heard, Verdict
from analytics.expressions.explaining import clock
from analytics.measures import Measured
from analytics.promises import Promise
from analytics.scorecards.cards import WHOLE, Card, Criterion, OnCritical, shipped_cards
from analytics.scorecards.values import Judged, Outcome, Scored, Standing

_WANTED = {Verdict.YES: Standing.MET, Verdict.NO: Standing.NOT_MET, Verdict.NOT_HEARD: Standing.NOT_HEARD}
_FORBIDDEN = {Verdict.YES: Standing.NOT_MET, Verdict.NO: Standing.MET, Verdict.NOT_HEARD: Standing.NOT_HEARD}


def score_contact(
    heard: Heard,
    measures: Mapping[str, Measured] = NO_MEASURES,
    cards: Sequence[Card] | None = None,
    promises: Sequence[Promise] | None = None,
) -> tuple[Scored, ...]:
    """Return what the cards that suit a contact say of it.

    Args:
        heard: the contact.
        measures: of it, by name (`analytics.measures.measure`); what is missing could not be told.
        cards: to choose from by their ``for:``; those that ship by default.
        promises: in it (`analytics.promises.find_promises`); None where nobody looked for them.
    """
    contact = Contact(heard, measures, promises)
    return tuple(
        _scored(contact, card)
        for card in (shipped_cards() if cards is None else cards)
        if card.suits is None or contact.ask(card.suits)[0] is Verdict.YES
    )


def unsuited(
    heard: Heard, measures: Mapping[str, Measured] = NO_MEASURES, cards: Sequence[Card] | None = None
) -> Mapping[str, Evidence]:
    """Return why cards do not suit a contact: by card, what its ``for:`` was decided by.

    Args:
        heard: the contact.
        measures: of it.
        cards: to look at; those that ship by default.
    """
    contact = Contact(heard, measures)
    asked = (
        (card.name, contact.ask(card.suits))
        for card in (shipped_cards() if cards is None else cards)
        if card.suits is not None
    )
    return {name: evidence for name, (verdict, evidence) in asked if verdict is not Verdict.YES}


def apply_card(
    heard: Heard, measures: Mapping[str, Measured], card: Card, promises: Sequence[Promise] | None = None
) -> Scored:
    """Return what a card says of a contact, whether it suits it or not."""
    return _scored(Contact(heard, measures, promises), card)


def _scored(contact: Contact, card: Card) -> Scored:
    judged: dict[str, Judged] = {}
    for criterion in card.criteria:
        judged[criterion.name] = _judged(contact, criterion, judged)
    weights = dict.fromkeys(Standing, 0.0)
    for one in judged.values():
        weights[one.standing] += one.weight
    told = weights[Standing.MET] + weights[Standing.NOT_MET]
    due = told + weights[Standing.NOT_HEARD]
    share = told / due if due else 0.0
    failed = any(one.critical and one.standing is Standing.NOT_MET for one in judged.values())
    score = WHOLE * weights[Standing.MET] / told if told else None
    if failed and card.on_critical is OnCritical.ZERO:
        score = 0.0
    unsure = any(one.critical and one.standing is Standing.NOT_HEARD for one in judged.values())
    if failed:
        outcome = Outcome.FAILED
    elif score is None or unsure or share < card.least_judged:
        outcome = Outcome.UNDECIDED
    else:
        outcome = Outcome.PASSED if score >= card.least_score else Outcome.FAILED
    contact_id = contact.conversation.contact_id
    return Scored(contact_id, card.name, card.version, card.digest, score, share, outcome, tuple(judged.values()))


def _judged(contact: Contact, criterion: Criterion, before: Mapping[str, Judged]) -> Judged:
    def found(standing: Standing, reason: str, evidence: Evidence) -> Judged:
        return Judged(criterion.name, standing, criterion.weight, criterion.critical, reason, evidence)

    if criterion.by is not None and not contact.conversation.said_by(criterion.by):
        return found(Standing.NOT_DUE, f"no {criterion.by} speaks", Evidence())
    if criterion.when is not None:
        verdict, evidence = contact.ask(criterion.when)
        if verdict is Verdict.NO:
            return found(Standing.NOT_DUE, f"applies when {criterion.when.text}", Evidence())
        if verdict is Verdict.NOT_HEARD:
            return found(Standing.NOT_HEARD, f"whether {criterion.when.text} was not heard", evidence)
    verdict, evidence = contact.ask(criterion.expression)
    if criterion.forbids:
        return found(_FORBIDDEN[verdict], "", evidence)
    standing = _WANTED[verdict]
    if standing is Standing.MET:
        for name in criterion.after:
            earlier = before[name]
            if earlier.standing is Standing.NOT_HEARD:
                return found(Standing.NOT_HEARD, f"whether it comes after `{name}` was not heard", evidence)
            start_s, earlier_s = _start_s(evidence), _start_s(earlier.evidence)
            if start_s is not None and earlier_s is not None and start_s < earlier_s:
                place = f"at {clock(start_s)}, before `{name}` at {clock(earlier_s)}"
                return found(Standing.NOT_MET, place, evidence)
    return found(standing, "", evidence)


def _start_s(evidence: Evidence) -> float | None:
    """Return where a criterion has its place: its first words."""
    return min((quote.start_s for quote in evidence.quotes), default=None)
