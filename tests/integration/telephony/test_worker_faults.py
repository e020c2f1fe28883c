"""What remains when a process of ours dies."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio import write_wav
from engine.calls import Answered, EndCause, LineEnded, PlayoutCut, PlayoutStarted
from engine.errors import WorkerGone
from telephony.library import loaded_library
from telephony.salvage import leftovers, salvage
from telephony.settings import SipSettings, WorkerSettings
from telephony.sip_telephone import SipTelephone

pytestmark = pytest.mark.sip

_LIBRARY = loaded_library()


def test_a_killed_worker_ends_its_calls_and_a_new_one_takes_the_next(station: Any, sip_tools: Any) -> None:
    """The account of the playout is settled first; nobody has to restart anything."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            mine, _ = await a.call(b)
            await sip_tools.until(mine, Answered)
            playout = mine.play(np.full(80000, 4000, dtype=np.int16))
            await sip_tools.until(mine, PlayoutStarted)
            await sip_tools.eventually(lambda: mine.position_s > 0.5)
            killed = a.telephone.worker_pid
            os.kill(killed, signal.SIGKILL)
            end, before = await sip_tools.until(mine, LineEnded)
            assert (end.cause, end.sip_status) == (EndCause.WORKER_DIED, 0)
            assert isinstance(before[-1], PlayoutCut)
            assert (before[-1].playout_id, end.at_s) == (playout, mine.position_s)
            ticks = a.tape.ticks[mine.channel]
            assert ticks == list(range(round(end.at_s / 0.02)))
            assert a.telephone.restarts == 0
            await sip_tools.eventually(lambda: a.telephone.restarts == 1)
            assert a.telephone.worker_pid != killed
            mine, _ = await a.call(b)
            await sip_tools.until(mine, Answered)
            await mine.hang_up()
            await sip_tools.until(mine, LineEnded)
            back, _ = await b.call(a)
            await sip_tools.until(back, Answered)
            assert leftovers(a.run_directory) == ()

    asyncio.run(scenario())


def test_a_hung_worker_is_noticed_killed_and_replaced(station: Any, sip_tools: Any) -> None:
    """It gives no sign of life, though it has not died."""

    async def scenario() -> None:
        async with station(worker={"worker_silence_s": 1.5}) as a, station() as b:
            mine, _ = await a.call(b)
            await sip_tools.until(mine, Answered)
            os.kill(a.telephone.worker_pid, signal.SIGSTOP)
            end, _ = await sip_tools.until(mine, LineEnded)
            assert end.cause is EndCause.WORKER_DIED
            assert "1.5 s" in end.reason
            with pytest.raises(WorkerGone):
                await a.dial()
            await sip_tools.eventually(lambda: a.telephone.restarts == 1)
            await a.call(b)

    asyncio.run(scenario())


def test_a_port_that_is_taken_is_said_at_the_start(station: Any, tmp_path: Path) -> None:
    """The message names address and port."""

    async def scenario() -> None:
        async with station() as a:
            port = a.telephone.address[1]
            second = SipTelephone(SipSettings(sip_port=port), a.permission, tmp_path / "second")
            with pytest.raises(WorkerGone, match=f"127.0.0.1:{port}"):
                await second.start(lambda line: None, [])
            assert list((tmp_path / "second").iterdir()) == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("sip", "worker", "complaint"),
    [
        ({"channels": _LIBRARY.max_calls, "rtp_port_max": 65535}, {}, f"set at most {_LIBRARY.channels}"),
        ({}, {"apology": Path("/nowhere/apology.wav")}, "no such file"),
    ],
)
def test_settings_that_only_the_worker_can_judge_are_refused_with_its_words(
    station: Any, tmp_path: Path, sip: dict[str, Any], worker: dict[str, Any], complaint: str
) -> None:
    """The reason crosses the process border."""

    async def scenario() -> None:
        telephone = SipTelephone(SipSettings(sip_port=0, **sip), _nobody(), tmp_path / "run", WorkerSettings(**worker))
        with pytest.raises(WorkerGone, match=complaint):
            await telephone.start(lambda line: None, [])

    asyncio.run(scenario())


def test_an_apology_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """The rings would not hold it."""

    async def scenario() -> None:
        write_wav(tmp_path / "long.wav", np.zeros(8000 * 9, dtype=np.int16))
        telephone = SipTelephone(
            SipSettings(sip_port=0), _nobody(), tmp_path / "run", WorkerSettings(apology=tmp_path / "long.wav")
        )
        with pytest.raises(WorkerGone, match="at most 8 s"):
            await telephone.start(lambda line: None, [])

    asyncio.run(scenario())


_ENGINE = """
import asyncio, json, sys
from pathlib import Path
import numpy as np
from telephony.settings import SipSettings, WorkerSettings
from telephony.sip_telephone import SipTelephone

class Nobody:
    def allow(self, destination, time_zone): raise AssertionError

async def main(run, apology, first_port):
    inbound = asyncio.Queue()
    telephone = SipTelephone(
        SipSettings(sip_port=0, rtp_port_min=first_port, rtp_port_max=first_port + 99), Nobody(), Path(run),
        WorkerSettings(apology=Path(apology), engine_silence_s=1.5),
    )
    await telephone.start(inbound.put_nowait, [])
    print(json.dumps({"port": telephone.address[1], "worker": telephone.worker_pid}), flush=True)
    line = await inbound.get()
    await line.answer()
    print(json.dumps({"call_id": line.call_id}), flush=True)
    line.play(np.full(8000 * 60, 3000, dtype=np.int16))
    while line.position_s < 1.0:
        await asyncio.sleep(0.02)
    print(json.dumps({"position_s": line.position_s}), flush=True)
    await asyncio.sleep(600)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_engine_is_apologised_for_and_its_rings_are_kept(
    station: Any, sip_tools: Any, tmp_path: Path, blow: signal.Signals
) -> None:
    """Killed or fallen silent: the caller hears the apology, the call ends, and the last seconds can be salvaged."""
    run, apology = tmp_path / "engine", tmp_path / "apology.wav"
    write_wav(apology, (9000 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)).astype(np.int16))
    engine = subprocess.Popen(
        [sys.executable, "-c", _ENGINE, str(run), str(apology), "41000"], stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout is not None

    def said() -> dict[str, Any]:
        assert engine.stdout is not None
        return dict(json.loads(engine.stdout.readline()))

    async def scenario() -> None:
        up = said()
        async with station() as caller:
            caller.permission.target = ("127.0.0.1", up["port"])
            line = await caller.dial()
            await sip_tools.until(line, Answered)
            call_id = said()["call_id"]
            assert await asyncio.to_thread(said)
            os.kill(engine.pid, blow)
            end, _ = await sip_tools.until(line, LineEnded)
            assert end.cause is EndCause.REMOTE_HANGUP
            heard = np.concatenate(caller.tape.heard[line.channel])
            quiet_before = np.flatnonzero(np.abs(heard.astype(int)) > 5000)
            assert 0.9 * 8000 < quiet_before[-1] - quiet_before[0] < 1.1 * 8000
            spectrum = np.abs(np.fft.rfft(heard[quiet_before[0] + 800 :][:4000]))
            assert np.argmax(spectrum) * 2 == pytest.approx(1000, abs=4)
            if blow is signal.SIGSTOP:
                os.kill(engine.pid, signal.SIGKILL)
            engine.wait()
            await sip_tools.eventually(lambda: len(leftovers(run)) == 1)
            (call,) = salvage(leftovers(run)[0])
            assert call.call_id == call_id
            loud = np.flatnonzero(np.abs(call.spoken.astype(int)).max(axis=1) > 5000)
            assert len(loud) in (49, 50, 51)
            assert call.first_tick <= 50
            await sip_tools.eventually(lambda: _has_ended(up["worker"]))

    try:
        asyncio.run(scenario())
    finally:
        engine.kill()
        engine.communicate()


def test_an_engine_that_starts_again_waits_for_the_port_of_its_predecessors_worker(
    station: Any, sip_tools: Any, tmp_path: Path
) -> None:
    """The old worker still apologises to a caller; the new engine comes up by itself when it is done."""
    run, apology = tmp_path / "engine", tmp_path / "apology.wav"
    write_wav(apology, np.full(8000 * 3, 3000, dtype=np.int16))
    engine = subprocess.Popen(
        [sys.executable, "-c", _ENGINE, str(run), str(apology), "41200"], stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout is not None

    async def scenario() -> None:
        assert engine.stdout is not None
        port = json.loads(engine.stdout.readline())["port"]
        async with station() as caller:
            caller.permission.target = ("127.0.0.1", port)
            line = await caller.dial()
            await sip_tools.until(line, Answered)
            engine.kill()
            again = SipTelephone(SipSettings(sip_port=port, rtp_port_min=41300, rtp_port_max=41399), _nobody(), run)
            await again.start(lambda line: None, [])
            assert line.ended
            assert again.address == ("127.0.0.1", port)
            await again.stop()

    try:
        asyncio.run(scenario())
    finally:
        engine.kill()
        engine.communicate()


def _has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for someone to take note of it."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def _nobody() -> Any:
    class Nobody:
        def allow(self, destination: str, time_zone: str) -> str:
            raise AssertionError("nobody dials here")

    return Nobody()
