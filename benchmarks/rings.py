"""What a tick costs the engine in the rings alone: no SIP, no sockets, no recogniser.

    python -m benchmarks.rings
    python -m benchmarks.rings --calls 130,512 --ticks 2000

A bridge made of NumPy passes fills real rings, as the media worker would; the engine's real lines read and answer them.
Only the engine's side is timed. `prompts` plays prompts of 1 to 6 s one after another, `echo` plays back each frame as
a playout of its own, the worst that a session could do, and `listening` plays nothing. Writes
benchmarks/results/rings.json.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.hardware import hardware
from engine.audio import AudioBatch
from engine.calls import Direction, PlayoutFinished
from engine.ports import AudioSink
from telephony.pump import pump
from telephony.ring_file import RingFile, SlotState
from telephony.ring_layout import SILENT, RingShape
from telephony.rings import EngineEnd
from telephony.settings import WorkerSettings
from telephony.sip_line import SipLine

_RESULTS = Path(__file__).parent / "results"
_MODES = ("listening", "prompts", "echo")


class ArrayBridge:
    """The bridge's end of all slots in one pass; every slot is a live call."""

    def __init__(self, rings: RingFile) -> None:
        self._rings = rings
        self._all = np.arange(rings.shape.slots)
        rings.slots["epoch"], rings.slots["state"] = 1, SlotState.LIVE

    def tick(self, heard: np.ndarray) -> None:
        """Take a frame of every call and write its tick; ``heard`` is int16, shape (slots, 160)."""
        words, tx, media, slots = self._rings.slots, self._rings.tx, self._rings.media, self._all
        wanted = words["tx_read"].astype(np.int64)
        at = slots, wanted % self._rings.shape.tx_depth
        there = (tx["number"][at] == wanted) & (tx["epoch"][at] == 1)
        tick = words["media_write"].astype(np.int64)
        into = slots, tick % self._rings.shape.media_depth
        media["epoch"][into], media["number"][into] = 1, np.where(there, wanted, SILENT)
        media["flushed"][into] = words["flush_requested"]
        media["heard"][into] = heard
        media["spoken"][into] = np.where(there[:, None], tx["samples"][at], 0)
        media["tick"][into] = tick
        words["tx_read"], words["media_write"] = wanted + there, tick + 1


class Echo:
    """Plays back what is heard, frame by frame."""

    def __init__(self, lines: dict[int, SipLine]) -> None:
        self._lines = lines

    def accept(self, batch: AudioBatch) -> None:
        """Take one tick of all calls."""
        for row, channel in enumerate(batch.channels.tolist()):
            self._lines[channel].play(batch.heard[row])


async def run(folder: Path, calls: int, mode: str, ticks: int) -> dict[str, Any]:
    """Hold calls for a number of ticks, and return figures of the engine's time for each, in ms."""
    rings = RingFile.create(folder / f"rings-{calls}-{mode}.bin", RingShape(calls))
    bridge, end = ArrayBridge(rings), EngineEnd(rings)
    link: Any = SimpleNamespace(engine_end=end)
    random = np.random.default_rng(1)
    prompts = [random.integers(-8000, 8000, 8000 * seconds).astype(np.int16) for seconds in range(1, 7)]
    queue_frames = WorkerSettings().tx_queue_frames
    lines = {
        slot: SipLine(f"call-{slot}", slot, 1, Direction.INBOUND, "1", link=link, queue_frames=queue_frames)
        for slot in range(calls)
    }
    heard = random.integers(-8000, 8000, (calls, 160)).astype(np.int16)
    sinks: list[AudioSink] = [Echo(lines)] if mode == "echo" else []
    if mode == "prompts":
        for slot, line in lines.items():
            line.play(prompts[slot % len(prompts)])
    taken_s, events = [], 0
    for _ in range(ticks):
        bridge.tick(heard)
        before_s = time.thread_time()
        pump(end, lines, sinks)
        taken_s.append(time.thread_time() - before_s)
        for slot, line in lines.items():
            while not line._events.empty():
                events += 1
                if isinstance(await line.next_event(), PlayoutFinished) and mode == "prompts":
                    line.play(prompts[(slot + events) % len(prompts)])
    assert end.lost_ticks == 0
    rings.close()
    return {
        "ms_per_tick_p50": round(1e3 * float(np.percentile(taken_s, 50)), 3),
        "ms_per_tick_p99": round(1e3 * float(np.percentile(taken_s, 99)), 3),
        "core_percent": round(100 * sum(taken_s) / (ticks * 0.02), 2),
        "events": events,
        "underruns": int(rings.slots["underruns"].sum()),
    }


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", default="20,130,260,512", help="calls at once (20,130,260,512)")
    parser.add_argument("--ticks", type=int, default=1000, help="of 20 ms, each (1000)")
    options = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory(prefix="rings-") as folder:
        for calls in map(int, options.calls.split(",")):
            for mode in _MODES:
                rows[f"{calls} calls, {mode}"] = asyncio.run(run(Path(folder), calls, mode, options.ticks))
    result = {
        "what": "CPU time of the engine's side of the rings for each tick of 20 ms, all calls together",
        "command": " ".join(["python", "-m", "benchmarks.rings", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "ticks": options.ticks,
        "rows": rows,
    }
    (_RESULTS / "rings.json").write_text(json.dumps(result, indent=1) + "\n")
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
