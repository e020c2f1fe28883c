"""Recordings are read by one function, whatever became of them."""

import os
from pathlib import Path

import pytest

from engine.errors import KeyMissing, TornFile
from engine.sealing import Keyring, open_stored, plain_path, seal_in_place, sealed_path, stored_at

KEYS = Keyring([bytes(32)])
OTHER = Keyring([b"\1" * 32])
CONTENT = os.urandom(200_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "call.wav"
    path.write_bytes(CONTENT)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


@pytest.mark.parametrize("seals", [False, True])
def test_content_is_read_under_either_name(path: Path, seals: bool) -> None:
    """From a descriptor, as a decoder in another process wants it; nothing in clear is left in the folder."""
    if seals:
        assert seal_in_place(path, KEYS) == sealed_path(path)
    for name in (path, sealed_path(path)):
        with open_stored(name, KEYS) as file:
            assert os.pread(file.fileno(), len(CONTENT) + 1, 0) == CONTENT
            assert file.read() == CONTENT
    kept = stored_at(path)
    assert kept is not None
    assert [one.name for one in path.parent.iterdir()] == [kept.name]
    assert (kept.stat().st_mtime, kept.stat().st_mode & 0o077 == 0 or not seals) == (1_700_000_000, True)


def test_a_sealing_that_was_killed_is_done_again(path: Path) -> None:
    """Between its two steps both files are there; the one in clear counts until it is sealed anew."""
    copy = path.with_name("copy.wav")
    copy.write_bytes(b"older")
    os.replace(seal_in_place(copy, KEYS), sealed_path(path))
    with open_stored(path, KEYS) as file:
        assert file.read() == CONTENT
    seal_in_place(path, KEYS)
    with open_stored(path, KEYS) as file:
        assert file.read() == CONTENT
    assert [one.name for one in path.parent.iterdir()] == ["call.wav.sealed"]


def test_a_missing_or_wrong_key_and_damage_are_told(path: Path) -> None:
    sealed = seal_in_place(path, KEYS)
    with pytest.raises(KeyMissing, match=r"call\.wav\.sealed: is sealed, and no key is given: set VOICEBOT_PRIVACY__"):
        open_stored(path, None)
    with pytest.raises(KeyMissing, match="add that key behind the newest one"):
        open_stored(path, OTHER)
    sealed.write_bytes(sealed.read_bytes()[:-20])
    with pytest.raises(TornFile, match="ends in the middle"):
        open_stored(path, KEYS)


def test_what_is_no_file_is_told_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for name in ("pipe.wav", "."):
        with pytest.raises(OSError, match="no ordinary file"):
            open_stored(tmp_path / name, None)
    with pytest.raises(FileNotFoundError, match=r"gone\.wav"):
        open_stored(tmp_path / "gone.wav", KEYS)
    assert stored_at(tmp_path / "gone.wav") is None
    assert plain_path(tmp_path / "a.wav") == tmp_path / "a.wav"
