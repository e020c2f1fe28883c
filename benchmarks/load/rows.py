"""One row of the table: so many calls for so long, and what the packets, the processes and the account say of it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.load.bench import CALLS_A_SECOND, Bench, PortPlan, bench
from benchmarks.load.generator import audio
from benchmarks.load.packets import LATE_MS, Packets, Spacing, intervals_ms, sent_from, sent_to, spacing, streams
from benchmarks.load.processes import cpu_s, machine_s, memory
from benchmarks.load.sound import Said, echo_ms, silence_ms

LEAST_S = 40.0
"""A call whose ACK is malformed is ended by the SIP library after exactly 32 s."""

GENERATOR_MAX_PERCENT = 70.0
_SETTLE_S = 3.0
_EDGE_S = 0.25
_HISTOGRAM_MS = (0.0, 60.0, 240)


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured.

    Args:
        mode: ``echo`` or ``prompts``.
        calls: at once.
        busy: whether a Python thread keeps the engine's interpreter taken all the time.
        seconds: measured, once all calls are up.
        workers: media workers that share the calls.
    """

    mode: str
    calls: int
    busy: bool
    seconds: float
    workers: int

    @property
    def name(self) -> str:
        """Its key among the results."""
        more = f", {self.workers} workers" if self.workers > 1 else ""
        return f"{self.calls} calls, {self.mode}{', busy engine' if self.busy else ''}{more}"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a row is.

    Args:
        what: in a few words.
        done: of 1.
    """

    what: str
    done: float


@dataclass(frozen=True, slots=True)
class _Counters:
    at_s: float
    at_ns: int
    machine: tuple[float, float]
    cpu_s: dict[int, float]


class _Meter:
    """CPU of several processes between two moments."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids

    def read(self) -> _Counters:
        return _Counters(time.monotonic(), time.time_ns(), machine_s(), {pid: cpu_s(pid) for pid in self._pids})


def measure(row: Row, ports: PortPlan, tell: Callable[[Step], None]) -> dict[str, Any]:
    """Measure a row and return its figures; see README.md of the benchmarks for their names.

    Raises:
        CaptureError: packets cannot be captured.
        RuntimeError: SIPp is missing, or the engine ended.
    """
    ramp_s = row.calls / CALLS_A_SECOND
    with bench(row.mode, row.calls, row.workers, ports) as (made, captures):
        workers = [worker.pid for worker in made.engine.workers()]
        engine = made.engine.pid
        empty = sum(memory(pid).own_mb for pid in workers), memory(engine).own_mb
        if row.busy:
            made.engine.order("busy")
        tell(Step("setting up", 0.0))
        made.call(row.calls, stay_s=ramp_s + row.seconds + 4 * _SETTLE_S + 15)
        up = made.wait_up(row.calls, lambda up: tell(Step("setting up", up / row.calls)))
        time.sleep(_SETTLE_S)
        callers = [one.pid for one in made.callers]
        meter = _Meter([*workers, engine, *callers, made.rtp.pid, made.sip.pid])
        before = meter.read()
        while (passed_s := time.monotonic() - before.at_s) < row.seconds:
            tell(Step("measuring", passed_s / row.seconds))
            time.sleep(min(0.5, row.seconds - passed_s))
        after = meter.read()
        full = sum(memory(pid).own_mb for pid in workers), memory(engine).own_mb
        shared_mb = sum(memory(pid).shared_mb for pid in (*workers, engine))
        still_up = made.engine.order("account")["up"]
        tell(Step("ending", 0.0))
        account = made.engine.stop()
        trouble = [line for one in made.callers for line in one.trouble()]
        captures.close()
        tell(Step("reading packets", 0.5))

        def percent(pids: list[int]) -> float:
            spent_s = sum(after.cpu_s[pid] - before.cpu_s[pid] for pid in pids)
            return round(100 * spent_s / (after.at_s - before.at_s), 1)

        machine = 100 * (after.machine[0] - before.machine[0]) / (after.at_s - before.at_s)
        found: dict[str, Any] = {
            "calls": row.calls,
            "mode": row.mode,
            "busy": row.busy,
            "workers": row.workers,
            "seconds": round(after.at_s - before.at_s, 1),
            "up": up,
            "up_at_the_end": still_up,
            "cpu_percent": {
                "workers": percent(workers),
                "workers_per_call": round(percent(workers) / row.calls, 3),
                "engine": percent([engine]),
                "callers": percent(callers),
                "callers_most": max(percent([pid]) for pid in callers),
                "capture": percent([made.rtp.pid, made.sip.pid]),
                "machine_all_cores": round(machine, 1),
            },
            "memory_mb": {
                "workers": round(full[0], 1),
                "workers_per_call": round((full[0] - empty[0]) / row.calls, 3),
                "engine": round(full[1], 1),
                "engine_per_call": round((full[1] - empty[1]) / row.calls, 3),
                "rings_and_libraries_shared": round(shared_mb, 1),
            },
            "engine": {name: account[name] for name in ("underruns", "lost_ticks", "restarts", "ends", "recorder")}
            | {
                "recordings": len(account["recordings"]),
                "missing_frames": sum(one["missing"] for one in account["recordings"]),
            },
        }
        found |= _judge_packets(row, made, account["flushes"], before.at_ns, after.at_ns)
        found["invalid"] = _invalid(row, found, made, trouble)
        return found


def _judge_packets(row: Row, made: Bench, flushes: list[tuple[str, int]], begin_ns: int, end_ns: int) -> dict[str, Any]:
    everything = made.packets()
    inside = everything[(everything["at_ns"] >= begin_ns) & (everything["at_ns"] < end_ns)]
    signalling = made.signalling()
    ports = signalling.our_rtp()
    # By the ports that were agreed on: others on this machine may be given ports of the range.
    ours, theirs = sent_from(inside, ports.values()), sent_to(inside, ports.values())
    sent = streams(ours)
    answers = np.array(signalling.answers_ms)
    found: dict[str, Any] = {
        "sent": asdict(spacing(sent)),
        "sent_whole_window": _whole(sent, begin_ns, end_ns),
        "received": asdict(spacing(streams(theirs))),
        "histogram_ms": _histogram(sent),
        "invite_to_200_ms": _percentiles(answers) | {"statuses": signalling.statuses},
        "hung_up_by_us_before_the_end": sum(0 < one.hung_up_by_us_ns < end_ns for one in signalling.dialogs.values()),
    }
    if row.mode == "echo":
        taken = echo_ms(Said(audio()), theirs, ours)
        found["echo_ms"] = _percentiles(taken) | {"matched_percent": round(100 * len(taken) / max(1, len(ours)), 1)}
    else:
        known = [(ports[caller], at_ns) for caller, at_ns in flushes if caller in ports and at_ns > begin_ns]
        found["flush_to_silence_ms"] = _percentiles(silence_ms(ours, known))
    return found


def _whole(found: list[Packets], begin_ns: int, end_ns: int) -> int:
    """Return how many streams last from the beginning of the window to its end."""
    edge_ns = round(_EDGE_S * 1e9)
    return sum(bool(one["at_ns"][0] < begin_ns + edge_ns and one["at_ns"][-1] > end_ns - edge_ns) for one in found)


def _histogram(found: list[Packets]) -> dict[str, Any]:
    low, high, bins = _HISTOGRAM_MS
    every = np.concatenate([intervals_ms(one) for one in found])
    counts, _ = np.histogram(np.minimum(every, high - 1e-6), bins=int(bins), range=(low, high))
    first, last = int(np.flatnonzero(counts)[0]), int(np.flatnonzero(counts)[-1]) + 1
    return {
        "from_ms": low + first * (high - low) / bins,
        "bin_ms": (high - low) / bins,
        "counts": counts[first:last].tolist(),
    }


def _percentiles(taken_ms: np.ndarray) -> dict[str, float | int]:
    if not len(taken_ms):
        return {"count": 0}
    p50, p95, p99 = np.percentile(taken_ms, (50, 95, 99))
    figures = {"p50": p50, "p95": p95, "p99": p99, "max": taken_ms.max()}
    return {name: round(float(value), 1) for name, value in figures.items()} | {"count": len(taken_ms)}


def _invalid(row: Row, found: dict[str, Any], made: Bench, trouble: list[str]) -> list[str]:
    """Return why a row says nothing about what was measured."""
    reasons = []
    if found["seconds"] < LEAST_S:
        reasons.append(f"only {found['seconds']:g} s were measured, {LEAST_S:g} s are the least")
    if found["cpu_percent"]["callers_most"] > GENERATOR_MAX_PERCENT:
        reasons.append(f"a caller process took {found['cpu_percent']['callers_most']:g} % of a core")
    reasons += [f"a caller process says: {line.strip()[:120]}" for line in trouble]
    if made.rtp.dropped or made.sip.dropped:
        reasons.append(f"tcpdump missed {made.rtp.dropped + made.sip.dropped} packets")
    if found["received"]["streams"] < found["up"]:
        reasons.append(f"only {found['received']['streams']} callers were sending")
    return reasons


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a target was met.

    Args:
        target: in a few words.
        met: or not.
    """

    target: str
    met: bool


def verdicts(found: dict[str, Any]) -> list[Verdict]:
    """Judge a row against the targets."""
    sent, cpu = found["sent"], found["cpu_percent"]
    late = 0.1 if found["busy"] else 0.01
    judged = [
        Verdict(f"{found['calls']} calls held", _held(found)),
        Verdict("no gaps", not sent["missing"] and not sent["disordered"]),
        Verdict(f"≤ {late:g} % over {LATE_MS:g} ms", sent["late_percent"] <= late),
        Verdict("p99 ≤ 25 ms", found["busy"] or sent["p99_ms"] <= 25.0),
        Verdict("worker ≤ 0.25 % a call", cpu["workers_per_call"] <= 0.25),
        Verdict("INVITE → 200 p95 ≤ 200 ms", found["busy"] or found["invite_to_200_ms"].get("p95", np.inf) <= 200.0),
    ]
    flush = found.get("flush_to_silence_ms", {})
    if flush.get("count"):
        judged.append(Verdict("flush p95 ≤ 60 ms", flush["p95"] <= 60.0))
    return judged


def sustained(found: dict[str, Any]) -> bool:
    """Whether more calls may be tried: all held without gaps, p99 at most 25 ms, a twentieth of a core still free."""
    sent = found["sent"]
    free = found["cpu_percent"]["machine_all_cores"] <= 100 * (found["cores"] - 0.05)
    return _held(found) and not sent["missing"] and sent["p99_ms"] <= 25.0 and free


def _held(found: dict[str, Any]) -> bool:
    return (
        found["up"] == found["up_at_the_end"] == found["sent_whole_window"] == found["calls"]
        and not found["hung_up_by_us_before_the_end"]
        and not found["engine"]["restarts"]
    )


__all__ = ["LEAST_S", "Row", "Spacing", "Step", "Verdict", "measure", "sustained", "verdicts"]
