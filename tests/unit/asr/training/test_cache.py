"""Test utterances come over a line alike each time; those without audio come clean alone."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from asr.builtin.features import HOP_SAMPLES, FrontEnd
from asr.training import batches, cache
from asr.training.corpora import Split, Utterance, audio_frames
from asr.training.telephone import LINES

FRAMES = 60
HEARD = [
    Utterance("ru-synth", "irina", "ru", text, Split.VOICE, at * FRAMES, FRAMES, at * FRAMES * HOP_SAMPLES)
    for at, text in enumerate(("да", "нет"))
]
READ = Utterance("ru-voxforge", "someone", "ru", "да", Split.PEOPLE, 0, FRAMES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    audio = np.random.default_rng(0).integers(-5000, 5000, 2 * FRAMES * HOP_SAMPLES).astype(np.int16)
    np.save(tmp_path / cache.AUDIO_FILE, audio)
    parts = np.split(audio, 2)
    np.save(tmp_path / cache.FRAMES_FILE, np.concatenate([audio_frames(part) for part in parts]).astype(np.float16))
    lines = (json.dumps(asdict(one), ensure_ascii=False) for one in (*HEARD, READ))
    (tmp_path / cache.UTTERANCES_FILE).write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_an_utterance_is_spoilt_alike_each_time_and_not_like_its_neighbour(folder: Path) -> None:
    clean = [cache.audio_over(folder, one, "clean").astype(int) for one in HEARD]
    first, again, other = (cache.audio_over(folder, one, "10dB").astype(int) for one in (*HEARD[:1], *HEARD))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first - clean[0], other - clean[1])


def test_people_known_by_features_come_over_the_clean_line_alone(folder: Path) -> None:
    assert cache.lines_of(folder, Split.PEOPLE, list(LINES)) == ["clean"]
    assert cache.lines_of(folder, Split.VOICE, ["20dB", "loss1"]) == ["20dB", "loss1"]
    with pytest.raises(ValueError, match="ru-voxforge"):
        next(batches.for_tests(folder, Split.PEOPLE, 20_000, line="20dB"))


def test_a_batch_of_a_spoilt_line_is_what_the_front_end_makes_of_its_audio(folder: Path) -> None:
    batch, utterances = next(batches.for_tests(folder, Split.VOICE, 20_000, line="5dB"))
    front_end = FrontEnd(batches.NORMALISATION)
    for row, one in zip(batch.frames, utterances, strict=True):
        frames, _ = front_end.advance(cache.audio_over(folder, one, "5dB")[None], front_end.initial(1))
        np.testing.assert_allclose(row[:FRAMES], frames[0], atol=1e-4)
