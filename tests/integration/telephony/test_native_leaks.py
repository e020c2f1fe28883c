"""Calls come and go, and leave nothing behind in the worker."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from engine.calls import LineEnded

pj = pytest.importorskip("pjsua2")
pytestmark = [
    pytest.mark.sip,
    pytest.mark.full,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not hasattr(pj, "RingBridge"), reason="the wheel has no native ports"),
]

_NUMBERS = itertools.count(1)
_TRANSACTIONS_S = 34.0
"""The library keeps the transactions of a call for 32 s (RFC 3261, timers H and L)."""


def _resident_kb(pid: int) -> int:
    rows = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmRSS:"))


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_two_hundred_calls_leave_neither_memory_nor_descriptors(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A hundred to fill the library's caches, and a hundred that must not make it grow."""

    async def scenario() -> None:
        async with station(channels=8) as bot, raw_phone(bot.telephone.address) as phone:
            measured = []
            for _ in range(2):
                for _ in range(100):
                    phone.call, phone.remote_tag = f"leak-{next(_NUMBERS)}", ""
                    line = await sip_tools.answered(bot, phone)
                    for _ in range(3):
                        phone.rtp(b"\xc5" * 160)
                        await asyncio.sleep(0.02)
                    phone.request("BYE")
                    await sip_tools.until(line, LineEnded)
                await asyncio.sleep(_TRANSACTIONS_S)
                measured.append((_resident_kb(bot.telephone.worker_pid), _descriptors(bot.telephone.worker_pid)))
            (resident_kb, descriptors), (later_kb, later_descriptors) = measured
            assert later_kb - resident_kb < 1000, measured
            assert later_descriptors <= descriptors, measured

    asyncio.run(scenario())
