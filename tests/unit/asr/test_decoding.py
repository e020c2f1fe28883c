"""Recordings of strangers: hostile and broken files end in one clear error, and good ones are decoded as in-process."""

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from asr.decoding import DecodingLimits, decode_apart, decode_untrusted
from asr.recordings import read_recording
from engine.audio import write_wav
from engine.errors import AudioError

SECOND = (8000 * np.sin(np.arange(8000) / 3)).astype(np.int16)


def _wav(path: Path, *, channels: int = 1, rate: int = 8000, promised: int | None = None, data: bytes = b"") -> Path:
    """Write a WAV file whose header says what it is told to."""
    size = len(data) if promised is None else promised
    form = struct.pack("<HHIIHH", 1, channels, rate, (2 * channels * rate) % 2**32, 2 * channels, 16)
    path.write_bytes(
        struct.pack("<4sI4s4sI", b"RIFF", min(36 + size, 2**32 - 1), b"WAVE", b"fmt ", 16)
        + form
        + struct.pack("<4sI", b"data", size)
        + data
    )
    return path


def test_a_good_file_is_decoded_as_in_process(tmp_path: Path) -> None:
    """Both sides come as they are read without a process, and may be written to."""
    path = tmp_path / "call.wav"
    write_wav(path, np.stack([SECOND, -SECOND], axis=1))
    decoded = decode_apart(path)
    np.testing.assert_allclose(decoded.samples, read_recording(path), atol=2)
    decoded.samples[0] = 1
    assert decoded.samples.dtype == np.int16


def test_broken_files_are_told_with_name_reason_and_mend(tmp_path: Path) -> None:
    """Every file has its own error, and none harms the next."""
    whole = _wav(tmp_path / "whole.wav", data=SECOND.tobytes())
    contents = {
        "zero.wav": b"",
        "header.wav": whole.read_bytes()[:30],
        "random.mp3": np.random.default_rng(7).bytes(20_000),
        "text.wav": "Добрый день, это не запись.\n".encode() * 50,
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nwhole.wav\n#EXT-X-ENDLIST\n",
        "list.wav": b"ffconcat version 1.0\nfile whole.wav\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AudioError, match=rf"{name}: .*(convert it|holds no audio)"):
            decode_untrusted(tmp_path / name)
    assert len(decode_untrusted(whole)) == 8000


@pytest.mark.parametrize(
    ("channels", "rate", "problem"),
    [(255, 8000, "255 channels"), (1, 1, "1 samples a second"), (1, 2_000_000_000, "2000000000 samples a second")],
)
def test_an_absurd_header_is_refused(channels: int, rate: int, problem: str, tmp_path: Path) -> None:
    """What resampling would take is as large as the header says."""
    path = _wav(tmp_path / "odd.wav", channels=channels, rate=rate, data=SECOND.tobytes())
    with pytest.raises(AudioError, match=rf"odd\.wav: {problem}"):
        decode_untrusted(path)


def test_a_header_that_promises_4_gb_gives_what_there_is(tmp_path: Path) -> None:
    """A recorder that crashed leaves such a header, and its second is worth having."""
    path = _wav(tmp_path / "crashed.wav", promised=2**32 - 1, data=SECOND.tobytes())
    np.testing.assert_allclose(decode_untrusted(path)[:, 0], SECOND, atol=1)


def test_a_file_without_end_is_cut_off_by_its_length(tmp_path: Path) -> None:
    """Four gigabytes of silence, which take no room on the disk: nothing reads them to the end."""
    with pytest.raises(AudioError, match=r"endless\.wav: is longer than 5 s; cut it"):
        decode_untrusted(_endless(tmp_path), DecodingLimits(longest_s=5))


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    """A pipe to which nobody writes would be waited for, for ever."""
    os.mkfifo(tmp_path / "pipe.wav")
    for name, problem in (("pipe.wav", "no ordinary file"), ("gone.wav", "no such file"), (".", "no ordinary file")):
        with pytest.raises(AudioError, match=problem):
            decode_untrusted(tmp_path / name)


def _endless(tmp_path: Path) -> Path:
    path = _wav(tmp_path / "endless.wav", promised=2**32 - 1, data=SECOND.tobytes())
    os.truncate(path, 2**32)
    return path


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (DecodingLimits(longest_s=10**6, cpu_s=1), "more than 1 s of a core"),
        (DecodingLimits(longest_s=10**6, wall_s=0), "more than 0 s to decode"),
    ],
)
def test_a_decoder_that_takes_too_long_is_ended(limits: DecodingLimits, problem: str, tmp_path: Path) -> None:
    """By the core's time and by the clock, and no process of it is left."""
    before = _children()
    with pytest.raises(AudioError, match=problem):
        decode_untrusted(_endless(tmp_path), limits)
    assert _children() <= before


def test_a_decoder_that_is_killed_is_told(tmp_path: Path) -> None:
    """As the kernel does where memory is short."""
    before = _children()
    failed: list[AudioError] = []

    def decode() -> None:
        try:
            decode_untrusted(_endless(tmp_path), DecodingLimits(longest_s=10**6))
        except AudioError as error:
            failed.append(error)

    thread = threading.Thread(target=decode)
    thread.start()
    while not (new := _children() - before) and thread.is_alive():
        time.sleep(0.01)
    for child in new:
        os.kill(child, 9)
    thread.join(60)
    (error,) = failed
    assert "endless.wav: its decoder was killed by SIGKILL" in str(error)


_PROBE = """
import json, os, socket
from asr.decoder import _load_everything, _shut_in
_load_everything()
_shut_in(json.loads({order!r}))
done = []
for name, attempt in {{
    "file": lambda: open("/etc/hostname"),
    "socket": lambda: socket.socket(),
    "pipe": lambda: os.pipe(),
    "process": lambda: os.fork() or os._exit(0),
    "memory": lambda: bytearray(1 << 30),
    "output": lambda: os.pwrite(1, b"x", 1 << 21),
}}.items():
    try:
        attempt()
        done.append(name)
    except (OSError, MemoryError):
        pass
os.write(1, json.dumps(done).encode())
"""


def test_the_decoder_can_open_start_and_take_nothing(tmp_path: Path) -> None:
    """Whoever breaks FFmpeg finds neither file, socket, process nor memory."""
    order = json.dumps({"wall_s": 30, "cpu_s": 20, "memory_bytes": 2**28, "output_bytes": 2**20})
    with (tmp_path / "said").open("wb+") as said:
        subprocess.run([sys.executable, "-c", _PROBE.format(order=order)], stdout=said, check=True, timeout=60)
        said.seek(0)
        assert json.loads(said.read()) == []


def _children() -> set[int]:
    """Return the processes that this one started."""
    found: set[int] = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with contextlib.suppress(OSError):  # the thread has ended in between
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found
