"""Users: names, passwords' hashes, roles, second factors. Each change is noted in the audit log in one transaction."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from config.web.permissions import Permission, Role, granted
from config.web.store.audit import Actor, note_in
from config.web.store.database import WebDatabase
from config.web.store.schema import recovery_codes, sessions, user_roles, users
from engine.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in.

    Args:
        name: lower-case; what the log and other pages call them.
        second_factor: whether signing in takes a code beside the password.
    """

    user_id: int
    name: str
    roles: frozenset[Role]
    disabled: bool = False
    second_factor: bool = False

    def may(self, permission: Permission | None) -> bool:
        """Return whether one of the roles allows it; None is allowed to everybody who is signed in."""
        return permission is None or permission in granted(self.roles)


@dataclass(frozen=True, slots=True)
class Account:
    """A user with what is needed to let them in.

    Args:
        totp_secret: sealed; there while a second factor is used or being set up.
        totp_step: of the last code that was taken.
    """

    user: User
    password_hash: str
    password_at: datetime
    totp_secret: bytes | None
    totp_step: int | None


def user_name(text: str) -> str:
    """Return a name as it is stored.

    Raises:
        ConfigurationError: it is none.
    """
    name = text.strip().casefold()
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{text!r} is no user name: 2 to 64 of a-z, 0-9 and . _ @ -, beginning and ending with a letter or digit"
        )
    return name


class Users:
    """Finds and changes users."""

    def __init__(self, database: WebDatabase) -> None:
        self._database = database

    def any(self) -> bool:
        """Return whether there is a user at all."""
        with self._database.reading() as connection:
            return bool(connection.execute(select(func.count()).select_from(users)).scalar_one())

    def all(self) -> tuple[User, ...]:
        """Return everybody by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(users).order_by(users.c.name)).all()
            return tuple(_user(connection, row) for row in rows)

    def by_id(self, user_id: int) -> User | None:
        """Return a user."""
        with self._database.reading() as connection:
            row = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
            return None if row is None else _user(connection, row)

    def account(self, name: str) -> Account | None:
        """Return the user of a name, in whatever case it was typed."""
        with self._database.reading() as connection:
            row = connection.execute(select(users).where(users.c.name == name.strip().casefold())).one_or_none()
            if row is None:
                return None
            user = _user(connection, row)
        return Account(user, row.password_hash, row.password_at, row.totp_secret, row.totp_step)

    def add(self, name: str, password_hash: str, roles: Iterable[Role], at: datetime, by: Actor) -> User:
        """Make a user.

        Raises:
            ConfigurationError: the name is taken, or is no name.
        """
        name, wanted = user_name(name), sorted(set(roles))
        row = {"name": name, "password_hash": password_hash, "password_at": at, "created_at": at, "disabled": False}
        with self._database.writing() as connection:
            try:
                user_id = int(connection.execute(insert(users).returning(users.c.user_id), row).scalar_one())
            except IntegrityError:
                raise ConfigurationError(f"there is a user {name} already") from None
            _set_roles(connection, user_id, wanted)
            note_in(connection, at, by, "user.added", name, " ".join(wanted))
        return User(user_id, name, frozenset(wanted))

    def set_roles(self, user: User, roles: Iterable[Role], at: datetime, by: Actor) -> None:
        """Give a user these roles and no others."""
        wanted = sorted(set(roles))
        with self._database.writing() as connection:
            _set_roles(connection, user.user_id, wanted)
            note_in(connection, at, by, "user.roles", user.name, " ".join(wanted))

    def set_password(self, user: User, password_hash: str, at: datetime, by: Actor, *, keep_session: str = "") -> None:
        """Change a password, and end the user's sessions but that with the hash given."""
        with self._database.writing() as connection:
            _change(connection, user, password_hash=password_hash, password_at=at)
            _end_sessions(connection, user, keep_session)
            note_in(connection, at, by, "user.password", user.name)

    def rehash(self, user: User, password_hash: str) -> None:
        """Keep the same password by newer parameters."""
        with self._database.writing() as connection:
            _change(connection, user, password_hash=password_hash)

    def set_disabled(self, user: User, disabled: bool, at: datetime, by: Actor) -> None:
        """Shut a user out, sessions and all, or let them in again."""
        with self._database.writing() as connection:
            _change(connection, user, disabled=disabled)
            if disabled:
                _end_sessions(connection, user)
            note_in(connection, at, by, "user.disabled" if disabled else "user.enabled", user.name)

    def prepare_totp(self, user: User, sealed: bytes) -> None:
        """Keep a secret that is not asked for yet; a second factor in use stays."""
        with self._database.writing() as connection:
            connection.execute(
                update(users)
                .where(users.c.user_id == user.user_id, users.c.totp_since.is_(None))
                .values(totp_secret=sealed)
            )

    def enable_totp(self, user: User, step: int, code_hashes: Iterable[str], at: datetime, by: Actor) -> None:
        """Ask for codes from now on; ``step`` is that of the code that proved the secret."""
        with self._database.writing() as connection:
            _change(connection, user, totp_since=at, totp_step=step)
            connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user.user_id))
            rows = [{"user_id": user.user_id, "code_hash": one, "used_at": None} for one in code_hashes]
            connection.execute(insert(recovery_codes), rows)
            note_in(connection, at, by, "user.totp_enabled", user.name)

    def reset_totp(self, user: User, at: datetime, by: Actor) -> None:
        """Ask for no code any more, until it is set up anew; all sessions end."""
        with self._database.writing() as connection:
            _change(connection, user, totp_secret=None, totp_since=None, totp_step=None)
            connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user.user_id))
            _end_sessions(connection, user)
            note_in(connection, at, by, "user.totp_reset", user.name)

    def spend_step(self, user: User, step: int) -> bool:
        """Take the code of a time step; return False where it, or a later one, was taken before."""
        taken = (
            update(users)
            .where(users.c.user_id == user.user_id, (users.c.totp_step.is_(None)) | (users.c.totp_step < step))
            .values(totp_step=step)
        )
        with self._database.writing() as connection:
            return connection.execute(taken).rowcount == 1

    def spend_recovery(self, user: User, code_hash: str, at: datetime, by: Actor) -> bool:
        """Use a recovery code up; return False where there is none such, or it was used."""
        used = (
            update(recovery_codes)
            .where(
                recovery_codes.c.user_id == user.user_id,
                recovery_codes.c.code_hash == code_hash,
                recovery_codes.c.used_at.is_(None),
            )
            .values(used_at=at)
        )
        with self._database.writing() as connection:
            if connection.execute(used).rowcount != 1:
                return False
            note_in(connection, at, by, "user.recovery_code_used", user.name)
        return True

    def recovery_codes_left(self, user: User) -> int:
        """Return how many are unused."""
        query = (
            select(func.count())
            .select_from(recovery_codes)
            .where(recovery_codes.c.user_id == user.user_id, recovery_codes.c.used_at.is_(None))
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())


def _user(connection: Connection, row: Row[tuple[object, ...]]) -> User:
    query = select(user_roles.c.role).where(user_roles.c.user_id == row.user_id)
    known = frozenset(Role(role) for role in connection.execute(query).scalars() if role in list(Role))
    return User(row.user_id, row.name, known, row.disabled, row.totp_since is not None)


def _change(connection: Connection, user: User, **values: object) -> None:
    connection.execute(update(users).where(users.c.user_id == user.user_id).values(**values))


def _set_roles(connection: Connection, user_id: int, roles: list[Role]) -> None:
    connection.execute(delete(user_roles).where(user_roles.c.user_id == user_id))
    if roles:
        connection.execute(insert(user_roles), [{"user_id": user_id, "role": role.value} for role in roles])


def _end_sessions(connection: Connection, user: User, but: str = "") -> None:
    connection.execute(delete(sessions).where(sessions.c.user_id == user.user_id, sessions.c.token_hash != but))
