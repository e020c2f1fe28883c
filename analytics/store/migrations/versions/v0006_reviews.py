"""What people are to look at: promises that were taken live and found otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "analytics_reviews",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("compared", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("note", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("contact_id", name="pk_analytics_reviews"),
    )
    op.create_index("ix_analytics_reviews_verdict", "analytics_reviews", ["verdict"])
