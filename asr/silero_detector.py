"""Silero voice activity detection: one ONNX session and one batch for all channels, state per channel.

Measured on one core of an AMD EPYC, 8 kHz, a batch every 32 ms: 1 channel 0.003 core, 32 channels 0.03, 130 channels
0.12 (``benchmarks/voice_activity.py``).
"""

import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from engine.audio import SAMPLE_RATE_HZ
from engine.errors import AudioError, ModelMissing

WINDOW_SAMPLES = 256
"""What the 8 kHz branch of the model takes at a time: 32 ms."""

_CONTEXT_SAMPLES = 32
"""The model is trained with the end of the previous window in front of each one: 4 ms at 8 kHz."""

_STATE_SIZE = 128
_MEND = "install it with: pip install --no-deps silero-vad==6.2.3"


def silero_path() -> Path:
    """Return the ONNX file inside the installed package, found without importing it, since importing it needs torch.

    Raises:
        ModelMissing: the package or its file is not there; the message holds the mend.
    """
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or spec.origin is None:
        raise ModelMissing(f"the package silero-vad is not installed; {_MEND}")
    path = Path(spec.origin).parent / "data" / "silero_vad.onnx"
    if not path.is_file():
        raise ModelMissing(f"{path}: no such file; {_MEND}")
    return path


class SileroDetector:
    """Implements `engine.ports.VoiceActivityDetector`. Not thread-safe.

    Args:
        path: the ONNX file; by default the one in the installed package.

    Raises:
        ModelMissing: the file is missing or is no ONNX model.
    """

    def __init__(self, path: Path | None = None) -> None:
        file = path or silero_path()
        if not file.is_file():
            raise ModelMissing(f"{file}: no such file; {_MEND}")
        options = onnxruntime.SessionOptions()
        # A batch of 130 takes 4 ms on one thread. More threads would only spin, and take cores from the recognisers.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors share no base but Exception
            raise ModelMissing(f"{file}: not a loadable ONNX model ({error}); {_MEND}") from error
        self._rate = np.array(SAMPLE_RATE_HZ, dtype=np.int64)
        self._rows: dict[int, int] = {}
        self._free: list[int] = []
        self._state = np.zeros((2, 0, _STATE_SIZE), dtype=np.float32)
        self._context = np.zeros((0, _CONTEXT_SAMPLES), dtype=np.float32)

    @property
    def window_samples(self) -> int:
        """Samples of 8 kHz audio that one probability stands for."""
        return WINDOW_SAMPLES

    def reset(self, channel: int) -> None:
        """Forget a channel; its row is free for another one."""
        row = self._rows.pop(channel, None)
        if row is not None:
            self._free.append(row)

    def probabilities(self, channels: npt.NDArray[np.int64], windows: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Advance each named channel by one window.

        Args:
            channels: int64, shape (n,), each at most once.
            windows: int16, shape (n, 256), 8 kHz.

        Returns:
            float32, shape (n,), probability of speech in 0..1.

        Raises:
            AudioError: the windows' shape or type does not fit.
        """
        if windows.dtype != np.int16 or windows.shape != (len(channels), WINDOW_SAMPLES):
            wanted = f"int16 of shape ({len(channels)}, {WINDOW_SAMPLES})"
            raise AudioError(f"voice activity takes {wanted}, not {windows.dtype} of shape {windows.shape}")
        if len(channels) == 0:
            return np.zeros(0, dtype=np.float32)
        rows = np.fromiter((self._row(channel) for channel in channels.tolist()), dtype=np.intp, count=len(channels))
        audio = np.concatenate([self._context[rows], windows.astype(np.float32) / 32768], axis=1)
        feed = {"input": audio, "state": self._state[:, rows], "sr": self._rate}
        speech, state = self._session.run(["output", "stateN"], feed)
        self._state[:, rows] = state
        self._context[rows] = audio[:, -_CONTEXT_SAMPLES:]
        probabilities: npt.NDArray[np.float32] = speech[:, 0]
        return probabilities

    def _row(self, channel: int) -> int:
        row = self._rows.get(channel)
        if row is not None:
            return row
        if not self._free:
            self._grow()
        row = self._rows[channel] = self._free.pop()
        self._state[:, row] = 0
        self._context[row] = 0
        return row

    def _grow(self) -> None:
        held = len(self._context)
        wanted = max(32, 2 * held)
        state = np.zeros((2, wanted, _STATE_SIZE), dtype=np.float32)
        context = np.zeros((wanted, _CONTEXT_SAMPLES), dtype=np.float32)
        state[:, :held], context[:held] = self._state, self._context
        self._state, self._context = state, context
        self._free.extend(range(held, wanted))
