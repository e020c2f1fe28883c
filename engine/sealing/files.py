"""Sealed files: AES-256-GCM in chunks, so that they are written as a stream and read from any place.

Behind a header come chunks of 64 KiB of content, each with its tag. The header names the key and holds a random salt;
of both the file's own key is derived. A chunk's nonce is its number, and a mark on the last one (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár): a chunk that was changed, moved, left out or taken from another
file does not open, and a file that ends early is told from a whole one. The chunks before any damage stay readable.
"""

import io
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import SealBroken, TornFile
from engine.sealing.keys import KEY_ID_BYTES, Keyring, derived

SUFFIX: Final = ".sealed"
CHUNK_BYTES: Final = 1 << 16
_MAGIC: Final = b"VBSEAL1\n"
_SALT_BYTES: Final = 32
_TAG_BYTES: Final = 16
_HEADER: Final = struct.Struct(f">{len(_MAGIC)}s{KEY_ID_BYTES}s{_SALT_BYTES}s")
_NONCE: Final = struct.Struct(">QxxxB")


class SealedWriter(io.RawIOBase):
    """Seals what is written to it; `close` writes the last chunk, without which the file counts as torn.

    Args:
        target: open for writing in binary; stays open.
        keys: whose newest one seals.
    """

    def __init__(self, target: BinaryIO, keys: Keyring) -> None:
        super().__init__()
        self._header = _HEADER.pack(_MAGIC, keys.newest, secrets.token_bytes(_SALT_BYTES))
        self._box = _box(self._header, keys, "a new file")
        self._target, self._pending, self._chunks = target, bytearray(), 0
        target.write(self._header)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]  # of bytes alone
        """Take content; whole chunks are sealed and passed on."""
        self._pending += data
        while len(self._pending) > CHUNK_BYTES:
            self._put(bytes(self._pending[:CHUNK_BYTES]), last=False)
            del self._pending[:CHUNK_BYTES]
        return len(data)

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._put(bytes(self._pending), last=True)
            self._pending.clear()
        super().close()

    def abandon(self) -> None:
        """Close without a last chunk: what was written stays a torn file."""
        super().close()

    def _put(self, content: bytes, *, last: bool) -> None:
        self._target.write(self._box.encrypt(_NONCE.pack(self._chunks, last), content, self._header))
        self._chunks += 1


class SealedReader(io.RawIOBase):
    """Opens a sealed file, seekable.

    Args:
        source: open for reading in binary, seekable; closed with this one.
        keys: one of which sealed it.
        name: of the file, for errors.
        salvage: read what is whole of a damaged file instead of raising where the damage begins.

    Raises:
        SealBroken: it is no sealed file.
        KeyMissing: it was sealed with a key that is not among them.
    """

    def __init__(self, source: BinaryIO, keys: Keyring, name: str, *, salvage: bool = False) -> None:
        super().__init__()
        self._source, self._name, self._salvage = source, name, salvage
        self._header = source.read(_HEADER.size)
        self._box = _box(self._header, keys, name)
        whole = source.seek(0, os.SEEK_END) - _HEADER.size
        self._chunks, rest = divmod(whole, CHUNK_BYTES + _TAG_BYTES)
        self._chunks += rest > 0
        self._size = max(0, whole - self._chunks * _TAG_BYTES)
        self._at = 0
        self._number, self._content = -1, b""
        self._ends_early = False
        self.damage: str | None = None
        """What is wrong with the file, as far as reading it has told."""
        if self._chunks == 0:
            self._torn("ends before its first chunk")

    @property
    def size(self) -> int:
        """Bytes of content; of a damaged file those that are whole, once they were read."""
        return self._size

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the place in the content."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the content."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("there is nothing before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # of bytes alone
        """Read what is left of one chunk at most.

        Raises:
            SealBroken: the chunk was changed.
            TornFile: the file ends early, and all before that was read.
        """
        number, offset = divmod(self._at, CHUNK_BYTES)
        if number >= self._chunks:
            if self._chunks:
                self._load(self._chunks - 1)
            if self._ends_early:
                self._torn("ends early")
            return 0
        content = self._load(number)[offset : offset + len(buffer)]
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def close(self) -> None:
        """Close the source too."""
        if not self.closed:
            self._source.close()
        super().close()

    def _load(self, number: int) -> bytes:
        if number == self._number:
            return self._content
        self._source.seek(_HEADER.size + number * (CHUNK_BYTES + _TAG_BYTES))
        sealed = self._source.read(CHUNK_BYTES + _TAG_BYTES)
        final = number == self._chunks - 1
        try:
            content = self._box.decrypt(_NONCE.pack(number, final), sealed, self._header)
        except InvalidTag:
            content = self._damaged(number, sealed) if final else self._changed(number)
        self._number, self._content = number, content
        return content

    def _damaged(self, number: int, sealed: bytes) -> bytes:
        """Return the last chunk that is there, if it is whole but not the file's last one."""
        try:
            content = self._box.decrypt(_NONCE.pack(number, False), sealed, self._header)
        except InvalidTag:
            if len(sealed) == CHUNK_BYTES + _TAG_BYTES:
                return self._changed(number)
            self._cut(number)
            self._torn("ends in the middle of a chunk, or was changed at its end")
            return b""
        self._ends_early = True  # told once all before the missing end was read
        return content

    def _changed(self, number: int) -> bytes:
        self._cut(number)
        byte = _HEADER.size + number * (CHUNK_BYTES + _TAG_BYTES)
        self.damage = f"was changed at byte {byte} or behind it, or is not all of one file"
        if not self._salvage:
            raise SealBroken(f"{self._name}: {self.damage}; {self._size} bytes before that are sound: restore a backup")
        return b""

    def _cut(self, number: int) -> None:
        self._chunks, self._size = number, number * CHUNK_BYTES

    def _torn(self, how: str) -> None:
        self.damage = how
        if not self._salvage:
            raise TornFile(
                f"{self._name}: {how}; {self._size} bytes before that are sound: voicebot unseal --salvage gives them"
            )


def open_sealed(path: Path, keys: Keyring, *, salvage: bool = False) -> io.BufferedReader:
    """Open a sealed file for reading; what is read is its content.

    Raises:
        OSError: it cannot be read.
        SealBroken: it is no sealed file, or was changed; also while reading.
        KeyMissing: the key is missing.
        TornFile: it ends early; while reading, behind all that is sound.
    """
    source = path.open("rb")
    try:
        return io.BufferedReader(SealedReader(source, keys, str(path), salvage=salvage), CHUNK_BYTES)
    except BaseException:
        source.close()
        raise


def is_sealed(path: Path) -> bool:
    """Whether a file begins as a sealed one.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return begins_sealed(file.fileno())


def begins_sealed(descriptor: int) -> bool:
    """Whether an open file begins as a sealed one; its place stays where it is.

    Raises:
        OSError: it cannot be read.
    """
    return os.pread(descriptor, len(_MAGIC), 0) == _MAGIC


def seal_file(source: Path, target: Path, keys: Keyring) -> None:
    """Write a file's content sealed; the target appears whole, on the disk, with the file's times, and was read back.

    Raises:
        OSError: one cannot be read or written; also where the target exists.
        SealBroken: what was written does not read back as what was sealed, or the source is sealed already.
    """
    if is_sealed(source):
        raise SealBroken(f"{source}: is sealed already")
    with source.open("rb") as content, _appearing(target) as (written, part):
        writer = SealedWriter(written, keys)
        while data := content.read(CHUNK_BYTES):
            writer.write(data)
        writer.close()
        written.flush()
        content.seek(0)
        _compare(content, part, keys, target)
        _take_times(source, written)


def seal_in_place(path: Path, keys: Keyring) -> Path:
    """Seal a file that nobody writes any more, and take the one in clear away; return where it is now.

    At every moment one of both is there, whole: a process that is killed leaves both at worst, and doing it again
    ends it.

    Raises:
        OSError, SealBroken: as `seal_file`; the file in clear stays.
    """
    target = path.with_name(path.name + SUFFIX)
    part = path.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        seal_file(path, part, keys)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)
    path.unlink(missing_ok=True)
    return target


def unseal_file(source: Path, target: Path, keys: Keyring, *, salvage: bool = False) -> str | None:
    """Write a sealed file's content in clear; return what was wrong with it, None if nothing was.

    Raises:
        OSError, SealBroken, KeyMissing, TornFile: as `open_sealed`; nothing is left of the target then.
    """
    with open_sealed(source, keys, salvage=salvage) as content, _appearing(target) as (written, _):
        while data := content.read(CHUNK_BYTES):
            written.write(data)
        written.flush()
        _take_times(source, written)
        raw = content.raw
        assert isinstance(raw, SealedReader), "open_sealed made it"
        return raw.damage


def reseal_file(path: Path, keys: Keyring) -> bool:
    """Seal a sealed file with the newest key, in its place; return False where it was that already.

    Raises:
        OSError, SealBroken, KeyMissing, TornFile: as `open_sealed`; the file stays as it was.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
    if header[len(_MAGIC) : len(_MAGIC) + KEY_ID_BYTES] == keys.newest and header.startswith(_MAGIC):
        return False
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open_sealed(path, keys) as content, _appearing(part) as (new, _):
            writer = SealedWriter(new, keys)
            while data := content.read(CHUNK_BYTES):
                writer.write(data)
            writer.close()
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _box(header: bytes, keys: Keyring, name: str) -> AESGCM:
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise SealBroken(f"{name}: is no sealed file, or its header was cut off")
    _, key_id, salt = _HEADER.unpack(header)
    return AESGCM(derived(keys.find(key_id, name), salt, b"file"))


def _compare(content: BinaryIO, written: Path, keys: Keyring, target: Path) -> None:
    with open_sealed(written, keys) as sealed:
        while data := sealed.read(CHUNK_BYTES):
            if content.read(len(data)) != data:
                break
        else:
            if not content.read(1):
                return
    raise SealBroken(f"{target}: does not read back as what was sealed; the file changed meanwhile, or the disk errs")


def _take_times(source: Path, target: BinaryIO) -> None:
    """Give a file another's times: of recordings without metadata they tell when the call was."""
    told = source.stat()
    os.utime(target.fileno(), ns=(told.st_atime_ns, told.st_mtime_ns))


@contextmanager
def _appearing(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a file for its owner alone, which appears under its name once it is whole and on the disk."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file, part
            file.flush()
            os.fsync(file.fileno())
        os.link(part, target)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
