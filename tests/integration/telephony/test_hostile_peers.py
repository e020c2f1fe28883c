"""What a peer that is let in, or that asks for our password, may do to everyone else's calls: nothing."""

import asyncio
import hashlib
import itertools
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pjsua2 as pj
import pytest

from engine.audio import write_wav
from engine.calls import Answered, DigitPressed, EndCause, LineEnded, PlayoutFinished
from telephony.trunks import Trunk

pytestmark = pytest.mark.sip

_NUMBERS = itertools.count(1)


async def _answered(bot: Any, phone: Any, sip_tools: Any) -> Any:
    """Call, let the bot answer, and return its line."""
    phone.call, phone.remote_tag = f"hostile-{next(_NUMBERS)}", ""
    return await sip_tools.answered(bot, phone)


def _trunk(phone: Any, password: str, **values: Any) -> Trunk:
    host, port = phone if isinstance(phone, tuple) else (phone.host, phone.port)
    return Trunk(name="main", host=host, port=port, user="bank", password=password, probe_s=0, **values)


def _renamed(body: str, host: str) -> str:
    return body.replace("c=IN IP4 127.0.0.1", f"c=IN IP4 {host}")


def test_a_call_without_any_audio_ends_alone(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """An offer that is never answered: the call has no stream to look at, and the others go on."""

    async def scenario() -> None:
        async with (
            station(media_timeout_s=1.2) as bot,
            raw_phone(bot.telephone.address) as good,
            raw_phone(bot.telephone.address) as bad,
        ):
            line = await _answered(bot, good, sip_tools)
            worker = bot.telephone.worker_pid
            bad.request("INVITE")
            theirs = await bot.next_inbound()
            await theirs.answer()
            await bad.status()
            bad.request("ACK")  # without the SDP that it owes
            while not theirs.ended:
                good.rtp(b"\xd5" * 160)
                await asyncio.sleep(0.02)
            assert (await sip_tools.until(theirs, LineEnded))[0].cause is not EndCause.WORKER_DIED
            assert bot.telephone.worker_pid == worker
            line.play(np.zeros(160, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)

    asyncio.run(scenario())


def test_an_offer_of_fax_alone_is_refused_and_the_call_lives_on(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A re-INVITE to T.38 gets 488, as one that only takes the audio away; both would leave a call without a stream."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await _answered(bot, phone, sip_tools)
            without = phone.sdp(version=2).replace(f"m=audio {phone.rtp_port}", "m=audio 0")
            fax = re.sub(
                r"m=audio.*\Z", f"m=image {phone.rtp_port} udptl t38\r\n", phone.sdp(version=2), flags=re.DOTALL
            )
            for offer in (without, without + f"m=image {phone.rtp_port} udptl t38\r\n", fax):
                phone.request("INVITE", offer)
                assert (await phone.status()).status == 488
                phone.request("ACK", same=True)
            line.play(np.zeros(160, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)

    asyncio.run(scenario())


def test_nobody_can_subscribe(station: Any, raw_phone: Any) -> None:
    """The library would keep a subscription for everyone who asks, and ask nobody."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            phone.request("SUBSCRIBE", extra="Event: presence\r\nAccept: application/pidf+xml\r\nExpires: 600\r\n")
            assert (await phone.status("SUBSCRIBE")).status == 403

    asyncio.run(scenario())


def test_a_flood_of_keys_is_cut_to_what_a_hand_can_press(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Else one caller could fill the control channel, and the worker would take the engine for dead."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await _answered(bot, phone, sip_tools)
            for number in range(600):
                phone.rtp(bytes([number % 10, 0x80 | 10, 0, 160]), kind=101, marker=True, stamp=1600 * number + 160)
                if number % 20 == 0:
                    await asyncio.sleep(0.005)
            await asyncio.sleep(0.3)
            phone.request("BYE")
            _, before = await sip_tools.until(line, LineEnded)
            assert 10 <= sum(isinstance(event, DigitPressed) for event in before) <= 60

    asyncio.run(scenario())


@pytest.mark.parametrize("first", [True, False])
def test_a_name_in_place_of_an_address_in_sdp_is_refused(
    station: Any, raw_phone: Any, sip_tools: Any, first: bool
) -> None:
    """The library would look it up on its only thread, for as long as the peer's name server likes."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            if first:
                phone.request("INVITE", _renamed(phone.sdp(), "localhost"))
                assert (await phone.status()).status == 488
                assert bot.inbound.empty()
            else:
                line = await _answered(bot, phone, sip_tools)
                phone.request("INVITE", _renamed(phone.sdp(version=2), "localhost"))
                assert (await phone.status()).status == 488
                phone.request("ACK", same=True)
                line.play(np.zeros(160, dtype=np.int16))
                await sip_tools.until(line, PlayoutFinished)

    asyncio.run(scenario())


def test_four_invites_at_once_give_three_calls_and_one_refusal(station: Any, raw_phone: Any) -> None:
    """Ten times over: they lie in the socket together, and the library never answers by itself."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            for turn in range(10):
                for number in range(4):
                    phone.call, phone.remote_tag = f"at-once-{turn}-{number}", ""
                    phone.request("INVITE", phone.sdp())
                assert (await phone.status()).status == 503
                for line in [await bot.next_inbound() for _ in range(3)]:
                    await line.hang_up()
                for _ in range(3):
                    refusal = await phone.packet(lambda p: p.status == 480)
                    to, via = refusal.header("To"), refusal.header("Via")
                    phone.send(
                        f"ACK sip:bot@127.0.0.1 SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nTo: {to}\r\n"
                        f"From: {refusal.header('From')}\r\nCall-ID: {refusal.header('Call-ID')}\r\n"
                        f"CSeq: {refusal.header('CSeq').split()[0]} ACK\r\nContent-Length: 0\r\n\r\n"
                    )

    asyncio.run(scenario())


def test_a_caller_who_hangs_up_at_full_load_can_redial_at_once(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """BYE and the next INVITE arrive together; the channel is free although nobody has read its last audio yet."""

    async def scenario() -> None:
        async with station(channels=1) as bot, raw_phone(bot.telephone.address) as phone:
            for _ in range(10):
                await _answered(bot, phone, sip_tools)
                phone.request("BYE")

    asyncio.run(scenario())


def _challenged(answer: str, method: str, password: str) -> bool:
    """Judge an Authorization header as RFC 2617 does it, MD5 with quality of protection."""
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', answer))

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    secret, what = md5(given["username"], given["realm"], password), md5(method, given["uri"])
    counted = (given["nc"], given["cnonce"], "auth") if "qop" in given else ()
    return given["response"] == md5(secret, given["nonce"], *counted, what)


@pytest.mark.parametrize(
    ("status", "challenge", "answer"),
    [
        ("401 Unauthorized", "WWW-Authenticate", "Authorization"),
        ("407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization"),
    ],
)
@pytest.mark.parametrize("quality", ["", ', qop="auth"'])
def test_a_trunk_that_asks_who_we_are_is_told(
    station: Any, raw_phone: Any, sip_tools: Any, status: str, challenge: str, answer: str, quality: str
) -> None:
    """The INVITE is sent again with a digest that the password made, and the call is answered."""

    async def scenario() -> None:
        async with raw_phone() as trunk, station(trunks=(_trunk(trunk, "s3cret"),)) as bot:
            trunk.target = bot.telephone.address
            line = await bot.dial()
            first = await trunk.method("INVITE")
            assert not first.header(answer)
            trunk.reply(first, status, extra=f'{challenge}: Digest realm="trunk", nonce="n0nce"{quality}\r\n')
            second = await trunk.packet(lambda p: p.method == "INVITE" and bool(p.header(answer)))
            assert 'username="bank"' in second.header(answer)
            assert "s3cret" not in second.text
            assert _challenged(second.header(answer), "INVITE", "s3cret")
            trunk.reply(second, "200 OK", trunk.sdp("8"))
            await sip_tools.until(line, Answered)

    asyncio.run(scenario())


def test_a_trunk_that_does_not_believe_us_is_not_asked_for_ever(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A wrong password ends the call as rejected."""

    async def scenario() -> None:
        async with raw_phone() as trunk, station(trunks=(_trunk(trunk, "wrong"),)) as bot:
            trunk.target = bot.telephone.address
            line = await bot.dial()
            asked = 0
            ending = asyncio.create_task(sip_tools.until(line, LineEnded))
            answered: set[str] = set()
            while not ending.done():
                invite = asyncio.create_task(trunk.method("INVITE"))
                await asyncio.wait({invite, ending}, return_when=asyncio.FIRST_COMPLETED)
                if not invite.done():
                    invite.cancel()
                    break
                if (branch := invite.result().header("Via")) not in answered:
                    answered.add(branch)
                    asked += 1
                nonce = f'WWW-Authenticate: Digest realm="trunk", nonce="n{asked}"\r\n'
                trunk.reply(invite.result(), "401 Unauthorized", extra=nonce)
            end, _ = await ending
            assert (end.cause, end.sip_status) == (EndCause.REJECTED, 401)
            assert asked <= 4

    asyncio.run(scenario())


def test_a_caller_cannot_fish_for_the_trunk_password(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A 407 to our BYE in a call that they began gets no digest: with one they could guess the password at leisure."""

    async def scenario() -> None:
        known = _trunk(("127.0.0.1", 9), "s3cret", peers=("127.0.0.0/8",))
        async with station(trunks=(known,)) as bot, raw_phone(bot.telephone.address) as phone:
            line = await _answered(bot, phone, sip_tools)
            await line.hang_up()
            bye = await phone.method("BYE")
            phone.reply(
                bye, "407 Proxy Authentication Required", extra='Proxy-Authenticate: Digest realm="x", nonce="mine"\r\n'
            )
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(phone.packet(lambda p: bool(p.header("Proxy-Authorization"))), 1.0)

    asyncio.run(scenario())


def test_an_engine_that_wakes_up_late_leaves_no_far_end_hanging(
    station: Any, raw_phone: Any, sip_tools: Any, tmp_path: Path
) -> None:
    """The worker apologises for longer than the engine would wait for a sign of life; it still says BYE."""
    write_wav(tmp_path / "apology.wav", np.full(8000 * 4, 3000, dtype=np.int16))

    async def scenario() -> None:
        impatient = {"engine_silence_s": 1.5, "worker_silence_s": 1.5, "apology": tmp_path / "apology.wav"}
        async with station(worker=impatient) as bot, raw_phone(bot.telephone.address) as phone:
            await _answered(bot, phone, sip_tools)
            time.sleep(2.2)  # noqa: ASYNC251 - the engine's loop stands still, and that is the point
            phone.reply(await phone.method("BYE"), "200 OK")
            await sip_tools.eventually(lambda: bot.telephone.restarts == 1)

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/mixed;boundary=x"])
@pytest.mark.parametrize(("host", "status"), [("127.0.0.9", 403), ("127.0.0.1", 503)])
def test_an_invite_without_sdp_is_refused_like_any_other(
    station: Any, raw_phone: Any, sip_tools: Any, host: str, status: int, kind: str
) -> None:
    """One such packet, from anybody, ended the process when it was refused in the library's own callback."""

    async def scenario() -> None:
        async with (
            station(channels=1, allowed_peers=("127.0.0.1/32",)) as bot,
            raw_phone(bot.telephone.address) as phone,
            raw_phone(bot.telephone.address, host=host) as other,
        ):
            line = await _answered(bot, phone, sip_tools)
            other.request("INVITE", "--x\r\n\r\nhello\r\n--x--\r\n" if kind else "", kind=kind)
            judged_first = status == 403 and hasattr(pj, "SipGate")  # the native gate reads no body
            assert (await other.status()).status == (415 if kind and not judged_first else status)
            line.play(np.zeros(160, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["forbidden", "over capacity", "no codec of ours", "no sdp", "name in sdp"])
def test_a_flood_of_invites_disturbs_nobody(station: Any, raw_phone: Any, sip_tools: Any, kind: str) -> None:
    """Sixty in one go, each of which would take two sockets of the library's sixty-four for half a second."""

    async def scenario() -> None:
        async with (
            station(channels=1, allowed_peers=("127.0.0.1/32",)) as bot,
            raw_phone(bot.telephone.address) as phone,
            raw_phone(bot.telephone.address, host="127.0.0.9" if kind == "forbidden" else "127.0.0.1") as crowd,
        ):
            worker = bot.telephone.worker_pid
            line = await _answered(bot, phone, sip_tools)
            body = {
                "no sdp": "",
                "no codec of ours": crowd.sdp("96").replace("101 telephone-event/8000", "96 opus/48000/2"),
                "name in sdp": _renamed(crowd.sdp(), "localhost"),
            }.get(kind, crowd.sdp())
            for number in range(60):
                crowd.call, crowd.remote_tag = f"flood-{kind}-{number}", ""
                crowd.request("INVITE", body)
            await asyncio.sleep(1.0)
            line.play(np.zeros(160, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)
            phone.request("BYE")
            await sip_tools.until(line, LineEnded)
            assert bot.telephone.worker_pid == worker
            assert bot.inbound.empty() or kind not in ("forbidden", "no codec of ours", "name in sdp")

    asyncio.run(scenario())


@pytest.mark.parametrize("first", ["INVITE", "re-INVITE", "UPDATE"])
def test_more_media_than_the_library_has_room_for_are_refused(
    station: Any, raw_phone: Any, sip_tools: Any, first: str
) -> None:
    """Sixteen, then a re-INVITE without an offer: the library wrote past the end of its list, and the process ended."""

    async def scenario() -> None:
        async with (
            station() as bot,
            raw_phone(bot.telephone.address) as good,
            raw_phone(bot.telephone.address) as phone,
        ):
            line, worker = await _answered(bot, good, sip_tools), bot.telephone.worker_pid
            crowded = phone.sdp("8", version=2) + f"m=audio {phone.rtp_port} RTP/AVP 8\r\n" * 15
            if first == "INVITE":
                phone.request("INVITE", crowded)
                assert (await phone.status()).status == 488
            else:
                await _answered(bot, phone, sip_tools)
                phone.request(first.removeprefix("re-"), crowded)
                assert (await phone.status(first.removeprefix("re-"))).status == 488
                phone.request("ACK", same=True)
                phone.request("INVITE")
                assert (await phone.status()).status == 200
                phone.request("ACK", phone.sdp("8", version=3))
            line.play(np.zeros(160, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)
            assert bot.telephone.worker_pid == worker

    asyncio.run(scenario())


@pytest.mark.parametrize("line_end", ["\r", "\n"])
def test_a_host_name_hides_behind_no_line_end(station: Any, raw_phone: Any, line_end: str) -> None:
    """The library takes LF for the end of a line of SDP, and CR now and then; so must whoever looks for names."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            phone.request("INVITE", _renamed(phone.sdp(), "localhost").replace("\r\n", line_end))
            assert (await phone.status()).status in (400, 488)

    asyncio.run(scenario())


def test_an_offer_too_long_to_be_looked_at_is_refused(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """The binding shows 1024 octets of an offer in the middle of a call or none: a name could hide in a longer one."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            await _answered(bot, phone, sip_tools)
            phone.request("INVITE", _renamed(phone.sdp(version=2), "localhost") + "a=filler:0123456789\r\n" * 60)
            assert (await phone.status()).status == 488

    asyncio.run(scenario())
