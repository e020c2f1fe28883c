"""How fast INVITEs are handled, whoever sends them."""

import time
from collections import deque

from telephony.library import SOCKET_REST_S


class InvitePace:
    """Keeps the sockets of INVITEs, in either direction, within what the library has.

    Args:
        invites_at_once: see `SipLibrary.invites_at_once`.
    """

    def __init__(self, invites_at_once: int) -> None:
        self._last: deque[float] = deque([0.0] * invites_at_once, maxlen=invites_at_once)

    def note(self) -> None:
        """Count an INVITE."""
        self._last.append(time.monotonic())

    def wait(self) -> None:
        """Hold the library up while too many INVITEs have taken sockets, then count one; it reads dozens in one go.

        Under a flood signalling is a second or so late, and audio flows on; without this the process would end.
        """
        wait_s = self._last[0] + SOCKET_REST_S - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        self.note()
