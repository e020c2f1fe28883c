"""Files on disk: written so that a crash leaves the old or the new, and read without following a link."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialogs.documents import read_document
from dialogs.library.paths import MAX_FILES, MAX_LEVELS, MAX_SCENARIO_BYTES, file_path, max_bytes
from dialogs.loader import SCENARIO_FILE, find_scenario
from dialogs.sources import COMMON
from engine.errors import LibraryError

_OWN: Final = "scenario"
"""In the library a draft or a version is a folder of two: the scenario's own, and beside it `COMMON`, which it includes
files from. These are copies, so that nothing that was approved changes with what several scenarios share.
"""

_BESIDE: Final = f"../{COMMON}/"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of a scenario.

    Args:
        sha256: of its content, in hexadecimal digits.
        size_bytes: its size.
    """

    sha256: str
    size_bytes: int


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place, or a new one in the place of an old one; it is on disk then."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            draft.unlink()
        raise
    sync_folder(path.parent)


def read_regular(path: Path, limit_bytes: int) -> bytes:
    """Read a plain file.

    Raises:
        LibraryError: it is none (a link, a pipe), or is too large.
        FileNotFoundError: it is not there.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LibraryError(f"{path}: cannot be read, or is a link: {error.strerror}") from error
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise LibraryError(f"{path}: is no plain file; take it out of the scenario's folder")
        content = file.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise LibraryError(f"{path}: larger than {limit_bytes // 1024} KiB")
    return content


def scenario_folder(root: Path) -> Path:
    """Return where a draft or a version, kept in the library under ``root``, has the scenario's own folder."""
    return root / _OWN


def located(root: Path, path: str) -> Path:
    """Return where a file of a draft or a version is; those it shares with others are its own copies, in ``common``."""
    return root / path if path.startswith(f"{COMMON}/") else root / _OWN / path


def read_kept(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file of a draft or a version, in order of the paths.

    Raises:
        LibraryError: there are too many, they are too large, or one of them is none that a scenario holds.
    """
    return _read(root, {path: located(root, path) for path in kept_paths(root)})


def kept_paths(root: Path) -> Iterator[str]:
    """Yield the paths of the files of a draft or a version, in order.

    Raises:
        LibraryError: the folder cannot be read, or holds a link.
    """
    yield from sorted((*_paths(root / _OWN), *(_paths(root, only=COMMON) if (root / COMMON).exists() else ())))


def read_source(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file of a scenario that lies anywhere, and of what it includes beside it.

    Raises:
        ScenarioError: its main file cannot be read.
        LibraryError: as `read_kept`; or a folder of its own is called ``common``.
    """
    files = {path: folder / path for path in _paths(folder)}
    if any(path.startswith(f"{COMMON}/") for path in files):
        raise LibraryError(f"{folder / COMMON}: `{COMMON}` is the folder beside the scenario's; rename this one")
    if SCENARIO_FILE not in files:
        raise LibraryError(f"{folder}: there is no {SCENARIO_FILE} in it, so it is no scenario")
    data = read_document(folder / SCENARIO_FILE).data
    includes = data.get("include") if isinstance(data, dict) else None
    shared = Path(str(find_scenario(folder).shelf)) / COMMON
    for name in includes if isinstance(includes, list) else [includes]:
        if isinstance(name, str) and name.startswith(_BESIDE):
            file = name.removeprefix(_BESIDE)
            files[file_path(f"{COMMON}/{file}")] = shared / file
    return _read(folder, dict(sorted(files.items())))


def _read(folder: Path, files: Mapping[str, Path]) -> Iterator[tuple[str, bytes]]:
    total = 0
    for count, (path, place) in enumerate(files.items(), start=1):
        try:
            content = read_regular(place, max_bytes(file_path(path)))
        except FileNotFoundError as error:
            raise LibraryError(f"{place}: no such file; create it, or take it out of `include`") from error
        total += len(content)
        check_room(folder, count, total)
        yield path, content


def check_room(folder: Path, files: int, size_bytes: int) -> None:
    """Check that a scenario's folder holds no more than it may.

    Raises:
        LibraryError: it would.
    """
    if files > MAX_FILES:
        raise LibraryError(f"{folder}: more than {MAX_FILES} files are no scenario; delete what is not used")
    if size_bytes > MAX_SCENARIO_BYTES:
        raise LibraryError(f"{folder}: more than {MAX_SCENARIO_BYTES // 2**20} MiB are no scenario; shorten recordings")


def facts_of(root: Path) -> Mapping[str, FileFacts]:
    """Return what each file of a draft or a version is, by its path.

    Raises:
        LibraryError: as `read_kept`.
    """
    return {path: FileFacts(sha256(content), len(content)) for path, content in read_kept(root)}


def sha256(content: bytes) -> str:
    """Return the hash of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def content_hash(files: Mapping[str, FileFacts]) -> str:
    """Return the hash of a whole scenario: its files with their names, whatever order they lie in on disk."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{files[path].sha256} {path}\n".encode())
    return digest.hexdigest()


def _paths(folder: Path, below: str = "", level: int = 1, only: str = "") -> Iterator[str]:
    """Yield the paths of the files in a folder, in order; hidden files are no part of a scenario."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise LibraryError(f"{folder}: cannot be read: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith("~") or (only and entry.name != only):
            continue
        if entry.is_symlink():
            raise LibraryError(f"{entry.path}: is a link; put the file itself into the scenario's folder")
        if not entry.is_dir(follow_symlinks=False):
            yield below + entry.name
        elif level < MAX_LEVELS:
            yield from _paths(Path(entry.path), f"{below}{entry.name}/", level + 1)
        else:
            raise LibraryError(f"{entry.path}: folders go no deeper than this; move its files up")
