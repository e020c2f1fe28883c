"""What the engine orders: calls placed, answered, joined, referred and ended."""

import logging
from collections.abc import Callable

import pjsua2 as pj

from engine.calls import Direction, EndCause
from engine.errors import TelephonyError
from telephony import messages
from telephony.messages import Message
from telephony.trunks import KeyTones
from telephony.worker.bridge import Bridge
from telephony.worker.dialler import Dialler
from telephony.worker.door import InboundDoor
from telephony.worker.live_call import LiveCall
from telephony.worker.replies import reply
from telephony.worker.roster import Roster
from telephony.worker.trunk_accounts import TrunkAccounts

_log = logging.getLogger(__name__)

_KEY_TONES = {
    KeyTones.AUTO: (pj.PJSUA_DTMF_METHOD_RFC2833, pj.PJSUA_DTMF_METHOD_SIP_INFO),
    KeyTones.RFC4733: (pj.PJSUA_DTMF_METHOD_RFC2833,),
    KeyTones.INFO: (pj.PJSUA_DTMF_METHOD_SIP_INFO,),
}


class Orders:
    """Carries the engine's orders out. Used on the control thread alone.

    Args:
        door: lets calls in, or not.
        dialler: places calls.
        accounts: of the trunks.
        bridge: where audio goes.
        roster: of the calls.
        send: passes a message to the engine.
    """

    def __init__(
        self,
        door: InboundDoor,
        dialler: Dialler,
        accounts: TrunkAccounts,
        bridge: Bridge,
        roster: Roster,
        send: Callable[[Message], None],
    ) -> None:
        self._door, self._dialler, self._accounts = door, dialler, accounts
        self._bridge, self._roster, self._send = bridge, roster, send

    def carry_out(self, message: Message) -> None:
        """Do what a message asks for; an order that cannot be carried out costs no other call."""
        try:
            self._carry_out(message)
        except TelephonyError as error:
            _log.warning("%s: %s", type(message).__name__, error)
            if isinstance(message, messages.Dial):
                self._send(messages.DialFailed(message.call_id, False, str(error)))

    def _carry_out(self, message: Message) -> None:
        call = self._roster.get(getattr(message, "call_id", ""))
        match message:
            case messages.Dial():
                self._dialler.dial(message)
            case messages.NextHop():
                self._accounts.point(message)
            case messages.Attend(trunks):
                self._accounts.attend(trunks)
            case messages.Release(slot, epoch):
                self._bridge.release(slot, epoch)
            case messages.TakeCalls(taking):
                self._door.open = taking
                self._send(messages.Taking(taking))
            case _ if call is not None:
                self._carry_out_in(call, message)

    def _carry_out_in(self, call: LiveCall, message: Message) -> None:
        match message:
            case messages.Answer():
                self._answer(call)
            case messages.HangUp():
                call.hang_up(EndCause.LOCAL_HANGUP)
            case messages.Refer(_, uri):
                self._refer(call, uri)
            case messages.Join(_, other_id):
                other = self._roster.get(other_id)
                if other is not None:
                    self._bridge.join(call.slot, other.slot)
            case messages.Part():
                self._bridge.part(call.slot)
            case messages.SendDigits(_, digits):
                self._send_digits(call, digits)

    def _answer(self, call: LiveCall) -> None:
        if call.direction is Direction.OUTBOUND or call.up or call.cause is not None:
            return
        try:
            call.library.answer(reply(200))
        except pj.Error as error:  # cancelled in the meantime: its end is on the way
            _log.info("call %s: not answered (%s)", call.call_id, error.reason)

    def _refer(self, call: LiveCall, uri: str) -> None:
        try:
            call.library.xfer(uri, pj.CallOpParam())
            call.transferring = True
        except pj.Error as error:
            self._send(messages.Referred(call.call_id, 500, error.reason))

    def _send_digits(self, call: LiveCall, digits: str) -> None:
        reason = "the call is not up"
        for method in _KEY_TONES[call.trunk.key_tones if call.trunk else KeyTones.AUTO] if call.up else ():
            keys = pj.CallSendDtmfParam()
            keys.method, keys.digits = method, digits
            try:
                call.library.sendDtmf(keys)
            except pj.Error as error:
                reason = str(error.reason)
            else:
                self._send(messages.DigitsSent(call.call_id, True, ""))
                return
        self._send(messages.DigitsSent(call.call_id, False, reason))
