"""The history of analytics' schema, by the same rules and the same code as `engine.store.migrations`."""

from pathlib import Path

SCRIPTS = Path(__file__).parent
VERSION_TABLE = "analytics_alembic_version"
"""Not the engine's, whose tables may lie in the same PostgreSQL."""
