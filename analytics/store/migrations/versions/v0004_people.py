"""Contacts know whose they are, and whether the client took part: for what counts all contacts of a person."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("analytics_contacts") as contacts:
        contacts.add_column(sa.Column("person", sa.Text()))
        contacts.add_column(sa.Column("reached", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_index("ix_analytics_contacts_person_started_at", "analytics_contacts", ["person", "started_at"])
