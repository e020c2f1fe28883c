"""The search index may have a secret, by which its words are veiled: ``voicebot seal --database`` gives it one."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    with op.batch_alter_table("search_made_by") as made_by:
        made_by.add_column(sa.Column("secret", sa.Text()))
        made_by.create_primary_key("pk_search_made_by", ["keys"])
