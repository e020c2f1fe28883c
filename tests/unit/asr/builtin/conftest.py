"""A whole model of the built-in recogniser that reads tones: real files, real network, real search."""

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest

from asr.builtin.language_model import save
from asr.builtin.model import DECODING, NETWORK
from asr.training.language_model.kneser_ney import Source, estimate
from engine.audio import SAMPLE_RATE_HZ, Samples

TONES = Path(__file__).parents[3] / "data" / "tones" / "network.onnx"
SAID = {
    "ru": ("да", "нет", "дата не та", "да нет", "не та", "нет не дата", "да та дата"),
    "kk": ("иә", "жоқ", "жоқ иә", "иә иә", "қож жоқ"),
}
_MIDDLES_HZ = (292, 396, 510, 625, 760, 906, 1073, 1250, 1448, 1667, 1906, 2167, 2448, 2771, 3125)
_BANDS = {" ": 1} | dict(zip("адент", range(3, 8), strict=True)) | dict(zip("жоқиә", range(9, 14), strict=True))


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the model."""
    folder = tmp_path_factory.mktemp("models") / "tones"
    folder.mkdir()
    copyfile(TONES, folder / NETWORK)
    (folder / DECODING).write_text("[ru]\nreward_per_letter = 1.0\n", encoding="utf-8")
    for language, texts in SAID.items():
        lines = [text.split() for text in texts]
        words = sorted({word for line in lines for word in line})
        letters = sorted({letter for word in words for letter in word})
        spelling = estimate(letters, [Source([list(word) for word in words], 1.0)], 4)
        save(folder / f"{language}.npz", estimate(words, [Source(lines, 1.0)], 3), spelling)
    return folder


@pytest.fixture(scope="session")
def say() -> Callable[..., Samples]:
    """Return a voice: letters as tones of 80 ms with gaps of 60 ms, and hiss behind all."""

    def say(text: str, *, hiss: float = 20.0, seed: int = 0) -> Samples:
        time_s = np.arange(round(0.08 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        gap = np.zeros(round(0.06 * SAMPLE_RATE_HZ))
        parts = [np.zeros(SAMPLE_RATE_HZ // 5)]
        for letter in text:
            parts += [6000 * np.sin(2 * np.pi * _MIDDLES_HZ[_BANDS[letter]] * time_s), gap]
        audio = np.concatenate([*parts, np.zeros(SAMPLE_RATE_HZ // 10)])
        return (audio + np.random.default_rng(seed).normal(size=len(audio)) * hiss).astype(np.int16)

    return say
