"""What is to be told, kept until it was: written in the transaction that stores the contact, sent by whoever comes by.

Each alert tells of a contact once, however often the contact is analysed. A letter whose sender died is sent again when
its lease has ended, under the same id: at least once, and a receiver can tell.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from analytics.alerts.checking import Raised
from analytics.alerts.schema import letters

LEASE_S: Final = 60.0
FIRST_PAUSE_S: Final = 10.0
LONGEST_PAUSE_S: Final = 3600.0
MOST_ATTEMPTS: Final = 40
"""With pauses that double to an hour: a receiver may be away for a day and a half."""


class LetterState(StrEnum):
    """How far a letter is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be told.

    Args:
        letter_id: the same with each attempt.
        alert: that was raised.
        contact_id: by which contact.
        url: that is told.
        body: JSON, as it is signed and sent.
        attempts: before this one.
    """

    letter_id: str
    alert: str
    contact_id: str
    url: str
    body: str
    attempts: int


def enqueue(connection: Connection, one: Raised, now: datetime) -> bool:
    """Put a letter in, and return whether this alert had not told of this contact before.

    Args:
        connection: with a transaction that writes.
        one: what was raised.
        now: aware.
    """
    letter_id = f"alert_{secrets.token_hex(16)}"
    body = {"id": letter_id, "raised_at": now.isoformat(), **one.body}
    row = {
        "letter_id": letter_id,
        "alert": one.alert.name,
        "contact_id": one.contact_id,
        "url": one.alert.url,
        "body": json.dumps(body, ensure_ascii=False),
        "state": LetterState.WAITING.value,
        "attempts": 0,
        "due_at": now,
        "raised_at": now,
    }
    new = postgresql.insert(letters) if connection.dialect.name == "postgresql" else sqlite.insert(letters)
    kept = new.values(row).on_conflict_do_nothing().returning(letters.c.letter_id)
    return connection.execute(kept).first() is not None


def due(connection: Connection, now: datetime, lease_s: float = LEASE_S) -> Letter | None:
    """Take the letter that has waited longest, so that nobody else does for a while; None where none is due.

    Args:
        connection: with a transaction that writes and is committed before the letter is sent.
        now: aware.
        lease_s: seconds; longer than sending may take.
    """
    query = select(letters).where(letters.c.state == LetterState.WAITING.value, letters.c.due_at <= now)
    row = connection.execute(query.order_by(letters.c.due_at).limit(1).with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    taken = {"due_at": now + timedelta(seconds=lease_s), "attempts": row.attempts + 1}
    connection.execute(update(letters).where(letters.c.letter_id == row.letter_id).values(taken))
    return Letter(row.letter_id, row.alert, row.contact_id, row.url, row.body, row.attempts)


def delivered(connection: Connection, letter: Letter, now: datetime) -> None:
    """Note that a letter arrived."""
    values = {"state": LetterState.DELIVERED.value, "ended_at": now, "trouble": None, "body": ""}
    connection.execute(update(letters).where(letters.c.letter_id == letter.letter_id).values(values))


def failed(connection: Connection, letter: Letter, trouble: str, now: datetime, *, for_good: bool = False) -> None:
    """Note that a letter did not arrive, and when it is tried again; twice as late each time.

    Args:
        connection: with a transaction that writes.
        letter: of `due`.
        trouble: why, without any data.
        now: aware.
        for_good: trying again cannot help.
    """
    pause_s = min(FIRST_PAUSE_S * 2**letter.attempts, LONGEST_PAUSE_S)
    values: dict[str, object] = {"trouble": trouble, "due_at": now + timedelta(seconds=pause_s)}
    if for_good or letter.attempts + 1 >= MOST_ATTEMPTS:
        values |= {"state": LetterState.GIVEN_UP.value, "ended_at": now, "body": ""}
    waiting = letters.c.state == LetterState.WAITING.value
    connection.execute(update(letters).where(letters.c.letter_id == letter.letter_id, waiting).values(values))


def forget(connection: Connection, contact_id: str) -> None:
    """Delete all letters about a contact, those that wait too."""
    connection.execute(delete(letters).where(letters.c.contact_id == contact_id))


def states(connection: Connection) -> Mapping[LetterState, int]:
    """Return how many letters there are, by state."""
    query = select(letters.c.state, func.count()).group_by(letters.c.state)
    found = {LetterState(state): count for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in LetterState}
