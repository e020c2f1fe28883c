"""A contact on its way through the steps: what each may ask for, made once and when it is first asked for."""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeAlias

from analytics.conversation import Conversation, Role
from analytics.documents import from_document
from analytics.expressions import Heard
from analytics.measures import Measured, Side
from analytics.measures.history import PastContact
from analytics.measures.values import side_of
from analytics.promises import DebtFacts, Promise
from analytics.redaction import Span, marked
from engine.accounts import Currency, Money
from engine.audio import Samples
from engine.speech import Language

Document: TypeAlias = Any
"""What JSON can hold, as `analytics.documents` makes it."""


class Contact:
    """What a step is given.

    Args:
        conversation: the contact itself.
        language: that its speakers were taken to speak.
        sound: gives each side's channel; empty where there is none. Decodes on the first call.
        history: other contacts of the same person that are known; None where nobody tells whose contact it is.
        people: full names that are known to belong to it.

    Attributes:
        history: the same.
        people: the same.
        documents: of the steps that have run, by name.
    """

    def __init__(
        self,
        conversation: Conversation,
        language: str,
        sound: Callable[[], Mapping[Role, Samples]],
        history: tuple[PastContact, ...] | None = None,
        people: tuple[str, ...] = (),
    ) -> None:
        self.conversation = conversation
        self.history = history
        self.people = people
        self.documents: dict[str, Document] = {}
        self._language = language
        self._sound = sound

    @cached_property
    def audio(self) -> Mapping[Side, Samples]:
        """Each side's channel, int16, shape (n,), 8 kHz.

        Raises:
            AudioError: the recording cannot be read any more.
        """
        return {side_of(role): samples for role, samples in self._sound().items()}

    @cached_property
    def heard(self) -> Heard:
        """The words as expressions ask for them."""
        return Heard(self.conversation)

    @cached_property
    def shown(self) -> Conversation:
        """The contact as others may see it: without what the step ``redaction`` found.

        Raises:
            KeyError: it has not run; a step that asks for it names it in its `needs`.
        """
        return marked(self.conversation, from_document(tuple[Span, ...], self.documents["redaction"]))

    @cached_property
    def measured(self) -> Mapping[str, Measured]:
        """What the step ``measures`` found.

        Raises:
            KeyError: it has not run; a step that asks for it names it in its `needs`.
        """
        return from_document(dict[str, Measured], self.documents["measures"])

    @property
    def values(self) -> Mapping[str, float | None]:
        """The same as expressions ask for it."""
        return {name: one.value for name, one in self.measured.items()}

    @cached_property
    def promises(self) -> tuple[Promise, ...]:
        """What the step ``promises`` found.

        Raises:
            KeyError: as above.
        """
        return from_document(tuple[Promise, ...], self.documents["promises"])

    @property
    def language(self) -> Language:
        """That most utterances are in, else that the contact was taken to be held in."""
        spoken = Counter(one.language for one in self.conversation.utterances if one.language and one.words)
        if spoken:
            return spoken.most_common(1)[0][0]
        return Language(self._language) if self._language in set(Language) else Language.RUSSIAN

    @property
    def debt(self) -> DebtFacts:
        """What the attributes tell of the debt."""
        given = self.conversation.attributes
        currency = Currency(given.get("currency", Currency.TENGE))
        payday = given.get("payday")
        return DebtFacts(
            debt=_money(given.get("debt"), currency),
            today=self.conversation.started_at.date(),
            language=self.language,
            due_now=_money(given.get("due_now"), currency),
            payday=int(payday) if payday else None,
            spoken_currency=currency,
        )


def _money(text: str | None, currency: Currency) -> Money | None:
    return Money(int(Decimal(text) * 100), currency) if text else None
