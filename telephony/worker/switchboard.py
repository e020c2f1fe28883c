"""All calls of a worker: what the engine orders and what the library signals, turned into each other.

Everything here runs on the control thread. A call object is kept until the library has no call under its number any
more: the binding's destructor hangs up whatever call has that number by then, a newer one included.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pjsua2 as pj

from engine.calls import Direction, EndCause
from telephony import messages
from telephony.call_ids import new_call_id
from telephony.library import SOCKET_REST_S
from telephony.messages import Message, Route
from telephony.outcomes import end_cause, fails_over
from telephony.settings import SipSettings
from telephony.trunks import KeyTones, Trunk
from telephony.uris import remote_user
from telephony.worker.admission import Admission, Verdict
from telephony.worker.bridge import Bridge
from telephony.worker.calls import (
    FarEndHeard,
    KeyPressed,
    LibraryCall,
    MediaChanged,
    Signal,
    StateChanged,
    TransferAnswered,
    called_user,
    header,
    offers,
    unfit,
)
from telephony.worker.gatekeeper import Gatekeeper
from telephony.worker.stack import SipStack
from telephony.worker.trunk_accounts import TrunkAccounts

_log = logging.getLogger(__name__)

_DIGITS = frozenset("0123456789*#ABCD")
_NOT_TAKEN = 480
_PATIENCE = 20.0
"""Keys and changes of media a second: a key takes 80 ms at least (ITU-T Q.24: 40 ms of tone, 40 ms of pause)."""
_REFUSALS_LOGGED_EVERY_S = 10.0
_SILENCE_S = 4.0
"""Without so much as 100 Trying for so long, the next trunk is tried: over UDP, an INVITE was sent four times."""
_KEY_TONES = {
    KeyTones.AUTO: (pj.PJSUA_DTMF_METHOD_RFC2833, pj.PJSUA_DTMF_METHOD_SIP_INFO),
    KeyTones.RFC4733: (pj.PJSUA_DTMF_METHOD_RFC2833,),
    KeyTones.INFO: (pj.PJSUA_DTMF_METHOD_SIP_INFO,),
}


@dataclass(slots=True)
class _Call:
    library: LibraryCall
    slot: int
    epoch: int
    direction: Direction
    began_s: float
    ring_s: float
    """How long it may ring."""
    trunk: Trunk | None = None
    routes: deque[Route] = field(default_factory=deque)
    """What else to try if this trunk does not take the call."""
    tried_s: float = 0.0
    """When the INVITE that is out was sent."""
    heard: bool = False
    """Whether anything came back to it."""
    state: int = pj.PJSIP_INV_STATE_NULL
    rang: bool = False
    up: bool = False
    held: bool = False
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
        return self.library.call_id

    def takes_another(self, now: float) -> bool:
        """Whether the far end may signal once more, so that one caller cannot fill the way to the engine."""
        self.patience = min(_PATIENCE, self.patience + (now - self.patience_s) * _PATIENCE)
        self.patience_s = now
        if self.patience < 1:
            return False
        self.patience -= 1
        return True


class Switchboard:
    """The worker's calls.

    Args:
        stack: of SIP.
        bridge: where audio goes.
        keeper: of the gate.
        settings: of SIP.
        send: passes a message to the engine.
        invites_at_once: see `SipLibrary.invites_at_once`.
    """

    def __init__(
        self,
        stack: SipStack,
        bridge: Bridge,
        keeper: Gatekeeper,
        settings: SipSettings,
        send: Callable[[Message], None],
        invites_at_once: int,
    ) -> None:
        self._bridge, self._keeper, self._settings, self._send = bridge, keeper, settings, send
        self._admission = Admission.of(settings.allowed_peers)
        self._taking = False
        self._invites: deque[float] = deque([0.0] * invites_at_once, maxlen=invites_at_once)
        """When the last ones came or went, in either direction."""
        self._calls: dict[str, _Call] = {}
        self._dead: list[LibraryCall] = []
        self._refusals: list[tuple[LibraryCall, pj.CallOpParam]] = []
        self._signals: deque[Signal] = deque()
        self._next_check_s = 0.0
        self._refused = 0
        self._last_refusal = "", Verdict.FORBIDDEN
        self._next_refusals_s = 0.0
        self._accounts = TrunkAccounts(stack, keeper, settings, send, self._on_invite)

    @property
    def busy(self) -> bool:
        """Whether there is any call, be it one whose hang-up the far end has not confirmed yet."""
        return bool(self._calls) or any(library.lingers for library in self._dead)

    @property
    def free_channels(self) -> int:
        """How many more calls can be held."""
        # A call that we hung up occupies the library until the far end confirms it, for 32 s at most.
        lingering = sum(library.lingers for library in self._dead)
        ended: int = sum(
            isinstance(signal, StateChanged)
            and signal.state == pj.PJSIP_INV_STATE_DISCONNECTED
            and signal.call_id in self._calls
            for signal in self._signals
        )
        return min(self._bridge.free_slots, self._settings.channels - len(self._calls) + ended - lingering)

    def handle(self, message: Message) -> None:
        """Carry out an order of the engine's."""
        match message:
            case messages.Dial():
                self._dial(message)
            case messages.Answer(call_id) if call_id in self._calls:
                self._answer(self._calls[call_id])
            case messages.HangUp(call_id) if call_id in self._calls:
                self._hang_up(self._calls[call_id], EndCause.LOCAL_HANGUP)
            case messages.Refer(call_id, uri) if call_id in self._calls:
                self._refer(self._calls[call_id], uri)
            case messages.Join(call_id, other) if call_id in self._calls and other in self._calls:
                self._bridge.join(self._calls[call_id].slot, self._calls[other].slot)
            case messages.Part(call_id) if call_id in self._calls:
                self._bridge.part(self._calls[call_id].slot)
            case messages.SendDigits(call_id, digits) if call_id in self._calls:
                self._send_digits(self._calls[call_id], digits)
            case messages.NextHop():
                self._accounts.point(message)
            case messages.Attend(trunks):
                self._accounts.attend(trunks)
            case messages.Release(slot, epoch):
                self._bridge.release(slot, epoch)
            case messages.TakeCalls(taking):
                self._taking = taking
                self._send(messages.Taking(taking))

    def work(self) -> None:
        """Carry out what was signalled, and look at the clock."""
        for refused, reply in self._refusals:
            try:
                refused.answer(reply)
            except pj.Error as error:
                _log.info("an INVITE went away before it was refused (%s)", error.reason)
            self._dead.append(refused)
        self._refusals.clear()
        while self._signals:
            signal = self._signals.popleft()
            call = self._calls.get(signal.call_id)
            if call is None:
                continue
            try:
                self._on_signal(call, signal)
            except pj.Error as error:
                _log.warning("call %s: %s", call.call_id, error.reason)
            except Exception:  # one call's fault must not cost the others
                _log.exception("call %s: %s could not be handled", call.call_id, type(signal).__name__)
                self._hang_up(call, EndCause.FAILED)
        self._dead = [library for library in self._dead if library.number_in_use]
        now = time.monotonic()
        self._keeper.work(now, takes_calls=self._taking and self.free_channels > 0)
        if now >= self._next_check_s:
            self._next_check_s = now + 0.5
            for call in list(self._calls.values()):
                try:
                    self._check(call, now)
                except Exception:
                    _log.exception("call %s: could not be looked at", call.call_id)
                    self._hang_up(call, EndCause.FAILED)
            self._report_refusals(now)
            self._accounts.work(now)

    def refuse_new(self) -> None:
        """Answer every further INVITE with 503, and end what has not been answered."""
        self._taking = False
        for call in list(self._calls.values()):
            if not call.up:
                self._hang_up(call, EndCause.LOCAL_HANGUP)

    def hang_up_all(self) -> None:
        """End every call."""
        self._taking = False
        for call in list(self._calls.values()):
            self._hang_up(call, EndCause.LOCAL_HANGUP)

    def close(self) -> None:
        """Give up the accounts."""
        self._refusals.clear()
        self._dead.clear()
        self._calls.clear()
        self._accounts.close()

    # Inside a callback of the library: an INVITE must be refused or taken at once, or the next one in the same burst
    # would find no call slot free and get the library's own 486.
    def _on_invite(self, library_id: int, source: str, message: str) -> None:
        self._wait_for_sockets()
        verdict = self._admission.verdict(source, free_channels=self.free_channels, taking=self._taking)
        if verdict is Verdict.ADMITTED and unfit(message):
            verdict = Verdict.NOT_ACCEPTABLE
        if verdict is not Verdict.ADMITTED:
            self._refused += 1
            self._last_refusal = source, verdict
            self._refuse(library_id, verdict, later=not offers(message))
            return
        slot = self._bridge.free_slot()
        assert slot is not None
        call_id = new_call_id()
        library = LibraryCall(self._accounts.direct, call_id, self._post, library_id)
        epoch = self._bridge.open(slot, call_id)
        ring_s = self._settings.answer_timeout_s
        trunk = self._accounts.trunk_at(source)
        call = _Call(library, slot, epoch, Direction.INBOUND, time.monotonic(), ring_s, trunk, rang=True)
        self._calls[call_id] = call
        try:
            library.answer(_reply(Verdict.ADMITTED))
        except pj.Error:
            # The engine never hears of it, so nobody else would give the slot back.
            self._bridge.end(slot)
            self._bridge.release(slot, epoch)
            self._dead.append(self._calls.pop(call_id).library)
            raise
        remote = remote_user(header(message, "From", "f"))
        self._send(messages.Inbound(call_id, slot, epoch, remote, called_user(message), trunk.name if trunk else ""))

    def _wait_for_sockets(self) -> None:
        """Hold the library up while too many INVITEs have taken sockets; it reads dozens of packets in one go.

        Under a flood signalling is a second or so late, and audio flows on; without this the process would end.
        """
        wait_s = self._invites[0] + SOCKET_REST_S - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        self._invites.append(time.monotonic())

    def _report_refusals(self, now: float) -> None:
        """Say how many INVITEs were refused, now and then: a scanner must not fill the log."""
        if self._refused and now >= self._next_refusals_s:
            self._next_refusals_s = now + _REFUSALS_LOGGED_EVERY_S
            _log.warning("%d INVITEs were refused, the last from %s with %d", self._refused, *self._last_refusal)
            self._refused = 0

    def _refuse(self, library_id: int, verdict: Verdict, *, later: bool) -> None:
        reply = _reply(verdict)
        if verdict is Verdict.UNAVAILABLE and self._settings.overflow_to:
            reply.statusCode = pj.PJSIP_SC_MOVED_TEMPORARILY
            _add_header(reply, "Contact", f"<{self._settings.overflow_to}>")
        elif verdict is Verdict.UNAVAILABLE:
            _add_header(reply, "Retry-After", str(self._settings.retry_after_s))
        refused = LibraryCall(self._accounts.direct, "", self._post, library_id)
        if later:  # the library ends the process when an INVITE without an offer is refused from within its callback
            self._refusals.append((refused, reply))
            return
        self._dead.append(refused)
        refused.answer(reply)

    def _dial(self, order: messages.Dial) -> None:
        slot = self._bridge.free_slot()
        if slot is None or self.free_channels <= 0:
            self._send(messages.DialFailed(order.call_id, True, "no channel is free"))
            return
        epoch = self._bridge.open(slot, order.call_id)
        routes = deque(order.routes)
        reason = ""
        while routes:
            route = routes.popleft()
            try:
                library = self._invite(order.call_id, route)
            except (pj.Error, KeyError) as error:
                reason = self._not_invited(order.call_id, route, error)
                continue
            call = _Call(library, slot, epoch, Direction.OUTBOUND, time.monotonic(), order.ring_s)
            self._calls[order.call_id] = call
            self._follow(call, route, routes)
            self._send(messages.Dialled(order.call_id, slot, epoch))
            if route != order.routes[0]:
                self._send(messages.Rerouted(order.call_id, route.trunk))
            return
        self._bridge.end(slot)
        self._bridge.release(slot, epoch)
        self._send(messages.DialFailed(order.call_id, False, reason))

    def _reroute(self, call: _Call) -> bool:
        """Place a call that its trunk did not take through the next one; return whether there was any."""
        while call.routes:
            route = call.routes.popleft()
            try:
                library = self._invite(call.call_id, route)
            except (pj.Error, KeyError) as error:
                self._not_invited(call.call_id, route, error)
                continue
            call.library.retire()
            self._signals = deque(signal for signal in self._signals if signal.call_id != call.call_id)
            self._dead.append(call.library)
            call.library = library
            self._follow(call, route, call.routes)
            self._send(messages.Rerouted(call.call_id, route.trunk))
            return True
        return False

    def _invite(self, call_id: str, route: Route) -> LibraryCall:
        self._invites.append(time.monotonic())
        return self._accounts.place(call_id, route, self._post)

    def _follow(self, call: _Call, route: Route, others: deque[Route]) -> None:
        call.trunk, call.routes = self._accounts.trunk(route.trunk), others
        call.tried_s, call.heard, call.state = time.monotonic(), False, pj.PJSIP_INV_STATE_NULL

    def _not_invited(self, call_id: str, route: Route, error: pj.Error | KeyError) -> str:
        reason = "it is not known where the trunk is" if isinstance(error, KeyError) else str(error.reason)
        self._send(messages.RouteFailed(call_id, route.trunk, False, 0, reason))
        return reason

    def _failed(self, call: _Call, status: int, reason: str) -> None:
        """Tell that a call's trunk did not take it."""
        if call.trunk is not None:
            self._send(messages.RouteFailed(call.call_id, call.trunk.name, not call.heard, status, reason))

    def _answer(self, call: _Call) -> None:
        if call.direction is Direction.OUTBOUND or call.up or call.cause is not None:
            return
        try:
            call.library.answer(_reply(200))
        except pj.Error as error:  # cancelled in the meantime: its end is on the way
            _log.info("call %s: not answered (%s)", call.call_id, error.reason)

    def _hang_up(self, call: _Call, cause: EndCause) -> None:
        if call.cause is not None:
            return
        cancelled = call.direction is Direction.OUTBOUND and not call.up and cause is EndCause.LOCAL_HANGUP
        call.cause = EndCause.CANCELLED if cancelled else cause
        refused = call.direction is Direction.INBOUND and not call.up
        try:
            call.library.hangup(_reply(_NOT_TAKEN if refused else 0))
        except pj.Error as error:
            _log.info("call %s: hang-up failed (%s)", call.call_id, error.reason)

    def _refer(self, call: _Call, uri: str) -> None:
        try:
            call.library.xfer(uri, pj.CallOpParam())
            call.transferring = True
        except pj.Error as error:
            self._send(messages.Referred(call.call_id, 500, error.reason))

    def _send_digits(self, call: _Call, digits: str) -> None:
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

    def _post(self, signal: Signal) -> None:
        self._signals.append(signal)

    def _on_signal(self, call: _Call, signal: Signal) -> None:
        match signal:
            case FarEndHeard():
                call.heard = True
            case StateChanged():
                self._on_state(call, signal)
            case MediaChanged() if call.takes_another(time.monotonic()):
                self._on_media(call, signal)
            case MediaChanged():
                _log.warning("call %s: the far end changes its media over and over", call.call_id)
                self._hang_up(call, EndCause.FAILED)
            case KeyPressed(digit=digit) if digit in _DIGITS and call.takes_another(time.monotonic()):
                self._send(messages.Digit(call.call_id, digit, self._bridge.position_s(call.slot)))
            case TransferAnswered() if call.transferring:
                call.transferring = signal.status < 200
                self._send(messages.Referred(call.call_id, signal.status, _plain(signal.reason)))

    def _on_state(self, call: _Call, signal: StateChanged) -> None:
        call.state, call.heard = signal.state, call.heard or signal.heard
        if signal.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            if call.cause is None and not call.rang and fails_over(signal.status):
                self._failed(call, signal.status, _plain(signal.reason))
                if self._reroute(call):
                    return
            self._bridge.end(call.slot)
            cause = call.cause or end_cause(call.direction, answered=call.up, rang=call.rang, status=signal.status)
            foreign = self._keeper.take_foreign_packets(call.library.getId())
            if foreign:
                _log.warning("call %s: %d packets from elsewhere than its far end were dropped", call.call_id, foreign)
            self._send(messages.Ended(call.call_id, cause, signal.status, _plain(signal.reason), foreign))
            self._dead.append(self._calls.pop(call.call_id).library)
        elif call.cause is not None:
            return
        elif signal.state == pj.PJSIP_INV_STATE_EARLY and call.direction is Direction.OUTBOUND:
            call.rang = True
            if signal.status != 183:
                self._send(messages.Rang(call.call_id, call.media_index >= 0))
        elif signal.state == pj.PJSIP_INV_STATE_CONFIRMED and not call.up:
            call.up = True
            call.packets_s = time.monotonic()
            if call.media_index >= 0:
                self._bridge.set_sending(call.slot)
            self._send(messages.Up(call.call_id))
            if call.held:
                self._send(messages.Hold(call.call_id, True, self._bridge.position_s(call.slot)))

    def _on_media(self, call: _Call, signal: MediaChanged) -> None:
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

    def _set_held(self, call: _Call, *, held: bool) -> None:
        if call.held == held:
            return
        call.held = held
        call.packets_s = time.monotonic()
        if call.up:
            self._send(messages.Hold(call.call_id, held, self._bridge.position_s(call.slot)))

    def _check(self, call: _Call, now: float) -> None:
        settings = self._settings
        if not call.up:
            if now - call.began_s > call.ring_s:
                self._hang_up(call, EndCause.NO_ANSWER)
            elif call.routes and not call.heard and call.cause is None and now - call.tried_s > _SILENCE_S:
                self._leave_silent_trunk(call)
        elif not call.held and self._silent_s(call, now) > settings.media_timeout_s:
            _log.warning("call %s: no RTP for %g s", call.call_id, settings.media_timeout_s)
            self._hang_up(call, EndCause.MEDIA_TIMEOUT)

    def _leave_silent_trunk(self, call: _Call) -> None:
        silent = call.library
        self._failed(call, 408, "no answer")
        if self._reroute(call):
            silent.hangup(_reply(0))

    def _silent_s(self, call: _Call, now: float) -> float:
        if call.media_index < 0:
            return now - call.packets_s
        try:
            # Named: the binding frees an unnamed one while its parts are being read.
            statistics = call.library.getStreamStat(call.media_index)
            packets = int(statistics.rtcp.rxStat.pkt)
        except pj.Error:
            packets = -1
        if packets != call.packets:
            call.packets, call.packets_s = packets, now
        return now - call.packets_s


def _reply(status: int) -> pj.CallOpParam:
    reply = pj.CallOpParam()
    reply.statusCode = status
    return reply


def _add_header(reply: pj.CallOpParam, name: str, value: str) -> None:
    header = pj.SipHeader()
    header.hName, header.hValue = name, value
    reply.txOption.headers.append(header)


def _plain(reason: str) -> str:
    """Return a reason phrase of the far end's without anything that could disturb a terminal or a log."""
    return "".join(letter for letter in reason if letter.isprintable())[:100]
