"""Test utterances come over a line alike each time; those without audio come clean alone.

A cache is written from whole corpora or not at all.
"""

import gzip
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from asr.builtin.features import HOP_SAMPLES, FrontEnd
from asr.training import batches, cache, corpora
from asr.training.augmentation import Noise
from asr.training.corpora import Split, Utterance, audio_frames
from asr.training.telephone import LINES
from engine.audio import write_wav
from engine.errors import AudioError, ConfigurationError

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


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with `speech`, `asterisk`, `synthesis` and the `cache` that was written of them."""
    people = tmp_path / "speech" / "ru-voxforge"
    people.mkdir(parents=True)
    row = {"utterance": "a/1", "speaker": "a", "first_frame": 0, "frames": 20, "text": "да"}
    (people / "manifest.jsonl").write_text(json.dumps(row) + "\n")
    (people / "scale.json").write_text(json.dumps({"mean": [13.0] + [0.0] * 12, "step": [0.1] * 13}))
    np.save(people / "mfcc-0.npy", np.random.default_rng(1).integers(-9, 9, (20, 13)).astype(np.int8))
    sound = (np.random.default_rng(2).standard_normal(30 * HOP_SAMPLES) * 900).astype(np.int16)
    for name in ("speech/kk-synth", "speech/ru-synth", "synthesis/ru-packaged"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        write_wav(folder / "1.wav", sound)
        row = {"shard": "1.wav", "voice": "elena", "text": "нет", "start_s": 0.0, "end_s": 0.3}
        (folder / "manifest.jsonl").write_text(json.dumps(row) + "\n")
    prompts = tmp_path / "asterisk"
    prompts.mkdir()
    write_wav(prompts / "added.wav", sound)
    with gzip.open(prompts / "texts.gz", "wt", encoding="utf-8") as file:
        file.write("added: Добавлено\n")
    monkeypatch.setattr(corpora, "ASTERISK_SOUNDS", prompts)
    monkeypatch.setattr(corpora, "ASTERISK_TEXTS", prompts / "texts.gz")
    given = {"--speech": "speech", "--synthesis": "synthesis", "--cache": "cache"}
    monkeypatch.setattr(sys, "argv", ["cache", *(word for key in given for word in (key, str(tmp_path / given[key])))])
    cache.main()
    return tmp_path


def test_a_cache_holds_all_corpora_and_the_prompts_audio(written: Path) -> None:
    folder = written / "cache"
    (prompt,) = cache.utterances(folder, Split.ASTERISK)
    trained = list(cache.utterances(folder, Split.TRAIN))
    assert [one.corpus for one in trained] == ["ru-voxforge", "kk-synth", "ru-synth", "ru-packaged"]
    assert len(cache.frames(folder)) == prompt.frames + sum(one.frames for one in trained)
    assert len(cache.audio(folder)) == prompt.frames * HOP_SAMPLES
    assert {path.name for path in folder.iterdir()} == {cache.FRAMES_FILE, cache.AUDIO_FILE, cache.UTTERANCES_FILE}


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (
            "asterisk/texts.gz",
            "texts.gz is missing: apt-get install asterisk-core-sounds-ru asterisk-core-sounds-ru-wav",
        ),
        ("asterisk/added.wav", "wav is missing: apt-get install asterisk-core-sounds-ru asterisk-core-sounds-ru-wav"),
        ("speech/ru-voxforge/mfcc-0.npy", "ru-voxforge/mfcc"),
        ("speech/ru-synth/manifest.jsonl", "ru-synth/manifest.jsonl is missing"),
        ("synthesis/ru-packaged/manifest.jsonl", "synthesis/.*manifest.jsonl is missing"),
    ],
)
def test_without_one_of_the_corpora_the_old_cache_stays(written: Path, missing: str, told: str) -> None:
    before = {path: path.read_bytes() for path in (written / "cache").iterdir()}
    (written / missing).unlink()
    with pytest.raises(ConfigurationError, match=told):
        cache.main()
    assert {path: path.read_bytes() for path in (written / "cache").iterdir()} == before


def test_a_recording_that_cannot_be_read_leaves_the_old_cache(written: Path) -> None:
    before = {path: path.read_bytes() for path in (written / "cache").iterdir()}
    (written / "synthesis" / "ru-packaged" / "1.wav").write_bytes(b"no sound")
    with pytest.raises(AudioError, match=r"1\.wav"):
        cache.main()
    assert {path: path.read_bytes() for path in (written / "cache").iterdir()} == before


def test_what_is_missing_or_damaged_of_a_cache_is_named_with_what_writes_it(folder: Path) -> None:
    (folder / cache.BOUNDARIES_FILE).write_text("[1")
    with pytest.raises(ConfigurationError, match=r"boundaries\.jsonl: .*asr\.training\.alignment"):
        cache.boundaries(folder)
    (folder / cache.FRAMES_FILE).write_bytes((folder / cache.FRAMES_FILE).read_bytes()[:300])
    with pytest.raises(ConfigurationError, match=r"frames\.npy: .*asr\.training\.cache"):
        cache.frames(folder)
    (folder / cache.AUDIO_FILE).unlink()
    with pytest.raises(ConfigurationError, match=r"audio\.npy: No such file or directory; asr\.training\.cache"):
        cache.audio(folder)
    (folder / cache.UTTERANCES_FILE).write_text('{"split": "voice"}\n')
    with pytest.raises(ConfigurationError, match=r"utterances\.jsonl: .*asr\.training\.cache"):
        next(cache.utterances(folder, Split.VOICE))


def test_a_split_of_nobody_comes_over_no_line_and_in_no_batch(folder: Path) -> None:
    assert cache.lines_of(folder, Split.KAZAKH, list(LINES)) == []
    assert list(batches.for_tests(folder, Split.KAZAKH, 20_000)) == []
    with pytest.raises(ConfigurationError, match="nothing to train on"):
        next(batches.training(folder, 2000, 1, 1.0, Noise()))


def test_people_who_can_be_cut_are_counted(written: Path) -> None:
    folder = written / "cache"
    assert cache.cuttable(folder) == (0, 1)
    (person,) = (one for one in cache.utterances(folder, Split.TRAIN) if one.corpus == corpora.VOXFORGE)
    (folder / cache.BOUNDARIES_FILE).write_text(json.dumps([person.first_frame, [[1, 9]]]) + "\n")
    assert cache.cuttable(folder) == (1, 1)
