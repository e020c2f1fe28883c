"""Scanners at full speed against a media worker that holds live calls.

    python benchmarks/flood.py
    python benchmarks/flood.py --seconds 60 --rate 2000 --only "INVITE allowed"

SIPp sends OPTIONS, REGISTER and INVITE as scanners do, with their names in User-Agent or in disguise, from an address
that is let in and from one that is not, each for a while. Witnesses, a process each, hold calls meanwhile and note when
each RTP packet arrives; a genuine caller calls every second and notes how long the 200 takes. Told of each kind: how
many messages were sent, calls that came of them, the worker's share of a core, and what witnesses and caller saw.
Writes benchmarks/results/flood.json.
"""

import argparse
import asyncio
import csv
import json
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare_phone import BarePhone, Packet, spacing
from benchmarks.hardware import hardware
from benchmarks.hostile.bot import WITNESSES, Bot
from benchmarks.hostile.vitals import dropped_datagrams, vitals
from benchmarks.hostile.witness import witness
from telephony.library import loaded_library
from telephony.scanners import is_scanner
from telephony.settings import SipSettings

_HERE = Path(__file__).parent
_ALLOWED, _FOREIGN = "127.0.0.1", "127.0.0.2"
_RTP_PORT = 37000


@dataclass(frozen=True, slots=True)
class Flood:
    """One kind of it: the method, how the scanner calls itself, and where it sends from."""

    method: str
    agent: str
    source: str

    @property
    def name(self) -> str:
        """What it is called in the results."""
        where = "allowed" if self.source == _ALLOWED else "foreign"
        return f"{self.method} {where}" + ("" if is_scanner(self.agent) else ", in disguise")


FLOODS = [
    Flood(method, agent, source)
    for source in (_FOREIGN, _ALLOWED)
    for method, agent in (
        ("OPTIONS", "friendly-scanner"),
        ("REGISTER", "sipvicious"),
        ("INVITE", "sipcli/v1.8"),
        ("INVITE", "Telephone"),
    )
]


async def pour(flood: Flood, target: tuple[str, int], rate: int, seconds: float, folder: Path) -> tuple[int, float]:
    """Run SIPp; return how many messages it sent and for how many seconds.

    Raises:
        RuntimeError: SIPp sent nothing.
    """
    statistics = folder / f"{flood.name}.csv"
    command = ("sipp", f"{target[0]}:{target[1]}", "-sf", str(_HERE / "sipp" / f"scan_{flood.method.lower()}.xml"))
    sipp = await asyncio.create_subprocess_exec(
        *(
            *command,
            "-i",
            flood.source,
            "-mi",
            flood.source,
            "-key",
            "agent",
            flood.agent,
            "-nd",
            "-deadcall_wait",
            "0",
        ),
        *("-r", str(rate), "-m", str(round(rate * seconds)), "-trace_stat", "-stf", str(statistics), "-fd", "1"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    began_s = time.monotonic()
    _, complaint = await sipp.communicate()
    took_s = time.monotonic() - began_s
    if not statistics.exists():
        raise RuntimeError(f"sipp sent nothing: {complaint.decode(errors='replace')[-500:]}")
    with statistics.open() as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return int(rows[-1]["TotalCallCreated"]), took_s


def genuine(target: tuple[str, int], seconds: float) -> list[tuple[float, int]]:
    """Call every second; return how long the final answer took, in ms, and its status; in a process of its own."""
    found = []
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        next_s = time.monotonic() + 1.0
        phone = BarePhone(target, number=f"{WITNESSES}9")
        began_s = time.monotonic()
        status = phone.call(10)
        found.append((1000 * (time.monotonic() - began_s), status))
        phone.hang_up()
        time.sleep(max(0.0, next_s - time.monotonic()))
    return found


async def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Pour every flood, one after another, and return what was found."""
    channels = min(20, loaded_library().channels)
    settings = SipSettings(
        sip_port=0,
        rtp_port_min=_RTP_PORT,
        rtp_port_max=_RTP_PORT + 40 * channels,
        channels=channels,
        allowed_peers=(f"{_ALLOWED}/32",),
    )
    bot = Bot(settings, folder, 1)
    await bot.start()
    pid, target = bot.telephone.worker_pid, bot.telephone.address
    stop, loop = folder / "witnesses-may-go", asyncio.get_running_loop()
    held_calls = min(options.witnesses, channels - 1)
    with ProcessPoolExecutor(held_calls + 1, multiprocessing.get_context("spawn")) as pool:
        calls = [
            loop.run_in_executor(pool, witness, target, f"{WITNESSES}{place}", stop) for place in range(held_calls)
        ]
        spans: dict[str, tuple[int, int]] = {}
        found: dict[str, Any] = {}
        try:
            async with asyncio.timeout(30):
                while len(bot.telephone.lines) < held_calls:  # noqa: ASYNC110 - they come from other processes
                    await asyncio.sleep(0.1)
            await asyncio.sleep(2.0)
            for flood in [None, *(one for one in FLOODS if not options.only or one.name == options.only)]:
                name = flood.name if flood else "no flood"
                print(name, file=sys.stderr)  # noqa: T201
                began_ns = time.time_ns()
                found[name] = await one_flood(flood, bot, pid, pool, options, folder)
                spans[name] = began_ns, time.time_ns()
                print(json.dumps(found[name]), file=sys.stderr)  # noqa: T201
                await asyncio.sleep(3.0)
        finally:
            stop.touch()
        held = await asyncio.gather(*calls)
    for name, span in spans.items():
        found[name]["live calls"] = spacing([_within(packets, span) for packets, _ in held])
    found["live calls that were cut"] = sum(ended for _, ended in held)
    await bot.stop()
    return found


async def one_flood(
    flood: Flood | None, bot: Bot, pid: int, pool: ProcessPoolExecutor, options: argparse.Namespace, folder: Path
) -> dict[str, Any]:
    """Pour one, or let the same time pass without; return what was found."""
    target = bot.telephone.address
    before, strangers, drops = vitals(pid), bot.strangers, dropped_datagrams(target[1])
    began_s = time.monotonic()
    calling = asyncio.get_running_loop().run_in_executor(pool, genuine, target, options.seconds)
    sent, pouring_s = 0, options.seconds
    if flood is not None:
        sent, pouring_s = await pour(flood, target, options.rate, options.seconds, folder)
    answers = await calling
    after, took_s = vitals(pid), time.monotonic() - began_s
    answered_ms = [ms for ms, status in answers if status == 200] or [float("nan")]
    return {
        "messages": sent,
        "per_second": round(sent / pouring_s, 1),
        "dropped_by_the_kernel": dropped_datagrams(target[1]) - drops,
        "calls_created": bot.strangers - strangers,
        "worker_cpu_percent": round(100 * (after.cpu_s - before.cpu_s) / took_s, 1),
        "rss_growth_mb": round((after.rss_bytes - before.rss_bytes) / 1e6, 1),
        "worker_is_the_same": bot.telephone.worker_pid == pid,
        "genuine calls": {
            "calls": len(answers),
            "answered": sum(status == 200 for _, status in answers),
            "p50_ms": round(float(np.percentile(answered_ms, 50)), 1),
            "p95_ms": round(float(np.percentile(answered_ms, 95)), 1),
            "max_ms": round(max(answered_ms), 1),
        },
    }


def _within(packets: list[Packet], span: tuple[int, int]) -> list[Packet]:
    return [packet for packet in packets if span[0] <= packet.at_ns <= span[1]]


def main() -> None:
    """Pour, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each flood (30)")
    parser.add_argument("--rate", type=int, default=1000, help="messages a second (1000)")
    parser.add_argument("--witnesses", type=int, default=3, help="calls that are held meanwhile (3)")
    parser.add_argument("--only", choices=[one.name for one in FLOODS], help="this one alone, and do not save")
    options = parser.parse_args()
    library, load = loaded_library(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="flood-") as folder:
        found = asyncio.run(run(options, Path(folder)))
    result = {
        "what": "floods of scanners from SIPp 3.6.1 against one media worker with live calls",
        "library": f"{library.name} {library.version} ({library.origin})",
        "command": " ".join(["python", *sys.argv]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "load_1min_before": round(load, 2),
        "seconds": options.seconds,
        **found,
    }
    if not options.only:
        (_HERE / "results" / "flood.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
