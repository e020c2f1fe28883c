"""The tables of the search index; the words SQLite and PostgreSQL keep each in its own way (`sqlite`, `postgresql`).

All of it is made from contacts and can be made again. A contact's `position` orders by its start: seconds since 1970 in
the upper bits, its number among those that begin in that second in the lower 16. It is the row number of the full text,
so that newest first is the order in which a posting list is read backwards, and a range of time a part of that list.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, BigInteger, Column, MetaData, Table
from sqlalchemy.dialects.postgresql import JSONB

from engine.sealing.columns import SealedBytes
from engine.store.schema import PlainText, SealedText, UtcDateTime
from engine.store.schema import metadata as engine_metadata

SLOT_BITS: Final = 16
"""Contacts that may begin in one second: exports that know the day alone put all of it into one."""

metadata = MetaData(naming_convention=engine_metadata.naming_convention)

_json = JSON().with_variant(JSONB(), "postgresql")

contacts = Table(
    "search_contacts",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("contact_id", PlainText, nullable=False, unique=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("medium", PlainText, nullable=False),
    Column("languages", PlainText, nullable=False),  # of its utterances, in alphabetical order, parted by spaces
    Column("texts", _json, nullable=False),  # attributes by name, without capitals
    Column("numbers", _json, nullable=False),  # measures by name, and with @ attributes that are numbers
)

documents = Table(
    "search_documents",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # Apart, so that conditions read small rows.
    Column("document", SealedBytes("search_documents.document"), nullable=False),
)

made_by = Table(
    "search_made_by",
    metadata,
    Column("keys", PlainText, primary_key=True),
    Column("secret", SealedText("search_made_by.secret")),
)
"""One row: what the keys in the index were made by, and by what its words are veiled; null where they lie in clear."""


def first_position(moment: datetime) -> int:
    """Return the position of the first contact that begins at a moment or later, to the second."""
    return int(moment.timestamp() // 1) << SLOT_BITS
