"""Run by Alembic inside `engine.store.migrations.upgrade`, which passes the connection and owns the transaction."""

from alembic import context

from engine.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
