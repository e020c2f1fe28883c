"""Ids for calls that someone else began: unique, and in order of time as text (UUID version 7, RFC 9562 5.7)."""

import secrets
import time
from uuid import UUID


def new_call_id(unix_ms: int | None = None) -> str:
    """Return a new id.

    Args:
        unix_ms: milliseconds since 1970, now if None.
    """
    stamp = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    value = (stamp & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(UUID(int=value))
