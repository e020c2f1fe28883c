"""The stereo file: frames at their ticks, a header that is always true, repair and salvage."""

import stat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio import read_wav, write_wav
from engine.errors import AudioError
from telephony.recording import FRAME_BYTES, HEADER_BYTES, MAX_TICKS, RecordingFile, interleave, repair, runs, salvage


def frames(ticks: list[int]) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Return heard and spoken frames whose samples tell their tick."""
    column = np.array(ticks, dtype=np.int16).reshape(-1, 1)
    return np.tile(column + 1, 160), np.tile(-column - 1, 160)


def stereo(ticks: list[int]) -> npt.NDArray[np.int16]:
    return interleave(*frames(ticks))


def by_tick(path: Path) -> list[tuple[int, int]]:
    """Return bot and caller of each frame, as the file has them; every frame is of one value."""
    samples, rate = read_wav(path)
    assert rate == 8000
    blocks = samples.reshape(-1, 160, 2)
    assert (blocks == blocks[:, :1]).all()
    return [(int(block[0, 0]), int(block[0, 1])) for block in blocks]


def recorded(path: Path, count: int) -> Path:
    """Write ticks 0 to count, and forget the file as a killed process would, header and all."""
    recording = RecordingFile(path)
    recording.write(0, stereo(list(range(count))))
    recording.close()
    return path


def test_bot_is_left_and_caller_right(tmp_path: Path) -> None:
    """The first channel is what the bot said, the second what was heard."""
    assert by_tick(recorded(tmp_path / "a.wav", 3)) == [(-1, 1), (-2, 2), (-3, 3)]


def test_the_file_is_readable_after_every_write(tmp_path: Path) -> None:
    """Anyone may open the file while it is written, and finds all that was written so far."""
    recording = RecordingFile(tmp_path / "a.wav")
    assert by_tick(tmp_path / "a.wav") == []
    for tick in range(3):
        recording.write(tick, stereo([tick]))
        assert len(by_tick(tmp_path / "a.wav")) == tick + 1
    recording.close()


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5)), min_size=1, max_size=12))
def test_position_in_the_file_is_the_tick(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[int, int]]
) -> None:
    """Whatever the order of writes, frame n of the file is tick n, and ticks that never came are silence."""
    path = tmp_path_factory.mktemp("r") / "a.wav"
    recording = RecordingFile(path)
    came: set[int] = set()
    for first, count in writes:
        ticks = list(range(first, first + count))
        recording.write(first, stereo(ticks))
        came.update(ticks)
    recording.close()
    assert by_tick(path) == [(-tick - 1, tick + 1) if tick in came else (0, 0) for tick in range(max(came) + 1)]


def test_recordings_are_private_and_never_overwritten(tmp_path: Path) -> None:
    """The file and its folder are the owner's alone, and a second recording of the same name is an error."""
    path = recorded(tmp_path / "2026" / "a.wav", 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(FileExistsError):
        RecordingFile(path)


@pytest.mark.parametrize("tick", [-1, MAX_TICKS, MAX_TICKS - 1])
def test_a_tick_beyond_what_a_wav_file_counts_is_refused(tmp_path: Path, tick: int) -> None:
    """A tick that is no tick leaves the file as it was."""
    recording = RecordingFile(tmp_path / "a.wav")
    with pytest.raises(ValueError, match="does not fit"):
        recording.write(tick, stereo([0, 1]))
    recording.close()
    assert (tmp_path / "a.wav").stat().st_size == HEADER_BYTES


def test_repair_makes_the_header_agree_with_the_file(tmp_path: Path) -> None:
    """Audio that the header does not know of is recovered, a sample cut in the middle is dropped."""
    path = recorded(tmp_path / "a.wav", 10)
    with path.open("ab") as file:
        file.write(stereo(list(range(10, 15))).tobytes() + b"\1\2\3")
    report = repair(path)
    assert (report.duration_s, report.recovered_s, report.repaired) == (pytest.approx(0.3), pytest.approx(0.1), True)
    assert by_tick(path) == [(-tick - 1, tick + 1) for tick in range(15)]


def test_repair_shortens_a_header_that_promises_too_much(tmp_path: Path) -> None:
    """A file that lost its end, as after a power cut, is readable up to what there is."""
    path = recorded(tmp_path / "a.wav", 10)
    with path.open("r+b") as file:
        file.truncate(HEADER_BYTES + 4 * FRAME_BYTES)
    report = repair(path)
    assert (report.duration_s, report.recovered_s, report.repaired) == (pytest.approx(0.08), 0.0, True)
    assert len(by_tick(path)) == 4


def test_repair_leaves_a_sound_file_untouched(tmp_path: Path) -> None:
    """A file that needs nothing keeps its bytes and its time of change; a second repair finds nothing."""
    path = recorded(tmp_path / "a.wav", 10)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    assert not repair(path).repaired
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    path.write_bytes(before[0] + bytes(FRAME_BYTES))
    assert repair(path).repaired
    assert not repair(path).repaired


@pytest.mark.parametrize("size", [0, 1, 12, 43, 44])
def test_repair_finishes_a_header_that_was_begun(tmp_path: Path, size: int) -> None:
    """A process that died between making the file and its first frame leaves an empty recording, not a broken one."""
    path = recorded(tmp_path / "a.wav", 0)
    path.write_bytes(path.read_bytes()[:size])
    assert repair(path).duration_s == 0.0
    assert by_tick(path) == []


def test_repair_rebuilds_a_header_that_a_power_cut_left_as_zeros(tmp_path: Path) -> None:
    """Zeros in place of the header are what some file systems leave; the audio behind them counts."""
    path = recorded(tmp_path / "a.wav", 5)
    path.write_bytes(bytes(HEADER_BYTES) + path.read_bytes()[HEADER_BYTES:])
    assert repair(path).recovered_s == pytest.approx(0.1)
    assert len(by_tick(path)) == 5


def test_repair_refuses_what_is_no_recording_of_ours(tmp_path: Path) -> None:
    """A missing file, a mono WAV and any other file are errors that name it, and are left as they are."""
    mono, other, short = tmp_path / "mono.wav", tmp_path / "other.wav", tmp_path / "short.wav"
    write_wav(mono, np.zeros(160, np.int16))
    other.write_bytes(b"somebody's letter " * 10)
    short.write_bytes(b"hello")
    for path in (mono, other, short):
        before = path.read_bytes()
        with pytest.raises(AudioError, match=f"{path.name}: not a recording of ours"):
            repair(path)
        assert path.read_bytes() == before
    with pytest.raises(AudioError, match="no such recording"):
        repair(tmp_path / "none.wav")
    with pytest.raises(AudioError, match="cannot be repaired"):
        repair(tmp_path)


def test_salvaged_frames_fill_the_gap_and_the_end(tmp_path: Path) -> None:
    """Frames out of the rings, in any order and overlapping what is there, make the recording whole."""
    path = recorded(tmp_path / "a.wav", 5)
    ticks = [9, 7, 8, 4, 3, 6]
    report = salvage(path, np.array(ticks), *frames(ticks))
    assert (report.duration_s, report.recovered_s) == (pytest.approx(0.2), pytest.approx(0.1))
    expected = [(-tick - 1, tick + 1) if tick != 5 else (0, 0) for tick in range(10)]
    assert by_tick(path) == expected
    again = salvage(path, np.array(ticks), *frames(ticks))
    assert (again.duration_s, again.recovered_s) == (report.duration_s, 0.0)
    assert by_tick(path) == expected


def test_salvage_repairs_first_and_counts_all_that_was_gained(tmp_path: Path) -> None:
    """What the header did not know of and what came out of the rings are gained together."""
    path = recorded(tmp_path / "a.wav", 5)
    with path.open("ab") as file:
        file.write(stereo([5]).tobytes() + b"\1")
    assert salvage(path, np.array([6]), *frames([6])).recovered_s == pytest.approx(0.04)
    assert by_tick(path) == [(-tick - 1, tick + 1) for tick in range(7)]


def test_salvage_makes_a_recording_that_was_never_begun(tmp_path: Path) -> None:
    """Where the process died before the file was made, the rings alone make one."""
    report = salvage(tmp_path / "a.wav", np.array([2, 3]), *frames([2, 3]))
    assert report.duration_s == pytest.approx(0.08)
    assert by_tick(tmp_path / "a.wav") == [(0, 0), (0, 0), (-3, 3), (-4, 4)]


def test_salvage_of_nothing_is_a_repair(tmp_path: Path) -> None:
    """Empty rings leave a sound recording as it is."""
    path = recorded(tmp_path / "a.wav", 3)
    empty = np.empty((0, 160), np.int16)
    assert salvage(path, np.empty(0, np.int64), empty, empty).duration_s == pytest.approx(0.06)
    assert len(by_tick(path)) == 3


def test_salvage_refuses_frames_that_do_not_fit(tmp_path: Path) -> None:
    """Arrays of different lengths and impossible ticks are errors, and the recording stays whole."""
    path = recorded(tmp_path / "a.wav", 3)
    with pytest.raises(AudioError, match="do not match"):
        salvage(path, np.array([1]), *frames([1, 2]))
    with pytest.raises(AudioError, match=r"a\.wav: cannot take the salvaged frames"):
        salvage(path, np.array([-5]), *frames([0]))
    assert len(by_tick(path)) == 3


@pytest.mark.parametrize(
    ("channels", "ticks", "expected"),
    [
        ([], [], []),
        ([1], [7], [(0, 1)]),
        ([1, 1, 1], [7, 8, 9], [(0, 3)]),
        ([1, 1, 1], [7, 9, 10], [(0, 1), (1, 3)]),
        ([1, 1, 2, 2], [7, 8, 9, 10], [(0, 2), (2, 4)]),
        ([1, 1], [7, 7], [(0, 1), (1, 2)]),
    ],
)
def test_runs_are_one_channel_with_consecutive_ticks(
    channels: list[int], ticks: list[int], expected: list[tuple[int, int]]
) -> None:
    """A change of channel, a gap and a repeated tick each begin a new run."""
    assert runs(np.array(channels, dtype=np.int64), np.array(ticks, dtype=np.int64)) == expected
