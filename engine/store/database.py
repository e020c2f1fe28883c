"""The calls of a running engine: implements `engine.ports.CallStore` over the writer and the archive.

What happens when room runs out, on the disk or in memory:

- A new call is refused (`StoreFull`) while free space is below the limit, while the database takes no writes, or while
  half of the memory for waiting facts is used. Whatever cannot be recorded is not begun.
- Facts of running calls wait in memory, in order, and are written when the trouble has passed. Beginning and end of a
  call are always taken; its events and turns up to ``capacity``. Beyond it they are dropped and counted, and the record
  of the call says so in an event ``facts_lost``.
- `closed` returns when the end of the call is on disk. After ``patience_s`` it raises, and the end is written later.
"""

import asyncio
import fcntl
import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, delete, insert, update

from engine.accounts import Account
from engine.calls import CallClosed, CallEvent, CallOpened, CallRecord, Disposition, Turn
from engine.errors import StoreError, StoreFull, VoicebotError
from engine.sealing import Keyring
from engine.sealing.columns import use_keys
from engine.store import rows
from engine.store.archive import CallArchive, UnfinishedCall
from engine.store.connection import connect, database_url, for_writing
from engine.store.migrations import upgrade
from engine.store.schema import call_events, calls, promises, turns
from engine.store.writer import RETRY_S, Change, Writer

_log = logging.getLogger(__name__)

MIN_FREE_BYTES = 500 * 10**6
"""130 stereo recordings grow by 4.2 MB/s: two minutes in which the calls that go on may end."""

CAPACITY = 20_000
"""Facts that may wait: at 130 calls with two facts a second each, over a minute, in about 60 MB."""

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class StoreStats:
    """How the store fares.

    Args:
        backlog: facts in memory that are not on disk yet.
        dropped: facts that found no room in memory.
        refused: facts that the database refused for what they are; each was logged with its call.
        trouble: why nothing can be written at present.
    """

    backlog: int
    dropped: int
    refused: int
    trouble: str | None


class CallDatabase:
    """The engine's own store; one for each database and node. Its methods belong to the event loop's thread.

    Opening brings the schema up to date. Several engines may share a PostgreSQL if each has a ``node`` name of its own.
    An SQLite file belongs to one engine at a time; tools read it through `CallArchive` meanwhile.

    Args:
        location: database URL, or path of an SQLite file.
        recordings: folder of the recordings, whose free space is watched as well.
        password: of the database, where the URL has none.
        node: this engine's name, the same after each restart.
        keys: with which what was said is sealed; None keeps it in clear.
        min_free_bytes: free space below which new calls are refused.
        capacity: facts that may wait in memory.
        patience_s: how long `closed` waits for the disk.
        retry_s: pause before a write is tried again.

    Raises:
        SettingsError: the location is no database URL.
        StoreError: the database cannot be opened, is newer than the program, or belongs to another running engine.
        SealBroken: its latest call is sealed, and its key is not given (`KeyMissing`): what debtors say would be
            written in clear, or under a key that opens half of it.
    """

    def __init__(
        self,
        location: str | Path,
        *,
        recordings: Path,
        password: str | None = None,
        node: str = "",
        keys: Keyring | None = None,
        min_free_bytes: int = MIN_FREE_BYTES,
        capacity: int = CAPACITY,
        patience_s: float = PATIENCE_S,
        retry_s: float = RETRY_S,
    ) -> None:
        url = database_url(location, password)
        self._node = node
        self._recordings = recordings.absolute()
        self._min_free_bytes = min_free_bytes
        self._capacity = capacity
        self._patience_s = patience_s
        self._dropped = 0
        self._lost: Counter[str] = Counter()
        self._live: set[str] = set()
        self._recordings.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._watched = [self._recordings]
        self._lock: int | None = None
        if url.get_backend_name() == "sqlite":
            path = Path(str(url.database))
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._watched.append(path.parent)
            self._lock = _lock(path)
        with ExitStack() as on_failure:
            on_failure.callback(self._unlock)
            upgrade(url)
            archive = CallArchive(location, recordings=recordings, password=password, keys=keys)
            self.archive = on_failure.enter_context(archive)
            self.archive.check_keys()
            on_failure.pop_all()
        self._engine = connect(url)
        use_keys(self._engine, keys)
        self._writer = Writer(for_writing(self._engine), retry_s=retry_s)

    def __enter__(self) -> "CallDatabase":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @property
    def stats(self) -> StoreStats:
        """How the store fares."""
        trouble = self._writer.trouble
        return StoreStats(self._writer.backlog, self._dropped, self._writer.refused, str(trouble) if trouble else None)

    def opened(self, call: CallOpened) -> None:
        """Note the beginning of a call.

        Raises:
            StoreFull: there is no room for a further call, on the disk or in memory; it must be refused.
        """
        self._check_room()
        row = rows.opened_row(call, self._node, self._recordings)
        self._live.add(call.call_id)
        self._submit(call.call_id, "beginning", lambda connection: connection.execute(insert(calls), row))

    def identified(self, call_id: str, account: Account, scenario_hash: str) -> None:
        """Note whose call it is, with the debtor's names, and by which scenario it goes on, where that came later."""
        people = list(account.debtor.names)
        values = {"account_id": account.account_id, "people": people, "scenario_hash": scenario_hash}
        change = update(calls).where(calls.c.call_id == call_id).values(values)
        self._fact(call_id, "account", lambda connection: connection.execute(change))

    def event(self, event: CallEvent) -> None:
        """Note something that happened."""
        row = rows.event_row(event)
        self._fact(event.call_id, "event", lambda connection: connection.execute(insert(call_events), row))

    def turn(self, turn: Turn) -> None:
        """Note a finished turn."""
        row = rows.turn_row(turn)
        self._fact(turn.call_id, "turn", lambda connection: connection.execute(insert(turns), row))

    async def closed(self, call: CallClosed) -> None:
        """Note the end of a call and return when all of the call is on disk.

        Raises:
            StoreFull: the disk is full. The end waits in memory and is written when there is room.
            StoreError: the database is away or too slow, as above; or it refused the fact.
        """
        self._live.discard(call.call_id)
        lost = self._lost.pop(call.call_id, 0)
        note = CallEvent(call.call_id, call.closed_at, call.duration_s, "facts_lost", str(lost)) if lost else None
        change = Change(call.call_id, "end", partial(_close, call, note))
        await self._on_disk(change, f"call {call.call_id}: its end is not on disk")

    async def record(self, call_id: str) -> CallRecord | None:
        """Return all that is known of a call, once what was noted before is on disk.

        While the database takes no writes, what is on the disk is returned after ``patience_s``.

        Raises:
            StoreError: the database cannot be read.
        """
        try:
            await self.flush()
        except StoreError as error:
            _log.warning("call %s is read without its latest facts: %s", call_id, error)
        return await asyncio.to_thread(self.archive.record, call_id)

    async def flush(self) -> None:
        """Return when all that was noted so far is on disk.

        Raises:
            StoreError: not within ``patience_s``; it is written later all the same.
        """
        await self._on_disk(Change("", "flush", lambda connection: None), "facts are not on disk")

    async def unfinished(self) -> tuple[UnfinishedCall, ...]:
        """Return this node's calls that an earlier run of the engine left open.

        Raises:
            StoreError: the database cannot be read.
        """
        found = await asyncio.to_thread(self.archive.unfinished, self._node)
        return tuple(call for call in found if call.opened.call_id not in self._live)

    async def close_interrupted(
        self, recording_s: Callable[[Path], float | None] = lambda path: None
    ) -> tuple[CallClosed, ...]:
        """Close what a crash left open as `Disposition.INTERRUPTED`; for the start of the engine.

        A call lasted until the last that is known of it: event, turn or recording, and ended at that moment.

        Args:
            recording_s: repairs a recording and returns its seconds, None where there is none. Called off the event
                loop. A `VoicebotError` of it is logged, and costs no other call.

        Raises:
            StoreError: the database cannot be read or written.
        """
        ends = tuple([await asyncio.to_thread(_end_of, call, recording_s) for call in await self.unfinished()])
        for end in ends:
            note = CallEvent(end.call_id, end.closed_at, end.duration_s, "interrupted")
            self._submit(end.call_id, "end", partial(_close, end, note))
        await self.flush()
        return ends

    def close(self, timeout_s: float = PATIENCE_S) -> None:
        """Write what waits, at most so long, and let go of the database. Blocks.

        Raises:
            StoreError: some of it could not be written and is lost.
        """
        try:
            self._writer.stop(timeout_s)
        finally:
            self.archive.close()
            self._engine.dispose()
            self._unlock()

    def _check_room(self) -> None:
        trouble = self._writer.trouble
        if trouble is not None:
            raise StoreFull(f"no further call is taken: {trouble}")
        if self._writer.backlog >= self._capacity // 2:
            raise StoreFull(f"no further call is taken: {self._writer.backlog} facts of calls wait for the database")
        for folder in self._watched:
            free = shutil.disk_usage(folder).free
            if free < self._min_free_bytes:
                raise StoreFull(
                    f"no further call is taken: {folder} has {free // 10**6} MB free, less than "
                    f"{self._min_free_bytes // 10**6} MB; free some, or lower store.min_free_mb"
                )

    def _fact(self, call_id: str, kind: str, apply: Callable[[Connection], object]) -> None:
        if self._writer.backlog >= self._capacity:
            if not self._dropped:
                _log.error("facts of calls are dropped: %d wait for the database already", self._capacity)
            self._dropped += 1
            self._lost[call_id] += 1
            return
        self._submit(call_id, kind, apply)

    def _submit(self, call_id: str, kind: str, apply: Callable[[Connection], object]) -> None:
        self._writer.submit(Change(call_id, kind, apply))

    async def _on_disk(self, change: Change, message: str) -> None:
        done = self._writer.submit(change)
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.shield(asyncio.wrap_future(done))
        except TimeoutError:
            trouble = self._writer.trouble
            kind = StoreError if trouble is None else type(trouble)
            reason = trouble or "the database is too slow"
            raise kind(f"{message} after {self._patience_s:g} s, it waits in memory: {reason}") from None

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _close(call: CallClosed, note: CallEvent | None, connection: Connection) -> None:
    row = rows.closed_row(call)
    if connection.execute(update(calls).where(calls.c.call_id == call.call_id).values(row)).rowcount == 0:
        raise StoreError("the call was never opened")
    connection.execute(delete(promises).where(promises.c.call_id == call.call_id))
    if call.promise is not None:
        connection.execute(insert(promises), rows.promise_row(call.call_id, call.promise))
    if note is not None:
        connection.execute(insert(call_events), rows.event_row(note))


def _end_of(call: UnfinishedCall, recording_s: Callable[[Path], float | None]) -> CallClosed:
    recorded_s = None
    if call.opened.recording is not None:
        try:
            recorded_s = recording_s(call.opened.recording)
        except VoicebotError as error:
            _log.warning("call %s: its recording was left as it is: %s", call.opened.call_id, error)
    duration_s = max(call.last_s, recorded_s or 0.0)
    closed_at = max(call.last_at, call.opened.opened_at + timedelta(seconds=duration_s))
    return CallClosed(call.opened.call_id, closed_at, Disposition.INTERRUPTED, duration_s, sip_status=0)


def _lock(database: Path) -> int:
    """Take the file for this process until it ends, however it ends."""
    path = database.with_name(database.name + ".lock")
    try:
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: the database cannot be opened: {error.strerror}") from error
    try:
        # A record lock, unlike flock, is not shared with a child that outlives us, such as the media worker.
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise StoreError(
            f"{database}: another engine is running on this database; stop it, or set another paths.data_dir"
        ) from None
    return lock
