"""A training from nothing runs to its end, and tells what it cannot do without."""

import sys
from pathlib import Path

import numpy as np
import pytest

from asr.builtin.features import BANDS, HOP_SAMPLES
from asr.training import cache
from asr.training.corpora import VOXFORGE, Split, Spoken

torch = pytest.importorskip("torch", reason="training alone needs PyTorch")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a cache of two people's sentences, one of them for tests."""
    frames = np.random.default_rng(1).normal(12, 2, (100, BANDS)).astype(np.float32)
    audio = np.zeros(len(frames) * HOP_SAMPLES, np.int16)
    read = Spoken(VOXFORGE, "a", "ru", "раз два", Split.TRAIN, frames)
    cache.write(tmp_path / "cache", [read, Spoken("ru-synth", "irina", "ru", "да", Split.VOICE, frames, audio)])
    return tmp_path


def test_a_training_that_cannot_cut_says_so_and_writes_weights(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from asr.training import train, weights

    options = ["--cache", str(folder / "cache"), "--out", str(folder), "--minutes", "0.001", "--batch-s", "1"]
    monkeypatch.setattr(sys, "argv", ["train", *options, "--layers", "L", "--width", "16"])
    train.main()
    told = capsys.readouterr()
    assert "0 of 1 people's utterances can be cut" in told.out
    assert "run asr.training.alignment first" in told.err
    network, _, steps = weights.load(folder / "weights.npz")
    assert steps >= 1
    assert network.shape.layers == "L"


@pytest.mark.parametrize(
    "options", [("--minutes", "0"), ("--minutes", "-1"), ("--batch-s", "0"), ("--layers", "LX"), ("--layers", "")]
)
def test_what_cannot_be_trained_is_refused_at_once(
    folder: Path, options: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from asr.training import train

    given = ["--cache", str(folder / "cache"), "--out", str(folder), "--minutes", "0.001"]
    monkeypatch.setattr(sys, "argv", ["train", *given, *options])
    with pytest.raises(SystemExit):
        train.main()
    assert f"argument {options[0]}" in capsys.readouterr().err


def test_units_that_there_are_not_are_refused_before_any_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tokenizers")
    from asr.training import units

    monkeypatch.setattr(sys, "argv", ["units", "--kinds", "letters", "typo"])
    with pytest.raises(SystemExit):
        units.main()
    assert "no kind of units: typo" in capsys.readouterr().err
    assert units.known("pieces-64") == "pieces-64"
