"""What happens in a contact beside words: pauses, both sides talking at once, one talking into the other.

Told from the utterances' spans, which voice activity gives: speech that nobody understood is no pause.
"""

from dataclasses import dataclass
from typing import Final

from analytics.conversation import Conversation, Medium, Role, Utterance

ALREADY_S: Final = 0.2
"""So long the other must have been speaking: who begins with it interrupts nobody."""

TOGETHER_S: Final = 0.2
"""So long both must speak: an answer on the last syllable is none."""

TAKEN_OVER_S: Final = 0.5
"""Whoever goes on for so long after the other fell silent has interrupted; a «угу» has not."""

TALKED_OVER_S: Final = 2.0
"""Whoever speaks together with the other for so long has interrupted too."""


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
    banks = _joined([one for one in conversation.utterances if one.role.is_bank])
    clients = _joined([one for one in conversation.utterances if not one.role.is_bank])
    found = []
    left = right = 0
    while left < len(banks) and right < len(clients):
        start_s = max(banks[left].start_s, clients[right].start_s)
        end_s = min(banks[left].end_s, clients[right].end_s)
        if start_s < end_s:
            found.append(Stretch(start_s, end_s))
        if banks[left].end_s < clients[right].end_s:
            left += 1
        else:
            right += 1
    return tuple(found)


def interruptions(conversation: Conversation) -> tuple[Stretch, ...]:
    """Return where one side begins to talk into the other's talking: the beginning alone; none in writing."""
    if conversation.medium is not Medium.CALL:
        return ()
    found = []
    latest: dict[bool, Utterance] = {}
    for utterance in conversation.utterances:
        other = latest.get(not utterance.role.is_bank)
        if other is not None and other.start_s + ALREADY_S <= utterance.start_s:
            together_s = min(other.end_s, utterance.end_s) - utterance.start_s
            alone_s = utterance.end_s - other.end_s
            if together_s >= TOGETHER_S and (alone_s >= TAKEN_OVER_S or together_s >= TALKED_OVER_S):
                found.append(Stretch(utterance.start_s, utterance.start_s, utterance.role))
        mine = latest.get(utterance.role.is_bank)
        if mine is None or utterance.end_s >= mine.end_s:
            latest[utterance.role.is_bank] = utterance
    return tuple(found)


def _joined(utterances: list[Utterance]) -> list[Stretch]:
    joined: list[Stretch] = []
    for one in utterances:
        if joined and one.start_s <= joined[-1].end_s:
            joined[-1] = Stretch(joined[-1].start_s, max(joined[-1].end_s, one.end_s))
        else:
            joined.append(Stretch(one.start_s, one.end_s))
    return joined
