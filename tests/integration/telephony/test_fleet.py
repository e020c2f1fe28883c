"""Several media workers behind one telephone: who gets a call, who stands in, and how workers are renewed."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.audio import write_wav
from engine.calls import Answered, EndCause, LineEnded
from engine.errors import NoFreeChannel, TelephonyError, WorkerGone
from telephony.salvage import leftovers, salvage
from telephony.seat import SeatState
from telephony.settings import SOUNDS, FleetSettings, SipSettings
from telephony.sip_telephone import SipTelephone
from telephony.trunks import Trunk

pytestmark = pytest.mark.sip

TAKING, SPARE, DOWN = SeatState.TAKING, SeatState.SPARE, SeatState.DOWN
ONE_AND_SPARE = FleetSettings(1, spare=True)
NOBODY: Any = None
"""Permission to dial where nobody dials."""


def states(bot: Any) -> list[SeatState]:
    """Return what each seat is doing."""
    return [seat.state for seat in bot.telephone.seats]


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


async def invited(bot: Any, phone: Any, seat: int) -> int:
    """Call in anew at a seat and return the final status; who is let in is answered."""
    phone.target = bot.telephone.seats[seat].address
    phone.call, phone.remote_tag = f"{phone.call}'", ""
    phone.request("INVITE", phone.sdp())
    asking = asyncio.create_task(phone.status())
    taking = asyncio.create_task(bot.inbound.get())
    await asyncio.wait({asking, taking}, return_when=asyncio.FIRST_COMPLETED)
    if taking.done():
        await taking.result().answer()
    taking.cancel()
    status: int = (await asking).status
    phone.request("ACK", same=status >= 300)
    return status


async def dialled(bot: Any, phone: Any) -> Any:
    """Let the bot call a telephone, which answers; return the bot's line."""
    bot.permission.target = (phone.host, phone.port)
    line = await bot.dial()
    invite = await phone.method("INVITE")
    phone.target = tuple(bot.telephone.address)
    phone.target = (phone.target[0], int(invite.header("Contact").rpartition(":")[2].rstrip(">").split(";")[0]))
    phone.reply(invite, "200 OK", phone.sdp())
    return line


async def sounding(bot: Any, line: Any, phone: Any) -> None:
    """See that audio passes both ways."""
    line.play(np.full(1600, 9000, dtype=np.int16))
    phone.arrived()
    heard = len(bot.tape.heard.get(line.channel, []))
    for _ in range(15):
        phone.rtp(b"\x2a" * 160)
        await asyncio.sleep(0.02)
    assert max(int(np.abs(frame).max()) for frame in bot.tape.heard[line.channel][heard:]) > 1000
    assert any(packet[12:] != b"\xd5" * 160 for packet in phone.arrived())


def test_calls_spread_and_the_spare_stands_in_for_a_killed_worker(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Its own calls are lost, the others go on, the next is taken at once, and the dead one's seat is the spare."""

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            trunks = tuple(Trunk(name=name, host="127.0.0.1", port=9, probe_s=0) for name in ("a", "b"))
            bot = await enter(station(fleet=FleetSettings(2, spare=True), trunks=trunks, channels=4))
            bot.permission.through_trunks = False
            phones = [await enter(raw_phone(("127.0.0.1", 9))) for _ in range(6)]
            assert states(bot) == [TAKING, TAKING, SPARE]
            lines = [await dialled(bot, phone) for phone in phones[:4]]
            for line in lines:
                await sip_tools.until(line, Answered)
            assert [seat.calls for seat in bot.telephone.seats] == [2, 2, 0]
            assert len({line.channel for line in lines}) == 4
            with pytest.raises(NoFreeChannel, match="all 4 channels"):
                await bot.dial()
            for line, phone in zip(lines, phones[:4], strict=True):
                await sounding(bot, line, phone)
            assert await invited(bot, phones[4], 2) == 503
            assert [seat.trunks for seat in bot.telephone.seats] == [("a",), ("b",), ()]

            spare, dead = bot.telephone.seats[2], bot.telephone.seats[0]
            os.kill(dead.pid, signal.SIGKILL)
            killed_s = time.monotonic()
            for line in (lines[0], lines[2]):
                end, _ = await sip_tools.until(line, LineEnded)
                assert end.cause is EndCause.WORKER_DIED
            while await invited(bot, phones[5], 2) != 200:
                pass
            assert time.monotonic() - killed_s < 2.0  # 20 ms on a quiet machine
            assert states(bot)[0] is DOWN
            assert bot.telephone.seats[2].pid == spare.pid
            assert sorted(trunk for seat in bot.telephone.seats for trunk in seat.trunks) == ["a", "b"]
            await sounding(bot, lines[1], phones[1])
            await sip_tools.eventually(lambda: states(bot) == [SPARE, TAKING, TAKING])
            again = bot.telephone.seats[0]
            assert (again.address, again.restarts) == (dead.address, 1)
            assert again.pid != dead.pid
            assert await invited(bot, phones[4], 0) == 503
            await sounding(bot, lines[3], phones[3])

            workers = [seat.pid for seat in bot.telephone.seats]
            await bot.telephone.stop()
            assert (await sip_tools.until(lines[3], LineEnded))[0].cause is EndCause.LOCAL_HANGUP
            assert not any(map(alive, workers))
            assert list(bot.run_directory.iterdir()) == []

    asyncio.run(scenario())


def test_a_renewal_replaces_every_worker_and_touches_no_call(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """The spare first; then it takes the new calls while the old ones go on to their own end."""

    async def scenario() -> None:
        async with (
            station(fleet=ONE_AND_SPARE) as bot,
            raw_phone(("127.0.0.1", 9)) as first,
            raw_phone(("127.0.0.1", 9)) as second,
        ):
            line = await dialled(bot, first)
            before = bot.telephone.seats
            renewing = asyncio.create_task(bot.telephone.renew(60))
            await sip_tools.eventually(lambda: states(bot) == [SeatState.LEAVING, TAKING])
            with pytest.raises(TelephonyError, match="being renewed already"):
                await bot.telephone.renew(60)
            assert bot.telephone.seats[1].pid != before[1].pid
            assert await invited(bot, second, 0) == 503
            assert await invited(bot, second, 1) == 200
            (other,) = (found for found in bot.telephone.lines if found is not line)
            await sounding(bot, line, first)
            assert bot.telephone.seats[0].pid == before[0].pid
            beside = await bot.telephone.consult(
                f"sip:1@127.0.0.1:{first.port}", beside=line, call_id="beside", ring_s=5
            )
            assert bot.telephone.seats[0].calls == 2
            await beside.hang_up()
            await line.hang_up()
            await renewing
            assert states(bot) == [SPARE, TAKING]
            assert bot.telephone.seats[0].pid != before[0].pid
            assert bot.telephone.restarts == 0
            await sounding(bot, other, second)

    asyncio.run(scenario())


def test_a_renewal_that_cannot_start_a_worker_ends_before_it_costs_a_call(
    station: Any, raw_phone: Any, sip_tools: Any, tmp_path: Path
) -> None:
    """A file that the new worker needs is gone: the spare does not come up, and the worker with calls is left alone."""
    apology = tmp_path / "apology.wav"
    shutil.copy(SOUNDS / "apology.wav", apology)

    async def scenario() -> None:
        async with (
            station(fleet=ONE_AND_SPARE, worker={"apology": apology}) as bot,
            raw_phone(("127.0.0.1", 9)) as phone,
        ):
            line = await dialled(bot, phone)
            before = bot.telephone.seats[0]
            apology.unlink()
            with pytest.raises(WorkerGone, match="no such file"):
                await bot.telephone.renew(60)
            assert states(bot) == [TAKING, DOWN]
            assert bot.telephone.seats[0].pid == before.pid
            await sounding(bot, line, phone)
            shutil.copy(SOUNDS / "apology.wav", apology)
            await sip_tools.eventually(lambda: states(bot) == [TAKING, SPARE])
            await bot.telephone.renew(0.2)
            end, _ = await sip_tools.until(line, LineEnded)
            assert end.cause is EndCause.LOCAL_HANGUP  # its time was up

    asyncio.run(scenario())


def test_a_fleet_of_which_one_cannot_start_does_not_start(tmp_path: Path) -> None:
    """The port of the spare is taken: it is said which, and the worker that did come up is ended."""

    async def scenario(port: int) -> None:
        sip = SipSettings(sip_port=port, rtp_port_min=26500, rtp_port_max=26599)
        telephone = SipTelephone(sip, NOBODY, tmp_path, fleet=ONE_AND_SPARE)
        with pytest.raises(WorkerGone, match=f"127.0.0.1:{port + 1}"):
            await telephone.start(lambda line: None, [])
        assert states(SimpleNamespace(telephone=telephone)) == [DOWN, DOWN]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        asyncio.run(scenario(taken.getsockname()[1] - 1))
    assert list(tmp_path.iterdir()) == []


def test_a_lone_worker_is_not_renewed(tmp_path: Path) -> None:
    """The message says what it takes."""
    with pytest.raises(TelephonyError, match=r"set sip\.spare"):
        asyncio.run(SipTelephone(SipSettings(), NOBODY, tmp_path).renew(1))


_ENGINE = """
import asyncio, json, sys
from pathlib import Path
import numpy as np
from telephony.settings import FleetSettings, SipSettings, WorkerSettings
from telephony.sip_telephone import SipTelephone

async def main(run, apology):
    inbound = asyncio.Queue()
    telephone = SipTelephone(
        SipSettings(sip_port=0, rtp_port_min=26400, rtp_port_max=26499, channels=4), None, Path(run),
        WorkerSettings(apology=Path(apology)), FleetSettings(2),
    )
    await telephone.start(inbound.put_nowait, [])
    print(json.dumps([seat.address for seat in telephone.seats]), flush=True)
    lines = [await inbound.get(), await inbound.get()]
    for line in lines:
        await line.answer()
        line.play(np.full(8000 * 60, 3000, dtype=np.int16))
    while any(line.position_s < 0.5 for line in lines):
        await asyncio.sleep(0.02)
    print(json.dumps([line.call_id for line in lines]), flush=True)
    await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_dead_engine_is_apologised_for_by_every_worker(raw_phone: Any, sip_tools: Any, tmp_path: Path) -> None:
    """Each ends its calls, and the rings of all can be salvaged."""
    run, apology = tmp_path / "engine", tmp_path / "apology.wav"
    write_wav(apology, np.full(4000, 9000, dtype=np.int16))
    engine = subprocess.Popen(
        [sys.executable, "-c", _ENGINE, str(run), str(apology)], stdout=subprocess.PIPE, text=True
    )

    async def scenario() -> None:
        assert engine.stdout is not None
        addresses = [tuple(address) for address in json.loads(engine.stdout.readline())]
        async with raw_phone(addresses[0]) as first, raw_phone(addresses[1]) as second:
            await asyncio.gather(first.talk(), second.talk())
            calls = json.loads(await asyncio.to_thread(engine.stdout.readline))
            engine.kill()
            for phone in (first, second):
                phone.reply(await phone.method("BYE"), "200 OK")
            engine.wait()
            await sip_tools.eventually(lambda: len(leftovers(run)) == 2)
        salvaged = [call for path in leftovers(run) for call in salvage(path)]
        assert sorted(call.call_id for call in salvaged) == sorted(calls)
        assert all(np.abs(call.spoken.astype(int)).max() > 8000 for call in salvaged)

    try:
        asyncio.run(scenario())
    finally:
        engine.kill()
        engine.communicate()
