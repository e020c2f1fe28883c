"""A second SIP implementation calls in: SIPp, with the scenario that the project ships."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.calls import Answered, EndCause, LineEnded

pytestmark = [
    pytest.mark.sip,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed (apt-get install sip-tester)"),
]

SCENARIOS = Path(__file__).parents[3] / "benchmarks" / "sipp"


def test_a_sipp_caller_is_heard_and_gets_an_answer(station: Any, sip_tools: Any) -> None:
    """Recorded speech in, a tone out, and a clean end by the caller."""

    async def scenario() -> None:
        async with station() as bot:
            host, port = bot.telephone.address
            sipp = await asyncio.create_subprocess_exec(
                *("sipp", f"{host}:{port}", "-sf", "caller.xml", "-s", "voicebot", "-m", "1", "-d", "2500"),
                *("-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", "42000"),
                cwd=SCENARIOS,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            line = await bot.next_inbound()
            assert line.remote == "77010000001"
            await line.answer()
            await sip_tools.until(line, Answered)
            line.play(np.full(4000, 6000, dtype=np.int16))
            end, _ = await sip_tools.until(line, LineEnded)
            assert end.cause is EndCause.REMOTE_HANGUP
            assert await sipp.wait() == 0
            heard = np.concatenate(bot.tape.heard[line.channel]).astype(int)
            spoken = np.concatenate(bot.tape.spoken[line.channel]).astype(int)
            assert np.sqrt(np.mean(heard[8000:16000] ** 2)) > 500
            assert np.count_nonzero(spoken == 6000) == 4000

    asyncio.run(scenario())
