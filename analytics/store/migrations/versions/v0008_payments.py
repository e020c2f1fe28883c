"""Payments, by which promises are kept or broken."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "analytics_payments",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("client", sa.Text()),
        sa.Column("contract", sa.Text()),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utc_offset_s", sa.Integer(), nullable=False),
        sa.Column("timed", sa.Boolean(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name="pk_analytics_payments"),
    )
    for column in ("client", "contract", "paid_at"):
        op.create_index(f"ix_analytics_payments_{column}", "analytics_payments", [column])
