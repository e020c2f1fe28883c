"""What happens in a contact beside words: pauses, both sides talking at once, one talking into the other.

Told from the utterances' spans, which voice activity gives: speech that nobody understood is no pause.
"""

from dataclasses import dataclass
from math import inf

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.spans import ALREADY_S, broke_in, common, merged


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a contact.

    Args:
        start_s: from its start.
        end_s: the same.
        role: of an interruption, who talked into the other.
    """

    start_s: float
    end_s: float
    role: Role | None = None


def pauses(conversation: Conversation) -> tuple[Stretch, ...]:
    """Return where nobody speaks, before the first word and after the last one too."""
    found = []
    until_s = 0.0
    for utterance in conversation.utterances:
        if utterance.start_s > until_s:
            found.append(Stretch(until_s, utterance.start_s))
        until_s = max(until_s, utterance.end_s)
    if conversation.duration_s > until_s:
        found.append(Stretch(until_s, conversation.duration_s))
    return tuple(found)


def overtalks(conversation: Conversation) -> tuple[Stretch, ...]:
    """Return where the bank and the client speak at once; none in writing."""
    if conversation.medium is not Medium.CALL:
        return ()
    banks, clients = (
        merged((one for one in conversation.utterances if one.role.is_bank is bank), 0.0, inf) for bank in (True, False)
    )
    return tuple(Stretch(both.start_s, both.end_s) for both in common(banks, clients))


def interruptions(conversation: Conversation) -> tuple[Stretch, ...]:
    """Return where one side begins to talk into the other's talking: the beginning alone; none in writing."""
    if conversation.medium is not Medium.CALL:
        return ()
    found = []
    latest: dict[bool, Utterance] = {}
    for utterance in conversation.utterances:
        other = latest.get(not utterance.role.is_bank)
        if other is not None and other.start_s + ALREADY_S <= utterance.start_s and broke_in(utterance, other):
            found.append(Stretch(utterance.start_s, utterance.start_s, utterance.role))
        mine = latest.get(utterance.role.is_bank)
        if mine is None or utterance.end_s >= mine.end_s:
            latest[utterance.role.is_bank] = utterance
    return tuple(found)
