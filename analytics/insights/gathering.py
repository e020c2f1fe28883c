"""Contacts of a period out of the database of analytics, with what became of their promises.

Words are not kept in memory: whoever wants a contact's words has them read again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from sys import intern
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, func, select

from analytics.categories import Categorised
from analytics.categories.packs import shipped_categories
from analytics.conversation import Conversation, Medium, Role
from analytics.documents import from_document
from analytics.expressions import Verdict
from analytics.insights.observed import Observed, Week
from analytics.insights.report import Period
from analytics.measures import Measured
from analytics.measures.history import PastContact, follow_ups
from analytics.payments import Debtor, Payment, PromisedPayment, join_payments, promised_payments
from analytics.payments.values import Joined
from analytics.pipeline.running import Stored
from analytics.promises import Promise
from analytics.redaction import Span, marked, redact
from analytics.scorecards.values import Scored, Standing
from analytics.store import contacts as stored
from analytics.store.jobs import JobState
from analytics.store.schema import contacts, jobs
from engine.calls import Disposition

_LOOK_BACK_WEEKS: Final = 5
"""Before the week of a report: promises that end in it were made then."""
_FOLLOWING: Final = timedelta(days=7)
_NEVER: Final = date.min

_HIMSELF: Final = frozenset(
    {
        *(Disposition.PROMISE_TO_PAY, Disposition.REFUSED, Disposition.ALREADY_PAID, Disposition.DISPUTE),
        *(Disposition.HARDSHIP, Disposition.VAGUE_PROMISE, Disposition.INFORMED, Disposition.ACCEPTED),
        *(Disposition.DECLINED, Disposition.SURVEYED, Disposition.PROTECTED),
    }
)
"""Dispositions that only a debtor who has been identified leads to; of others nobody can tell by them alone."""
_NOT_HIMSELF: Final = frozenset(
    {
        *(Disposition.WRONG_PERSON, Disposition.THIRD_PARTY, Disposition.MINOR, Disposition.DECEASED),
        *(Disposition.NOT_IDENTIFIED, Disposition.ANSWERING_MACHINE, Disposition.FAX, Disposition.BUSY),
        *(Disposition.NO_ANSWER, Disposition.CANCELLED, Disposition.REJECTED, Disposition.FAILED),
    }
)
_SPEAKS_FOR_HIMSELF: Final = frozenset({"hardship", "refusal", "already_paid", "dispute"})
_SOMEBODY_ELSE: Final = frozenset({"third_party", "minor"})


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a report is made from.

    Args:
        contacts: of its weeks and those before it in which promises were made.
        aside: contacts that were set aside in its week.
    """

    contacts: tuple[Observed, ...]
    aside: int


def gather(
    connection: Connection, period: Period, payments: Sequence[Payment], zone: tzinfo, now: datetime
) -> Gathered:
    """Read what a report is made from.

    Words are those that others may see; they are read from the database each time that they are wanted.

    Args:
        connection: that reads; it must stay open as long as the contacts are used.
        period: of the report.
        payments: all that are known; without `Period.paid_until` promises stay open.
        zone: of the weeks.
        now: aware; what follows a contact later cannot be told yet.
    """
    first = period.week.before(max(period.weeks - 1, _LOOK_BACK_WEEKS))
    begin = _midnight(first.monday, zone)
    end = _midnight(period.week.sunday + timedelta(days=1), zone)
    repeated = _repeated(connection, begin, end, min(now, end + _FOLLOWING))
    promised: list[_Promised] = []
    observed = []
    for contact_id in _ids(connection, begin, end):
        if (found := stored.load(connection, contact_id)) is not None:
            own = list(_promised(found))
            promised += own
            observed.append(_observed(found, bool(own), repeated, zone, _rereading(connection)))
    joined = _joined(promised, period, payments)
    return Gathered(
        tuple(one.promising(joined.get(one.conversation.contact_id, ())) for one in observed),
        _aside(connection, _midnight(period.week.monday, zone), end),
    )


def _rereading(connection: Connection) -> Callable[[Conversation], Conversation]:
    def read(light: Conversation) -> Conversation:
        found = stored.load_words(connection, light.contact_id)
        whole = replace(light, utterances=found.utterances)
        if found.redaction is None:
            return marked(whole, redact(whole).spans)
        return marked(whole, from_document(tuple[Span, ...], found.redaction))

    return read


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _ids(connection: Connection, begin: datetime, end: datetime) -> Sequence[str]:
    query = select(contacts.c.contact_id).where(contacts.c.started_at >= begin, contacts.c.started_at < end)
    return connection.execute(query.order_by(contacts.c.started_at, contacts.c.contact_id)).scalars().all()


def _aside(connection: Connection, begin: datetime, end: datetime) -> int:
    own = (jobs.c.state == JobState.ASIDE.value, jobs.c.ended_at >= begin, jobs.c.ended_at < end)
    return connection.execute(select(func.count()).select_from(jobs).where(*own)).scalar_one()


def _repeated(connection: Connection, begin: datetime, end: datetime, until: datetime) -> Mapping[str, float | None]:
    """Return by contact whether the same person had another within 7 days."""
    columns = (contacts.c.contact_id, contacts.c.medium, contacts.c.started_at, contacts.c.person, contacts.c.reached)
    own = (contacts.c.person.is_not(None), contacts.c.started_at >= begin, contacts.c.started_at < end + _FOLLOWING)
    people: dict[str, list[PastContact]] = defaultdict(list)
    for row in connection.execute(select(*columns).where(*own)):
        past = PastContact(row.contact_id, row.started_at, Medium(row.medium), None, reached=row.reached)
        people[row.person].append(past)
    return {one.contact_id: one.repeat_within_7_days for person in people.values() for one in follow_ups(person, until)}


@dataclass(frozen=True, slots=True)
class _Promised:
    payment: PromisedPayment
    whose: bool
    """Whether it is known whose promise it is."""


def _promised(found: Stored) -> Iterator[_Promised]:
    conversation = found.conversation
    debtor = Debtor.of(conversation.attributes)
    own = Debtor(client=f"contact {conversation.contact_id}")
    promises = _document(found, "promises", tuple[Promise, ...], ())
    for payment in promised_payments(conversation, promises, debtor or own):
        yield _Promised(payment, debtor is not None)


def _joined(
    promised: Sequence[_Promised], period: Period, payments: Sequence[Payment]
) -> Mapping[str, tuple[Joined, ...]]:
    """Return by contact its promises with their payments; open where it is not known whose they are."""
    known = [one.payment for one in promised if one.whose]
    unknown = [one.payment for one in promised if not one.whose]
    until = period.paid_until or _NEVER
    by_contact: dict[str, list[Joined]] = defaultdict(list)
    for one in join_payments(known, payments, until, grace_days=period.grace_days):
        by_contact[one.promise.contact_id].append(one)
    for one in join_payments(unknown, (), _NEVER):
        by_contact[one.promise.contact_id].append(one)
    return {contact_id: tuple(found) for contact_id, found in by_contact.items()}


@dataclass(frozen=True, slots=True)
class _Findings:
    """Of categories and scorecards: what holds, since which second, and what does not."""

    found: Mapping[str, float | None]
    missing: frozenset[str]


def _findings(found: Stored) -> _Findings:
    holds: dict[str, float | None] = {}
    missing: set[str] = set()
    if "categories" in found.results:
        told = _document(found, "categories", tuple[Categorised, ...], ())
        missing = {intern(f"category:{one.name}") for one in shipped_categories().categories}
        missing -= {f"category:{one.category}" for one in told}
        yes = [one for one in told if one.verdict is Verdict.YES]
        holds |= {intern(f"category:{one.category}"): _begin(one.evidence.quotes) for one in yes}
    for card in _document(found, "scorecards", tuple[Scored, ...], ()):
        for one in card.criteria:
            name = intern(f"criterion:{card.card}/{one.criterion}")
            if one.standing is Standing.MET:
                holds[name] = _begin(one.evidence.quotes)
            elif one.standing is Standing.NOT_MET:
                missing.add(name)
    return _Findings(MappingProxyType(holds), frozenset(missing))


def _begin(quotes: Sequence[Any]) -> float | None:
    return quotes[0].start_s if quotes else None


def _document(found: Stored, step: str, kind: Any, otherwise: Any) -> Any:
    return from_document(kind, found.results[step].document) if step in found.results else otherwise


def _observed(
    found: Stored,
    promised: bool,
    repeated: Mapping[str, float | None],
    zone: tzinfo,
    reread: Callable[[Conversation], Conversation],
) -> Observed:
    """Return a contact without its words."""
    whole = found.conversation
    findings = _findings(found)
    measured: Mapping[str, Measured] = _document(found, "measures", dict[str, Measured], {})
    follows = repeated.get(whole.contact_id)
    local = replace(whole, started_at=whole.started_at.astimezone(zone))  # weeks are the zone's
    return Observed(
        local,
        stored.person_of(whole.attributes) or f"contact {whole.contact_id}",
        whole.attributes.get("segment", ""),
        {intern(name): one.value for name, one in measured.items()},
        findings.found,
        findings.missing,
        (),
        None if follows is None else bool(follows),
        _right_party(whole, findings.found, promised),
    ).without_words(reread)


def _right_party(conversation: Conversation, found: Mapping[str, float | None], promised: bool) -> bool | None:
    """Return whether the client himself was reached: by the outcome where it tells, else by what was said."""
    outcome = conversation.attributes.get("outcome")
    disposition = Disposition(outcome) if outcome in set(Disposition) else None
    if disposition in _HIMSELF or disposition in _NOT_HIMSELF:
        return disposition in _HIMSELF
    said = {name.removeprefix("category:") for name in found}
    if not any(one.words for one in conversation.said_by(Role.CLIENT)) or _SOMEBODY_ELSE & said:
        return False
    return True if promised or _SPEAKS_FOR_HIMSELF & said else None


def last_whole_week(now: datetime, zone: tzinfo) -> Week:
    """Return the last week that is over."""
    return Week.of(now.astimezone(zone).date()).before(1)
