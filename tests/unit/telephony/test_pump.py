"""The engine's lines over real rings, with a bridge in the test's hands: what each tick makes of them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.audio import AudioBatch
from engine.calls import Direction, EndCause, LineEnded, LineEvent, PlayoutCut, PlayoutFinished, PlayoutStarted
from telephony.pump import pump
from telephony.ring_file import RingFile
from telephony.ring_layout import RingShape
from telephony.rings import BridgeEnd, EngineEnd
from telephony.sip_line import SipLine

QUEUED = 4


class Desk:
    """Two calls of one worker."""

    def __init__(self, path: Path) -> None:
        rings = RingFile.create(path, RingShape(slots=3, media_depth=200))
        self.bridge, self.end = BridgeEnd(rings), EngineEnd(rings)
        self.lines: dict[int, SipLine] = {}
        self.calls: list[int] = []
        """Slots whose line was called for a tick."""
        for slot in (0, 2):
            epoch = self.bridge.open(slot, f"call-{slot}")
            self.bridge.start(slot)
            self.lines[slot] = self._line(slot, epoch)

    def _line(self, slot: int, epoch: int) -> SipLine:
        link: Any = SimpleNamespace(engine_end=self.end)
        line = SipLine(f"call-{slot}", slot, epoch, Direction.INBOUND, "1", link=link, queue_frames=QUEUED)
        advance = line.advance

        def counted(awaited: Any) -> None:
            self.calls.append(awaited.slot)
            advance(awaited)

        line.advance = counted  # type: ignore[method-assign]
        return line

    def ticks(self, count: int = 1, sinks: Any = ()) -> list[int]:
        """Let the bridge tick and the engine follow; return what slot 0 sent, 0 for silence."""
        sent = []
        for _ in range(count):
            sent.append(self.tick())
            pump(self.end, self.lines, sinks)
        return sent

    def tick(self) -> int:
        """Let the bridge alone tick."""
        frame = self.bridge.next_frame(0)
        value = 0 if frame is None else int(frame[0])
        self.bridge.next_frame(2)
        for slot in self.lines:
            self.bridge.commit(slot, None)
        self.bridge.tick_done()
        return value

    async def events(self, slot: int = 0) -> list[LineEvent]:
        """Return what a line has reported."""
        line = self.lines[slot]
        return [await line.next_event() for _ in range(line._events.qsize())]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "rings-1.bin")


def _audio(first: int, frames: int) -> np.ndarray:
    return np.repeat(np.arange(first, first + frames, dtype=np.int16), 160)


async def test_a_long_playout_is_sent_whole_and_its_line_is_called_twice(desk: Desk) -> None:
    """With its first frame and with its last; the frames between them are queued, but no tick is looked at."""
    playout = desk.lines[0].play(_audio(1, 100))
    assert desk.ticks(102) == [*range(1, 101), 0, 0]
    assert await desk.events() == [PlayoutStarted(playout, 0.0), PlayoutFinished(playout, 2.0)]
    assert desk.calls == [0, 0]
    assert desk.lines[0].underruns == 0
    assert desk.lines[0].position_s == desk.lines[2].position_s == pytest.approx(2.04)


async def test_an_engine_that_is_late_by_as_many_ticks_as_are_queued_is_not_heard(desk: Desk) -> None:
    """Whatever moment it is late at."""
    desk.lines[0].play(_audio(1, 200))
    sent = []
    for _ in range(30):
        sent += [desk.tick() for _ in range(QUEUED)]
        sent += desk.ticks()
    assert sent == list(range(1, 151))
    assert desk.lines[0].underruns == 0


async def test_a_cut_playout_tells_how_much_of_it_was_sent_though_nobody_looked(desk: Desk) -> None:
    """The account of the frames in between stands in the arrays."""
    line = desk.lines[0]
    first, second = line.play(_audio(1, 50)), line.play(_audio(60, 5))
    desk.ticks(7)
    desk.tick()
    line.flush()
    third = line.play(_audio(90, 2))
    assert desk.ticks(3) == [90, 91, 0]
    assert await desk.events() == [
        PlayoutStarted(first, 0.0),
        PlayoutCut(first, 0.16, 0.16),
        PlayoutCut(second, 0.0, 0.16),
        PlayoutStarted(third, 0.16),
        PlayoutFinished(third, 0.2),
    ]


async def test_a_second_flush_before_the_first_took_effect_cuts_what_waited_behind_it(desk: Desk) -> None:
    """The ring is full, so that nothing of the second playout was taken and both flushes have one bound."""
    line = desk.lines[0]
    first = line.play(_audio(1, 30))
    line.flush()
    second = line.play(_audio(40, 30))
    line.flush()
    third = line.play(_audio(80, 1))
    assert desk.ticks(2) == [0, 80]
    assert await desk.events() == [
        PlayoutCut(first, 0.0, 0.0),
        PlayoutCut(second, 0.0, 0.0),
        PlayoutStarted(third, 0.02),
        PlayoutFinished(third, 0.04),
    ]


async def test_the_end_of_a_call_cuts_what_plays_where_it_is(desk: Desk) -> None:
    """Also when the slot has been given up by then."""
    line = desk.lines[0]
    playout = line.play(_audio(1, 50))
    desk.ticks(5)
    desk.end.detach(0)
    line.end(EndCause.REMOTE_HANGUP)
    started, cut, ended = await desk.events()
    assert started == PlayoutStarted(playout, 0.0)
    assert cut == PlayoutCut(playout, 0.1, 0.1)
    assert isinstance(ended, LineEnded)
    assert ended.at_s == line.position_s == 0.1


async def test_a_playout_whose_last_tick_was_lost_still_finishes(desk: Desk) -> None:
    """With the next frame that is sent; whoever waits for its end must not wait for ever."""
    line = desk.lines[0]
    first = line.play(_audio(1, 3))
    desk.ticks(2)
    second = line.play(_audio(9, 20))
    for _ in range(5):
        desk.tick()
    desk.end._rings.media["tick"][0, 2:4] = -1
    desk.ticks()
    assert desk.end.lost_ticks == 2
    assert await desk.events() == [
        PlayoutStarted(first, 0.0),
        PlayoutFinished(first, 0.1),
        PlayoutStarted(second, 0.08),
    ]


async def test_a_sink_that_fails_costs_nobody_a_tick(desk: Desk) -> None:
    """The other sinks and the lines get theirs."""
    seen: list[int] = []

    class Broken:
        def accept(self, batch: AudioBatch) -> None:
            raise RuntimeError("broken")

    class Good:
        def accept(self, batch: AudioBatch) -> None:
            seen.extend(batch.ticks.tolist())

    playout = desk.lines[2].play(_audio(1, 1))
    desk.ticks(1, sinks=[Broken(), Good()])
    assert seen == [0, 0]
    assert await desk.events(2) == [PlayoutStarted(playout, 0.0), PlayoutFinished(playout, 0.02)]


@pytest.mark.parametrize(("most", "passed"), [(1000, [7, 7]), (3, [3, 3, 3, 3, 2, 0])])
async def test_sinks_that_take_longer_than_ticks_last_do_not_hold_the_engine_up(
    desk: Desk, most: int, passed: list[int]
) -> None:
    """Ticks that come meanwhile wait for the next time, and none is lost."""
    seen: list[int] = []

    class Slow:
        def accept(self, batch: AudioBatch) -> None:
            seen.append(int(batch.ticks[0]))
            if len(seen) <= 7:
                desk.tick()

    for _ in range(7):
        desk.tick()
    taken = []
    for _ in passed:
        before = len(seen)
        pump(desk.end, desk.lines, [Slow()], most=most)
        taken.append(len(seen) - before)
    assert taken == passed
    assert seen == list(range(14))
    assert desk.end.lost_ticks == 0
