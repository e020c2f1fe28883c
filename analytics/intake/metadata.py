"""Facts about recordings, as CSV or JSON beside them: which contact, when, who is on which channel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final, Literal

from analytics.conversation import AUTO, Role
from analytics.intake.rows import Broken, Row, of_no_meaning, read_rows
from analytics.intake.texts import read_text
from analytics.intake.values import ATTRIBUTES, CLIENT_NAME, Reading, attributes_of, name_of, one_of
from engine.errors import IntakeError
from engine.speech import Language

COLUMNS: Final = frozenset(
    {"file", "contact_id", "started_at", "channels", "left", "right", "mono", "language", CLIENT_NAME, *ATTRIBUTES}
)
"""Columns of CSV, and keys of JSON, that mean something; ``file`` alone must be there."""

_SIDES = ("left", "right", "mono")


@dataclass(frozen=True, slots=True)
class ChannelRoles:
    """Who is on which channel.

    Args:
        left: of a stereo recording; our own have the bank there.
        right: of the same.
        mono: whose a recording of one channel is taken for, as nobody can tell its sides apart.
    """

    left: Role = Role.AGENT
    right: Role = Role.CLIENT
    mono: Role = Role.CLIENT


USUAL_ROLES: Final = ChannelRoles()
"""The bank on the left."""


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What is known of a recording beside its sound.

    Args:
        contact_id: unique among all contacts; None where nobody said.
        started_at: aware; None where nobody said.
        roles: of its channels; None for those of the run.
        attributes: agent, campaign, segment and what else of `ATTRIBUTES` was given.
        language: that is spoken, or `AUTO`; None for that of the run.
        people: full names that belong to it, to be taken out of what is shown; no attribute, since those are.
    """

    contact_id: str | None = None
    started_at: datetime | None = None
    roles: ChannelRoles | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    language: Language | Literal["auto"] | None = None
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingBook:
    """The facts of a file of them.

    Args:
        by_file: by the recording's name as the file gives it, with / between folders.
        faults: rows that could not be used, with file, line, column and mend.
        doubtful: names of recordings whose rows could not be used: nobody knows what they are.
        notices: what else is to be told, such as the encoding.
    """

    by_file: Mapping[str, RecordingFacts]
    faults: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    doubtful: frozenset[str] = frozenset()

    def of(self, recording: Path, folder: Path) -> RecordingFacts | None:
        """Return what is known of a recording: by its path below a folder, else by its bare name.

        None where a row speaks of it that could not be used.

        Args:
            recording: the file.
            folder: that the names are relative to.
        """
        names = [recording.name]
        if recording.is_relative_to(folder):
            names.insert(0, recording.relative_to(folder).as_posix())
        if any(name in self.doubtful for name in names):
            return None
        return next((self.by_file[name] for name in names if name in self.by_file), RecordingFacts())


def parse_channel_roles(text: str, reading: Reading, default: ChannelRoles = USUAL_ROLES) -> ChannelRoles:
    """Read who is on which channel, such as ``left=bank,right=client``.

    Args:
        text: of sides ``left``, ``right``, ``mono`` and words for roles.
        reading: knows the words.
        default: for sides that are not named.

    Raises:
        IntakeError: another side or word, or both sides of one role.
    """
    found: dict[str, Role] = {}
    for number, part in enumerate(text.split(","), 1):
        side, _, word = (piece.strip().casefold() for piece in part.partition("="))
        role = reading.role(word)
        if side not in _SIDES or role is None or side in found:
            raise IntakeError(f"part {number}: write channels as left=bank,right=client or mono=client")
        found[side] = role
    roles = ChannelRoles(**({side: getattr(default, side) for side in _SIDES} | found))
    return _told_apart(roles, "channels")


def read_metadata(path: Path, reading: Reading) -> RecordingBook:
    """Read a file of facts about recordings.

    Raises:
        IntakeError: it cannot be read as a whole; the message names it, the line and the mend.
    """
    text = read_text(path)
    by_file: dict[str, RecordingFacts] = {}
    faults: list[str] = []
    doubtful: set[str] = set()
    ignored: set[str] = set()
    try:
        for row in read_rows(text.content, COLUMNS, reading.columns):
            if isinstance(row, Broken):
                faults.append(f"{path}: line {row.line}: {row.problem}")
                continue
            ignored |= row.values.keys() - COLUMNS
            name = None
            try:
                name = _name(row)
                if name in by_file:
                    raise IntakeError(f"{row.place('file')}: stands there twice; keep one")
                by_file[name] = _facts(row, reading)
            except IntakeError as error:
                faults.append(f"{path}: {error}")
                if name is not None:
                    doubtful.add(name)
    except IntakeError as error:
        raise IntakeError(f"{path}: {error}") from error
    told = (*([text.notice] if text.notice else []), *of_no_meaning(ignored, COLUMNS))
    notices = tuple(f"{path}: {one}" for one in told)
    return RecordingBook(MappingProxyType(by_file), tuple(faults), notices, frozenset(doubtful))


def _name(row: Row) -> str:
    return PurePosixPath(re.sub(r"^(\./)+", "", name_of(row, "file").replace("\\", "/"))).as_posix()


def _facts(row: Row, reading: Reading) -> RecordingFacts:
    return RecordingFacts(
        name_of(row, "contact_id") if "contact_id" in row.values else None,
        reading.time_of(row, "started_at") if "started_at" in row.values else None,
        _roles(row, reading),
        MappingProxyType(attributes_of(row)),
        _language(row),
        (name_of(row, CLIENT_NAME),) if CLIENT_NAME in row.values else (),
    )


def _language(row: Row) -> Language | Literal["auto"] | None:
    if row.values.get("language") == AUTO:
        return AUTO
    return one_of(Language, row, "language")


def _roles(row: Row, reading: Reading) -> ChannelRoles | None:
    given = {side: reading.role_of(row, side) for side in _SIDES if side in row.values}
    if given:
        return _told_apart(ChannelRoles(**given), row.place(next(iter(given))))
    if "channels" not in row.values:
        return None
    try:
        return parse_channel_roles(name_of(row, "channels"), reading)
    except IntakeError as error:
        raise IntakeError(f"{row.place('channels')}: {error}") from error


def _told_apart(roles: ChannelRoles, place: str) -> ChannelRoles:
    if roles.left.is_bank == roles.right.is_bank:
        raise IntakeError(f"{place}: both channels are of one side; one is the bank's, the other the client's")
    return roles
