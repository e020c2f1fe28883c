"""What is to be analysed: everything that must be known of a contact before its sound is looked at."""

import errno
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analytics.conversation import Medium, Role, Utterance
from analytics.intake.metadata import ChannelRoles
from analytics.transcripts import utterances_document, utterances_of
from engine.errors import AudioError, SealBroken
from engine.sealing import Keyring, open_stored


@dataclass(frozen=True, slots=True)
class Copy:
    """Where workers of all hosts find a recording.

    Args:
        url: of the file.
        changed_at: when the original was changed last.
    """

    url: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is to be heard.

    Args:
        path: absolute, on the machine where it was queued; of one that was given by a URL its path there.
        digest: SHA-256 of the file, in hexadecimal.
        roles: who is on which channel.
        agent_from_s: when a person took over from the bot on the bank's channel; None where nobody did.
        copy: that is read instead; None where the path is the same for all workers.
    """

    path: Path
    digest: str
    roles: ChannelRoles
    agent_from_s: float | None = None
    copy: Copy | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One contact to analyse.

    Args:
        contact_id: unique among all contacts.
        medium: how it was held.
        started_at: aware; None where only the recording's file can tell.
        language: that its speakers are taken to speak (ISO 639-1), or `analytics.conversation.AUTO`.
        attributes: what is known of the contact.
        recording: None of a written contact, and of a call that nobody answered.
        known: what was said beyond doubt: messages, and the bot's own words.
        duration_s: of a contact without a recording.
        people: full names that are known to belong to the contact, to be taken out of what is shown.
    """

    contact_id: str
    medium: Medium
    started_at: datetime | None
    language: str
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    recording: Recording | None = None
    known: tuple[Utterance, ...] = ()
    duration_s: float = 0.0
    people: tuple[str, ...] = ()


def order_document(order: Order) -> dict[str, Any]:
    """Return an order as a document."""
    document: dict[str, Any] = {
        "contact_id": order.contact_id,
        "medium": order.medium.value,
        "started_at": None if order.started_at is None else order.started_at.isoformat(),
        "language": order.language,
        "attributes": dict(order.attributes),
        "known": utterances_document(order.known),
        "duration_s": order.duration_s,
        "people": list(order.people),
    }
    if order.recording is not None:
        roles = order.recording.roles
        document["recording"] = {
            "path": str(order.recording.path),
            "digest": order.recording.digest,
            "roles": {"left": roles.left.value, "right": roles.right.value, "mono": roles.mono.value},
            "agent_from_s": order.recording.agent_from_s,
        }
        if (copy := order.recording.copy) is not None:
            document["recording"]["copy"] = {"url": copy.url, "changed_at": copy.changed_at.isoformat()}
    return document


def order_of(document: Mapping[str, Any]) -> Order:
    """Return the order of a document."""
    heard = document.get("recording")
    copy = heard.get("copy") if heard else None
    started_at = document["started_at"]
    return Order(
        contact_id=document["contact_id"],
        medium=Medium(document["medium"]),
        started_at=None if started_at is None else datetime.fromisoformat(started_at),
        language=document["language"],
        attributes=MappingProxyType(dict(document["attributes"])),
        recording=None
        if heard is None
        else Recording(
            Path(heard["path"]),
            heard["digest"],
            ChannelRoles(**{side: Role(role) for side, role in heard["roles"].items()}),
            heard["agent_from_s"],
            copy and Copy(copy["url"], datetime.fromisoformat(copy["changed_at"])),
        ),
        known=utterances_of(document["known"]),
        duration_s=document["duration_s"],
        people=tuple(document.get("people", ())),
    )


def digest_of(*parts: object) -> str:
    """Return a short digest of what JSON can hold, the same on every machine."""
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def file_digest(path: Path, keys: Keyring | None = None) -> str:
    """Return the SHA-256 of a recording's content, in hexadecimal: the same in clear and sealed.

    Raises:
        AudioError: there is no such file, it is no ordinary one, it may not be read, or it is sealed and its key
            missing; the message names it.
    """
    try:
        with open_stored(path, keys) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except SealBroken as error:
        raise AudioError(str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINVAL):
            raise AudioError(f"{path}: no such file, or no ordinary one; give a recording") from error
        raise AudioError(f"{path}: cannot be read ({error.strerror}); check its rights") from error
