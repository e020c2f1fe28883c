"""Trunks over real SIP: registration, digest, probes, fail-over, limits, what is told of us, early media and keys."""

import asyncio
import contextlib
import hashlib
import re
import time
from typing import Any

import numpy as np
import pytest

from engine.calls import Answered, DigitPressed, EndCause, LineEnded, Ringing
from engine.errors import NoFreeChannel, TelephonyError
from telephony.library import loaded_library
from telephony.trunks import KeyTones, Trunk

pytestmark = pytest.mark.sip

PASSWORD = "s3cret"


def to(phone: Any, name: str = "main", **values: Any) -> Trunk:
    """Return a trunk at a raw telephone."""
    return Trunk(**{"name": name, "host": phone.host, "port": phone.port, "probe_s": 0.0} | values)


def proves(answer: str, method: str, realm: str) -> bool:
    """Judge an Authorization header (RFC 2617, MD5) against the password."""
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', answer))

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    return given["response"] == md5(md5(given["username"], realm, PASSWORD), given["nonce"], md5(method, given["uri"]))


async def registrar(phone: Any, realm: str = "bank.example", *, seen: list[Any]) -> None:
    """Challenge each REGISTER, take it with the right digest, and refuse it with any other."""
    while True:
        asked = await phone.method("REGISTER")
        seen.append(asked)
        answer = asked.header("Authorization")
        if not answer:
            challenge = f'WWW-Authenticate: Digest realm="{realm}", nonce="n{len(seen)}"\r\n'
            phone.reply(asked, "401 Unauthorized", extra=challenge)
        elif proves(answer, "REGISTER", realm):
            phone.reply(asked, "200 OK", extra=f"Expires: {asked.header('Expires')}\r\n")
        else:
            phone.reply(asked, "403 Forbidden")


async def answering(phone: Any, seen: list[Any]) -> None:
    """Be a registrar for as long as it takes."""
    while True:
        with contextlib.suppress(TimeoutError):
            await registrar(phone, seen=seen)


@contextlib.asynccontextmanager
async def beside(work: Any) -> Any:
    """Let something run while the context is open."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def taken(phone: Any, sip_tools: Any, line: Any, number: str = "77010000001") -> Any:
    """Answer the INVITE that reaches a trunk, and return it."""
    invite = await phone.method("INVITE")
    assert f"sip:{number}@{phone.host}" in invite.text
    phone.reply(invite, "200 OK", phone.sdp("8 101"))
    await sip_tools.until(line, Answered)
    return invite


def test_a_trunk_is_registered_at_and_given_up_at_the_end(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """With a digest for its realm, at its domain, straight to where it is; a call then says who we are there."""

    async def scenario() -> None:
        async with raw_phone() as phone:
            home = {"registration": True, "user": "bot", "password": PASSWORD, "realm": "bank.example"}
            trunk = to(phone, **home, registrar="bank.example", expires_s=120, caller_ids=("77270000001",))
            seen: list[Any] = []
            async with station(trunks=(trunk,)) as bot:
                phone.target = bot.telephone.address
                async with beside(registrar(phone, seen=seen)):
                    await sip_tools.eventually(lambda: len(seen) == 2)
                assert seen[1].text.startswith("REGISTER sip:bank.example SIP/2.0")
                assert seen[1].header("Expires") == "120"
                assert "sip:bot@bank.example" in seen[1].header("To")
                assert not seen[1].header("Route")
                line = await bot.dial()
                invite = await taken(phone, sip_tools, line)
                assert "<sip:77270000001@bank.example>" in invite.header("From")
                seen.clear()
                await line.hang_up()
                phone.reply(await phone.method("BYE"), "200 OK")
                await sip_tools.until(line, LineEnded)
            gone = await phone.method("REGISTER")
            assert gone.header("Expires") == "0" or "expires=0" in gone.header("Contact")

    asyncio.run(scenario())


@pytest.mark.full
def test_a_trunk_that_refuses_our_registration_is_not_used(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """The refusal of a dial names trunk and reason; a challenge for another realm is not answered at all."""

    async def scenario() -> None:
        async with raw_phone() as phone:
            trunk = to(phone, registration=True, user="bot", password="wrong", realm="bank.example")
            stranger = to(phone, "other", registration=True, user="bot", password=PASSWORD, realm="elsewhere.example")
            for one, answered in ((trunk, True), (stranger, False)):
                seen: list[Any] = []
                async with station(trunks=(one,)) as bot:
                    phone.target = bot.telephone.address
                    async with beside(registrar(phone, seen=seen)):
                        await sip_tools.eventually(lambda: len(seen) >= (2 if answered else 1))  # noqa: B023
                        await asyncio.sleep(0.8)
                        assert any(asked.header("Authorization") for asked in seen) is answered
                        with pytest.raises(NoFreeChannel, match=f"trunk {one.name} is down: registration: 40[13]"):
                            await bot.dial()

    asyncio.run(scenario())


def test_a_registrar_that_fails_is_asked_again(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """The trunk is down until then, and up after it."""

    async def scenario() -> None:
        async with raw_phone() as phone:
            trunk = to(phone, registration=True, user="bot", password=PASSWORD)
            async with station(trunks=(trunk,)) as bot:
                phone.target = bot.telephone.address
                phone.reply(await phone.method("REGISTER"), "500 Server Error")
                await sip_tools.eventually(lambda: "registration: 500" in bot.telephone.trunks[0].fault)
                seen: list[Any] = []
                async with beside(answering(phone, seen)):
                    async with asyncio.timeout(50):
                        while bot.telephone.trunks[0].fault:  # noqa: ASYNC110 - it changes in another process
                            await asyncio.sleep(0.1)
                    assert any(asked.header("Authorization") for asked in seen)

    asyncio.run(scenario())


def test_a_challenge_for_another_realm_gets_no_digest(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Nor does a trunk get the password of another: each answers with its own."""

    async def scenario() -> None:
        async with raw_phone() as first, raw_phone() as second:
            trunks = (
                to(first, "first", user="one", password=PASSWORD, realm="bank.example"),
                to(second, "second", priority=20, user="two", password=PASSWORD, realm="spare.example"),
            )
            async with station(trunks=trunks) as bot:
                first.target = second.target = bot.telephone.address
                line = await bot.dial()
                invite = await first.method("INVITE")
                challenge = 'WWW-Authenticate: Digest realm="spare.example", nonce="n"\r\n'
                first.reply(invite, "401 Unauthorized", extra=challenge)
                invite = await second.method("INVITE")
                second.reply(invite, "401 Unauthorized", extra=challenge)
                again = await second.packet(lambda p: p.method == "INVITE" and bool(p.header("Authorization")))
                assert 'username="two"' in again.header("Authorization")
                assert proves(again.header("Authorization"), "INVITE", "spare.example")
                second.reply(again, "200 OK", second.sdp("8"))
                await sip_tools.until(line, Answered)
                assert not [packet for packet in await first.rest() if "Authorization:" in packet.text]

    asyncio.run(scenario())


@pytest.mark.parametrize("failure", ["503 Service Unavailable", pytest.param("408 Timeout", marks=pytest.mark.full)])
def test_a_call_that_its_trunk_does_not_take_goes_through_the_next(
    station: Any, raw_phone: Any, sip_tools: Any, failure: str
) -> None:
    """Under the same id and line, and before anything rang; channels are counted where it goes."""

    async def scenario() -> None:
        async with raw_phone() as first, raw_phone() as second:
            trunks = (to(first), to(second, "spare", priority=20, channels=1))
            async with station(trunks=trunks) as bot:
                first.target = second.target = bot.telephone.address
                line = await bot.dial()
                first.reply(await first.method("INVITE"), failure)
                invite = await second.method("INVITE")
                second.reply(invite, "180 Ringing")
                event, before = await sip_tools.until(line, Ringing)
                assert (event.early_media, before) == (False, [])
                second.reply(invite, "200 OK", second.sdp("8"))
                await sip_tools.until(line, Answered)
                line.play(np.full(800, 8000, dtype=np.int16))
                await sip_tools.eventually(lambda: len(second.arrived()) > 0)

                other = await bot.dial()  # the spare is full now, so this one has no alternative
                first.reply(await first.method("INVITE"), failure)
                end, before = await sip_tools.until(other, LineEnded)
                assert (end.sip_status, before) == (int(failure[:3]), [])

    asyncio.run(scenario())


@pytest.mark.parametrize("failure", ["486 Busy Here", pytest.param("404 Not Found", marks=pytest.mark.full)])
def test_what_the_callee_says_is_no_fault_of_the_trunk(
    station: Any, raw_phone: Any, sip_tools: Any, failure: str
) -> None:
    """Nobody is called twice over two trunks."""

    async def scenario() -> None:
        async with raw_phone() as first, raw_phone() as second:
            trunks = (to(first), to(second, "spare", priority=20))
            async with station(trunks=trunks) as bot:
                first.target = second.target = bot.telephone.address
                line = await bot.dial()
                first.reply(await first.method("INVITE"), failure)
                assert (await sip_tools.until(line, LineEnded))[0].sip_status == int(failure[:3])
                assert not [packet for packet in await second.rest() if packet.method == "INVITE"]

    asyncio.run(scenario())


@pytest.mark.full
def test_a_trunk_that_says_nothing_is_left_after_four_seconds(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """And the next call does not try it again; if it answers late, it gets its call cancelled."""

    async def scenario() -> None:
        async with raw_phone() as silent, raw_phone() as second:
            trunks = (to(silent), to(second, "spare", priority=20))
            async with station(trunks=trunks) as bot:
                silent.target = second.target = bot.telephone.address
                began_s = time.monotonic()
                line = await bot.dial()
                invite = await silent.method("INVITE")
                await taken(second, sip_tools, line)
                assert 3.9 < time.monotonic() - began_s < 8
                assert (await silent.method("INVITE")).header("Call-ID") == invite.header("Call-ID")
                silent.reply(invite, "180 Ringing")
                assert await silent.method("CANCEL")
                await line.hang_up()
                second.reply(await second.method("BYE"), "200 OK")
                again = await bot.dial()
                await taken(second, sip_tools, again)

    asyncio.run(scenario())


@pytest.mark.full
def test_all_calls_leave_a_trunk_that_says_nothing(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Also where every channel has a call: INVITEs that are given up need no channel, and no call waits for them."""
    if loaded_library().origin == "wheel":
        pytest.skip("the wheel has no room for two INVITEs a call; `make native` builds more")

    async def scenario() -> None:
        async with raw_phone() as silent, raw_phone() as second:
            trunks = (to(silent), to(second, "spare", priority=20))
            async with station(trunks=trunks, channels=3) as bot:
                silent.target = second.target = bot.telephone.address
                lines = [await bot.dial(f"7701000000{last}") for last in range(3)]
                for _ in lines:
                    second.reply(await second.method("INVITE"), "486 Busy Here")
                for line in lines:
                    ended, _ = await sip_tools.until(line, LineEnded)
                    assert (ended.cause, line.trunk.name) == (EndCause.BUSY, "spare")
                again = await bot.dial()
                second.reply(await second.method("INVITE"), "486 Busy Here")
                await sip_tools.until(again, LineEnded)

    asyncio.run(scenario())


def test_what_a_trunk_says_of_itself_is_made_fit_to_read(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Its reason phrases reach logs, terminals and JSON; it may be anyone who took its address."""

    async def scenario() -> None:
        async with raw_phone() as phone, station(trunks=(to(phone, probe_s=1.0),)) as bot:
            phone.target = bot.telephone.address
            phone.reply(await phone.method("OPTIONS"), "503 Out\x1b[31m " + "x" * 300)
            await sip_tools.eventually(lambda: bot.telephone.trunks[0].fault != "")
            fault = bot.telephone.trunks[0].fault
            assert fault.startswith("OPTIONS: 503 Out[31m x")
            assert len(fault) < 150

    asyncio.run(scenario())


def test_a_trunk_may_have_thousands_of_numbers(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """What a worker is told when it starts stays within one packet."""

    async def scenario() -> None:
        async with raw_phone() as phone:
            numbers = tuple(f"7727{number:07}" for number in range(10000))
            async with station(trunks=(to(phone, caller_ids=numbers, prefixes=numbers),)) as bot:
                phone.target = bot.telephone.address
                line = await bot.dial("77270000001")
                invite = await phone.method("INVITE")
                assert "sip:77270000000@" in invite.header("From")
                phone.reply(invite, "486 Busy Here")
                await sip_tools.until(line, LineEnded)

    asyncio.run(scenario())


@pytest.mark.full
def test_a_trunk_that_does_not_answer_a_probe_is_down_until_it_does(
    station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """503 to OPTIONS takes it out, as silence does; any other answer brings it back."""

    async def scenario() -> None:
        async with raw_phone() as phone, station(trunks=(to(phone, probe_s=1.0),)) as bot:
            phone.target = bot.telephone.address
            probe = await phone.method("OPTIONS")
            assert probe.text.startswith(f"OPTIONS sip:{phone.host}:{phone.port} SIP/2.0")
            phone.reply(probe, "503 Draining")

            async def refusal() -> str:
                with pytest.raises(NoFreeChannel) as caught:
                    await bot.dial()
                return str(caught.value)

            await asyncio.sleep(1.0)
            assert await refusal() == "trunk main is down: OPTIONS: 503 Draining"
            await asyncio.sleep(6.0)
            assert await refusal() == "trunk main is down: OPTIONS: 408 no answer"
            phone.reply(await phone.newest("OPTIONS"), "404 Not Found")
            await asyncio.sleep(1.0)
            await (await bot.dial()).hang_up()

    asyncio.run(scenario())


def test_everything_goes_to_the_outbound_proxy(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Named in Route, while the Request-URI keeps the trunk's domain, which nobody looks up."""

    async def scenario() -> None:
        async with raw_phone() as proxy:
            edge = f"{proxy.host}:{proxy.port}"
            trunk = Trunk(name="main", host="bank.invalid", outbound_proxy=edge, probe_s=1.0, number_format="+{number}")
            async with station(trunks=(trunk,)) as bot:
                proxy.target = bot.telephone.address
                probe = await proxy.method("OPTIONS")
                assert probe.text.startswith("OPTIONS sip:bank.invalid SIP/2.0")
                proxy.reply(probe, "200 OK")
                line = await bot.dial()
                invite = await proxy.method("INVITE")
                assert invite.text.startswith("INVITE sip:+77010000001@bank.invalid SIP/2.0")
                assert f"sip:{edge}" in invite.header("Route")
                proxy.reply(invite, "200 OK", proxy.sdp("8"))
                await sip_tools.until(line, Answered)

    asyncio.run(scenario())


def test_a_trunk_whose_name_nobody_knows_is_down(station: Any) -> None:
    """The worker never gets to look it up."""

    async def scenario() -> None:
        async with station(trunks=(Trunk(name="main", host="bank.invalid", probe_s=0.0),)) as bot:
            with pytest.raises(NoFreeChannel, match="trunk main is down: its host name cannot be resolved"):
                await bot.dial()

    asyncio.run(scenario())


def test_our_number_is_told_as_the_trunk_wants_it(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """In turn, asserted, or asserted alone with From anonymous (RFC 3323, RFC 3325)."""

    async def scenario() -> None:
        async with raw_phone() as phone:
            ours = {"caller_ids": ("77270000001", "77270000002"), "from_domain": "bank.example"}
            trunk = to(phone, **ours, display_name="The Bank", asserted_identity=True)
            async with station(trunks=(trunk,)) as bot:
                phone.target = bot.telephone.address
                for number in trunk.caller_ids:
                    line = await bot.dial()
                    invite = await taken(phone, sip_tools, line)
                    assert f'"The Bank" <sip:{number}@bank.example>' in invite.header("From")
                    assert invite.header("P-Asserted-Identity") == f"<sip:{number}@bank.example>"
                    assert not invite.header("Privacy")
            async with station(trunks=(to(phone, **ours, anonymous=True),)) as bot:
                phone.target = bot.telephone.address
                line = await bot.dial()
                invite = await taken(phone, sip_tools, line)
                assert '"Anonymous" <sip:anonymous@anonymous.invalid>' in invite.header("From")
                assert invite.header("P-Asserted-Identity") == "<sip:77270000001@bank.example>"
                assert invite.header("Privacy") == "id"
                assert "7727" not in invite.header("From") + invite.header("Contact")

    asyncio.run(scenario())


def test_inbound_calls_of_a_trunks_peers_take_its_channels(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """So that both directions together keep what the trunk grants."""

    async def scenario() -> None:
        async with raw_phone() as phone:
            trunk = to(phone, channels=1, peers=("127.0.0.0/8",))
            async with station(trunks=(trunk,)) as bot:
                phone.target = bot.telephone.address
                phone.request("INVITE", phone.sdp())
                line = await bot.next_inbound()
                with pytest.raises(NoFreeChannel, match="all 1 channels of trunk main are taken"):
                    await bot.dial()
                phone.request("CANCEL", same=True)
                await sip_tools.until(line, LineEnded)
                outbound = await bot.dial()
                await taken(phone, sip_tools, outbound)

    asyncio.run(scenario())


def test_early_media_flows_in_and_nothing_of_ours_goes_out(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """183 with SDP, acknowledged with PRACK when it is asked for; then 180, then the answer."""

    async def scenario() -> None:
        async with raw_phone() as phone, station(trunks=(to(phone),)) as bot:
            phone.target = bot.telephone.address
            line = await bot.dial()
            invite = await phone.method("INVITE")
            assert "100rel" in invite.header("Supported")
            phone.reply(invite, "183 Session Progress", phone.sdp("8"), extra="Require: 100rel\r\nRSeq: 7\r\n")
            prack = await phone.method("PRACK")
            assert prack.header("RAck").startswith("7 ")
            phone.reply(prack, "200 OK")
            assert (await sip_tools.until(line, Ringing))[0].early_media
            line.play(np.full(8000, 8000, dtype=np.int16))
            for _ in range(25):
                phone.rtp(b"\x2a" * 160)
                await asyncio.sleep(0.02)
            heard = np.concatenate(bot.tape.heard[line.channel])
            assert int(np.abs(heard).max()) > 1000
            assert {packet[12:] for packet in phone.arrived() if packet[1] & 0x7F == 8} <= {b"\xd5" * 160}
            phone.reply(invite, "180 Ringing")
            assert (await sip_tools.until(line, Ringing))[0].early_media
            phone.reply(invite, "200 OK", phone.sdp("8"))
            await sip_tools.until(line, Answered)
            await sip_tools.eventually(lambda: any(set(packet[12:]) != {0xD5} for packet in phone.arrived()))

    asyncio.run(scenario())


def test_keys_that_we_press_arrive_at_the_other_end(station: Any, sip_tools: Any) -> None:
    """As events in RTP, each once and in order."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            mine, theirs = await a.call(b)
            await sip_tools.until(mine, Answered)
            await sip_tools.until(theirs, Answered)
            await mine.send_digits("12#")
            pressed = [(await sip_tools.until(theirs, DigitPressed))[0].digit for _ in range(3)]
            assert pressed == ["1", "2", "#"]
            with pytest.raises(TelephonyError, match="keys to press are"):
                await mine.send_digits("1;2")
            await mine.hang_up()
            await sip_tools.until(mine, LineEnded)
            with pytest.raises(TelephonyError, match="has ended"):
                await mine.send_digits("1")

    asyncio.run(scenario())


@pytest.mark.parametrize(("tones", "payloads"), [(KeyTones.AUTO, "8"), (KeyTones.INFO, "8 101")])
def test_keys_go_by_info_where_rtp_cannot_or_shall_not_carry_them(
    station: Any, raw_phone: Any, sip_tools: Any, tones: KeyTones, payloads: str
) -> None:
    """``application/dtmf-relay``, one INFO a key."""

    async def scenario() -> None:
        async with raw_phone() as phone, station(trunks=(to(phone, key_tones=tones),)) as bot:
            phone.target = bot.telephone.address
            line = await bot.dial()
            answer = phone.sdp(payloads)
            if payloads == "8":
                answer = re.sub(r"a=(rtpmap|fmtp):101[^\r]*\r\n", "", answer)
            phone.reply(await phone.method("INVITE"), "200 OK", answer)
            await sip_tools.until(line, Answered)
            await line.send_digits("5")
            info = await phone.method("INFO")
            assert info.header("Content-Type") == "application/dtmf-relay"
            assert re.search(r"Signal\s*=\s*5\b", info.body)
            phone.reply(info, "200 OK")

    asyncio.run(scenario())


def test_keys_that_cannot_be_sent_are_said(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A trunk that is to have them in RTP, and an answer without telephone-event."""

    async def scenario() -> None:
        async with raw_phone() as phone, station(trunks=(to(phone, key_tones=KeyTones.RFC4733),)) as bot:
            phone.target = bot.telephone.address
            line = await bot.dial()
            invite = await phone.method("INVITE")
            with pytest.raises(TelephonyError, match="no keys can be pressed: the call is not up"):
                await line.send_digits("5")
            phone.reply(invite, "200 OK", re.sub(r"a=(rtpmap|fmtp):101[^\r]*\r\n", "", phone.sdp("8")))
            await sip_tools.until(line, Answered)
            with pytest.raises(TelephonyError, match="no keys can be pressed: "):
                await line.send_digits("5")
            await line.hang_up()
            phone.reply(await phone.method("BYE"), "200 OK")
            assert (await sip_tools.until(line, LineEnded))[0].cause is EndCause.LOCAL_HANGUP

    asyncio.run(scenario())
