"""Utterances in a batch are what the running product would feed, and augmentation leaves them speech."""

import numpy as np
import pytest

from asr.builtin.features import BANDS, FLOOR, FrontEnd
from asr.training.augmentation import augmented, noisy
from asr.training.batches import NORMALISATION, TAIL_FRAMES, together
from asr.training.corpora import ALPHABETS, audio_frames
from asr.training.splicing import Passage
from asr.training.telephone import room_noise


def speech(frames: int, seed: int = 1) -> np.ndarray:
    """Syllables: loud and quiet stretches with bands that differ."""
    rng = np.random.default_rng(seed)
    swell = 11 + 4 * np.sin(np.arange(frames) / 7)[:, None]
    return np.maximum(swell + rng.normal(0, 1, (frames, BANDS)), FLOOR).astype(np.float32)


def passage(text: str, language: str, frames: int) -> Passage:
    return Passage(language, text, ((0, frames),))


def test_a_test_batch_is_what_the_front_end_makes_of_each_utterance_and_quiet() -> None:
    pieces = [speech(101, 1), speech(60, 2)]
    batch = together(pieces, [passage("да", "ru", 101), passage("жоқ", "kk", 60)], None)
    front_end = FrontEnd(NORMALISATION)
    alone, _ = front_end.normalise(pieces[1][None], front_end.initial(1))
    np.testing.assert_allclose(batch.frames[1, :60], alone[0], atol=1e-5)
    assert batch.frames.shape == (2, 104 + TAIL_FRAMES, BANDS)
    assert batch.steps.tolist() == [26 + 8, 15 + 8]
    assert [ALPHABETS["kk"][index - 1] for index in batch.letters[1]] == list("жоқ")


@pytest.mark.parametrize("seed", range(12))
def test_augmentation_keeps_frames_finite_and_about_as_long(seed: int) -> None:
    frames = speech(300)
    changed = augmented(frames, np.random.default_rng(seed))
    assert np.isfinite(changed).all()
    assert changed.min() >= FLOOR - 1e-3
    assert 300 / 1.2 - 2 <= len(changed) <= 300 / 0.85 + 90
    assert changed.dtype == np.float32
    assert not np.array_equal(changed, augmented(frames, np.random.default_rng(seed + 100)))


def test_the_syllables_are_still_heard_in_what_augmentation_leaves() -> None:
    frames = speech(300)
    spreads = [augmented(frames, np.random.default_rng(seed)).mean(axis=1).std() for seed in range(20)]
    assert np.median(spreads) > 0.4 * frames.mean(axis=1).std()


def test_noise_put_to_frames_is_like_noise_put_to_sound() -> None:
    rng = np.random.default_rng(3)
    swell = np.sin(np.arange(80_000) / 1500) ** 2
    speech_sound = room_noise(80_000, rng) * 2000 * swell
    noise = room_noise(80_000, rng) * 300
    clean, background = audio_frames(speech_sound), audio_frames(noise)
    both = audio_frames(speech_sound + noise)
    below = float(np.quantile(clean.mean(axis=1), 0.8) - np.log(np.exp(background).mean(axis=0)).mean())
    made = [noisy(clean, below, np.random.default_rng(seed)) for seed in range(40)]

    assert np.mean([one.mean(axis=0) for one in made], axis=0) == pytest.approx(both.mean(axis=0), abs=0.4)
    # Frame to frame, where the colour that was drawn and slow swelling change little.
    flutter = np.mean([np.diff(one, axis=0).std(axis=0) for one in made], axis=0)
    assert flutter == pytest.approx(np.diff(both, axis=0).std(axis=0), rel=0.15)


def test_rows_taken_out_of_a_batch_are_as_if_batched_alone() -> None:
    pieces = [speech(61, 1), speech(100, 2), speech(300, 3)]
    passages = [passage("да", "ru", 61), passage("жоқ", "kk", 100), passage("нет нет", "ru", 300)]
    some, alone = together(pieces, passages, None).of([0, 1]), together(pieces[:2], passages[:2], None)
    assert some.frames.shape == alone.frames.shape
    assert np.array_equal(some.frames, alone.frames)
    assert some.steps.tolist() == alone.steps.tolist()
    assert [letters.tolist() for letters in some.letters] == [letters.tolist() for letters in alone.letters]
    assert some.languages == ["ru", "kk"]
