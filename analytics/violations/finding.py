"""Rules applied to a contact."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from analytics.asking import Contact
from analytics.expressions import Heard, Verdict
from analytics.measures import Measured
from analytics.violations.checks import Checked, run_check
from analytics.violations.rules import Rule, RulePack, shipped_rules
from analytics.violations.values import ContactFacts, Finding, Status

_WANTED = {Verdict.YES: Status.CLEAN, Verdict.NO: Status.VIOLATED, Verdict.NOT_HEARD: Status.NOT_HEARD}
_FORBIDDEN = {Verdict.YES: Status.VIOLATED, Verdict.NO: Status.CLEAN, Verdict.NOT_HEARD: Status.NOT_HEARD}


def find_violations(
    heard: Heard,
    measures: Mapping[str, Measured],
    facts: ContactFacts,
    packs: Sequence[RulePack] | None = None,
    *,
    clean: bool = False,
) -> tuple[Finding, ...]:
    """Return what a contact violates of the law of its day, and what cannot be told of it.

    Args:
        heard: the contact.
        measures: of it, by name (`analytics.measures.measure`); what is missing could not be told.
        facts: what else is known of it.
        packs: of rules, those of the contact's jurisdiction count; those that ship by default.
        clean: tell the rules that it keeps, too.
    """
    contact = Contact(heard, measures)
    day = _day(contact, facts)
    return tuple(
        finding
        for pack in (shipped_rules() if packs is None else packs)
        if pack.jurisdiction is facts.jurisdiction
        for finding in _findings(pack, contact, facts, day)
        if clean or finding.status is not Status.CLEAN
    )


def _day(contact: Contact, facts: ContactFacts) -> date:
    """Return the day of a contact where the client is, or, where that is not known, by its own clock."""
    started_at = contact.conversation.started_at
    return (started_at.astimezone(facts.zones[0]) if facts.zones else started_at).date()


def _findings(pack: RulePack, contact: Contact, facts: ContactFacts, day: date) -> Iterator[Finding]:
    for rule in pack.rules:
        law = rule.law
        if not law.in_force(day) or facts.purpose not in law.purposes or facts.creditor not in law.creditors:
            continue
        found = _judged(rule, contact, facts)
        if found is not None:
            yield Finding(
                contact.conversation.contact_id,
                rule.name,
                rule.says,
                law.article,
                rule.severity,
                found.status,
                found.reason,
                found.evidence,
                day,
                pack.name,
                pack.version,
                pack.digest,
            )


def _judged(rule: Rule, contact: Contact, facts: ContactFacts) -> Checked | None:
    """Return what is found by a rule; None where it does not apply to the contact."""
    if rule.by is not None and not contact.conversation.said_by(rule.by):
        return None
    if rule.when is not None:
        verdict, evidence = contact.ask(rule.when)
        if verdict is Verdict.NO:
            return None
        if verdict is Verdict.NOT_HEARD:
            return Checked(Status.NOT_HEARD, f"whether {rule.when.text}", evidence)
    if rule.expression is None:
        return run_check(rule, contact, facts)
    verdict, evidence = contact.ask(rule.expression)
    status = (_FORBIDDEN if rule.forbids else _WANTED)[verdict]
    missing = status is Status.VIOLATED and not rule.forbids
    return Checked(status, f"nothing like {rule.expression.text}" if missing else "", evidence)
