"""The SIP library, set up the way it was measured: no threads of its own but the media clock and the RTP reader."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from engine.audio import FRAME_MS, SAMPLE_RATE_HZ
from engine.errors import TelephonyError
from telephony.settings import SessionTimers, SipSettings, TlsSettings
from telephony.trunks import Srtp, Transport, Trunk

_log = logging.getLogger(__name__)

_POLL_MS = 10
_DESTROY_NO_RX_MSG = 1  # pjsua_destroy_flag: without it the library waits a second for answers that nobody owes us
_LIBRARY_TIMERS = {  # enum pjsua_sip_timer_use
    SessionTimers.OFF: 0,
    SessionTimers.OPTIONAL: 1,
    SessionTimers.REQUIRED: 2,
    SessionTimers.ALWAYS: 3,
}
_LIBRARY_SRTP = {
    Srtp.OFF: pj.PJMEDIA_SRTP_DISABLED,
    Srtp.OPTIONAL: pj.PJMEDIA_SRTP_OPTIONAL,
    Srtp.REQUIRED: pj.PJMEDIA_SRTP_MANDATORY,
}
_TLS_HANDSHAKE_MS = 5000
_FIRST_RETRY_S, _RETRY_S, _RETRY_SPREAD_S = 1, 30, 5
"""Of a registration that got no answer or a 5xx: soon once, then again and again."""


@dataclass(frozen=True, slots=True)
class MediaPolicy:
    """How an account's media is secured, and over which transport it is signalled; accounts differ in nothing else.

    Args:
        srtp: see `Srtp`.
        needs_tls: whether SRTP is refused where its keys would be readable.
        transport: of its signalling.
        latch: see `Trunk`.
    """

    srtp: Srtp = Srtp.OFF
    needs_tls: bool = True
    transport: Transport = Transport.UDP
    latch: bool = False


@dataclass(frozen=True, slots=True)
class BoundAddress:
    """Where SIP listens."""

    host: str
    port: int


class _Endpoint(pj.Endpoint):  # type: ignore[misc]
    """The library's endpoint, with a say in which account an inbound request belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.choose: Callable[[str, str], int | None] = lambda source, message: None

    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:
        """Choose by the source: the library would go by names, which whoever calls writes at will."""
        try:
            chosen = self.choose(prm.rdata.srcAddress, prm.rdata.wholeMsg)
            if chosen is not None:
                prm.accountIndex = chosen
        except Exception:
            _log.exception("no account was chosen for a request")

    def onTransportState(self, prm: pj.OnTransportStateParam) -> None:
        """Say why a TLS connection failed."""
        try:
            tls = prm.tlsInfo
            if prm.state == pj.PJSIP_TP_STATE_DISCONNECTED and not tls.isEmpty() and tls.verifyStatus:
                _log.warning("a certificate was refused: %s", "; ".join(tls.verifyMsgs))
        except Exception:
            _log.exception("the state of a connection was lost")


class SipStack:
    """One endpoint with UDP and, where set, TLS; no sound device, G.711 alone. All calls on the control thread.

    Args:
        settings: of SIP.
        max_calls: that the library was compiled for. It gets them all: a call that leaves a silent trunk occupies it
            twice for a while, and so does the far end's delay in confirming a hang-up.

    Raises:
        TelephonyError: the library refused its settings, or the port is taken.
    """

    def __init__(self, settings: SipSettings, max_calls: int) -> None:
        self._settings = settings
        self._endpoint = _Endpoint()
        self._transports: dict[Transport, int] = {}
        self._endpoint.libCreate()
        try:
            self._endpoint.libInit(_endpoint_config(max_calls, settings.sent_loss_percent))
            self._transports[Transport.UDP] = self._endpoint.transportCreate(
                pj.PJSIP_TRANSPORT_UDP, _transport_config(settings)
            )
            self._open_tls(settings.tls)
            self._endpoint.libStart()
            self._choose_codecs()
            # The null device is the bridge's clock; without any device no two ports can be joined.
            self._devices = self._endpoint.audDevManager()
            self._devices.setNullDev()
        except pj.Error as error:
            raise TelephonyError(
                f"SIP cannot start on {settings.bind_address}:{settings.sip_port}: {error.reason}; "
                "is another program on that port?"
            ) from error

    @property
    def version(self) -> str:
        """The library's version."""
        return str(self._endpoint.libVersion().full)

    @property
    def address(self) -> BoundAddress:
        """Where SIP really listens."""
        return self._bound(Transport.UDP)

    @property
    def tls_port(self) -> int:
        """TCP port on which TLS really listens, 0 without TLS."""
        return self._bound(Transport.TLS).port if Transport.TLS in self._transports else 0

    def choose_accounts(self, choose: Callable[[str, str], int | None]) -> None:
        """Have the account of an inbound request chosen by its source ``address:port`` and the whole message."""
        self._endpoint.choose = choose

    def inbound_config(self, policy: MediaPolicy) -> pj.AccountConfig:
        """Return the settings of an account for the calls that others place, and for those to a URI given directly.

        It has no password: far ends of such calls could ask for a digest to guess it from.
        """
        config = self._account_config(policy)
        config.idUri = identity(self._settings, None, "")
        config.priority = 1
        return config

    def trunk_config(self, trunk: Trunk, host: str, port: int) -> pj.AccountConfig:
        """Return the settings of a trunk's account, with everything for the trunk sent to this hop."""
        config = self._account_config(MediaPolicy(trunk.srtp, not trunk.srtp_in_clear, trunk.transport))
        transport = f";transport={trunk.transport}"
        # What is no outbound proxy does not expect to be named in Route.
        hidden = "" if trunk.outbound_proxy else ";hide"
        config.sipConfig.proxies.append(f"<sip:{host}{f':{port}' if port else ''}{transport};lr{hidden}>")
        config.idUri = identity(self._settings, trunk, "")
        if trunk.user:
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", trunk.realm, trunk.user, 0, trunk.password))
        if trunk.registration:
            home = trunk.registrar or (f"{trunk.host}:{trunk.port}" if trunk.port else trunk.host)
            config.idUri = f"<sip:{trunk.user}@{trunk.registrar or trunk.host}>"
            config.regConfig.registrarUri = f"sip:{home}{transport if trunk.transport is Transport.TLS else ''}"
            config.regConfig.timeoutSec = trunk.expires_s
            config.regConfig.firstRetryIntervalSec = _FIRST_RETRY_S
            config.regConfig.retryIntervalSec = _RETRY_S
            config.regConfig.randomRetryIntervalSec = _RETRY_SPREAD_S
        config.regConfig.registerOnAdd = False
        return config

    def _account_config(self, policy: MediaPolicy) -> pj.AccountConfig:
        settings = self._settings
        config = pj.AccountConfig()
        config.sipConfig.transportId = self._transports[policy.transport]
        config.callConfig.prackUse = pj.PJSUA_100REL_OPTIONAL
        config.callConfig.timerUse = _LIBRARY_TIMERS[settings.session_timers]
        config.callConfig.timerMinSESec = settings.session_min_s
        config.callConfig.timerSessExpiresSec = settings.session_expires_s
        config.mediaConfig.transportConfig.port = settings.rtp_port_min
        config.mediaConfig.transportConfig.portRange = settings.rtp_port_max - settings.rtp_port_min
        # Far ends of a dead worker's calls still send to its ports: the next one begins somewhere else.
        config.mediaConfig.transportConfig.randomizePort = True
        config.mediaConfig.transportConfig.boundAddress = settings.bind_address
        config.mediaConfig.transportConfig.publicAddress = settings.public_rtp_address
        config.mediaConfig.srtpUse = _LIBRARY_SRTP[policy.srtp]
        config.mediaConfig.srtpSecureSignaling = int(policy.needs_tls)
        config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = 0
        config.natConfig.sipOutboundUse = 0
        config.natConfig.udpKaIntervalSec = 0
        return config

    def poll(self) -> None:
        """Handle what has arrived, waiting at most 10 ms; every signalling callback comes from here."""
        self._endpoint.libHandleEvents(_POLL_MS)

    def stop_clock(self) -> None:
        """Stop the ticks."""
        self._devices.setNoDev()

    def close(self) -> None:
        """Shut the library down; every call, port and account must be gone."""
        self._endpoint.libDestroy(_DESTROY_NO_RX_MSG)

    def _open_tls(self, tls: TlsSettings | None) -> None:
        if tls is None:
            return
        config = pj.TransportConfig()
        config.boundAddress = self._settings.bind_address
        config.publicAddress = self._settings.public_sip_address
        config.port = tls.port
        config.tlsConfig.certFile, config.tlsConfig.privKeyFile = tls.certificate, tls.key
        config.tlsConfig.CaListFile = tls.authorities
        config.tlsConfig.verifyServer = tls.verify_peers
        config.tlsConfig.verifyClient = config.tlsConfig.requireClientCert = tls.require_certificate
        config.tlsConfig.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
        config.tlsConfig.msecTimeout = _TLS_HANDSHAKE_MS
        try:
            self._transports[Transport.TLS] = self._endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS, config)
        except pj.Error as error:
            raise TelephonyError(
                f"SIP over TLS cannot start on {self._settings.bind_address}:{tls.port}: {error.reason}; is the port "
                "taken, or do tls.certificate, tls.key and tls.authorities not fit?"
            ) from error

    def _bound(self, transport: Transport) -> BoundAddress:
        host, _, port = self._endpoint.transportGetInfo(self._transports[transport]).localAddress.rpartition(":")
        return BoundAddress(host, int(port))

    def _choose_codecs(self) -> None:
        wanted = {codec.value: 255 - place for place, codec in enumerate(self._settings.codecs)}
        for codec in self._endpoint.codecEnum2():
            self._endpoint.codecSetPriority(codec.codecId, wanted.get(codec.codecId.partition("/")[0], 0))


def identity(settings: SipSettings, trunk: Trunk | None, caller_id: str) -> str:
    """Return From for a call: our name and number, at the domain that the trunk wants."""
    if trunk is not None and trunk.anonymous:
        return '"Anonymous" <sip:anonymous@anonymous.invalid>'  # RFC 3323 section 4.1.1.3
    name = (trunk.display_name if trunk else "") or settings.display_name
    return (f'"{name}" ' if name else "") + f"<{our_uri(settings, trunk, caller_id)}>"


def our_uri(settings: SipSettings, trunk: Trunk | None, caller_id: str) -> str:
    """Return the URI of our number, at the domain that the trunk wants."""
    domain = trunk.from_domain if trunk else ""
    if not domain and trunk is not None and trunk.registration:
        domain = trunk.registrar or trunk.host
    domain = domain or settings.from_domain or settings.public_sip_address or settings.bind_address
    return f"sip:{caller_id or settings.caller_id}@{domain}"


def _endpoint_config(max_calls: int, sent_loss_percent: int) -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.maxCalls = max_calls
    config.uaConfig.userAgent = "collection-voicebot"
    config.uaConfig.mwiUnsolicitedEnabled = False
    config.medConfig.threadCnt = 1
    config.medConfig.clockRate = config.medConfig.sndClockRate = SAMPLE_RATE_HZ
    config.medConfig.audioFramePtime = FRAME_MS
    config.medConfig.ptime = FRAME_MS
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True
    config.medConfig.txDropPct = sent_loss_percent
    config.medConfig.sndAutoCloseTime = -1
    # Level 1 is errors alone; from 4 on the library logs whole messages, numbers and all.
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.logConfig.msgLogging = 0
    return config


def _transport_config(settings: SipSettings) -> pj.TransportConfig:
    config = pj.TransportConfig()
    config.boundAddress = settings.bind_address
    config.port = settings.sip_port
    config.publicAddress = settings.public_sip_address
    return config
