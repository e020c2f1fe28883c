"""The tables of analytics, portable between SQLite and PostgreSQL; their history is in `analytics.store.migrations`.

They lie in a database of their own, since the engine's SQLite belongs to the engine's process alone; on a PostgreSQL
that both share, the prefix keeps them apart. What holds words of people is sealed where the database was given keys.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    true,
)

from engine.sealing.columns import SealedJson
from engine.store.schema import PlainText, UtcDateTime
from engine.store.schema import metadata as engine_metadata

metadata = MetaData(naming_convention=engine_metadata.naming_convention)

_serial = BigInteger().with_variant(Integer, "sqlite")

contacts = Table(
    "analytics_contacts",
    metadata,
    Column("contact_id", PlainText, primary_key=True),
    Column("medium", PlainText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("utc_offset_s", Integer, nullable=False),  # of the start as it was given: promises count the client's days
    Column("duration_s", Double, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("order", SealedJson("analytics_contacts.order"), nullable=False),  # what it was made from, to make it anew
    Column("warnings", JSON, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("person", PlainText),  # whose contact it is; null where nobody tells
    Column("reached", Boolean, nullable=False, server_default=true()),  # the client took part
    Column("agent", Boolean),  # one of the bank's people took part; null where only the words tell
    Column("client_words", Boolean),  # the client's words were understood; null likewise
    Index(None, "started_at"),
    Index(None, "person", "started_at"),
)


def _contact_id(**options: Any) -> Column[Any]:
    reference = ForeignKey("analytics_contacts.contact_id", ondelete="CASCADE")
    return Column("contact_id", PlainText, reference, nullable=False, **options)


transcripts = Table(
    "analytics_transcripts",
    metadata,
    _contact_id(primary_key=True),
    Column("version", PlainText, nullable=False),  # of the recogniser; empty where nothing had to be recognised
    Column("digest", PlainText, nullable=False),  # of all that it was made from
    Column("utterances", SealedJson("analytics_transcripts.utterances"), nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
)

results = Table(
    "analytics_results",
    metadata,
    _contact_id(primary_key=True),
    Column("step", PlainText, primary_key=True),
    Column("version", PlainText, nullable=False),  # of the pack, the lists or the model
    Column("digest", PlainText, nullable=False),  # of all that it was made from
    Column("document", SealedJson("analytics_results.document"), nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
    Index(None, "step", "version"),
)

jobs = Table(
    "analytics_jobs",
    metadata,
    Column("job_id", _serial, primary_key=True, autoincrement=True),
    Column("contact_id", PlainText, nullable=False),  # no reference: the contact is stored when the job has ended
    Column("fingerprint", PlainText, nullable=False),  # of what is to be analysed and all that analyses it
    Column("run", PlainText, nullable=False),  # who asked last
    Column("order", SealedJson("analytics_jobs.order"), nullable=False),
    Column("weight", BigInteger, nullable=False),  # of its work, for the time that is left
    Column("anew", Boolean, nullable=False),  # do every step again, whatever is stored
    Column("state", PlainText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("free_at", UtcDateTime, nullable=False),  # when a worker may take it: while one has it, its lease's end
    Column("owner", PlainText),  # whose hands it is in
    Column("reason", PlainText),  # why it was set aside
    Column("queued_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ticket", BigInteger),  # of procrastinate, on PostgreSQL: the one that is valid
    UniqueConstraint("contact_id", "fingerprint"),
    Index(None, "ticket"),
    Index(None, "state", "free_at"),
    Index(None, "run", "state"),
)

marks = Table(
    "analytics_marks",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
"""How far a source of contacts has been read."""

reviews = Table(
    "analytics_reviews",
    metadata,
    Column("contact_id", PlainText, primary_key=True),  # no reference: what was decided outlives a new analysis
    Column("compared", SealedJson("analytics_reviews.compared"), nullable=False),
    Column("verdict", PlainText),  # null while it is open
    Column("note", SealedJson("analytics_reviews.note"), nullable=False),
    Column("decided_by", PlainText),
    Column("decided_at", UtcDateTime),
    Column("started_at", UtcDateTime),  # of the contact, by which those that are open are read; null where it is gone
)
Index(
    None,
    *(reviews.c.started_at, reviews.c.contact_id),
    sqlite_where=reviews.c.verdict.is_(None),
    postgresql_where=reviews.c.verdict.is_(None),
)
Index(
    None,
    *(reviews.c.decided_at, reviews.c.contact_id),
    sqlite_where=reviews.c.verdict.is_not(None),
    postgresql_where=reviews.c.verdict.is_not(None),
)
"""What people are to look at: promises that were taken live and found otherwise."""

payments = Table(
    "analytics_payments",
    metadata,
    Column("payment_id", PlainText, primary_key=True),  # the bank's own
    Column("client", PlainText),  # keyed hash
    Column("contract", PlainText),  # keyed hash, or the engine's account
    Column("paid_at", UtcDateTime, nullable=False),
    Column("utc_offset_s", Integer, nullable=False),  # of the time as it was given: promises count the client's days
    Column("timed", Boolean, nullable=False),  # whether the time of day is known
    Column("minor", BigInteger, nullable=False),
    Column("currency", PlainText, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
    Index(None, "client"),
    Index(None, "contract"),
    Index(None, "paid_at"),
)
"""Money that came, as the bank's system told."""
