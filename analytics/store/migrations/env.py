"""Run by Alembic inside `engine.store.migrations.upgrade`, which passes the connection and owns the transaction."""

from alembic import context

from analytics.store.migrations import VERSION_TABLE
from analytics.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
