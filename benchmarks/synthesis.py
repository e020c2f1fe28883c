"""How fast the voices speak, and how fast the cache answers.

Run: nice python -m benchmarks.synthesis
"""

import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.hardware import hardware
from engine.dialog import Line
from engine.speech import Language
from tts.cache import PromptCache
from tts.prompter import PromptStudio
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_voice

ROUNDS = 20
VOICES = {
    "piper:en_US-joe-medium": Language.ENGLISH,
    "espeak:en": Language.ENGLISH,
    "festival:msu_ru_nsh_clunits": Language.RUSSIAN,
    "espeak:ru": Language.RUSSIAN,
    "espeak:kk": Language.KAZAKH,
}
SHORT = {
    Language.RUSSIAN: "Когда вы сможете внести платёж?",
    Language.KAZAKH: "Төлемді қашан жасай аласыз?",
    Language.ENGLISH: "When will you be able to make the payment?",
}
LONG = {
    Language.RUSSIAN: (
        "Спасибо, я записал ваше обещание. Мы позвоним вам накануне, чтобы напомнить. Всего вам доброго, до свидания!"
    ),
    Language.KAZAKH: (
        "Рақмет, уәдеңізді жазып алдым. Біз сізге бір күн бұрын хабарласып, еске саламыз. Сау болыңыз, жақсы тұрыңыз!"
    ),
    Language.ENGLISH: (
        "Thank you, I have noted your promise. We will call you the day before as a reminder. "
        "Have a good day, and goodbye!"
    ),
}


def measure(name: str, language: Language, models_dir: Path) -> dict[str, float]:
    """Load a voice, speak a short and a long line several times, and return seconds and ratios."""
    begun_s = time.perf_counter()
    voice = load_voice(name, language, models_dir)
    loaded_s = time.perf_counter() - begun_s
    voice.synthesize(SHORT[language])
    short_ms, short_s, _ = _repeat(voice, SHORT[language])
    long_ms, long_s, ratios = _repeat(voice, LONG[language])
    voice.close()
    return {
        "load_s": round(loaded_s, 2),
        "short_prompt_s": round(short_s, 2),
        "short_prompt_ms_p50": round(float(np.median(short_ms)), 1),
        "short_prompt_ms_p95": round(float(np.percentile(short_ms, 95)), 1),
        "long_prompt_s": round(long_s, 2),
        "long_prompt_ms_p50": round(float(np.median(long_ms)), 1),
        "real_time_factor": round(float(np.median(ratios)), 4),
    }


def _repeat(voice: TelephoneVoice, text: str) -> tuple[list[float], float, list[float]]:
    took_ms, ratios, duration_s = [], [], 0.0
    for _ in range(ROUNDS):
        begun_s = time.perf_counter()
        duration_s = voice.synthesize(text).duration_s
        took_s = time.perf_counter() - begun_s
        took_ms.append(took_s * 1000)
        ratios.append(took_s / duration_s)
    return took_ms, duration_s, ratios


async def cache(folder: Path) -> dict[str, float]:
    """Ask a studio for a prompt that lies in memory, and for one that lies on disk alone."""
    voice = load_voice("espeak:ru", Language.RUSSIAN, folder)
    line = Line(LONG[Language.RUSSIAN], Language.RUSSIAN, "thanks", fixed=True)
    disk = PromptCache(folder / "prompts")
    warm = PromptStudio({Language.RUSSIAN: (voice,)}, disk)
    await warm.clip(line)
    memory_ms = [await _timed(warm, line) for _ in range(200)]
    cold = [PromptStudio({Language.RUSSIAN: (voice,)}, disk) for _ in range(50)]
    disk_ms = [await _timed(studio, line) for studio in cold]
    for studio in [warm, *cold]:
        studio.close()
    return {
        "memory_hit_ms_p95": round(float(np.percentile(memory_ms, 95)), 3),
        "disk_hit_ms_p95": round(float(np.percentile(disk_ms, 95)), 3),
    }


async def _timed(studio: PromptStudio, line: Line) -> float:
    begun_s = time.perf_counter()
    await studio.clip(line)
    return (time.perf_counter() - begun_s) * 1000


def main() -> None:
    """Measure every voice and the cache, and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "command": "nice python -m benchmarks.synthesis",
            "date": datetime.now(UTC).date().isoformat(),
            "hardware": f"{hardware()}; Piper on 1 thread",
            "voices": {name: measure(name, language, Path(folder)) for name, language in VOICES.items()},
            "cache": asyncio.run(cache(Path(folder))),
        }
    text = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
    Path("benchmarks/results/synthesis.json").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
