"""Files that an operator names, as contacts to analyse: recordings with what is known of them, written contacts."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from analytics.conversation import Medium
from analytics.intake.messages import read_contacts
from analytics.intake.metadata import ChannelRoles, RecordingBook, read_metadata
from analytics.intake.values import Reading
from analytics.pipeline.copies import fetched_copy, recordings_at
from analytics.pipeline.orders import Copy, Order, Recording, file_digest
from engine.errors import AudioError, IntakeError
from engine.sealing import Keyring, plain_path, stored_stat

RECORDINGS: Final = frozenset(
    {".wav", ".w64", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".aac", ".aiff", ".aif", ".au", ".caf"}
    | {".mka", ".mkv", ".webm", ".wma", ".amr", ".gsm"}
)
"""Suffixes that are taken for recordings in a folder; a file that is named itself may have any."""

_S3: Final = "s3://"

EXPORTS: Final = frozenset((".csv", ".tsv", ".json", ".jsonl", ".ndjson"))
"""The same of written contacts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How files are to be understood.

    Args:
        reading: of exports and metadata.
        roles: who is on which channel, where metadata does not say.
        language: spoken or written, where nothing says.
        medium: of written contacts; None where the files are recordings.
        metadata: file of facts about recordings.
        keys: that open sealed recordings.
    """

    reading: Reading
    roles: ChannelRoles
    language: str
    medium: Medium | None = None
    metadata: Path | None = None
    keys: Keyring | None = None


@dataclass(slots=True)
class Gathered:
    """What the files hold.

    Args:
        orders: with the weight of each, by contact.
        refused: files and rows that cannot be used: each with place, reason and mend.
        notices: what else is to be told.
    """

    orders: dict[str, tuple[Order, int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def gather(named: Sequence[str | Path], wanted: Wanted, told: Callable[[Path, int, int], None]) -> Gathered:
    """Read exports, and look at every recording once.

    Args:
        named: files and folders; recordings also by URLs of an S3-compatible store.
        wanted: how they are to be understood.
        told: is told each file before it is read, how many were read, and how many there are.

    Raises:
        IntakeError: the metadata cannot be read as a whole.
        StoreError: the store that a URL names cannot be reached.
    """
    found = Gathered()
    urls = [one for one in map(str, named) if one.startswith(_S3) and wanted.medium is None]
    paths = [Path(one) for one in named if one not in urls]
    files = _files(paths, RECORDINGS if wanted.medium is None else EXPORTS, found)
    if wanted.medium is not None:
        for number, (path, _) in enumerate(files):
            told(path, number, len(files))
            _take_export(path, wanted, found)
        return found
    book = RecordingBook({})
    if wanted.metadata is not None:
        book = read_metadata(wanted.metadata, wanted.reading)
        found.refused += book.faults
        found.notices += book.notices
    given: list[tuple[Path, Path, Copy | None]] = [(path, folder, None) for path, folder in files]
    for url in urls:
        try:
            given += recordings_at(url, RECORDINGS)
        except AudioError as error:
            found.refused.append(str(error))
    for number, (path, folder, copy) in enumerate(given):
        told(path, number, len(given))
        if path.suffix.lower() in EXPORTS:
            found.refused.append(f"{path}: is no recording by its name; for written contacts give --medium chat")
            continue
        _take_recording(path, folder, copy, book, wanted, found)
    if wanted.metadata is not None:
        used = {id(book.of(path, folder)) for path, folder, _ in given}
        unused = sum(id(facts) not in used for facts in book.by_file.values())
        if unused:
            found.notices.append(f"{wanted.metadata}: rows of files that were not given: {unused}")
    return found


def _files(paths: Sequence[Path], suffixes: frozenset[str], found: Gathered) -> list[tuple[Path, Path]]:
    """Return files, each with the folder that metadata's names are relative to; a file that comes twice counts once."""
    files: dict[Path, Path] = {}
    for given in paths:
        path = plain_path(given.absolute())  # a sealed recording goes by its name in clear
        if not path.is_dir():
            files.setdefault(path, path.parent)
            continue
        others = 0
        for one in map(plain_path, _below(path)):
            if one.suffix.lower() in suffixes:
                files.setdefault(one, path)
            else:
                others += 1
        if others:
            kinds = "recordings" if suffixes is RECORDINGS else "CSV or JSON"
            found.notices.append(f"{given}: files left out, as by their names they are no {kinds}: {others}")
    return list(files.items())


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def _take_recording(
    path: Path, folder: Path, copy: Copy | None, book: RecordingBook, wanted: Wanted, found: Gathered
) -> None:
    facts = book.of(path, folder)
    if facts is None:
        found.refused.append(f"{path}: what its metadata says is wrong, as told above; mend that, and give it again")
        return
    try:
        with fetched_copy(copy, path.name) if copy else nullcontext(path) as local:
            digest = file_digest(local, wanted.keys)
            size = stored_stat(local).st_size
    except (AudioError, OSError) as error:
        found.refused.append(str(error))
        return
    order = Order(
        contact_id=facts.contact_id or f"rec-{digest[:24]}",
        medium=Medium.CALL,
        started_at=facts.started_at,
        language=facts.language or wanted.language,
        attributes=facts.attributes,
        recording=Recording(path, digest, facts.roles or wanted.roles, copy=copy),
        people=facts.people,
    )
    _take(order, max(1, size), str(path), found)


def _take_export(path: Path, wanted: Wanted, found: Gathered) -> None:
    assert wanted.medium is not None, "only written contacts come in exports"
    try:
        written = read_contacts(path, wanted.reading)
    except IntakeError as error:
        found.refused.append(str(error))
        return
    found.refused += [fault.problem for fault in written.faults]
    found.notices += written.notices
    for one in written.conversations:
        order = Order(
            *(one.contact_id, one.medium, one.started_at, wanted.language, one.attributes),
            known=one.utterances,
            duration_s=one.duration_s,
            people=written.people.get(one.contact_id, ()),
        )
        _take(order, 1 + sum(len(said.words) for said in one.utterances), str(path), found)


def _take(order: Order, weight: int, place: str, found: Gathered) -> None:
    same, _ = found.orders.setdefault(order.contact_id, (order, weight))
    if same is order:
        return
    if same.recording is not None and order.recording is not None and same.recording.digest == order.recording.digest:
        found.notices.append(f"{place}: is the same as {same.recording.path}")
    else:
        found.refused.append(
            f"{place}: contact {order.contact_id} was given before, otherwise; give it an id of its own"
        )
