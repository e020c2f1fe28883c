"""All contacts of a person, in every medium: settled at the first one, and what had to be repeated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from analytics.conversation import Medium
from engine.calls import Disposition

REPEAT_WITHIN: Final = timedelta(days=7)
"""From one contact's start to the next's."""

_SETTLED: Final = frozenset(
    {
        *(Disposition.PROMISE_TO_PAY, Disposition.ALREADY_PAID, Disposition.INFORMED, Disposition.ACCEPTED),
        *(Disposition.DECLINED, Disposition.SURVEYED, Disposition.STOP_CONTACT),
    }
)
_SOMEBODY_ELSE: Final = frozenset(
    {
        *(Disposition.WRONG_PERSON, Disposition.THIRD_PARTY, Disposition.MINOR, Disposition.DECEASED),
        *(Disposition.NOT_IDENTIFIED, Disposition.ANSWERING_MACHINE),
    }
)


def settled(disposition: Disposition) -> bool | None:
    """Return whether a contact that ended so settled its matter; None where the client was not spoken to."""
    if disposition in _SETTLED:
        return True
    return False if disposition.conversation and disposition not in _SOMEBODY_ELSE else None


@dataclass(frozen=True, slots=True)
class PastContact:
    """One contact of a person.

    Args:
        contact_id: unique.
        started_at: aware.
        medium: how it was held.
        settled: whether its outcome settled the matter; None where that is not known.
        reached: the client took part; an attempt that did not reach him is no contact here.
        agreed: it was agreed on before, as a call back: no repeat, whatever it follows.
        matter: what it was about, as the number of a contract; contacts about other matters are no repeats.
        inbound: the client began it.

    Raises:
        ValueError: the start is naive.
    """

    contact_id: str
    started_at: datetime
    medium: Medium
    settled: bool | None
    reached: bool = True
    agreed: bool = False
    matter: str = ""
    inbound: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be put in order."""
        if self.started_at.tzinfo is None:
            raise ValueError(f"contact {self.contact_id}: its start {self.started_at} has no time zone")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What became of one contact; both values are measures of the registry.

    Args:
        contact_id: of the contact.
        first_contact_resolved: 1 or 0; None where it was not the first, or it cannot be told (yet).
        repeat_within_7_days: 1 or 0; None while a repeat may still come.
        repeated_by: the contact that followed: the evidence.
        repeated_after_s: from start to start.
    """

    contact_id: str
    first_contact_resolved: float | None
    repeat_within_7_days: float | None
    repeated_by: str | None = None
    repeated_after_s: float | None = None


def follow_ups(contacts: Iterable[PastContact], known_until: datetime) -> tuple[FollowUp, ...]:
    """Return what became of every contact of one person that reached him, by their start.

    Args:
        contacts: of one person, in any order.
        known_until: aware; up to when all contacts are known. What ends later cannot be told yet.
    """
    matters: dict[str, list[PastContact]] = {}
    for contact in sorted(contacts, key=lambda one: one.started_at):
        if contact.reached and contact.started_at <= known_until:
            matters.setdefault(contact.matter, []).append(contact)
    found = [
        (row[at].started_at, _follow_up(row, at, known_until)) for row in matters.values() for at in range(len(row))
    ]
    return tuple(follow_up for _, follow_up in sorted(found, key=lambda one: one[0]))


def _follow_up(row: Sequence[PastContact], at: int, known_until: datetime) -> FollowUp:
    contact = row[at]
    until = contact.started_at + REPEAT_WITHIN
    repeat = next((one for one in row[at + 1 :] if one.started_at <= until and not one.agreed), None)
    repeated = 1.0 if repeat else 0.0 if until <= known_until else None
    first = not at or contact.started_at - row[at - 1].started_at > REPEAT_WITHIN
    return FollowUp(
        contact.contact_id,
        _resolved(contact.settled, repeated) if first else None,
        repeated,
        repeat.contact_id if repeat else None,
        (repeat.started_at - contact.started_at).total_seconds() if repeat else None,
    )


def _resolved(settled: bool | None, repeated: float | None) -> float | None:
    """Return whether a first contact was enough: a repeat, or an open matter, tells that it was not."""
    if repeated == 1.0 or settled is False:
        return 0.0
    return 1.0 if settled and repeated == 0.0 else None


@dataclass(frozen=True, slots=True)
class Average:
    """A measure over many contacts.

    Args:
        value: mean of what is known, a rate where the measure is 0 or 1; None of nothing.
        known: how many contacts it is of.
        unknown: how many could not be told, and are left out.
    """

    value: float | None
    known: int
    unknown: int


def average(values: Iterable[float | None]) -> Average:
    """Return a measure's mean over contacts: AHT of handling_s, the FCR rate of first_contact_resolved."""
    told = list(values)
    known = [value for value in told if value is not None]
    return Average(sum(known) / len(known) if known else None, len(known), len(told) - len(known))
