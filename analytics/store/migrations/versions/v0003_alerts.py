"""What alerts have to tell."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "alert_letters",
        sa.Column("letter_id", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("trouble", sa.Text()),
        sa.PrimaryKeyConstraint("letter_id", name="pk_alert_letters"),
        sa.UniqueConstraint("alert", "contact_id", name="uq_alert_letters_alert_contact_id"),
    )
    op.create_index("ix_alert_letters_state_due_at", "alert_letters", ["state", "due_at"])
