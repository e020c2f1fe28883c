"""The tables, portable between SQLite and PostgreSQL; their history is in `engine.store.migrations`.

Times are UTC, sums are integer minor units beside their currency, closed sets are text, so that a new member needs no
migration. Where `calls.closed_at` is null, the call goes on or its process died. Words of people are sealed where the
database was given keys (`engine.sealing.columns`).
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

from engine.sealing.columns import SealedJson, keys_of
from engine.sealing.documents import open_text, seal_text


class PlainText(TypeDecorator[str]):
    """Text as it comes from the wire: what a database cannot hold is replaced, since a fact must not be lost for it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text without NUL (PostgreSQL has none) and without bytes that were no UTF-8."""
        return None if value is None else value.replace("\0", "\ufffd").encode(errors="replace").decode()


class SealedText(PlainText):
    """The same, sealed at rest: no condition can ask for it.

    Args:
        place: table and column, to which every text is bound: in another column it does not open.
    """

    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text sealed."""
        plain, keys = super().process_bind_param(value, dialect), keys_of(dialect)
        return plain if plain is None or keys is None else seal_text(plain, self.place, keys)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open a text, or return one that was written in clear.

        Raises:
            SealBroken: it is sealed and there is no key, or it was changed.
            KeyMissing: its key is missing.
        """
        return None if value is None else open_text(value, self.place, keys_of(dialect))


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: taken with any zone, kept and returned in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC.

        Raises:
            ValueError: it has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it in UTC; SQLite gives it without a zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", PlainText, primary_key=True),
    Column("node", PlainText, nullable=False),  # which engine holds it; several may share a PostgreSQL
    Column("direction", PlainText, nullable=False),
    Column("remote", PlainText, nullable=False),
    Column("account_id", PlainText),
    Column("scenario", PlainText, nullable=False),
    Column("scenario_hash", PlainText, nullable=False),
    Column("language", PlainText, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column(
        "recording", PlainText
    ),  # relative to the recordings folder where it lies in it, so that a restore may move it
    # Names that may be said in it, for redaction alone.
    Column("people", SealedJson("calls.people", none_as_null=True)),
    Column("closed_at", UtcDateTime),
    Column("disposition", PlainText),
    Column("duration_s", Double),
    Column("sip_status", Integer),
    Column("callback_at", UtcDateTime),
    Index(None, "opened_at"),
    Index(None, "closed_at"),
    Index(None, "account_id", "opened_at"),
)


def _call_id(**options: Any) -> Column[Any]:
    return Column("call_id", PlainText, ForeignKey("calls.call_id", ondelete="CASCADE"), nullable=False, **options)


call_events = Table(
    "call_events",
    metadata,
    Column("event_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _call_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("at_s", Double, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("detail", PlainText, nullable=False),
    Index(None, "call_id", "event_id"),
)

turns = Table(
    "turns",
    metadata,
    _call_id(primary_key=True),
    Column("turn_index", Integer, primary_key=True, autoincrement=False),
    Column("speaker", PlainText, nullable=False),
    Column("text", SealedText("turns.text"), nullable=False),
    Column("planned_text", SealedText("turns.planned_text"), nullable=False),
    Column("start_s", Double, nullable=False),
    Column("end_s", Double, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("intent", PlainText),
    Column("confidence", Double),
    Column("response_ms", Double),
    Column("transcript", SealedJson("turns.transcript", none_as_null=True)),
)

promises = Table(
    "promises",
    metadata,
    _call_id(primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", PlainText, nullable=False),
    Column("due", Date, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Index(None, "due"),
)
