"""What a worker says of its calls, in order with their audio, also when the engine is late."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.audio import AudioBatch
from engine.calls import Answered, DigitPressed, EndCause, LineEnded
from engine.ports import CallLine
from telephony import messages
from telephony.ring_file import RingFile
from telephony.ring_layout import RingShape
from telephony.rings import BridgeEnd, EngineEnd
from telephony.trunk_desk import TrunkDesk
from telephony.worker_calls import WorkerCalls


class Worker:
    """Its end of rings and control channel, in the test's hands."""

    def __init__(self, path: Path) -> None:
        rings = RingFile.create(path, RingShape(slots=2, media_depth=200))
        self.bridge = BridgeEnd(rings)
        self.sent: list[Any] = []
        self.say: Any = None
        self.ticked: Any = None
        self.lines: list[CallLine] = []
        self.heard: list[tuple[int, int]] = []
        link: Any = SimpleNamespace(engine_end=EngineEnd(rings), send=self.sent.append, attend=self._attend)
        WorkerCalls(
            link, trunks=TrunkDesk(), first_channel=0, queue_frames=4, on_inbound=self.lines.append, sinks=[self]
        ).attend()

    def _attend(self, say: Any, ticked: Any) -> None:
        self.say, self.ticked = say, ticked

    def accept(self, batch: AudioBatch) -> None:
        self.heard += zip(batch.channels.tolist(), batch.ticks.tolist(), strict=True)

    def call(self, slot: int) -> str:
        """Let a caller in and up."""
        call_id = f"call-{slot}"
        epoch = self.bridge.open(slot, call_id)
        self.say(messages.Inbound(call_id, slot, epoch, "1", "2", ""))
        self.bridge.start(slot)
        self.say(messages.Up(call_id))
        return call_id

    def tick(self, count: int, *slots: int) -> None:
        """Write ticks, without waking the engine."""
        for _ in range(count):
            for slot in slots:
                self.bridge.commit(slot, None)
            self.bridge.tick_done()


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path / "rings-1.bin")


async def _events(line: Any) -> list[Any]:
    return [await line.next_event() for _ in range(line._events.qsize())]


async def test_a_message_comes_after_the_audio_before_it(worker: Worker) -> None:
    """Though the engine has not been woken for that."""
    call_id = worker.call(0)
    worker.tick(3, 0)
    worker.say(messages.Digit(call_id, "5", 0.06))
    assert worker.heard == [(0, 0), (0, 1), (0, 2)]
    assert await _events(worker.lines[0]) == [Answered(), DigitPressed("5", 0.06)]


async def test_a_late_engine_hears_a_call_to_its_end_before_it_ends_and_is_not_held_up_by_that(worker: Worker) -> None:
    """It goes on ten ticks at a time; what others say meanwhile waits for its turn."""
    first, second = worker.call(0), worker.call(1)
    worker.tick(25, 0, 1)
    worker.say(messages.Ended(first, EndCause.REMOTE_HANGUP, 200, "", 0))
    worker.bridge.end(0)
    worker.say(messages.Digit(second, "7", 0.5))
    assert len(worker.heard) == 20
    worker.tick(5, 1)
    worker.ticked()
    assert await _events(worker.lines[0]) == [Answered()]
    worker.ticked()
    _, ended = [Answered(), *await _events(worker.lines[0])]
    assert isinstance(ended, LineEnded)
    assert ended.at_s == 0.5
    assert await _events(worker.lines[1]) == [Answered(), DigitPressed("7", 0.5)]
    assert [tick for slot, tick in worker.heard if slot == 0] == list(range(25))
    assert [tick for slot, tick in worker.heard if slot == 1] == list(range(30))
    assert messages.Release(0, 1) in worker.sent
