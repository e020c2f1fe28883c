"""RTP that belongs to no call, over real SIP and RTP: it is neither heard nor followed, and it is counted."""

import asyncio
import socket
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.calls import Answered, EndCause, LineEnded
from telephony.trunks import Srtp, Trunk

pj = pytest.importorskip("pjsua2")
pytestmark = [
    pytest.mark.sip,
    pytest.mark.skipif(not hasattr(pj, "RtpGuard"), reason="the wheel believes all RTP; `make native` builds a guard"),
]

_SSRC = 0xCAFE  # of the raw phone
_OURS, _THEIRS = b"\xc5" * 160, b"\xaa" * 160
_HEARD, _LOUD = 264, 32256
"""What these two bytes are in A-law (ITU-T G.711)."""


class Elsewhere:
    """Another source of RTP on the same host, which has guessed whatever it likes."""

    def __init__(self, target: tuple[str, int], ssrc: int = _SSRC, sequence: int = 100) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._target, self._ssrc, self._sequence = target, ssrc, sequence

    def rtp(
        self,
        payload: bytes = _THEIRS,
        kind: int = 8,
        ssrc: int | None = None,
        to: tuple[str, int] | None = None,
    ) -> None:
        self._sequence += 1
        stamp = self._sequence * 160
        head = struct.pack("!BBHII", 0x80, kind, self._sequence, stamp, self._ssrc if ssrc is None else ssrc)
        self._socket.sendto(head + payload, to or self._target)

    def rtcp_bye(self) -> None:
        host, port = self._target
        self._socket.sendto(struct.pack("!BBHI", 0x81, 203, 1, self._ssrc), (host, port + 1))

    def arrived(self) -> int:
        """Return how many packets have come here."""
        count = 0
        while True:
            try:
                self._socket.recv(2048)
            except BlockingIOError:
                return count
            count += 1

    def __enter__(self) -> "Elsewhere":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


async def _ended(phone: Any, line: Any, sip_tools: Any) -> LineEnded:
    await asyncio.sleep(0.1)  # for the last packets to be read
    phone.request("BYE")
    return (await sip_tools.until(line, LineEnded))[0]


def _levels(bot: Any, line: Any, since: int = 0) -> list[int]:
    """Return the loudest sample of each frame that was heard."""
    return [int(np.abs(frame.astype(np.int32)).max()) for frame in bot.tape.heard[line.channel][since:]]


def test_foreign_rtp_is_never_heard_and_turns_nothing_away(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Before the true stream, in the middle of it, and after it; the SSRC, payload type and sequence are guessed."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            with Elsewhere(phone.remote_rtp) as foreign:
                for _ in range(15):
                    foreign.rtp()
                    await asyncio.sleep(0.02)
                for _ in range(30):
                    foreign.rtp()
                    phone.rtp(_OURS)
                    foreign.rtp(ssrc=0xBEEF)
                    await asyncio.sleep(0.02)
                foreign.rtcp_bye()
                phone.arrived()
                for _ in range(15):
                    foreign.rtp()
                    await asyncio.sleep(0.02)
                assert len(phone.arrived()) > 10
                assert foreign.arrived() == 0
                ended = await _ended(phone, line, sip_tools)
            levels = _levels(bot, line)
            assert max(levels) < _LOUD / 4
            assert levels.count(_HEARD) > 20
            assert ended.foreign_packets == 15 + 60 + 15 + 1

    asyncio.run(scenario())


def test_a_call_without_foreign_rtp_counts_none(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Nor does it inherit what an earlier call under its number got."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            counts = []
            for foreign_packets in (7, 0):
                phone.call, phone.remote_tag = f"count-{foreign_packets}", ""
                line = await sip_tools.answered(bot, phone)
                with Elsewhere(phone.remote_rtp) as foreign:
                    for _ in range(foreign_packets):
                        foreign.rtp()
                    for _ in range(10):
                        phone.rtp(_OURS)
                        await asyncio.sleep(0.02)
                    counts.append((await _ended(phone, line, sip_tools)).foreign_packets)
            assert counts == [7, 0]

    asyncio.run(scenario())


def test_a_reinvite_that_moves_the_audio_is_followed(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Both ways; what is still on its way from where the audio was before is no foreign packet."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            for _ in range(10):
                phone.rtp(_THEIRS)
                await asyncio.sleep(0.02)
            with Elsewhere(phone.remote_rtp, ssrc=0x1234) as moved:
                moved_sdp = phone.sdp(version=2).replace(f"m=audio {phone.rtp_port}", f"m=audio {moved.port}")
                phone.request("INVITE", moved_sdp)
                assert (await phone.status()).status == 200
                phone.request("ACK")
                await asyncio.sleep(0.2)
                since = len(bot.tape.heard[line.channel])
                phone.arrived()
                moved.arrived()
                for _ in range(30):
                    moved.rtp(_OURS)
                    phone.rtp(_THEIRS)
                    await asyncio.sleep(0.02)
                assert len(phone.arrived()) == 0
                assert moved.arrived() > 10
                ended = await _ended(phone, line, sip_tools)
            assert _levels(bot, line, since).count(_HEARD) > 20
            assert max(_levels(bot, line, since)) < _LOUD / 4
            assert ended.foreign_packets == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(("trunks", "mend"), [((), "set sip.latch"), (("main",), "set latch of trunk main")])
def test_a_call_that_nobody_heard_says_which_setting_would_have(
    station: Any, raw_phone: Any, sip_tools: Any, capfd: Any, trunks: tuple[str, ...], mend: str
) -> None:
    """A softphone behind NAT sends from another address than it names: its call ends as if it had sent nothing."""

    async def scenario() -> None:
        known = tuple(Trunk(name=name, host="127.0.0.9", probe_s=0.0, peers=("127.0.0.0/8",)) for name in trunks)
        async with station(trunks=known, media_timeout_s=0.8) as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            with Elsewhere(phone.remote_rtp) as behind_nat:
                while not phone.waiting():
                    behind_nat.rtp(_OURS)
                    await asyncio.sleep(0.02)
            phone.reply(await phone.method("BYE"), "200 OK")
            ended, _ = await sip_tools.until(line, LineEnded)
            assert ended.cause is EndCause.MEDIA_TIMEOUT
        assert mend in capfd.readouterr().err

    asyncio.run(scenario())


def test_a_latch_takes_the_first_source_and_no_other(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Behind NAT the SDP names an address that nobody can reach; RTP goes to where it comes from."""

    async def scenario() -> None:
        async with station(latch=True) as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            with Elsewhere(phone.remote_rtp) as behind_nat, Elsewhere(phone.remote_rtp) as foreign:
                for _ in range(10):
                    behind_nat.rtp(_OURS)
                    await asyncio.sleep(0.02)
                behind_nat.arrived()
                phone.arrived()
                for _ in range(30):
                    behind_nat.rtp(_OURS)
                    foreign.rtp()
                    phone.rtp(_THEIRS)
                    await asyncio.sleep(0.02)
                assert behind_nat.arrived() > 10
                assert len(phone.arrived()) == foreign.arrived() == 0
                phone.request("INVITE", phone.sdp(version=2))  # a refresh changes nothing
                assert (await phone.status()).status == 200
                phone.request("ACK")
                await asyncio.sleep(0.2)
                for _ in range(10):
                    behind_nat.rtp(_OURS)
                    foreign.rtp()
                    await asyncio.sleep(0.02)
                assert behind_nat.arrived() > 10
                assert foreign.arrived() == 0
                ended = await _ended(phone, line, sip_tools)
            levels = _levels(bot, line)
            assert levels.count(_HEARD) > 30
            assert max(levels) < _LOUD / 4
            assert ended.foreign_packets == 30 + 30 + 10

    asyncio.run(scenario())


def test_a_latch_believes_three_good_packets_in_a_row_alone(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Other payload types, changing SSRCs and stray packets do not turn our RTP away; the SDP's own address ends it."""

    async def scenario() -> None:
        async with station(latch=True) as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            with Elsewhere(phone.remote_rtp) as foreign:
                for ssrc in range(10):
                    foreign.rtp(kind=97)
                    foreign.rtp(ssrc=ssrc)
                    await asyncio.sleep(0.02)
                phone.arrived()
                await asyncio.sleep(0.2)
                assert len(phone.arrived()) > 5
                phone.rtp(_OURS)
                await asyncio.sleep(0.05)
                for _ in range(10):
                    foreign.rtp()
                    phone.rtp(_OURS)
                    await asyncio.sleep(0.02)
                assert foreign.arrived() == 0
                ended = await _ended(phone, line, sip_tools)
            assert max(_levels(bot, line)) < _LOUD / 4
            assert ended.foreign_packets == 20 + 10

    asyncio.run(scenario())


def test_foreign_rtp_does_not_even_reach_the_decryption(station: Any, sip_tools: Any) -> None:
    """The guard stands below SRTP, so that encrypted calls count what they got too, and are heard all along."""

    async def scenario() -> None:
        peer = Trunk(
            name="peer", host="127.0.0.1", srtp=Srtp.REQUIRED, srtp_in_clear=True, probe_s=0.0, peers=("127.0.0.1/32",)
        )
        async with station(rtp_port_min=31000, rtp_port_max=31049, trunks=(peer,)) as bot:
            way = replace(peer, name="way", port=bot.telephone.address[1], peers=())
            async with station(rtp_port_min=31100, rtp_port_max=31149, trunks=(way,)) as far:
                far.permission.through_trunks = True
                theirs = await far.dial()
                line = await bot.next_inbound()
                await line.answer()
                await sip_tools.until(theirs, Answered)
                await sip_tools.until(line, Answered)
                theirs.play(np.full(8000, 1000, dtype=np.int16))
                with Elsewhere(("127.0.0.1", 31000)) as foreign:
                    for _ in range(10):
                        for port in range(31000, 31050):
                            foreign.rtp(to=("127.0.0.1", port))
                        await asyncio.sleep(0.1)
                    assert foreign.arrived() == 0
                await theirs.hang_up()
                ended, _ = await sip_tools.until(line, LineEnded)
            levels = _levels(bot, line)
            assert max(levels) < 1100
            assert sum(level > 900 for level in levels) > 40
            assert ended.foreign_packets == 20  # at the ports of RTP and of RTCP

    asyncio.run(scenario())
