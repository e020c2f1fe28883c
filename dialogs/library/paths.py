"""Names from outside: of scenarios and of their files; and how much a scenario may hold.

Whatever passes here is safe to join to a folder: no way out of it, nothing hidden, nothing a shell or browser trips on.
"""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from dialogs.documents import MAX_BYTES
from dialogs.recordings import MAX_RECORDING_BYTES
from engine.errors import LibraryError

TEXT_SUFFIXES: Final = frozenset({".yaml"})

_AUDIO_HEADS: Final = {
    ".wav": (b"RIFF", b"RF64"),
    ".flac": (b"fLaC",),
    ".ogg": (b"OggS",),
    ".opus": (b"OggS",),
    ".mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
}
"""How such files begin."""

MAX_FILES: Final = 2_000
"""In one scenario: a recording of each of 500 prompts in three languages, and some."""

MAX_SCENARIO_BYTES: Final = 1024 * 1024 * 1024
"""Of all of a scenario's files: three hours of telephone speech at 48 kHz."""

MAX_LEVELS: Final = 3
"""Folders within a scenario's folder, the file included."""

MAX_REMARK: Final = 2_000
"""Characters of a comment or a reason."""

_SCENARIO: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PART: Final = re.compile(r"\w[\w.\- ]{0,99}")


def scenario_name(name: str) -> str:
    """Return a scenario's name, which is also that in its file and in the record of calls.

    Raises:
        LibraryError: it is none.
    """
    if _SCENARIO.fullmatch(name) is None:
        raise LibraryError(f"{name!r} is no name for a scenario: small Latin letters, digits and _, at most 64")
    return name


def file_path(path: str) -> str:
    """Return the path of a file within a scenario's folder, with ``/`` between folders.

    Raises:
        LibraryError: it leads elsewhere, or is of no kind that a scenario holds.
    """
    parts = unicodedata.normalize("NFC", path).split("/")
    if not 0 < len(parts) <= MAX_LEVELS or not all(map(_PART.fullmatch, parts)) or any(p.endswith(" ") for p in parts):
        raise LibraryError(
            f"{path!r} is no path of a scenario's file: letters, digits and - _ . in at most {MAX_LEVELS} levels"
        )
    suffix = PurePosixPath(parts[-1]).suffix
    if suffix not in TEXT_SUFFIXES and suffix not in _AUDIO_HEADS:
        kinds = ", ".join((*sorted(TEXT_SUFFIXES), *sorted(_AUDIO_HEADS)))
        raise LibraryError(f"{path!r}: a scenario holds files of these kinds: {kinds}")
    return "/".join(parts)


def remark(text: str, *, wanted: str = "") -> str:
    """Return a comment or a reason as it is kept.

    Args:
        text: what somebody wrote.
        wanted: what it is, where there must be one.

    Raises:
        LibraryError: it is too long, or missing.
    """
    kept = text.strip().encode(errors="replace").decode()
    if len(kept) > MAX_REMARK:
        raise LibraryError(f"a comment has at most {MAX_REMARK} characters, not {len(kept)}")
    if wanted and not kept:
        raise LibraryError(f"say {wanted}")
    return kept


def is_text(path: str) -> bool:
    """Whether it is a file that people write, rather than a recording."""
    return PurePosixPath(path).suffix in TEXT_SUFFIXES


def check_recording(path: str, content: bytes) -> None:
    """Check that a recording is small enough, and is what its name says as far as its first bytes tell.

    Raises:
        LibraryError: it is not.
    """
    suffix = PurePosixPath(path).suffix
    if len(content) > MAX_RECORDING_BYTES:
        raise LibraryError(f"{path}: larger than {MAX_RECORDING_BYTES // 2**20} MiB; a prompt is a few sentences")
    if not content.startswith(_AUDIO_HEADS.get(suffix, ())):
        raise LibraryError(f"{path}: is no {suffix.removeprefix('.').upper()} file; save the recording as one")


def max_bytes(path: str) -> int:
    """Return how large a file of this kind may be."""
    return MAX_BYTES if is_text(path) else MAX_RECORDING_BYTES
