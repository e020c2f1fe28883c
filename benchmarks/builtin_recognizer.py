"""What the built-in recogniser costs on one core, search included: real time, as calls bring it.

Callers speak for three seconds at a time; what an utterance expects varies as in a call. A reading is asked for 0.3 s
after the last sound, and its delay is what the caller waits for in addition. All runs on one core: the process is tied
to it. The speech is a recording; its language is none of the recogniser's, which gives the search more rivals to follow
than clear speech would.

Run: python -m benchmarks.builtin_recognizer [--model asr/builtin/model] [--seconds 20]
"""

import argparse
import json
import os
import resource
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr.builtin.recognizer import BuiltInRecognizer
from benchmarks.speech import speech
from benchmarks.word_errors import percentile, save
from engine.audio import FRAME_S, FRAME_SAMPLES, Samples
from engine.ports import RecognizerStream
from engine.speech import Expect, Language, Talker

MODEL = Path(__file__).parents[1] / "asr" / "builtin" / "model"
CASES = ((1, 1.0), (32, 1.0), (130, 0.3), (130, 1.0))
"""Channels, and the share of time for which each speaks."""

_UTTERANCE_FRAMES = 150
_QUIET_FRAMES = 15
_EXPECTED = (Expect.PROMISE, Expect.YES_NO, Expect.FREE, Expect.DATE, Expect.SUM)


@dataclass
class _Channel:
    """One caller: speaks, is quiet while the bot speaks, and speaks again."""

    audio: Samples
    pause: int
    at: int
    talker: Talker
    stream: RecognizerStream | None = None
    utterances: int = 0


def measure(model: Path, channels: int, share: float, seconds: float) -> dict[str, float]:
    """Let so many callers speak for a while, and return what it cost."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    before_mb = _resident_mb()
    recognizer = BuiltInRecognizer(model, Language.RUSSIAN, beside=(Language.KAZAKH,))
    loaded_mb = _resident_mb()
    said = _UTTERANCE_FRAMES + _QUIET_FRAMES
    pause = round(_UTTERANCE_FRAMES / share) - _UTTERANCE_FRAMES if share < 1 else 0
    recording = speech(60.0)
    random = np.random.default_rng(1)
    lines = [
        _Channel(
            np.roll(recording, -int(random.integers(len(recording)))), pause, -int(random.integers(said)), Talker()
        )
        for _ in range(channels)
    ]
    for line in lines:
        line.at -= int(random.integers(max(pause, 1)))
    delays_ms: list[float] = []
    readers = ThreadPoolExecutor(8)
    asked: list[Future[None]] = []

    def read(stream: RecognizerStream) -> None:
        began_s = time.perf_counter()
        stream.result()
        delays_ms.append(1000 * (time.perf_counter() - began_s))
        stream.close()

    used_s, began_s = time.process_time(), time.perf_counter()
    for tick in range(round(seconds / FRAME_S)):
        for line in lines:
            _frame(line, recognizer, lambda stream: asked.append(readers.submit(read, stream)), said)
        time.sleep(max(0.0, began_s + (tick + 1) * FRAME_S - time.perf_counter()))
    wall_s = time.perf_counter() - began_s
    used_s = time.process_time() - used_s
    readers.shutdown()
    for one in asked:
        one.result()
    return {
        "core_share": round(used_s / wall_s, 3),
        "behind_s": round(wall_s - seconds, 2),
        "final_ms_p50": percentile(delays_ms, 0.5),
        "final_ms_p95": percentile(delays_ms, 0.95),
        "model_mb": round(loaded_mb - before_mb, 1),
        "channels_mb": round(_resident_mb() - loaded_mb, 1),
    }


def _frame(line: _Channel, recognizer: BuiltInRecognizer, ask: "object", said: int) -> None:
    line.at += 1
    if line.at <= 0:
        return
    if line.stream is None:
        line.utterances += 1
        line.stream = recognizer.open(_EXPECTED[line.utterances % len(_EXPECTED)], (), line.talker)
    at = (line.utterances * said + line.at) * FRAME_SAMPLES % (len(line.audio) - FRAME_SAMPLES)
    spoken = line.at <= _UTTERANCE_FRAMES
    line.stream.accept(line.audio[at : at + FRAME_SAMPLES] if spoken else np.zeros(FRAME_SAMPLES, np.int16))
    if line.at == said:
        stream, line.stream, line.at = line.stream, None, min(0, _QUIET_FRAMES - line.pause)
        ask(stream)  # type: ignore[operator]


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Measure each case in a process of its own, so that memory counts from nothing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--seconds", type=float, default=20.0)
    chosen = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    for channels, share in CASES:
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writing, json.dumps(measure(chosen.model, channels, share, chosen.seconds)).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            figures[f"{channels} channels, {share:.0%} speech"] = json.load(answer)
    save("builtin_recognizer", "benchmarks.builtin_recognizer", {"cases": figures})


if __name__ == "__main__":
    main()
