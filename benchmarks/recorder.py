"""CPU that recording costs: feeds batches of 20 ms in real time, as the engine does, and prints one JSON object."""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from engine.audio import FRAME_S, FRAME_SAMPLES, AudioBatch
from telephony.recorder import WRITE_EVERY_S, StereoRecorder


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=130, help="calls at once (default: 130)")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the run (default: 20)")
    parser.add_argument("--write-every", type=float, default=WRITE_EVERY_S, help="seconds between two groups of writes")
    parser.add_argument("--folder", type=Path, help="where to record (default: a temporary folder)")
    return parser.parse_args()


def run(folder: Path, channels: int, seconds: float, write_every_s: float) -> dict[str, float | int]:
    """Record noise on all channels, and return figures of CPU in percent of one core."""
    noise = np.random.default_rng(1).integers(-8000, 8000, (2, channels, FRAME_SAMPLES)).astype(np.int16)
    numbers = np.arange(channels, dtype=np.int64)
    taken_s: list[float] = []
    with StereoRecorder(write_every_s=write_every_s) as recorder:
        for channel in range(channels):
            recorder.open(channel, folder / f"{channel}.wav")
        began, process_s, thread_s = time.monotonic(), time.process_time(), time.thread_time()
        for tick in range(round(seconds / FRAME_S)):
            time.sleep(max(0.0, began + tick * FRAME_S - time.monotonic()))
            batch = AudioBatch(numbers, np.full(channels, tick), noise[0], noise[1])
            before = time.thread_time()
            recorder.accept(batch)
            taken_s.append(time.thread_time() - before)
        elapsed_s = time.monotonic() - began
        writer_s = time.process_time() - process_s - (time.thread_time() - thread_s)
        ending = time.monotonic()
        reports = asyncio.run(_close(recorder, channels))
        closing_s = time.monotonic() - ending
    return {
        "channels": channels,
        "seconds": round(elapsed_s, 2),
        "write_every_s": write_every_s,
        "accept_percent": round(100 * sum(taken_s) / elapsed_s, 2),
        "writer_percent": round(100 * writer_s / elapsed_s, 2),
        "accept_us_p50": round(1e6 * float(np.percentile(taken_s, 50)), 1),
        "accept_us_p99": round(1e6 * float(np.percentile(taken_s, 99)), 1),
        "close_all_s": round(closing_s, 3),
        "dropped_ticks": recorder.stats.dropped_ticks,
        "missing_frames": sum(report.missing for report in reports),
        "megabytes": round(sum(path.stat().st_size for path in folder.glob("*.wav")) / 1e6, 1),
    }


async def _close(recorder: StereoRecorder, channels: int) -> list:
    return await asyncio.gather(*(recorder.close(channel) for channel in range(channels)))


def main() -> None:
    """Run once and print."""
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="recorder-") as folder:
        result = run(Path(folder), options.channels, options.seconds, options.write_every)
    result |= {"cores": os.cpu_count(), "python": platform.python_version(), "load_1min": os.getloadavg()[0]}
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
