"""What the native library keeps out by itself: strangers and scanners at SIP, foreign packets at RTP.

It does so in C++, before a transaction, a dialog or a socket is made, or a packet is decoded. With the wheel there is
nobody at the gate: the switchboard judges every INVITE all the same, and the library believes all RTP.
"""

import logging
from dataclasses import dataclass
from ipaddress import IPv4Network

import pjsua2 as pj

from telephony.scanners import signatures
from telephony.settings import SipSettings

_log = logging.getLogger(__name__)
_REPORT_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """How many were kept out since the start."""

    strangers: int = 0
    scanners: int = 0
    misrouted: int = 0


class Gatekeeper:
    """The native library's gate for SIP requests and its guard of RTP. Used on the control thread alone.

    Args:
        settings: whom to let in, and what the rest is told.
    """

    def __init__(self, settings: SipSettings) -> None:
        self._guard = pj.RtpGuard() if hasattr(pj, "RtpGuard") else None
        self._gate = pj.SipGate() if hasattr(pj, "SipGate") else None
        self._reported = _Kept()
        self._next_report_s = 0.0
        if self._gate is not None:
            for network in settings.allowed_peers:
                self._gate.allow(str(IPv4Network(network)))  # it reads no netmask but a length
            for signature in signatures():
                self._gate.add_scanner(signature)
            self._gate.set_retry_after(settings.retry_after_s)
            self._gate.set_taking_calls(False)

    def latch(self, account_id: int, *, permitted: bool) -> None:
        """Say whether RTP of an account's calls may come from another address than SDP says, once, at the start."""
        if self._guard is not None:
            self._guard.set_latch(account_id, permitted)

    def take_foreign_packets(self, call_number: int) -> int:
        """Return how many foreign packets a call of the library's got since this was last asked."""
        return int(self._guard.take_dropped(call_number)) if self._guard is not None else 0

    def work(self, now: float, *, takes_calls: bool) -> None:
        """Answer OPTIONS by whether calls are taken, and say now and then who was kept out.

        Args:
            now: monotonic seconds.
            takes_calls: whether the next caller would be let in.
        """
        if self._gate is None:
            return
        self._gate.set_taking_calls(takes_calls)
        if now < self._next_report_s:
            return
        self._next_report_s = now + _REPORT_EVERY_S
        kept = _Kept(self._gate.strangers(), self._gate.scanners(), self._gate.misrouted())
        if kept != self._reported:
            _log.warning(
                "kept out: %d requests from networks that are not allowed, %d of scanners, %d for third addresses",
                kept.strangers - self._reported.strangers,
                kept.scanners - self._reported.scanners,
                kept.misrouted - self._reported.misrouted,
            )
            self._reported = kept
