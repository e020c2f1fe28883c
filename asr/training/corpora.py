"""The speech that the recogniser learns from and is tested on, and who of it belongs to which split.

People are split by speaker and by text, synthetic voices by voice and by text. All rules are hashes of names and texts,
so that no later corpus or order of reading moves an utterance to another side.
"""

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from asr.builtin.features import BANDS, FLOOR, HOP_SAMPLES, Floats, log_mel
from asr.recordings import read_recording
from asr.training.command import reading
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import ConfigurationError

ALPHABETS = {
    "ru": " абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "kk": " аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
}
"""Letters that the network tells apart, a language; ё is one of them, since it sounds like none of the others."""

VOXFORGE = "ru-voxforge"
"""The corpus of people."""

TEST_SPEAKERS = 25
TEST_VOICE = "irina"
MANIFEST = "manifest.jsonl"
ASTERISK_SOUNDS = Path("/usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU")
ASTERISK_TEXTS = Path("/usr/share/doc/asterisk-core-sounds-ru/core-sounds-ru.txt.gz")

_UTTERANCES_OF_A_TEST_SPEAKER = range(5, 61)
_ONE_TEXT_IN = 10
_LEVEL_AT_16_KHZ = 1.6  # the same sound, sampled twice as often, has this much more power in a window, measured
_LOOKS_BACK_SAMPLES = 126


class Split(StrEnum):
    """What an utterance is used for."""

    TRAIN = "train"
    PEOPLE = "people"
    PEOPLE_NEW_TEXTS = "people-new-texts"
    VOICE = "voice"
    TEXTS = "texts"
    KAZAKH = "kazakh"
    ASTERISK = "asterisk"


TESTS = tuple(split for split in Split if split is not Split.TRAIN)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance and where its frames are in the cache.

    Args:
        corpus: that it comes from.
        speaker: person or voice.
        language: ``ru`` or ``kk``.
        text: lower case, letters and spaces.
        split: its use.
        first_frame: row in the cache's array of frames.
        frames: their number.
        first_sample: place in the cache's audio, which holds `frames` times 10 ms of it; None where there is none.
    """

    corpus: str
    speaker: str
    language: str
    text: str
    split: Split
    first_frame: int
    frames: int
    first_sample: int | None = None


_Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance as a corpus has it: the fields of `Utterance`, its frames and its audio if there is any."""

    corpus: str
    speaker: str
    language: str
    text: str
    split: Split
    frames: Floats
    audio: Samples | None = None


def require(folder: Path, *patterns: str, mend: str) -> None:
    """See that a folder has files.

    Args:
        folder: of them.
        patterns: of their names; of each there must be one.
        mend: what to do where they are missing.

    Raises:
        ConfigurationError: they are missing.
    """
    for pattern in patterns:
        if not any(folder.glob(pattern)):
            raise ConfigurationError(f"{folder / pattern} is missing: {mend}")


def people(folder: Path) -> Iterator[Spoken]:
    """Yield the human utterances of ``ru-voxforge``, their log-mel frames rebuilt from MFCC."""
    listed = rows(folder / MANIFEST)
    cepstra = np.concatenate([np.load(path) for path in sorted(folder.glob("mfcc-*.npy"))])
    scale = json.loads((folder / "scale.json").read_text())
    rebuilt = _from_cepstra(np.array(scale["mean"]), np.array(scale["step"]))
    tests = held_out_speakers(Counter(row["speaker"] for row in listed))
    for row in listed:
        begin = row["first_frame"]
        if row["speaker"] in tests:
            split = Split.PEOPLE
        else:
            split = Split.PEOPLE_NEW_TEXTS if is_held_out(row["text"]) else Split.TRAIN
        frames = rebuilt(cepstra[begin : begin + row["frames"]])
        yield Spoken(folder.name, row["speaker"], "ru", row["text"], split, frames)


def synthetic(folder: Path, language: str) -> Iterator[Spoken]:
    """Yield the utterances of ``ru-synth`` or ``kk-synth``; the test voice has none for training."""
    listed = rows(folder / MANIFEST)
    for shard in sorted({row["shard"] for row in listed}):
        audio = read_recording(folder / shard)[:, 0]
        for row in listed:
            tested = is_held_out(row["text"])
            if row["shard"] != shard or (row["voice"] == TEST_VOICE and not tested):
                continue
            held_out = Split.VOICE if row["voice"] == TEST_VOICE else Split.TEXTS if language == "ru" else Split.KAZAKH
            begin, end = (round(row[key] * SAMPLE_RATE_HZ) for key in ("start_s", "end_s"))
            split = held_out if tested else Split.TRAIN
            yield _heard(folder.name, row["voice"], language, row["text"], split, audio[begin:end])


def asterisk() -> Iterator[Spoken]:
    """Yield the human prompts of Debian's ``asterisk-core-sounds-ru``: for tests alone."""
    with gzip.open(ASTERISK_TEXTS, "rt", encoding="utf-8") as file:
        pairs = [line.partition(":") for line in file if ":" in line and not line.startswith(";")]
    for name, _, text in sorted(pairs):
        path = ASTERISK_SOUNDS / f"{name.strip()}.wav"
        if path.is_file() and not re.search(r"[\[(<0-9a-z]", text.lower()) and text.strip():
            words = " ".join(re.findall("[а-яё]+", text.lower()))
            yield _heard("asterisk", "prompts", "ru", words, Split.ASTERISK, read_recording(path)[:, 0])


def _heard(corpus: str, speaker: str, language: str, text: str, split: Split, audio: Samples) -> Spoken:
    audio = audio[: len(audio) // HOP_SAMPLES * HOP_SAMPLES]
    return Spoken(corpus, speaker, language, text, split, audio_frames(audio), audio)


def audio_frames(audio: Samples) -> Floats:
    """Return the log-mel frames of audio of n whole hops, shape (n, BANDS)."""
    before = np.zeros(_LOOKS_BACK_SAMPLES, np.float32)
    frames: Floats = log_mel(np.concatenate([before, audio.astype(np.float32)])[None])[0]
    return frames


def is_held_out(text: str) -> bool:
    """Whether nobody may say this text in training, test speakers and voices excepted."""
    return _draw("text " + text.replace("ё", "е")) % _ONE_TEXT_IN == 0


def held_out_speakers(utterances: Counter[str]) -> set[str]:
    """Return the people who are kept for tests, of those with neither very few nor very many utterances."""
    eligible = [speaker for speaker, count in utterances.items() if count in _UTTERANCES_OF_A_TEST_SPEAKER]
    return set(sorted(eligible, key=lambda speaker: _draw("speaker " + speaker))[:TEST_SPEAKERS])


def _draw(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])


def rows(manifest: Path) -> list[dict[str, Any]]:
    """Return what a corpus says of its utterances.

    Raises:
        ConfigurationError: there is no such file, or it is empty or damaged.
    """
    mend = "give the folder of whole corpora"
    with reading(manifest, mend):
        lines = manifest.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    found = []
    for number, line in enumerate(lines, 1):
        with reading(f"{manifest}, line {number}", mend):
            found.append(json.loads(line))
    return found


def _from_cepstra(mean: _Doubles, step: _Doubles) -> Callable[[npt.NDArray[np.int8]], Floats]:
    """Return the way back from quantised, liftered cepstra to log-mel frames as `log_mel` gives them."""
    order = np.arange(len(mean))
    cosines = np.sqrt(2 / BANDS) * np.cos(np.pi * order[:, None] * (2 * np.arange(BANDS) + 1) / (2 * BANDS))
    cosines[0] /= np.sqrt(2)
    back = cosines / (1 + 11 * np.sin(np.pi * order / 22))[:, None]

    def rebuilt(cepstra: npt.NDArray[np.int8]) -> Floats:
        bands = (mean + step * cepstra) @ back - _LEVEL_AT_16_KHZ
        frames: Floats = np.logaddexp(bands, FLOOR).astype(np.float32)
        return frames

    return rebuilt
