"""The measured side: our real telephony with its media workers and recorder, and the least engine that can talk.

`python -m benchmarks.load.engine --help`. It answers every call. It plays prompts of recorded speech one after another,
cut off now and then, or plays back what it hears; everything is recorded as in production. Started by the other modules
here, which order it about with one JSON object a line on its standard input and get one back for each.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare_phone import A_LAW_VALUES, a_law
from benchmarks.speech import speech
from engine.audio import FRAME_S, SAMPLE_RATE_HZ, AudioBatch, Samples
from engine.calls import Answered, LineEnded
from engine.errors import TelephonyError
from telephony.recorder import RecordingReport, StereoRecorder
from telephony.ring_file import RingFile
from telephony.ring_layout import LAST_FRAME
from telephony.settings import FleetSettings, SipSettings
from telephony.sip_line import SipLine
from telephony.sip_telephone import SipTelephone
from telephony.trunks import Srtp, Trunk

PROMPT_S = (2.0, 8.0)
PAUSE_S = (0.2, 1.0)
FLUSH_EVERY_S = 12.0
"""Of each call, on average."""
AFTER_FLUSH_S = 0.4
_ECHO_FRAMES = 3


class Echo:
    """Plays back what is heard, frame by frame, all calls of a worker in one pass.

    It writes to the rings itself: a playout for each frame would cost more than all the rest of the engine.
    """

    def __init__(self) -> None:
        self._workers: dict[int, _EchoOfOneWorker] = {}

    def begin(self, line: SipLine) -> None:
        """Play back this call from now on."""
        first_channel = line.channel - line.slot
        rings = line._link._rings
        worker = self._workers.get(first_channel)
        if worker is None or worker.rings is not rings:
            worker = self._workers[first_channel] = _EchoOfOneWorker(rings)
        worker.next[line.slot], worker.epochs[line.slot] = 0, line.epoch

    def accept(self, batch: AudioBatch) -> None:
        """Take one tick of all calls of a worker."""
        first = max((one for one in self._workers if one <= batch.channels[0]), default=None)
        if first is not None:
            self._workers[first].accept(batch.channels - first, batch.heard)


class _EchoOfOneWorker:
    def __init__(self, rings: RingFile) -> None:
        self.rings = rings
        self.next = np.zeros(rings.shape.slots, dtype=np.int64)
        self.epochs = np.zeros(rings.shape.slots, dtype=np.uint64)

    def accept(self, slots: np.ndarray, heard: np.ndarray) -> None:
        words, tx = self.rings.slots, self.rings.tx
        queued = self.next[slots] - words["tx_read"][slots].astype(np.int64)
        # What is late stays late: beyond three frames nothing is added.
        takes = (self.epochs[slots] == words["epoch"][slots]) & (queued < _ECHO_FRAMES)
        slots, heard = slots[takes], heard[takes]
        at = slots, self.next[slots] % self.rings.shape.tx_depth
        tx["samples"][at], tx["flags"][at], tx["epoch"][at] = heard, LAST_FRAME, self.epochs[slots]
        tx["number"][at] = self.next[slots]
        self.next[slots] += 1


class Desk:
    """Takes all calls."""

    def __init__(self, mode: str, recordings: Path) -> None:
        self._mode, self._recordings = mode, recordings
        self.recorder, self.echo = StereoRecorder(), Echo()
        # In values of the codec alone, so that a recording and the wire are the same to the bit.
        self._speech = A_LAW_VALUES[np.frombuffer(a_law(speech(60.0, seed=5)), dtype=np.uint8)]
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(1)
        self.up: dict[SipLine, str] = {}
        self.flushes: list[tuple[str, int]] = []
        self.ends: Counter[str] = Counter()
        self.reports: list[tuple[str, RecordingReport]] = []
        self.underruns = self.taken = 0

    def receive(self, line: Any) -> None:
        """Take a call."""
        self.taken += 1
        task = asyncio.get_running_loop().create_task(self._hold(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hold(self, line: SipLine) -> None:
        self.recorder.open(line.channel, self._recordings / f"{line.call_id}.wav")
        with contextlib.suppress(TelephonyError):  # it has gone already, which its last event tells
            await line.answer()
        speaking: asyncio.Task[None] | None = None
        while not isinstance(event := await line.next_event(), LineEnded):
            if isinstance(event, Answered):
                self.up[line] = line.remote
                if self._mode == "echo":
                    self.echo.begin(line)
                else:
                    speaking = asyncio.get_running_loop().create_task(self._speak(line))
        if speaking is not None:
            speaking.cancel()
        self.up.pop(line, None)
        self.ends[event.cause.value] += 1
        self.underruns += line.underruns
        self.reports.append((line.remote, await self.recorder.close(line.channel)))

    async def _speak(self, line: SipLine) -> None:
        """Play prompts with pauses, and cut one off now and then, as barge-in does."""
        while not line.ended:
            prompt = self._prompt()
            line.play(prompt)
            length_s = len(prompt) / SAMPLE_RATE_HZ
            if self._random.random() < (length_s + sum(PAUSE_S) / 2) / FLUSH_EVERY_S:
                await asyncio.sleep(self._random.uniform(0.3, 0.9) * length_s)
                at_ns = time.time_ns()
                line.flush()
                self.flushes.append((line.remote, at_ns))
                await asyncio.sleep(AFTER_FLUSH_S)
            else:
                await asyncio.sleep(length_s + self._random.uniform(*PAUSE_S))

    def _prompt(self) -> Samples:
        length = round(self._random.uniform(*PROMPT_S) / FRAME_S) * round(FRAME_S * SAMPLE_RATE_HZ)
        begin = self._random.randrange(len(self._speech) - length)
        return self._speech[begin : begin + length]

    def told(self) -> dict[str, Any]:
        """Return the account so far."""
        stats = self.recorder.stats
        return {
            "taken": self.taken,
            "up": len(self.up),
            "ends": dict(self.ends),
            "underruns": self.underruns + sum(line.underruns for line in self.up),
            "flushes": self.flushes,
            "recorder": {
                "dropped_ticks": stats.dropped_ticks,
                "lost_frames": stats.lost_frames,
                "faults": stats.faults,
            },
            "recordings": [
                {
                    "remote": remote,
                    "path": str(report.path),
                    "duration_s": report.duration_s,
                    "missing": report.missing,
                    "lost": report.lost,
                }
                for remote, report in self.reports
            ],
        }


class Spinner:
    """A Python thread that never waits, so that this process's interpreter is always taken."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def set(self, busy: bool) -> None:
        """Start or stop."""
        if busy and self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._spin, daemon=True)
            self._thread.start()
        elif not busy and self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def _spin(self) -> None:
        while not self._stop.is_set():
            sum(range(1000))


class Nobody:
    """Allows no call out."""

    def allow(self, destination: str, time_zone: str) -> str:
        """Refuse."""
        raise AssertionError("nobody dials here")


async def serve(options: argparse.Namespace) -> None:
    """Take calls and orders until told to stop."""
    desk, spinner = Desk(options.mode, options.recordings), Spinner()
    # Keys in the clear will do here: the attacker has a place on the wire, and is not to get in all the same.
    strict = Trunk(
        name="callers",
        host="127.0.0.1",
        port=9,
        srtp=Srtp.REQUIRED,
        srtp_in_clear=True,
        peers=("127.0.0.0/8",),
        probe_s=0.0,
    )
    sip = SipSettings(
        sip_port=0,
        channels=options.channels,
        rtp_port_min=options.rtp_min,
        rtp_port_max=options.rtp_max,
        trunks=(strict,) if options.srtp else (),
    )
    telephone = SipTelephone(sip, Nobody(), options.run_directory, fleet=FleetSettings(options.workers))
    await telephone.start(desk.receive, [desk.recorder, desk.echo])
    loop = asyncio.get_running_loop()

    def account() -> dict[str, Any]:
        return desk.told() | {"lost_ticks": telephone.lost_ticks, "restarts": telephone.restarts}

    def workers() -> dict[str, Any]:
        up = [seat for seat in telephone.seats if seat.pid is not None and seat.address is not None]
        return {"workers": [{"pid": seat.pid, "host": seat.address[0], "port": seat.address[1]} for seat in up]}

    async def stop() -> dict[str, Any]:
        spinner.set(False)
        await telephone.stop()
        while desk._tasks:
            await asyncio.wait(desk._tasks)
        desk.recorder.stop()
        return account()

    orders: dict[str, Callable[[], Any]] = {
        "workers": workers,
        "account": account,
        "busy": lambda: spinner.set(True) or {},
        "idle": lambda: spinner.set(False) or {},
    }
    while (line := await loop.run_in_executor(None, sys.stdin.readline)) and (
        order := json.loads(line)["do"]
    ) != "stop":
        print(json.dumps(orders[order]()), flush=True)  # noqa: T201
    print(json.dumps(await stop()), flush=True)  # noqa: T201


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=["echo", "prompts"], required=True)
    parser.add_argument("--channels", type=int, required=True, help="calls at once")
    parser.add_argument("--workers", type=int, default=1, help="media workers that share them (1)")
    parser.add_argument("--srtp", action="store_true", help="take encrypted calls alone")
    parser.add_argument("--rtp-min", type=int, required=True)
    parser.add_argument("--rtp-max", type=int, required=True)
    parser.add_argument("--run-directory", type=Path, required=True)
    parser.add_argument("--recordings", type=Path, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s engine: %(message)s")
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
