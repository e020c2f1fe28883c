"""What people are to look at: contacts in which the bot took another promise than is found, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from analytics.documents import as_document, from_document
from analytics.promises.comparing import Compared, differs
from analytics.store.schema import contacts, reviews
from engine.errors import IntakeError
from engine.store.schema import PlainText, UtcDateTime


class ReviewVerdict(StrEnum):
    """Which of both is right."""

    LIVE = "live"
    FOUND = "found"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Review:
    """A contact that somebody is to look at, or has looked at.

    Args:
        contact_id: of it.
        started_at: when the contact began, where the client is.
        compared: what was taken live beside what was found, when it was queued last.
        verdict: None while it is open.
        note: of who decided; may be empty.
        decided_by: an account.
        decided_at: when.
    """

    contact_id: str
    started_at: datetime
    compared: tuple[Compared, ...]
    verdict: ReviewVerdict | None = None
    note: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None


def queue(connection: Connection, contact_id: str, started_at: datetime, compared: Sequence[Compared]) -> None:
    """Queue a contact in place of what was queued of it, or take it out where nothing differs any more.

    What somebody has decided stays.

    Args:
        connection: with a transaction that writes.
        contact_id: of the contact.
        started_at: when it began; aware.
        compared: of `analytics.promises.compare_live`.
    """
    still_open = reviews.c.verdict.is_(None)
    if not differs(compared):
        connection.execute(delete(reviews).where(reviews.c.contact_id == contact_id, still_open))
        return
    row = {
        "contact_id": contact_id,
        "started_at": started_at,
        "compared": as_document(tuple(compared)),
        "note": "",
    }
    new = postgresql.insert(reviews) if connection.dialect.name == "postgresql" else sqlite.insert(reviews)
    changed = {"compared": new.excluded.compared, "started_at": new.excluded.started_at}
    put = new.values(row).on_conflict_do_update(index_elements=[reviews.c.contact_id], set_=changed, where=still_open)
    connection.execute(put)


def listed(connection: Connection, *, decided: bool, limit: int, after: str | None = None) -> tuple[Review, ...]:
    """Return reviews: those that are open by their contact's age, oldest first; those decided, the last first.

    Args:
        connection: that reads.
        decided: those, rather than those that are open.
        limit: at most so many.
        after: id of a contact, the last of a page; the next page is behind its place, which it keeps though it was
            decided since.

    Raises:
        IntakeError: there is no review of that contact, or it was never decided.
    """
    by = reviews.c.decided_at if decided else reviews.c.started_at
    query = _all().where(_standing(decided))
    if after is not None:
        place = connection.execute(select(by).where(reviews.c.contact_id == after)).scalar_one_or_none()
        if place is None:
            raise IntakeError(f"no page ends with {after}; take the contact that the last page names")
        here, last = tuple_(by, reviews.c.contact_id), tuple_(literal(place, UtcDateTime), literal(after, PlainText))
        query = query.where(here < last if decided else here > last)
    order = (by.desc(), reviews.c.contact_id.desc()) if decided else (by, reviews.c.contact_id)
    rows = connection.execute(query.order_by(*order).limit(limit)).mappings()
    return tuple(map(_review, rows))


def count(connection: Connection, *, decided: bool) -> int:
    """Return how many reviews are open, or decided."""
    return connection.execute(select(func.count()).select_from(reviews).where(_standing(decided))).scalar_one()


def find(connection: Connection, contact_id: str) -> Review | None:
    """Return the review of a contact, or None."""
    row = connection.execute(_all().where(reviews.c.contact_id == contact_id)).mappings().one_or_none()
    return None if row is None else _review(row)


def beginning_with(connection: Connection, begin: str, limit: int) -> tuple[str, ...]:
    """Return ids of reviewed contacts that begin so."""
    query = select(reviews.c.contact_id).where(func.substr(reviews.c.contact_id, 1, len(begin)) == begin)
    return tuple(connection.execute(query.order_by(reviews.c.contact_id).limit(limit)).scalars())


def decide(
    connection: Connection, contact_id: str, verdict: ReviewVerdict, note: str, by: str, at: datetime, *, again: bool
) -> bool:
    """Note what somebody decided; return whether it was, which it is not where it was decided before, or not queued.

    Args:
        connection: with a transaction that writes.
        contact_id: of the contact.
        verdict: which is right.
        note: why; may be empty.
        by: an account.
        at: aware.
        again: in place of an earlier decision, too.
    """
    change = update(reviews).where(reviews.c.contact_id == contact_id)
    change = change if again else change.where(reviews.c.verdict.is_(None))
    values = {"verdict": verdict.value, "note": note, "decided_by": by, "decided_at": at}
    return connection.execute(change.values(values)).rowcount > 0


def forget(connection: Connection, contact_id: str) -> None:
    """Delete the review of a contact, decided or not."""
    connection.execute(delete(reviews).where(reviews.c.contact_id == contact_id))


def _standing(decided: bool) -> ColumnElement[bool]:
    return reviews.c.verdict.is_not(None) if decided else reviews.c.verdict.is_(None)


def _all() -> Select[tuple[object, ...]]:
    return select(reviews, contacts.c.utc_offset_s).join(contacts, contacts.c.contact_id == reviews.c.contact_id)


def _review(row: RowMapping) -> Review:
    return Review(
        row["contact_id"],
        row["started_at"].astimezone(timezone(timedelta(seconds=row["utc_offset_s"]))),
        from_document(tuple[Compared, ...], row["compared"]),
        None if row["verdict"] is None else ReviewVerdict(row["verdict"]),
        row["note"],
        row["decided_by"],
        row["decided_at"],
    )
