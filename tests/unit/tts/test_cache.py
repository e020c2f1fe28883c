"""Prompts kept on disk and in memory."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.audio import AudioClip
from engine.clock import VirtualClock
from tts.cache import MemoryCache, PromptCache, prompt_key


def _clip(value: int, samples: int = 800) -> AudioClip:
    return AudioClip(np.full(samples, value, np.int16))


def _only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_a_kept_clip_comes_back_identical(tmp_path: Path) -> None:
    """A hit returns the very samples that were put, in this process and in the next."""
    key = prompt_key("voice", "Да")
    PromptCache(tmp_path).put(key, _clip(-1234))
    found = PromptCache(tmp_path).get(key)
    assert found is not None
    assert found.samples.tobytes() == _clip(-1234).samples.tobytes()


def test_keys_tell_voice_and_text_apart() -> None:
    """Neither another voice nor another text gets the same key, however the two are divided."""
    keys = {prompt_key(voice, text) for voice, text in [("a", "b"), ("a", "c"), ("b", "b"), ("ab", ""), ("", "ab")]}
    assert len(keys) == 5


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    """Folder and files are closed to others, also a folder that was open before."""
    folder = tmp_path / "prompts"
    folder.mkdir(mode=0o755)
    PromptCache(folder).put("k", _clip(1))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert _only_file(folder).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [0, 5, 39, 40, 41, 900])
def test_a_truncated_file_is_no_clip(tmp_path: Path, cut: int) -> None:
    """A file that ends early at any place is a miss, and is removed."""
    cache = PromptCache(tmp_path)
    cache.put("k", _clip(1))
    file = _only_file(tmp_path)
    file.write_bytes(file.read_bytes()[:cut])
    assert cache.get("k") is None
    assert not file.exists()


@pytest.mark.parametrize("place", [0, 20, 41, -1])
def test_a_flipped_bit_is_no_clip(tmp_path: Path, place: int) -> None:
    """A file that was damaged anywhere is a miss."""
    cache = PromptCache(tmp_path)
    cache.put("k", _clip(1))
    file = _only_file(tmp_path)
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert cache.get("k") is None


def test_a_death_between_write_and_rename_leaves_the_old_clip(tmp_path: Path) -> None:
    """What a killed process left half-done is never read, and is swept away once it is old."""
    cache = PromptCache(tmp_path)
    cache.put("k", _clip(1))
    dies_at_rename = (
        "import os, sys, pathlib, numpy, engine.audio, tts.cache\n"
        "pathlib.Path.replace = lambda self, target: os.kill(os.getpid(), 9)\n"
        "clip = engine.audio.AudioClip(numpy.full(800, 2, numpy.int16))\n"
        "tts.cache.PromptCache(pathlib.Path(sys.argv[1])).put('k', clip)\n"
    )
    assert subprocess.run([sys.executable, "-c", dies_at_rename, str(tmp_path)], check=False).returncode == -9
    (part,) = tmp_path.glob("*.part")
    found = PromptCache(tmp_path).get("k")
    assert found is not None
    assert found.samples[0] == 1
    assert part.exists()
    os.utime(part, (0, 0))
    PromptCache(tmp_path)
    assert not part.exists()


def test_the_least_recently_used_are_evicted(tmp_path: Path) -> None:
    """Beyond the limit the clips go that nobody asked for the longest."""
    cache = PromptCache(tmp_path, limit_bytes=10_000)
    for index in range(5):
        cache.put(f"k{index}", _clip(index))
        os.utime(tmp_path / f"k{index}.clip", (index, index))
    assert cache.get("k0") is not None
    cache.put("k5", _clip(5))
    cache.put("k6", _clip(6))
    assert cache.size_bytes <= 10_000
    assert cache.get("k0") is not None
    assert cache.get("k6") is not None
    assert cache.get("k1") is None


def test_a_size_survives_restart_and_replacement(tmp_path: Path) -> None:
    """The size is that of the files, however often one is written, and after a restart."""
    cache = PromptCache(tmp_path)
    for value in range(3):
        cache.put("k", _clip(value))
    assert cache.size_bytes == _only_file(tmp_path).stat().st_size == PromptCache(tmp_path).size_bytes


def test_a_disk_that_fails_costs_the_cache_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A prompt that cannot be written is a warning and a miss."""
    cache = PromptCache(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    cache.put("k", _clip(1))
    assert cache.get("k") is None
    assert "cannot write" in caplog.text


def test_memory_is_bounded_and_drops_the_least_used() -> None:
    """Beyond its bytes the memory drops what was used the longest ago."""
    cache = MemoryCache(limit_bytes=3 * 1600)
    for name in "abc":
        cache.put(name, _clip(1))
    cache.get("a")
    cache.put("d", _clip(1))
    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]
    assert cache.size_bytes == 3 * 1600


def test_memory_forgets_in_time_and_when_told() -> None:
    """A clip is gone some time after its last use, or at once when it is forgotten."""
    clock = VirtualClock()
    cache = MemoryCache(keep_s=60, monotonic_s=clock.monotonic_s)
    cache.put("used", _clip(1))
    cache.put("unused", _clip(1))
    clock.advance(50)
    assert cache.get("used") is not None
    clock.advance(20)
    assert cache.get("unused") is None
    assert cache.get("used") is not None
    cache.forget("used")
    assert cache.get("used") is None
    assert cache.size_bytes == 0
