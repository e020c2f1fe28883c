"""Where the client was made to wait: dead air, music, and what the bank announced."""

from typing import Final

from analytics.measures.heard import Heard
from analytics.measures.timing import pauses
from analytics.measures.values import Evidence, Measured, Side
from analytics.response import Span
from analytics.spans import common, gaps, merged, total_s

_DEAD_AIR_S: Final = 10.0
_MUSIC_S: Final = 10.0
_MUSIC_PAUSE_S: Final = 1.0
_ANNOUNCED_S: Final = 3.0
"""A wait that was announced counts from this length: «минуту» and an answer at once is no hold."""


def holds(heard: Heard) -> tuple[Span, ...]:
    """Return the stretches of hold of a call, merged."""
    if heard.sounds is None:
        return ()
    silent = [pause for pause in pauses(heard) if pause.end_s - pause.start_s >= _DEAD_AIR_S]
    return merged((*silent, *_music(heard), *_announced(heard)), 0.0, heard.conversation.duration_s)


def hold(heard: Heard, held: tuple[Span, ...]) -> Measured:
    """Return the time on hold, each stretch with what announced it."""
    phrases = [line.shown(find) for line in heard.said_by(Side.BANK) for find in line.finds.get("hold", ())]
    shown = []
    for span in held:
        said = [one.text for one in phrases if span.start_s - _ANNOUNCED_S <= one.end_s <= span.end_s]
        shown.append(Evidence(Side.BANK, span.start_s, span.end_s, "; ".join(said), span.end_s - span.start_s))
    return Measured(total_s(held), tuple(shown))


def _music(heard: Heard) -> list[Span]:
    """Return the bank's long sounds in which nothing was recognised, where anything of it was at all."""
    until_s = heard.conversation.duration_s
    words = heard.words[Side.BANK]
    if heard.sounds is None or not words:
        return []
    spoken = merged((Span(word.start_s, word.end_s) for word in words), _MUSIC_PAUSE_S, until_s)
    wordless = common(heard.sounds[Side.BANK], gaps(spoken, until_s))
    return [span for span in merged(wordless, _MUSIC_PAUSE_S, until_s) if span.end_s - span.start_s >= _MUSIC_S]


def _announced(heard: Heard) -> list[Span]:
    """Return the waits behind hold phrases, each until the bank says something else."""
    lines = heard.said_by(Side.BANK)
    found = []
    for at, line in enumerate(lines):
        finds = line.finds.get("hold", ())
        if not finds:
            continue
        if finds[-1].end < len(line.tokens) - _WORDS_AFTER:
            continue
        following = next((one for one in lines[at + 1 :] if one.tokens and "hold" not in one.finds), None)
        end_s = following.utterance.start_s if following else heard.conversation.duration_s
        if end_s - line.utterance.end_s >= _ANNOUNCED_S:
            found.append(Span(line.utterance.end_s, end_s))
    return found


_WORDS_AFTER: Final = 4
"""More words than these behind a hold phrase, in the same breath, and nothing was held."""
