"""SIP over TLS with certificates that the tests make, and SRTP with keys in SDP, between two stations."""

import asyncio
import base64
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.calls import Answered, LineEnded
from telephony.library import loaded_library
from telephony.settings import TlsSettings
from telephony.trunks import Srtp, Transport, Trunk

pytestmark = pytest.mark.sip

LOOPBACK = ("127.0.0.0/8",)
needs_native = pytest.mark.skipif(loaded_library().origin == "wheel", reason="the wheel has no up-to-date TLS")


@dataclass
class Authority:
    """A certificate authority of a test."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self._openssl("req", "-x509", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.crt")

    @property
    def certificate(self) -> str:
        return str(self.folder / "ca.crt")

    def tls(self, name: str, believes: "Authority", **values: Any) -> TlsSettings:
        """Return settings with a new certificate of this authority for a host."""
        kind = "IP" if name[0].isdigit() else "DNS"
        (self.folder / "san").write_text(f"subjectAltName={kind}:{name}\n")
        self._openssl("req", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self._run(
            *("openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "2"),
            *("-extfile", "san", "-out", f"{name}.crt"),
        )
        files = {"certificate": str(self.folder / f"{name}.crt"), "key": str(self.folder / f"{name}.key")}
        return TlsSettings(**{"port": 0, "authorities": believes.certificate} | files | values)

    def _openssl(self, *words: str) -> None:
        self._run("openssl", *words, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")

    def _run(self, *words: str) -> None:
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that everyone believes."""
    return Authority(tmp_path / "good")


def over_tls(port: int, **values: Any) -> Trunk:
    """Return a trunk at a station's TLS port."""
    common = {"name": "main", "host": "127.0.0.1", "port": port, "transport": Transport.TLS, "probe_s": 0.0}
    return Trunk(**common | values)


def in_clear(port: int, srtp: Srtp, **values: Any) -> Trunk:
    """Return a trunk over UDP with keys that everyone can read."""
    return Trunk(
        name="main", host="127.0.0.1", port=port, srtp=srtp, srtp_in_clear=srtp is not Srtp.OFF, probe_s=0.0, **values
    )


async def heard(a: Any, mine: Any, b: Any, theirs: Any, sip_tools: Any) -> None:
    """See audio arrive both ways."""
    for speaker, ear, line in ((mine, b, theirs), (theirs, a, mine)):
        speaker.play(np.full(8000, 8000, dtype=np.int16))

        def loud(ear: Any = ear, line: Any = line) -> bool:
            return any(int(np.abs(frame).max()) > 1000 for frame in ear.tape.heard.get(line.channel, []))

        await sip_tools.eventually(loud)


@needs_native
def test_a_call_over_tls_with_srtp_is_held_and_ended_from_either_side(
    station: Any, sip_tools: Any, authority: Authority
) -> None:
    """Both sides show certificates and believe each other's."""

    async def scenario() -> None:
        tls = authority.tls("127.0.0.1", authority, require_certificate=True)
        theirs_at = over_tls(5061, srtp=Srtp.REQUIRED, peers=LOOPBACK)
        async with station(tls=tls, trunks=(theirs_at,)) as b:
            trunk = over_tls(b.telephone.tls_address[1], srtp=Srtp.REQUIRED)
            async with station(tls=tls, trunks=(trunk,)) as a:
                for end_by_caller in (True, False):
                    mine = await a.dial()
                    theirs = await b.next_inbound()
                    await theirs.answer()
                    await sip_tools.until(mine, Answered)
                    await sip_tools.until(theirs, Answered)
                    await heard(a, mine, b, theirs, sip_tools)
                    await (mine if end_by_caller else theirs).hang_up()
                    await sip_tools.until(mine, LineEnded)
                    await sip_tools.until(theirs, LineEnded)

    asyncio.run(scenario())


@needs_native
@pytest.mark.full
def test_probes_go_over_tls(station: Any, sip_tools: Any, authority: Authority) -> None:
    """A trunk that answers them is up; one at whose port nobody listens is down at once."""

    async def scenario() -> None:
        tls = authority.tls("127.0.0.1", authority)
        async with station(tls=tls) as b:
            trunks = over_tls(b.telephone.tls_address[1], probe_s=1.0), over_tls(9, name="dead", probe_s=1.0)
            async with station(tls=tls, trunks=trunks) as a:
                await sip_tools.eventually(lambda: a.telephone.trunks[1].fault.startswith("OPTIONS: 503"))
                await asyncio.sleep(5.0)  # a probe that nobody answers counts as such after four seconds
                assert a.telephone.trunks[0].fault == ""

    asyncio.run(scenario())


@needs_native
@pytest.mark.parametrize("fault", ["authority", "name"])
def test_a_server_that_is_not_the_trunk_is_not_called(
    station: Any, sip_tools: Any, authority: Authority, tmp_path: Path, caplog: Any, fault: str
) -> None:
    """A certificate of another authority, or for another host: the call fails, and says that it is the certificate."""

    async def scenario() -> None:
        signer = Authority(tmp_path / "other") if fault == "authority" else authority
        wrong = signer.tls("127.0.0.1" if fault == "authority" else "other.example", authority)
        async with station(tls=wrong) as b:
            trunk = over_tls(b.telephone.tls_address[1])
            async with station(tls=authority.tls("127.0.0.1", authority), trunks=(trunk,)) as a:
                line = await a.dial()
                end, _ = await sip_tools.until(line, LineEnded)
                assert end.sip_status == 503
                assert re.search("certificate|TLS|SSL", end.reason), end.reason
                assert b.inbound.empty()
        assert "trunk main did not take it (503" in caplog.text

    asyncio.run(scenario())


@needs_native
def test_whoever_shows_no_certificate_is_turned_away_where_one_is_wanted(
    station: Any, sip_tools: Any, authority: Authority, tmp_path: Path
) -> None:
    """By the handshake, before any SIP."""

    async def scenario() -> None:
        strict = authority.tls("127.0.0.1", authority, require_certificate=True)
        stranger = Authority(tmp_path / "stranger").tls("127.0.0.1", authority)
        async with station(tls=strict) as b:
            trunk = over_tls(b.telephone.tls_address[1])
            async with station(tls=stranger, trunks=(trunk,)) as a:
                line = await a.dial()
                assert (await sip_tools.until(line, LineEnded))[0].sip_status == 503
                assert b.inbound.empty()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("caller", "callee", "possible"),
    [
        (Srtp.REQUIRED, Srtp.REQUIRED, True),
        pytest.param(Srtp.OPTIONAL, Srtp.OPTIONAL, True, marks=pytest.mark.full),
        pytest.param(Srtp.OPTIONAL, Srtp.OFF, True, marks=pytest.mark.full),
        pytest.param(Srtp.OFF, Srtp.OPTIONAL, True, marks=pytest.mark.full),
        pytest.param(Srtp.REQUIRED, Srtp.OFF, False, marks=pytest.mark.full),
    ],
)
def test_media_is_encrypted_as_both_ends_want_it(
    station: Any, sip_tools: Any, caller: Srtp, callee: Srtp, possible: bool
) -> None:
    """Required on one side and off on the other is no call; else audio flows both ways."""

    async def scenario() -> None:
        theirs_at = in_clear(9, callee, peers=LOOPBACK)
        async with station(trunks=(theirs_at,)) as b:
            trunk = in_clear(b.telephone.address[1], caller)
            async with station(trunks=(trunk,)) as a:
                mine = await a.dial()
                if not possible:
                    assert (await sip_tools.until(mine, LineEnded))[0].sip_status in (406, 488)
                    return
                theirs = await b.next_inbound()
                await theirs.answer()
                await sip_tools.until(mine, Answered)
                await sip_tools.until(theirs, Answered)
                await heard(a, mine, b, theirs, sip_tools)

    asyncio.run(scenario())


def test_what_the_peer_of_a_strict_trunk_may_offer(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Nothing without keys; and what it then gets is encrypted."""

    async def scenario() -> None:
        strict = in_clear(9, Srtp.REQUIRED, peers=LOOPBACK)
        async with station(trunks=(strict,)) as bot, raw_phone(bot.telephone.address) as phone:
            keyless = phone.sdp().replace("RTP/AVP", "RTP/SAVP")
            for number, body in enumerate((phone.sdp(), keyless)):
                phone.call, phone.remote_tag = f"plain-{number}", ""
                phone.request("INVITE", body)
                assert (await phone.status()).status in (406, 488)
            assert bot.inbound.empty()
            phone.call, phone.remote_tag = "keys", ""
            key = base64.b64encode(bytes(range(30))).decode()
            phone.request("INVITE", f"{keyless}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n")
            line = await bot.next_inbound()
            await line.answer()
            assert "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" in (await phone.status()).body
            phone.request("ACK")
            await sip_tools.until(line, Answered)
            line.play(np.zeros(8000, dtype=np.int16))
            packets: list[bytes] = []
            while len(packets) < 10:
                packets += [packet for packet in phone.arrived() if packet[1] & 0x7F == 8]
                await asyncio.sleep(0.02)
            assert {len(packet) for packet in packets} == {12 + 160 + 10}  # the tag of 80 bits
            assert b"\xd5" * 20 not in b"".join(packets)
            phone.request("BYE")
            await sip_tools.until(line, LineEnded)

            phone.call, phone.remote_tag = "without", ""
            phone.request("INVITE")
            await (await bot.next_inbound()).answer()
            offer = await phone.packet(lambda p: p.status == 200 and p.header("CSeq").endswith("INVITE"))
            assert "RTP/SAVP" in offer.body
            assert "a=crypto:" in offer.body

    asyncio.run(scenario())
