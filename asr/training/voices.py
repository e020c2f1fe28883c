"""Voices that packages ship, for training speech: espeak-ng, Festival's Russian speaker, retro-ru-tts.

Each engine says many texts in one go, every one at its own pace and pitch, and leaves out what it stumbles over.
"""

import ctypes
import importlib.util
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from engine.audio import read_wav
from engine.errors import AudioError, ModelMissing

Waveform = npt.NDArray[np.int16]

FESTIVAL_VOICE = "msu_ru_nsh_clunits"
_ESPEAK_VARIANTS = (
    "m2 m3 m5 m6 m7 f1 f2 f3 f4 adam Andrea Andy Annie antonio benjamin caleb david Denis ed edward edward2 Gene "
    "Gene2 Henrique Hugo iven iven2 iven3 Jacky john linda max Michael michel miguel mike Nguyen paul pedro "
    "quincy rob robert sandro steph steph2 steph3 travis anika grandma grandpa klatt klatt2 klatt3 klatt4"
)
ESPEAK_VARIANTS = tuple(_ESPEAK_VARIANTS.split())
"""Of espeak-ng, those that could be people: no whisper, croak, robot or monster, nor what the network reads worst."""

_VOWELS = "аеёиоуыэюя"
_ESPEAK_VOWELS = "aAVIiyYeEoOuU@8&"
_TIMEOUT_S = 300.0
_ESPEAK_HEADER_BYTES = 44


@dataclass(frozen=True, slots=True)
class Said:
    """One text as a voice says it.

    Args:
        text: that was asked for.
        voice: engine and variant, its speaker's name.
        samples: int16, shape (n,).
        rate_hz: of the samples; what is resampled from a changed rate sounds like another throat.
    """

    text: str
    voice: str
    samples: Waveform
    rate_hz: float


Engine = Callable[[Sequence[str], str, Generator], Iterator[Said]]
"""Takes texts, their language and a source of chance."""


def espeak(texts: Sequence[str], language: str, rng: Generator) -> Iterator[Said]:
    """Say each text by another of espeak-ng's variants, 95 to 170 words a minute."""
    for text in texts:
        variant = ESPEAK_VARIANTS[rng.integers(len(ESPEAK_VARIANTS))]
        pace, pitch = int(rng.integers(95, 170)), int(np.clip(rng.normal(48, 15), 10, 90))
        command = ["espeak-ng", "-v", f"{language}+{variant}", "-s", str(pace), "-p", str(pitch), "-z"]
        wave = _run([*command, "--stdin", "--stdout"], text.encode())
        if len(wave) > _ESPEAK_HEADER_BYTES:
            # The header's lengths are dummies in a stream: 44 bytes, then 16-bit samples to the end.
            whole = wave[_ESPEAK_HEADER_BYTES : _ESPEAK_HEADER_BYTES + (len(wave) - _ESPEAK_HEADER_BYTES) // 2 * 2]
            rate_hz = int.from_bytes(wave[24:28], "little")
            yield Said(text, f"espeak {variant}", np.frombuffer(whole, "<i2"), rate_hz)


def festival(texts: Sequence[str], language: str, rng: Generator) -> Iterator[Said]:
    """Say all texts by Festival's Russian speaker, up to 12 % slower and deeper or faster and higher."""
    with tempfile.TemporaryDirectory(prefix="voicebot-") as folder:
        files = [Path(folder) / f"{index}.wav" for index in range(len(texts))]
        # Letters and spaces alone reach it, so nothing ends the string. What fails is reported, and the next begins.
        lines = [
            f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{file}" (quote riff))'
            for text, file in zip(texts, files, strict=True)
        ]
        _run(["festival", "--pipe"], "\n".join([f"(voice_{FESTIVAL_VOICE})", *lines]).encode())
        for text, file in zip(texts, files, strict=True):
            factor = float(rng.uniform(0.88, 1.14))
            try:
                samples, rate_hz = read_wav(file)
            except (AudioError, OSError):
                continue
            yield Said(text, "festival", samples[:, 0], rate_hz * factor)


class _Settings(ctypes.Structure):
    """Speech parameters, as retro-ru-tts's ru_tts.h declares them."""

    _fields_ = [
        (name, ctypes.c_int)
        for name in (
            "speech_rate", "voice_pitch", "intonation", "general_gap", "comma_gap", "dot_gap", "semicolon_gap",
            "colon_gap", "question_gap", "exclamation_gap", "intonational_gap", "flags",
        )
    ]  # fmt: skip


_TAKE_SOUND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)


def retro(texts: Sequence[str], language: str, rng: Generator) -> Iterator[Said]:
    """Say each text by one of the two voices of retro-ru-tts, stressed as espeak-ng would."""
    places = stresses(sorted({word for text in texts for word in text.split()}))
    for text in texts:
        female = bool(rng.random() < 0.5)
        pace, pitch = int(rng.integers(50, 90)), int(rng.integers(75, 140))
        marked = " ".join(_marked(word, places.get(word)) for word in text.split())
        samples = _retro(marked, pace, pitch, int(rng.integers(50, 141)), female)
        yield Said(text, f"retro {'female' if female else 'male'}", samples, 10_000)


def stresses(words: Sequence[str]) -> dict[str, int]:
    """Return which vowel letter of each Russian word is stressed, counted from 0, where espeak-ng knows."""
    spoken = _run(["espeak-ng", "-v", "ru", "-q", "-x", "--stdin"], ".\n".join(words).encode()).decode().splitlines()
    found = {}
    if len(spoken) == len(words):
        for word, phonemes in zip(words, spoken, strict=True):
            letters = [letter for letter in word if letter in _VOWELS]
            before, mark, _ = phonemes.rpartition("'")
            at = sum(phoneme in _ESPEAK_VOWELS for phoneme in before)
            if mark and at < len(letters):
                found[word] = letters.index("ё") if "ё" in letters else at
    return found


def _marked(word: str, stressed: int | None) -> str:
    """Return a word with a plus behind its stressed vowel; words of one short syllable lean on others."""
    vowels = [place for place, letter in enumerate(word) if letter in _VOWELS]
    if stressed is None or (len(vowels) == 1 and len(word) < 3):
        return word
    return word[: vowels[stressed] + 1] + "+" + word[vowels[stressed] + 1 :]


def _retro(text: str, pace: int, pitch: int, intonation: int, female: bool) -> Waveform:
    library = _retro_library()
    settings = _Settings()
    library.ru_tts_config_init(ctypes.byref(settings))
    settings.speech_rate, settings.voice_pitch, settings.intonation = pace, pitch, intonation
    settings.flags = 4 if female else 0
    heard: list[bytes] = []

    def take(buffer: int, size: int, _: int) -> int:
        heard.append(ctypes.string_at(buffer, size))
        return 0

    room = ctypes.create_string_buffer(8192)
    said = ctypes.c_char_p(text.encode("koi8-r"))
    library.ru_tts_transfer(ctypes.byref(settings), said, room, ctypes.c_size_t(len(room)), _TAKE_SOUND(take), None)
    return np.frombuffer(b"".join(heard), np.int8).astype(np.int16) * 256


@cache
def _retro_library() -> ctypes.PyDLL:
    """Load the C library inside the wheel: its own Python function fails on Python 3.10 and later."""
    module = importlib.util.find_spec("_ru_tts_native")
    if module is None or module.origin is None:
        raise ModelMissing("retro-ru-tts is missing: install it with `pip install -e '.[train]'`")
    return ctypes.PyDLL(module.origin)


def _run(command: list[str], given: bytes) -> bytes:
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=_TIMEOUT_S, check=False).stdout
    except FileNotFoundError as error:
        mend = "apt-get install espeak-ng espeak-ng-data festival festvox-ru"
        raise ModelMissing(f"the program {command[0]} is missing: {mend}") from error
