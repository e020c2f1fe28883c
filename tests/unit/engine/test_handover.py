"""Handing a caller over to a person, in virtual time: by REFER, bridged, and back to the bot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.accounts import Account
from engine.calls import CallClosed, Direction, Disposition, EndCause, Speaker
from engine.desk import CallDesk, Opening
from engine.dialling.permission import CallingHours
from engine.errors import StoreFull
from engine.handover import PAUSE_S, TONE_HZ, TONE_S, Acceptance, Colleague, TransferPlan, Way, ring_back
from engine.speech import Language
from engine.turns import TurnLimits
from telephony.memory_line import MemoryLine

YES = 400
RING_BACK = {400, 450}
OPERATORS, NIGHT = Colleague("operators", "sip:operators@127.0.0.1"), Colleague("night-desk", "sip:1099@127.0.0.1")
PLAN = TransferPlan((OPERATORS,), way=Way.BRIDGE, ring_s=5.0, accept_s=8.0, language=Language.ENGLISH)
BOTH = replace(PLAN, colleagues=(OPERATORS, NIGHT))
REFER = replace(BOTH, way=Way.REFER)


def pitches(samples: np.ndarray) -> set[int]:
    """Return the pitches of the loud frames, to the nearest 50 Hz."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    return {
        50 * int(np.argmax(np.abs(np.fft.rfft(frame)))) for frame in frames if np.abs(frame.astype(int)).max() > 4000
    }


class Recorder:
    """Notes which channels are being recorded, and where."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.channels: set[int] = set()

    def open(self, channel: int, path: Path) -> None:
        assert channel not in self.channels
        self.channels.add(channel)
        self.paths.append(path)

    async def close(self, channel: int) -> None:
        self.channels.remove(channel)


@dataclass
class Exchange:
    """A caller whom the bot has just told that it hands them over."""

    engine: Any
    desk: CallDesk
    recorder: Recorder
    line: MemoryLine
    closed: list[CallClosed]

    async def run(self, duration_s: float) -> None:
        await self.engine.run(duration_s)

    async def person(self) -> MemoryLine:
        """Return the line to the person who is being called now."""
        for _ in range(100):
            others = [line for line in self.engine.telephone.lines if line is not self.line]
            if others:
                return others[0]
            await self.run(0.1)
        raise AssertionError("nobody is called")

    async def taken(self) -> MemoryLine:
        """Let a person accept and hear the summary, and return their line."""
        person = await self.person()
        person.remote_answers()
        await self.run(0.2)
        person.remote_presses("1")
        await self.run(1.5)
        assert self.line.joined is person
        return person

    async def end(self, within_s: float = 30.0) -> CallClosed:
        """Let time pass until the caller's call is closed."""
        for _ in range(round(within_s / 0.1)):
            if mine := [one for one in self.closed if one.call_id == self.line.call_id]:
                return mine[0]
            await self.run(0.1)
        raise AssertionError("the call does not end")

    def events(self, line: MemoryLine) -> list[tuple[str, str]]:
        """Return what the record tells of the handover."""
        kinds = ("transfer", "consulted", "joined", "declined", "answered", "dial_failed")
        mine = (event for event in self.engine.store.events if event.call_id == line.call_id)
        return [(event.kind, event.detail) for event in mine if event.kind.startswith(kinds)]

    def said(self, line: MemoryLine) -> list[str]:
        """Return the bot's turns in a call."""
        turns = [turn for turn in self.engine.store.turns if turn.call_id == line.call_id]
        return [turn.text for turn in turns if turn.speaker is Speaker.BOT]


@pytest.fixture
def handing(kit: Callable[..., Any], interview: Any, account: Account, tmp_path: Path) -> Callable[..., Any]:
    """Return a context manager that holds a call until its caller is about to be handed over by a plan."""

    @asynccontextmanager
    async def start(plan: TransferPlan, **options: Any) -> AsyncIterator[Exchange]:
        async with kit(transfer=plan, **options) as engine:
            recorder, closed = Recorder(), list[CallClosed]()

            async def meet(line: Any, identified: Any) -> Opening:
                return Opening(interview("hi", "who"), account)

            desk = CallDesk(
                engine.telephone,
                recorder,
                engine.services,
                recordings=tmp_path,
                open_dialog=lambda request: interview(),
                meet=meet,
                on_closed=closed.append,
            )
            await engine.telephone.start(desk.receive, [engine.listener])
            line = engine.telephone.call_in()
            await engine.run(1.0)
            line.remote_presses("42#")
            await engine.run(0.2)
            one = Exchange(engine, desk, recorder, line, closed)
            yield one
            for left in engine.telephone.lines:
                left.remote_ends()
            await desk.settle(5.0)
            assert recorder.channels == set()
            assert len(engine.store.ends) == len(engine.store.begins)

    return start


async def test_a_caller_is_referred_and_the_call_ends_when_it_is_connected(handing: Callable[..., Any]) -> None:
    """Accepted is not connected; the status of the new call decides."""
    async with handing(REFER) as one:
        closed = await one.end()
        assert one.line.referred_to == [OPERATORS.address]
        assert closed.disposition is Disposition.OPERATOR
        assert one.events(one.line)[1:] == [
            ("transfer_ringing", "operators by refer"),
            ("transferred", "operators by refer"),
        ]


@pytest.mark.parametrize(("status", "tried"), [(486, 2), (603, 2), (408, 1)])
async def test_a_caller_whom_nobody_takes_by_refer_is_the_bots_again(
    handing: Callable[..., Any], status: int, tried: int
) -> None:
    """Where the far end told nothing final it may still be connecting, so nobody else is tried."""
    async with handing(REFER) as one:
        one.line.refer_status = status
        await one.run(3.0)
        assert len(one.line.referred_to) == tried
        one.line.remote_says(tone(YES))
        closed = await one.end()
        assert closed.disposition is Disposition.ALREADY_PAID
        assert one.said(one.line)[2:] == ["nobody is there who", "good bye"]
        assert one.events(one.line)[2] == ("transfer_failed", f"operators by refer: {status}")


@pytest.mark.parametrize("spoken_s", [0.2, 0.9])
async def test_what_the_caller_said_as_he_was_handed_over_does_not_silence_the_bot_afterwards(
    handing: Callable[..., Any], spoken_s: float
) -> None:
    """Thanks over the last words were heard by an ear that is closed since; the next one begins anew."""
    async with handing(PLAN) as one:
        one.line.remote_says(tone(YES, spoken_s))
        person = await one.person()
        await one.run(1.0)
        person.remote_ends(EndCause.BUSY, 486)
        await one.run(3.0)
        assert one.said(one.line)[2:] == ["nobody is there who"]
        one.line.remote_says(tone(YES))
        assert (await one.end()).disposition is Disposition.ALREADY_PAID


async def test_a_trunk_that_refuses_refer_is_bridged_from_then_on(handing: Callable[..., Any]) -> None:
    """One refusal is enough to know."""
    async with handing(replace(BOTH, way=Way.AUTO)) as one:
        one.line.refer_status = None
        person = await one.person()
        person.remote_ends(EndCause.BUSY, 486)
        await one.run(0.2)
        await one.taken()
        assert [kind for kind, _ in one.events(one.line)[1:]] == [
            *("transfer_ringing", "transfer_failed"),
            *("transfer_ringing", "transfer_failed"),
            *("transfer_ringing", "transferred"),
        ]
        assert one.events(one.line)[-1][1] == f"night-desk by call {one.line.call_id}-2"


async def test_a_trunk_that_refuses_refer_and_may_not_be_bridged_leaves_the_caller_with_the_bot(
    handing: Callable[..., Any],
) -> None:
    """Nobody is called."""
    async with handing(REFER) as one:
        one.line.refer_status = None
        await one.run(2.0)
        assert one.said(one.line)[-1] == "nobody is there who"
        assert len(one.engine.store.begins) == 1


async def test_a_transfer_is_made_once_though_the_far_end_holds_us_meanwhile(handing: Callable[..., Any]) -> None:
    """Many telephones put the first call on hold while they follow a transfer."""
    async with handing(REFER) as one:
        told = asyncio.Event()
        plain = one.line.transfer

        async def transfer(target: str, within_s: float) -> int:
            await told.wait()
            return await plain(target, within_s)

        one.line.transfer = transfer
        await one.run(1.0)
        one.line.remote_holds()
        await one.run(0.5)
        one.line.remote_resumes()
        await one.run(0.5)
        told.set()
        await one.end()
        assert one.line.referred_to == [OPERATORS.address]


async def test_a_bridged_caller_hears_ring_back_and_the_person_what_it_is_about(handing: Callable[..., Any]) -> None:
    """Then the two hear each other, and the bot is silent; when one hangs up, so does the bot with the other."""
    async with handing(PLAN) as one:
        person = await one.person()
        person.remote_rings()
        await one.run(1.0)
        begun = len(one.line.spoken)
        person.remote_answers()
        await one.run(6.0)
        assert pitches(one.line.spoken[begun:]) <= RING_BACK
        assert np.abs(one.line.spoken[begun:].astype(int)).max() > 4000
        assert pitches(person.spoken) == {300}
        assert one.line.joined is None
        person.remote_presses("1")
        await one.run(1.5)
        assert one.line.joined is person
        joined_at = len(one.line.spoken), len(person.spoken)
        one.line.remote_says(tone(1000))
        person.remote_says(tone(2000))
        await one.run(2.0)
        assert pitches(one.line.spoken[joined_at[0] :]) == {2000}
        assert pitches(person.spoken[joined_at[1] :]) == {1000}
        person.remote_ends()
        closed = await one.end()
        assert closed.disposition is Disposition.OPERATOR
        assert one.said(person) == ["press one", "press one", "about a loan"]
        assert not [turn for turn in one.engine.store.turns if turn.start_s > 5.0 and turn.call_id == one.line.call_id]


async def test_both_legs_have_a_record_and_a_recording_and_name_each_other(handing: Callable[..., Any]) -> None:
    """The second one's is the caller's account; what was told of the debtor is forgotten."""
    async with handing(PLAN) as one:
        person = await one.taken()
        one.line.remote_ends()
        await one.run(0.5)
        first, second = one.engine.store.begins
        assert (second.call_id, second.direction) == (f"{first.call_id}-1", Direction.OUTBOUND)
        assert (second.remote, second.account_id, second.scenario) == (OPERATORS.address, "A-1", "transfer")
        assert (second.scenario_hash, second.language) == ("b-1", Language.ENGLISH)
        assert [path.name for path in one.recorder.paths] == [f"{first.call_id}.wav", f"{second.call_id}.wav"]
        assert one.events(one.line)[1:] == [
            ("transfer_ringing", f"operators by call {second.call_id}"),
            ("transferred", f"operators by call {second.call_id}"),
        ]
        assert one.events(person) == [
            ("consulted_for", first.call_id),
            ("answered", ""),
            ("joined", first.call_id),
        ]
        ends = {end.call_id: end.disposition for end in one.engine.store.ends}
        assert ends == {first.call_id: Disposition.OPERATOR, second.call_id: Disposition.CONNECTED}
        assert "about a loan" in one.engine.prompter.forgotten
        assert "press one" not in one.engine.prompter.forgotten


async def test_a_person_may_cut_the_summary_short(handing: Callable[..., Any]) -> None:
    """Who knows enough presses 1 again."""
    async with handing(PLAN) as one:
        person = await one.person()
        person.remote_answers()
        await one.run(0.1)
        person.remote_presses("1")
        await one.run(0.2)
        person.remote_presses("1")
        await one.run(0.1)
        assert one.line.joined is person
        await one.run(0.2)
        assert one.said(person) != ["press one", "about a loan"]


@pytest.mark.parametrize("briefing", [True, False])
async def test_a_person_who_takes_calls_by_answering_presses_nothing(
    handing: Callable[..., Any], briefing: bool
) -> None:
    """The summary comes first, where there is to be one."""
    async with handing(replace(PLAN, acceptance=Acceptance.ANSWER, briefing=briefing)) as one:
        person = await one.person()
        person.remote_answers()
        await one.run(0.1)
        assert (one.line.joined is person) is not briefing
        await one.run(1.0)
        assert one.line.joined is person
        assert one.said(person) == (["about a loan"] if briefing else [])


async def busy(one: Exchange, person: MemoryLine) -> None:
    person.remote_ends(EndCause.BUSY, 486)


async def does_not_answer(one: Exchange, person: MemoryLine) -> None:
    await one.run(5.2)


async def declines(one: Exchange, person: MemoryLine) -> None:
    person.remote_answers()
    await one.run(0.2)
    person.remote_presses("2")


async def declines_after_the_summary(one: Exchange, person: MemoryLine) -> None:
    person.remote_answers()
    await one.run(0.2)
    person.remote_presses("1")
    await one.run(0.2)
    person.remote_presses("2")


async def presses_nothing(one: Exchange, person: MemoryLine) -> None:
    person.remote_answers()
    await one.run(2 * 0.54 + 8.0 + 0.2)


async def hangs_up(one: Exchange, person: MemoryLine) -> None:
    person.remote_answers()
    await one.run(0.2)
    person.remote_ends()


async def holds(one: Exchange, person: MemoryLine) -> None:
    person.remote_answers()
    await one.run(0.2)
    person.remote_holds()


@pytest.mark.parametrize(
    ("does", "disposition"),
    [
        (busy, Disposition.BUSY),
        (does_not_answer, Disposition.NO_ANSWER),
        (declines, Disposition.REJECTED),
        (declines_after_the_summary, Disposition.REJECTED),
        (presses_nothing, Disposition.REJECTED),
        (hangs_up, Disposition.REJECTED),
        (holds, Disposition.REJECTED),
    ],
)
async def test_whoever_does_not_take_the_call_gives_way_to_the_next_and_then_to_the_bot(
    handing: Callable[..., Any], does: Callable[..., Any], disposition: Disposition
) -> None:
    """The caller hears ring-back all the while, and the dialog goes on from there."""
    async with handing(BOTH) as one:
        for _ in BOTH.colleagues:
            person = await one.person()
            await does(one, person)
            await one.run(0.3)
            assert person.ended
        await one.run(2.0)
        ends = [end for end in one.engine.store.ends if end.call_id != one.line.call_id]
        assert [end.disposition for end in ends] == [disposition] * 2
        assert [begin.remote for begin in one.engine.store.begins[1:]] == [OPERATORS.address, NIGHT.address]
        assert one.said(one.line)[-1] == "nobody is there who"
        failed = [detail for kind, detail in one.events(one.line) if kind == "transfer_failed"]
        assert failed == [
            f"operators by call {one.line.call_id}-1: {disposition}",
            f"night-desk by call {one.line.call_id}-2: {disposition}",
        ]
        one.line.remote_says(tone(YES))
        assert (await one.end()).disposition is Disposition.ALREADY_PAID


async def test_a_caller_who_leaves_after_nobody_was_reached_had_wanted_a_person(handing: Callable[..., Any]) -> None:
    """The record keeps the wish where nothing else came of the call."""
    async with handing(PLAN) as one:
        await busy(one, await one.person())
        await one.run(0.5)
        one.line.remote_ends()
        assert (await one.end()).disposition is Disposition.OPERATOR


async def nothing_yet(one: Exchange, person: MemoryLine) -> None:
    """Let it ring."""


async def is_invited(one: Exchange, person: MemoryLine) -> None:
    person.remote_answers()
    await one.run(0.2)


async def is_told(one: Exchange, person: MemoryLine) -> None:
    await is_invited(one, person)
    person.remote_presses("1")
    await one.run(0.2)


async def talks(one: Exchange, person: MemoryLine) -> None:
    await is_told(one, person)
    await one.run(1.5)


@pytest.mark.parametrize(
    ("until", "disposition"),
    [
        (nothing_yet, Disposition.CANCELLED),
        (is_invited, Disposition.CANCELLED),
        (is_told, Disposition.CANCELLED),
        (talks, Disposition.CONNECTED),
    ],
)
async def test_a_caller_who_hangs_up_ends_the_call_to_the_person(
    handing: Callable[..., Any], until: Callable[..., Any], disposition: Disposition
) -> None:
    """In whatever state that is."""
    async with handing(BOTH) as one:
        person = await one.person()
        await until(one, person)
        one.line.remote_ends()
        await one.run(0.3)
        assert person.ended
        assert one.engine.telephone.lines == ()
        assert {end.disposition for end in one.engine.store.ends} == {Disposition.OPERATOR, disposition}
        abandoned = [detail for kind, detail in one.events(one.line) if kind == "transfer_abandoned"]
        assert abandoned == ([] if until is talks else [f"operators by call {person.call_id}"])


@pytest.mark.parametrize("until", [nothing_yet, is_told, talks])
async def test_the_end_of_the_engine_leaves_no_line_up(handing: Callable[..., Any], until: Callable[..., Any]) -> None:
    """Both calls are ended, and both records closed."""
    async with handing(PLAN) as one:
        await until(one, await one.person())
        for task in list(one.desk._calls):
            task.cancel()
        await one.run(0.3)
        assert one.engine.telephone.lines == ()
        assert len(one.engine.store.ends) == 2


async def test_nobody_is_called_out_of_hours(handing: Callable[..., Any]) -> None:
    """10:00 UTC is 15:00 in Almaty; whoever is there around the clock is tried alone."""
    by_day = replace(OPERATORS, hours=CallingHours(time(9), time(14)))
    plan = replace(PLAN, colleagues=(by_day, NIGHT))
    assert plan.on_hand(datetime(2026, 11, 20, 8, 59, tzinfo=UTC)) == (by_day, NIGHT)
    async with handing(plan) as one:
        assert (await one.person()).remote == NIGHT.address
    async with handing(replace(PLAN, colleagues=(by_day,))) as one:
        await one.run(2.0)
        assert one.said(one.line)[-1] == "nobody is there who"
        assert len(one.engine.store.begins) == 1


async def test_without_a_channel_or_room_for_a_record_the_caller_is_the_bots_again(handing: Callable[..., Any]) -> None:
    """The record says why."""
    async with handing(BOTH) as one:
        for _ in range(3):
            one.engine.telephone.call_in()
        await one.run(2.0)
        failed = [detail for kind, detail in one.events(one.line) if kind == "transfer_failed"]
        assert failed == [
            f"operators by call {one.line.call_id}-1: 4 calls are up",
            f"night-desk by call {one.line.call_id}-2: 4 calls are up",
        ]
        assert one.said(one.line)[-1] == "nobody is there who"
    async with handing(PLAN) as one:
        one.engine.store.refuses = StoreFull("no room")
        await one.run(2.0)
        assert one.events(one.line)[-1] == ("transfer_failed", f"operators by call {one.line.call_id}-1: no room")
        assert one.said(one.line)[-1] == "nobody is there who"


@pytest.mark.parametrize("unspeakable", ["press one", "about a loan"])
async def test_words_that_cannot_be_spoken_do_not_keep_the_caller_waiting(
    handing: Callable[..., Any], unspeakable: str
) -> None:
    """A person who knows what to press gets the caller without them."""
    async with handing(PLAN) as one:
        one.engine.prompter.unspeakable.add(unspeakable)
        await one.taken()
        assert unspeakable not in one.said(await one.person())
        assert "speech_failed" in one.engine.store.kinds


async def test_a_fault_in_the_call_to_a_person_gives_the_caller_back_to_the_bot(handing: Callable[..., Any]) -> None:
    """Whatever breaks there; its record says so."""
    async with handing(PLAN) as one:
        person = await one.person()
        person.play = None
        person.remote_answers()
        await one.run(2.0)
        assert person.ended
        ends = [end for end in one.engine.store.ends if end.call_id == person.call_id]
        assert [end.disposition for end in ends] == [Disposition.FAILED]
        assert one.said(one.line)[-1] == "nobody is there who"


async def test_two_who_talk_are_not_cut_off_by_the_longest_call(handing: Callable[..., Any]) -> None:
    """That limit is the bot's; the line itself ends a call whose media is gone."""
    async with handing(PLAN, limits=TurnLimits(longest_call_s=8.0)) as one:
        person = await one.taken()
        await one.run(10.0)
        assert one.line.joined is person


async def test_whoever_was_taken_is_handed_to_nobody_else_though_the_record_is_lost(
    handing: Callable[..., Any],
) -> None:
    """A store that fails when the talk is over has not undone the talk."""
    async with handing(BOTH) as one:
        person, store = await one.taken(), one.engine.store

        async def closed(call: CallClosed) -> None:
            store.ends.append(call)
            if call.call_id == person.call_id:
                raise StoreFull("no room")

        store.closed = closed
        person.remote_ends()
        await one.end()
        assert len(store.begins) == 2
        assert "transfer_failed" not in store.kinds


async def test_the_line_may_be_gone_when_the_two_are_to_be_joined(handing: Callable[..., Any]) -> None:
    """The person is not left alone with the bot."""
    async with handing(PLAN) as one:
        person = await one.person()
        person.remote_answers()
        await one.run(0.2)
        one.line.end(EndCause.MEDIA_TIMEOUT)
        person.remote_presses("11")
        await one.run(0.5)
        assert person.ended


async def test_a_worker_that_dies_interrupts_both_calls(handing: Callable[..., Any]) -> None:
    """Two records, both closed as interrupted or with what was reached before."""
    async with handing(PLAN) as one:
        person = await one.taken()
        for line in (one.line, person):
            line.end(EndCause.WORKER_DIED)
        await one.end()
        await one.run(0.2)
        ends = {end.call_id: end.disposition for end in one.engine.store.ends}
        assert ends[person.call_id] is Disposition.INTERRUPTED


def test_ring_back_is_the_tone_of_the_country() -> None:
    """425 Hz, 1 s on and 4 s off, at -10 dBm0."""
    samples = ring_back()
    assert len(samples) == (TONE_S + PAUSE_S) * 8000
    spectrum = np.abs(np.fft.rfft(samples[:8000]))
    assert int(np.argmax(spectrum)) == TONE_HZ
    assert not samples[8000:].any()
    level_dbm0 = 20 * np.log10(np.abs(samples).max() / 32767) + 3.14
    assert level_dbm0 == pytest.approx(-10, abs=0.2)


def tone(frequency_hz: int, duration_s: float = 0.6) -> np.ndarray:
    """Return a loud tone."""
    t = np.arange(round(duration_s * 8000)) / 8000
    return (8000 * np.sin(2 * np.pi * frequency_hz * t)).astype(np.int16)
