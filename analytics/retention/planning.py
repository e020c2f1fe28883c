"""What is due for deletion on a day, and why: the law's least time, the bank's own, holds and requests."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from analytics.retention.holds import Hold
from engine.law import Creditor, Jurisdiction, Provision, Purpose, Record, provisions


class Verdict(StrEnum):
    """What becomes of something that is kept."""

    DUE = "due"
    KEPT = "kept"
    HELD = "held"
    UNDECIDED = "undecided"
    """The law asks to keep it for a time that is not known here, and the bank has set none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept of a contact.

    Args:
        item_id: opaque, such as a contact's id or a file below the recordings' folder; no name and no number.
        record: what it is.
        made_on: the day of the contact, where the client was.
        contact_id: of the contact; empty of what belongs to several, or to none.
        needed_until: the first day on which the dialling rules need it no more; None where they never did.
        contacts: ids of all contacts that it belongs to, where it is not one's alone.
    """

    item_id: str
    record: Record
    made_on: date
    contact_id: str
    needed_until: date | None = None
    contacts: tuple[str, ...] = ()

    @property
    def belongs_to(self) -> tuple[str, ...]:
        """The ids of its contacts."""
        return (self.contact_id, *self.contacts) if self.contact_id else self.contacts


@dataclass(frozen=True, slots=True)
class Policy:
    """By what is decided.

    Args:
        jurisdiction: whose law holds.
        creditor: who the operator is.
        purpose: what the contacts were for.
        days: after which the bank itself deletes, by what is kept; what is missing is never deleted for its age.
    """

    jurisdiction: Jurisdiction
    creditor: Creditor = Creditor.BANK
    purpose: Purpose = Purpose.COLLECTION
    days: Mapping[Record, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one item.

    Args:
        item: what is kept.
        verdict: on it.
        reason: in words, without personal data.
        because: names of provisions, the id of a hold, ``policy`` or ``request``.
        due_on: the first day on which it may, or will, be deleted; None where that is not known.
    """

    item: Kept
    verdict: Verdict
    reason: str
    because: tuple[str, ...]
    due_on: date | None


def plan(
    items: Iterable[Kept], policy: Policy, on: date, *, holds: Sequence[Hold] = (), requested: Collection[str] = ()
) -> Iterator[Decision]:
    """Yield what becomes of every item; nothing is deleted here.

    A hold goes before everything. Then the law's least time, which a request to erase cannot shorten; then the day on
    which the dialling rules need it no more; then the request; then the bank's own term. The law is that of the day of
    the contact and of today: the longer time counts.

    Args:
        items: what is kept.
        policy: by what is decided.
        on: the day that is decided for.
        holds: legal holds.
        requested: ids of contacts whose person asks for erasure.
    """
    requested = frozenset(requested)
    terms = {record: _terms(policy, record) for record in Record}
    for item in items:
        yield _decide(item, policy, terms[item.record], on, holds, not requested.isdisjoint(item.belongs_to))


def _decide(
    item: Kept, policy: Policy, terms: Sequence[Provision], on: date, holds: Sequence[Hold], asked: bool
) -> Decision:
    hold = next((one for one in holds if one.keeps(item.belongs_to, on)), None)
    if hold is not None:
        return Decision(item, Verdict.HELD, f"hold {hold.hold_id}", (hold.hold_id,), None)
    asking = [one for one in terms if one.in_force(item.made_on) or one.in_force(on)]
    names = tuple(one.name for one in asking)
    years = [one.keeping.years for one in asking if one.keeping is not None]
    free_on = max((_later(item.made_on, count) for count in years if count is not None), default=item.made_on)
    days = policy.days.get(item.record)
    own_on = None if days is None else item.made_on + timedelta(days=days)
    if None in years and own_on is None:
        return Decision(item, Verdict.UNDECIDED, "how long the law keeps it is not known; set a term", names, None)
    if None in years and own_on is not None:
        free_on = max(free_on, own_on)
    if on < free_on:
        return Decision(item, Verdict.KEPT, f"the law keeps it until {free_on}", names, free_on)
    if item.needed_until is not None and on < item.needed_until:
        needed = f"the dialling rules count it until {item.needed_until}"
        return Decision(item, Verdict.KEPT, needed, ("dialling",), item.needed_until)
    if asked:
        return Decision(item, Verdict.DUE, "its person asked for erasure", ("request",), free_on)
    if own_on is None:
        return Decision(item, Verdict.KEPT, "no term is set for its kind", ("policy",), None)
    if on < (last := max(own_on, free_on)):
        return Decision(item, Verdict.KEPT, f"kept for {days} days", ("policy",), last)
    return Decision(item, Verdict.DUE, f"older than {days} days", ("policy", *names), last)


def _terms(policy: Policy, record: Record) -> tuple[Provision, ...]:
    return tuple(
        one
        for one in provisions().values()
        if one.keeping is not None
        and record in one.keeping.records
        and one.jurisdiction is policy.jurisdiction
        and policy.creditor in one.creditors
        and policy.purpose in one.purposes
    )


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
