"""Sessions, on the server: the browser holds a random token, the database its hash, and either end can be forgotten."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import delete, insert, select, update

from config.web.store.database import WebDatabase
from config.web.store.schema import sessions

TOKEN_BYTES = 32
_SEEN_EVERY = timedelta(minutes=1)
"""A page view writes no more often: idle time needs no finer measure."""


class Stage(StrEnum):
    """How far somebody has come."""

    CODE = "code"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """When a session ends by itself.

    Args:
        idle: without a page view.
        longest: after its beginning, whatever happens.
        code: what a password alone gives for entering the code.
    """

    idle: timedelta
    longest: timedelta
    code: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the next page.

    Args:
        kind: ``done`` or ``failed``.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not expired."""

    token_hash: str
    user_id: int
    stage: Stage
    address: str
    browser: str
    opened_at: datetime
    seen_at: datetime
    notices: tuple[Notice, ...]


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: WebDatabase, times: SessionTimes) -> None:
        self._database = database
        self._times = times

    def open(self, user_id: int, stage: Stage, now: datetime, address: str, browser: str, replaces: str = "") -> str:
        """Begin a session and return its token; ``replaces`` is the token of one that ends with it."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = {
            "token_hash": _hash(token),
            "user_id": user_id,
            "stage": stage,
            "address": address,
            "browser": browser[:200],
            "opened_at": now,
            "seen_at": now,
            "notices": [],
        }
        with self._database.writing() as connection:
            # Nobody comes back with a token this old; what is younger and idle is refused when it is looked up.
            connection.execute(delete(sessions).where(sessions.c.opened_at < now - self._times.longest))
            if replaces:
                connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(replaces)))
            connection.execute(insert(sessions), row)
        return token

    def find(self, token: str, now: datetime) -> Session | None:
        """Return the session of a token and note that it was seen; an expired one is deleted and is none."""
        token_hash = _hash(token)
        with self._database.reading() as connection:
            row = connection.execute(select(sessions).where(sessions.c.token_hash == token_hash)).one_or_none()
        if row is None:
            return None
        stage = Stage(row.stage)
        expired = now >= row.opened_at + (self._times.code if stage is Stage.CODE else self._times.longest)
        if expired or now >= row.seen_at + self._times.idle:
            self.end(token)
            return None
        if now - row.seen_at >= _SEEN_EVERY:
            self._change(token_hash, seen_at=now)
        notices = tuple(Notice(kind, text) for kind, text in row.notices)
        facts = (row.address, row.browser, row.opened_at, row.seen_at)
        return Session(token_hash, row.user_id, stage, *facts, notices)

    def of_user(self, user_id: int, now: datetime) -> tuple[Session, ...]:
        """Return the user's live sessions, the latest first."""
        query = (
            select(sessions)
            .where(
                sessions.c.user_id == user_id,
                sessions.c.stage == Stage.FULL,
                sessions.c.opened_at > now - self._times.longest,
                sessions.c.seen_at > now - self._times.idle,
            )
            .order_by(sessions.c.seen_at.desc())
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Session(row.token_hash, user_id, Stage.FULL, row.address, row.browser, row.opened_at, row.seen_at, ())
            for row in rows
        )

    def notify(self, token_hash: str, notice: Notice) -> None:
        """Keep a message for the session's next page."""
        with self._database.writing() as connection:
            waiting = connection.execute(
                select(sessions.c.notices).where(sessions.c.token_hash == token_hash)
            ).scalar_one_or_none()
            if waiting is not None:
                changed = [*waiting, [notice.kind, notice.text]][-5:]
                connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(notices=changed))

    def notices_shown(self, token_hash: str) -> None:
        """Forget the messages."""
        self._change(token_hash, notices=[])

    def end(self, token: str) -> None:
        """End one session."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))

    def end_all(self, user_id: int, *, but: str = "") -> int:
        """End all of a user's sessions but that with this hash; return how many there were."""
        gone = delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != but)
        with self._database.writing() as connection:
            return connection.execute(gone).rowcount

    def _change(self, token_hash: str, **values: object) -> None:
        with self._database.writing() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(**values))


def _hash(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()
