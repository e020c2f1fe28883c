"""Sealed files: read back from any place, and whatever happens to them is told."""

import io
import os
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import KeyMissing, SealBroken, SettingsError, TornFile
from engine.sealing import (
    Keyring,
    SealedReader,
    SealedWriter,
    is_sealed,
    new_key,
    open_sealed,
    reseal_file,
    seal_file,
    unseal_file,
)
from engine.sealing.files import CHUNK_BYTES

OLD, NEW = os.urandom(32), os.urandom(32)
KEYS = Keyring([OLD])
HEADER = 48
STEP = CHUNK_BYTES + 16


def sealed(content: bytes, keys: Keyring = KEYS) -> bytes:
    target = io.BytesIO()
    SealedWriter(target, keys).close()
    target = io.BytesIO()
    writer = SealedWriter(target, keys)
    writer.write(content)
    writer.close()
    return target.getvalue()


def opened(data: bytes, keys: Keyring = KEYS, *, salvage: bool = False) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data), keys, "a.wav", salvage=salvage)).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_content_comes_back(size: int) -> None:
    content = os.urandom(size)
    data = sealed(content)
    assert opened(data) == content
    assert content not in data or size < 2


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 3 * CHUNK_BYTES),
    st.lists(st.tuples(st.integers(0, 3 * CHUNK_BYTES), st.integers(1, 9000)), max_size=5),
)
def test_any_part_can_be_read(size: int, parts: list[tuple[int, int]]) -> None:
    content = os.urandom(size)
    reader = io.BufferedReader(SealedReader(io.BytesIO(sealed(content)), KEYS, "a.wav"))
    for at, length in parts:
        reader.seek(at)
        assert reader.read(length) == content[at : at + length]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_one_changed_bit_is_noticed_and_what_is_before_stays_readable(data: st.DataObject) -> None:
    content = os.urandom(2 * CHUNK_BYTES + 100)
    broken = bytearray(sealed(content))
    at = data.draw(st.integers(0, len(broken) - 1))
    broken[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        opened(bytes(broken))
    if at >= HEADER:
        assert opened(bytes(broken), salvage=True) == content[: (at - HEADER) // STEP * CHUNK_BYTES]


@pytest.mark.parametrize(
    "kept", [HEADER, HEADER + 5, HEADER + STEP - 1, HEADER + STEP, HEADER + STEP + 7, HEADER + 2 * STEP]
)
def test_a_torn_file_gives_its_whole_chunks_and_says_so(kept: int) -> None:
    content = os.urandom(3 * CHUNK_BYTES)
    torn = sealed(content)[:kept]
    whole = content[: (kept - HEADER) // STEP * CHUNK_BYTES]
    with pytest.raises(TornFile, match=f"{len(whole)} bytes before that are sound"):
        opened(torn)
    assert opened(torn, salvage=True) == whole


def test_the_sound_part_of_a_torn_file_is_read_before_the_error() -> None:
    content = os.urandom(3 * CHUNK_BYTES)
    reader = SealedReader(io.BytesIO(sealed(content)[: HEADER + 2 * STEP]), KEYS, "a.wav")
    assert reader.read(CHUNK_BYTES) + reader.read(CHUNK_BYTES) == content[: 2 * CHUNK_BYTES]
    with pytest.raises(TornFile, match=r"a\.wav: ends early"):
        reader.read(1)


def test_chunks_of_a_file_cannot_be_exchanged_or_appended() -> None:
    data = sealed(os.urandom(3 * CHUNK_BYTES))
    first, second = data[HEADER : HEADER + STEP], data[HEADER + STEP : HEADER + 2 * STEP]
    for forged in (
        data[:HEADER] + second + first + data[HEADER + 2 * STEP :],
        data[:HEADER] + second + data[HEADER + 2 * STEP :],
        data + first,
    ):
        with pytest.raises(SealBroken):
            opened(forged)


def test_every_key_opens_and_the_newest_seals(tmp_path: Path) -> None:
    path = tmp_path / "a.sealed"
    path.write_bytes(sealed(b"said"))
    both = Keyring([NEW, OLD])
    assert reseal_file(path, both)
    assert not reseal_file(path, both)
    with open_sealed(path, Keyring([NEW])) as file:
        assert file.read() == b"said"
    with pytest.raises(KeyMissing, match=r"a\.sealed: was sealed with key [0-9a-f]{16}.*add that key"):
        open_sealed(path, KEYS)
    assert [one.name for one in tmp_path.iterdir()] == ["a.sealed"]


def test_a_recording_is_sealed_and_read_as_audio_without_a_copy_in_clear(tmp_path: Path) -> None:
    plain, target = tmp_path / "call.wav", tmp_path / "call.wav.sealed"
    with wave.open(str(plain), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(os.urandom(200_000))
    seal_file(plain, target, KEYS)
    assert is_sealed(target)
    assert not is_sealed(plain)
    assert target.stat().st_mode & 0o777 == 0o600
    with open_sealed(target, KEYS) as content, wave.open(content) as audio, wave.open(str(plain)) as meant:
        audio.setpos(40_000)
        meant.setpos(40_000)
        assert audio.readframes(5000) == meant.readframes(5000)
    with pytest.raises(FileExistsError):
        seal_file(plain, target, KEYS)
    with pytest.raises(SealBroken, match="sealed already"):
        seal_file(target, tmp_path / "twice", KEYS)


def test_unsealing_leaves_nothing_of_a_damaged_file_unless_asked_to(tmp_path: Path) -> None:
    torn, target = tmp_path / "a.sealed", tmp_path / "a"
    torn.write_bytes(sealed(os.urandom(2 * CHUNK_BYTES))[: HEADER + STEP + 9])
    with pytest.raises(TornFile):
        unseal_file(torn, target, KEYS)
    assert [one.name for one in tmp_path.iterdir()] == ["a.sealed"]
    assert "ends in the middle" in (unseal_file(torn, target, KEYS, salvage=True) or "")
    assert target.stat().st_size == CHUNK_BYTES


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "key 1 is not 32 bytes"), ("abc", "key 1 is not 32 bytes"), (f"{new_key()}, x", "key 2 is not 32 bytes")],
    ids=["none", "one", "the second"],  # a key among them would name the test otherwise in every process
)
def test_a_wrong_key_is_told_without_being_shown(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=f"VOICEBOT_X: {message}.*voicebot seal --new-key"):
        Keyring.parse(text, "VOICEBOT_X")


def test_keys_are_read_newest_first_and_never_shown() -> None:
    one, two = new_key(), new_key()
    keys = Keyring.parse(f"{one},{two}", "VOICEBOT_X")
    assert keys.newest == Keyring.parse(one, "VOICEBOT_X").newest
    assert one not in repr(keys)
    with pytest.raises(SettingsError, match="twice"):
        Keyring.parse(f"{one},{one}", "VOICEBOT_X")


def test_what_is_no_sealed_file_is_told() -> None:
    with pytest.raises(SealBroken, match="no sealed file"):
        opened(b"RIFF")
