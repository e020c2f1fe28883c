"""The SIP library, set up the way it was measured: no threads of its own but the media clock and the RTP reader."""

from dataclasses import dataclass

import pjsua2 as pj

from engine.audio import FRAME_MS, SAMPLE_RATE_HZ
from engine.errors import TelephonyError
from telephony.settings import SessionTimers, SipSettings

_POLL_MS = 10
_DESTROY_NO_RX_MSG = 1  # pjsua_destroy_flag: without it the library waits a second for answers that nobody owes us
_LIBRARY_TIMERS = {  # enum pjsua_sip_timer_use
    SessionTimers.OFF: 0,
    SessionTimers.OPTIONAL: 1,
    SessionTimers.REQUIRED: 2,
    SessionTimers.ALWAYS: 3,
}


@dataclass(frozen=True, slots=True)
class BoundAddress:
    """Where SIP listens."""

    host: str
    port: int


class SipStack:
    """One endpoint with one UDP transport, no sound device, and G.711 alone. All calls on the control thread.

    Raises:
        TelephonyError: the library refused its settings, or the port is taken.
    """

    def __init__(self, settings: SipSettings) -> None:
        self._settings = settings
        self._endpoint = pj.Endpoint()
        self._endpoint.libCreate()
        try:
            self._endpoint.libInit(_endpoint_config(settings))
            self._transport = self._endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, _transport_config(settings))
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
        host, _, port = self._endpoint.transportGetInfo(self._transport).localAddress.rpartition(":")
        return BoundAddress(host, int(port))

    def account_config(self, *, for_trunk: bool) -> pj.AccountConfig:
        """Return the settings of an account: who we are, RTP, session timers, and no rewriting of addresses.

        Args:
            for_trunk: for the calls that we place, and so with our password. The account without it comes first for the
                library and gets the calls that others place, whose far ends could ask for a digest to guess it from.
        """
        settings = self._settings
        config = pj.AccountConfig()
        host = settings.from_domain or settings.public_sip_address or settings.bind_address
        name = f'"{settings.display_name}" ' if settings.display_name else ""
        config.idUri = f"{name}<sip:{settings.caller_id}@{host}>"
        config.sipConfig.transportId = self._transport
        config.priority = 0 if for_trunk else 1
        if settings.trunk_user and for_trunk:
            config.sipConfig.authCreds.append(
                pj.AuthCredInfo("digest", "*", settings.trunk_user, 0, settings.trunk_password)
            )
        config.callConfig.timerUse = _LIBRARY_TIMERS[settings.session_timers]
        config.callConfig.timerMinSESec = settings.session_min_s
        config.callConfig.timerSessExpiresSec = settings.session_expires_s
        config.mediaConfig.transportConfig.port = settings.rtp_port_min
        config.mediaConfig.transportConfig.portRange = settings.rtp_port_max - settings.rtp_port_min
        config.mediaConfig.transportConfig.boundAddress = settings.bind_address
        config.mediaConfig.transportConfig.publicAddress = settings.public_rtp_address
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

    def _choose_codecs(self) -> None:
        wanted = {codec.value: 255 - place for place, codec in enumerate(self._settings.codecs)}
        for codec in self._endpoint.codecEnum2():
            self._endpoint.codecSetPriority(codec.codecId, wanted.get(codec.codecId.partition("/")[0], 0))


def _endpoint_config(settings: SipSettings) -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.maxCalls = settings.channels + 1
    config.uaConfig.userAgent = "collection-voicebot"
    config.uaConfig.mwiUnsolicitedEnabled = False
    config.medConfig.threadCnt = 1
    config.medConfig.clockRate = config.medConfig.sndClockRate = SAMPLE_RATE_HZ
    config.medConfig.audioFramePtime = FRAME_MS
    config.medConfig.ptime = FRAME_MS
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True
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
