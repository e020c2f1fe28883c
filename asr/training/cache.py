"""Compute the frames of all corpora once: arrays and a list of utterances in a folder, with the audio of the tests.

Run: python -m asr.training.cache --speech ../shared/speech --synthesis /tmp/asr-synth --cache /tmp/asr-cache
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr.builtin.features import HOP_SAMPLES
from asr.training import corpora
from asr.training.command import reading, run
from asr.training.corpora import MANIFEST, VOXFORGE, Split, Spoken, Utterance, require
from asr.training.telephone import CLEAN, LINES
from engine.audio import Samples

FRAMES_FILE, AUDIO_FILE, UTTERANCES_FILE = "frames.npy", "audio.npy", "utterances.jsonl"
BOUNDARIES_FILE = "boundaries.jsonl"

_MEND = "asr.training.cache writes it"


def main() -> None:
    """Read all corpora and write the cache."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, required=True, help="folder of ru-voxforge, ru-synth and kk-synth")
    parser.add_argument("--synthesis", type=Path, help="folder that asr.training.synthesis wrote, if there is one")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"), help="folder to write")
    chosen = parser.parse_args()
    write(chosen.cache, _spoken(chosen.speech, chosen.synthesis))
    for split in Split:
        print(split, f"{sum(u.frames for u in utterances(chosen.cache, split)) / 360_000:.2f} h")  # noqa: T201


def _spoken(speech: Path, synthesis: Path | None) -> Iterator[Spoken]:
    """Return the utterances of all corpora.

    Raises:
        ConfigurationError: one is missing.
    """
    packages = "apt-get install asterisk-core-sounds-ru asterisk-core-sounds-ru-wav"
    require(corpora.ASTERISK_TEXTS.parent, corpora.ASTERISK_TEXTS.name, mend=packages)
    require(corpora.ASTERISK_SOUNDS, "*.wav", mend=packages)
    given = f"give --speech the folder of {VOXFORGE}, ru-synth and kk-synth"
    require(speech / VOXFORGE, MANIFEST, "scale.json", "mfcc-*.npy", mend=given)
    for name in ("kk-synth", "ru-synth"):
        require(speech / name, MANIFEST, mend=given)
    packaged: list[Path] = []
    if synthesis:
        require(synthesis, f"*/{MANIFEST}", mend="give --synthesis the folder that asr.training.synthesis wrote")
        packaged = sorted(path.parent for path in synthesis.glob(f"*/{MANIFEST}"))
    # Word boundaries are kept by first frames, which those of the last corpora do not move: boundaries.jsonl holds on
    # while the prompts and the people are as they were. Where these change, alignment.py has to be run again.
    return chain(
        corpora.asterisk(),
        corpora.people(speech / VOXFORGE),
        corpora.synthetic(speech / "kk-synth", "kk"),
        corpora.synthetic(speech / "ru-synth", "ru"),
        *(corpora.synthetic(folder, folder.name[:2]) for folder in packaged),
    )


def write(cache: Path, spoken: Iterable[Spoken]) -> None:
    """Write a cache of utterances, in place of an old one once everything is written."""
    frames: list[npt.NDArray[np.float16]] = []
    audio: list[Samples] = []
    lines: list[str] = []
    frame = sample = 0
    for one in spoken:
        place = None
        if one.audio is not None and one.split is not Split.TRAIN:
            place = sample
            audio.append(one.audio)
            sample += len(one.audio)
        said = (one.corpus, one.speaker, one.language, one.text, one.split)
        lines.append(json.dumps(asdict(Utterance(*said, frame, len(one.frames), place)), ensure_ascii=False) + "\n")
        frames.append(one.frames.astype(np.float16))
        frame += len(one.frames)
    cache.mkdir(parents=True, exist_ok=True)
    parts = {name: cache / f"{name}.part" for name in (FRAMES_FILE, AUDIO_FILE, UTTERANCES_FILE)}
    for name, arrays in ((FRAMES_FILE, frames), (AUDIO_FILE, audio)):
        with parts[name].open("wb") as file:
            np.save(file, np.concatenate(arrays))
    parts[UTTERANCES_FILE].write_text("".join(lines), encoding="utf-8")
    for name, part in parts.items():
        part.replace(cache / name)


def utterances(cache: Path, split: Split) -> Iterator[Utterance]:
    """Yield the cached utterances of a split.

    Raises:
        ConfigurationError: they are missing or damaged.
    """
    path = cache / UTTERANCES_FILE
    with reading(path, _MEND), path.open(encoding="utf-8") as file:
        for line in file:
            fields = json.loads(line)
            if fields["split"] == split:
                yield Utterance(**fields | {"split": split})


def boundaries(cache: Path) -> dict[int, list[tuple[int, int]]]:
    """Return what alignment.py found: an utterance's first frame to its cuts, letters before and frame; or nothing.

    Raises:
        ConfigurationError: they are damaged.
    """
    path = cache / BOUNDARIES_FILE
    with reading(path, "asr.training.alignment writes it"):
        lines = map(json.loads, path.read_text().splitlines()) if path.is_file() else ()
        return {first: [(letters, frame) for letters, frame in cuts] for first, cuts in lines}


def cuttable(cache: Path) -> tuple[int, int]:
    """Return how many of the people's training utterances have boundaries, and how many there are.

    Raises:
        ConfigurationError: utterances are missing, or they or the boundaries are damaged.
    """
    found = boundaries(cache)
    people = [one.first_frame in found for one in utterances(cache, Split.TRAIN) if one.corpus == VOXFORGE]
    return sum(people), len(people)


def audio(cache: Path) -> Samples:
    """Return the audio of all utterances for tests that have some, mapped into memory.

    Raises:
        ConfigurationError: it is missing or damaged.
    """
    path = cache / AUDIO_FILE
    with reading(path, _MEND):
        array: Samples = np.load(path, mmap_mode="r")
        return array


def lines_of(cache: Path, split: Split, lines: Sequence[str]) -> list[str]:
    """Return those of the lines that a split can come over: without audio the clean one alone, none if it is empty.

    Raises:
        ConfigurationError: the cache is missing or damaged.
    """
    first = next(utterances(cache, split), None)
    return [line for line in lines if first and (first.first_sample is not None or line == CLEAN)]


def audio_over(cache: Path, utterance: Utterance, line: str) -> Samples:
    """Return an utterance as it comes over a line, the same each time: int16, shape (n,), 8 kHz.

    Args:
        cache: folder of it.
        utterance: that has audio.
        line: one of `telephone.LINES`.

    Raises:
        ValueError: the utterance has none.
    """
    if utterance.first_sample is None:
        raise ValueError(f"no audio of {utterance.corpus}, whose people are known by features alone")
    samples = audio(cache)[utterance.first_sample :][: utterance.frames * HOP_SAMPLES]
    return LINES[line](np.array(samples), np.random.default_rng([7, utterance.first_sample]))


def frames(cache: Path) -> npt.NDArray[np.float16]:
    """Return all cached frames, mapped into memory: float16, shape (n, BANDS).

    Raises:
        ConfigurationError: they are missing or damaged.
    """
    path = cache / FRAMES_FILE
    with reading(path, _MEND):
        array: npt.NDArray[np.float16] = np.load(path, mmap_mode="r")
        return array


if __name__ == "__main__":
    run(main)
