"""Jobs have tickets of procrastinate where the database is PostgreSQL; what waits gets its ticket here.

Procrastinate's own schema is that of the version that is installed. When its pin moves to one with migrations of its
own, a later revision here runs those, unless this one has just made the newer schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("analytics_jobs") as jobs:
        jobs.add_column(sa.Column("ticket", sa.BigInteger()))
    op.create_index("ix_analytics_jobs_ticket", "analytics_jobs", ["ticket"])
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    from analytics.store.tickets import install

    install(connection)
    op.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at) "
        "SELECT run, 'analytics.analyse', jsonb_build_object('job_id', job_id), free_at "
        "FROM analytics_jobs WHERE state = 'open' ORDER BY free_at, job_id"
    )
    op.execute(
        "UPDATE analytics_jobs SET owner = NULL, ticket = waiting.id FROM procrastinate_jobs waiting "
        "WHERE waiting.task_name = 'analytics.analyse' AND (waiting.args ->> 'job_id')::bigint = job_id"
    )
