"""Written contacts: chats, SMS and e-mail from CSV or JSON, as conversations."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.intake.emails import own_words
from analytics.intake.rows import Broken, Row, named, of_no_meaning, read_rows
from analytics.intake.texts import decode_text, read_text
from analytics.intake.values import ATTRIBUTES, CLIENT_NAME, Reading, attributes_of, name_of, one_of, text_of
from analytics.intake.words import words_of
from engine.errors import IntakeError
from engine.speech import Language

COLUMNS: Final = frozenset(
    {"contact_id", "sent_at", "role", "text", "subject", "medium", "language", CLIENT_NAME, *ATTRIBUTES}
)
"""Columns of CSV, and keys of JSON, that mean something; the first four must be there."""

_ANSWERED = re.compile(r"\s*(?:re|fwd?|отв|на|пересл)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that could not be used; its contact is set aside with it.

    Args:
        contact_id: of the contact, where the row tells.
        problem: line, column and mend; without any value of the file.
    """

    contact_id: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class WrittenContacts:
    """What a file held.

    Args:
        conversations: by their start.
        faults: what was set aside, by line.
        notices: what else is to be told of the file: its encoding, columns that mean nothing.
        people: by contact full names that belong to it, to be taken out of what is shown.
    """

    conversations: tuple[Conversation, ...]
    faults: tuple[Fault, ...]
    notices: tuple[str, ...]
    people: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Message:
    sent_at: datetime
    role: Role
    text: str
    language: Language | None


@dataclass(slots=True)
class _Contact:
    medium: Medium
    attributes: dict[str, str] = field(default_factory=dict)
    people: dict[str, None] = field(default_factory=dict)
    messages: list[_Message] = field(default_factory=list)


def read_contacts(path: Path, reading: Reading) -> WrittenContacts:
    """Read a file of written contacts.

    Raises:
        IntakeError: the file as a whole cannot be read; the message names it, the line and the mend.
    """
    text = read_text(path)
    try:
        found = contacts_of(text.content, reading)
    except IntakeError as error:
        raise IntakeError(f"{path}: {error}") from error
    faults = tuple(Fault(one.contact_id, f"{path}: {one.problem}") for one in found.faults)
    notices = [*([text.notice] if text.notice else []), *found.notices]
    return replace(found, faults=faults, notices=tuple(f"{path}: {one}" for one in notices))


def contacts_from(content: bytes, reading: Reading) -> WrittenContacts:
    """Do the same with an upload; messages leave the file's name to the caller.

    Raises:
        IntakeError: it cannot be read as a whole.
    """
    return contacts_of(decode_text(content).content, reading)


def contacts_of(text: str, reading: Reading) -> WrittenContacts:
    """Read an export's text.

    Raises:
        IntakeError: it holds no row under names that are known.
    """
    contacts: dict[str, _Contact] = {}
    faults: list[Fault] = []
    ignored: set[str] = set()
    for row in read_rows(text, COLUMNS, reading.columns):
        if isinstance(row, Broken):
            faults.append(Fault(None, f"line {row.line}: {row.problem}"))
            continue
        ignored |= row.values.keys() - COLUMNS - {"messages"}
        contact_id = None
        try:
            contact_id = name_of(row, "contact_id")
            for message in _messages_of(row, reading.columns):
                _take(message, contacts, contact_id, reading)
        except IntakeError as error:
            faults.append(Fault(contact_id, str(error)))
    aside = {fault.contact_id for fault in faults}
    conversations = [_conversation(key, one) for key, one in contacts.items() if key not in aside]
    people = {key: tuple(one.people) for key, one in contacts.items() if one.people}
    ordered = tuple(sorted(conversations, key=lambda one: one.started_at))
    return WrittenContacts(ordered, tuple(faults), of_no_meaning(ignored, COLUMNS), MappingProxyType(people))


def _messages_of(row: Row, renamed: Mapping[str, str]) -> Iterator[Row]:
    """Yield a row, or, of a contact with its messages inside, a row for each of them."""
    if "messages" not in row.values:
        yield row
        return
    messages = row.values["messages"]
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise IntakeError(f"{row.place('messages')}: give an array of objects, one a message")
    shared = {name: value for name, value in row.values.items() if name != "messages"}
    for message in messages:
        given = named(message, renamed)
        yield Row(row.line, {**given, **{k: v for k, v in shared.items() if k not in given or k == "contact_id"}})


def _take(row: Row, contacts: dict[str, _Contact], contact_id: str, reading: Reading) -> None:
    medium = one_of(Medium, row, "medium") or reading.medium
    if medium is Medium.CALL:
        raise IntakeError(f"{row.place('medium')}: a call is no written contact; write chat, sms or email")
    text = text_of(row, "text")
    if medium is Medium.EMAIL:
        text = own_words(text)
        subject = text_of(row, "subject") if "subject" in row.values else ""
        text = text if _ANSWERED.match(subject) else f"{subject}\n{text}"
    message = _Message(reading.time_of(row, "sent_at"), reading.role_of(row), text, one_of(Language, row, "language"))
    attributes = attributes_of(row)
    contact = contacts.setdefault(contact_id, _Contact(medium))
    if contact.medium is not medium:
        raise IntakeError(f"{row.place('medium')}: another than in the contact's first row; give it an id of its own")
    contact.attributes |= attributes
    contact.people |= dict.fromkeys([name_of(row, CLIENT_NAME)] if CLIENT_NAME in row.values else [])
    contact.messages.append(message)


def _conversation(contact_id: str, contact: _Contact) -> Conversation:
    messages = sorted(contact.messages, key=lambda one: one.sent_at)
    started_at = messages[0].sent_at
    utterances = []
    for one in messages:
        at_s = (one.sent_at - started_at).total_seconds()
        utterances.append(Utterance(one.role, words_of(one.text, at_s), at_s, at_s, one.language))
    return Conversation(
        contact_id,
        contact.medium,
        started_at,
        utterances[-1].start_s,
        tuple(utterances),
        MappingProxyType(contact.attributes),
    )
