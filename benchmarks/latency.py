"""How fast the bot answers over real SIP: caller stops → first bot audio, from the stereo recordings of demo calls.

    python benchmarks/latency.py --answers 30
    python benchmarks/latency.py --answers 30 --debtor refuses --recogniser whisper:tiny.en

Holds demo calls one after another, each with a debtor in a process with a SIP stack of its own, until enough answers
were measured. Nothing internal is believed: both times are read off the recording (`analytics.response`). Writes one
JSON file to benchmarks/results/.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from analytics.response import barge_ins, percentile
from benchmarks.hardware import hardware
from config import settings
from config.demo.cast import debtors
from config.demo.performance import Wish, perform
from config.wiring import find_recognizers
from engine.audio import read_wav
from engine.speech import Language

_RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=30, help="answers to measure, at least (30)")
    parser.add_argument("--debtor", choices=list(debtors()), default="pays")
    parser.add_argument("--language", choices=[one.value for one in Language], default="en")
    parser.add_argument("--recogniser", help="by name, as `voicebot models list` shows it; else the preferred one")
    given = parser.parse_args()
    if given.recogniser:
        os.environ[f"VOICEBOT_ASR__PREFER__{given.language.upper()}"] = given.recogniser
    language = Language(given.language)
    recogniser = find_recognizers(settings.load(), [language])[language].name
    delays_ms: list[float] = []
    cuts_ms: list[float] = []
    dispositions: list[str] = []
    console = Console(quiet=True)
    while len(delays_ms) < given.answers:
        with tempfile.TemporaryDirectory() as folder:
            wish = Wish(language=language, debtor=debtors()[given.debtor], folder=Path(folder))
            report = asyncio.run(perform(settings.load(), wish, console))
            assert report.recording is not None
            samples, _ = read_wav(report.recording)
            delays_ms += report.delays_ms
            cuts_ms += barge_ins(samples[:, 0], samples[:, 1])
            dispositions.append(report.closed.disposition.value)
        print(f"{len(delays_ms):4d} answers, last {report.delays_ms[-1]:.0f} ms", file=sys.stderr)  # noqa: T201
    result = {
        "what": "caller stops -> first bot audio, ms, from the stereo recording",
        "command": " ".join(["python", *sys.argv]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "recogniser": recogniser,
        "language": language.value,
        "load_average": os.getloadavg()[2],
        "answers": len(delays_ms),
        "p50_ms": round(percentile(tuple(delays_ms), 0.5) or 0),
        "p95_ms": round(percentile(tuple(delays_ms), 0.95) or 0),
        "max_ms": round(max(delays_ms)),
        "all_ms": [round(one) for one in delays_ms],
        "dispositions": {name: dispositions.count(name) for name in sorted(set(dispositions))},
    }
    path = _RESULTS / f"latency-{re.sub(r'[^a-z0-9.]+', '-', recogniser.lower())}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({key: value for key, value in result.items() if key != "all_ms"}, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
