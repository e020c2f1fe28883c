"""What a caller may send, well and badly, from bare sockets."""

import asyncio
import itertools
from typing import Any

import numpy as np
import pjsua2 as pj
import pytest

from engine.calls import (
    Answered,
    DigitPressed,
    EndCause,
    Held,
    LineEnded,
    PlayoutFinished,
    PlayoutStarted,
    Resumed,
    Ringing,
)
from telephony.settings import SessionTimers

pytestmark = pytest.mark.sip


def _alaw(code: int) -> int:
    """Decode one A-law octet (ITU-T G.711, table 2)."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    value = (mantissa << 4) + 8 if not exponent else ((mantissa << 4) + 0x108) << (exponent - 1)
    return value if code & 0x80 else -value


def test_an_invite_without_sdp_gets_an_offer_and_audio_flows(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """The answer comes in the ACK; G.711 and telephone-event are offered, nothing else."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            phone.request("INVITE")
            line = await bot.next_inbound()
            await line.answer()
            offer = await phone.status()
            media = next(row for row in offer.body.splitlines() if row.startswith("m=audio"))
            assert sorted(int(kind) for kind in media.split()[3:])[:2] == [0, 8]
            assert len(media.split()) == 6
            assert "telephone-event/8000" in offer.body
            phone.request("ACK", phone.sdp())
            await sip_tools.until(line, Answered)
            line.play(np.full(800, 8000, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)
            assert [packet[1] & 0x7F for packet in phone.arrived()][:5] == [8] * 5
            phone.request("BYE")
            assert (await phone.status("BYE")).status == 200
            assert (await sip_tools.until(line, LineEnded))[0].cause is EndCause.REMOTE_HANGUP

    asyncio.run(scenario())


def test_an_invite_with_no_codec_of_ours_gets_488(station: Any, raw_phone: Any) -> None:
    """And no call is created."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            sdp = phone.sdp("96").replace("a=rtpmap:101 telephone-event/8000", "a=rtpmap:96 opus/48000/2")
            phone.request("INVITE", sdp)
            assert (await phone.status()).status == 488
            assert bot.inbound.empty()

    asyncio.run(scenario())


def test_a_caller_from_an_unknown_network_gets_403(station: Any, raw_phone: Any) -> None:
    """Nobody is let in who is not on the list, and the engine hears nothing of it."""

    async def scenario() -> None:
        async with station(allowed_peers=("127.0.0.1/32",)) as bot:
            async with raw_phone(bot.telephone.address, host="127.0.0.9") as phone:
                phone.request("INVITE", phone.sdp())
                assert (await phone.status()).status == 403
                assert bot.inbound.empty()
            async with raw_phone(bot.telephone.address) as phone:
                phone.request("INVITE", phone.sdp())
                assert (await bot.next_inbound()).remote == "77015550000"

    asyncio.run(scenario())


def test_a_burst_over_capacity_gets_503_with_retry_after_every_time(station: Any, raw_phone: Any) -> None:
    """The library's own 486 is never seen, and the calls that were let in are untouched."""

    async def scenario() -> None:
        async with (
            station(retry_after_s=17) as bot,
            raw_phone(bot.telephone.address) as a,
            raw_phone(bot.telephone.address) as b,
            raw_phone(bot.telephone.address) as c,
        ):
            lines = []
            for phone in (a, b, c):
                phone.request("INVITE", phone.sdp())
                lines.append(await bot.next_inbound())
            async with raw_phone(bot.telephone.address) as crowd:
                for number in range(20):
                    crowd.call, crowd.remote_tag = f"excess-{number}", ""
                    crowd.request("INVITE", crowd.sdp())
                refusals = {}
                while len(refusals) < 20:
                    refusal = await crowd.status()
                    refusals[refusal.header("Call-ID")] = refusal
                assert {r.status for r in refusals.values()} == {503}
                assert {r.header("Retry-After") for r in refusals.values()} == {"17"}
            assert bot.inbound.empty()
            for phone, line in zip((a, b, c), lines, strict=True):
                await line.answer()
                assert (await phone.status()).status == 200

    asyncio.run(scenario())


def test_a_cancelled_call_ends_as_cancelled(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Before it was answered."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            phone.request("INVITE", phone.sdp())
            line = await bot.next_inbound()
            phone.request("CANCEL", same=True)
            assert (await phone.status("INVITE")).status == 487
            end, before = await sip_tools.until(line, LineEnded)
            assert (end.cause, end.sip_status, before) == (EndCause.CANCELLED, 487, [])

    asyncio.run(scenario())


@pytest.mark.parametrize("cancel_first", [True, False])
def test_a_cancel_that_races_the_answer_leaves_no_call_behind(
    station: Any, raw_phone: Any, sip_tools: Any, cancel_first: bool
) -> None:
    """Whoever wins, the line ends, and its channel is free again."""

    async def scenario() -> None:
        async with station(channels=1) as bot, raw_phone(bot.telephone.address) as phone:
            phone.request("INVITE", phone.sdp())
            line = await bot.next_inbound()
            if cancel_first:
                phone.request("CANCEL", same=True)
                await line.answer()
            else:
                await line.answer()
                phone.request("CANCEL", same=True)
            final = await phone.status("INVITE")
            assert final.status in (200, 487)
            phone.request("ACK", same=final.status != 200)
            if final.status == 200:
                phone.request("BYE")
            await sip_tools.until(line, LineEnded)
            await asyncio.sleep(0.1)
            phone.call, phone.remote_tag = "after", ""
            phone.request("INVITE", phone.sdp())
            await bot.next_inbound()

    asyncio.run(scenario())


def test_a_bye_ends_the_call_in_every_state(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """While it rings, between 200 and ACK, while we play, and on hold."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            phone.request("INVITE", phone.sdp())
            line = await bot.next_inbound()
            await phone.status(least=180)
            phone.request("BYE")
            await sip_tools.until(line, LineEnded)

            phone.call, phone.remote_tag = "before-ack", ""
            phone.request("INVITE", phone.sdp())
            line = await bot.next_inbound()
            await line.answer()
            assert (await phone.packet(lambda p: p.header("Call-ID") == "before-ack" and p.status == 200)).status == 200
            phone.request("BYE")
            await sip_tools.until(line, LineEnded)

            phone.call, phone.remote_tag = "playing", ""
            line = await sip_tools.answered(bot, phone)
            line.play(np.full(8000, 5000, dtype=np.int16))
            await sip_tools.until(line, PlayoutStarted)
            phone.request("BYE")
            end, before = await sip_tools.until(line, LineEnded)
            assert end.cause is EndCause.REMOTE_HANGUP
            assert 0 < before[-1].heard_s < 1

            phone.call, phone.remote_tag = "held", ""
            line = await sip_tools.answered(bot, phone)
            phone.request("INVITE", phone.sdp(direction="sendonly", version=2))
            await phone.status()
            phone.request("ACK")
            await sip_tools.until(line, Held)
            phone.request("BYE")
            await sip_tools.until(line, LineEnded)

    asyncio.run(scenario())


@pytest.mark.parametrize("held_as", ["sendonly", "inactive", "0.0.0.0"])
def test_hold_stands_the_queue_still_and_resume_sends_the_rest(
    station: Any, raw_phone: Any, sip_tools: Any, held_as: str
) -> None:
    """Ticks go on; both ways are silent on hold; no frame of the playout is lost."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            line.play(np.full(8000, 5000, dtype=np.int16))
            await sip_tools.until(line, PlayoutStarted)
            offer = phone.sdp(direction="sendrecv" if held_as == "0.0.0.0" else held_as, version=2)
            # RFC 2543's way, which old exchanges still go: no direction, but no address either.
            phone.request("INVITE", offer.replace("c=IN IP4 127.0.0.1", f"c=IN IP4 {held_as}", held_as == "0.0.0.0"))
            await phone.status()
            phone.request("ACK")
            held, _ = await sip_tools.until(line, Held)
            await sip_tools.eventually(lambda: line.position_s > held.at_s + 0.3)
            phone.request("INVITE", phone.sdp(version=3))
            await phone.status()
            phone.request("ACK")
            resumed, _ = await sip_tools.until(line, Resumed)
            assert resumed.at_s - held.at_s >= 0.3
            finished, _ = await sip_tools.until(line, PlayoutFinished)
            assert finished.at_s > 1 + 0.3
            loud = [int(np.abs(frame).max()) > 1000 for frame in bot.tape.spoken[line.channel]]
            assert sum(loud) == 50
            quiet = loud[round(held.at_s / 0.02) + 2 : round(resumed.at_s / 0.02) - 2]
            assert quiet
            assert not any(quiet)

    asyncio.run(scenario())


def test_keys_arrive_from_rtp_and_from_both_kinds_of_info(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """One event for each key, however often its packets are repeated."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            for event in (1, 11):
                await phone.press(event)
            digits = [(await sip_tools.until(line, DigitPressed))[0].digit for _ in range(2)]
            phone.request("INFO", "Signal=5\r\nDuration=160\r\n", kind="application/dtmf-relay")
            relay = await phone.status("INFO")
            digits.append((await sip_tools.until(line, DigitPressed))[0].digit)
            phone.request("INFO", "9", kind="application/dtmf")
            plain = await phone.status("INFO")
            pressed, _ = await sip_tools.until(line, DigitPressed)
            digits.append(pressed.digit)
            assert digits == ["1", "#", "5", "9"]
            assert pressed.at_s > 0
            assert relay.status == 200
            # The library knows no such body and says so, but we have taken the key; the native gate confirms it.
            assert plain.status == (200 if hasattr(pj, "SipGate") else 500)
            phone.request("INFO", "not a key at all", kind="application/dtmf")
            phone.request("BYE")
            _, rest = await sip_tools.until(line, LineEnded)
            assert rest == []

    asyncio.run(scenario())


def test_silence_of_rtp_hangs_up_but_comfort_noise_and_hold_do_not(
    station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """A far end that went away is noticed; one that is quiet on purpose is not."""

    async def scenario() -> None:
        async with station(media_timeout_s=0.8) as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            while line.position_s < 2.0:
                phone.rtp(b"\x40", kind=13)
                await asyncio.sleep(0.2)
            assert not line.ended
            phone.request("INVITE", phone.sdp(direction="sendonly", version=2))
            await phone.status()
            phone.request("ACK")
            held, _ = await sip_tools.until(line, Held)
            await sip_tools.eventually(lambda: line.position_s > held.at_s + 1.5)
            assert not line.ended
            phone.request("INVITE", phone.sdp(version=3))
            await phone.status()
            phone.request("ACK")
            await sip_tools.until(line, Resumed)
            phone.reply(await phone.method("BYE"), "200 OK")
            assert (await sip_tools.until(line, LineEnded))[0].cause is EndCause.MEDIA_TIMEOUT

    asyncio.run(scenario())


def test_a_caller_who_holds_us_and_vanishes_is_hung_up(
    station: Any, raw_phone: Any, sip_tools: Any, capfd: Any
) -> None:
    """Without session timers nothing else would ever end the call; a hold of before does not count."""

    async def scenario() -> None:
        async with station(hold_timeout_s=1.0) as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            for version in (2, 4):
                phone.request("INVITE", phone.sdp(direction="sendonly", version=version))
                assert (await phone.status()).status == 200
                phone.request("ACK")
                held, _ = await sip_tools.until(line, Held)
                if version == 2:
                    phone.request("INVITE", phone.sdp(version=3))
                    assert (await phone.status()).status == 200
                    phone.request("ACK")
                    await sip_tools.until(line, Resumed)
            await phone.method("BYE")
            assert line.position_s > held.at_s + 0.9
            ended, _ = await sip_tools.until(line, LineEnded)
            assert ended.cause is EndCause.MEDIA_TIMEOUT
        assert f"call {line.call_id}: on hold for 1 s" in capfd.readouterr().err

    asyncio.run(scenario())


def test_real_time_text_is_refused_and_audio_lives(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Nobody would read it, and it takes two more sockets; in a first offer and in a later one."""

    async def scenario() -> None:
        text = "m=text {} RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n"
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            phone.request("INVITE", phone.sdp() + text.format(phone.rtp_port + 2))
            line = await bot.next_inbound()
            await line.answer()
            answers = [await phone.status()]
            phone.request("ACK")
            await sip_tools.until(line, Answered)
            phone.request("INVITE", phone.sdp(version=2) + text.format(phone.rtp_port + 2))
            answers.append(await phone.status())
            phone.request("ACK")
            for answer in answers:
                media = {row.split()[0]: int(row.split()[1]) for row in answer.body.splitlines() if row[:2] == "m="}
                assert media["m=text"] == 0 < media["m=audio"]
            phone.arrived()
            await sip_tools.eventually(lambda: bool(phone.arrived()))

    asyncio.run(scenario())


def test_what_the_caller_says_is_heard_sample_by_sample(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A-law in, 16-bit out, in order."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            await sip_tools.eventually(lambda: line.position_s > 0.1)
            for code in range(0x80, 0xBC):
                phone.rtp(bytes([code]) * 160)
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            heard = np.concatenate(bot.tape.heard[line.channel])
            # The jitter buffer may stretch or leave out a frame on a busy machine, never change what is in it.
            arrived = [value for value, run in itertools.groupby(heard.tolist()) if value and len(list(run)) > 100]
            sent = [_alaw(code) for code in range(0x80, 0xBC)]
            assert len(arrived) > 40
            assert [value for value in sent if value in arrived] == list(dict.fromkeys(arrived))

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("486 Busy Here", EndCause.BUSY),
        ("600 Busy Everywhere", EndCause.BUSY),
        ("603 Decline", EndCause.REJECTED),
        ("403 Forbidden", EndCause.REJECTED),
        ("480 Temporarily Unavailable", EndCause.NO_ANSWER),
        ("404 Not Found", EndCause.FAILED),
        ("503 Service Unavailable", EndCause.FAILED),
    ],
)
def test_a_refused_call_ends_with_its_cause(
    station: Any, raw_phone: Any, sip_tools: Any, status: str, cause: EndCause
) -> None:
    """And with the status that the far end gave."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            bot.permission.target = (phone.host, phone.port)
            line = await bot.dial()
            phone.reply(await phone.method("INVITE"), status)
            end, _ = await sip_tools.until(line, LineEnded)
            assert (end.cause, end.sip_status, end.reason) == (cause, int(status[:3]), status[4:])

    asyncio.run(scenario())


def test_early_media_is_heard_before_the_answer_and_nothing_is_played_into_it(
    station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """The stream's time begins with it; what is queued waits for the answer."""

    async def scenario() -> None:
        named = station(caller_id="77770001122", display_name="The Bank")
        async with named as bot, raw_phone(bot.telephone.address) as phone:
            bot.permission.target = (phone.host, phone.port)
            line = await bot.dial()
            invite = await phone.method("INVITE")
            assert invite.header("From").startswith('"The Bank" <sip:77770001122@127.0.0.1>')
            phone.reply(invite, "183 Session Progress", phone.sdp("8"))
            assert (await sip_tools.until(line, Ringing))[0] == Ringing(early_media=True)
            line.play(np.full(160, 5000, dtype=np.int16))
            for _ in range(10):
                phone.rtp(b"\x2a" * 160)
                await asyncio.sleep(0.02)
            await sip_tools.eventually(lambda: line.position_s > 0.3)
            assert any(frame.any() for frame in bot.tape.heard[line.channel])
            assert not any(frame.any() for frame in bot.tape.spoken[line.channel])
            phone.reply(invite, "200 OK", phone.sdp("8"))
            await phone.method("ACK")
            _, before = await sip_tools.until(line, Answered)
            # Audio and orders come by two ways: on a busy machine the first frame sent is noted before the answer.
            started = next((event for event in before if isinstance(event, PlayoutStarted)), None)
            started = started or (await sip_tools.until(line, PlayoutStarted))[0]
            assert started.at_s > 0.3

    asyncio.run(scenario())


def test_a_redirected_call_is_not_followed(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """The address in a 302 was allowed by nobody."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            bot.permission.target = (phone.host, phone.port)
            line = await bot.dial()
            invite = await phone.method("INVITE")
            phone.send(
                f"SIP/2.0 302 Moved Temporarily\r\nVia: {invite.header('Via')}\r\nFrom: {invite.header('From')}\r\n"
                f"To: {invite.header('To')};tag=raw\r\nCall-ID: {invite.header('Call-ID')}\r\n"
                f"CSeq: {invite.header('CSeq')}\r\nContact: <sip:elsewhere@127.0.0.1:{phone.port}>\r\n"
                "Content-Length: 0\r\n\r\n"
            )
            end, _ = await sip_tools.until(line, LineEnded)
            assert (end.cause, end.sip_status) == (EndCause.FAILED, 302)

    asyncio.run(scenario())


def test_a_caller_cannot_make_the_bot_dial(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """REFER is declined; the call goes on."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            phone.request("REFER", extra=f"Refer-To: <sip:victim@127.0.0.1:{phone.port}>\r\n")
            assert (await phone.status("REFER")).status == 603
            line.play(np.zeros(160, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)

    asyncio.run(scenario())


def test_session_timers_and_public_addresses_are_what_the_settings_say(
    station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """An INVITE of ours names the interval, and the addresses under which we can be reached from outside."""

    async def scenario() -> None:
        outside = station(
            session_timers=SessionTimers.ALWAYS,
            session_expires_s=600,
            session_min_s=120,
            public_sip_address="198.51.100.7",
            public_rtp_address="198.51.100.8",
        )
        async with outside as bot, raw_phone(bot.telephone.address) as phone:
            bot.permission.target = (phone.host, phone.port)
            await bot.dial()
            invite = await phone.method("INVITE")
            assert invite.header("Session-Expires").startswith("600")
            assert invite.header("Min-SE") == "120"
            assert "@198.51.100.7:" in invite.header("Contact")
            assert "c=IN IP4 198.51.100.8" in invite.body
            ports = [int(row.split()[1]) for row in invite.body.splitlines() if row.startswith("m=audio")]
            assert ports[0] % 2 == 0
            assert {row.split()[3] for row in invite.body.splitlines() if row.startswith("m=audio")} == {"8"}
            phone.reply(invite, "486 Busy Here")

    asyncio.run(scenario())


def test_a_far_end_that_never_confirms_the_hang_up_does_not_hold_the_line(
    station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """It has ended for us; but the library still repeats its BYE, so the channel is free only once that is answered."""

    async def scenario() -> None:
        async with station(channels=1, retry_after_s=7) as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            await line.hang_up()
            end, _ = await sip_tools.until(line, LineEnded)
            assert end.cause is EndCause.LOCAL_HANGUP
            bye = await phone.method("BYE")
            await asyncio.sleep(0.1)
            async with raw_phone(bot.telephone.address) as early:
                early.request("INVITE", early.sdp())
                refusal = await early.status()
                assert (refusal.status, refusal.header("Retry-After")) == (503, "7")
            phone.reply(bye, "200 OK")
            await asyncio.sleep(0.1)
            async with raw_phone(bot.telephone.address) as late:
                late.request("INVITE", late.sdp())
                await bot.next_inbound()

    asyncio.run(scenario())


def test_a_caller_beyond_capacity_is_sent_elsewhere_where_that_is_set(station: Any, raw_phone: Any) -> None:
    """302 with the place in Contact, and nothing else in it; the worker takes calls as before."""

    async def scenario() -> None:
        async with (
            station(channels=1, overflow_to="sip:desk@127.0.0.7:5099") as callee,
            raw_phone(callee.telephone.address) as first,
            raw_phone(callee.telephone.address) as second,
        ):
            first.request("INVITE", first.sdp())
            await (await callee.next_inbound()).answer()
            assert (await first.status()).status == 200
            first.request("ACK")
            second.request("INVITE", second.sdp())
            moved = await second.status()
            assert (moved.status, moved.header("Contact")) == (302, "<sip:desk@127.0.0.7:5099>")
            assert moved.text.lower().count("\ncontact:") == 1

    asyncio.run(scenario())


def test_rubbish_on_the_sip_port_disturbs_nobody(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Random bytes, cut-off and self-contradicting messages, then a call."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            random = np.random.default_rng(7)
            for _ in range(50):
                phone._sip.transport.sendto(random.bytes(200), phone.target)
            for text in (
                "INVITE sip:bot@127.0.0.1 SIP/2.0\r\n\r\n",
                "INVITE sip:bot@127.0.0.1 SIP/2.0\r\nContent-Length: 99999\r\n\r\nv=0",
                "BYE " + "x" * 1000 + " SIP/2.0\r\nVia: SIP/2.0/UDP\r\n\r\n",
                "SIP/2.0 200 OK\r\nCSeq: 99999999999999999999 INVITE\r\n\r\n",
            ):
                phone.send(text)
            phone.request("INVITE", "v=0\r\nthis is no sdp\r\n")
            assert (await phone.status()).status >= 400
            phone.call, phone.remote_tag = "good", ""
            await sip_tools.answered(bot, phone)

    asyncio.run(scenario())


@pytest.mark.full
@pytest.mark.timeout(240)
def test_a_call_is_refreshed_at_half_its_interval_and_ends_when_nobody_refreshes(
    station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """RFC 4028: whoever refreshes sends again at half the interval; the call of a far end that is gone is hung up."""

    async def scenario() -> None:
        timed = station(session_timers=SessionTimers.ALWAYS, session_expires_s=90, media_timeout_s=300.0)
        async with timed as bot, raw_phone(bot.telephone.address) as phone:
            bot.permission.target = (phone.host, phone.port)
            line = await bot.dial()
            invite = await phone.method("INVITE")
            timer = "Supported: timer\r\nRequire: timer\r\nSession-Expires: 90;refresher=uac\r\n"
            phone.reply(invite, "200 OK", phone.sdp("8"), extra=timer)
            await sip_tools.until(line, Answered)
            began_s = line.position_s
            while line.position_s - began_s < 40:
                await asyncio.sleep(0.5)
                assert not [p for p, _ in list(phone._sip.queue._queue) if p.startswith((b"INVITE", b"UPDATE"))]
            refresh = await phone.packet(lambda p: p.method in ("INVITE", "UPDATE"))
            assert 40 <= line.position_s - began_s <= 50
            assert refresh.header("Session-Expires").startswith("90")
            body = phone.sdp("8", version=2) if refresh.method == "INVITE" else ""
            phone.reply(refresh, "200 OK", body, extra=timer)
            await asyncio.sleep(85 - (line.position_s - began_s))
            assert not line.ended
            again = await phone.packet(lambda p: p.method in ("INVITE", "UPDATE") and p.text != refresh.text)
            phone.reply(again, "481 Call/Transaction Does Not Exist")
            phone.reply(await phone.method("BYE"), "200 OK")
            end, _ = await sip_tools.until(line, LineEnded)
            assert end.cause is EndCause.REMOTE_HANGUP

    asyncio.run(scenario())
