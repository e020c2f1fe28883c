"""How late the detector's end of speech is, and how often it stops inside a sentence, on human prompts.

    python benchmarks/endpointing.py [--every 5]

Takes human prompts at 8 kHz (`apt-get install asterisk-core-sounds-en-wav asterisk-core-sounds-ru-wav`),
cuts each prompt at its last sound, appends a second of silence with and without line noise, and compares the end of
speech that Silero and the thresholds give with the true one. Writes benchmarks/results/endpointing.json.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analytics.response import voiced_spans
from asr.silero_detector import SileroDetector
from benchmarks.hardware import hardware
from engine.activity import SpeechStopped, Thresholds, VoiceActivity
from engine.audio import SAMPLE_RATE_HZ, Samples, read_wav

_SOUNDS = Path("/usr/share/asterisk/sounds")
_FOLDERS = ("en_US_f_Allison", "ru_RU_f_IvrvoiceRU")
_NOISE_RMS = (3.0, 60.0)
_TAIL_S = 1.0


def _prompts(every: int) -> list[Samples]:
    """Return human prompts, each cut at its last sound."""
    prompts = []
    for path in [path for folder in _FOLDERS for path in sorted((_SOUNDS / folder).glob("*.wav"))][::every]:
        samples, rate = read_wav(path)
        spans = voiced_spans(samples[:, 0], 0.25) if rate == SAMPLE_RATE_HZ else ()
        if spans and len(samples) > SAMPLE_RATE_HZ // 2:
            prompts.append(samples[: round(spans[-1].end_s * SAMPLE_RATE_HZ), 0])
    return prompts


def _stops(detector: SileroDetector, samples: Samples, thresholds: Thresholds) -> list[float]:
    size = detector.window_samples
    detector.reset(0)
    activity = VoiceActivity(size / SAMPLE_RATE_HZ, thresholds)
    found = []
    for end in range(size, len(samples) + 1, size):
        (probability,) = detector.probabilities(np.zeros(1, np.int64), samples[None, end - size : end])
        change = activity.window(float(probability), end / SAMPLE_RATE_HZ)
        if isinstance(change, SpeechStopped):
            found.append(change.at_s)
    return found


def _noisy(samples: Samples, rms: float, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    longer = np.concatenate([samples, np.zeros(round(_TAIL_S * SAMPLE_RATE_HZ))])
    return (longer + rng.normal(0, rms, len(longer))).clip(-32768, 32767).astype(np.int16)


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=5, help="take every so manyth prompt (5)")
    given = parser.parse_args()
    prompts = _prompts(given.every)
    if not prompts:
        sys.exit(f"no prompts under {_SOUNDS}; apt-get install asterisk-core-sounds-en-wav asterisk-core-sounds-ru-wav")
    detector, rng, rows = SileroDetector(), np.random.default_rng(1), []
    for rms in _NOISE_RMS:
        late_ms, inner = [], 0
        for samples in prompts:
            stops = _stops(detector, _noisy(samples, rms, rng), Thresholds(end_lag_s=0.0))
            if stops:
                late_ms.append(1000 * (stops[-1] - len(samples) / SAMPLE_RATE_HZ))
                inner += len(stops) - 1
        p5, p25, p50, p75, p95 = (round(float(value)) for value in np.percentile(late_ms, [5, 25, 50, 75, 95]))
        rows.append({"noise_rms": rms, "prompts": len(late_ms), "p5_ms": p5, "p25_ms": p25, "p50_ms": p50}
                    | {"p75_ms": p75, "p95_ms": p95, "pauses_inside": inner})  # fmt: skip
    result = {
        "what": "detector's end of speech after the last sound, before end_lag_s is taken off",
        "command": " ".join(["python", *sys.argv]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "rows": rows,
    }
    (Path(__file__).parent / "results" / "endpointing.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
