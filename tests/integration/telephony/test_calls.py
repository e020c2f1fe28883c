"""Two stations that call each other over real SIP and RTP."""

import asyncio
from typing import Any

import numpy as np
import pytest

from engine.calls import (
    Answered,
    Direction,
    EndCause,
    LineEnded,
    PlayoutCut,
    PlayoutFinished,
    PlayoutStarted,
    Ringing,
)
from engine.errors import AudioError, DialRefused, NoFreeChannel, TelephonyError
from telephony.settings import Codec

pytestmark = pytest.mark.sip


def _tone(duration_s: float, hz: float = 440.0) -> np.ndarray:
    times = np.arange(round(duration_s * 8000)) / 8000
    return (8000 * np.sin(2 * np.pi * hz * times)).astype(np.int16)


def _loud(frames: list[np.ndarray]) -> list[int]:
    return [index for index, frame in enumerate(frames) if np.abs(frame.astype(int)).max() > 1000]


@pytest.mark.parametrize("codec", list(Codec))
def test_a_tone_arrives_as_it_was_sent_and_the_ledger_says_when(station: Any, sip_tools: Any, codec: Codec) -> None:
    """Both directions, in either law; the account of the playout matches the frames that were really sent."""

    async def scenario() -> None:
        async with station(codecs=(codec,), caller_id="77770001122") as a, station() as b:
            mine, theirs = await a.call(b)
            assert (theirs.direction, theirs.remote) == (Direction.INBOUND, "77770001122")
            _, rang = await sip_tools.until(mine, Answered)
            assert rang == [Ringing(early_media=False)]
            await sip_tools.until(theirs, Answered)
            playout = mine.play(_tone(0.6))
            other = theirs.play(_tone(0.4, 1000))
            started, _ = await sip_tools.until(mine, PlayoutStarted)
            finished, _ = await sip_tools.until(mine, PlayoutFinished)
            assert started.playout_id == finished.playout_id == playout
            assert finished.at_s - started.at_s == pytest.approx(0.6)
            assert (await sip_tools.until(theirs, PlayoutFinished))[0].playout_id == other
            await asyncio.sleep(0.2)
            await mine.hang_up()
            end, _ = await sip_tools.until(mine, LineEnded)
            assert (end.cause, end.sip_status) == (EndCause.LOCAL_HANGUP, 200)
            assert (await sip_tools.until(theirs, LineEnded))[0].cause is EndCause.REMOTE_HANGUP
            sent = _loud(a.tape.spoken[mine.channel])
            assert sent == list(range(round(started.at_s / 0.02), round(finished.at_s / 0.02)))
            heard = b.tape.heard[theirs.channel]
            # Where a busy machine delays packets, the jitter buffer conceals: what it repeats comes on top.
            assert len(_loud(heard)) in range(len(sent) - 1, len(sent) + 6)
            spectrum = np.abs(np.fft.rfft(np.concatenate(heard)[_loud(heard)[2] * 160 :][:3200]))
            assert np.argmax(spectrum) * 8000 / 3200 == pytest.approx(440, abs=3)
            for tape, line in ((a.tape, mine), (b.tape, theirs)):
                assert tape.ticks[line.channel] == list(range(len(tape.ticks[line.channel])))
                assert len(tape.ticks[line.channel]) == round(line.position_s / 0.02)
            assert mine.underruns == a.telephone.lost_ticks == 0

    asyncio.run(scenario())


def test_a_flush_silences_the_other_side_within_a_few_frames(station: Any, sip_tools: Any) -> None:
    """And says to the frame what was sent; what is played after it follows."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            mine, theirs = await a.call(b)
            await sip_tools.until(mine, Answered)
            mine.play(_tone(5))
            waiting = mine.play(_tone(1))
            await sip_tools.until(mine, PlayoutStarted)
            await sip_tools.eventually(lambda: mine.position_s > 0.6)
            asked_s = mine.position_s
            mine.flush()
            after = mine.play(_tone(0.1, 1500))
            cut, _ = await sip_tools.until(mine, PlayoutCut)
            dropped, _ = await sip_tools.until(mine, PlayoutCut)
            assert (dropped.playout_id, dropped.heard_s) == (waiting, 0.0)
            assert (await sip_tools.until(mine, PlayoutFinished))[0].playout_id == after
            await asyncio.sleep(0.3)
            sent, heard = _loud(a.tape.spoken[mine.channel]), _loud(b.tape.heard[theirs.channel])
            assert len(sent) * 0.02 == pytest.approx(cut.heard_s + 0.1)
            assert round(cut.at_s / 0.02) - round(asked_s / 0.02) <= 3
            assert len(heard) <= len(sent) + 2

    asyncio.run(scenario())


def test_a_call_that_is_not_answered_is_cancelled_by_the_one_who_called(station: Any, sip_tools: Any) -> None:
    """Both sides say so."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            a.permission.target = b.telephone.address
            mine = await a.dial()
            theirs = await b.next_inbound()
            await sip_tools.until(mine, Ringing)
            await mine.hang_up()
            assert (await sip_tools.until(mine, LineEnded))[0].cause is EndCause.CANCELLED
            assert (await sip_tools.until(theirs, LineEnded))[0].cause is EndCause.CANCELLED
            with pytest.raises(TelephonyError, match="has ended"):
                await theirs.answer()

    asyncio.run(scenario())


def test_a_call_that_rings_too_long_was_not_answered(station: Any, sip_tools: Any) -> None:
    """The limit is a setting."""

    async def scenario() -> None:
        async with station(answer_timeout_s=0.5) as a, station() as b:
            a.permission.target = b.telephone.address
            mine = await a.dial()
            assert (await sip_tools.until(mine, Ringing))[0] == Ringing(early_media=False)
            assert (await sip_tools.until(mine, LineEnded))[0].cause is EndCause.NO_ANSWER

    asyncio.run(scenario())


def test_a_call_that_is_refused_before_it_is_answered(station: Any, sip_tools: Any) -> None:
    """Hanging up a ringing call refuses it with 480."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            a.permission.target = b.telephone.address
            mine = await a.dial()
            theirs = await b.next_inbound()
            await theirs.hang_up()
            end, _ = await sip_tools.until(mine, LineEnded)
            assert (end.cause, end.sip_status) == (EndCause.NO_ANSWER, 480)
            assert (await sip_tools.until(theirs, LineEnded))[0].cause is EndCause.LOCAL_HANGUP

    asyncio.run(scenario())


def test_three_calls_at_once_and_the_fourth_is_refused_on_both_sides(station: Any, sip_tools: Any) -> None:
    """The caller gets an error of ours, the called one would answer 503; a channel that ended is free again."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            calls = [await a.call(b) for _ in range(3)]
            assert sorted(mine.channel for mine, _ in calls) == [0, 1, 2]
            for mine, _ in calls:
                await sip_tools.until(mine, Answered)
            with pytest.raises(NoFreeChannel, match="3 channels"):
                await a.dial()
            for place, (mine, _) in enumerate(calls):
                mine.play(_tone(0.3, 400 + 400 * place))
            for mine, _ in calls:
                await sip_tools.until(mine, PlayoutFinished)
            await asyncio.sleep(0.2)
            for place, (_, theirs) in enumerate(calls):
                heard = b.tape.heard[theirs.channel]
                loud = _loud(heard)[2]
                spectrum = np.abs(np.fft.rfft(np.concatenate(heard[loud : loud + 10])))
                assert np.argmax(spectrum) * 5 == pytest.approx(400 + 400 * place, abs=6)
            await calls[0][0].hang_up()
            await sip_tools.until(calls[0][0], LineEnded)
            await sip_tools.until(calls[0][1], LineEnded)
            await asyncio.sleep(0.1)  # until the worker has heard that its slot is free again
            await a.call(b)

    asyncio.run(scenario())


def test_a_drained_telephone_takes_no_more_calls_and_waits_for_those_it_has(station: Any, sip_tools: Any) -> None:
    """Callers get 503, which ends as a failure at their end."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            mine, theirs = await a.call(b)
            await sip_tools.until(mine, Answered)
            draining = asyncio.create_task(b.telephone.drain(timeout_s=30))
            await asyncio.sleep(0.1)
            refused = await a.dial()
            end, _ = await sip_tools.until(refused, LineEnded)
            assert (end.cause, end.sip_status) == (EndCause.FAILED, 503)
            with pytest.raises(NoFreeChannel):
                await b.dial()
            assert not draining.done()
            await mine.hang_up()
            await asyncio.wait_for(draining, 10)
            assert theirs.ended

    asyncio.run(scenario())


def test_nothing_is_dialled_that_the_rules_forbid_or_that_is_no_plain_uri(station: Any) -> None:
    """Neither headers nor other schemes pass, and no channel is lost by trying."""

    async def scenario() -> None:
        async with station() as a:
            a.permission.refusal = "calling hours"
            for _ in range(5):
                with pytest.raises(DialRefused, match="calling hours"):
                    await a.dial()
            a.permission.refusal = None
            for uri in ("sip:1@127.0.0.1\r\nX: y", "sip:1@127.0.0.1?Route=x", "sips:1@127.0.0.1", "sip:1@no.invalid"):
                a.permission.uri = uri
                with pytest.raises(TelephonyError):
                    await a.dial()
            assert a.telephone.lines == ()

    asyncio.run(scenario())


def test_an_order_that_cannot_be_carried_out_costs_no_other_call(station: Any, sip_tools: Any) -> None:
    """The rings hold ids of 64 bytes; whoever passes a longer one gets an error, and the worker lives on."""

    async def scenario() -> None:
        async with station() as caller, station() as callee:
            mine, _ = await caller.call(callee)
            await sip_tools.until(mine, Answered)
            with pytest.raises(TelephonyError, match="call id of 65 bytes"):
                await caller.dial(call_id="c" * 65)
            with pytest.raises(TelephonyError, match="cannot be joined"):
                mine.join(mine)
            position_s = mine.position_s
            await sip_tools.eventually(lambda: mine.position_s > position_s + 0.2)
            assert caller.telephone.restarts == 0
            await caller.dial(call_id="c" * 64)

    asyncio.run(scenario())


def test_networks_may_be_given_with_a_netmask(station: Any, raw_phone: Any) -> None:
    """As with a length; the native gate must not take a host mask for none at all."""

    async def scenario() -> None:
        networks = ("10.0.0.0/0.0.0.255", "127.0.0.1/255.255.255.255")
        async with (
            station(allowed_peers=networks) as bot,
            raw_phone(bot.telephone.address) as known,
            raw_phone(bot.telephone.address, host="127.0.0.2") as stranger,
        ):
            for phone, status in ((known, 200), (stranger, 403)):
                phone.request("OPTIONS")
                assert (await phone.status("OPTIONS")).status == status

    asyncio.run(scenario())


def test_playing_anything_but_telephone_audio_is_an_error(station: Any, sip_tools: Any) -> None:
    """The call goes on."""

    async def scenario() -> None:
        async with station() as a, station() as b:
            mine, _ = await a.call(b)
            await sip_tools.until(mine, Answered)
            with pytest.raises(AudioError):
                mine.play(np.zeros(160, dtype=np.float64))
            mine.play(_tone(0.04))
            await sip_tools.until(mine, PlayoutFinished)

    asyncio.run(scenario())
