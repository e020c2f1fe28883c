"""Calls of two minutes, spoken: the bank's side on the left channel, the client's on the right."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import chain, cycle
from pathlib import Path
from typing import Final

import numpy as np

from analytics.insights.observed import Week
from benchmarks.planted import ZONE, plant
from engine.audio import SAMPLE_RATE_HZ, Samples, write_wav
from engine.errors import ModelMissing
from engine.speech import Language
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_voice

CALL_S: Final = 120.0
_PAUSE_S: Final = (0.5, 1.6)
_NOISE: Final = 8.0
_VOICES: Final = {
    "ru": ("festival:msu_ru_nsh_clunits", "espeak:ru"),
    "kk": ("espeak:kk", "espeak:kk+f2"),
    "en": ("piper:en_US-joe-medium", "espeak:en"),
    "ko": ("espeak:ko", "espeak:ko+f2"),
}
"""Of the bank and of the client; the second speaks for the first where that is not installed."""
_KOREAN: Final = ("안녕하세요 고객님", "내일 돈을 보내겠습니다", "네 알겠습니다", "감사합니다 안녕히 계세요")
"""No product of ours is in Korean; one recogniser's only packaged model is."""


def spoken_calls(language: str, count: int, folder: Path, models_dir: Path) -> list[Path]:
    """Write calls as stereo recordings at 8 kHz and return them.

    Args:
        language: ``ru``, ``kk``, ``en`` or ``ko``.
        count: of calls.
        folder: for them.
        models_dir: where voices live.
    """
    turns, chance = _turns(language), np.random.default_rng(7)
    with closing(_voice(language, 0, models_dir)) as bank, closing(_voice(language, 1, models_dir)) as client:
        said: dict[tuple[bool, str], Samples] = {}
        paths = []
        for number in range(count):
            sides = chance.normal(0, _NOISE, (round(CALL_S * SAMPLE_RATE_HZ), 2))
            at = SAMPLE_RATE_HZ // 2
            for is_bank, text in turns:
                if (is_bank, text) not in said:
                    said[is_bank, text] = (bank if is_bank else client).synthesize(text).samples
                clip = said[is_bank, text]
                if at + len(clip) > len(sides):
                    break
                sides[at : at + len(clip), 0 if is_bank else 1] += clip
                at += len(clip) + round(chance.uniform(*_PAUSE_S) * SAMPLE_RATE_HZ)
            paths.append(folder / f"{language}-{number}.wav")
            write_wav(paths[-1], np.clip(sides, -32768, 32767).astype(np.int16))
        return paths


def _turns(language: str) -> Iterator[tuple[bool, str]]:
    if language not in set(Language):
        return cycle((at % 2 == 0, text) for at, text in enumerate(_KOREAN))
    planted = plant(1, 400, Week.of(datetime(2026, 11, 20, tzinfo=ZONE).date()))
    own = [one.conversation for one in planted if one.conversation.utterances[0].language == language]
    return cycle(chain.from_iterable(((each.role.is_bank, each.text) for each in one.utterances) for one in own))


def _voice(language: str, side: int, models_dir: Path) -> TelephoneVoice:
    spoken = Language(language) if language in set(Language) else Language.ENGLISH
    names = _VOICES[language]
    with suppress(ModelMissing):
        return load_voice(names[side], spoken, models_dir)
    return load_voice(names[1], spoken, models_dir)
