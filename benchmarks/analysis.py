"""How long each part of a contact's analysis takes, and how many hosts a day's contacts take by that.

    python -m benchmarks.analysis --language ru --calls 4                              the recogniser of the settings
    python -m benchmarks.analysis --language en --recogniser whisper-tiny.en           another one
    python -m benchmarks.analysis --language ru --models DIR --recogniser whisper-base
    python -m benchmarks.analysis --language auto CALL.wav ...                         recordings of your own
    python -m benchmarks.analysis --hosts                                              the table, from what was measured

Seconds of a core, of this process and its decoders, for each second of stereo recording, over all calls, which are
judged as soft collection. The first is analysed once beforehand, so that models are loaded and lists are read. Time of
a core hardly depends on what else the machine does. Without recordings, calls of two minutes are spoken by the voices
that are here. Rows are kept in benchmarks/results/analysis.json, one for each recogniser and language.
"""

import argparse
import json
import resource
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from analytics.conversation import AUTO, Medium
from analytics.intake.metadata import USUAL_ROLES
from analytics.pipeline.hearing import Listener
from analytics.pipeline.orders import Order, Recording, file_digest
from analytics.pipeline.running import Pipeline
from analytics.pipeline.steps import Step
from analytics.store import AnalyticsDatabase, contacts
from asr.decoding import decode_untrusted
from asr.silero_detector import SileroDetector
from asr.spans import find_speech
from benchmarks.hosts import HEARING, table
from benchmarks.spoken_calls import spoken_calls
from benchmarks.word_errors import RESULTS, save
from config.analysis.listening import SettingsListeners
from config.analysis.wiring import make_pipeline
from config.settings import Settings
from engine.audio import Samples
from engine.clock import SystemClock

NAME: Final = "analysis"


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
    """The recognisers of the settings, detection of speech timed apart by doing it once more."""

    def __init__(self, settings: Settings, watch: Watch) -> None:
        self._listeners = SettingsListeners(settings)
        self._detector = SileroDetector()
        self._watch = watch

    def version(self, language: str) -> str:
        """Return the recogniser's name."""
        return self._listeners.version(language)

    def listener(self, language: str) -> Listener:
        """Return the recogniser of a language."""
        listener = self._listeners.listener(language)

        def hear(samples: Samples) -> Any:
            with self._watch.timed("speech found"):
                find_speech(samples, self._detector)
            with self._watch.timed("both"):
                return listener(samples)

        return hear


def main() -> None:
    """Measure, or print the table of hosts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--language", default="ru", help="ru, kk, en, ko or auto")
    parser.add_argument("--calls", type=int, default=4, help="to be spoken where no files are given (4)")
    parser.add_argument("--recogniser", help="by its name (that of the settings)")
    parser.add_argument("--models", type=Path, default=Settings().models_dir)
    parser.add_argument("--hosts", action="store_true", help="print the table of hosts from what was measured")
    chosen = parser.parse_args()
    if chosen.hosts:
        print(table(json.loads((RESULTS / f"{NAME}.json").read_text())["rows"]))  # noqa: T201
        return
    settings = Settings()
    paths = settings.paths.model_copy(update={"models_dir": chosen.models})
    prefer = {chosen.language: [chosen.recogniser]} if chosen.recogniser else {}
    analytics = settings.analytics.model_validate({"prefer": prefer})
    settings = settings.model_copy(update={"paths": paths, "analytics": analytics})
    with TemporaryDirectory() as folder:
        spoken = "ru" if chosen.language == AUTO else chosen.language
        files = chosen.files or spoken_calls(spoken, chosen.calls, Path(folder), chosen.models)
        row = measured(settings, chosen.language, files, Path(folder))
    kept = RESULTS / f"{NAME}.json"
    rows = json.loads(kept.read_text())["rows"] if kept.is_file() else []
    others = [one for one in rows if (one["recogniser"], one["language"]) != (row["recogniser"], row["language"])]
    save(NAME, "benchmarks.analysis", {"rows": [*others, row]})


def measured(settings: Settings, language: str, files: Sequence[Path], folder: Path) -> dict[str, Any]:
    """Analyse recordings, and return how long each part took."""
    watch = Watch()
    steps = make_pipeline(settings).steps

    def timed(step: Step) -> Step:
        def make(contact: Any) -> Any:
            with watch.timed(step.name):
                return step.make(contact)

        return Step(step.name, step.version, make, step.needs, step.keep)

    def decode(path: Path) -> Samples:
        with watch.timed("decoding"):
            return decode_untrusted(path)

    pipeline = Pipeline(decode, TimedListeners(settings, watch), [timed(step) for step in steps])
    audio_s, words = 0.0, 0
    with AnalyticsDatabase(folder / "analytics.db") as database:
        for number, path in enumerate((files[0], *files)):
            if number == 1:
                watch.took_s.clear()
                audio_s, words = 0.0, 0
            heard = Recording(path.absolute(), file_digest(path), USUAL_ROLES)
            now = SystemClock().now()
            order = Order(f"c-{number}", Medium.CALL, now, language, {"segment": "soft"}, heard)
            contact, found = pipeline.run(order)
            with watch.timed("storing and index"), database.writing() as connection:
                contacts.save(connection, order, found, now)
                for step in steps:
                    if step.keep is not None:
                        step.keep(connection, contact)
            audio_s += found.conversation.duration_s
            words += sum(len(one.words) for one in found.conversation.utterances)
    watch.took_s[HEARING] = watch.took_s.pop("both") - watch.took_s["speech found"]
    return {
        "recogniser": pipeline.digests(order).listener.partition(" ")[0],
        "language": language,
        "files": len(files),
        "recordings_s": round(audio_s, 1),
        "words": words,
        "core_seconds_per_second": {part: round(took_s / audio_s, 5) for part, took_s in watch.took_s.items()},
    }


if __name__ == "__main__":
    main()
