"""The inbound door: who may call is let in and told that it rings, everyone else is refused or sent elsewhere.

An INVITE is judged inside a callback of the library: it must be refused or taken at once, or the next one in the same
burst would find no call free and get the library's own 486.
"""

import logging
import time
from collections.abc import Callable

import pjsua2 as pj

from engine.calls import Direction
from telephony import messages
from telephony.call_ids import new_call_id
from telephony.messages import Message
from telephony.settings import SipSettings
from telephony.uris import remote_user
from telephony.worker.admission import Admission, Verdict
from telephony.worker.bridge import Bridge
from telephony.worker.calls import LibraryCall, called_user, header, offers, unfit
from telephony.worker.live_call import LiveCall
from telephony.worker.pace import InvitePace
from telephony.worker.replies import add_header, reply
from telephony.worker.roster import Roster
from telephony.worker.trunk_accounts import TrunkAccounts

_log = logging.getLogger(__name__)

_REFUSALS_LOGGED_EVERY_S = 10.0


class InboundDoor:
    """Where others' calls come in. Used on the control thread alone.

    Args:
        settings: of SIP.
        accounts: know whose calls come from where; must be set before the first INVITE.
        bridge: where audio goes.
        roster: gets the calls that are let in.
        pace: of INVITEs.
        send: passes a message to the engine.
    """

    accounts: TrunkAccounts

    def __init__(
        self,
        settings: SipSettings,
        bridge: Bridge,
        roster: Roster,
        pace: InvitePace,
        send: Callable[[Message], None],
    ) -> None:
        self._settings, self._bridge, self._roster, self._pace, self._send = settings, bridge, roster, pace, send
        self._admission = Admission.of(settings.allowed_peers)
        self.open = False
        """Whether calls are taken."""
        self._later: list[tuple[LibraryCall, pj.CallOpParam]] = []
        self._refused = 0
        self._last_refusal = "", Verdict.FORBIDDEN
        self._next_report_s = 0.0

    @property
    def takes_calls(self) -> bool:
        """Whether the next caller would be let in."""
        return self.open and self._roster.free_channels > 0

    def on_invite(self, library_id: int, source: str, message: str) -> None:
        """Let an INVITE in, or refuse it; see `LibraryAccount`."""
        self._pace.wait()
        verdict = self._admission.verdict(source, free_channels=self._roster.free_channels, taking=self.open)
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
        library = LibraryCall(self.accounts.direct, call_id, self._roster.post, library_id)
        trunk = self.accounts.trunk_at(source)
        epoch, ring_s = self._bridge.open(slot, call_id), self._settings.answer_timeout_s
        call = LiveCall(library, slot, epoch, Direction.INBOUND, time.monotonic(), ring_s, trunk, rang=True)
        self._roster.add(call)
        try:
            library.answer(_ringing(offered=offers(message)))
        except pj.Error:
            self._roster.withdraw(call)
            raise
        remote = remote_user(header(message, "From", "f"))
        self._send(messages.Inbound(call_id, slot, epoch, remote, called_user(message), trunk.name if trunk else ""))

    def work(self) -> None:
        """Send the refusals that had to wait for the end of their callback."""
        for refused, answer in self._later:
            try:
                refused.answer(answer)
            except pj.Error as error:
                _log.info("an INVITE went away before it was refused (%s)", error.reason)
            self._roster.bury(refused)
        self._later.clear()

    def report(self, now: float) -> None:
        """Say how many INVITEs were refused, now and then: a scanner must not fill the log."""
        if self._refused and now >= self._next_report_s:
            self._next_report_s = now + _REFUSALS_LOGGED_EVERY_S
            _log.warning("%d INVITEs were refused, the last from %s with %d", self._refused, *self._last_refusal)
            self._refused = 0

    def close(self) -> None:
        """Drop what was not refused yet."""
        self._later.clear()

    def _refuse(self, library_id: int, verdict: Verdict, *, later: bool) -> None:
        answer = reply(verdict)
        if verdict is Verdict.UNAVAILABLE and self._settings.overflow_to:
            answer.statusCode = pj.PJSIP_SC_MOVED_TEMPORARILY
            add_header(answer, "Contact", f"<{self._settings.overflow_to}>")
        elif verdict is Verdict.UNAVAILABLE:
            add_header(answer, "Retry-After", str(self._settings.retry_after_s))
        refused = LibraryCall(self.accounts.direct, "", self._roster.post, library_id)
        if later:  # the library ends the process when an INVITE without an offer is refused from within its callback
            self._later.append((refused, answer))
            return
        self._roster.bury(refused)
        refused.answer(answer)


def _ringing(*, offered: bool) -> pj.CallOpParam:
    """Return 180; where the offer is left to us, it goes into the 200 and not into this."""
    if offered:
        return reply(Verdict.ADMITTED)
    ringing = pj.CallOpParam()
    ringing.statusCode = Verdict.ADMITTED
    return ringing
