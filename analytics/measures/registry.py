"""Every measure by name: what search, scorecards and ``--help`` may speak of, and what is written down of a contact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from analytics.conversation import Medium
from analytics.measures.values import SIDES, Side


class Unit(StrEnum):
    """What a measure's number counts."""

    SECONDS = "s"
    COUNT = "count"
    SHARE = "0..1"
    YES_NO = "0 or 1"
    PER_SECOND = "words/s"
    RATIO = "ratio"
    TONE = "-1..1"
    TONE_CHANGE = "-2..2"
    EFFORT = "1..7"
    DECIBELS = "dB"
    FULL_SCALE = "dBFS"
    HERTZ = "Hz"
    SEMITONES = "semitones"


class Scope(StrEnum):
    """Over what a measure is taken."""

    CONTACT = "contact"
    PERSON = "person"
    """All contacts of a person, in every medium."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure.

    Args:
        name: unique; the side first, the unit last.
        unit: of its value.
        side: whose it is.
        definition: one sentence, the whole truth of it.
        media: in which it can be told; in others it is None.
        scope: one contact, or all of a person's.
    """

    name: str
    unit: Unit
    side: Side
    definition: str
    media: tuple[Medium, ...]
    scope: Scope = Scope.CONTACT


_CALL: Final = (Medium.CALL,)
_ALL: Final = tuple(Medium)

_CONTACT: Final = (
    ("handling_s", Unit.SECONDS, _ALL, "the contact's duration, and work after it where the attribute wrap_up_s tells"),
    ("silence_s", Unit.SECONDS, _CALL, "neither side sounds, from the call's start to its end"),
    ("silence_share", Unit.SHARE, _CALL, "silence_s of the duration"),
    ("longest_pause_s", Unit.SECONDS, _CALL, "longest mutual silence between two sounds"),
    ("overtalk_s", Unit.SECONDS, _CALL, "both sides sound"),
    ("overtalk_share", Unit.SHARE, _CALL, "overtalk_s of the duration"),
    ("hold_s", Unit.SECONDS, _CALL, "mutual silence of 10 s or more, 10 s of the bank's sound without a word (music), "
     "and what follows a hold phrase until the bank speaks again"),
)  # fmt: skip

_SIDE: Final = (
    ("talk_s", Unit.SECONDS, _CALL, "{side} sounds; pauses under 0.25 s belong to speech"),
    ("talk_share", Unit.SHARE, _CALL, "{side}'s talk_s of both sides' together"),
    ("longest_talk_s", Unit.SECONDS, _CALL, "{side}'s longest stretch of sound while the other side says nothing but "
     "backchannels, own pauses under 2 s included"),
    ("words", Unit.COUNT, _ALL, "words of {side} that were recognised or written"),
    ("utterances", Unit.COUNT, _ALL, "utterances or messages of {side}"),
    ("words_per_s", Unit.PER_SECOND, _CALL, "{side}'s words by its talk_s"),
    ("interruptions", Unit.COUNT, _CALL, "{side} began 0.2 s or more after the other side did, sounded 0.2 s or more "
     "with it, and either spoke on for 0.5 s after it fell silent or spoke over it for 2 s; backchannels are none"),
    ("latency_median_s", Unit.SECONDS, _ALL, "median time from the other side's end to {side}'s answer; hold left out"),
    ("latency_p95_s", Unit.SECONDS, _ALL, "95th percentile of the same"),
    ("repeats", Unit.COUNT, _ALL, "utterances in which {side} did not hear or understand, or asks to say it again"),
    ("questions", Unit.COUNT, _ALL, "utterances in which {side} asks: by a question mark, by their first word, by a "
     "particle or phrase that asks"),
    ("greeting", Unit.YES_NO, _ALL, "{side} greets in its first 2 utterances"),
    ("farewell", Unit.YES_NO, _ALL, "{side} takes leave in its last 3 utterances"),
    ("sentiment", Unit.TONE, _ALL, "tone of {side}'s words by the weighted lexicon; 0 is neutral"),
    ("sentiment_start", Unit.TONE, _ALL, "the same of the first third of {side}'s utterances"),
    ("sentiment_end", Unit.TONE, _ALL, "the same of the last third"),
    ("sentiment_change", Unit.TONE_CHANGE, _ALL, "{side}'s sentiment_end less its sentiment_start"),
    ("level_dbfs", Unit.FULL_SCALE, _CALL, "median level of {side}'s voiced frames of 10 ms"),
    ("level_change_db", Unit.DECIBELS, _CALL, "the same of {side}'s last third of speech less its first"),
    ("raised_voice", Unit.COUNT, _CALL, "stretches of 0.5 s or more, 6 dB or more above {side}'s median over 0.5 s"),
    ("pitch_hz", Unit.HERTZ, _CALL, "median fundamental of {side}'s periodic frames, where enough of them agree"),
    ("pitch_change_st", Unit.SEMITONES, _CALL, "the same of {side}'s last third of speech over its first"),
    ("rate_change", Unit.RATIO, _CALL, "words per second in {side}'s last third of talk by those in its first"),
    ("agitation", Unit.SHARE, _CALL, "mean of {side}'s rise of level (6 dB is 1), of pitch (4 semitones), of rate "
     "(half as fast again), each in 0..1; at least two must be known"),
)  # fmt: skip

_CLIENT: Final = (
    ("client_effort", Unit.EFFORT, _ALL, "estimated effort of the client, 1 none to 7 very high (8 less this is a CES "
     "2.0 answer): 1 and what repeats, hold, waiting, length, questions, complaints of effort and tone add"),
)  # fmt: skip

_PERSON: Final = (
    ("first_contact_resolved", Unit.YES_NO, "the first contact in 7 days settled its matter, and no repeat "
     "followed within 7 days"),
    ("repeat_within_7_days", Unit.YES_NO, "another contact, not agreed on before, followed within 7 days"),
)  # fmt: skip

_CALLED: Final = {Side.BANK: "the bank", Side.CLIENT: "the client"}


def _rows() -> Iterator[Measure]:
    for name, unit, media, definition in _CONTACT:
        yield Measure(name, unit, Side.BOTH, definition, media)
    for name, unit, media, definition in _SIDE:
        for side in SIDES:
            yield Measure(f"{side}_{name}", unit, side, definition.format(side=_CALLED[side]), media)
    for name, unit, media, definition in _CLIENT:
        yield Measure(name, unit, Side.CLIENT, definition, media)
    for name, unit, definition in _PERSON:
        yield Measure(name, unit, Side.BOTH, definition, _ALL, Scope.PERSON)


REGISTRY: Final[Mapping[str, Measure]] = MappingProxyType({measure.name: measure for measure in _rows()})
"""All measures by name, in the order in which they are listed."""


def table() -> str:
    """Return all measures as a Markdown table, as it stands in this folder's README."""
    rows = [
        f"| `{one.name}` | {one.unit} | {one.side} | {', '.join(one.media)} | {one.scope} | {one.definition} |"
        for one in REGISTRY.values()
    ]
    return "\n".join(["| Name | Unit | Side | Media | Over | Definition |", "|---|---|---|---|---|---|", *rows])
