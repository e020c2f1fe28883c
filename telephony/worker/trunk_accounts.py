"""The accounts of a worker: one for each trunk, with its password, registration and probes; those for everyone else.

Rules: a challenge is answered by the account that the request was sent from, so each trunk has one of its own, and the
calls that others place, as those to a URI given directly, belong to accounts without any password. Which of these it is
goes by the source address and the transport, never by names that a caller writes.

Everything here runs on the control thread.
"""

import logging
from collections.abc import Callable

import pjsua2 as pj

from engine.errors import TelephonyError
from telephony import messages
from telephony.messages import Message, Route
from telephony.settings import SipSettings
from telephony.trunks import Srtp, Transport, Trunk, trunk_of
from telephony.worker.attendance import Attendance, TrunkAccount
from telephony.worker.calls import LibraryAccount, LibraryCall, OnInvite, Post
from telephony.worker.gatekeeper import Gatekeeper
from telephony.worker.replies import add_header, reply
from telephony.worker.stack import MediaPolicy, SipStack, identity, our_uri

_log = logging.getLogger(__name__)


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
        self._attended: dict[str, Attendance] = {}
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
            self._attended.pop(hop.trunk, None)  # it begins anew with the next account
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
                self._attended[name] = Attendance(self._accounts[name])
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
