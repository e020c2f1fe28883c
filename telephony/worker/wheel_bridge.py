"""The Python ports, for the wheel's handful of calls.

They cost about 0.2 ms a call and tick, most of it in copying byte by byte out of the library's vector.
"""

import logging
from pathlib import Path

import numpy as np
import pjsua2 as pj

from engine.audio import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ
from engine.errors import TelephonyError
from telephony.ring_file import RingFile
from telephony.rings import BridgeEnd
from telephony.worker.bridge import Bridge
from telephony.worker.ring_slots import RingSlots

_log = logging.getLogger(__name__)
_FRAME_BYTES = 2 * FRAME_SAMPLES


def _format() -> pj.MediaFormatAudio:
    shape = pj.MediaFormatAudio()
    shape.init(pj.PJMEDIA_FORMAT_PCM, SAMPLE_RATE_HZ, 1, FRAME_MS * 1000, 16)
    return shape


class _RingPort(pj.AudioMediaPort):  # type: ignore[misc]
    """One channel's port. Its two callbacks come on the library's clock thread, once a tick each at most."""

    def __init__(self, slot: int, slots: RingSlots) -> None:
        super().__init__()
        self._slot, self._slots = slot, slots
        self._silence = pj.ByteVector(bytes(_FRAME_BYTES))

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        """Give the frame that is sent in this tick."""
        samples = None
        try:
            samples = self._slots.take(self._slot)
        except Exception:
            _log.exception("slot %d: no frame could be taken", self._slot)
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = self._silence if samples is None else pj.ByteVector(samples.tobytes())
        frame.size = _FRAME_BYTES

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        """Keep the frame that arrived in this tick."""
        try:
            if frame.size == _FRAME_BYTES:
                self._slots.hear(self._slot, np.frombuffer(bytes(frame.buf), dtype=np.int16))
        except Exception:
            _log.exception("slot %d: a frame could not be kept", self._slot)


class _Metronome(pj.AudioMediaPort):  # type: ignore[misc]
    """Half of the pair. The first half gives silence; the second, once it gets it, closes the tick."""

    def __init__(self, slots: RingSlots) -> None:
        super().__init__()
        self._slots = slots
        self._silence = pj.ByteVector(bytes(_FRAME_BYTES))

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        """Give silence."""
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = self._silence
        frame.size = _FRAME_BYTES

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        """Close the tick, if this is the second half: the first gets an empty frame."""
        if not frame.size:
            return
        try:
            self._slots.close_tick()
        except Exception:
            _log.exception("a tick could not be written")


class WheelBridge(Bridge):
    """Ports that the library calls in Python.

    Args:
        rings: the rings file.
        wake_fd: eventfd of the engine.

    Raises:
        TelephonyError: the file is no rings file, or the library refused a port.
    """

    def __init__(self, rings: Path, wake_fd: int) -> None:
        self._file = RingFile(rings)
        count = self._file.shape.slots
        slots = RingSlots(BridgeEnd(self._file), count, wake_fd)
        super().__init__(slots)
        shape = _format()
        self._ports = [_RingPort(slot, slots) for slot in range(count)]
        self._metronome = [_Metronome(slots), _Metronome(slots)]
        in_order: list[pj.AudioMediaPort] = [self._metronome[0], *self._ports, self._metronome[1]]
        try:
            for place, port in enumerate(in_order):
                port.createPort(f"ring-{place}", shape)
            self._metronome[0].startTransmit(self._metronome[1])
        except pj.Error as error:
            raise TelephonyError(f"the conference bridge refused a port: {error.reason}") from error

    def connect(self, slot: int, media: pj.AudioMedia, *, sending: bool) -> None:
        """Let a call's audio flow; what we play goes out only once it is ``sending``."""
        self._slots.start(slot, sending)
        media.startTransmit(self._ports[slot])
        self._ports[slot].startTransmit(media)

    def close(self) -> None:
        """Take the ports off the bridge."""
        self._ports.clear()
        self._metronome.clear()
