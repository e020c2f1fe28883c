"""Words wrong, speed, and time from the end of audio to the final words, for every recogniser on this machine.

Human telephone speech with known words: Debian's asterisk-core-sounds-en and -ru, each with its -wav package; with a
cache of asr/training the built-in recogniser's own Russian and Kazakh test sets instead of the latter, clean and over
spoilt lines, and what the dialog takes from them (see `benchmarks.recognised_intents`). The audio is given as a stream
in frames of 20 ms, as fast as it is taken. Numbers are compared in words. Each recogniser is told what a dialog would
expect, which the built-in one alone can use; it is measured without it too. What is here and does not read a language,
or would and is not here, is named with the reason.

Run: python -m benchmarks.recognition [--sample 120] [--models DIR] (needs the Debian packages named above)
     python -m benchmarks.recognition --cache /tmp/asr-cache --sample 40 [--sets voice texts] [--lines clean 20dB]
"""

import argparse
import gzip
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asr.catalogue import Listing, list_models, load_recognizer
from asr.model_files import Kind, Model
from asr.recordings import read_recording
from asr.training import batches, cache
from asr.training.corpora import Split
from asr.training.hearing import VALUES, facts
from asr.training.language_model.answers import expected
from asr.training.telephone import CLEAN, LINES
from benchmarks.recognised_intents import understood
from benchmarks.word_errors import errors, percentile, save, spelled
from dialogs.understanding.intents import Intent
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples, silence
from engine.ports import Recognizer
from engine.speech import Expect, Hypothesis, Language

SOUNDS = {"en": "en_US_f_Allison", "ru": "ru_RU_f_IvrvoiceRU"}
FOLDER = Path("/usr/share/asterisk/sounds")
TEXTS = "/usr/share/doc/asterisk-core-sounds-{0}/core-sounds-{0}.txt.gz"
SETS = (Split.VOICE, Split.TEXTS, Split.ASTERISK, Split.KAZAKH)
PAUSE_S = 0.3

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance with a pause behind it, as a caller's answer has."""

    text: str
    audio: Samples
    expect: Expect = Expect.FREE


@dataclass(frozen=True, slots=True)
class SpokenSet:
    """Utterances to be read.

    Args:
        name: of the set.
        line: that they come over.
        language: spoken.
        said: in their order.
        debtors: whether the dialog should understand them.
    """

    name: str
    line: str
    language: str
    said: Sequence[Said]
    debtors: bool = False


def main() -> None:
    """Measure every recogniser on the tests of its language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=120, help="utterances a set")
    parser.add_argument("--models", type=Path, default=Path.home() / ".local/share/voicebot/models")
    parser.add_argument("--cache", type=Path, help="of asr/training, for its test sets")
    parser.add_argument("--sets", nargs="+", type=Split, choices=SETS, default=SETS)
    parser.add_argument("--lines", nargs="+", choices=LINES, default=[CLEAN])
    chosen = parser.parse_args()
    tests = [sounds(language, chosen.sample) for language in (("en",) if chosen.cache else SOUNDS)]
    if chosen.cache:
        tests += [cached(chosen.cache, split, line, chosen.sample) for split in chosen.sets for line in chosen.lines]
    listings = list_models(chosen.models)
    rows = []
    print(HEAD)  # noqa: T201
    for test in tests:
        if test.said:
            for name, figures in measured(test, listings, chosen.models):
                print(shown(test, name, figures), flush=True)  # noqa: T201
                rows.append({"set": test.name, "line": test.line, "recogniser": name, **figures})
    absent = {language: passed_over(language, listings) for language in dict.fromkeys(one.language for one in tests)}
    save("recognition", "benchmarks.recognition", {"rows": rows, "not_measured": absent})


def sounds(language: str, sample: int) -> SpokenSet:
    """Return a sample of prompts; empty where the package with their texts is not installed.

    Single words and prompts whose text describes a sound, in brackets, are left out.
    """
    name, path = f"asterisk-core-sounds-{language}", Path(TEXTS.format(language))
    if not path.is_file():
        return SpokenSet(name, CLEAN, language, ())
    with gzip.open(path, "rt", encoding="utf-8") as file:
        pairs = [line.partition(":") for line in file if ":" in line and not line.startswith(";")]
    texts = {
        name.strip(): text.strip() for name, _, text in pairs if len(text.split()) > 1 and not set(text) & set("[(<")
    }
    folder = FOLDER / SOUNDS[language]
    names = sorted(name for name in texts if (folder / f"{name}.wav").is_file())
    chosen = sorted(random.Random(1).sample(names, min(sample, len(names))))
    said = [Said(texts[one], _paused(read_recording(folder / f"{one}.wav")[:, 0])) for one in chosen]
    return SpokenSet(name, CLEAN, language, said)


def cached(folder: Path, split: Split, line: str, sample: int) -> SpokenSet:
    """Return a sample of a test set as it comes over a line."""
    utterances = batches.sample(folder, split, sample)
    language = Language(utterances[0].language)
    said = [
        Said(one.text, _paused(cache.audio_over(folder, one, line)), expected(one.text, language)) for one in utterances
    ]
    return SpokenSet(str(split), line, language, said, debtors=split is not Split.ASTERISK)


def _paused(audio: Samples) -> Samples:
    return np.concatenate([audio, silence(PAUSE_S)])


def measured(test: SpokenSet, listings: Sequence[Listing], models_dir: Path) -> Iterator[tuple[str, Figures]]:
    """Measure every recogniser that reads the language of a test."""
    for listing in listings:
        model = listing.model
        if listing.folder and _reads(model, test.language):
            recognizer = load_recognizer(test.language, (model.name,), models_dir)
            yield recognizer.name, measure(recognizer, test, told=True)
            if model.kind is Kind.BUILT_IN and any(one.expect is not Expect.FREE for one in test.said):
                yield f"{recognizer.name}, not told what is expected", measure(recognizer, test, told=False)


def passed_over(language: str, listings: Sequence[Listing]) -> dict[str, str]:
    """Return why models do not read a language: those that are here and cannot, and those that could and are not."""
    found = {}
    for listing in listings:
        model = listing.model
        if model.kind is not Kind.PIPER and bool(listing.folder) is not _reads(model, language):
            reads = f"reads {', '.join(model.languages)} alone" if model.languages else "its languages are unknown"
            found[model.name] = reads if listing.folder else f"not on this machine ({model.size_mb} MB)"
    return found


def _reads(model: Model, language: str) -> bool:
    return model.kind is not Kind.PIPER and language in model.languages


def measure(recognizer: Recognizer, test: SpokenSet, *, told: bool) -> Figures:
    """Read all utterances as streams, told what a dialog would expect or not."""
    readings: list[tuple[Hypothesis, ...]] = []
    final_s: list[float] = []
    began_s, used_s = time.perf_counter(), time.process_time()
    for one in test.said:
        stream = recognizer.open(one.expect if told else Expect.FREE)
        for begin in range(0, len(one.audio), FRAME_SAMPLES):
            stream.accept(one.audio[begin : begin + FRAME_SAMPLES])
        end_s = time.perf_counter()
        readings.append(stream.result().hypotheses)
        final_s.append(time.perf_counter() - end_s)
        stream.close()
    took_s, used_s = time.perf_counter() - began_s, time.process_time() - used_s
    audio_s = sum(len(one.audio) for one in test.said) / SAMPLE_RATE_HZ
    return {
        "utterances": len(test.said),
        "audio_s": round(audio_s, 1),
        **wrong(test, [found[0].text if found else "" for found in readings]),
        "not_heard": round(sum(not found for found in readings) / len(readings), 4),
        **(taken(test, readings) if test.debtors else {}),
        "real_time_factor": round(took_s / audio_s, 4),
        "core_seconds_per_second": round(used_s / audio_s, 4),
        "end_of_audio_to_final_s_p50": percentile(final_s, 0.5),
        "end_of_audio_to_final_s_p95": percentile(final_s, 0.95),
    }


def wrong(test: SpokenSet, texts: Sequence[str]) -> Figures:
    """Return words and letters wrong."""
    said = [spelled(one.text, test.language) for one in test.said]
    pairs = list(zip(said, (spelled(text, test.language) for text in texts), strict=True))
    letters = [(" ".join(words), " ".join(heard)) for words, heard in pairs]
    words = sum(map(len, said))
    return {
        "words": words,
        "word_error_rate": round(sum(errors(*pair) for pair in pairs) / words, 4),
        "letter_error_rate": round(sum(errors(*pair) for pair in letters) / sum(len(text) for text, _ in letters), 4),
    }


def taken(test: SpokenSet, readings: Sequence[tuple[Hypothesis, ...]]) -> Figures:
    """Return the share of values and intents that the dialog takes as from the words themselves."""
    language = Language(test.language)
    values, intents = [], []
    for one, found in zip(test.said, readings, strict=True):
        if one.expect in VALUES:
            values.append(facts(found[0].text if found else "", language) == facts(one.text, language))
        meant = understood(language, one.expect, (Hypothesis(one.text, 1.0),)).intent
        if meant != Intent.NOT_UNDERSTOOD:
            intents.append(understood(language, one.expect, found).intent == meant)
    return {
        "values_alike": round(sum(values) / len(values), 4) if values else None,
        "intents_alike": round(sum(intents) / len(intents), 4) if intents else None,
    }


_COLUMNS = (
    "Set", "Line", "Recogniser", "Utterances", "WER", "CER", "not heard", "values", "intents", "core", "final p95, s",
)  # fmt: skip
HEAD = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


def shown(test: SpokenSet, name: str, figures: Figures) -> str:
    """Return the row of a Markdown table."""
    shares = ("word_error_rate", "letter_error_rate", "not_heard", "values_alike", "intents_alike")
    cells = [f"`{test.name}`", test.line, name, str(figures["utterances"])]
    cells += ["–" if (share := figures.get(key)) is None else f"{share:.2f}" for key in shares]
    cells += [f"{figures['core_seconds_per_second']:.2f}", f"{figures['end_of_audio_to_final_s_p95']:.2f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
