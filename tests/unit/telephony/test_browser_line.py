"""Calls to a browser, in virtual time: what is heard, what is sent, and how they end."""

import asyncio
from datetime import date

import numpy as np
import pytest

from engine.accounts import Account, Money, Person
from engine.audio import FRAME_SAMPLES, AudioBatch, Samples
from engine.calls import (
    Answered,
    CallRequest,
    EndCause,
    LineEnded,
    LineEvent,
    PlayoutCut,
    PlayoutFinished,
    PlayoutStarted,
)
from engine.errors import NoFreeChannel, TelephonyError
from engine.speech import Language
from telephony.browser_line import SILENT_S, BrowserLine, BrowserTelephone
from telephony.jitter import JitterBuffer


class _Wire:
    def __init__(self) -> None:
        self.sent: list[object] = []
        self.line: BrowserLine | None = None

    def connected(self, line: BrowserLine) -> None:
        self.line = line

    def send_audio(self, frame: Samples) -> None:
        self.sent.append(int(frame[0]))

    def drop_audio(self) -> None:
        self.sent.append("drop")

    def line_ended(self) -> None:
        self.sent.append("ended")


class _Ears:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def accept(self, batch: AudioBatch) -> None:
        self.heard.append(int(batch.heard[0, 0]))


def _request(call_id: str = "c-1") -> CallRequest:
    person = Person("Alex Sample", "Alex", Language.ENGLISH, "77010000001")
    account = Account(
        "a-1", person, "the bank", {Language.ENGLISH: "loan"}, Money.of(1), 3, date(2026, 1, 1), Money.of(1)
    )
    return CallRequest(call_id, "browser", account, "demo", Language.ENGLISH)


def _frames(*levels: int) -> Samples:
    return np.repeat(np.array(levels, dtype=np.int16), FRAME_SAMPLES)


async def _called(ears: _Ears, channels: int = 2) -> tuple[BrowserTelephone, BrowserLine, _Wire]:
    telephone, wire = BrowserTelephone(channels), _Wire()
    await telephone.start(lambda line: None, [ears])
    telephone.expect("c-1", wire)
    return telephone, await telephone.dial(_request()), wire


async def _events(line: BrowserLine, count: int) -> list[LineEvent]:
    return [await asyncio.wait_for(line.next_event(), 1) for _ in range(count)]


def test_what_is_played_is_sent_and_accounted_for_frame_by_frame() -> None:
    """Silence is not sent; a playout starts and finishes with its first and last frame."""

    async def scenario() -> None:
        telephone, line, wire = await _called(_Ears())
        line.play(_frames(1, 2))
        telephone.tick(3)
        assert wire.sent == [1, 2]
        assert await _events(line, 3) == [Answered(), PlayoutStarted(1, 0.0), PlayoutFinished(1, 0.04)]
        await telephone.stop()

    asyncio.run(scenario())


def test_a_flush_is_told_to_the_browser_at_once_and_reported_as_a_cut() -> None:
    """The browser forgets what it holds; what is played next follows behind."""

    async def scenario() -> None:
        telephone, line, wire = await _called(_Ears())
        line.play(_frames(1, 2, 3))
        telephone.tick()
        line.flush()
        line.play(_frames(7))
        telephone.tick()
        assert wire.sent == [1, "drop", 7]
        events = await _events(line, 5)
        assert events[2:4] == [PlayoutCut(1, 0.02, 0.02), PlayoutStarted(2, 0.02)]
        await telephone.stop()

    asyncio.run(scenario())


def test_a_burst_is_evened_out_and_its_excess_dropped() -> None:
    """Of more than can wait only the latest is heard, so that the delay does not grow."""
    buffer = JitterBuffer(kept_frames=3, most_frames=5)
    buffer.put(_frames(1, 2))
    assert [int(buffer.take()[0]) for _ in range(3)] == [0, 0, 0]
    buffer.put(_frames(3))
    assert [int(buffer.take()[0]) for _ in range(4)] == [1, 2, 3, 0]
    buffer.put(_frames(*range(10, 20)))
    assert (buffer.waiting, buffer.dropped) == (3, 7)
    assert [int(buffer.take()[0]) for _ in range(4)] == [17, 18, 19, 0]


def test_the_end_of_what_is_said_is_heard_though_nothing_follows() -> None:
    """Too little to begin with is given after as long as gathering may take."""
    buffer = JitterBuffer(kept_frames=3)
    buffer.put(_frames(5))
    assert [int(buffer.take()[0]) for _ in range(5)] == [0, 0, 0, 5, 0]


def test_the_browser_is_heard_by_the_ears() -> None:
    """Its frames come out of the buffer, one a tick."""

    async def scenario() -> None:
        ears = _Ears()
        telephone, line, _ = await _called(ears)
        line.remote_says(_frames(4, 5, 6))
        telephone.tick(4)
        assert ears.heard == [4, 5, 6, 0]
        await telephone.stop()

    asyncio.run(scenario())


def test_a_browser_that_sends_nothing_is_lost() -> None:
    """The end is reported to both sides, after what became of the playouts."""

    async def scenario() -> None:
        telephone, line, wire = await _called(_Ears())
        telephone.tick(round(SILENT_S / 0.02) + 1)
        answered, ended = await _events(line, 2)
        assert answered == Answered()
        assert isinstance(ended, LineEnded)
        assert ended.cause is EndCause.MEDIA_TIMEOUT
        assert wire.sent == ["ended"]
        assert telephone.lines == ()
        await telephone.stop()

    asyncio.run(scenario())


def test_the_bots_hang_up_reaches_the_browser() -> None:
    """Once, whatever else ends the line afterwards."""

    async def scenario() -> None:
        telephone, line, wire = await _called(_Ears())
        await line.hang_up()
        line.remote_ends()
        assert wire.sent == ["ended"]
        await telephone.stop()

    asyncio.run(scenario())


def test_nobody_is_called_who_does_not_wait_and_no_more_than_there_is_room_for() -> None:
    """Each call has its own browser."""

    async def scenario() -> None:
        telephone, _, _ = await _called(_Ears(), channels=1)
        with pytest.raises(NoFreeChannel):
            await telephone.dial(_request("c-2"))
        await telephone.stop()
        other = BrowserTelephone(1)
        await other.start(lambda line: None, [])
        with pytest.raises(TelephonyError, match="no browser waits"):
            await other.dial(_request())

    asyncio.run(scenario())


def test_ticks_follow_the_clock_and_do_not_catch_up_a_long_stall() -> None:
    """What sleeping takes too long is made up for; half a second at most."""

    async def scenario() -> None:
        now_s = 100.0
        telephone = BrowserTelephone(1, clock_s=lambda: now_s)
        await telephone.start(lambda line: None, [])
        telephone.expect("c-1", _Wire())
        line = await telephone.dial(_request())

        async def positions(seconds: float) -> float:
            nonlocal now_s
            before, now_s = line.position_s, now_s + seconds
            await asyncio.sleep(0.05)  # a tick's sleep is under way
            for _ in range(100):  # the rest is made up for without sleeping
                await asyncio.sleep(0)
            return line.position_s - before

        await asyncio.sleep(0)  # the clock begins
        # Sleeps that are under way end with a tick each, while this clock stands still.
        assert 0.19 < await positions(0.2) < 0.4
        assert 0.49 < await positions(3.0) < 0.7
        await telephone.stop()

    asyncio.run(scenario())
