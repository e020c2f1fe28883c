"""One thread that carries out all changes to the database, in order, many to a transaction.

Rules:

- Changes wait in a bounded queue. The writer takes all that wait, up to a group, into one transaction: while one commit
  waits for the disk, the next group gathers.
- Trouble that may pass (disk full, database locked or away) is retried, with everything kept in memory and in order.
  Until it passes, `Writer.trouble` says what it is.
- A change that the database refuses for what it is (unknown call, key taken twice) is reported and costs no other.
"""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from engine.errors import StoreError, StoreFull

_log = logging.getLogger(__name__)

GROUP = 500
RETRY_S = 1.0
_POSTGRESQL_DISK_FULL = "53100"


@dataclass(frozen=True, slots=True)
class Change:
    """One change to the database.

    Args:
        call_id: whose it is, for messages.
        kind: what it is, for messages, such as ``turn``.
        apply: carries it out inside a transaction; raises `StoreError` where it makes no sense.
        done: gets its result when it is on disk.
    """

    call_id: str
    kind: str
    apply: Callable[[Connection], object]
    done: Future[None] = field(default_factory=Future)


class Writer:
    """Owns the thread. `submit` may be called from any thread and never blocks on the disk.

    Args:
        engine: connections whose transactions take the write lock.
        retry_s: pause before trouble is tried again.
    """

    def __init__(self, engine: Engine, *, retry_s: float = RETRY_S) -> None:
        self._engine = engine
        self._retry_s = retry_s
        self._waiting: deque[Change] = deque()
        self._in_hand = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._giving_up = threading.Event()
        self._trouble: StoreError | None = None
        self.refused = 0
        """Changes that the database refused for what they are."""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> StoreError | None:
        """Why nothing can be written at present; None when all is well."""
        return self._trouble

    @property
    def backlog(self) -> int:
        """Changes that are not on disk yet."""
        with self._changed:
            return len(self._waiting) + self._in_hand

    def submit(self, change: Change) -> Future[None]:
        """Queue a change behind all others; the future is done when it is on disk.

        Raises:
            StoreError: the writer was stopped.
        """
        with self._changed:
            if self._stopping:
                raise StoreError(f"call {change.call_id}: its {change.kind} came after the store was closed")
            self._waiting.append(change)
            self._changed.notify()
        return change.done

    def stop(self, timeout_s: float) -> None:
        """Write all that waits, at most so long, and end the thread.

        Raises:
            StoreError: some of it could not be written in time and is lost.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._giving_up.set()
            self._thread.join(timeout_s)
        if self.backlog:
            raise StoreError(f"{self.backlog} facts of calls were lost: {self._trouble or 'the database is too slow'}")

    def _run(self) -> None:
        while (group := self._next_group()) and self._carry_out(group):
            pass

    def _next_group(self) -> list[Change]:
        """Wait for changes; an empty list means that there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            self._in_hand = len(group)
            return group

    def _settled(self, count: int) -> None:
        with self._changed:
            self._in_hand -= count

    def _carry_out(self, group: Sequence[Change]) -> bool:
        """Write a group, as often as it takes; return False when the writer gave up first."""
        while True:
            try:
                with self._engine.begin() as connection:
                    for change in group:
                        change.apply(connection)
            except DBAPIError as error:
                if not _may_pass(error):
                    return self._one_by_one(group, error)
                self._note(error)
                if self._giving_up.wait(self._retry_s):
                    return False
            except Exception as error:
                return self._one_by_one(group, error)
            else:
                self._well()
                self._settled(len(group))
                for change in group:
                    change.done.set_result(None)
                return True

    def _one_by_one(self, group: Sequence[Change], error: Exception) -> bool:
        """Find the change that was refused, so that it costs no other."""
        if len(group) > 1:
            return all(self._carry_out([change]) for change in group)
        [change] = group
        self.refused += 1
        self._settled(1)
        # The first line alone: PostgreSQL goes on to show the whole row, and what callers said stays out of logs.
        reason = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        _log.error("call %s: its %s was refused by the database: %s", change.call_id, change.kind, reason)
        refusal = StoreError(f"call {change.call_id}: its {change.kind} was refused by the database: {reason}")
        refusal.__cause__ = error
        change.done.set_exception(refusal)
        return True

    def _note(self, error: DBAPIError) -> None:
        full = _is_full(error)
        if self._trouble is None:
            _log.error("the database takes no writes, facts of calls wait in memory: %s", error.orig)
        kind = StoreFull if full else StoreError
        self._trouble = kind(f"the database takes no writes at present: {error.orig}")

    def _well(self) -> None:
        if self._trouble is not None:
            self._trouble = None
            _log.warning("the database takes writes again")


def _may_pass(error: DBAPIError) -> bool:
    """Whether the same change may succeed later: disk full, I/O error, locked, server away."""
    return isinstance(error, OperationalError) or error.connection_invalidated


def _is_full(error: DBAPIError) -> bool:
    full_sqlite = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return full_sqlite or getattr(error.orig, "sqlstate", None) == _POSTGRESQL_DISK_FULL
