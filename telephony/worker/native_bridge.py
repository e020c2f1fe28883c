"""The ports of the native build: plain C callbacks on the clock thread, no Python for a frame."""

from pathlib import Path

import pjsua2 as pj

from engine.errors import TelephonyError
from telephony.worker.bridge import Bridge


class NativeBridge(Bridge):
    """Ports that the library calls without the interpreter; they map the rings file themselves.

    Args:
        rings: the rings file.
        wake_fd: eventfd of the engine.

    Raises:
        TelephonyError: the file is no rings file, or the library refused a port.
    """

    def __init__(self, rings: Path, wake_fd: int) -> None:
        try:
            slots = pj.RingSlots(str(rings), wake_fd)
            self._ports = pj.RingBridge(slots)
        except RuntimeError as error:
            raise TelephonyError(str(error)) from error
        super().__init__(slots)

    def connect(self, slot: int, media: pj.AudioMedia, *, sending: bool) -> None:
        """Let a call's audio flow; what we play goes out only once it is ``sending``."""
        self._slots.start(slot, sending)
        try:
            self._ports.connect(slot, media.getPortId())
        except RuntimeError as error:
            raise TelephonyError(str(error)) from error

    def close(self) -> None:
        """Take the ports off the bridge."""
        self._ports.close()
