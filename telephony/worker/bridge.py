"""Between the library's conference bridge and the rings: a port for each channel, and a pair that beats the time.

The bridge first takes a frame from every port that someone listens to, in the order in which the ports were made, then
gives one to every port, in the same order. So the ports are made once, for all calls to come, between the two halves of
the metronome: when its second half gets its frame, every port has done its part of the tick.

This is the Python port, for a handful of calls: it costs about 0.2 ms a call and tick, most of it in copying byte by
byte out of the library's vector.
"""

import logging
import os
import threading
from collections.abc import Sequence

import numpy as np
import pjsua2 as pj

from engine.audio import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from engine.errors import TelephonyError
from telephony.ring_file import SlotState
from telephony.rings import BridgeEnd

_log = logging.getLogger(__name__)
_FRAME_BYTES = 2 * FRAME_SAMPLES


def _format() -> pj.MediaFormatAudio:
    shape = pj.MediaFormatAudio()
    shape.init(pj.PJMEDIA_FORMAT_PCM, SAMPLE_RATE_HZ, 1, FRAME_MS * 1000, 16)
    return shape


class RingPort(pj.AudioMediaPort):  # type: ignore[misc]
    """One channel's port. Its two callbacks come on the library's clock thread, once a tick each at most."""

    def __init__(self, slot: int, rings: BridgeEnd, lock: threading.Lock) -> None:
        super().__init__()
        self._slot, self._rings, self._lock = slot, rings, lock
        self._silence = pj.ByteVector(bytes(_FRAME_BYTES))
        self.sending = False
        """Whether the call takes frames: answered, and not on hold. Set by the control thread."""
        self.receiving = False
        self.heard: Samples | None = None
        self.arrived: Samples | None = None
        """What the last tick brought, for the port that this one is joined to."""
        self.joined: RingPort | None = None
        """Whose far end this one's hears where nothing of ours is queued. Changed under the lock."""
        self.apology: list[Samples] | None = None
        """Frames of the worker's own that go out instead of the engine's."""

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        """Give the frame that is sent in this tick."""
        samples = None
        try:
            with self._lock:  # or the slot could go to the next call in the middle of it
                samples = self._next() if self.sending else None
        except Exception:
            _log.exception("slot %d: no frame could be taken", self._slot)
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = self._silence if samples is None else pj.ByteVector(samples.tobytes())
        frame.size = _FRAME_BYTES

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        """Keep the frame that arrived in this tick."""
        try:
            if self.receiving and frame.size == _FRAME_BYTES:
                self.heard = np.frombuffer(bytes(frame.buf), dtype=np.int16)
        except Exception:
            _log.exception("slot %d: a frame could not be kept", self._slot)

    def take_heard(self) -> Samples | None:
        """Return what arrived in this tick, once; the joined port passes it on in the next tick."""
        self.arrived, self.heard = self.heard, None
        return self.arrived

    def _next(self) -> Samples | None:
        if self.apology is None:
            samples = self._rings.next_frame(self._slot)
            if samples is not None or self.joined is None:
                return samples
            samples = self.joined.arrived
        else:
            samples = self.apology.pop() if self.apology else None
        if samples is not None:
            self._rings.speak(self._slot, samples)
        return samples


class _Metronome(pj.AudioMediaPort):  # type: ignore[misc]
    """Half of the pair. The first half gives silence; the second, once it gets it, closes the tick."""

    def __init__(self, bridge: "Bridge") -> None:
        super().__init__()
        self._bridge = bridge
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
            self._bridge.close_tick()
        except Exception:
            _log.exception("a tick could not be written")


class Bridge:
    """All ports of a worker.

    Slots change hands on the control thread and ticks are written on the clock thread, so both hold a lock; no call
    into the library is ever made under it.

    Args:
        rings: the worker's end.
        slots: how many calls the rings hold.
        wake_fd: eventfd of the engine.
    """

    def __init__(self, rings: BridgeEnd, slots: int, wake_fd: int) -> None:
        self._rings = rings
        self._wake_fd = wake_fd
        self._lock = threading.Lock()
        shape = _format()
        self._ports = [RingPort(slot, rings, self._lock) for slot in range(slots)]
        self._metronome = [_Metronome(self), _Metronome(self)]
        in_order: list[pj.AudioMediaPort] = [self._metronome[0], *self._ports, self._metronome[1]]
        try:
            for place, port in enumerate(in_order):
                port.createPort(f"ring-{place}", shape)
            self._metronome[0].startTransmit(self._metronome[1])
        except pj.Error as error:
            raise TelephonyError(f"the conference bridge refused a port: {error.reason}") from error

    def close_tick(self) -> None:
        """Write every live slot's tick and wake the engine; on the clock thread."""
        with self._lock:
            for slot, port in enumerate(self._ports):
                heard = port.take_heard()
                if self._rings.state(slot) is SlotState.LIVE:
                    self._rings.commit(slot, heard)
            self._rings.tick_done()
        os.eventfd_write(self._wake_fd, 1)

    def free_slot(self) -> int | None:
        """Return a slot that no call has, or None."""
        free = (slot for slot in range(len(self._ports)) if self._rings.state(slot) is SlotState.FREE)
        return next(free, None)

    @property
    def free_slots(self) -> int:
        """How many slots no call has."""
        return sum(self._rings.state(slot) is SlotState.FREE for slot in range(len(self._ports)))

    def open(self, slot: int, call_id: str) -> int:
        """Give a slot to a call and return its epoch."""
        with self._lock:
            self._ports[slot].sending = self._ports[slot].receiving = False
            return self._rings.open(slot, call_id)

    def connect(self, slot: int, media: pj.AudioMedia, *, sending: bool) -> None:
        """Let a call's audio flow; what we play goes out only once it is ``sending``."""
        port = self._ports[slot]
        with self._lock:
            self._rings.start(slot)
            port.receiving, port.sending = True, sending
        media.startTransmit(port)
        port.startTransmit(media)

    def set_sending(self, slot: int) -> None:
        """From now on frames are taken from the engine."""
        self._ports[slot].sending = True

    def pause(self, slot: int) -> None:
        """Keep silent both ways; ticks go on."""
        port = self._ports[slot]
        port.sending = port.receiving = False

    def join(self, slot: int, other: int) -> None:
        """Let the far ends of two calls hear each other, one tick late; what the engine queues goes first.

        Each of them is parted from whomever it was joined to before.
        """
        with self._lock:
            self._part(slot)
            self._part(other)
            self._ports[slot].joined, self._ports[other].joined = self._ports[other], self._ports[slot]

    def part(self, slot: int) -> None:
        """End the join that the slot's call is in, if any."""
        with self._lock:
            self._part(slot)

    def _part(self, slot: int) -> None:
        port = self._ports[slot]
        if port.joined is not None:
            port.joined.joined = None
            port.joined = None

    def end(self, slot: int) -> None:
        """The call is over, and so is a join that it was in."""
        with self._lock:
            self._part(slot)
            self._ports[slot].sending = self._ports[slot].receiving = False
            self._rings.end(slot)

    def release(self, slot: int, epoch: int) -> None:
        """The engine has read all of that call."""
        if 0 <= slot < len(self._ports):
            with self._lock:
                self._rings.release(slot, epoch)

    def position_s(self, slot: int) -> float:
        """Stream seconds of the slot's call."""
        return self._rings.ticks(slot) * FRAME_MS / 1000

    def apologise(self, frames: Sequence[Samples]) -> None:
        """Play frames of our own in every call, instead of what the engine queued."""
        for port in self._ports:
            port.apology = list(reversed(frames))

    @property
    def apologising(self) -> bool:
        """Whether any call still hears the apology."""
        return any(port.sending and port.apology for port in self._ports)

    def close(self) -> None:
        """Take the ports off the bridge; its clock must stand still."""
        self._ports.clear()
        self._metronome.clear()
