"""What the telephony puts on the wire, as another process sees it by the kernel's clock.

    python benchmarks/media.py
    python benchmarks/media.py --seconds 45 --setups 30

Calls come from telephones of bare sockets, a process each (`bare_phone`); this process is the engine and plays a tone
in every call. Measured: the time between two RTP packets, with the engine idle and with a Python thread that keeps it
busy; packets that are missing; the time from a flush (barge-in) to the last packet that is not silent; the time from
INVITE to 200. A relay that drops every fiftieth packet shows that the measurement sees a loss. A call must last more
than 40 s, since a wrong ACK shows only after 32 s. Writes benchmarks/results/media.json.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare_phone import BarePhone, Packet
from benchmarks.hardware import hardware
from engine.calls import Answered, LineEnded
from engine.ports import CallLine
from telephony.library import loaded_library
from telephony.settings import SipSettings
from telephony.sip_telephone import SipTelephone

_RESULTS = Path(__file__).parent / "results"
_TONE = (6000 * np.sin(2 * np.pi * 500 * np.arange(8000) / 8000)).astype(np.int16)
_DROP_EVERY = 50


def hold(
    target: tuple[str, int], seconds: float, relay: socket.socket | None = None, rtp: socket.socket | None = None
) -> list[Packet]:
    """Hold a call and return what arrived; in a process of its own."""
    phone = BarePhone(target, relay=relay)
    if rtp is not None:
        phone.rtp = rtp
    status = phone.call(10)
    assert status == 200, f"not answered: {status}"
    end_s = time.monotonic() + seconds
    phone.stay(lambda: time.monotonic() > end_s)
    assert not phone.ended, "the bot hung up"
    phone.hang_up()
    return phone.packets


def set_up(target: tuple[str, int], count: int) -> list[float]:
    """Make calls one after another and return INVITE → 200 in ms; in a process of its own."""
    taken_ms = []
    for _ in range(count):
        phone = BarePhone(target)
        status = phone.call(10)
        assert status == 200, f"not answered: {status}"
        taken_ms.append((phone.answered_ns - phone.invited_ns) / 1e6)
        end_s = time.monotonic() + random.uniform(0.2, 0.4)
        phone.stay(lambda until_s=end_s: time.monotonic() > until_s)
        phone.hang_up()
    return taken_ms


def relay(port: socket.socket, to: int, seconds: float) -> int:
    """Forward packets except every fiftieth, and return how many were dropped; in a process of its own."""
    port.settimeout(0.2)
    end_s, seen, dropped, held_back = time.monotonic() + seconds, 0, 0, 0
    while time.monotonic() < end_s:
        try:
            data = port.recv(2048)
        except TimeoutError:
            continue
        seen += 1
        if seen % _DROP_EVERY == 0:
            held_back += 1
        else:
            dropped, held_back = dropped + held_back, 0  # a loss shows only when something follows
            port.sendto(data, ("127.0.0.1", to))
    return dropped


def spacing(calls: list[list[Packet]]) -> dict[str, Any]:
    """Return figures of the time between packets, in ms, and of what is missing."""
    gaps_ms, missing, packets = [], 0, 0
    for call in calls:
        times = np.array([packet.at_ns for packet in call], dtype=np.int64)
        numbers = np.array([packet.sequence for packet in call], dtype=np.int64)
        steps = np.diff(numbers) & 0xFFFF
        missing += int((steps - 1)[steps > 1].sum())
        gaps_ms.append(np.diff(times)[steps == 1] / 1e6)
        packets += len(call)
    taken = np.concatenate(gaps_ms)
    return {
        "packets": packets,
        "p50_ms": round(float(np.percentile(taken, 50)), 2),
        "p95_ms": round(float(np.percentile(taken, 95)), 2),
        "p99_ms": round(float(np.percentile(taken, 99)), 2),
        "max_ms": round(float(taken.max()), 2),
        "over_40_ms_percent": round(100 * float((taken > 40).mean()), 4),
        "sequence_gaps": missing,
    }


class Station:
    """The engine's half: answers every call and plays a tone in it without end."""

    def __init__(self, telephone: SipTelephone) -> None:
        self.telephone = telephone
        self.lines: list[CallLine] = []
        self.flushed_ns: list[int] = []
        self.underruns = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.quiet = False
        self.up = asyncio.Event()

    def receive(self, line: CallLine) -> None:
        """Take a call."""
        task = asyncio.get_running_loop().create_task(self._hold(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hold(self, line: CallLine) -> None:
        await line.answer()
        while not isinstance(event := await line.next_event(), LineEnded):
            if isinstance(event, Answered) and not self.quiet:
                self.lines.append(line)
                self.up.set()
                line.play(np.tile(_TONE, 120))
        self.underruns += getattr(line, "underruns", 0)
        if line in self.lines:
            self.lines.remove(line)

    async def interrupt(self, times: int) -> None:
        """Flush what plays, again and again, at random moments of the bridge's 20 ms."""
        await self.up.wait()
        (line,) = self.lines
        await asyncio.sleep(1.0)
        for _ in range(times):
            line.flush()
            self.flushed_ns.append(time.time_ns())
            await asyncio.sleep(0.3)
            line.play(np.tile(_TONE, 30))
            await asyncio.sleep(0.3 + random.random() * 0.1)


@contextmanager
def busy(really: bool) -> Iterator[None]:
    """Keep this process's interpreter occupied by a thread that never waits."""
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    thread = threading.Thread(target=spin)
    if really:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if really:
            thread.join()


def silence_after(flushed_ns: list[int], packets: list[Packet]) -> dict[str, Any]:
    """Return the time from each flush to the first packet that is silent and stays so for a quarter of a second."""
    times = np.array([packet.at_ns for packet in packets], dtype=np.int64)
    loud = np.array([packet.loud for packet in packets])
    taken_ms, after = [], 0
    for flushed in flushed_ns:
        first = int(np.searchsorted(times, flushed, side="right"))
        last = int(np.searchsorted(times, flushed + 250_000_000))
        if not loud[max(0, first - 3) : first].any():
            continue  # a gap already: nothing was there to flush
        late = np.flatnonzero(loud[first:last])
        after += len(late)
        quiet = first + (int(late[-1]) + 1 if len(late) else 0)
        taken_ms.append((int(times[quiet]) - flushed) / 1e6)
    return {"flushes": len(taken_ms), **_percentiles(taken_ms), "loud_packets_after_a_flush": after}


def _percentiles(taken_ms: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(float(np.percentile(taken_ms, 50)), 1),
        "p95_ms": round(float(np.percentile(taken_ms, 95)), 1),
        "max_ms": round(max(taken_ms), 1),
    }


async def measure(options: argparse.Namespace, pool: ProcessPoolExecutor, run: Path) -> dict[str, Any]:
    """Run all measurements, one after another."""
    loop = asyncio.get_running_loop()
    sip = SipSettings(sip_port=0, rtp_port_min=44000, rtp_port_max=44199)
    telephone = SipTelephone(sip, _Nobody(), run)
    station = Station(telephone)
    await telephone.start(station.receive, [])
    target = telephone.address
    found: dict[str, Any] = {}
    try:
        for calls in (1, 3):
            for occupied in (False, True):
                name = f"{calls} call{'s' * (calls > 1)}, engine {'busy' if occupied else 'idle'}"
                print(name, file=sys.stderr)  # noqa: T201
                station.underruns, load = 0, os.getloadavg()[0]
                with busy(occupied):
                    held = [loop.run_in_executor(pool, hold, target, options.seconds) for _ in range(calls)]
                    packets = await asyncio.gather(*held)
                    await asyncio.sleep(1.0)
                found[name] = spacing(packets) | {"underruns": station.underruns, "load_1min_before": round(load, 2)}
                print(json.dumps(found[name]), file=sys.stderr)  # noqa: T201
        found["proof: every 50th packet dropped by a relay"] = await prove(loop, pool, target)
        station.up.clear()
        holding = loop.run_in_executor(pool, hold, target, 4.5 + 0.66 * options.flushes)
        await station.interrupt(options.flushes)
        found["flush to silence"] = silence_after(station.flushed_ns, await holding)
        station.quiet = True
        found["invite to 200"] = _percentiles(
            setups := await loop.run_in_executor(pool, set_up, target, options.setups)
        ) | {"calls": len(setups)}
    finally:
        await telephone.stop()
    return found


async def prove(loop: asyncio.AbstractEventLoop, pool: ProcessPoolExecutor, target: tuple[str, int]) -> dict[str, Any]:
    """Inject a known loss between bot and telephone, and count it with the same means."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as entry,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
    ):
        entry.bind(("127.0.0.1", 0))
        rtp.bind(("127.0.0.1", 0))
        rtp.setsockopt(socket.SOL_SOCKET, 35, 1)
        relaying = loop.run_in_executor(pool, relay, entry, rtp.getsockname()[1], 9.0)
        packets = await loop.run_in_executor(pool, hold, target, 10.0, entry, rtp)
        dropped = await relaying
    return spacing([packets]) | {"dropped_by_relay": dropped}


class _Nobody:
    def allow(self, destination: str, time_zone: str) -> str:
        raise AssertionError("nobody dials here")


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each held call (60), more than 40")
    parser.add_argument("--flushes", type=int, default=60, help="barge-ins to measure (60)")
    parser.add_argument("--setups", type=int, default=40, help="calls to set up (40)")
    options = parser.parse_args()
    library = loaded_library()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, context) as pool, tempfile.TemporaryDirectory(prefix="media-") as run:
        found = asyncio.run(measure(options, pool, Path(run)))
    result = {
        "what": "RTP of the bot as received by another process, kernel timestamps; flush and INVITE by one clock",
        "limits": f"{library.name} {library.version} ({library.origin}) holds {library.max_calls} calls, one of them "
        "kept free to refuse the next with 503: "
        f"no figure here says anything about more than {library.channels} calls",
        "command": " ".join(["python", *sys.argv]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "seconds": options.seconds,
        **found,
    }
    (_RESULTS / "media.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
