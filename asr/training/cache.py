"""Compute the frames of all corpora once: one array and one list of utterances in a folder.

Run: python -m asr.training.cache --speech ../shared/speech --cache /tmp/asr-cache
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr.training import corpora
from asr.training.corpora import Split, Utterance

FRAMES_FILE, UTTERANCES_FILE = "frames.npy", "utterances.jsonl"


def main() -> None:
    """Read every corpus that is there and write the cache."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, required=True, help="folder of ru-voxforge, ru-synth and kk-synth")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"), help="folder to write")
    chosen = parser.parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    spoken = chain(
        corpora.asterisk(),
        corpora.people(chosen.speech / "ru-voxforge"),
        corpora.synthetic(chosen.speech / "kk-synth", "kk"),
        corpora.synthetic(chosen.speech / "ru-synth", "ru"),
    )
    pieces: list[npt.NDArray[np.float16]] = []
    with (chosen.cache / UTTERANCES_FILE).open("w", encoding="utf-8") as file:
        at = 0
        for corpus, speaker, language, text, split, frames in spoken:
            utterance = Utterance(corpus, speaker, language, text, split, at, len(frames))
            file.write(json.dumps(asdict(utterance), ensure_ascii=False) + "\n")
            pieces.append(frames.astype(np.float16))
            at += len(frames)
    np.save(chosen.cache / FRAMES_FILE, np.concatenate(pieces))
    for split in Split:
        print(split, f"{sum(u.frames for u in utterances(chosen.cache, split)) / 360_000:.2f} h")  # noqa: T201


def utterances(cache: Path, split: Split) -> Iterator[Utterance]:
    """Yield the cached utterances of a split."""
    with (cache / UTTERANCES_FILE).open(encoding="utf-8") as file:
        for line in file:
            fields = json.loads(line)
            if fields["split"] == split:
                yield Utterance(**fields | {"split": split})


def frames(cache: Path) -> npt.NDArray[np.float16]:
    """Return all cached frames, mapped into memory: float16, shape (n, BANDS)."""
    array: npt.NDArray[np.float16] = np.load(cache / FRAMES_FILE, mmap_mode="r")
    return array


if __name__ == "__main__":
    main()
