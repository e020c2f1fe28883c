"""What is said on the wire: how long an echo takes, and how long it takes until the bot is silent."""

import numpy as np
import numpy.typing as npt

from benchmarks.load.packets import PREFIX_BYTES, Packets, silent, streams
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ

_KEY_BYTES = 16
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)

_QUIET_PACKETS = 10
"""So many silent ones in a row are a pause, and no silent moment of speech."""


class Said:
    """What every caller says again and again, to be found in what comes back.

    Args:
        audio: A-law, whole packets, no 16 codes of which occur twice.
    """

    def __init__(self, audio: bytes) -> None:
        codes = np.frombuffer(audio, dtype=np.uint8)
        keys = windows(np.concatenate([codes, codes[: _KEY_BYTES - 1]]))
        self._places = np.argsort(keys)
        self._keys = keys[self._places]

    def places(self, packets: Packets) -> npt.NDArray[np.int64]:
        """Return which sample of the audio each packet begins with, -1 where it is none of it; shape (n,)."""
        return self._places_of(keys_of(packets))

    def find(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """Return the same of frames of A-law, shape (n, 16 or more)."""
        return self._places_of(_mixed(codes[:, :_KEY_BYTES]))

    def _places_of(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[at] == keys, self._places[at], -1)


def echo_ms(said: Said, to_us: Packets, from_us: Packets) -> npt.NDArray[np.float64]:
    """Return the delay of each packet of ours that plays back a caller's audio, sample for sample; shape (n,).

    The jitter buffer cuts frames anew, so a packet of ours may begin in the middle of one of theirs.

    Args:
        said: by the callers.
        to_us: packets of callers.
        from_us: packets of the bot.
    """
    both = np.concatenate([to_us, from_us])
    theirs = np.arange(len(both)) < len(to_us)
    places = said.places(both)
    frames, offsets = places // FRAME_SAMPLES, places % FRAME_SAMPLES
    ports = np.where(theirs, both["target"], both["source"])
    order = np.lexsort((~theirs, both["at_ns"], frames, ports))
    theirs, frames, offsets = theirs[order], frames[order], offsets[order]
    ports, at_ns = ports[order], both["at_ns"][order]
    # Of each packet the last one of a caller before it, which counts if it is of the same call and frame.
    before = np.maximum.accumulate(np.where(theirs, np.arange(len(both)), -1))
    ours = np.flatnonzero(~theirs & (before >= 0) & (frames >= 0))
    source = before[ours]
    same = (ports[ours] == ports[source]) & (frames[ours] == frames[source])
    taken_ms = (at_ns[ours] - at_ns[source]) / 1e6 - 1000 * offsets[ours] / SAMPLE_RATE_HZ
    found: npt.NDArray[np.float64] = taken_ms[same]
    return found


def silence_ms(from_us: Packets, flushes: list[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Return the time from each flush to the first packet of the pause that it makes, shape (n,).

    Args:
        from_us: packets of the bot.
        flushes: our media port of the call, and when the flush was ordered, ns.
    """
    by_port = {int(stream["source"][0]): stream for stream in streams(from_us)}
    found = []
    for port, at_ns in flushes:
        stream = by_port.get(port)
        if stream is None:
            continue
        after = stream[stream["at_ns"] >= at_ns][: 5 * _QUIET_PACKETS]
        if len(after) < 2 * _QUIET_PACKETS:
            continue  # the call or the capture ended
        run = np.convolve(silent(after), np.ones(_QUIET_PACKETS), mode="valid")
        quiet = np.flatnonzero(run == _QUIET_PACKETS)
        found.append((after["at_ns"][quiet[0]] - at_ns) / 1e6 if len(quiet) else np.inf)
    return np.array(found)


def keys_of(packets: Packets) -> npt.NDArray[np.uint64]:
    """Return a number for each packet, the same for the same audio, shape (n,)."""
    prefix = np.ascontiguousarray(packets["prefix"]).view(np.uint8).reshape(-1, PREFIX_BYTES)
    return _mixed(prefix[:, :_KEY_BYTES])


def windows(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return, for each place in A-law audio, the number that a packet would have that begins there."""
    if len(codes) < _KEY_BYTES:
        return np.empty(0, dtype=np.uint64)
    return _mixed(np.lib.stride_tricks.sliding_window_view(codes, _KEY_BYTES))


def _mixed(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return a number for each row of `_KEY_BYTES` codes, all but certainly different for different rows."""
    words = np.ascontiguousarray(codes).view("<u8")
    mixed: npt.NDArray[np.uint64] = words[:, 0] * _MIX[0] ^ words[:, 1] * _MIX[1]
    return mixed
