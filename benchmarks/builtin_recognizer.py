"""What the built-in recogniser costs on one core, search included: real time, as calls bring it.

Callers speak for three seconds at a time; what an utterance expects varies as in a call. A reading is asked for 0.3 s
after the last sound, and its delay is what the caller waits for in addition. All runs on one core: the process is tied
to it. The speech is a recording; its language is none of the recogniser's, which gives the search more rivals to follow
than clear speech would. Both languages are searched, as in a caller's first utterances, or one, as after them.

Run: python -m benchmarks.builtin_recognizer [--model asr/builtin/model] [--seconds 20]
"""

import argparse
import json
import os
import resource
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from asr.builtin.recognizer import BuiltInRecognizer
from benchmarks.speech import speech
from benchmarks.word_errors import percentile, save
from engine.audio import FRAME_S, FRAME_SAMPLES, Samples
from engine.errors import RecognitionError
from engine.ports import RecognizerStream
from engine.speech import Expect, Language, Talker

MODEL = Path(__file__).parents[1] / "asr" / "builtin" / "model"
CASES = ((1, 1.0, 2), (32, 1.0, 2), (130, 0.3, 2), (130, 0.3, 1), (130, 1.0, 2))
"""Channels, the share of time for which each speaks, and the languages that are searched."""

_UTTERANCE_FRAMES = 150
_QUIET_FRAMES = 15
_SAID_FRAMES = _UTTERANCE_FRAMES + _QUIET_FRAMES
_BESIDE = (Language.KAZAKH,)
_EXPECTED = (Expect.PROMISE, Expect.YES_NO, Expect.FREE, Expect.DATE, Expect.SUM)


class _Caller:
    """Speaks, is quiet while the bot speaks, and speaks again."""

    def __init__(self, audio: Samples, pause_frames: int, wait_frames: int) -> None:
        self._audio = audio
        self._pause = pause_frames
        self._at = -wait_frames
        self._talker = Talker()
        self._stream: RecognizerStream | None = None
        self._utterances = 0

    def frame(self, recognizer: BuiltInRecognizer) -> RecognizerStream | None:
        """Say 20 ms; return the stream whose reading is due.

        Raises:
            RecognitionError: the recogniser cannot keep up.
        """
        self._at += 1
        if self._at <= 0:
            return None
        if self._stream is None:
            self._utterances += 1
            self._stream = recognizer.open(_EXPECTED[self._utterances % len(_EXPECTED)], (), self._talker)
        first = (self._utterances * _SAID_FRAMES + self._at) * FRAME_SAMPLES % (len(self._audio) - FRAME_SAMPLES)
        spoken = self._audio[first : first + FRAME_SAMPLES]
        self._stream.accept(spoken if self._at <= _UTTERANCE_FRAMES else np.zeros(FRAME_SAMPLES, np.int16))
        if self._at < _SAID_FRAMES:
            return None
        done, self._stream, self._at = self._stream, None, min(0, _QUIET_FRAMES - self._pause)
        return done


def measure(model: Path, channels: int, share: float, languages: int, seconds: float) -> dict[str, float]:
    """Let so many callers speak for a while, and return what it cost."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    before_mb = _resident_mb()
    recognizer = BuiltInRecognizer(model, Language.RUSSIAN, beside=_BESIDE[: languages - 1])
    loaded_mb = _resident_mb()
    pause = round(_UTTERANCE_FRAMES / share) - _UTTERANCE_FRAMES
    recording, random = speech(60.0), np.random.default_rng(1)
    callers = [
        _Caller(np.roll(recording, -int(random.integers(len(recording)))), pause, int(wait))
        for wait in random.integers(_SAID_FRAMES + pause, size=channels)
    ]
    delays_ms: list[float] = []
    refused = 0

    def read(stream: RecognizerStream) -> None:
        began_s = time.perf_counter()
        stream.result()
        delays_ms.append(1000 * (time.perf_counter() - began_s))
        stream.close()

    asked: list[Future[None]] = []
    used_s, began_s = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(8) as readers:
        for tick in range(round(seconds / FRAME_S)):
            for caller in callers:
                try:
                    done = caller.frame(recognizer)
                except RecognitionError:
                    refused += 1
                else:
                    asked += [readers.submit(read, done)] if done is not None else []
            time.sleep(max(0.0, began_s + (tick + 1) * FRAME_S - time.perf_counter()))
        wall_s = time.perf_counter() - began_s
        used_s = time.process_time() - used_s
    for one in asked:
        one.result()
    return {
        "core_share": round(used_s / wall_s, 3),
        "behind_s": round(wall_s - seconds, 2),
        "refused": refused,
        "final_ms_p50": percentile(delays_ms, 0.5),
        "final_ms_p95": percentile(delays_ms, 0.95),
        "model_mb": round(loaded_mb - before_mb, 1),
        "channels_mb": round(_resident_mb() - loaded_mb, 1),
    }


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
    for channels, share, languages in CASES:
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writing, json.dumps(measure(chosen.model, channels, share, languages, chosen.seconds)).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            searched = "" if languages > 1 else ", one language"
            figures[f"{channels} channels, {share:.0%} speech{searched}"] = json.load(answer)
    save("builtin_recognizer", "benchmarks.builtin_recognizer", {"cases": figures})


if __name__ == "__main__":
    main()
