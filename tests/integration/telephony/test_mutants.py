"""Some thousand mutants and a flood of scanners, while a well-behaved caller is on the line."""

import asyncio
import contextlib
import itertools
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.bare_phone import BarePhone
from benchmarks.flood import FLOODS, Flood, pour
from benchmarks.hostile.assault import Assault
from benchmarks.hostile.bot import WITNESSES, Bot
from benchmarks.hostile.vitals import vitals
from telephony.library import loaded_library
from telephony.settings import SipSettings

pytestmark = pytest.mark.sip

_BATCH = 50
_LIBRARY = loaded_library()
_NATIVE = _LIBRARY.origin != "wheel"
_MUTANTS = 4000


@contextlib.asynccontextmanager
async def _bot_with_a_caller(folder: Path) -> AsyncIterator[tuple[Bot, BarePhone]]:
    """Run a bot with a caller who is never silent; see that neither call nor worker was lost in the end."""
    settings = SipSettings(
        sip_port=0,
        rtp_port_min=44000,
        rtp_port_max=44799,
        channels=min(40, _LIBRARY.channels),
        allowed_peers=("127.0.0.1/32",),
    )
    bot = Bot(settings, folder / "run", seed=1)
    await bot.start()
    try:
        worker = bot.telephone.worker_pid
        caller = BarePhone(bot.telephone.address, number=f"{WITNESSES}1")
        assert await asyncio.to_thread(caller.call, 10.0) == 200
        leave = threading.Event()
        talking = asyncio.create_task(asyncio.to_thread(caller.stay, leave.is_set))
        threads = vitals(worker).threads
        try:
            yield bot, caller
        finally:
            leave.set()
            await talking
        assert bot.telephone.worker_pid == worker
        assert vitals(worker).threads == threads
        assert not caller.ended
        numbers = [packet.sequence for packet in caller.packets]
        assert {(b - a) & 0xFFFF for a, b in itertools.pairwise(numbers)} == {1}
        caller.hang_up()
    finally:
        await bot.stop()


@pytest.mark.skipif(not _NATIVE, reason="mutants end the library's wheel (2.15.1): `make native`")
async def test_mutants_neither_kill_nor_wedge_the_worker(tmp_path: Path) -> None:
    """Of SIP, SDP, RTP and RTCP, in and out of dialogs; each fifty, OPTIONS are answered, so all have been read."""

    def attack(assault: Assault) -> float:
        slowest_s = 0.0
        while assault.sent < _MUTANTS:
            for _ in range(_BATCH):
                assault.step()
            slowest_s = max(slowest_s, assault.probe())
        assault.leave()
        return slowest_s

    async with _bot_with_a_caller(tmp_path) as (bot, _):
        with contextlib.closing(Assault(bot.telephone.address, seed=4475)) as assault:
            attacking, done = asyncio.create_task(asyncio.to_thread(attack, assault)), False
            dialling = asyncio.create_task(bot.dial_again_and_again(assault.address, lambda: done))
            slowest_s = await attacking
            done = True
            await dialling
        assert slowest_s < 5.0
        assert assault.counts["in dialog INVITE"] > 10
        assert bot.strangers > 5


@pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed (apt-get install sip-tester)")
@pytest.mark.parametrize("flood", [one for one in FLOODS if one.name == "INVITE foreign"], ids=lambda flood: flood.name)
async def test_a_flood_of_scanners_makes_no_call(tmp_path: Path, flood: Flood) -> None:
    """A thousand messages a second from a foreign address: no call comes of them, and a genuine caller gets through."""
    async with _bot_with_a_caller(tmp_path) as (bot, _):
        rate = 1000 if _NATIVE else 100
        pouring = asyncio.create_task(pour(flood, bot.telephone.address, rate, 3.0, tmp_path))
        await asyncio.sleep(1.0)
        genuine = BarePhone(bot.telephone.address, number=f"{WITNESSES}2")
        assert await asyncio.to_thread(genuine.call, 20.0) == 200
        genuine.hang_up()
        sent, _ = await pouring
        assert sent == 3 * rate
        assert bot.strangers == 0
