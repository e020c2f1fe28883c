"""A hundred thousand mutants of SIP, SDP, RTP and RTCP against a media worker that holds live calls.

    python benchmarks/fuzz.py
    python benchmarks/fuzz.py --mutants 2000000 --seed 7

Mutants are made of the torture messages of RFC 4475 and of a corpus of our own, in and out of dialogs, from an address
that is let in; the bot answers, declines and hangs up at random and places calls to the attacker besides. Witnesses, a
process each, hold calls meanwhile and note when each RTP packet arrives. Every 50 mutants OPTIONS must be answered,
which also shows that all of them have been read. Memory, descriptors and threads of the worker are noted all along, and
again when its transactions have died (32 s by RFC 3261). What was sent last before a fault is kept for a look.
Writes benchmarks/results/fuzz.json and fuzz.png.
"""

import argparse
import asyncio
import json
import multiprocessing
import multiprocessing.connection
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.bare_phone import spacing
from benchmarks.hardware import hardware
from benchmarks.hostile.assault import Assault, WorkerSilentError
from benchmarks.hostile.bot import WITNESSES, Bot
from benchmarks.hostile.vitals import dropped_datagrams, vitals
from benchmarks.hostile.witness import witness
from engine.errors import WorkerGone
from telephony.library import loaded_library
from telephony.settings import SipSettings

_RESULTS = Path(__file__).parent / "results"
_BATCH = 50
_RTP_PORTS = 2000
_SAMPLES = 200
_ANSWER_WITHIN_S = 1.0
_GROWTH_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Report:
    """What the attacker tells of a batch."""

    sent: int
    answer_s: float
    fault: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    recent: tuple[tuple[int, bytes], ...] = ()


def attack(target: tuple[str, int], seed: int, mutants: int, tell: multiprocessing.connection.Connection) -> None:
    """Send mutants and report after each batch; in a process of its own."""
    assault = Assault(target, seed)
    tell.send(assault.address)
    fault = ""
    try:
        for end in range(_BATCH, mutants + _BATCH, _BATCH):
            while assault.sent < min(end, mutants):
                assault.step()
            tell.send(Report(assault.sent, assault.probe()))
            if tell.poll():  # told to stop
                break
        assault.leave()
    except WorkerSilentError as error:
        fault = str(error)
    recent = tuple((one.port, one.data) for one in assault.recent)
    tell.send(Report(assault.sent, 0.0, fault or "-", dict(assault.counts), dict(assault.answers), recent))
    assault.close()


@dataclass(slots=True)
class Course:
    """How the worker fared: samples, and what went wrong."""

    samples: list[dict[str, float]] = field(default_factory=list)
    slowest_s: float = 0.0
    late: int = 0
    faults: list[str] = field(default_factory=list)

    def answered(self, answer_s: float) -> None:
        """Take the time of an OPTIONS."""
        self.slowest_s = max(self.slowest_s, answer_s)
        self.late += answer_s > _ANSWER_WITHIN_S

    def look(self, pid: int, sent: int, began_s: float) -> None:
        """Take a sample."""
        seen = asdict(vitals(pid))
        self.samples.append({"mutants": sent, "at_s": round(time.monotonic() - began_s, 1), **seen})


async def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Attack, and return what was found."""
    channels = min(options.channels, loaded_library().channels)
    settings = SipSettings(
        sip_port=0, rtp_port_min=options.rtp_port, rtp_port_max=options.rtp_port + _RTP_PORTS - 1, channels=channels
    )
    bot = Bot(settings, folder, options.seed)
    await bot.start()
    pid, target = bot.telephone.worker_pid, bot.telephone.address
    context = multiprocessing.get_context("spawn")
    stop = folder / "witnesses-may-go"
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(options.witnesses, context) as pool:
        calls = [
            loop.run_in_executor(pool, witness, target, f"{WITNESSES}{place}", stop)
            for place in range(options.witnesses)
        ]
        try:
            async with asyncio.timeout(30):
                while len(bot.telephone.lines) < options.witnesses:  # noqa: ASYNC110 - they come from other processes
                    await asyncio.sleep(0.1)
            await asyncio.sleep(2.0)
            found = await assail(options, context, bot, pid, target)
        finally:
            stop.touch()
        held = await asyncio.gather(*calls)
    found["live calls"] = spacing([packets for packets, _ in held]) | {
        "calls": len(held),
        "cut": sum(ended for _, ended in held),
    }
    found["kernel_drops"] = dropped_datagrams(target[1])
    await bot.stop()
    return found


async def assail(
    options: argparse.Namespace, context: Any, bot: Bot, pid: int, target: tuple[str, int]
) -> dict[str, Any]:
    """Run the attacker, sample, let the worker settle, and judge."""
    ours, theirs = context.Pipe()
    attacker = context.Process(target=attack, args=(target, options.seed, options.mutants, theirs), daemon=True)
    attacker.start()
    loop = asyncio.get_running_loop()
    address = await loop.run_in_executor(None, ours.recv)
    course, last = Course(), Report(0, 0.0)
    began_s = time.monotonic()
    course.look(pid, 0, began_s)
    done = False
    dialling = asyncio.create_task(bot.dial_again_and_again(address, lambda: done))
    columns = (
        TextColumn("mutants"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[state]}"),
    )
    with Progress(*columns, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("mutants", total=options.mutants, state="")
        while not last.fault:
            last = await loop.run_in_executor(None, ours.recv)
            if last.fault:
                break
            course.answered(last.answer_s)
            if worker_is_another(bot, pid):
                course.faults.append(f"the worker died before mutant {last.sent}")
                ours.send("stop")
                break
            if last.sent >= len(course.samples) * options.mutants / _SAMPLES:
                course.look(pid, last.sent, began_s)
            seen = course.samples[-1]
            state = f"{last.sent / (time.monotonic() - began_s):.0f}/s  {seen['rss_bytes'] / 1e6:.0f} MB"
            progress.update(task, completed=last.sent, state=f"{state}  late {course.late}")
    while not last.fault:
        last = await loop.run_in_executor(None, ours.recv)
    took_s = time.monotonic() - began_s
    done = True
    await dialling
    if last.fault != "-":
        course.faults.append(last.fault)
    if course.faults:
        keep(options.keep, last.recent)
    else:
        await settle(course, pid, last.sent, began_s, options.settle)
    attacker.join(10)
    return outcome(course, last, took_s, bot)


def worker_is_another(bot: Bot, pid: int) -> bool:
    """Whether the worker that we began with is gone."""
    try:
        return bot.telephone.worker_pid != pid
    except WorkerGone:
        return True


async def settle(course: Course, pid: int, sent: int, began_s: float, settle_s: float) -> None:
    """Wait until transactions and refused calls have died, sampling."""
    end_s = time.monotonic() + settle_s
    while time.monotonic() < end_s:
        await asyncio.sleep(5.0)
        course.look(pid, sent, began_s)


def keep(folder: Path, recent: tuple[tuple[int, bytes], ...]) -> None:
    """Write what was sent last, for a look and for a test."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, (port, data) in enumerate(recent):
        (folder / f"{place:03d}-{port}.bin").write_bytes(data)


def outcome(course: Course, last: Report, took_s: float, bot: Bot) -> dict[str, Any]:
    """Return figures and verdict."""
    first, end = course.samples[0], course.samples[-1]
    # The first tenth warms pools and caches up; growth that matters goes on after it.
    warm = next((one for one in course.samples if one["mutants"] >= last.sent / 10), first)
    grown = end["rss_bytes"] - warm["rss_bytes"]
    good = (
        not course.faults
        and not course.late
        and grown < _GROWTH_BYTES
        and end["descriptors"] <= warm["descriptors"]
        and end["threads"] == first["threads"]
    )
    return {
        "verdict": "held" if good else "look at it",
        "faults": course.faults,
        "mutants": last.sent,
        "per_second": round(last.sent / took_s, 1),
        "took_s": round(took_s, 1),
        "slowest_options_s": round(course.slowest_s, 3),
        "options_over_1_s": course.late,
        "worker_cpu_percent": round(100 * (end["cpu_s"] - first["cpu_s"]) / max(end["at_s"], 1), 1),
        "rss_mb": {
            "start": _mb(first),
            "after a tenth": _mb(warm),
            "most": max(map(_mb, course.samples)),
            "settled": _mb(end),
        },
        "descriptors": {
            "start": first["descriptors"],
            "most": max(one["descriptors"] for one in course.samples),
            "settled": end["descriptors"],
        },
        "threads": {"start": first["threads"], "settled": end["threads"]},
        "calls": {"of strangers that reached the bot": bot.strangers, "placed to the attacker": bot.dialled},
        "by_kind": dict(sorted(last.counts.items())),
        "came_back": dict(sorted(last.answers.items(), key=lambda item: -item[1])),
        "samples": course.samples,
    }


def _mb(sample: dict[str, float]) -> float:
    return round(sample["rss_bytes"] / 1e6, 1)


def draw(result: dict[str, Any], path: Path) -> None:
    """Draw memory and descriptors over time."""
    from matplotlib.figure import Figure  # slow to load, and not needed by what is measured

    samples = result["samples"]
    at_s = [one["at_s"] for one in samples]
    figure = Figure(figsize=(9, 4), layout="constrained")
    memory = figure.subplots()
    memory.plot(at_s, [one["rss_bytes"] / 1e6 for one in samples], color="tab:blue")
    memory.set(xlabel="seconds", ylabel="resident memory, MB", ylim=(0, None))
    memory.yaxis.label.set_color("tab:blue")
    other = memory.twinx()
    other.plot(at_s, [one["descriptors"] for one in samples], color="tab:orange")
    other.set(ylabel="descriptors", ylim=(0, None))
    other.yaxis.label.set_color("tab:orange")
    memory.axvline(result["took_s"], color="grey", linestyle=":")
    memory.set_title(f"{result['mutants']} mutants, {result['per_second']:.0f}/s; then the worker settles")
    figure.savefig(path, dpi=100)


def main() -> None:
    """Attack, judge, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--seed", type=int, default=4475, help="of all chance (4475)")
    parser.add_argument("--witnesses", type=int, default=3, help="calls that are held meanwhile (3)")
    parser.add_argument("--settle", type=float, default=75.0, help="seconds that it may take to settle (75)")
    parser.add_argument("--channels", type=int, default=200, help="of the worker, if the library holds so many (200)")
    parser.add_argument("--rtp-port", type=int, default=36000, help="first RTP port (36000)")
    parser.add_argument(
        "--keep", type=Path, default=Path("var/fuzz"), help="where to keep what caused a fault (var/fuzz)"
    )
    options = parser.parse_args()
    library, load = loaded_library(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        found = asyncio.run(run(options, Path(folder)))
    result = {
        "what": "mutants of SIP, SDP, RTP and RTCP against one media worker with live calls",
        "library": f"{library.name} {library.version} ({library.origin})",
        "command": " ".join(["python", *sys.argv]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "load_1min_before": round(load, 2),
        "seed": options.seed,
        **found,
    }
    (_RESULTS / "fuzz.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(result, _RESULTS / "fuzz.png")
    print(json.dumps({name: value for name, value in result.items() if name != "samples"}, indent=1))  # noqa: T201
    sys.exit(0 if result["verdict"] == "held" else 1)


if __name__ == "__main__":
    main()
