"""Reading calls: for tools, analytics and the start of the engine. Blocking; any thread."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, and_, case, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from engine.calls import CallClosed, CallOpened, CallRecord, Direction, Disposition
from engine.dialling.permission import PastDial
from engine.errors import StoreError
from engine.sealing import Keyring
from engine.sealing.columns import use_keys
from engine.store import rows
from engine.store.connection import connect, database_url
from engine.store.migrations import current_revision, revisions
from engine.store.schema import call_events, calls, promises, turns

_PAGE = 200
_CALLS = select(calls, promises.c.amount_minor, promises.c.currency, promises.c.due, promises.c.confirmed).join_from(
    calls, promises, isouter=True
)


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One line about a call; ``closed`` is None while it goes on."""

    opened: CallOpened
    closed: CallClosed | None
    turns: int


@dataclass(frozen=True, slots=True)
class UnfinishedCall:
    """A call without an end, and the last that is known of it.

    Args:
        opened: its beginning.
        last_at: when the last event was noted, or the call was opened.
        last_s: stream seconds of the last event or turn.
    """

    opened: CallOpened
    last_at: datetime
    last_s: float


@dataclass(frozen=True, slots=True)
class EndedCalls:
    """Calls that are over.

    Args:
        call_ids: in the order of their beginnings.
        all_before: every call that began before has an end; None where there is no call at all.
    """

    call_ids: tuple[str, ...]
    all_before: datetime | None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How the calls of one scenario version ended.

    Accounts are counted rather than calls: two calls to one debtor are no two independent trials.

    Args:
        calls: that have ended.
        reached: accounts whose right party was confirmed in at least one of these calls.
        successes: accounts of these that reached the outcome in such a call.
    """

    calls: int = 0
    reached: int = 0
    successes: int = 0


class CallArchive:
    """The stored calls, read only; works beside a running engine.

    Args:
        location: database URL, or path of an SQLite file.
        recordings: folder that recordings lie in.
        password: of the database, where the URL has none.
        keys: that open what is sealed in it.

    Raises:
        StoreError: there is no such database, or its schema is not this program's; `CallDatabase` brings it up to date.
            Of methods: it cannot be read.
        SealBroken: of methods: what they read is sealed with a key that is not given (`KeyMissing`), or was changed.
    """

    def __init__(
        self, location: str | Path, *, recordings: Path, password: str | None = None, keys: Keyring | None = None
    ) -> None:
        url = database_url(location, password)
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
            raise StoreError(f"{url.database}: no such database; it is made by the first start of the engine")
        try:
            found = current_revision(url)
        except SQLAlchemyError as error:
            raise StoreError(f"the database cannot be read: {error}") from error
        if found != revisions()[-1]:
            raise StoreError(
                f"the database has schema {found or 'none'}, this program reads {revisions()[-1]}; "
                f"start the engine once to bring it up to date"
            )
        self._recordings = recordings.absolute()
        self._engine = connect(url)
        use_keys(self._engine, keys)

    def __enter__(self) -> "CallArchive":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def check_keys(self) -> None:
        """Make sure that what was said last can be read.

        Raises:
            SealBroken: its key is not given.
            StoreError: the database cannot be read.
        """
        self._read(select(turns.c.text).join_from(turns, calls).order_by(calls.c.opened_at.desc()).limit(1))

    def record(self, call_id: str) -> CallRecord | None:
        """Return all that is known of a call, or None.

        Raises:
            StoreError: the database cannot be read.
        """
        found = self._records(calls.c.call_id == call_id, limit=1)
        return found[0] if found else None

    def recent(self, limit: int = 20) -> tuple[CallSummary, ...]:
        """Return the latest calls, live ones too, newest first.

        Raises:
            StoreError: the database cannot be read.
        """
        count = select(func.count()).select_from(turns).where(turns.c.call_id == calls.c.call_id).scalar_subquery()
        query = _CALLS.add_columns(count.label("turn_count"))
        return tuple(
            CallSummary(rows.opened_value(row, self._recordings), rows.closed_value(row), row["turn_count"])
            for row in self._read(query.order_by(calls.c.opened_at.desc(), calls.c.call_id).limit(limit))
        )

    def finished(self, after: datetime | None = None) -> Iterator[CallRecord]:
        """Yield finished calls in the order of their end, those that ended later than ``after``; reads page by page.

        Raises:
            StoreError: the database cannot be read.
        """
        beyond: ColumnElement[bool] = calls.c.closed_at.is_not(None) if after is None else calls.c.closed_at > after
        while page := self._records(beyond, limit=_PAGE):
            yield from page
            last = page[-1].closed
            assert last is not None, "only finished calls were asked for"
            beyond = or_(
                calls.c.closed_at > last.closed_at,
                and_(calls.c.closed_at == last.closed_at, calls.c.call_id > last.call_id),
            )

    def ended(self, opened_since: datetime | None = None) -> EndedCalls:
        """Return the calls of all engines that are over, those that began at a moment or later.

        Raises:
            StoreError: the database cannot be read.
        """
        over = select(calls.c.call_id, calls.c.opened_at).where(calls.c.closed_at.is_not(None))
        if opened_since is not None:
            over = over.where(calls.c.opened_at >= opened_since)
        with self._reading() as connection:
            open_since = connection.execute(
                select(func.min(calls.c.opened_at)).where(calls.c.closed_at.is_(None))
            ).scalar_one()
            found = connection.execute(over.order_by(calls.c.opened_at, calls.c.call_id)).all()
        latest = found[-1].opened_at if found else None
        return EndedCalls(tuple(row.call_id for row in found), open_since or latest)

    def unfinished(self, node: str = "") -> tuple[UnfinishedCall, ...]:
        """Return the calls of an engine that have no end, oldest first: the live ones, and those a crash cut off.

        Raises:
            StoreError: the database cannot be read.
        """
        event = call_events.c.call_id == calls.c.call_id
        query = select(
            calls,
            select(func.max(call_events.c.at)).where(event).scalar_subquery().label("last_at"),
            select(func.max(call_events.c.at_s)).where(event).scalar_subquery().label("event_s"),
            select(func.max(turns.c.end_s)).where(turns.c.call_id == calls.c.call_id).scalar_subquery().label("turn_s"),
        ).where(calls.c.closed_at.is_(None), calls.c.node == node)
        return tuple(
            UnfinishedCall(
                opened=rows.opened_value(row, self._recordings),
                last_at=max(row["opened_at"], row["last_at"] or row["opened_at"]),
                last_s=max(row["event_s"] or 0.0, row["turn_s"] or 0.0),
            )
            for row in self._read(query.order_by(calls.c.opened_at))
        )

    def dialled(self, since: datetime) -> tuple[PastDial, ...]:
        """Return what was dialled since a moment, oldest first: the history that a `DialGate` starts with.

        Calls with an event ``dial_refused`` were never dialled, those with ``consulted_for`` were to our own people;
        neither count.

        Raises:
            StoreError: the database cannot be read.
        """
        uncounted = select(call_events.c.call_id).where(call_events.c.kind.in_(("dial_refused", "consulted_for")))
        query = select(calls.c.remote, calls.c.opened_at).where(
            calls.c.direction == Direction.OUTBOUND.value,
            calls.c.opened_at >= since,
            ~uncounted.where(call_events.c.call_id == calls.c.call_id).exists(),
        )
        return tuple(PastDial(row["remote"], row["opened_at"]) for row in self._read(query.order_by(calls.c.opened_at)))

    def outcomes(self, versions: Collection[str], outcome: Disposition, since: datetime) -> Mapping[str, OutcomeCount]:
        """Return how finished calls ended by the version that they ran by.

        Args:
            versions: as the events ``scenario`` name them.
            outcome: the disposition that counts as success.
            since: calls that began before are left out.

        Raises:
            StoreError: the database cannot be read.
        """
        confirmed = (
            select(call_events.c.event_id)
            .where(call_events.c.call_id == calls.c.call_id, call_events.c.kind == "right_party")
            .correlate(calls)
            .exists()
        )
        version = call_events.alias("version")
        query = (
            select(
                version.c.detail,
                func.count(calls.c.call_id.distinct()).label("calls"),
                func.count(case((confirmed, calls.c.account_id)).distinct()).label("reached"),
                func.count(
                    case((and_(confirmed, calls.c.disposition == outcome.value), calls.c.account_id)).distinct()
                ).label("successes"),
            )
            .join_from(calls, version, version.c.call_id == calls.c.call_id)
            .where(
                calls.c.opened_at >= since,
                calls.c.closed_at.is_not(None),
                version.c.kind == "scenario",
                version.c.detail.in_(versions),
            )
            .group_by(version.c.detail)
        )
        found = {
            row["detail"]: OutcomeCount(row["calls"], row["reached"], row["successes"]) for row in self._read(query)
        }
        return {version: found.get(version, OutcomeCount()) for version in versions}

    def _records(self, which: ColumnElement[bool], limit: int) -> list[CallRecord]:
        with self._reading() as connection:
            query = _CALLS.where(which).order_by(calls.c.closed_at, calls.c.call_id).limit(limit)
            found = connection.execute(query).mappings().all()
            ids = [row["call_id"] for row in found]
            said = _by_call(connection, turns, ids, turns.c.turn_index)
            happened = _by_call(connection, call_events, ids, call_events.c.event_id)
        return [
            CallRecord(
                opened=rows.opened_value(row, self._recordings),
                closed=rows.closed_value(row),
                turns=tuple(map(rows.turn_value, said[row["call_id"]])),
                events=tuple(map(rows.event_value, happened[row["call_id"]])),
            )
            for row in found
        ]

    def _read(self, query: Select[Any]) -> Sequence[RowMapping]:
        with self._reading() as connection:
            return connection.execute(query).mappings().all()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Hold one transaction, so that all that is read together fits together."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"the database cannot be read: {error}") from error


def _by_call(
    connection: Connection, table: Table, call_ids: Sequence[str], order: ColumnElement[Any]
) -> dict[str, list[RowMapping]]:
    found = defaultdict[str, list[RowMapping]](list)
    for row in connection.execute(select(table).where(table.c.call_id.in_(call_ids)).order_by(order)).mappings():
        found[row["call_id"]].append(row)
    return found
