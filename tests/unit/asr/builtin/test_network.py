"""The network in the box keeps its contract: chunks, channels and languages."""

from pathlib import Path

import numpy as np
import pytest

import asr.builtin.network
from asr.builtin.features import BANDS, Normalisation
from asr.builtin.network import STEP_FRAMES, AcousticNetwork, Description, greedy
from engine.errors import AudioError, ModelMissing

NETWORK = Path(asr.builtin.network.__file__).parent / "model" / "network.onnx"


@pytest.fixture(scope="module")
def network() -> AcousticNetwork:
    return AcousticNetwork(NETWORK)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return np.random.default_rng(3).normal(-1, 2, (5, 64, BANDS)).astype(np.float32)


def test_the_file_describes_itself(network: AcousticNetwork) -> None:
    description = network.description
    assert set(description.alphabets) == {"ru", "kk"}
    assert set(" абвгдежзийклмнопрстуфхцчшщъыьэюя") <= set(description.alphabets["ru"])
    assert set("әғқңөұүһі") <= set(description.alphabets["kk"])
    assert len(description.normalisation.mean) == BANDS
    assert 0 < description.delay_s < description.tail_frames / 100 <= 0.32


def test_log_probabilities_of_each_step_are_of_one_letter_or_none(network: AcousticNetwork, frames: np.ndarray) -> None:
    letters, state = network.advance(frames, network.initial(5))
    for language, alphabet in network.description.alphabets.items():
        assert letters[language].shape == (5, 64 // STEP_FRAMES, 1 + len(alphabet))
        np.testing.assert_allclose(np.exp(letters[language]).sum(axis=2), 1, atol=1e-4)
    assert state.shape == network.initial(5).shape


def test_chunks_give_what_the_whole_gives(network: AcousticNetwork, frames: np.ndarray) -> None:
    whole, _ = network.advance(frames, network.initial(5))
    state, parts = network.initial(5), []
    for begin, end in [(0, 8), (8, 40), (40, 64)]:
        letters, state = network.advance(frames[:, begin:end], state)
        parts.append(letters["ru"])
    near(np.concatenate(parts, axis=1), whole["ru"])


def test_channels_keep_to_themselves(network: AcousticNetwork, frames: np.ndarray) -> None:
    together, _ = network.advance(frames, network.initial(5), ("kk",))
    alone, _ = network.advance(frames[2:3], network.initial(1))
    near(together["kk"][2:3], alone["kk"])


def near(found: np.ndarray, wanted: np.ndarray) -> None:
    """Eight-bit steps are chosen for all that one call holds, so company changes the last digits and no more."""
    apart = np.abs(np.exp(found) - np.exp(wanted))
    assert apart.mean() < 0.003
    assert apart.max() < 0.15, "noise leaves a few letters between two"
    assert np.abs(np.exp(found) - np.exp(wanted)).mean() < 2e-3


def test_nothing_to_do_changes_nothing(network: AcousticNetwork) -> None:
    letters, _ = network.advance(np.zeros((0, 32, BANDS), np.float32), network.initial(0))
    assert letters["ru"].shape[:2] == (0, 8)


def test_a_shape_that_does_not_fit_is_an_error(network: AcousticNetwork) -> None:
    with pytest.raises(AudioError, match="the network takes frames"):
        network.advance(np.zeros((1, 30, BANDS), np.float32), network.initial(1))


def test_a_file_that_is_no_network_is_told(tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(b"text")
    with pytest.raises(ModelMissing, match="not a network of the built-in recogniser"):
        AcousticNetwork(tmp_path / "network.onnx")
    with pytest.raises(ModelMissing, match="no such file"):
        AcousticNetwork(tmp_path / "none.onnx")


def test_a_description_comes_back_from_its_text() -> None:
    description = Description("1", {"ru": " аб"}, 32, 0.1, Normalisation((9.0,) * BANDS, reach=3.0), 8)
    assert Description.from_json(description.to_json()) == description
    with pytest.raises(ValueError, match="14 bands"):
        Description.from_json(Description("1", {"ru": "а"}, 32, 0.1, Normalisation((9.0,) * 14)).to_json())


def test_greedy_reading_merges_what_is_held_and_drops_blanks() -> None:
    best = [0, 1, 1, 0, 1, 2, 2, 0, 0, 3]
    assert greedy(np.eye(4, dtype=np.float32)[best], "абв") == "аабв"
