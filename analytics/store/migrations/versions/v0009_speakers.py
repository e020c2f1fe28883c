"""Contacts know who spoke in them, so that counting them by the week reads no transcript.

Of contacts that are stored before, nobody tells until they are stored again: their words do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("analytics_contacts", sa.Column("agent", sa.Boolean()))
    op.add_column("analytics_contacts", sa.Column("client_words", sa.Boolean()))
