"""Make further training speech by voices that packages ship: a folder a language, in the form of ``ru-synth``.

Run: python -m asr.training.synthesis --speech ../shared/speech --out /tmp/asr-synth [--books FOLDER] [--hours 7]

It may be stopped and run again: recordings that are there stay. The same seed brings the same speech.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import soxr
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from asr.training import script, voices
from asr.training.command import count, positive, run
from asr.training.corpora import MANIFEST
from asr.training.voices import Engine, Said
from engine.audio import SAMPLE_RATE_HZ, Samples, write_wav
from engine.speech import Language

SHARES: dict[str, dict[str, float]] = {
    "ru": {"festival": 0.5, "retro": 0.35, "espeak": 0.15},
    "kk": {"espeak": 1.0},
}
"""Of the hours of a language."""

_ENGINES: dict[str, Engine] = {"festival": voices.festival, "retro": voices.retro, "espeak": voices.espeak}
_RECORDING_S = 300
_TEXTS_AT_A_TIME = 100
_GAP_S = 0.2
_LEVEL = 2400.0  # RMS of the speech in ru-synth
_QUIETEST = 0.01  # of the loudest 10 ms by amplitude: below it nobody speaks
_AROUND_S = 0.05
_LETTERS_A_SECOND = (2.0, 20.0)  # CTC needs a step of 40 ms a letter, at the quickest pace of the augmentation as well


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording to be made of an engine's voices.

    Args:
        folder: of the corpus.
        language: spoken.
        engine: key of the engines.
        number: among the engine's recordings.
        seed: of the whole run.
    """

    folder: Path
    language: str
    engine: str
    number: int
    seed: int

    @property
    def sound(self) -> Path:
        """The file of the audio."""
        return self.folder / f"{self.language}-{self.engine}-{self.number:03}.wav"

    @property
    def rows(self) -> Path:
        """The file of its part of the manifest; it is there when the audio is whole."""
        return self.sound.with_suffix(".jsonl")


def main() -> None:
    """Make what is missing, then the manifests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, required=True, help="folder of the corpora: their texts and tests")
    parser.add_argument("--books", type=Path, help="folder of plain Russian texts, such as fortunes-ru")
    parser.add_argument("--out", type=Path, default=Path("/tmp/asr-synth"), help="folder to write")
    parser.add_argument("--hours", type=positive, default=7.0, help="of Russian")
    parser.add_argument("--hours-kk", type=positive, default=2.0, help="of Kazakh")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=count, default=2, help="processes")
    chosen = parser.parse_args()
    wanted = [
        *_recordings(chosen.out / "ru-packaged", "ru", chosen.hours, chosen.seed),
        *_recordings(chosen.out / "kk-packaged", "kk", chosen.hours_kk, chosen.seed),
    ]
    missing = sorted((one for one in wanted if not one.rows.is_file()), key=lambda one: one.number)
    texts = {
        language: script.scripts(Language(language), chosen.speech, chosen.books, chosen.seed)
        for language in {one.language for one in missing}
    }
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress, ProcessPoolExecutor(chosen.jobs) as pool:
        task = progress.add_task("recordings of 5 minutes", total=len(missing))
        for done in as_completed([pool.submit(record, one, texts[one.language]) for one in missing]):
            done.result()
            progress.advance(task)
    for folder in {one.folder: None for one in wanted}:
        rows = [
            row for one in wanted if one.folder == folder for row in one.rows.read_text(encoding="utf-8").splitlines()
        ]
        (folder / MANIFEST).write_text("\n".join(rows) + "\n", encoding="utf-8")
        _report(folder, rows)


def record(recording: Recording, pools: list[tuple[float, list[str]]]) -> None:
    """Make one recording and its rows."""
    recording.folder.mkdir(parents=True, exist_ok=True)
    # A text seeds Random repeatably, where hash() would not be.
    name = f"{recording.seed} {recording.language} {recording.engine} {recording.number}"
    random = Random(name)
    rng = np.random.default_rng(random.getrandbits(64))
    said = _without_end(recording, script.draws(pools, random), rng)
    sound: list[Samples] = []
    rows: list[str] = []
    at = 0
    gap = np.zeros(round(_GAP_S * SAMPLE_RATE_HZ), np.int16)
    while at < _RECORDING_S * SAMPLE_RATE_HZ:
        one = next(said)
        heard = telephone(one)
        if heard is None:
            continue
        row = {"shard": recording.sound.name, "start_s": at / SAMPLE_RATE_HZ, "voice": one.voice, "text": one.text}
        rows.append(json.dumps(row | {"end_s": (at + len(heard)) / SAMPLE_RATE_HZ}, ensure_ascii=False))
        sound += [heard, gap]
        at += len(heard) + len(gap)
    write_wav(recording.sound, np.concatenate(sound))
    partly = recording.rows.with_suffix(".part")
    partly.write_text("\n".join(rows) + "\n", encoding="utf-8")
    partly.replace(recording.rows)


def telephone(said: Said) -> Samples | None:
    """Return speech at 8 kHz and the corpora's level, quiet around it cut off; None if it cannot be what was asked for.

    A voice that swallows words or spells them out is told by its letters a second.
    """
    audio = soxr.resample(said.samples.astype(np.float32), said.rate_hz, SAMPLE_RATE_HZ)
    hop = SAMPLE_RATE_HZ // 100
    whole = audio[: len(audio) // hop * hop].reshape(-1, hop)
    level = np.sqrt(np.square(whole).mean(axis=1))
    if not len(level) or level.max() < 1:
        return None
    spoken = np.flatnonzero(level > _QUIETEST * level.max())
    slowest, fastest = _LETTERS_A_SECOND
    if not slowest <= len(said.text) / (len(spoken) / 100) <= fastest:
        return None
    around = round(_AROUND_S * SAMPLE_RATE_HZ)
    cut = audio[max(0, spoken[0] * hop - around) : (spoken[-1] + 1) * hop + around]
    loud = np.sqrt(np.square(level[spoken]).mean())
    heard: Samples = np.clip(cut * (_LEVEL / loud), -32768, 32767).astype(np.int16)
    return heard


def _without_end(recording: Recording, texts: Iterator[str], rng: np.random.Generator) -> Iterator[Said]:
    while True:
        yield from _ENGINES[recording.engine](list(islice(texts, _TEXTS_AT_A_TIME)), recording.language, rng)


def _recordings(folder: Path, language: str, hours: float, seed: int) -> Iterator[Recording]:
    for engine, share in SHARES[language].items():
        for number in range(max(1, round(share * hours * 3600 / _RECORDING_S))):
            yield Recording(folder, language, engine, number, seed)


def _report(folder: Path, rows: list[str]) -> None:
    hours: Counter[str] = Counter()
    for row in map(json.loads, rows):
        hours[row["voice"]] += (row["end_s"] - row["start_s"]) / 3600
    print(f"{folder}: {len(rows)} utterances, {sum(hours.values()):.2f} h")  # noqa: T201
    for voice, share in hours.most_common():
        print(f"  {voice} {share:.2f} h")  # noqa: T201


if __name__ == "__main__":
    run(main)
