"""The index that contacts are searched by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "search_contacts",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("texts", json, nullable=False),
        sa.Column("numbers", json, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_search_contacts"),
        sa.UniqueConstraint("contact_id", name="uq_search_contacts_contact_id"),
    )
    op.create_table(
        "search_documents",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_search_documents"),
    )
    op.create_table("search_made_by", sa.Column("keys", sa.Text(), nullable=False))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words "
            "USING fts5(bot, agent, client, content='', tokenize=\"ascii tokenchars '!:%_'\")"
        )
        return
    op.create_table(
        "search_words",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_search_words"),
    )
    op.create_index("ix_search_words_words", "search_words", ["words"], postgresql_using="gin")
