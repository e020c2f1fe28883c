"""Decodes recordings of strangers in a process of its own, which may do nothing but decode.

FFmpeg's libraries are large, and written for speed; a file may be made to break them. So the file is opened here, and a
decoder process (`asr.decoder`) gets its descriptor, writes 8 kHz audio into memory that both share, and says in a line
how that went. It has no other descriptor and may open none: no file, no socket. Memory, processor time, output and
time by the clock are limited; when it is over, the decoder is killed with all of its session.
"""

import contextlib
import json
import mmap
import os
import select
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr.recordings import open_recording
from engine.audio import SAMPLE_RATE_HZ
from engine.errors import AudioError
from engine.sealing import Keyring, plain_path

_SAMPLE_BYTES = 2
_MOST_CHANNELS = 2
_MOST_STATUS_BYTES = 4096
_PACKAGES = str(Path(__file__).resolve().parents[1])
_MEND = "check that it plays, or convert it to WAV"


@dataclass(frozen=True, slots=True)
class DecodingLimits:
    """What one file may take.

    Args:
        longest_s: of audio.
        wall_s: by the clock.
        cpu_s: of one core.
        memory_bytes: beyond what the decoder takes before it sees the file.
    """

    longest_s: int = 4 * 3600
    wall_s: int = 600
    cpu_s: int = 120
    memory_bytes: int = 256 * 2**20

    @property
    def output_bytes(self) -> int:
        """The most that the decoder may write."""
        return self.longest_s * SAMPLE_RATE_HZ * _MOST_CHANNELS * _SAMPLE_BYTES


USUAL_LIMITS = DecodingLimits()
"""For recordings of calls."""


@dataclass(frozen=True, slots=True)
class DecodedRecording:
    """What a decoder process made of a file.

    Args:
        samples: int16, shape (n, channels), 8 kHz.
        own_network: whether the decoder had an empty network namespace. Where the system grants none, as in many
            containers, that it may open no descriptor keeps it from the network alone.
    """

    samples: npt.NDArray[np.int16]
    own_network: bool


def decode_untrusted(
    path: Path, limits: DecodingLimits = USUAL_LIMITS, *, keys: Keyring | None = None
) -> npt.NDArray[np.int16]:
    """Decode a recording of a stranger: WAV, MP3, OGG, FLAC and the other formats of `asr.recordings`.

    Args:
        path: of the file.
        limits: what it may take.
        keys: that open a sealed one; it is opened here, and the decoder gets what it holds.

    Returns:
        int16, shape (n, channels), 8 kHz.

    Raises:
        AudioError: the file is missing, broken, hostile, takes more than the limits, or is sealed and its key missing;
            the message names it, the reason and the mend.
    """
    return decode_apart(path, limits, keys=keys).samples


def decode_apart(path: Path, limits: DecodingLimits = USUAL_LIMITS, *, keys: Keyring | None = None) -> DecodedRecording:
    """Do the same, and say how far the decoder was kept apart.

    Raises:
        AudioError: as above.
    """
    try:
        with open_recording(path, keys) as file:
            output = os.memfd_create("decoded", os.MFD_CLOEXEC)
            try:
                status = _run(file.fileno(), output, plain_path(path).suffix, limits)
                return DecodedRecording(_samples(output, status), bool(status.get("own_network")))
            finally:
                os.close(output)
    except AudioError as error:
        raise AudioError(f"{path}: {error}") from error
    except OSError as error:
        raise AudioError(f"{path}: no decoder could be started ({error}); free memory or processes") from error


def _run(recording: int, output: int, suffix: str, limits: DecodingLimits) -> dict[str, object]:
    """Return what the decoder says of its work, once it has ended."""
    order = json.dumps({"output": output, "suffix": suffix, **asdict(limits), "output_bytes": limits.output_bytes})
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "asr.decoder", order],
        stdin=recording,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(output,),
        cwd="/",
        env={"PYTHONPATH": _PACKAGES, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},  # and no secret
        start_new_session=True,
    )
    assert process.stdout is not None
    said = None
    try:
        waiting = select.poll()
        waiting.register(process.stdout, select.POLLIN)
        if waiting.poll(1000 * limits.wall_s):
            said = os.read(process.stdout.fileno(), _MOST_STATUS_BYTES)
    finally:
        with contextlib.suppress(ProcessLookupError):  # it died before it had a session of its own
            os.killpg(process.pid, signal.SIGKILL)  # before it is waited for: until then the number is its own
        code = process.wait()
        process.stdout.close()
    if said is None:
        raise AudioError(f"takes more than {limits.wall_s} s to decode; {_MEND}")
    if not said:
        raise AudioError(_death(code, limits))
    return _status(said)


def _status(said: bytes) -> dict[str, object]:
    try:
        status = json.loads(said)
    except (ValueError, RecursionError):
        status = None
    if not isinstance(status, dict):
        raise AudioError(f"its decoder answered nonsense; {_MEND}")
    if "error" in status:
        raise AudioError("".join(filter(str.isprintable, str(status["error"]))))
    return status


def _samples(output: int, status: dict[str, object]) -> npt.NDArray[np.int16]:
    """Map what was written; it lives as long as the array does, and nobody else can change it any more."""
    channels, size = status.get("channels"), os.fstat(output).st_size
    if channels not in (1, 2) or size == 0 or size % (_SAMPLE_BYTES * int(str(channels))):
        raise AudioError(f"its decoder answered nonsense; {_MEND}")
    return np.frombuffer(mmap.mmap(output, size), dtype=np.int16).reshape(-1, int(str(channels)))


def _death(code: int, limits: DecodingLimits) -> str:
    if code == -signal.SIGXCPU:
        return f"takes more than {limits.cpu_s} s of a core to decode; {_MEND}"
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"its decoder {how}; {_MEND}"
