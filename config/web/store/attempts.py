"""How often somebody may try to sign in: by user name and by address, kept over restarts.

An attempt is counted before it is looked at, so that a hundred at once are a hundred and not one; a success takes its
count back. The first few are free, then each failure doubles the wait. A day without failures forgets them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from config.web.store.database import WebDatabase
from config.web.store.schema import login_attempts

FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How one kind of subject is held back.

    Args:
        free: failures without a wait.
        longest_s: where doubling ends; short enough that nobody is locked out for long by somebody else.
    """

    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        """Return the pause after so many failures."""
        return 0.0 if failures <= self.free else min(self.longest_s, 2.0 ** min(failures - self.free, 30))


BY_USER = Limit(free=5, longest_s=15 * 60)
BY_ADDRESS = Limit(free=20, longest_s=15 * 60)
"""Looser: an office may share one address."""


class Attempts:
    """Counts and forgets."""

    def __init__(self, database: WebDatabase) -> None:
        self._database = database

    def begin(self, name: str, address: str, now: datetime) -> float:
        """Count an attempt, and return 0; or count nothing, and return the seconds that are still to be waited."""
        limits = _limits(name, address)
        with self._database.writing() as connection:
            connection.execute(delete(login_attempts).where(login_attempts.c.last_at < now - FORGOTTEN_AFTER))
            query = select(login_attempts).where(login_attempts.c.subject.in_(list(limits)))
            rows = {row.subject: row for row in connection.execute(query)}
            left_s = max((float((row.not_before - now).total_seconds()) for row in rows.values()), default=0.0)
            if left_s > 0:
                return left_s
            for subject, limit in limits.items():
                failures = rows[subject].failures + 1 if subject in rows else 1
                values = {
                    "failures": failures,
                    "last_at": now,
                    "not_before": now + timedelta(seconds=limit.wait_s(failures)),
                }
                if subject in rows:
                    connection.execute(update(login_attempts).where(login_attempts.c.subject == subject), values)
                else:
                    connection.execute(insert(login_attempts), {"subject": subject, **values})
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """Forget the user's failures, and take this one attempt back from the address."""
        by_user, by_address = _limits(name, address)
        with self._database.writing() as connection:
            connection.execute(delete(login_attempts).where(login_attempts.c.subject == by_user))
            connection.execute(
                update(login_attempts)
                .where(login_attempts.c.subject == by_address, login_attempts.c.failures > 0)
                .values(failures=login_attempts.c.failures - 1, not_before=login_attempts.c.last_at)
            )


def _limits(name: str, address: str) -> dict[str, Limit]:
    return {f"user {name}": BY_USER, f"address {address}": BY_ADDRESS}
