"""Calls and the account as the library sees them: callbacks that copy, post and return.

A callback runs inside the library, mostly on the control thread, for key presses on the RTP reader. What it raises
would be swallowed by the binding, so nothing escapes it; what it posts is carried out later by the control thread.
"""

import ipaddress
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from telephony.uris import remote_user

_log = logging.getLogger(__name__)

_INFO_BODY = re.compile(r"\A\s*(?:Signal\s*=\s*)?([0-9A-Da-d*#])\s*(?:\r?\n|\Z)")
"""``application/dtmf`` (the key alone) and ``application/dtmf-relay`` (``Signal=``)."""
_DTMF_TYPE = re.compile(r"^(?:content-type|c)\s*:\s*application/dtmf\s*(?:;.*)?$", re.IGNORECASE | re.MULTILINE)

_SDP_ADDRESS = re.compile(r"^(?:c=|a=rtcp:\d+ +)\S+ +\S+ +([^\s/]+)", re.MULTILINE)
"""RFC 4566 section 5.7, RFC 3605."""
_SDP_MEDIA = re.compile(r"^m=", re.MULTILINE)
_MOST_MEDIA = 8
"""Audio, video, text, fax and presentation, some of them twice: no trunk offers more."""
_LIVE_AUDIO = re.compile(r"^m=audio +0*[1-9]", re.MULTILINE)


_NUMBER = re.compile(r"\+?[0-9]+")


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A call is in another state of its INVITE session; ``heard`` if by something that the far end sent."""

    call_id: str
    state: int
    status: int
    reason: str
    heard: bool


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """A call's audio was set up, changed, held or lost; ``status`` is the library's, ``index`` -1 without audio."""

    call_id: str
    status: int
    index: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A DTMF digit, however it came."""

    call_id: str
    digit: str


@dataclass(frozen=True, slots=True)
class TransferAnswered:
    """How a REFER of ours goes: below 200 it was accepted, and the far end tries; the rest is final."""

    call_id: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class FarEndHeard:
    """Something came back to an INVITE of ours, be it only 100 Trying."""

    call_id: str


Signal = FarEndHeard | StateChanged | MediaChanged | KeyPressed | TransferAnswered
Post = Callable[["LibraryCall", Signal], None]
OnInvite = Callable[[int, str, str], None]


class LibraryCall(pj.Call):  # type: ignore[misc]
    """One call. It must be kept until it is disconnected: the library hangs up what Python forgets."""

    def __init__(self, account: pj.Account, call_id: str, post: Post, library_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, library_id)
        self.call_id = call_id
        self._post = post
        self._sip_call_id = self.getInfo().callIdString if library_id != pj.PJSUA_INVALID_ID else ""

    @property
    def number_in_use(self) -> bool:
        """Whether the library has any call, this or a newer one, under this call's number."""
        return self._current_sip_call_id() is not None

    @property
    def lingers(self) -> bool:
        """Whether the library still has this very call, if only to repeat its BYE."""
        return self._current_sip_call_id() == self._sip_call_id

    def _current_sip_call_id(self) -> str | None:
        try:
            return str(self.getInfo().callIdString)
        except pj.Error:
            return None

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        """Post the state while the library still knows it."""
        try:
            info = self.getInfo()
            self._sip_call_id = info.callIdString
            event = prm.e
            heard = event.type == pj.PJSIP_EVENT_TSX_STATE and event.body.tsxState.type == pj.PJSIP_EVENT_RX_MSG
            self._post(self, StateChanged(self.call_id, info.state, info.lastStatusCode, info.lastReason, heard))
        except Exception:
            _log.exception("call %s: state lost", self.call_id)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """Post what became of the audio."""
        try:
            info = self.getInfo()  # named: the binding frees an unnamed one while its list is being read
            audio = [media for media in info.media if media.type == pj.PJMEDIA_TYPE_AUDIO]
            live = next((media for media in audio if media.status != pj.PJSUA_CALL_MEDIA_NONE), None)
            status, index = (live.status, live.index) if live is not None else (pj.PJSUA_CALL_MEDIA_NONE, -1)
            self._post(self, MediaChanged(self.call_id, status, index))
        except Exception:
            _log.exception("call %s: media state lost", self.call_id)

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:
        """Post a key from RTP (RFC 4733) or from ``application/dtmf-relay``."""
        try:
            self._post(self, KeyPressed(self.call_id, prm.digit.upper()))
        except Exception:
            _log.exception("call %s: key lost", self.call_id)

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        """Post a key from ``application/dtmf``, of which the library knows nothing, and answers to our INVITE."""
        try:
            event = prm.e.body.tsxState
            if event.tsx.method == "INVITE" and event.tsx.role == pj.PJSIP_ROLE_UAC:
                if event.type == pj.PJSIP_EVENT_RX_MSG:
                    self._post(self, FarEndHeard(self.call_id))
            elif (
                event.tsx.method == "INFO"
                and event.type == pj.PJSIP_EVENT_RX_MSG
                and event.tsx.role == pj.PJSIP_ROLE_UAS
            ):
                digit = info_digit(event.src.rdata.wholeMsg)
                if digit:
                    self._post(self, KeyPressed(self.call_id, digit))
        except Exception:
            _log.exception("call %s: INFO lost", self.call_id)

    def onCallRxOffer(self, prm: pj.OnCallRxOfferParam) -> None:
        """Refuse an offer within the call that must not be taken, or has no audio, as that of a fax (T.38)."""
        try:
            if unfit(prm.offer.wholeSdp) or not offers_audio(prm.offer.wholeSdp):
                prm.statusCode = pj.PJSIP_SC_NOT_ACCEPTABLE_HERE
        except Exception:
            _log.exception("call %s: an offer could not be read", self.call_id)

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """Refuse: whom we dial is not for the far end to say. The library's default would dial."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:
        """Refuse to let another call take this one's place."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:
        """Follow no 3xx: the place it names was not allowed by anyone."""
        return int(pj.PJSIP_REDIRECT_REJECT)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        """Post the answer to a REFER of ours, and what its NOTIFYs tell of the call that it asked for (RFC 3515)."""
        try:
            self._post(self, TransferAnswered(self.call_id, prm.statusCode, prm.reason))
        except Exception:
            _log.exception("call %s: transfer status lost", self.call_id)


class LibraryAccount(pj.Account):  # type: ignore[misc]
    """An account; whichever of ours the library picks, an INVITE is judged alike.

    Args:
        on_invite: takes the library's call number, the source address and the whole message.
    """

    def __init__(self, on_invite: OnInvite) -> None:
        super().__init__()
        self._on_invite = on_invite

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """Pass the INVITE on; it must be refused or taken before this returns, or the library answers 500."""
        try:
            self._on_invite(prm.callId, prm.rdata.srcAddress, prm.rdata.wholeMsg)
        except Exception:
            _log.exception("an INVITE could not be handled")

    def onIncomingSubscribe(self, prm: pj.OnIncomingSubscribeParam) -> None:
        """Refuse: the library would keep a subscription for everyone who asks."""
        prm.code = pj.PJSIP_SC_FORBIDDEN


def header(message: str, name: str, compact: str) -> str:
    """Return the value of the first header of a name in a SIP message, or an empty string."""
    wanted = {name.lower(), compact.lower()}
    for row in message.partition("\r\n\r\n")[0].splitlines():
        field, colon, value = row.partition(":")
        if colon and field.strip().lower() in wanted:
            return value.strip()
    return ""


def called_user(message: str) -> str:
    """Return the number that an INVITE dials: a trunk that we registered at has our own name in the Request-URI."""
    request = remote_user(message.partition("\r\n")[0])
    dialled = remote_user(header(message, "To", "t"))
    return dialled if _NUMBER.fullmatch(dialled) and not _NUMBER.fullmatch(request) else request


def unfit(sdp: str) -> bool:
    """Whether an SDP, or a message with one, must not reach the library.

    A host name it would look up on its only thread, for as long as the name server of whoever sent it likes. It has
    room for 16 media, and does not count those that it adds itself when a later re-INVITE leaves the offer to us.
    """
    rows = sdp.replace("\r", "\n")  # the library's parser takes either for the end of a line
    if len(_SDP_MEDIA.findall(rows)) > _MOST_MEDIA:
        return True
    for match in _SDP_ADDRESS.finditer(rows):
        try:
            ipaddress.ip_address(match[1])
        except ValueError:
            return True
    return False


def offers_audio(sdp: str) -> bool:
    """Whether an SDP has audio that is not refused; a call without would be of no use."""
    return _LIVE_AUDIO.search(sdp) is not None


def offers(message: str) -> bool:
    """Whether an INVITE carries SDP, and nothing else."""
    kind = header(message, "Content-Type", "c").partition(";")[0].strip().lower()
    return kind == "application/sdp" and bool(message.partition("\r\n\r\n")[2].strip())


def info_digit(message: str) -> str:
    """Return the key in an INFO of type ``application/dtmf``, an empty string where it holds none."""
    head, _, body = message.partition("\r\n\r\n")
    if not _DTMF_TYPE.search(head.replace("\r\n", "\n")):
        return ""
    match = _INFO_BODY.match(body)
    return match[1].upper() if match else ""
