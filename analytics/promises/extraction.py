"""Finds the promises to pay in a contact."""

from collections.abc import Iterator

from analytics.conversation import Conversation, Role
from analytics.promises.confidence import confidence
from analytics.promises.drafts import Draft
from analytics.promises.lines import Line
from analytics.promises.listening import Listener
from analytics.promises.values import DebtFacts, Evidence, Promise, Version
from engine.accounts import Money


def find_promises(conversation: Conversation, facts: DebtFacts) -> tuple[Promise, ...]:
    """Return what the client had promised when the contact ended, in the order in which it was made.

    Args:
        conversation: the contact; utterances without words say nothing.
        facts: of the debt that it is about.
    """
    drafts = find_drafts(conversation, facts)
    return tuple(_promise(conversation, facts, draft, drafts) for draft in drafts)


def find_drafts(conversation: Conversation, facts: DebtFacts) -> list[Draft]:
    """Return the same before anything is said of how sure it is."""
    listener = Listener(facts)
    for index, utterance in enumerate(conversation.utterances):
        if not utterance.words:
            continue
        line = Line(index, tuple(word.text for word in utterance.words), facts)
        if utterance.role is Role.CLIENT:
            listener.hear_client(line)
        else:
            listener.hear_bank(line)
    return listener.finish()


def _promise(conversation: Conversation, facts: DebtFacts, draft: Draft, drafts: list[Draft]) -> Promise:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, facts.currency)

    return Promise(
        amount=money(draft.amount),
        due=draft.due,
        utterance=draft.line,
        by=draft.by,
        confidence=confidence(conversation, draft, drafts),
        confirmed_by=draft.confirmed_by,
        condition=draft.condition,
        superseded=tuple(Version(money(amount), due, line) for amount, due, line in draft.superseded),
        evidence=tuple(_evidence(conversation, draft)),
    )


def _evidence(conversation: Conversation, draft: Draft) -> Iterator[Evidence]:
    for shown, (index, start, end) in draft.evidence.items():
        words = conversation.utterances[index].words[start:end]
        text = " ".join(word.text for word in words)
        yield Evidence(shown, index, text, words[0].start_s, words[-1].end_s)
