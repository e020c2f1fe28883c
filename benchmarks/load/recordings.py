"""Recordings against the packets on the wire: what of the audio that passed was kept."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.bare_phone import a_law
from benchmarks.load.packets import Packets, silent
from benchmarks.load.sound import Said, keys_of, windows
from engine.audio import SAMPLE_RATE_HZ
from telephony.recording import HEADER_BYTES

_TAIL_S = 2.0
"""Of the recording beyond the packets looked at: the jitter buffer's delay and then some."""


def channels(path: Path) -> npt.NDArray[np.int16]:
    """Return what is in a recording whatever its header says, int16, shape (n, 2): the bot and the caller."""
    data = path.read_bytes()[HEADER_BYTES:]
    return np.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2).astype(np.int16)


def unrecorded(recorded: npt.NDArray[np.int16], packets: Packets) -> npt.NDArray[np.bool_]:
    """Return of each packet whether its audio is missing in a recording, shape (n,).

    Packets that begin with digital silence cannot be told from each other and count as recorded.

    Args:
        recorded: one channel, int16, shape (n,), about as long as the packets last.
        packets: of one stream.
    """
    known = np.unique(windows(np.frombuffer(a_law(recorded), dtype=np.uint8)))
    return ~np.isin(keys_of(packets), known) & ~silent(packets)


def lost_at_the_end_ms(recorded: npt.NDArray[np.int16], packets: Packets, seconds: float) -> float:
    """Return how much of the audio of the last seconds of a stream is missing in a recording, in ms.

    Args:
        recorded: one channel, int16, shape (n,), up to the end.
        packets: of one stream, up to the end.
        seconds: to look at.
    """
    if not len(packets):
        return 0.0
    last = packets[packets["at_ns"] > packets["at_ns"][-1] - round(seconds * 1e9)]
    return 20.0 * int(unrecorded(recorded[-round((seconds + _TAIL_S) * SAMPLE_RATE_HZ) :], last).sum())


def strange_frames(recorded: npt.NDArray[np.int16], said: Said) -> int:
    """Return how many frames of 20 ms of a channel are none of what the caller says, PLC and silence included."""
    count = len(recorded) // 160
    codes = np.frombuffer(a_law(recorded), dtype=np.uint8)[: count * 160].reshape(count, 160)
    return int((said.find(codes) < 0).sum())


def tone_frames(recorded: npt.NDArray[np.int16], tone_hz: float) -> int:
    """Return in how many frames of 20 ms of a channel a tone is most of what there is."""
    count = len(recorded) // 160
    frames = recorded[: count * 160].reshape(count, 160).astype(float)
    wave = np.exp(-2j * np.pi * tone_hz * np.arange(160) / SAMPLE_RATE_HZ)
    tone = 2 * np.abs(frames @ wave) ** 2 / 160
    energy = (frames**2).sum(axis=1)
    return int(((tone > 0.5 * energy) & (energy > 160 * 300.0**2)).sum())
