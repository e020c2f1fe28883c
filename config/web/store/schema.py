"""The tables of the pages, portable between SQLite and PostgreSQL; their history is in `config.web.store.migrations`.

They lie in a database of their own (``web.db``), since the engine's SQLite belongs to the engine's process alone; on a
PostgreSQL that both share, the prefix keeps them apart.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
)

from engine.store.schema import PlainText, UtcDateTime
from engine.store.schema import metadata as engine_metadata

metadata = MetaData(naming_convention=engine_metadata.naming_convention)

_serial = BigInteger().with_variant(Integer, "sqlite")

users = Table(
    "web_users",
    metadata,
    Column("user_id", _serial, primary_key=True, autoincrement=True),
    Column("name", PlainText, nullable=False, unique=True),
    Column("password_hash", PlainText, nullable=False),
    Column("password_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("totp_secret", LargeBinary),  # sealed
    Column("totp_since", UtcDateTime),  # null while it is being set up
    Column("totp_step", BigInteger),  # of the last code taken: none is taken twice
)


def _user_id(**options: Any) -> Column[Any]:
    return Column("user_id", _serial, ForeignKey("web_users.user_id", ondelete="CASCADE"), nullable=False, **options)


user_roles = Table(
    "web_user_roles",
    metadata,
    _user_id(primary_key=True, autoincrement=False),
    Column("role", PlainText, primary_key=True),
)

recovery_codes = Table(
    "web_recovery_codes",
    metadata,
    _user_id(primary_key=True, autoincrement=False),
    Column("code_hash", PlainText, primary_key=True),
    Column("used_at", UtcDateTime),
)

sessions = Table(
    "web_sessions",
    metadata,
    Column("token_hash", PlainText, primary_key=True),
    _user_id(),
    Column("stage", PlainText, nullable=False),
    Column("address", PlainText, nullable=False),
    Column("browser", PlainText, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("notices", JSON, nullable=False),
    Index(None, "user_id"),
)

login_attempts = Table(
    "web_login_attempts",
    metadata,
    Column("subject", PlainText, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
)

audit = Table(
    "web_audit",
    metadata,
    Column("entry_id", _serial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", _serial),  # no reference: the entry outlives the user
    Column("user_name", PlainText, nullable=False),
    Column("address", PlainText, nullable=False),
    Column("action", PlainText, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("detail", PlainText, nullable=False),
    Index(None, "at"),
    Index(None, "action", "at"),
)
