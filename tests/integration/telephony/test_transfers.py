"""Transfers over real SIP: REFER followed to its end, and two legs of one worker joined."""

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.calls import Answered, EndCause, LineEnded, PlayoutStarted
from engine.errors import ReferRefused, TelephonyError
from telephony.trunks import Trunk

pytestmark = pytest.mark.sip

OPERATOR = "sip:operator@127.0.0.1:5099"
OVER = "terminated;reason=noresource"
REPORTS: list[tuple[list[tuple[str, str]], int]] = [
    ([("100 Trying", "active;expires=60"), ("486 Busy Here", OVER)], 486),
    ([("603 Decline", OVER)], 603),
    ([("180 Ringing", "active;expires=60")], 408),
    ([("100 Trying", "active;expires=60"), ("180 Ringing", "active"), ("200 OK", OVER)], 200),
    ([("200 OK", "active;expires=60")], 200),
]
"""What NOTIFYs report one after another, with the state of the subscription, and what comes of it."""


def tone(duration_s: float, hz: float) -> np.ndarray:
    """Return a loud tone."""
    times = np.arange(round(duration_s * 8000)) / 8000
    return (8000 * np.sin(2 * np.pi * hz * times)).astype(np.int16)


def pitch(frames: list[np.ndarray]) -> set[int]:
    """Return the pitches that the loud frames hold, to the nearest 50 Hz: what one frame of 20 ms can tell."""
    found = set()
    for frame in frames:
        if np.abs(frame.astype(int)).max() > 2000:
            found.add(50 * int(np.argmax(np.abs(np.fft.rfft(frame)))))
    return found


async def answered(bot: Any, phone: Any, sip_tools: Any) -> Any:
    """Call the bot, and return its line."""
    talking = asyncio.create_task(phone.talk())
    line = await bot.next_inbound()
    await line.answer()
    await talking
    await sip_tools.until(line, Answered)
    return line


def notify(phone: Any, status: str, subscription: str) -> None:
    """Tell how the call goes that a REFER asked for (RFC 3515 section 2.4.4)."""
    extra = f"Event: refer\r\nSubscription-State: {subscription}\r\n"
    phone.request("NOTIFY", f"SIP/2.0 {status}\r\n", kind="message/sipfrag;version=2.0", extra=extra)


def test_a_transfer_is_followed_to_its_end(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Accepted is not connected: the NOTIFYs tell, and one that never comes is waited for as long as ordered."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await answered(bot, phone, sip_tools)
            for reports, status in REPORTS:
                transferring = asyncio.create_task(line.transfer(OPERATOR, 1.0))
                refer = await phone.method("REFER")
                assert refer.header("Refer-To").strip("<>") == OPERATOR
                phone.reply(refer, "202 Accepted")
                for report, subscription in reports:
                    await asyncio.sleep(0.05)
                    assert not transferring.done()
                    notify(phone, report, subscription)
                    assert (await phone.status("NOTIFY")).status == 200
                assert await asyncio.wait_for(transferring, 5) == status

    asyncio.run(scenario())


def test_a_transfer_that_is_refused_asks_nobody_else(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Whoever refuses the REFER knows of no other call; and no target can carry a header."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await answered(bot, phone, sip_tools)
            transferring = asyncio.create_task(line.transfer(OPERATOR, 5.0))
            phone.reply(await phone.method("REFER"), "603 Decline")
            with pytest.raises(ReferRefused, match="603"):
                await asyncio.wait_for(transferring, 5)
            for bad in ("sip:a@b\r\nEvil: 1", "tel:100"):
                with pytest.raises(TelephonyError, match="SIP URI"):
                    await line.transfer(bad, 5.0)

    asyncio.run(scenario())


@pytest.mark.parametrize("accepted", [True, False])
def test_the_end_of_the_call_ends_the_wait_for_a_transfer(
    station: Any, raw_phone: Any, sip_tools: Any, accepted: bool
) -> None:
    """Many trunks end the call as soon as they have taken the REFER, without a NOTIFY."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await answered(bot, phone, sip_tools)
            transferring = asyncio.create_task(line.transfer(OPERATOR, 5.0))
            refer = await phone.method("REFER")
            if accepted:
                phone.reply(refer, "202 Accepted")
                await asyncio.sleep(0.1)
            phone.request("BYE")
            if accepted:
                assert await asyncio.wait_for(transferring, 5) == 202
            else:
                with pytest.raises(TelephonyError, match="before the transfer"):
                    await asyncio.wait_for(transferring, 5)

    asyncio.run(scenario())


def test_joined_calls_hear_each_other_and_both_recordings_hold_both(station: Any, sip_tools: Any) -> None:
    """Each leg's frames hold its own far end, and as spoken the other's; what we play goes first."""

    async def scenario() -> None:
        async with station() as bot, station() as debtor, station() as desk:
            mine, caller = await bot.call(debtor)
            await sip_tools.until(mine, Answered)
            await sip_tools.until(caller, Answered)
            second = await consult(bot, desk, mine)
            operator = await desk.next_inbound()
            await operator.answer()
            await sip_tools.until(second, Answered)
            mine.join(second)
            caller.play(tone(1.0, 500))
            operator.play(tone(1.0, 1000))
            await asyncio.sleep(1.3)
            heard, spoken = bot.tape.heard, bot.tape.spoken
            assert (pitch(heard[mine.channel]), pitch(spoken[mine.channel])) == ({500}, {1000})
            assert (pitch(heard[second.channel]), pitch(spoken[second.channel])) == ({1000}, {500})
            assert pitch(debtor.tape.heard[caller.channel]) == {1000}
            assert pitch(desk.tape.heard[operator.channel]) == {500}

            mark = len(debtor.tape.heard[caller.channel])
            mine.play(tone(0.4, 2000))
            operator.play(tone(0.8, 1000))
            await sip_tools.until(mine, PlayoutStarted)
            await asyncio.sleep(0.2)
            assert pitch(debtor.tape.heard[caller.channel][mark:]) <= {1000, 2000}
            await asyncio.sleep(0.8)
            assert pitch(debtor.tape.heard[caller.channel][mark:]) == {1000, 2000}

            mine.part()
            await asyncio.sleep(0.2)
            mark = len(debtor.tape.heard[caller.channel])
            operator.play(tone(0.3, 1000))
            await asyncio.sleep(0.5)
            assert pitch(debtor.tape.heard[caller.channel][mark:]) == set()

    asyncio.run(scenario())


@pytest.mark.full
def test_a_join_ends_with_either_call_and_its_channel_is_nobody_elses(station: Any, sip_tools: Any) -> None:
    """The next call in the slot of one that was joined hears nothing of it."""

    async def scenario() -> None:
        async with station() as bot, station() as debtor, station() as desk:
            mine, caller = await bot.call(debtor)
            await sip_tools.until(mine, Answered)
            second = await consult(bot, desk, mine)
            operator = await desk.next_inbound()
            await operator.answer()
            await sip_tools.until(second, Answered)
            second.join(mine)
            await operator.hang_up()
            assert (await sip_tools.until(second, LineEnded))[0].cause is EndCause.REMOTE_HANGUP
            with pytest.raises(TelephonyError, match="cannot be joined"):
                mine.join(second)
            await asyncio.sleep(0.1)
            third, stranger = await bot.call(desk)
            await sip_tools.until(third, Answered)
            caller.play(tone(0.5, 500))
            await asyncio.sleep(0.7)
            assert pitch(bot.tape.heard[mine.channel]) == {500}
            assert pitch(desk.tape.heard[stranger.channel]) == set()

    asyncio.run(scenario())


@pytest.mark.full
def test_a_person_who_is_called_rings_as_long_as_ordered(station: Any, sip_tools: Any) -> None:
    """Shorter than a debtor's telephone may."""

    async def scenario() -> None:
        async with station(answer_timeout_s=45.0) as bot, station() as debtor, station() as desk:
            mine, _ = await bot.call(debtor)
            await sip_tools.until(mine, Answered)
            second = await consult(bot, desk, mine, ring_s=0.5)
            operator = await desk.next_inbound()
            assert (await sip_tools.until(second, LineEnded))[0].cause is EndCause.NO_ANSWER
            assert (await sip_tools.until(operator, LineEnded))[0].cause is EndCause.CANCELLED
            with pytest.raises(TelephonyError, match="not up"):
                await bot.telephone.consult(OPERATOR, beside=second, call_id="c", ring_s=1.0)

    asyncio.run(scenario())


def test_people_are_reached_by_number_through_a_trunk(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A second call is dialled as any other of the trunk, a REFER names the number at the call's own trunk."""

    async def scenario() -> None:
        async with raw_phone(("127.0.0.1", 9)) as far:
            trunk = Trunk(name="main", host=far.host, port=far.port, number_format="9{number}", probe_s=0)
            async with station(trunks=(trunk,)) as bot:
                far.target = bot.telephone.address
                bot.permission.uri = "77010000001"
                mine = await bot.dial()
                invite = await far.method("INVITE")
                far.reply(invite, "200 OK", far.sdp())
                await sip_tools.until(mine, Answered)
                referring = asyncio.create_task(mine.transfer("1099", 5.0))
                refer = await far.method("REFER")
                assert refer.header("Refer-To").strip("<>") == f"sip:91099@{far.host}:{far.port}"
                far.reply(refer, "405 Method Not Allowed")
                with pytest.raises(ReferRefused, match="405"):
                    await referring
                second = await bot.telephone.consult("1099", beside=mine, call_id="second", ring_s=5.0)
                asked = await far.packet(lambda p: p.method == "INVITE" and "91099@" in p.text)
                assert asked.text.startswith(f"INVITE sip:91099@{far.host}:{far.port}")
                far.reply(asked, "486 Busy Here")
                assert (await sip_tools.until(second, LineEnded))[0].cause is EndCause.BUSY
                mine.trunk = replace(trunk, refer=False)
                with pytest.raises(ReferRefused, match="takes no REFER"):
                    await mine.transfer("1099", 5.0)

    asyncio.run(scenario())


async def consult(bot: Any, desk: Any, beside: Any, ring_s: float = 10.0) -> Any:
    """Call a person beside a call."""
    host, port = desk.telephone.address
    target = f"sip:operator@{host}:{port}"
    call_id = f"{beside.call_id}-1"
    return await bot.telephone.consult(target, beside=beside, call_id=call_id, ring_s=ring_s)
