"""All measures of one contact."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from analytics.conversation import Conversation
from analytics.measures.agitation import voice
from analytics.measures.effort import effort
from analytics.measures.heard import hear
from analytics.measures.holds import hold, holds
from analytics.measures.interruptions import interruptions
from analytics.measures.phrases import PhraseBook, shipped_phrases
from analytics.measures.registry import REGISTRY, Scope
from analytics.measures.sentiment import Tone, sentiment, tones
from analytics.measures.timing import handling, latencies, talk
from analytics.measures.values import UNKNOWN, Measured, Side
from analytics.measures.wording import wording
from analytics.response import Span
from engine.audio import Samples

_OF_BOTH: Final = ("handling_s", "silence_s", "silence_share", "longest_pause_s")
"""What can be told without knowing who spoke."""


def measure(
    conversation: Conversation,
    sounds: Mapping[Side, Sequence[Span]] | None = None,
    audio: Mapping[Side, Samples] | None = None,
    book: PhraseBook | None = None,
) -> Mapping[str, Measured]:
    """Return every measure of a contact by its name in the registry; what cannot be told is None.

    Where both sides are on one channel, that is all that depends on who spoke.

    Args:
        conversation: the contact.
        sounds: where each side sounds, if a better detector than ours has looked; else the audio tells, or the times
            of the words.
        audio: each side's channel, int16, shape (n,), 8 kHz, from the contact's start.
        book: phrases to look for; those that ship by default.

    Raises:
        ValueError: an attribute that a measure needs is wrong; the message names contact and attribute.
    """
    heard = hear(conversation, sounds, audio, book or shipped_phrases())
    found: dict[str, Measured] = {"handling_s": handling(heard)}
    found |= talk(heard)
    found |= interruptions(heard)
    held = holds(heard)
    if heard.sounds is not None:
        found["hold_s"] = hold(heard, held)
    found |= latencies(heard, held)
    found |= wording(heard)
    found |= sentiment(heard)
    found |= voice(heard)
    found["client_effort"] = effort(heard, found)
    if conversation.is_mixed:
        found = {name: found[name] for name in _OF_BOTH if name in found}
    names = (name for name, one in REGISTRY.items() if one.scope is Scope.CONTACT)
    return MappingProxyType({name: found.pop(name, UNKNOWN) for name in names})


def tone_over_time(conversation: Conversation, book: PhraseBook | None = None) -> tuple[Tone, ...]:
    """Return the tone of every utterance with words, in order."""
    return tones(hear(conversation, None, None, book or shipped_phrases()))
