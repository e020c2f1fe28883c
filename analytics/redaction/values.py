"""What redaction finds and hands back: spans of words by kind, and the contact without them."""

from dataclasses import dataclass
from enum import StrEnum

from analytics.conversation import Conversation, Role


class Kind(StrEnum):
    """What kind of personal data a span holds."""

    CARD = "card"
    IIN = "iin"
    INN = "inn"
    IBAN = "iban"
    ACCOUNT = "account"
    CONTRACT = "contract"
    PHONE = "phone"
    SNILS = "snils"
    PASSPORT = "passport"
    CODE = "code"
    """A one-time code, PIN or the digits on a card's back."""
    NUMBER = "number"
    """Dictated like one of the above, and too long for a sum; which it is nobody said."""
    EMAIL = "email"
    NAME = "name"
    THIRD_PERSON = "third_person"
    """All that somebody said who is not whom the contact is about; found by the contact's outcome (`subject`)."""

    @property
    def mark(self) -> str:
        """The word that stands in its place."""
        return f"[{self.value}]"


@dataclass(frozen=True, slots=True)
class Span:
    """Words of one utterance to be taken out.

    Args:
        utterance: index in the conversation.
        first: index of the first word.
        stop: index behind the last one; equal to first where speech between two parts of a number was not understood,
            which has no words and is only muted.
        kind: of the data.
        role: who said it: whose channel is muted.
        start_s: from the contact's start.
        end_s: the same.
    """

    utterance: int
    first: int
    stop: int
    kind: Kind
    role: Role
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Redacted:
    """A contact without what was found in it.

    Args:
        conversation: words of a span are its kind's mark, each with its own times; attributes stay.
        spans: by utterance and word.
    """

    conversation: Conversation
    spans: tuple[Span, ...]
