"""A contact as analytics sees it: who said or wrote what, when. A bot's call, a person's call and a chat are alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from engine.speech import Language, Word

AUTO: Final = "auto"
"""In place of a language that nobody tells: one of `AUTO_LANGUAGES`, found out utterance by utterance."""

AUTO_LANGUAGES: Final = frozenset({Language.RUSSIAN, Language.KAZAKH})


class Role(StrEnum):
    """Who speaks: the bank's bot or one of its people, or the client (whoever answers for the debtor)."""

    BOT = "bot"
    AGENT = "agent"
    CLIENT = "client"

    @property
    def is_bank(self) -> bool:
        """Whether the bank speaks, by a bot or by a person."""
        return self is not Role.CLIENT


class Medium(StrEnum):
    """How the contact was held."""

    CALL = "call"
    CHAT = "chat"
    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one side said between two pauses, or one written message.

    Args:
        role: who said it.
        words: in order. Those of a message all carry its time and a confidence of 1; speech that was heard and not
            understood has none.
        start_s: from the contact's start.
        end_s: the same; of a message its start.
        language: of the words; None where nobody could tell.
    """

    role: Role
    words: tuple[Word, ...]
    start_s: float
    end_s: float
    language: Language | None = None

    @property
    def text(self) -> str:
        """The words, parted by spaces."""
        return " ".join(word.text for word in self.words)


MIXED: Final = ("sides", "mixed")
"""The attribute of a contact whose sides could not be told apart: all of its words are laid to one."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One contact, whole.

    Args:
        contact_id: unique among all contacts.
        medium: how it was held.
        started_at: aware; the contact's seconds count from here.
        duration_s: of the whole contact.
        utterances: of all sides, by their start.
        attributes: what else is known of it, by name: agent, campaign, segment.

    Raises:
        ValueError: the start is naive, or utterances are out of order.
    """

    contact_id: str
    medium: Medium
    started_at: datetime
    duration_s: float
    utterances: tuple[Utterance, ...]
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse what later arithmetic would silently get wrong."""
        if self.started_at.tzinfo is None:
            raise ValueError(f"contact {self.contact_id}: its start {self.started_at} has no time zone")
        starts = [one.start_s for one in self.utterances]
        if starts != sorted(starts):
            raise ValueError(f"contact {self.contact_id}: its utterances are not in the order of their starts")

    @property
    def is_mixed(self) -> bool:
        """Whether its sides could not be told apart."""
        name, value = MIXED
        return self.attributes.get(name) == value

    def said_by(self, *roles: Role) -> tuple[Utterance, ...]:
        """Return the utterances of some sides."""
        return tuple(one for one in self.utterances if one.role in roles)
