"""A call of the worker while it lasts: what is known of it, and how long it has been without a sign of life."""

import logging
from collections import deque
from dataclasses import dataclass, field

import pjsua2 as pj

from engine.calls import Direction, EndCause
from telephony.messages import Route
from telephony.trunks import Trunk
from telephony.worker.calls import LibraryCall
from telephony.worker.replies import reply

_log = logging.getLogger(__name__)

_NOT_TAKEN = 480
_PATIENCE = 20.0
"""Keys and changes of media a second: a key takes 80 ms at least (ITU-T Q.24: 40 ms of tone, 40 ms of pause)."""


@dataclass(slots=True)
class LiveCall:
    """One call, over however many trunks it is tried.

    Args:
        library: the library's call; another one after each trunk that did not take it.
        slot: of the rings.
        epoch: of the call in that slot.
        direction: who called.
        began_s: when it began; all moments are monotonic seconds.
        ring_s: how long it may ring.
        trunk: that it goes through or tries, None for none.
        rang: whether it rings, and so is tried at no other trunk.
    """

    library: LibraryCall
    slot: int
    epoch: int
    direction: Direction
    began_s: float
    ring_s: float
    trunk: Trunk | None = None
    rang: bool = False
    routes: deque[Route] = field(default_factory=deque)
    """What else to try if this trunk does not take the call."""
    tried_s: float = 0.0
    """When the INVITE that is out was sent."""
    heard: bool = False
    """Whether anything came back to it."""
    state: int = pj.PJSIP_INV_STATE_NULL
    up: bool = False
    held: bool = False
    held_s: float = 0.0
    """Since when."""
    media_index: int = -1
    """Of the audio that flows, -1 while none does."""
    packets: int = -1
    packets_s: float = 0.0
    cause: EndCause | None = None
    """Why we hung up, if we did."""
    transferring: bool = False
    patience: float = _PATIENCE
    """How many more signals of the far end's we take, filled up as time goes by."""
    patience_s: float = 0.0

    @property
    def call_id(self) -> str:
        """Ours."""
        return self.library.call_id

    def takes_another(self, now: float) -> bool:
        """Whether the far end may signal once more, so that one caller cannot fill the way to the engine."""
        self.patience = min(_PATIENCE, self.patience + (now - self.patience_s) * _PATIENCE)
        self.patience_s = now
        if self.patience < 1:
            return False
        self.patience -= 1
        return True

    def hang_up(self, cause: EndCause) -> None:
        """End it, or refuse it while it is not answered; the first cause counts."""
        if self.cause is not None:
            return
        cancelled = self.direction is Direction.OUTBOUND and not self.up and cause is EndCause.LOCAL_HANGUP
        self.cause = EndCause.CANCELLED if cancelled else cause
        refused = self.direction is Direction.INBOUND and not self.up
        try:
            self.library.hangup(reply(_NOT_TAKEN if refused else 0))
        except pj.Error as error:
            _log.info("call %s: hang-up failed (%s)", self.call_id, error.reason)

    def silent_s(self, now: float) -> float:
        """Return for how long no RTP has come."""
        if self.media_index >= 0:
            try:
                # Named: the binding frees an unnamed one while its parts are being read.
                statistics = self.library.getStreamStat(self.media_index)
                packets = int(statistics.rtcp.rxStat.pkt)
            except pj.Error:
                packets = -1
            if packets != self.packets:
                self.packets, self.packets_s = packets, now
        return now - self.packets_s
