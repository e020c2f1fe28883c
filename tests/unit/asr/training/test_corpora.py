"""Who is trained on and who is tested on, and that people's features and audio come to the same frames."""

import json
from collections import Counter
from pathlib import Path

import numpy as np

from asr.builtin.features import BANDS, FLOOR, HOP_SAMPLES, FrontEnd, Normalisation
from asr.training.corpora import TEST_SPEAKERS, Split, audio_frames, held_out_speakers, is_held_out, people


def test_nobody_of_the_held_out_speakers_and_no_test_text_is_trained_on(tmp_path: Path) -> None:
    write_people(tmp_path / "ru-voxforge")
    spoken = list(people(tmp_path / "ru-voxforge"))
    by_split = {split: [one for one in spoken if one.split == split] for split in Split}
    tested = {one.speaker for one in by_split[Split.PEOPLE]}
    assert len(tested) == TEST_SPEAKERS
    assert not tested & {one.speaker for one in by_split[Split.TRAIN]}
    assert not {one.text for one in by_split[Split.PEOPLE_NEW_TEXTS]} & {one.text for one in by_split[Split.TRAIN]}
    assert len(by_split[Split.TRAIN]) > len(spoken) / 2
    assert {"many", "few"} <= {one.speaker for one in by_split[Split.TRAIN]}


def test_a_speaker_stays_where_he_is_when_others_come() -> None:
    some = Counter({f"speaker {number}": 10 for number in range(200)})
    more = some + Counter({f"other {number}": 10 for number in range(20)})
    assert len(held_out_speakers(some) & held_out_speakers(more)) > TEST_SPEAKERS / 2


def test_spelling_with_or_without_the_dots_is_one_text() -> None:
    texts = [f"берёза номер {number}" for number in range(50)]
    assert [is_held_out(text) for text in texts] == [is_held_out(text.replace("ё", "е")) for text in texts]


def test_audio_comes_to_the_frames_of_the_front_end() -> None:
    audio = (np.random.default_rng(1).standard_normal(50 * HOP_SAMPLES) * 2000).astype(np.int16)
    front_end = FrontEnd(Normalisation((0.0,) * BANDS, level_frames=1e9, colour_frames=1e9))
    frames, _ = front_end.advance(audio[None], front_end.initial(1))
    np.testing.assert_allclose(audio_frames(audio), frames[0], atol=1e-3)


def test_frames_of_people_are_their_cepstra_turned_back(tmp_path: Path) -> None:
    bands = write_people(tmp_path / "ru-voxforge")
    frames = next(people(tmp_path / "ru-voxforge")).frames
    np.testing.assert_allclose(frames, np.logaddexp(bands[: len(frames)] - 1.6, FLOOR), atol=0.35)


def write_people(folder: Path) -> np.ndarray:
    """Write a corpus of smooth spectra as quantised cepstra and return the spectra."""
    folder.mkdir()
    counts = {f"speaker {number}": 8 for number in range(60)} | {"many": 90, "few": 4}
    names = [(speaker, number) for speaker, count in counts.items() for number in range(count)]
    rows = [
        {
            "utterance": f"{speaker}/{number}", "speaker": speaker, "first_frame": 10 * index, "frames": 10,
            "text": f"фраза {'а' * number} {'б' * (index % 7)}",
        }
        for index, (speaker, number) in enumerate(names)
    ]  # fmt: skip
    (folder / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    time, band = np.arange(10 * len(rows))[:, None], np.arange(BANDS)
    bands = 11 + 2 * np.sin(time / 9) + np.cos(time / 31 + band / 3)
    order = np.arange(13)
    cosines = np.sqrt(2 / BANDS) * np.cos(np.pi * order[:, None] * (2 * band + 1) / (2 * BANDS))
    cosines[0] /= np.sqrt(2)
    cepstra = bands @ cosines.T * (1 + 11 * np.sin(np.pi * order / 22))
    scale = {"mean": cepstra.mean(axis=0).tolist(), "step": (np.abs(cepstra - cepstra.mean(0)).max(0) / 126).tolist()}
    (folder / "scale.json").write_text(json.dumps(scale))
    np.save(folder / "mfcc-0.npy", np.round((cepstra - scale["mean"]) / scale["step"]).astype(np.int8))
    return bands
