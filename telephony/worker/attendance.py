"""One trunk's account, its registration and its probes.

A trunk is usable while its registration holds, where it has one, and its last probe was answered, where it is probed.
Everything here runs on the control thread.
"""

import logging
import time
from collections import deque
from dataclasses import dataclass

import pjsua2 as pj

from telephony import messages
from telephony.trunks import Trunk
from telephony.worker.calls import LibraryAccount, OnInvite
from telephony.worker.replies import plain

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


class Attendance:
    """What is known of one trunk that this worker registers at and probes.

    Args:
        account: of the trunk.
    """

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
        """Register, where it is wanted."""
        if self.account.trunk.registration:
            self._register(True)

    def end(self) -> None:
        """Give the registration up."""
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
