"""What voice activity detection costs for 1, 32 and 130 channels: processor time of one core, and memory.

Run: python -m benchmarks.voice_activity
"""

import json
import os
import resource
import time
from pathlib import Path

import numpy as np

from asr.silero_detector import WINDOW_SAMPLES, SileroDetector
from benchmarks.word_errors import percentile, save
from engine.audio import SAMPLE_RATE_HZ

WINDOW_S = WINDOW_SAMPLES / SAMPLE_RATE_HZ
ROUNDS = 300


def measure(channels: int) -> dict[str, float]:
    """Run batches of a window of each channel as fast as they go."""
    before_mb = _resident_mb()
    detector = SileroDetector()
    names = np.arange(channels, dtype=np.int64)
    audio = np.random.default_rng(0).normal(0, 2000, (16, channels, WINDOW_SAMPLES)).astype(np.int16)
    detector.probabilities(names, audio[0])
    took_ms = []
    began_s = time.process_time()
    for index in range(ROUNDS):
        start_s = time.perf_counter()
        detector.probabilities(names, audio[index % len(audio)])
        took_ms.append(1000 * (time.perf_counter() - start_s))
    used_s = time.process_time() - began_s
    return {
        "core_share": round(used_s / (ROUNDS * WINDOW_S), 4),
        "batch_ms_p50": percentile(took_ms, 0.5),
        "batch_ms_p99": percentile(took_ms, 0.99),
        "memory_mb": round(_resident_mb() - before_mb, 1),
    }


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Measure each number of channels in a process of its own, so that memory counts from nothing."""
    figures: dict[str, dict[str, float]] = {}
    for channels in (1, 32, 130):
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writing, json.dumps(measure(channels)).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            figures[str(channels)] = json.load(answer)
    save("voice_activity", "benchmarks.voice_activity", {"channels": figures})


if __name__ == "__main__":
    main()
