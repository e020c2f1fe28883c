"""What the library signals of calls, told to the engine."""

import logging
import time
from collections.abc import Callable

import pjsua2 as pj

from engine.calls import Direction, EndCause
from telephony import messages
from telephony.messages import Message
from telephony.outcomes import end_cause, fails_over
from telephony.settings import SipSettings
from telephony.worker.bridge import Bridge
from telephony.worker.calls import FarEndHeard, KeyPressed, MediaChanged, Signal, StateChanged, TransferAnswered
from telephony.worker.dialler import Dialler
from telephony.worker.gatekeeper import Gatekeeper
from telephony.worker.live_call import LiveCall
from telephony.worker.replies import plain
from telephony.worker.roster import Roster

_log = logging.getLogger(__name__)

_DIGITS = frozenset("0123456789*#ABCD")


class CallEvents:
    """Carries out what was signalled. Used on the control thread alone.

    Args:
        settings: of SIP.
        dialler: places a call through another trunk.
        bridge: where audio goes.
        keeper: knows of foreign packets.
        roster: of the calls.
        send: passes a message to the engine.
    """

    def __init__(
        self,
        settings: SipSettings,
        dialler: Dialler,
        bridge: Bridge,
        keeper: Gatekeeper,
        roster: Roster,
        send: Callable[[Message], None],
    ) -> None:
        self._settings, self._dialler, self._bridge = settings, dialler, bridge
        self._keeper, self._roster, self._send = keeper, roster, send

    def on_signal(self, call: LiveCall, signal: Signal) -> None:
        """Take note of a signal, and tell the engine."""
        match signal:
            case FarEndHeard():
                call.heard = True
            case StateChanged():
                self._on_state(call, signal)
            case MediaChanged() if call.takes_another(time.monotonic()):
                self._on_media(call, signal)
            case MediaChanged():
                _log.warning("call %s: the far end changes its media over and over", call.call_id)
                call.hang_up(EndCause.FAILED)
            case KeyPressed(digit=digit) if digit in _DIGITS and call.takes_another(time.monotonic()):
                self._send(messages.Digit(call.call_id, digit, self._bridge.position_s(call.slot)))
            case TransferAnswered() if call.transferring:
                call.transferring = signal.status < 200
                self._send(messages.Referred(call.call_id, signal.status, plain(signal.reason)))

    def _on_state(self, call: LiveCall, signal: StateChanged) -> None:
        call.state, call.heard = signal.state, call.heard or signal.heard
        if signal.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            untaken = call.cause is None and not call.rang and fails_over(signal.status)
            if not untaken or not self._dialler.retry(call, signal.status, plain(signal.reason)):
                self._on_end(call, signal)
        elif call.cause is not None:
            return
        elif signal.state == pj.PJSIP_INV_STATE_EARLY and call.direction is Direction.OUTBOUND:
            call.rang = True
            if signal.status != 183:
                self._send(messages.Rang(call.call_id, call.media_index >= 0))
        elif signal.state == pj.PJSIP_INV_STATE_CONFIRMED and not call.up:
            call.up = True
            call.packets_s = call.held_s = time.monotonic()
            if call.media_index >= 0:
                self._bridge.set_sending(call.slot)
            self._send(messages.Up(call.call_id))
            if call.held:
                self._send(messages.Hold(call.call_id, True, self._bridge.position_s(call.slot)))

    def _on_end(self, call: LiveCall, signal: StateChanged) -> None:
        cause = call.cause or end_cause(call.direction, answered=call.up, rang=call.rang, status=signal.status)
        foreign = self._keeper.take_foreign_packets(call.library.getId())
        if foreign:
            mend = self._latch_to_set(call) if cause is EndCause.MEDIA_TIMEOUT else ""
            _log.warning(
                "call %s: %d packets from elsewhere than its SDP names were dropped%s", call.call_id, foreign, mend
            )
        self._roster.end(call)
        self._send(messages.Ended(call.call_id, cause, signal.status, plain(signal.reason), foreign))

    def _latch_to_set(self, call: LiveCall) -> str:
        """Return what to set so that a call that nobody heard would have been."""
        if call.trunk.latch if call.trunk else self._settings.latch:
            return ""
        setting = f"latch of trunk {call.trunk.name}" if call.trunk else "sip.latch"
        return f"; if the far end is behind NAT or sends from another of its addresses, set {setting}"

    def _on_media(self, call: LiveCall, signal: MediaChanged) -> None:
        if signal.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
            first = call.media_index < 0
            call.media_index = signal.index
            self._bridge.connect(call.slot, call.library.getAudioMedia(signal.index), sending=call.up)
            early = call.direction is Direction.OUTBOUND and call.state == pj.PJSIP_INV_STATE_EARLY
            if early and first:
                self._send(messages.Rang(call.call_id, True))
            self._set_held(call, held=False)
            return
        call.media_index = -1
        self._bridge.pause(call.slot)
        if signal.status in (pj.PJSUA_CALL_MEDIA_REMOTE_HOLD, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD):
            self._set_held(call, held=True)

    def _set_held(self, call: LiveCall, *, held: bool) -> None:
        if call.held == held:
            return
        call.held = held
        call.packets_s = call.held_s = time.monotonic()
        if call.up:
            self._send(messages.Hold(call.call_id, held, self._bridge.position_s(call.slot)))
