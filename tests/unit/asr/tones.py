"""Letters as tones, which the models in tests/data/tones read, and what a recogniser makes of them in a call."""

from pathlib import Path

import numpy as np

from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from engine.ports import Recognizer
from engine.speech import Expect, Transcript

MODELS = Path(__file__).parents[2] / "data" / "tones"
OTHER = MODELS / "network.onnx"
"""Of something else."""

FREQUENCIES_HZ = dict(zip(" адент", (400, 700, 1000, 1300, 1600, 1900), strict=True))


def say(text: str, quiet_s: float = 0.2) -> Samples:
    """Letters as tones of 80 ms with gaps of 60 ms."""
    at_s = np.arange(round(0.08 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    parts = [np.zeros(round(quiet_s * SAMPLE_RATE_HZ))]
    for letter in text:
        parts += [6000 * np.sin(2 * np.pi * FREQUENCIES_HZ[letter] * at_s), np.zeros(round(0.06 * SAMPLE_RATE_HZ))]
    return np.concatenate(parts).astype(np.int16)


def heard(recognizer: Recognizer, audio: Samples, step: int = FRAME_SAMPLES) -> Transcript:
    stream = recognizer.open(Expect.FREE)
    for at in range(0, len(audio), step):
        stream.accept(audio[at : at + step])
    transcript = stream.result()
    stream.close()
    return transcript


def copied(name: str, folder: Path, changes: dict[str, bytes | None]) -> Path:
    """Copy a model with other bytes in some files, and without those that have none."""
    folder.mkdir()
    for path in (MODELS / name).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    for file, content in changes.items():
        if content is None:
            (folder / file).unlink()
        else:
            (folder / file).write_bytes(content)
    return folder
