"""Calls in memory, in virtual time."""

import asyncio
from datetime import date

import numpy as np
import pytest

from engine.accounts import Account, Money, Person
from engine.audio import AudioBatch
from engine.calls import (
    Answered,
    CallRequest,
    DigitPressed,
    EndCause,
    Held,
    LineEnded,
    LineEvent,
    PlayoutCut,
    PlayoutFinished,
    PlayoutStarted,
    Resumed,
    Ringing,
)
from engine.errors import NoFreeChannel, ReferRefused, TelephonyError, WorkerGone
from engine.ports import CallLine
from engine.speech import Language
from telephony.memory_line import MemoryLine, MemoryTelephone


class _Batches:
    def __init__(self) -> None:
        self.batches: list[AudioBatch] = []

    def accept(self, batch: AudioBatch) -> None:
        self.batches.append(batch)


def _request(call_id: str = "c-1") -> CallRequest:
    person = Person("Full Name", "Name", Language.ENGLISH, "77010000001")
    account = Account(
        "a-1", person, "the bank", {Language.ENGLISH: "loan"}, Money.of(1), 3, date(2026, 1, 1), Money.of(1)
    )
    return CallRequest(call_id, "77010000001", account, "demo", Language.ENGLISH)


async def _events(line: MemoryLine, count: int) -> list[LineEvent]:
    return [await asyncio.wait_for(line.next_event(), 10) for _ in range(count)]


async def _started(channels: int = 4) -> tuple[MemoryTelephone, _Batches, list[CallLine]]:
    telephone, batches, inbound = MemoryTelephone(channels), _Batches(), list[CallLine]()
    await telephone.start(inbound.append, [batches])
    return telephone, batches, inbound


def test_a_call_in_is_passed_on_answered_and_carries_audio_both_ways() -> None:
    """The caller is heard, and what the bot plays is sent frame by frame."""

    async def scenario() -> None:
        telephone, batches, inbound = await _started()
        line = telephone.call_in()
        assert inbound == [line]
        telephone.tick()
        assert batches.batches == []
        await line.answer()
        line.remote_says(np.full(200, 5, dtype=np.int16))
        playout = line.play(np.full(320, 9, dtype=np.int16))
        telephone.tick(3)
        assert [b.ticks.tolist() for b in batches.batches] == [[0], [1], [2]]
        assert [int(b.heard.sum()) for b in batches.batches] == [800, 200, 0]
        assert [int(b.spoken[0, 0]) for b in batches.batches] == [9, 9, 0]
        assert line.spoken.tolist() == [9] * 320 + [0] * 160
        assert line.position_s == pytest.approx(0.06)
        assert await _events(line, 3) == [Answered(), PlayoutStarted(playout, 0.0), PlayoutFinished(playout, 0.04)]

    asyncio.run(scenario())


def test_flush_silences_the_next_tick_and_reports_what_was_heard() -> None:
    """What is played after it follows without a gap."""

    async def scenario() -> None:
        telephone, _, _ = await _started()
        line = telephone.call_in()
        await line.answer()
        cut = line.play(np.full(1600, 9, dtype=np.int16))
        telephone.tick(2)
        line.flush()
        line.play(np.full(160, 3, dtype=np.int16))
        telephone.tick(2)
        assert line.spoken[::160].tolist() == [9, 9, 3, 0]
        assert (await _events(line, 3))[2] == PlayoutCut(cut, 0.04, 0.04)

    asyncio.run(scenario())


def test_hold_stops_both_ways_but_not_the_ticks() -> None:
    """The rest of a playout is sent after the hold."""

    async def scenario() -> None:
        telephone, batches, _ = await _started()
        line = telephone.call_in()
        await line.answer()
        line.play(np.full(320, 9, dtype=np.int16))
        telephone.tick()
        line.remote_holds()
        line.remote_says(np.full(160, 5, dtype=np.int16))
        telephone.tick(2)
        line.remote_resumes()
        telephone.tick()
        assert line.spoken[::160].tolist() == [9, 0, 0, 9]
        assert [int(b.heard[0, 0]) for b in batches.batches] == [0, 0, 0, 5]
        events = await _events(line, 5)
        assert events[2:4] == [Held(0.02), Resumed(0.06)]

    asyncio.run(scenario())


def test_an_outbound_call_rings_is_answered_and_ends_with_its_open_playout_cut() -> None:
    """`LineEnded` comes last, after the account of the playouts."""

    async def scenario() -> None:
        telephone, _, _ = await _started()
        line = await telephone.dial(_request())
        line.remote_rings()
        line.remote_answers()
        playout = line.play(np.full(480, 9, dtype=np.int16))
        telephone.tick()
        line.remote_presses("5#")
        line.remote_ends()
        assert await _events(line, 7) == [
            Ringing(early_media=False),
            Answered(),
            PlayoutStarted(playout, 0.0),
            DigitPressed("5", 0.02),
            DigitPressed("#", 0.02),
            PlayoutCut(playout, 0.02, 0.02),
            LineEnded(EndCause.REMOTE_HANGUP, 200, "", 0.02),
        ]
        with pytest.raises(TelephonyError, match="has ended"):
            await line.answer()

    asyncio.run(scenario())


def test_a_far_end_can_be_scripted_and_a_ringing_call_cancelled() -> None:
    """``on_dial`` sees the line before the one who dialled does."""

    async def scenario() -> None:
        telephone = MemoryTelephone(on_dial=lambda line: line.remote_rings(early_media=True))
        await telephone.start(lambda line: None, [])
        line = await telephone.dial(_request())
        await line.hang_up()
        await line.hang_up()
        assert await _events(line, 2) == [Ringing(early_media=True), LineEnded(EndCause.CANCELLED, 487, "", 0.0)]

    asyncio.run(scenario())


def test_channels_run_out_and_come_back() -> None:
    """A channel number is a live call's alone, and free again after it."""

    async def scenario() -> None:
        telephone, _, _ = await _started(channels=2)
        first, second = telephone.call_in(), telephone.call_in()
        assert (first.channel, second.channel) == (0, 1)
        with pytest.raises(NoFreeChannel):
            await telephone.dial(_request())
        first.remote_ends()
        assert telephone.call_in().channel == 0

    asyncio.run(scenario())


def test_drain_takes_no_new_calls_and_waits_for_the_live_ones() -> None:
    """It returns as soon as the last call ended."""

    async def scenario() -> None:
        telephone, _, _ = await _started()
        line = telephone.call_in()
        draining = asyncio.ensure_future(telephone.drain(timeout_s=60))
        await asyncio.sleep(0)
        with pytest.raises(NoFreeChannel):
            telephone.call_in()
        line.remote_ends()
        await asyncio.wait_for(draining, 10)

    asyncio.run(scenario())


def test_every_live_call_has_one_row_in_a_batch() -> None:
    """Calls that began at different times have different tick numbers in the same batch."""

    async def scenario() -> None:
        telephone, batches, _ = await _started()
        first = telephone.call_in()
        await first.answer()
        telephone.tick()
        second = telephone.call_in()
        await second.answer()
        await telephone.run(0.02)
        assert batches.batches[-1].channels.tolist() == [0, 1]
        assert batches.batches[-1].ticks.tolist() == [1, 0]

    asyncio.run(scenario())


def test_a_transfer_tells_its_end_or_that_it_is_refused() -> None:
    """The refusal of the REFER itself is an error of telephony; how the new call ends is a status."""

    async def scenario() -> None:
        telephone, _, _ = await _started()
        line = telephone.call_in()
        with pytest.raises(TelephonyError, match="not up"):
            await line.transfer("sip:100@example.org", 5.0)
        await line.answer()
        assert await line.transfer("sip:100@example.org", 5.0) == 200
        line.refer_status = 486
        assert await line.transfer("sip:101@example.org", 5.0) == 486
        assert line.referred_to == ["sip:100@example.org", "sip:101@example.org"]
        line.refer_status = None
        with pytest.raises(ReferRefused):
            await line.transfer("sip:100@example.org", 5.0)

    asyncio.run(scenario())


def test_joined_lines_hear_each_other_one_tick_late_behind_what_we_play() -> None:
    """Each line's frames as spoken hold the other's far end, until one of the two has ended."""

    async def scenario() -> None:
        telephone, batches, _ = await _started()
        caller = telephone.call_in()
        await caller.answer()
        person = await telephone.consult("sip:100@example.org", beside=caller, call_id="c-2", ring_s=5.0)
        person.remote_answers()
        caller.join(person)
        caller.remote_says(np.full(4 * 160, 11, np.int16))
        person.remote_says(np.full(4 * 160, 22, np.int16))
        caller.play(np.full(160, 33, np.int16))
        telephone.tick(4)
        spoken = np.array([batch.spoken[:, 0] for batch in batches.batches])
        assert spoken.tolist() == [[33, 0], [22, 11], [22, 11], [22, 11]]
        person.remote_ends()
        telephone.tick()
        assert caller.joined is None
        assert not batches.batches[-1].spoken.any()
        with pytest.raises(TelephonyError, match="cannot be joined"):
            caller.join(person)

    asyncio.run(scenario())


def test_a_person_is_called_beside_a_live_call_and_rings_as_long_as_ordered() -> None:
    """And for no call that has ended."""

    async def scenario() -> None:
        telephone, _, _ = await _started()
        caller = telephone.call_in()
        await caller.answer()
        person = await telephone.consult("sip:100@example.org", beside=caller, call_id="c-2", ring_s=1.0)
        telephone.tick(49)
        assert not person.ended
        telephone.tick()
        (end,) = await _events(person, 1)
        assert isinstance(end, LineEnded)
        assert end.cause is EndCause.NO_ANSWER
        caller.remote_ends()
        with pytest.raises(TelephonyError, match="not up"):
            await telephone.consult("sip:100@example.org", beside=caller, call_id="c-3", ring_s=1.0)

    asyncio.run(scenario())


def test_nothing_can_be_dialled_before_the_start() -> None:
    """As with real telephony without a worker."""
    with pytest.raises(WorkerGone):
        asyncio.run(MemoryTelephone().dial(_request()))
