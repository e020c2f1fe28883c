"""The table of what is to be told; its history is in `analytics.store.migrations`."""

from sqlalchemy import Column, Index, Integer, MetaData, Table, UniqueConstraint

from engine.store.schema import PlainText, SealedText, UtcDateTime
from engine.store.schema import metadata as engine_metadata

metadata = MetaData(naming_convention=engine_metadata.naming_convention)

letters = Table(
    "alert_letters",
    metadata,
    Column("letter_id", PlainText, primary_key=True),  # told with it, so that a receiver knows one that comes again
    Column("alert", PlainText, nullable=False),
    Column("contact_id", PlainText, nullable=False),
    Column("url", PlainText, nullable=False),
    Column("body", SealedText("alert_letters.body"), nullable=False),  # as it is signed and sent; empty when it was
    Column("state", PlainText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # while somebody sends it, until when nobody else does
    Column("raised_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("trouble", PlainText),
    UniqueConstraint("alert", "contact_id"),
    Index(None, "state", "due_at"),
)
