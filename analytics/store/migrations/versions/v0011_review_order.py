"""Reviews know when their contact began, so that those that wait are read in their order, however many there are."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("analytics_reviews", sa.Column("started_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE analytics_reviews SET started_at = (SELECT contact.started_at FROM analytics_contacts AS contact "
        "WHERE contact.contact_id = analytics_reviews.contact_id)"
    )
    op.drop_index("ix_analytics_reviews_verdict", "analytics_reviews")
    for column, standing in (("started_at", "verdict IS NULL"), ("decided_at", "verdict IS NOT NULL")):
        op.create_index(
            f"ix_analytics_reviews_{column}_contact_id",
            "analytics_reviews",
            [column, "contact_id"],
            sqlite_where=sa.text(standing),
            postgresql_where=sa.text(standing),
        )
