"""Checks that no expression can tell: hours, frequency, the creditor's name."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from analytics.asking import Contact
from analytics.conversation import Conversation, Medium
from analytics.evidence import Evidence, Fact
from analytics.expressions import Expression, Verdict, parse
from analytics.measures.history import PastContact
from analytics.violations.rules import Check, Rule
from analytics.violations.values import ContactFacts, Status
from engine.folding import spelled
from engine.law import Channel, Counter, Jurisdiction, Limit, Period, is_holiday

_BEGINNING_S: Final = 60
"""Of a call: where the creditor must be named."""
_ANSWERING: Final = timedelta(hours=1)
"""A message within it of the client's own answers him, at whatever hour."""
_ASKED: Final = {Verdict.YES: Status.CLEAN, Verdict.NO: Status.VIOLATED, Verdict.NOT_HEARD: Status.NOT_HEARD}


class Checked(NamedTuple):
    """What a check says."""

    status: Status
    reason: str
    evidence: Evidence = Evidence()


def run_check(rule: Rule, contact: Contact, facts: ContactFacts) -> Checked:
    """Return whether a contact keeps a rule that is a check."""
    if rule.check is Check.CREDITOR_NAMED:
        return _creditor_named(contact, facts)
    if facts.inbound:
        return Checked(Status.CLEAN, "the client began it")
    if not facts.zones:
        return Checked(Status.NOT_KNOWN, "where the client is", Evidence(facts=(Fact("time zone", None),)))
    found = _hours(rule, contact.conversation, facts) if rule.check is Check.HOURS else _frequency(rule, contact, facts)
    if found.status is Status.VIOLATED and facts.inbound is None:
        direction = Evidence(facts=(Fact("direction", None, "outbound"),))
        return Checked(Status.NOT_KNOWN, f"who began it; {found.reason}", found.evidence + direction)
    return found


def _hours(rule: Rule, conversation: Conversation, facts: ContactFacts) -> Checked:
    hours = rule.law.hours
    assert hours is not None  # the pack was refused otherwise
    for moment in _moments(conversation):
        for zone in facts.zones:
            local = moment.astimezone(zone)
            free = _free_day(facts.jurisdiction, local)
            if hours.allow(local.time(), free):
                continue
            allowed = _span(hours.weekends if free else hours.weekdays)
            fact = Fact("local time", f"{local:%A %Y-%m-%d %H:%M} {zone.key}", allowed)
            return Checked(Status.VIOLATED, "outside of the hours", Evidence(facts=(fact,)))
    return Checked(Status.CLEAN, "within the hours")


def _moments(conversation: Conversation) -> Iterator[datetime]:
    """Yield when the bank turned to the client: a call's beginning, messages that are no answers."""
    if conversation.medium is Medium.CALL:
        yield conversation.started_at
        return
    heard: datetime | None = None
    for one in conversation.utterances:
        at = conversation.started_at + timedelta(seconds=one.start_s)
        if not one.role.is_bank:
            heard = at
        elif heard is None or at - heard > _ANSWERING:
            yield at


def _free_day(jurisdiction: Jurisdiction, local: datetime) -> bool:
    return local.weekday() >= 5 or is_holiday(jurisdiction, local.date())


def _span(hours: tuple[time, time] | None) -> str:
    return f"{hours[0]:%H:%M} to {hours[1]:%H:%M}" if hours else "no contact on weekends and holidays"


def _frequency(rule: Rule, contact: Contact, facts: ContactFacts) -> Checked:
    conversation = contact.conversation
    channel = _channel(conversation.medium)
    limits = [limit for limit in rule.law.limits if limit.channel is channel]
    reached = any(not one.role.is_bank for one in conversation.utterances)
    if not limits or (not reached and all(limit.counter is Counter.CONVERSATION for limit in limits)):
        return Checked(Status.CLEAN, "it does not count")
    if facts.history is None:
        return Checked(Status.NOT_KNOWN, "the earlier contacts", Evidence(facts=(Fact("history", None),)))
    broken = [
        Fact(f"{limit.channel}s in the {limit.period}", float(count), f"at most {limit.most}")
        for limit in limits
        if (reached or limit.counter is Counter.ATTEMPT)
        and (count := _count(limit, conversation, facts.history, facts)) > limit.most
    ]
    if broken:
        return Checked(Status.VIOLATED, "too many contacts", Evidence(facts=tuple(broken)))
    return Checked(Status.CLEAN, "within the limits")


def _count(limit: Limit, conversation: Conversation, history: tuple[PastContact, ...], facts: ContactFacts) -> int:
    """Return the contacts of a limit's period up to this one, it included, where they are the most."""
    started_at = conversation.started_at
    counts = []
    for zone in facts.zones:
        begin = _begin(limit.period, started_at.astimezone(zone))
        counts.append(
            1
            + sum(
                _channel(one.medium) is limit.channel
                and not one.inbound
                and (one.reached or limit.counter is Counter.ATTEMPT)
                and begin <= one.started_at < started_at
                and one.contact_id != conversation.contact_id
                for one in history
            )
        )
    return max(counts)


def _begin(period: Period, local: datetime) -> datetime:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day


def _channel(medium: Medium) -> Channel:
    return Channel.CALL if medium is Medium.CALL else Channel.MESSAGE


def _creditor_named(contact: Contact, facts: ContactFacts) -> Checked:
    if not facts.creditor_names:
        return Checked(Status.NOT_KNOWN, "the creditor's names", Evidence(facts=(Fact("creditor's names", None),)))
    spoken = contact.conversation.medium is Medium.CALL
    if not spoken and not any(one.role.is_bank for one in contact.conversation.utterances):
        return Checked(Status.CLEAN, "the bank wrote nothing")
    verdict, evidence = contact.ask(_named(facts.creditor_names, spoken))
    return Checked(_ASKED[verdict], "the creditor is not named" if verdict is Verdict.NO else "", evidence)


@lru_cache(1024)
def _named(names: tuple[str, ...], spoken: bool) -> Expression:
    either = " OR ".join(f'"{" ".join(spelled(name))}"' for name in names)
    return parse(f"bank: ({either}) IN FIRST {_BEGINNING_S}s" if spoken else f"bank: ({either})")
