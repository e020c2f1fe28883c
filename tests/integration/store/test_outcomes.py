"""Outcomes by scenario version, the same on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine.calls import Disposition
from engine.store import CallDatabase, OutcomeCount

A, B = "soft v1 (arm A of e1)", "soft v2 (arm B of e1)"


def test_outcomes_are_counted_by_version_and_account(open_database: Callable[..., CallDatabase], facts: Any) -> None:
    """Confirmed right parties alone, each account once; live calls, earlier ones and other versions stay out."""
    database = open_database()
    first = facts()
    promise, refused = Disposition.PROMISE_TO_PAY, Disposition.REFUSED
    calls = [
        ("a1", "A-1", A, True, promise),
        ("a2", "A-1", A, True, promise),
        ("a3", "A-2", A, True, refused),
        ("a4", "A-3", A, False, refused),
        ("a5", "A-4", A, False, promise),
        ("b1", "A-5", B, True, refused),
        ("b2", "A-5", B, True, promise),
        ("b3", "A-6", B, True, None),
        ("c1", "A-7", "soft v1", True, promise),
        ("early", "A-8", A, True, promise),
    ]

    async def talk() -> None:
        for call_id, account, version, confirmed, end in calls:
            at = first.at - timedelta(days=call_id == "early")
            call = type(first)(call_id, None, at)
            database.opened(call.opened(account_id=account))
            database.event(call.event("scenario", 0.0, version))
            if confirmed:
                database.event(call.event("right_party", 3.0))
            if end is not None:
                await database.closed(call.closed(disposition=end, promise=None))
        await database.flush()

    asyncio.run(talk())
    found = database.archive.outcomes([A, B, "soft v9"], promise, first.at)
    assert found == {A: OutcomeCount(5, 2, 1), B: OutcomeCount(2, 1, 1), "soft v9": OutcomeCount()}
