"""The acoustic network: one call advances all channels, each with its own state, and gives letters in two languages.

The ONNX file holds the network and, in its metadata, a description of all that is needed to feed and read it. Inputs
are ``frames`` (channels, frames, 15) and ``state`` (channels, state size), outputs ``state_after`` and one array of
natural log-probabilities a language, (channels, steps, 1 + letters): index 0 is the blank of CTC, index i the letter
i - 1 of the alphabet. The network looks back only. It learns to wait for what it needs: a letter comes `delay_s` after
its sound on average, and all letters of an utterance have come once `tail_frames` of frames followed its end.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from asr.builtin.features import BANDS, Floats, Normalisation
from engine.errors import AudioError, ModelMissing

STEP_FRAMES = 4
"""Frames of the front end that one step of letters stands for: 40 ms."""

METADATA_KEY = "recogniser"


@dataclass(frozen=True, slots=True)
class Description:
    """What an ONNX file says of its network.

    Args:
        version: of the trained weights.
        alphabets: language to its letters, the space among them; ё is a letter of its own.
        tail_frames: frames of quiet to feed after an utterance, so that its last letters come.
        delay_s: seconds from a sound to its letter, on average.
        normalisation: for the front end.
        block_frames: each call takes a whole number of such blocks of frames.
    """

    version: str
    alphabets: dict[str, str]
    tail_frames: int
    delay_s: float
    normalisation: Normalisation
    block_frames: int = STEP_FRAMES

    def to_json(self) -> str:
        """Return the text for the file's metadata."""
        normalisation = {name: getattr(self.normalisation, name) for name in Normalisation.__slots__}
        fields = {name: getattr(self, name) for name in Description.__slots__}
        return json.dumps(fields | {"normalisation": normalisation}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Description":
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is no such text.
        """
        try:
            fields = json.loads(text)
            normalisation = fields.pop("normalisation")
            mean = tuple(float(value) for value in normalisation.pop("mean"))
            if len(mean) != BANDS:
                raise ValueError(f"the mean has {len(mean)} bands, not {BANDS}")
            return cls(**fields, normalisation=Normalisation(mean, **normalisation))
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from error


class AcousticNetwork:
    """A loaded network. Its calls may come from any thread; the channels' states are the caller's.

    Args:
        path: the ONNX file.
        threads: that one call may use.

    Raises:
        ModelMissing: the file is missing, or is no such network.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        if not path.is_file():
            raise ModelMissing(f"{path}: no such file; reinstall the package")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self.description = Description.from_json(self._session.get_modelmeta().custom_metadata_map[METADATA_KEY])
        except Exception as error:  # onnxruntime's own errors share no base but Exception
            raise ModelMissing(f"{path}: not a network of the built-in recogniser ({error})") from error
        self._state_size: int = {entry.name: entry for entry in self._session.get_inputs()}["state"].shape[1]

    def initial(self, channels: int) -> Floats:
        """Return states of channels that begin: float32, shape (channels, state size)."""
        return np.zeros((channels, self._state_size), np.float32)

    def advance(
        self, frames: Floats, state: Floats, languages: tuple[str, ...] | None = None
    ) -> tuple[dict[str, Floats], Floats]:
        """Take each channel's next frames.

        Args:
            frames: normalised by the front end, float32, shape (channels, k * STEP_FRAMES, BANDS), whole blocks of the
                description's `block_frames`.
            state: float32, shape (channels, state size).
            languages: that are wanted; all by default. The trunk is shared: a second one costs next to nothing.

        Returns:
            For each language log-probabilities, float32, shape (channels, k, 1 + letters), and the new states.

        Raises:
            AudioError: the shapes do not fit.
        """
        channels, count, bands = frames.shape
        block = self.description.block_frames
        if bands != BANDS or count % block or state.shape != (channels, self._state_size):
            wanted = f"frames of shape (n, k * {block}, {BANDS}) with a state of shape (n, {self._state_size})"
            raise AudioError(f"the network takes {wanted}, not {frames.shape} with {state.shape}")
        wanted_languages = languages or tuple(self.description.alphabets)
        if not channels or not count:
            steps = (channels, count // STEP_FRAMES)
            sizes = {language: 1 + len(self.description.alphabets[language]) for language in wanted_languages}
            return {language: np.zeros((*steps, size), np.float32) for language, size in sizes.items()}, state
        *letters, after = self._session.run([*wanted_languages, "state_after"], {"frames": frames, "state": state})
        return dict(zip(wanted_languages, letters, strict=True)), after


def greedy(log_probabilities: npt.NDArray[np.float32], alphabet: str) -> str:
    """Return the letters of the best path: repeats merged, blanks dropped.

    Args:
        log_probabilities: of one channel, shape (steps, 1 + letters).
        alphabet: letters of the indices from 1.
    """
    best = log_probabilities.argmax(axis=1)
    kept = best[np.flatnonzero(np.diff(best, prepend=0))]
    return "".join(alphabet[index - 1] for index in kept if index)
