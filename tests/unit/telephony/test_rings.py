"""The rings contract, by itself."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import TelephonyError
from telephony.ring_file import RingFile, SlotState
from telephony.ring_layout import PAGE_BYTES, RingShape, flush_bound, flush_word
from telephony.rings import BridgeEnd, EngineEnd, Ticks, TxWriter
from telephony.salvage import leftovers, salvage

SHAPE = RingShape(slots=2, tx_depth=16, media_depth=200)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rings-1.bin"


@pytest.fixture
def rings(path: Path) -> RingFile:
    return RingFile.create(path, SHAPE)


def _frames(first: int, count: int) -> np.ndarray:
    """Return frames whose samples are their numbers."""
    return np.repeat(np.arange(first, first + count, dtype=np.int16)[:, None], 160, axis=1)


def _live(rings: RingFile, slot: int = 0, call_id: str = "call") -> tuple[BridgeEnd, EngineEnd, TxWriter]:
    bridge, engine = BridgeEnd(rings), EngineEnd(rings)
    epoch = bridge.open(slot, call_id)
    bridge.start(slot)
    return bridge, engine, engine.attach(slot, epoch)


def _tick(bridge: BridgeEnd, slot: int = 0, heard: int | None = None) -> int | None:
    """Let the bridge do one tick; return the value that it sent, None for silence."""
    frame = bridge.next_frame(slot)
    sent = None if frame is None else int(frame[0])
    bridge.commit(slot, None if heard is None else np.full(160, heard, dtype=np.int16))
    bridge.tick_done()
    return sent


def _read(engine: EngineEnd) -> list[Ticks]:
    ticks = []
    while (tick := engine.next_ticks()) is not None:
        ticks.append(tick)
    return ticks


def test_frames_pass_both_ways_and_are_joined_by_tick(rings: RingFile) -> None:
    """A tick carries what arrived and what was sent in it."""
    bridge, engine, writer = _live(rings)
    writer.write(_frames(0, 2), 0, last=True)
    assert [_tick(bridge, heard=40), _tick(bridge), _tick(bridge, heard=41)] == [0, 1, None]
    ticks = _read(engine)
    assert [t.batch.ticks.tolist() for t in ticks] == [[0], [1], [2]]
    assert [int(t.batch.heard[0, 0]) for t in ticks] == [40, 0, 41]
    assert [int(t.batch.spoken[0, 159]) for t in ticks] == [0, 1, 0]
    assert [int(t.numbers[0]) for t in ticks] == [0, 1, -1]


def test_both_rings_wrap_around_without_losing_a_frame(rings: RingFile) -> None:
    """Many times the depth of either ring passes in order."""
    bridge, engine, writer = _live(rings)
    sent, heard, number = [], [], 0
    for tick in range(1000):
        room = 10 - writer.queued
        writer.write(_frames(number, room), number, last=False)
        number += room
        sent.append(_tick(bridge, heard=tick))
        heard += [int(t.batch.heard[0, 0]) for t in _read(engine)]
    assert sent == list(range(1000))
    assert heard == list(range(1000))
    assert engine.lost_ticks == writer.underruns == 0


def test_flush_drops_what_is_queued_within_one_frame_and_lets_new_frames_follow_at_once(rings: RingFile) -> None:
    """Nothing below the bound is sent, and nobody waits for anybody."""
    bridge, engine, writer = _live(rings)
    writer.write(_frames(0, 10), 0, last=False)
    assert [_tick(bridge), _tick(bridge)] == [0, 1]
    writer.flush(bound=10)
    writer.write(_frames(10, 2), 10, last=True)
    assert [_tick(bridge), _tick(bridge), _tick(bridge)] == [10, 11, None]
    assert [int(t.bounds[0]) for t in _read(engine)] == [0, 0, 10, 10, 10]
    assert writer.underruns == 0


def test_a_flush_takes_effect_while_nothing_is_sent(rings: RingFile) -> None:
    """On hold the bridge takes no frames, but still says that the flush was done."""
    bridge, engine, writer = _live(rings)
    writer.write(_frames(0, 5), 0, last=True)
    writer.flush(bound=5)
    bridge.commit(0, None)
    assert _read(engine)[0].bounds.tolist() == [5]
    assert _tick(bridge) is None


def test_a_stale_writer_never_reaches_the_next_call(rings: RingFile) -> None:
    """Neither frames nor a flush of an earlier call have any effect."""
    bridge, engine, old = _live(rings)
    bridge.end(0)
    engine.detach(0)
    bridge.release(0, epoch=1)
    epoch = bridge.open(0, "next")
    bridge.start(0)
    new = engine.attach(0, epoch)
    assert old.stale
    old.write(_frames(0, 4), 0, last=False)
    old.flush(bound=100)
    new.write(_frames(0, 1) + 7, 0, last=True)
    assert [_tick(bridge), _tick(bridge)] == [7, None]


def test_frames_that_a_stale_writer_left_behind_are_not_sent(rings: RingFile) -> None:
    """Frames that were queued when their call ended, or written just as the slot changed hands, carry the old epoch."""
    bridge, engine, old = _live(rings)
    old.write(_frames(0, 4), 0, last=False)
    old.flush(bound=9)
    bridge.end(0)
    bridge.release(0, epoch=1)
    engine.detach(0)
    engine.attach(0, bridge.open(0, "next"))
    bridge.start(0)
    assert [_tick(bridge), _tick(bridge)] == [None, None]
    assert _read(engine)[1].bounds.tolist() == [0]


def test_ticks_of_an_earlier_call_are_not_read_as_the_next_ones(rings: RingFile) -> None:
    """A reader that was not detached sees nothing of the next call."""
    bridge, engine, _ = _live(rings)
    _tick(bridge)
    bridge.end(0)
    bridge.release(0, epoch=1)
    bridge.open(0, "next")
    bridge.start(0)
    _tick(bridge)
    assert engine.next_ticks() is None


def test_an_underrun_is_counted_only_where_more_was_to_come(rings: RingFile) -> None:
    """The end of what there is to say is none."""
    bridge, _, writer = _live(rings)
    assert _tick(bridge) is None
    writer.write(_frames(0, 1), 0, last=True)
    assert [_tick(bridge), _tick(bridge)] == [0, None]
    assert writer.underruns == 0
    writer.write(_frames(1, 1), 1, last=False)
    assert [_tick(bridge), _tick(bridge), _tick(bridge)] == [1, None, None]
    assert writer.underruns == 2


def test_ticks_that_nobody_read_in_time_are_counted_by_both_sides_and_the_rest_is_in_order(rings: RingFile) -> None:
    """The bridge never waits for the engine."""
    bridge, engine, _ = _live(rings)
    for tick in range(250):
        _tick(bridge, heard=tick)
    assert int(rings.slots["overruns"][0]) == 50
    ticks = [int(t.batch.ticks[0]) for t in _read(engine)]
    assert ticks == list(range(58, 250))
    assert engine.lost_ticks == 58


def test_a_tick_that_is_being_written_is_not_believed(rings: RingFile) -> None:
    """Its own number is missing until it is whole."""
    bridge, engine, _ = _live(rings)
    _tick(bridge)
    rings.media["tick"][0, 0] = -1
    assert engine.next_ticks() is None
    assert engine.lost_ticks == 1


def test_a_writer_that_would_overwrite_unread_frames_is_stopped(rings: RingFile) -> None:
    """The ring holds no more than it is deep."""
    _, _, writer = _live(rings)
    writer.write(_frames(0, 16), 0, last=False)
    with pytest.raises(TelephonyError, match="ring of 16"):
        writer.write(_frames(16, 1), 16, last=False)


def test_calls_at_different_ages_share_a_batch(rings: RingFile) -> None:
    """Each keeps its own tick numbers; one that lags is caught up frame by frame."""
    bridge, engine, _ = _live(rings, 0)
    _tick(bridge, 0)
    engine.attach(1, bridge.open(1, "second"))
    bridge.start(1)
    _tick(bridge, 0)
    _tick(bridge, 1)
    batches = [t.batch for t in _read(engine)]
    assert [b.channels.tolist() for b in batches] == [[0, 1], [0]]
    assert [b.ticks.tolist() for b in batches] == [[0, 0], [1]]


def test_a_slot_goes_round_its_states(rings: RingFile) -> None:
    """It is free again only when the engine released that very call."""
    bridge = BridgeEnd(rings)
    epoch = bridge.open(0, "call")
    assert bridge.state(0) is SlotState.OPEN
    with pytest.raises(TelephonyError, match="in use"):
        bridge.open(0, "other")
    bridge.start(0)
    bridge.release(0, epoch)
    assert bridge.state(0) is SlotState.LIVE
    bridge.end(0)
    bridge.release(0, epoch + 1)
    assert bridge.state(0) is SlotState.ENDED
    bridge.release(0, epoch)
    assert bridge.state(0) is SlotState.FREE
    with pytest.raises(TelephonyError, match="at most 64"):
        bridge.open(0, "x" * 65)


def test_a_frame_of_the_workers_own_is_in_the_tap(rings: RingFile) -> None:
    """An apology is recorded as sent, but as no frame of the engine's."""
    bridge, engine, _ = _live(rings)
    bridge.speak(0, np.full(160, 3, dtype=np.int16))
    bridge.commit(0, None)
    ticks = _read(engine)[0]
    assert int(ticks.batch.spoken[0, 0]) == 3
    assert ticks.numbers.tolist() == [-1]


def test_a_flush_generation_names_its_call() -> None:
    """The bound counts for the epoch that asked for it alone, also when the epoch outgrew its bits."""
    word = flush_word(epoch=2**24 + 5, bound=123)
    assert word < 2**64
    assert flush_bound(word, epoch=2**24 + 5) == 123
    assert flush_bound(word, epoch=6) == 0


_PEER = """
import sys
from pathlib import Path
import numpy as np
from telephony.ring_file import RingFile
from telephony.rings import BridgeEnd
bridge = BridgeEnd(RingFile(Path(sys.argv[1])))
sent = []
for tick in range(500):
    while True:
        frame = bridge.next_frame(0)
        if frame is not None:
            break
    sent.append(int(frame[0]))
    assert (frame == frame[0]).all()
    bridge.commit(0, np.full(160, tick, dtype=np.int16))
    bridge.tick_done()
bridge.end(0)
assert sent == list(range(500)), sent
"""


def test_two_processes_exchange_frames_in_order(rings: RingFile, path: Path) -> None:
    """The other end lives in another process, as it does in a call."""
    bridge, engine = BridgeEnd(rings), EngineEnd(rings)
    writer = engine.attach(0, bridge.open(0, "call"))
    bridge.start(0)
    peer = subprocess.Popen([sys.executable, "-c", _PEER, str(path)], stderr=subprocess.PIPE)
    heard: list[int] = []
    number = 0
    try:
        while len(heard) < 500 and peer.poll() is None:
            room = min(10 - writer.queued, 500 - number)
            writer.write(_frames(number, room), number, last=False)
            number += room
            heard += [int(t.batch.heard[0, 0]) for t in _read(engine)]
        _, complaints = peer.communicate(timeout=10)
        heard += [int(t.batch.heard[0, 0]) for t in _read(engine)]
    finally:
        peer.kill()
        peer.wait()
    assert peer.returncode == 0, complaints.decode()
    assert heard == list(range(500))


def test_the_file_is_private_and_never_overwritten(rings: RingFile, path: Path) -> None:
    """A second worker gets a file of its own."""
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(TelephonyError, match="cannot make"):
        RingFile.create(path, SHAPE)


@pytest.mark.parametrize(
    ("offset", "value", "complaint"),
    [
        (0, b"NOTRINGS", "bad magic"),
        (8, b"\x01\x02\x03\x04\x05\x06\x07\x08", "version"),
        (16, b"\x09", "rings of version 9"),
        (24, b"\x00\x00\x01", "damaged rings file"),
        (32, b"\xff\xff\xff", "damaged rings header"),
        (40, b"\x00", "damaged rings header"),
        (56, b"\x50", "frame size"),
    ],
)
def test_a_damaged_header_is_refused(rings: RingFile, path: Path, offset: int, value: bytes, complaint: str) -> None:
    """The message names the file and what is wrong with it."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(value)
    with pytest.raises(TelephonyError, match=complaint) as caught:
        RingFile(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_missing_short_or_cut_off_is_refused(rings: RingFile, path: Path, tmp_path: Path) -> None:
    """Mapping beyond the end of a file would kill the process."""
    with pytest.raises(TelephonyError, match="cannot open"):
        RingFile(tmp_path / "none")
    os.truncate(path, PAGE_BYTES * 2)
    with pytest.raises(TelephonyError, match="damaged rings file"):
        RingFile(path)
    os.truncate(path, 5)
    with pytest.raises(TelephonyError, match="only 5 bytes"):
        RingFile(path)


def test_salvage_returns_what_was_unread_and_a_second_before_it(rings: RingFile, path: Path) -> None:
    """Nothing that was heard before the engine died is lost, nor what the worker said after it."""
    bridge, engine, _ = _live(rings, call_id="call-7")
    for tick in range(100):
        _tick(bridge, heard=tick)
    _read(engine)
    for tick in range(100, 130):
        _tick(bridge, heard=tick)
    bridge.speak(0, np.full(160, 9, dtype=np.int16))
    bridge.commit(0, None)
    bridge.end(0)
    (call,) = salvage(path)
    assert (call.call_id, call.first_tick, len(call.heard)) == ("call-7", 50, 81)
    assert call.heard[:80, 0].tolist() == list(range(50, 130))
    assert int(call.spoken[-1, 0]) == 9


def test_salvage_after_an_overrun_returns_the_newest_ticks(rings: RingFile, path: Path) -> None:
    """As many as the ring is deep."""
    bridge, _, _ = _live(rings)
    for tick in range(350):
        _tick(bridge, heard=tick)
    (call,) = salvage(path)
    assert call.first_tick == 150
    assert call.heard[:, 0].tolist() == list(range(150, 350))


def test_rings_in_use_are_no_leftovers(rings: RingFile, path: Path) -> None:
    """A live worker or engine keeps them; a killed one does not."""
    assert leftovers(path.parent) == ()
    rings.close()
    (path.parent / "rings-0.bin").write_bytes(b"damaged")
    assert set(leftovers(path.parent)) == {path, path.parent / "rings-0.bin"}


def test_a_disk_that_is_full_leaves_no_file_behind(tmp_path: Path) -> None:
    """Else a worker that is tried again and again would leave one each time, and push out what can be salvaged."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(TelephonyError, match="cannot make the rings"):
            RingFile.create(tmp_path / "rings-1.bin", RingShape(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_any_number_of_damaged_ticks_is_skipped(path: Path) -> None:
    """One after another, however deep the rings are."""
    deep = RingFile.create(path.with_name("rings-deep.bin"), RingShape(1, media_depth=3000))
    bridge, engine, _ = _live(deep)
    for _ in range(2900):
        _tick(bridge)
    deep.media["epoch"] = 99
    assert engine.next_ticks() is None
    assert engine.lost_ticks == 2900
