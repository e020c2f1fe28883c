"""What callers notice of Kamailio in front of two media workers: one of them killed, and half as many calls too many.

    python -m benchmarks.edge
    python -m benchmarks.edge --channels 20 --rate 10 --calls 300

The real Kamailio with the configuration that `voicebot kamailio config` writes, and two real media workers that answer
everybody, on loopback. Killed worker: telephones of bare sockets are on the line with both; after the SIGKILL one new
call follows the other, each timed from INVITE to 200. Overload: SIPp offers half as many calls more than there are
channels. Needs kamailio and sip-tester. Writes benchmarks/results/edge.json.
"""

import argparse
import asyncio
import contextlib
import csv
import getpass
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from benchmarks.bare_phone import BarePhone
from benchmarks.hardware import hardware
from engine.ports import CallLine
from telephony.edge.files import kamailio_program
from telephony.edge.kamailio import CONFIGURATION, configuration
from telephony.edge.settings import EdgeSettings, Endpoint
from telephony.library import loaded_library
from telephony.settings import SipSettings, WorkerSettings
from telephony.sip_telephone import SipTelephone

_HERE = Path(__file__).parent
_HOST = "127.0.0.1"
_OVERLOAD = 1.5
_GENERATOR_LIMIT = 0.7
"""Of a core; a generator that was busier than this has measured itself."""
_AWAY_S = 3.0
"""Before the killed worker is started again: longer than as delivered, or it would be back before the failover."""
_AFTER_KILL_S = 6.0
_CALLS_AFTER_KILL_PER_S = 10
_RTP_PORTS = 1000


class _NobodyIsDialled:
    def allow(self, destination: str, time_zone: str) -> str:
        raise AssertionError("nobody is dialled here")


@dataclass
class Worker:
    """A media worker that answers everybody."""

    telephone: SipTelephone
    answering: set["asyncio.Task[None]"] = field(default_factory=set)

    def take(self, line: CallLine) -> None:
        """Answer a call."""
        task = asyncio.create_task(line.answer())
        self.answering.add(task)
        task.add_done_callback(self.answering.discard)


@dataclass
class Edge:
    """A Kamailio that runs in the foreground."""

    folder: Path
    settings: EdgeSettings

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return str(self.settings.listen.host), self.settings.listen.port

    def flags(self) -> dict[int, str]:
        """Return the state of each worker by port; nothing while it starts."""
        command = ["kamcmd", "-s", f"unix:{self.folder}/kamailio_ctl", "dispatcher.list"]
        listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout
        return {int(port): flags for port, flags in re.findall(r"URI: sip:[\d.]+:(\d+)\s+FLAGS: (\w+)", listed)}


@contextlib.asynccontextmanager
async def workers(folder: Path, channels: int, rtp_port: int) -> AsyncIterator[list[Worker]]:
    """Start two."""
    async with contextlib.AsyncExitStack() as stack:
        started, patient = [], WorkerSettings(restart_delay_s=_AWAY_S)
        for number in range(2):
            first = rtp_port + number * _RTP_PORTS
            sip = SipSettings(
                sip_port=0, channels=channels, rtp_port_min=first, rtp_port_max=first + _RTP_PORTS - 1, retry_after_s=10
            )
            worker = Worker(SipTelephone(sip, _NobodyIsDialled(), folder / f"run{number}", patient))
            await worker.telephone.start(worker.take, [])
            stack.push_async_callback(worker.telephone.stop)
            started.append(worker)
        yield started


@contextlib.asynccontextmanager
async def edge(folder: Path, behind: list[Worker]) -> AsyncIterator[Edge]:
    """Start Kamailio in front of them, with the settings as delivered."""
    program = kamailio_program()
    if program is None:
        raise SystemExit("Kamailio is not installed: apt-get install kamailio")
    here = (IPv4Network(f"{_HOST}/32"),)
    addresses = (worker.telephone.address for worker in behind)
    settings = EdgeSettings(
        listen=Endpoint(IPv4Address(_HOST), _free_port()),
        workers=tuple(Endpoint(IPv4Address(host), port) for host, port in addresses),
        peers=here,
        trunks=here,
        user=getpass.getuser(),
        run_directory=folder,
    )
    for name, text in configuration(settings, folder).items():
        (folder / name).write_text(text)
    with (folder / "kamailio.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            *(program, "-f", str(folder / CONFIGURATION), "-DD", "-E", "-Y", str(folder)), stdout=log, stderr=log
        )
    started = Edge(folder, settings)
    try:
        await eventually(lambda: len(started.flags()) == len(behind))
        yield started
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((_HOST, 0))
        return int(free.getsockname()[1])


async def eventually(condition: Callable[[], bool], within_s: float = 30.0) -> float:
    """Wait for something that another process does, and return the seconds that it took."""
    began_s = time.monotonic()
    while not condition():
        if time.monotonic() - began_s > within_s:
            raise TimeoutError("not within the time given")
        await asyncio.sleep(0.05)
    return time.monotonic() - began_s


async def killed_worker(front: Edge, behind: list[Worker]) -> dict[str, Any]:
    """Kill one of two in the middle of calls and call on, ten times a second; return what it cost."""
    phones = [BarePhone(front.address) for _ in behind]
    hung_up = asyncio.Event()
    up = [await asyncio.to_thread(phones[0].call, 5.0)]
    # Kamailio's favourite among equals: were it the other, no new call would ever try the dead one.
    victim, other = sorted(behind, key=lambda worker: len(worker.telephone.lines), reverse=True)
    up += [await asyncio.to_thread(phone.call, 5.0) for phone in phones[1:]]
    staying = [asyncio.create_task(asyncio.to_thread(phone.stay, hung_up.is_set)) for phone in phones]
    on_victim, on_other = len(victim.telephone.lines), len(other.telephone.lines)
    kept = set(other.telephone.lines)
    port = victim.telephone.address[1]
    os.kill(victim.telephone.worker_pid, signal.SIGKILL)
    killed_s = time.monotonic()
    back = asyncio.create_task(_back(front, port))
    calling = []
    for number in range(round(_AFTER_KILL_S * _CALLS_AFTER_KILL_PER_S)):
        await asyncio.sleep(max(0.0, killed_s + number / _CALLS_AFTER_KILL_PER_S - time.monotonic()))
        calling.append(asyncio.create_task(_short_call(front, killed_s)))
    calls = await asyncio.gather(*calling)
    still_up = len(kept & set(other.telephone.lines))
    back_s = await back
    hung_up.set()
    await asyncio.gather(*staying)
    for phone in phones:
        await asyncio.to_thread(phone.hang_up)
    took = [call["took_ms"] for call in calls]
    return {
        "calls_up": f"{sum(status == 200 for status in up)} of {len(phones)}",
        "calls_on_the_killed_worker_lost": on_victim,
        "calls_on_the_other_worker_kept": f"{still_up} of {on_other}",
        "worker_restarts_after_s": _AWAY_S,
        "failover_ms": front.settings.failover_ms,
        "new_calls": len(calls),
        "new_calls_failed": sum(call["status"] != 200 for call in calls),
        "new_calls_that_had_to_go_on_to_the_other": sum(ms > 0.8 * front.settings.failover_ms for ms in took),
        "first_new_call_answered_after_ms": calls[0]["took_ms"] + calls[0]["after_kill_ms"],
        "new_calls_answered_after_ms": {"median": statistics.median(took), "max": max(took)},
        "killed_worker_in_the_rotation_after_s": round(back_s, 1),
        "calls": calls,
    }


async def _short_call(front: Edge, killed_s: float) -> dict[str, int]:
    phone = BarePhone(front.address)
    began_s = time.monotonic()
    status = await asyncio.to_thread(phone.call, 8.0)
    took_s = time.monotonic() - began_s
    await asyncio.to_thread(phone.hang_up)
    return {"after_kill_ms": round(1000 * (began_s - killed_s)), "status": status, "took_ms": round(1000 * took_s)}


async def _back(front: Edge, port: int) -> float:
    """Return the seconds until a worker that was taken out is in again."""

    def flags() -> str:
        return front.flags().get(port, "")

    out_s = 0.0
    with contextlib.suppress(TimeoutError):  # it may be back before anybody noticed
        out_s = await eventually(lambda: flags().startswith(("I", "T")), 5.0)
    return out_s + await eventually(lambda: flags() == "AP")


async def overload(front: Edge, behind: list[Worker], rate: float, calls: int, rtp_port: int) -> dict[str, Any]:
    """Offer half as many calls more than there are channels, by SIPp; return who got in and what the others got."""
    channels = sum(worker.telephone.channels for worker in behind)
    lasts_s = _OVERLOAD * channels / rate
    with tempfile.TemporaryDirectory(prefix="edge-sipp-") as place:
        began_s = time.monotonic()
        command = ["sipp", f"{_HOST}:{front.address[1]}", "-sf", str(_HERE / "sipp" / "excess.xml"), "-s", "voicebot"]
        limits = ["-r", str(rate), "-m", str(calls), "-l", "10000", "-d", str(round(1000 * lasts_s))]
        places = ["-i", _HOST, "-p", str(_free_port()), "-mi", _HOST, "-mp", str(rtp_port + 2 * _RTP_PORTS - 50)]
        process = await asyncio.create_subprocess_exec(
            *(command + limits + places), "-trace_counts", "-nostdin", cwd=place, stdout=asyncio.subprocess.DEVNULL
        )
        before = os.times()
        most = 0
        while process.returncode is None:
            most = max(most, sum(len(worker.telephone.lines) for worker in behind))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.05)
        took_s = time.monotonic() - began_s
        after = os.times()
        generator = (
            after.children_user + after.children_system - before.children_user - before.children_system
        ) / took_s
        counts = _counts(Path(place))
    admitted, refused = counts["200_Recv"], counts["503_Recv"]
    return {
        "channels": channels,
        "offered": calls,
        "calls_a_second": rate,
        "each_lasts_s": round(lasts_s, 2),
        "most_at_once": most,
        "admitted": admitted,
        "admitted_and_ended_as_they_should": counts["ended"],
        "refused_with_503_and_retry_after": refused,
        "other": calls - admitted - refused,
        "generator_cores": round(generator, 2),
    }


def _counts(folder: Path) -> dict[str, int]:
    """Return how many 200 and 503 to INVITE, and 200 to BYE, SIPp received at last."""
    (path,) = folder.glob("*_counts.csv")
    with path.open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    received = [(name, int(value)) for name, value in last.items() if name and name.endswith("_Recv")]
    answers = [value for name, value in received if "_200_" in name]
    refusals = [value for name, value in received if "_503_" in name]
    return {"200_Recv": answers[0], "ended": answers[1], "503_Recv": refusals[0]}


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run both, each with fresh workers and a fresh Kamailio."""
    found: dict[str, Any] = {}
    for name in ("killed worker", "overload"):
        with tempfile.TemporaryDirectory(prefix="edge-") as place:
            folder = Path(place)
            async with workers(folder, options.channels, options.rtp_port) as behind, edge(folder, behind) as front:
                load = os.getloadavg()[0]
                if name == "overload":
                    found[name] = await overload(front, behind, options.rate, options.calls, options.rtp_port)
                else:
                    found[name] = await killed_worker(front, behind)
                found[name]["load_1min_before"] = round(load, 2)
    return found


def verdicts(found: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return what was measured, line by line, and whether it is as it should be."""
    kill, over = found["killed worker"], found["overload"]
    took = kill["new_calls_answered_after_ms"]
    kept, _, of = kill["calls_on_the_other_worker_kept"].partition(" of ")
    limit_ms = kill["failover_ms"] + 500
    failed = kill["new_calls_failed"]
    return [
        ("killed: calls of that worker lost", str(kill["calls_on_the_killed_worker_lost"]), True),
        ("killed: calls of the other kept", f"{kept} of {of}", kept == of),
        ("killed: new calls failed", f"{failed} of {kill['new_calls']}", failed == 0),
        ("killed: first new call answered after", f"{kill['first_new_call_answered_after_ms']} ms", True),
        ("killed: new calls that went on to the other", str(kill["new_calls_that_had_to_go_on_to_the_other"]), True),
        (
            "killed: new calls answered after, median / max",
            f"{took['median']:.0f} / {took['max']} ms",
            took["max"] < limit_ms,
        ),
        ("killed: back in the rotation after", f"{kill['killed_worker_in_the_rotation_after_s']} s", True),
        ("overload: offered / channels", f"{over['offered']} / {over['channels']}", True),
        (
            "overload: admitted, and ended well",
            f"{over['admitted']} / {over['admitted_and_ended_as_they_should']}",
            over["admitted"] == over["admitted_and_ended_as_they_should"] > 0,
        ),
        ("overload: 503 with Retry-After", str(over["refused_with_503_and_retry_after"]), True),
        ("overload: anything else", str(over["other"]), over["other"] == 0),
        (
            "overload: channels were all taken",
            f"{over['most_at_once']} of {over['channels']}",
            over["most_at_once"] >= over["channels"],
        ),
        (
            "run is valid: generator's cores",
            str(over["generator_cores"]),
            over["generator_cores"] <= _GENERATOR_LIMIT,
        ),
    ]


def main() -> None:
    """Measure, print the verdict and save."""
    library = loaded_library()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=min(20, library.channels), help="of each of the two workers")
    parser.add_argument("--rate", type=float, default=10.0, help="calls a second offered in overload (10)")
    parser.add_argument("--calls", type=int, default=300, help="calls offered in overload (300)")
    parser.add_argument("--rtp-port", type=int, default=34000, help="first of 2000 ports for RTP (34000)")
    options = parser.parse_args()
    version = subprocess.run([str(kamailio_program()), "-v"], capture_output=True, text=True, check=True).stdout
    found = asyncio.run(measure(options))
    result = {
        "what": "two media workers behind Kamailio on loopback: one killed, and 150 % of all channels offered",
        "limits": f"{library.name} {library.version} ({library.origin}), {options.channels} channels a worker; "
        "callers, Kamailio and workers share the machine",
        "kamailio": version.splitlines()[0],
        "command": " ".join(["python -m benchmarks.edge", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        **found,
    }
    rows = verdicts(found)
    width = max(len(what) for what, _, _ in rows)
    for what, value, good in rows:
        print(f"{'ok ' if good else 'BAD'}  {what:<{width}}  {value}")  # noqa: T201
    (_HERE / "results" / "edge.json").write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(0 if all(good for _, _, good in rows) else 1)


if __name__ == "__main__":
    main()
