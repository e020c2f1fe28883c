"""How long each part of a contact's analysis takes: `python -m benchmarks.analysis CALL.wav ... [-o FILE]`.

Seconds of a core, of this process and its decoders, for each second of stereo recording, over all files; the first is
analysed once beforehand, so that models are loaded and lists are read.
"""

import argparse
import json
import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from analytics.conversation import Medium
from analytics.intake.metadata import USUAL_ROLES
from analytics.pipeline.hearing import Channel
from analytics.pipeline.orders import Order, Recording, file_digest
from analytics.pipeline.running import Pipeline
from analytics.pipeline.steps import Step
from analytics.store import AnalyticsDatabase, contacts
from asr.decoding import decode_untrusted
from asr.silero_detector import SileroDetector
from asr.spans import find_speech
from asr.transcription import read_speech
from config.analysis.wiring import make_pipeline
from config.recognising import load
from config.settings import Settings
from engine.audio import Samples
from engine.clock import SystemClock


class Watch:
    """Sums up the time of each part."""

    def __init__(self) -> None:
        self.took_s: dict[str, float] = defaultdict(float)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Add the time of a block to a part."""
        began_s = _core_s()
        yield
        self.took_s[part] += _core_s() - began_s


def _core_s() -> float:
    """Return the seconds of a core that this process and its ended children have taken."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class TimedListeners:
    """The recogniser of a language, detection and reading timed apart."""

    def __init__(self, settings: Settings, language: str, watch: Watch) -> None:
        self._recognizer = load(settings, language, ())
        self._detector = SileroDetector()
        self._watch = watch

    def version(self, language: str) -> str:
        """Return the recogniser's name."""
        return self._recognizer.name

    def listener(self, language: str) -> "TimedListeners":
        """Return itself."""
        return self

    def __call__(self, samples: Samples) -> Channel:
        """Read a channel."""
        with self._watch.timed("speech found"):
            spans = find_speech(samples, self._detector)
        with self._watch.timed("second hearing"):
            return Channel(
                tuple(spans), tuple(one for one in read_speech(samples, spans, self._recognizer) if one.hypotheses)
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--language", default="ru")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    settings, watch = Settings(), Watch()
    parts = make_pipeline(settings).steps

    def timed(step: Step) -> Step:
        def make(contact: object) -> object:
            with watch.timed(step.name):
                return step.make(contact)  # type: ignore[arg-type]

        return Step(step.name, step.version, make, step.needs, step.keep)

    def decode(path: Path) -> object:
        with watch.timed("decoding"):
            return decode_untrusted(path)

    pipeline = Pipeline(decode, TimedListeners(settings, chosen.language, watch), [timed(step) for step in parts])  # type: ignore[arg-type]
    audio_s = 0.0
    with TemporaryDirectory() as folder, AnalyticsDatabase(Path(folder) / "analytics.db") as database:
        for number, path in enumerate((chosen.files[0], *chosen.files)):
            if number == 1:
                watch.took_s.clear()
                audio_s = 0.0
            heard = Recording(path.absolute(), file_digest(path), USUAL_ROLES)
            now = SystemClock().now()
            order = Order(f"c-{number}", Medium.CALL, now, chosen.language, recording=heard)
            contact, found = pipeline.run(order)
            with watch.timed("storing and index"), database.writing() as connection:
                contacts.save(connection, order, found, now)
                for step in parts:
                    if step.keep is not None:
                        step.keep(connection, contact)
            audio_s += found.conversation.duration_s
    result = {
        "files": len(chosen.files),
        "recordings_s": round(audio_s, 1),
        "recogniser": pipeline.digests(order).listener,
        "core_seconds_per_second": {part: round(took_s / audio_s, 5) for part, took_s in watch.took_s.items()},
    }
    print(json.dumps(result, indent=2))  # noqa: T201
    if chosen.output:
        chosen.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
