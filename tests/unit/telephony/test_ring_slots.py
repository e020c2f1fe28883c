"""What a call sends and hears in a tick, by both implementations of the bridge's end: Python and native."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import TelephonyError
from telephony.ring_file import RingFile, SlotState
from telephony.ring_layout import RingShape
from telephony.rings import BridgeEnd, EngineEnd, Ticks, TxWriter

pj = pytest.importorskip("pjsua2")
from telephony.worker.ring_slots import NO_SLOT, RingSlots  # noqa: E402

SHAPE = RingShape(slots=3, tx_depth=16, media_depth=200)
Sent = dict[int, int | None]


class Native:
    """The native build's slots behind the methods that the suite calls."""

    def __init__(self, slots: Any) -> None:
        self._slots = slots

    def __getattr__(self, name: str) -> Any:
        return getattr(self._slots, name)

    def take(self, slot: int) -> np.ndarray | None:
        samples = np.empty(160, dtype=np.int16)
        return samples if self._slots.take(slot, samples) else None


class Worker:
    """Slots on a rings file, the engine's end beside them, and a bridge that ticks when told to."""

    def __init__(self, path: Path, slots: Callable[[RingFile, int], Any]) -> None:
        self.rings = RingFile.create(path, SHAPE)
        self.wake_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.slots = slots(self.rings, self.wake_fd)
        self.engine = EngineEnd(self.rings)
        self.read: list[Ticks] = []

    def call(self, slot: int = 0, *, sending: bool = True) -> TxWriter:
        """Open a call and let its media flow."""
        writer = self.engine.attach(slot, self.slots.open(slot, f"call-{slot}"))
        self.slots.start(slot, sending)
        return writer

    def tick(self, **heard: int) -> Sent:
        """Do one tick in which ``s0=5`` arrives on slot 0; return the value that each slot sent."""
        frames = {slot: self.slots.take(slot) for slot in range(SHAPE.slots)}
        sent = {slot: None if frame is None else int(frame[0]) for slot, frame in frames.items()}
        for name, value in heard.items():
            self.slots.hear(int(name[1:]), np.full(160, value, dtype=np.int16))
        self.slots.close_tick()
        while (ticks := self.engine.next_ticks()) is not None:
            self.read.append(ticks)
        return sent

    def last(self, slot: int) -> tuple[int, int, int]:
        """Return what the last tick of a slot says: heard, spoken, and the number of the frame."""
        for ticks in reversed(self.read):
            for row in np.flatnonzero(ticks.batch.channels == slot):
                return int(ticks.batch.heard[row, 0]), int(ticks.batch.spoken[row, 0]), int(ticks.numbers[row])
        raise AssertionError(f"slot {slot} had no tick")


def _python(rings: RingFile, wake_fd: int) -> RingSlots:
    return RingSlots(BridgeEnd(rings), rings.shape.slots, wake_fd)


def _native(rings: RingFile, wake_fd: int) -> Native:
    return Native(pj.RingSlots(str(rings.path), wake_fd))


_only_native = pytest.mark.skipif(not hasattr(pj, "RingSlots"), reason="the wheel has no native ports")


@pytest.fixture(params=[_python, pytest.param(_native, marks=_only_native)], ids=["python", "native"])
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(tmp_path / "rings-1.bin", request.param)
    yield made
    os.close(made.wake_fd)


def _frames(first: int, count: int) -> np.ndarray:
    """Return frames whose samples are their numbers."""
    return np.repeat(np.arange(first, first + count, dtype=np.int16)[:, None], 160, axis=1)


def test_a_tick_holds_what_was_heard_and_sent_in_it_and_wakes_the_engine(worker: Worker) -> None:
    """The eventfd counts the ticks, calls or no calls."""
    worker.tick()
    writer = worker.call()
    writer.write(_frames(7, 1), 0, last=True)
    assert worker.tick(s0=40) == {0: 7, 1: None, 2: None}
    assert worker.last(0) == (40, 7, 0)
    worker.tick()
    assert worker.last(0) == (0, 0, -1)
    assert os.eventfd_read(worker.wake_fd) == 3
    assert int(worker.rings.header["bridge_tick"][0]) == 3


def test_every_sample_of_a_frame_passes(worker: Worker) -> None:
    """Both ways, unchanged."""
    writer = worker.call()
    said, heard = np.arange(160, dtype=np.int16) - 80, np.arange(160, dtype=np.int16) * -3
    writer.write(said[None], 0, last=True)
    assert (worker.slots.take(0) == said).all()
    worker.slots.hear(0, heard)
    worker.slots.close_tick()
    ticks = worker.engine.next_ticks()
    assert ticks is not None
    assert (ticks.batch.heard[0] == heard).all()
    assert (ticks.batch.spoken[0] == said).all()


def test_frames_pass_many_times_the_depth_of_either_ring(worker: Worker) -> None:
    """In order, without loss."""
    writer = worker.call()
    number = 0
    for tick in range(1000):
        room = 10 - writer.queued
        writer.write(_frames(number, room), number, last=False)
        number += room
        assert worker.tick(s0=tick)[0] == tick
        assert worker.last(0) == (tick, tick, tick)
    assert worker.engine.lost_ticks == writer.underruns == 0


def test_a_flush_takes_effect_within_one_frame(worker: Worker) -> None:
    """And frames from the bound on follow at once."""
    writer = worker.call()
    writer.write(_frames(0, 10), 0, last=False)
    assert [worker.tick()[0], worker.tick()[0]] == [0, 1]
    writer.flush(bound=10)
    writer.write(_frames(10, 2), 10, last=True)
    assert [worker.tick()[0] for _ in range(3)] == [10, 11, None]
    assert [int(t.bounds[0]) for t in worker.read] == [0, 0, 10, 10, 10]
    assert writer.underruns == 0


def test_a_flush_takes_effect_while_nothing_is_sent(worker: Worker) -> None:
    """On hold no frames are taken, but the flush is done."""
    writer = worker.call(sending=False)
    writer.write(_frames(0, 5), 0, last=True)
    writer.flush(bound=5)
    worker.tick()
    assert worker.read[-1].bounds.tolist() == [5]
    worker.slots.set_sending(0)
    assert worker.tick()[0] is None


def test_only_a_frame_that_was_promised_is_missed(worker: Worker) -> None:
    """An underrun is a silence in the middle of what is being said."""
    writer = worker.call()
    worker.tick()
    writer.write(_frames(0, 1), 0, last=True)
    assert [worker.tick()[0], worker.tick()[0]] == [0, None]
    assert writer.underruns == 0
    writer.write(_frames(1, 1), 1, last=False)
    assert [worker.tick()[0] for _ in range(3)] == [1, None, None]
    assert writer.underruns == 2


def test_nothing_of_an_earlier_call_reaches_the_next_one(worker: Worker) -> None:
    """Neither its frames nor its flush."""
    old = worker.call()
    old.write(_frames(0, 4), 0, last=False)
    old.flush(bound=9)
    worker.slots.end(0)
    worker.slots.release(0, 1)
    worker.engine.detach(0)
    worker.call()
    assert [worker.tick()[0], worker.tick()[0]] == [None, None]
    assert worker.read[-1].bounds.tolist() == [0]


def test_ticks_that_nobody_read_are_overwritten_and_counted(worker: Worker) -> None:
    """The bridge never waits for the engine."""
    worker.call()
    for tick in range(250):
        worker.slots.hear(0, np.full(160, tick, dtype=np.int16))
        worker.slots.close_tick()
    assert int(worker.rings.slots["overruns"][0]) == 50
    worker.tick()
    assert worker.last(0)[0] == 0
    assert [int(t.batch.ticks[0]) for t in worker.read] == list(range(59, 251))


def test_a_slot_goes_round_its_states(worker: Worker) -> None:
    """It is free again only when the engine released that very call."""
    slots = worker.slots
    epoch = slots.open(0, "call")
    assert slots.state(0) == SlotState.OPEN
    with pytest.raises((TelephonyError, RuntimeError), match="in use"):
        slots.open(0, "other")
    slots.start(0, True)
    slots.release(0, epoch)
    assert slots.state(0) == SlotState.LIVE
    slots.end(0)
    slots.release(0, epoch + 1)
    assert slots.state(0) == SlotState.ENDED
    slots.start(0, True)
    assert slots.state(0) == SlotState.ENDED
    slots.release(0, epoch)
    assert slots.state(0) == SlotState.FREE
    slots.release(99, epoch)
    with pytest.raises((TelephonyError, RuntimeError), match="at most 64"):
        slots.open(0, "x" * 65)
    assert slots.open(0, "x" * 64) == epoch + 1
    assert bytes(worker.rings.slots["call_id"][0]) == b"x" * 64


def test_free_slots_are_found(worker: Worker) -> None:
    """Until none is left."""
    assert (worker.slots.free_slots(), worker.slots.free_slot()) == (3, 0)
    for slot in (0, 1):
        worker.slots.open(slot, "call")
    assert (worker.slots.free_slots(), worker.slots.free_slot()) == (1, 2)
    worker.slots.open(2, "call")
    assert (worker.slots.free_slots(), worker.slots.free_slot()) == (0, NO_SLOT)


def test_a_call_takes_frames_only_while_it_sends(worker: Worker) -> None:
    """Before the answer and on hold they stay queued; ticks of silence are written all the same."""
    writer = worker.call(sending=False)
    writer.write(_frames(0, 3), 0, last=True)
    assert worker.tick(s0=5)[0] is None
    assert worker.last(0) == (5, 0, -1)
    worker.slots.set_sending(0)
    assert worker.tick()[0] == 0
    worker.slots.pause(0)
    assert worker.tick(s0=6)[0] is None
    assert worker.last(0) == (0, 0, -1)
    worker.slots.start(0, True)
    assert worker.tick()[0] == 1
    assert worker.slots.ticks(0) == 4


def test_an_apology_takes_the_place_of_the_engines_frames_and_is_no_frame_of_its(worker: Worker) -> None:
    """Every sending call hears it once."""
    writer = worker.call()
    worker.call(1, sending=False)
    writer.write(_frames(50, 5), 0, last=True)
    assert not worker.slots.apologising()
    worker.slots.apologise(_frames(90, 2).tobytes())
    assert worker.slots.apologising()
    assert [worker.tick()[0] for _ in range(3)] == [90, 91, None]
    assert [(int(t.batch.spoken[0, 0]), int(t.numbers[0])) for t in worker.read] == [(90, -1), (91, -1), (0, -1)]
    assert not worker.slots.apologising()


def test_joined_calls_hear_each_other_a_tick_later(worker: Worker) -> None:
    """Both recordings hold both sides, and no frame of ours is claimed to have been sent."""
    worker.call(0)
    worker.call(1)
    worker.call(2)
    worker.tick(s0=10, s1=20)
    worker.slots.join(0, 1)
    assert worker.tick(s0=11, s1=21) == {0: 20, 1: 10, 2: None}
    assert [worker.last(0), worker.last(1)] == [(11, 20, -1), (21, 10, -1)]
    assert worker.tick(s0=12) == {0: 21, 1: 11, 2: None}
    assert worker.tick() == {0: None, 1: 12, 2: None}
    worker.slots.part(1)
    worker.tick(s0=13)
    assert worker.tick() == {0: None, 1: None, 2: None}


def test_what_the_engine_says_goes_before_what_the_joined_call_says(worker: Worker) -> None:
    """An announcement is heard over the conversation."""
    writer = worker.call(0)
    worker.call(1)
    worker.slots.join(0, 1)
    worker.tick(s1=20)
    writer.write(_frames(50, 1), 0, last=True)
    assert worker.tick(s1=21)[0] == 50
    assert worker.last(0) == (0, 50, 0)
    assert worker.tick()[0] == 21


def test_a_call_on_hold_neither_sends_nor_is_heard_by_the_joined_one(worker: Worker) -> None:
    """The join outlasts the hold."""
    worker.call(0)
    worker.call(1)
    worker.slots.join(0, 1)
    worker.tick(s0=10, s1=20)
    worker.slots.pause(0)
    assert worker.tick(s0=11, s1=21) == {0: None, 1: 10, 2: None}
    assert worker.tick(s0=12, s1=22) == {0: None, 1: None, 2: None}
    worker.slots.start(0, True)
    assert worker.tick(s0=13) == {0: 22, 1: None, 2: None}
    assert worker.tick()[1] == 13


def test_a_join_ends_with_either_call_and_is_not_inherited(worker: Worker) -> None:
    """Whoever gets the slot next is alone."""
    worker.call(0)
    worker.call(1)
    worker.slots.join(0, 1)
    worker.slots.end(1)
    worker.slots.release(1, 1)
    worker.engine.detach(1)
    worker.call(1)
    worker.tick(s0=10, s1=20)
    assert worker.tick() == {0: None, 1: None, 2: None}


def test_a_join_takes_a_call_from_whomever_it_was_joined_to(worker: Worker) -> None:
    """Three never hear each other."""
    for slot in range(3):
        worker.call(slot)
    worker.slots.join(0, 1)
    worker.slots.join(1, 2)
    worker.tick(s0=10, s1=20, s2=30)
    assert worker.tick() == {0: None, 1: 30, 2: 20}
    with pytest.raises((TelephonyError, RuntimeError), match="itself"):
        worker.slots.join(1, 1)


@_only_native
@pytest.mark.parametrize(
    ("offset", "value", "complaint"),
    [
        (0, b"NOTRINGS", "bad magic"),
        (8, b"\x01\x02\x03\x04\x05\x06\x07\x08", "version"),
        (16, b"\x09", "rings of version 9"),
        (24, b"\x00\x00\x01", "damaged rings file"),
        (32, b"\xff\xff\xff", "damaged rings header"),
        (40, b"\x00", "damaged rings header"),
        (48, b"\xff\xff\xff\xff\xff\xff\xff\xff", "damaged rings header"),
        (56, b"\x50", "frame size"),
    ],
)
def test_the_native_build_refuses_a_damaged_header(tmp_path: Path, offset: int, value: bytes, complaint: str) -> None:
    """As the Python end does; the message names the file."""
    path = tmp_path / "rings-1.bin"
    RingFile.create(path, SHAPE).close()
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(value)
    with pytest.raises(RuntimeError, match=complaint) as caught:
        pj.RingSlots(str(path), -1)
    assert str(path) in str(caught.value)


@_only_native
def test_the_native_build_refuses_what_is_missing_or_cut_off(tmp_path: Path) -> None:
    """Mapping beyond the end of a file would kill the process."""
    path = tmp_path / "rings-1.bin"
    with pytest.raises(RuntimeError, match="cannot open"):
        pj.RingSlots(str(path), -1)
    RingFile.create(path, SHAPE).close()
    os.truncate(path, 8192)
    with pytest.raises(RuntimeError, match="damaged rings file"):
        pj.RingSlots(str(path), -1)
    os.truncate(path, 5)
    with pytest.raises(RuntimeError, match="too short"):
        pj.RingSlots(str(path), -1)


@_only_native
def test_the_native_build_holds_the_file_while_it_lives(tmp_path: Path) -> None:
    """So that no salvage takes rings in use for leftovers."""
    rings = RingFile.create(tmp_path / "rings-1.bin", SHAPE)
    slots = pj.RingSlots(str(rings.path), -1)
    rings.close()
    with pytest.raises((TelephonyError, RuntimeError)):
        slots.state(3)
    other = RingFile(rings.path, shared=False)
    assert not other.exclusive()
    del slots
    assert other.exclusive()
    other.close()
