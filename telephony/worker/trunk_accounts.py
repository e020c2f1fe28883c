"""The accounts of a worker: one for each trunk, with its password, registration and probes; those for everyone else.

Rules: a challenge is answered by the account that the request was sent from, so each trunk has one of its own, and the
calls that others place, as those to a URI given directly, belong to accounts without any password. Which of these it is
goes by the source address and the transport, never by names that a caller writes.

A trunk is usable while its registration holds, where it has one, and its last probe was answered, where it is probed.
Everything here runs on the control thread.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from engine.errors import TelephonyError
from telephony import messages
from telephony.messages import Message, Route
from telephony.settings import SipSettings
from telephony.trunks import Srtp, Transport, Trunk, trunk_of
from telephony.worker.calls import LibraryAccount, LibraryCall, OnInvite, Post
from telephony.worker.gatekeeper import Gatekeeper
from telephony.worker.replies import add_header, plain, reply
from telephony.worker.stack import MediaPolicy, SipStack, identity, our_uri

_log = logging.getLogger(__name__)

_PROBE_ANSWER_S = 4.0
"""A probe over UDP is sent four times by then (RFC 3261: after 0.5, 1.5 and 3.5 s)."""
_REFUSED_RETRY_S, _REFUSED_RETRY_MAX_S = 60.0, 600.0
"""A registration that was refused for its password or user is not asked for again by the library itself."""
_NOBODY = 408
_NOT_SENT = 503


@dataclass(frozen=True, slots=True)
class Registered:
    """A REGISTER of ours was answered, or could not be sent."""

    status: int
    reason: str
    expires_s: int


@dataclass(frozen=True, slots=True)
class Probed:
    """An OPTIONS of ours was answered, or had no answer."""

    status: int
    reason: str


class TrunkAccount(LibraryAccount):
    """One trunk's account: callbacks that copy and post."""

    def __init__(self, on_invite: OnInvite, trunk: Trunk) -> None:
        super().__init__(on_invite)
        self.trunk = trunk
        self.news: deque[Registered | Probed] = deque()

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """Keep what became of a registration."""
        try:
            self.news.append(Registered(prm.code, prm.reason, prm.expiration))
        except Exception:
            _log.exception("trunk %s: registration state lost", self.trunk.name)

    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:
        """Keep what became of a probe."""
        try:
            transaction = prm.e.body.tsxState.tsx
            self.news.append(Probed(transaction.statusCode, transaction.statusText))
        except Exception:
            _log.exception("trunk %s: the answer to a probe was lost", self.trunk.name)


class _Attendance:
    """What is known of one trunk that this worker registers at and probes."""

    def __init__(self, account: TrunkAccount) -> None:
        self.account = account
        self.registered = False
        self.answers = True
        self.last = 0, "not asked yet"
        self.told: messages.TrunkState | None = None
        self.next_probe_s = 0.0
        self.probe_until_s = 0.0
        """When the probe that is out counts as not answered; 0 while none is."""
        self.retry_s = 0.0
        """When to register again after a refusal; 0 for not at all."""
        self.pause_s = _REFUSED_RETRY_S

    def begin(self) -> None:
        if self.account.trunk.registration:
            self._register(True)

    def end(self) -> None:
        if self.account.trunk.registration:
            self._register(False)

    def work(self, now: float) -> messages.TrunkState | None:
        """Take the news, ask again when it is time, and return the state if it is a new one."""
        while self.account.news:
            news = self.account.news.popleft()
            if isinstance(news, Registered):
                self._on_registered(news, now)
            elif news.status != _NOBODY:  # that of the library comes 32 s late
                self.probe_until_s = 0.0
                self._on_probed(news)
        if self.probe_until_s and now >= self.probe_until_s:
            self.probe_until_s = 0.0
            self._on_probed(Probed(_NOBODY, "no answer"))
        if self.retry_s and now >= self.retry_s:
            self.retry_s = 0.0
            self._register(True)
        trunk = self.account.trunk
        if trunk.probe_s and now >= self.next_probe_s and not self.probe_until_s:
            self.next_probe_s = now + trunk.probe_s
            self._probe(now)
        state = self._state()
        if self.last[0] == 0 or state == self.told:
            return None
        self.told = state
        return state

    def _state(self) -> messages.TrunkState:
        usable = self.answers and (self.registered or not self.account.trunk.registration)
        status, reason = self.last
        return messages.TrunkState(self.account.trunk.name, usable, self.registered, status, "" if usable else reason)

    def _on_registered(self, news: Registered, now: float) -> None:
        self.registered = news.status // 100 == 2 and news.expires_s > 0
        self._note(self.registered, news.status, f"registration: {news.status} {plain(news.reason)}")
        if self.registered:
            self.pause_s = _REFUSED_RETRY_S
        elif 400 <= news.status < 500 and news.status != _NOBODY:
            self.retry_s = now + self.pause_s
            self.pause_s = min(2 * self.pause_s, _REFUSED_RETRY_MAX_S)

    def _on_probed(self, news: Probed) -> None:
        # Any answer shows that it is there, 401 and 404 included; 5xx says that it takes nothing, as when it drains.
        self.answers = news.status != _NOBODY and news.status // 100 != 5
        self._note(self.answers, news.status, f"OPTIONS: {news.status} {plain(news.reason)}")

    def _note(self, good: bool, status: int, reason: str) -> None:
        """Keep the reason of a fault until nothing is at fault any more."""
        if not good or self._state().usable or self.last[0] == 0:
            self.last = status, reason

    def _register(self, renew: bool) -> None:
        try:
            self.account.setRegistration(renew)
        except pj.Error as error:
            if renew:
                self.account.news.append(Registered(_NOT_SENT, error.reason, 0))
                self.retry_s = time.monotonic() + self.pause_s

    def _probe(self, now: float) -> None:
        trunk = self.account.trunk
        request = pj.SendRequestParam()
        request.method = "OPTIONS"
        request.txOption.targetUri = str(trunk.uri("0")).replace(f"{trunk.number_format.replace('{number}', '0')}@", "")
        self.probe_until_s = now + _PROBE_ANSWER_S
        try:
            self.account.sendRequest(request)
        except pj.Error as error:
            self.account.news.append(Probed(_NOT_SENT, error.reason))


class TrunkAccounts:
    """All accounts.

    Args:
        stack: of SIP.
        keeper: is told which accounts permit a latch.
        settings: with the trunks.
        send: passes a message to the engine.
        on_invite: see `LibraryAccount`.

    Raises:
        TelephonyError: the library holds no further account.
    """

    def __init__(
        self,
        stack: SipStack,
        keeper: Gatekeeper,
        settings: SipSettings,
        send: Callable[[Message], None],
        on_invite: OnInvite,
    ) -> None:
        self._stack, self._keeper, self._settings = stack, keeper, settings
        self._send, self._on_invite = send, on_invite
        self._trunks = {trunk.name: trunk for trunk in settings.trunks}
        self._accounts: dict[str, TrunkAccount] = {}
        self._attended: dict[str, _Attendance] = {}
        self._wanted: tuple[str, ...] = ()
        self._others: dict[MediaPolicy, LibraryAccount] = {}
        self.direct = self._other(MediaPolicy(latch=settings.latch))
        for trunk in settings.trunks:
            for transport in Transport if settings.tls else (Transport.UDP,):
                if trunk.peers:
                    self._other(_inbound_policy(trunk, transport))
        stack.choose_accounts(self._choose)

    def point(self, hop: messages.NextHop) -> None:
        """Send what is for a trunk there from now on."""
        trunk = self._trunks[hop.trunk]
        config = self._stack.trunk_config(trunk, hop.host, hop.port)
        account = self._accounts.get(hop.trunk)
        try:
            if account is None:
                self._accounts[hop.trunk] = account = TrunkAccount(self._on_invite, trunk)
                account.create(config, False)
                self._keeper.latch(account.getId(), permitted=trunk.latch)
            else:
                account.modify(config)
        except pj.Error as error:
            self._accounts.pop(hop.trunk, None)
            _log.error("trunk %s: no account could be made: %s", hop.trunk, error.reason)
            self._send(messages.TrunkState(hop.trunk, False, False, 0, f"no account: {error.reason}"))
        self.attend(self._wanted)

    def attend(self, names: tuple[str, ...]) -> None:
        """Register at these trunks and probe them, as soon as it is known where they are; leave all others."""
        self._wanted = names
        for name in [name for name in self._attended if name not in names]:
            self._attended.pop(name).end()
        for name in names:
            if name in self._accounts and name not in self._attended:
                self._attended[name] = _Attendance(self._accounts[name])
                self._attended[name].begin()

    def work(self, now: float) -> None:
        """Look at the clock, and tell the engine what changed."""
        for attendance in self._attended.values():
            state = attendance.work(now)
            if state is not None:
                self._send(state)

    def trunk(self, name: str) -> Trunk | None:
        """Return a trunk by its name; None for the empty name of a direct call."""
        return self._trunks.get(name)

    def trunk_at(self, source: str) -> Trunk | None:
        """Return the trunk to which the calls of an ``address:port`` belong."""
        return trunk_of(self._settings.trunks, source.rpartition(":")[0])

    def place(self, call_id: str, route: Route, post: Post) -> LibraryCall:
        """Send an INVITE.

        Raises:
            pj.Error: the library refused it.
            KeyError: it is not known yet where the trunk is.
        """
        trunk = self._trunks.get(route.trunk)
        account = self._accounts[route.trunk] if route.trunk else self.direct
        options = reply(0)
        options.txOption.localUri = identity(self._settings, trunk, route.caller_id)
        if trunk is not None and (trunk.asserted_identity or trunk.anonymous):
            add_header(options, "P-Asserted-Identity", f"<{our_uri(self._settings, trunk, route.caller_id)}>")
        if trunk is not None and trunk.anonymous:
            add_header(options, "Privacy", "id")
        library = LibraryCall(account, call_id, post)
        library.makeCall(route.uri, options)
        return library

    def close(self) -> None:
        """Give all accounts up."""
        for account in (*self._accounts.values(), *self._others.values()):
            account.shutdown()
        self._accounts.clear()
        self._attended.clear()
        self._others.clear()

    def _other(self, policy: MediaPolicy) -> LibraryAccount:
        if policy not in self._others:
            account = LibraryAccount(self._on_invite)
            try:
                account.create(self._stack.inbound_config(policy), not self._others)
            except pj.Error as error:
                raise TelephonyError(
                    f"the SIP library holds no further account ({error.reason}): set fewer trunks"
                ) from error
            self._keeper.latch(account.getId(), permitted=policy.latch)
            self._others[policy] = account
        return self._others[policy]

    def _choose(self, source: str, message: str) -> int:
        # Whoever writes TLS into a Via that came over UDP gets an account that answers over TLS: his own loss.
        over_tls = self._settings.tls is not None and "\nVia: SIP/2.0/TLS" in message.partition("\r\n\r\n")[0]
        trunk = self.trunk_at(source)
        transport = Transport.TLS if over_tls else Transport.UDP
        policy = (
            _inbound_policy(trunk, transport) if trunk else MediaPolicy(transport=transport, latch=self._settings.latch)
        )
        return int(self._others.get(policy, self.direct).getId())


def _inbound_policy(trunk: Trunk, transport: Transport) -> MediaPolicy:
    """Return how calls of a trunk's peers are taken: where keys would be readable, encryption is not even optional."""
    readable = transport is Transport.UDP and not trunk.srtp_in_clear
    srtp = Srtp.OFF if readable and trunk.srtp is Srtp.OPTIONAL else trunk.srtp
    return MediaPolicy(srtp, not trunk.srtp_in_clear, transport, trunk.latch)
