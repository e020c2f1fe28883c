"""Compute the frames of all corpora once: arrays and a list of utterances in a folder, with the audio of the tests.

Run: python -m asr.training.cache --speech ../shared/speech --synthesis /tmp/asr-synth --cache /tmp/asr-cache
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr.builtin.features import HOP_SAMPLES
from asr.training import corpora
from asr.training.corpora import Split, Utterance
from asr.training.telephone import CLEAN, LINES
from engine.audio import Samples

FRAMES_FILE, AUDIO_FILE, UTTERANCES_FILE = "frames.npy", "audio.npy", "utterances.jsonl"
BOUNDARIES_FILE = "boundaries.jsonl"


def main() -> None:
    """Read every corpus that is there and write the cache."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, required=True, help="folder of ru-voxforge, ru-synth and kk-synth")
    parser.add_argument("--synthesis", type=Path, help="folder that asr.training.synthesis wrote, if there is one")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"), help="folder to write")
    chosen = parser.parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    packaged = sorted(path.parent for path in chosen.synthesis.glob("*/manifest.jsonl")) if chosen.synthesis else []
    # The last corpora move nobody else's frames, by which word boundaries are kept.
    spoken = chain(
        corpora.asterisk(),
        corpora.people(chosen.speech / "ru-voxforge"),
        corpora.synthetic(chosen.speech / "kk-synth", "kk"),
        corpora.synthetic(chosen.speech / "ru-synth", "ru"),
        *(corpora.synthetic(folder, folder.name[:2]) for folder in packaged),
    )
    frames: list[npt.NDArray[np.float16]] = []
    audio: list[Samples] = []
    with (chosen.cache / UTTERANCES_FILE).open("w", encoding="utf-8") as file:
        frame = sample = 0
        for one in spoken:
            place = None
            if one.audio is not None and one.split is not Split.TRAIN:
                place = sample
                audio.append(one.audio)
                sample += len(one.audio)
            said = (one.corpus, one.speaker, one.language, one.text, one.split)
            file.write(json.dumps(asdict(Utterance(*said, frame, len(one.frames), place)), ensure_ascii=False) + "\n")
            frames.append(one.frames.astype(np.float16))
            frame += len(one.frames)
    np.save(chosen.cache / AUDIO_FILE, np.concatenate(audio))
    np.save(chosen.cache / FRAMES_FILE, np.concatenate(frames))
    for split in Split:
        print(split, f"{sum(u.frames for u in utterances(chosen.cache, split)) / 360_000:.2f} h")  # noqa: T201


def utterances(cache: Path, split: Split) -> Iterator[Utterance]:
    """Yield the cached utterances of a split."""
    with (cache / UTTERANCES_FILE).open(encoding="utf-8") as file:
        for line in file:
            fields = json.loads(line)
            if fields["split"] == split:
                yield Utterance(**fields | {"split": split})


def boundaries(cache: Path) -> dict[int, list[tuple[int, int]]]:
    """Return what alignment.py found: an utterance's first frame to its cuts, letters before and frame; or nothing."""
    path = cache / BOUNDARIES_FILE
    lines = map(json.loads, path.read_text().splitlines()) if path.is_file() else ()
    return {first: [(letters, frame) for letters, frame in cuts] for first, cuts in lines}


def audio(cache: Path) -> Samples:
    """Return the audio of all utterances for tests that have some, mapped into memory."""
    array: Samples = np.load(cache / AUDIO_FILE, mmap_mode="r")
    return array


def lines_of(cache: Path, split: Split, lines: Sequence[str]) -> list[str]:
    """Return those of the lines that a split can come over: without audio the clean one alone."""
    audible = next(utterances(cache, split)).first_sample is not None
    return [line for line in lines if audible or line == CLEAN]


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
    """Return all cached frames, mapped into memory: float16, shape (n, BANDS)."""
    array: npt.NDArray[np.float16] = np.load(cache / FRAMES_FILE, mmap_mode="r")
    return array


if __name__ == "__main__":
    main()
