"""Times of a contact: talk, silence, pauses, answers."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from analytics.conversation import Medium
from analytics.measures.heard import Heard
from analytics.measures.values import SIDES, UNKNOWN, Evidence, Measured, Side
from analytics.response import Span, percentile
from analytics.spans import common, gaps, merged, total_s

_OWN_PAUSE_S: Final = 2.0
_WRAP_UP: Final = "wrap_up_s"


def handling(heard: Heard) -> Measured:
    """Return the handling time.

    Raises:
        ValueError: the work after the contact is no number of seconds.
    """
    contact = heard.conversation
    after = contact.attributes.get(_WRAP_UP, "0")
    try:
        after_s = float(after)
    except ValueError:
        after_s = -1.0
    if not 0 <= after_s < float("inf"):
        raise ValueError(f"contact {contact.contact_id}: {_WRAP_UP} is `{after}`; give seconds, 0 or more")
    return Measured(contact.duration_s + after_s, (Evidence(Side.BOTH, 0.0, contact.duration_s),))


def talk(heard: Heard) -> Mapping[str, Measured]:
    """Return talk, silence and overtalk of a call."""
    sounds = heard.sounds
    if sounds is None:
        return {}
    until_s = heard.conversation.duration_s
    both = common(sounds[Side.BANK], sounds[Side.CLIENT])
    either = merged((*sounds[Side.BANK], *sounds[Side.CLIENT]), 0.0, until_s)
    silent = gaps(either, until_s)
    talked_s = {side: total_s(sounds[side]) for side in SIDES}
    found = {
        "silence_s": _lasting(silent),
        "silence_share": _share(silent, until_s),
        "longest_pause_s": _longest(pauses(heard), Side.BOTH),
        "overtalk_s": _lasting(both),
        "overtalk_share": _share(both, until_s),
    }
    together_s = sum(talked_s.values())
    for side in SIDES:
        shown = tuple(Evidence(side, span.start_s, span.end_s) for span in sounds[side])
        found[f"{side}_talk_s"] = Measured(talked_s[side], shown)
        found[f"{side}_talk_share"] = Measured(talked_s[side] / together_s, shown) if together_s else UNKNOWN
        found[f"{side}_longest_talk_s"] = _longest(_unbroken(sounds[side], heard.turns[side.other]), side)
        words = len(heard.words[side])
        found[f"{side}_words_per_s"] = Measured(words / talked_s[side], shown) if words and talked_s[side] else UNKNOWN
    return found


def pauses(heard: Heard) -> tuple[Span, ...]:
    """Return the mutual silences between the first and the last sound of a call."""
    sounds = heard.sounds or dict.fromkeys(SIDES, ())
    either = merged((*sounds[Side.BANK], *sounds[Side.CLIENT]), 0.0, heard.conversation.duration_s)
    return tuple(Span(one.end_s, following.start_s) for one, following in pairwise(either))


def latencies(heard: Heard, held: Sequence[Span]) -> Mapping[str, Measured]:
    """Return how long each side takes to answer.

    Args:
        heard: the contact.
        held: stretches of hold, whose silences are no one's thinking.
    """
    found: dict[str, Measured] = {}
    for side in SIDES:
        if heard.conversation.medium is Medium.CALL:
            sounds = heard.sounds or dict.fromkeys(SIDES, ())
            waits = [wait for wait in _answers(sounds[side], sounds[side.other]) if not common((wait,), tuple(held))]
        else:
            waits = _replies(heard, side)
        lasting = tuple(wait.end_s - wait.start_s for wait in waits)
        shown = tuple(
            Evidence(side, wait.start_s, wait.end_s, value=length) for wait, length in zip(waits, lasting, strict=True)
        )
        found[f"{side}_latency_median_s"] = Measured(float(np.median(lasting)), shown) if lasting else UNKNOWN
        found[f"{side}_latency_p95_s"] = Measured(percentile(lasting, 0.95), shown)
    return found


def _answers(own: tuple[Span, ...], other: tuple[Span, ...]) -> list[Span]:
    """Return the silences that end with a side's sound, and began with the end of the other's."""
    starts = [span.start_s for span in other]
    found, own_end_s = [], 0.0
    for span in own:
        before = bisect_left(starts, span.start_s) - 1
        if before >= 0 and own_end_s < other[before].end_s <= span.start_s:
            found.append(Span(other[before].end_s, span.start_s))
        own_end_s = span.end_s
    return found


def _replies(heard: Heard, side: Side) -> list[Span]:
    """Return the times from the other side's last message to a side's first after it."""
    return [
        Span(before.utterance.start_s, line.utterance.start_s)
        for before, line in pairwise(heard.lines)
        if line.side is side and before.side is side.other
    ]


def _unbroken(own: tuple[Span, ...], turns: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return a side's stretches, joined over short pauses in which the other took no turn."""
    starts = [span.start_s for span in turns]
    found: list[Span] = []
    for span in own:
        last = found[-1] if found else None
        if (
            last is not None
            and span.start_s - last.end_s < _OWN_PAUSE_S
            and bisect_left(starts, last.start_s) == bisect_left(starts, span.start_s)
        ):
            found[-1] = Span(last.start_s, span.end_s)
        else:
            found.append(span)
    return tuple(found)


def _lasting(spans: tuple[Span, ...]) -> Measured:
    return Measured(total_s(spans), tuple(Evidence(Side.BOTH, span.start_s, span.end_s) for span in spans))


def _share(spans: tuple[Span, ...], duration_s: float) -> Measured:
    if not duration_s:
        return UNKNOWN
    lasting = _lasting(spans)
    return Measured((lasting.value or 0.0) / duration_s, lasting.evidence)


def _longest(spans: tuple[Span, ...], side: Side) -> Measured:
    """Return the longest span's length; 0 where there is none."""
    longest = max(spans, key=lambda span: span.end_s - span.start_s, default=None)
    if longest is None:
        return Measured(0.0)
    return Measured(longest.end_s - longest.start_s, (Evidence(side, longest.start_s, longest.end_s),))
