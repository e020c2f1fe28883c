"""Contacts with their transcripts and results, the jobs that make them, and how far their sources were read."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "analytics_contacts",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utc_offset_s", sa.Integer(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_analytics_contacts"),
    )
    op.create_index("ix_analytics_contacts_started_at", "analytics_contacts", ["started_at"])
    op.create_table(
        "analytics_transcripts",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("utterances", sa.JSON(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_analytics_transcripts"),
        _of_a_contact("analytics_transcripts"),
    )
    op.create_table(
        "analytics_results",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "step", name="pk_analytics_results"),
        _of_a_contact("analytics_results"),
    )
    op.create_index("ix_analytics_results_step_version", "analytics_results", ["step", "version"])
    op.create_table(
        "analytics_jobs",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("anew", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("job_id", name="pk_analytics_jobs"),
        sa.UniqueConstraint("contact_id", "fingerprint", name="uq_analytics_jobs_contact_id_fingerprint"),
    )
    op.create_index("ix_analytics_jobs_state_free_at", "analytics_jobs", ["state", "free_at"])
    op.create_index("ix_analytics_jobs_run_state", "analytics_jobs", ["run", "state"])
    op.create_table(
        "analytics_marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_analytics_marks"),
    )


def _of_a_contact(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_contact_id_analytics_contacts"
    return sa.ForeignKeyConstraint(["contact_id"], ["analytics_contacts.contact_id"], name=name, ondelete="CASCADE")
