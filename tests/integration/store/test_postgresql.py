"""What only a server can do: go away, and come back."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.calls import CallRecord
from engine.errors import StoreError, StoreFull
from engine.store import CallDatabase

pytestmark = pytest.mark.full

Facts = Callable[..., Any]


def allow_connections(server: str, database: str, allowed: bool) -> None:
    """Close a database to everyone, ending all of its connections, or open it again."""
    with psycopg.connect(server.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS {allowed}')
        if not allowed:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])


def test_facts_outlast_a_server_that_goes_away(
    postgresql: str, new_postgresql: str, facts: Facts, tmp_path: Path
) -> None:
    """While the server is away new calls are refused and facts wait; when it is back all of them are there, once."""
    name = new_postgresql.partition("@/")[2].partition("?")[0]
    database = CallDatabase(new_postgresql, recordings=tmp_path, min_free_bytes=0, patience_s=0.2, retry_s=0.01)
    call = facts()

    async def talk() -> CallRecord | None:
        database.opened(call.opened())
        await database.flush()
        allow_connections(postgresql, name, False)
        database.event(call.event())
        database.turn(call.bot_turn())
        database.turn(call.caller_turn())
        with pytest.raises(StoreError, match=r"its end is not on disk .* waits in memory"):
            await database.closed(call.closed())
        with pytest.raises(StoreFull, match="no further call is taken"):
            database.opened(facts("call-2").opened())
        allow_connections(postgresql, name, True)
        for _ in range(100):
            try:
                await database.flush()
                break
            except StoreError:
                continue
        return await database.record("call-1")

    try:
        assert asyncio.run(talk()) == call.record()
        assert database.stats.refused == 0
    finally:
        database.close()
