"""A media worker killed in the middle of many calls: what it costs, and how long until calls are taken again."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare_phone import BarePhone
from benchmarks.load.bench import CALLS_A_SECOND, PortPlan, bench
from benchmarks.load.packets import Packets, sent_from, sent_to, silent
from benchmarks.load.recordings import channels, lost_at_the_end_ms
from benchmarks.load.rows import Step

_KILLS = 3
_LIVED_S = (8.0, 12.0)
_AGAIN_S = 30.0
_LOOK_S = 3.0


def measure(calls: int, workers: int, ports: PortPlan, tell: Callable[[Step], None]) -> dict[str, Any]:
    """Kill the first of the media workers with SIGKILL, several times, and return what it cost.

    All callers of a process send at the same moments, so that one kill shows one moment of their 20 ms alone.

    Raises:
        CaptureError: packets cannot be captured.
        RuntimeError: SIPp is missing, or the engine ended.
    """
    kills = [_kill(calls, workers, ports, tell) for _ in range(_KILLS)]
    heard = [lost for kill in kills for lost in kill.pop("lost_of_the_caller_ms")]
    spoken = [lost for kill in kills for lost in kill.pop("lost_of_the_bot_ms")]
    again_s = [kill["answered_again_after_s"] for kill in kills]
    return {
        "calls": calls,
        "workers": workers,
        "killed": sum(kill["killed"] for kill in kills),
        "calls_without_an_end": sum(kill["calls_without_an_end"] for kill in kills),
        "without_a_recording": sum(kill["without_a_recording"] for kill in kills),
        "lost_of_the_caller_ms": _spread(heard),
        "lost_of_the_bot_ms": _spread(spoken),
        "answered_again_after_s": None if None in again_s else max(again_s),
        "kills": kills,
    }


def _kill(calls: int, workers: int, ports: PortPlan, tell: Callable[[Step], None]) -> dict[str, Any]:
    with bench("prompts", calls, workers, ports) as (made, captures):
        made.call(calls, stay_s=calls / CALLS_A_SECOND + _LIVED_S[1] + 60)
        up = made.wait_up(calls, lambda up: tell(Step("setting up", up / calls)))
        tell(Step("talking", 0.3))
        time.sleep(random.uniform(*_LIVED_S))
        victim = made.engine.workers()[0]
        killed_ns = time.time_ns()
        os.kill(victim.pid, signal.SIGKILL)
        tell(Step("killed", 0.5))
        _answered_again(victim.address)
        time.sleep(2.0)  # the recorder closes what has ended
        account = made.engine.order("account")
        final = made.engine.stop()
        captures.close()
        tell(Step("comparing", 0.8))
        signalling = made.signalling()
        everything = made.packets()
        before = everything[everything["at_ns"] < killed_ns]
        heard, spoken, speaking = [], [], 0
        mine = {d.caller: d.our_rtp for d in signalling.dialogs.values() if d.our_rtp and d.answered_ns < killed_ns}
        recordings = {one["remote"]: Path(one["path"]) for one in account["recordings"]}
        for caller, port in mine.items():
            if caller not in recordings:
                continue
            stereo = channels(recordings[caller])
            sent, received = sent_from(before, [port]), sent_to(before, [port])
            spoken.append(lost_at_the_end_ms(stereo[:, 0], sent, _LOOK_S))
            heard.append(lost_at_the_end_ms(stereo[:, 1], received, _LOOK_S))
            speaking += _speaks_at_the_end(sent)
        again_ns = signalling.first_answer_after(killed_ns)
        return {
            "up": up,
            "killed": account["ends"].get("worker_died", 0),
            "calls_without_an_end": final["taken"] - sum(final["ends"].values()),
            "without_a_recording": sum(caller not in recordings for caller in mine),
            "recorder": account["recorder"],
            "lost_of_the_caller_ms": heard,
            "lost_of_the_bot_ms": spoken,
            "speaking_at_the_kill": speaking,
            "answered_again_after_s": round((again_ns - killed_ns) / 1e9, 2) if again_ns else None,
            "restarts": final["restarts"],
            "packets_missed_by_tcpdump": made.rtp.dropped + made.sip.dropped,
        }


def _answered_again(address: tuple[str, int]) -> None:
    """Call until answered; the capture tells when that was."""
    deadline_s = time.monotonic() + _AGAIN_S
    while time.monotonic() < deadline_s:
        phone = BarePhone(address)
        status = phone.call(0.4)
        phone.hang_up()
        if status == 200:
            return
        time.sleep(0.02)


def _speaks_at_the_end(sent: Packets) -> bool:
    return len(sent) > 0 and not silent(sent[-1:])[0]


def _spread(lost_ms: list[float]) -> dict[str, Any]:
    if not lost_ms:
        return {"calls": 0}
    return {
        "calls": len(lost_ms),
        "min": min(lost_ms),
        "median": float(np.median(lost_ms)),
        "p95": round(float(np.percentile(lost_ms, 95)), 1),
        "max": max(lost_ms),
    }
