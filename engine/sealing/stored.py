"""Recordings, whether they lie in clear or were sealed since their path was noted: all that reads one begins here."""

import errno
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final

from engine.errors import KeyMissing
from engine.sealing.files import CHUNK_BYTES, SUFFIX, begins_sealed, open_sealed
from engine.sealing.keys import Keyring

KEYS_VARIABLE: Final = "VOICEBOT_PRIVACY__KEYS"
"""Where an operator gives the keys, for messages."""


def plain_path(path: Path) -> Path:
    """Return the name that a recording has in clear: it stands in databases and in metadata."""
    return path.with_name(path.name.removesuffix(SUFFIX)) if path.name.endswith(SUFFIX) else path


def sealed_path(path: Path) -> Path:
    """Return the name that it has sealed."""
    plain = plain_path(path)
    return plain.with_name(plain.name + SUFFIX)


def stored_at(path: Path) -> Path | None:
    """Return where a recording lies now: under its name, or sealed beside it; None where it is gone."""
    return next((one for one in _names(path) if one.exists()), None)


def stored_stat(path: Path) -> os.stat_result:
    """Return what the system tells of a recording's file, in clear or sealed.

    Raises:
        OSError: there is none.
    """
    return (stored_at(path) or path).stat()


def open_stored(path: Path, keys: Keyring | None) -> BufferedReader:
    """Open a recording for reading; what is read is its content, whether it lies in clear or sealed.

    A sealed one is checked whole and decrypted into memory that has no name, and is gone with the file that is
    returned; so it has a descriptor, like one in clear.

    Args:
        path: as it was noted, or as it is named now; with or without the suffix of sealed files.
        keys: None where there are none.

    Raises:
        OSError: there is no such file (`FileNotFoundError`), it is no ordinary one (`errno.EINVAL`), or it cannot be
            read.
        KeyMissing: it is sealed, and its key is not given.
        SealBroken, TornFile: it was changed or ends early.
    """
    found, descriptor = _opened(path)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "is no ordinary file", str(path))
        if not begins_sealed(descriptor):
            return os.fdopen(os.dup(descriptor), "rb")
    finally:
        os.close(descriptor)
    if keys is None:
        raise KeyMissing(f"{found}: is sealed, and no key is given: set {KEYS_VARIABLE}")
    return _decrypted(found, keys)


def _names(path: Path) -> Iterator[Path]:
    """Yield where it may lie. In clear comes first: sealing makes the other before it takes this one away."""
    yield from dict.fromkeys((path, plain_path(path), sealed_path(path)))


def _opened(path: Path) -> tuple[Path, int]:
    for one in _names(path):
        try:
            return one, os.open(one, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # which does not wait for a pipe
        except FileNotFoundError:
            continue
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def _decrypted(path: Path, keys: Keyring) -> BufferedReader:
    memory = os.memfd_create("recording", os.MFD_CLOEXEC)
    try:
        with open_sealed(path, keys) as content, os.fdopen(os.dup(memory), "wb") as written:
            while data := content.read(CHUNK_BYTES):
                written.write(data)
        os.lseek(memory, 0, os.SEEK_SET)
    except BaseException:
        os.close(memory)
        raise
    return os.fdopen(memory, "rb")
