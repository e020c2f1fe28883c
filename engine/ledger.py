"""The playout ledger: what the caller really heard of each of the bot's turns.

A move's lines are played one after another; each is an entry. The call line reports when an entry began, finished or
was cut; the words heard of a cut entry come from the seconds that were sent (`engine.playout.heard_text`).
"""

from dataclasses import dataclass

import numpy as np

from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioClip
from engine.calls import PlayoutCut, PlayoutFinished, PlayoutStarted
from engine.dialog import Line
from engine.playout import heard_text

_BACK_OFF_S = 0.7
"""How far before a cut to look for a pause to resume from."""


@dataclass(slots=True)
class _Entry:
    line: Line
    clip: AudioClip
    started_s: float | None = None
    ended_s: float | None = None
    heard_s: float = 0.0

    @property
    def heard(self) -> str:
        return heard_text(self.line.text, self.clip.duration_s, self.heard_s)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the bot said in one turn, as heard: times in stream seconds; nothing at all was heard when text is empty."""

    text: str
    planned_text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a line after a cut: the clip to play on from a little before it, None to play the whole line."""

    line: Line
    clip: AudioClip | None


class Ledger:
    """One turn of the bot, said in one state of the dialog.

    ``response_ms`` is set from outside once known: caller stopped → first audio of this turn.
    """

    def __init__(self, lines: tuple[Line, ...], state: str) -> None:
        self.state = state
        self.response_ms: float | None = None
        self._lines = lines
        self._entries: dict[int, _Entry] = {}

    def queued(self, playout_id: int, line: Line, clip: AudioClip) -> None:
        """Note that a line was handed to the call."""
        self._entries[playout_id] = _Entry(line, clip)

    def line(self, playout_id: int) -> Line | None:
        """Return the line behind a playout of this turn."""
        entry = self._entries.get(playout_id)
        return entry.line if entry else None

    def note(self, event: PlayoutStarted | PlayoutFinished | PlayoutCut) -> bool:
        """Take a report of the line; return whether it was about this turn."""
        entry = self._entries.get(event.playout_id)
        if entry is None:
            return False
        match event:
            case PlayoutStarted():
                entry.started_s = event.at_s
            case PlayoutFinished():
                entry.ended_s, entry.heard_s = event.at_s, entry.clip.duration_s
            case PlayoutCut():
                entry.ended_s, entry.heard_s = event.at_s, event.heard_s
        return True

    @property
    def settled(self) -> bool:
        """Whether every line that was queued has finished or was cut."""
        return all(entry.ended_s is not None for entry in self._entries.values())

    @property
    def spoken(self) -> bool:
        """Whether all the turn's lines were queued and have finished."""
        return len(self._entries) == len(self._lines) and self.settled

    def utterance(self) -> Utterance | None:
        """Return the turn as it was heard, None if none of it was."""
        heard = [entry for entry in self._entries.values() if entry.started_s is not None]
        if not heard:
            return None
        text = " ".join(entry.heard for entry in heard if entry.heard)
        planned = " ".join(line.text for line in self._lines)
        start_s = min(entry.started_s for entry in heard if entry.started_s is not None)
        ends = [entry.ended_s for entry in heard if entry.ended_s is not None]
        return Utterance(text, planned, start_s, max(ends, default=start_s))

    def rest(self) -> tuple[Rest, ...]:
        """Return what was not heard, for resuming after a false interruption."""
        entries = list(self._entries.values())
        rest = []
        for index, line in enumerate(self._lines):
            entry = entries[index] if index < len(entries) else None
            if entry is None:
                rest.append(Rest(line, None))
            elif entry.heard_s < entry.clip.duration_s:
                rest.append(Rest(line, _from_pause_before(entry.clip, entry.heard_s)))
        return tuple(rest)


def _from_pause_before(clip: AudioClip, cut_s: float) -> AudioClip:
    """Return the clip from the quietest frame shortly before the cut, so that no word resumes in its middle."""
    cut = min(len(clip.samples), round(cut_s * SAMPLE_RATE_HZ))
    first = max(0, cut - round(_BACK_OFF_S * SAMPLE_RATE_HZ))
    frames = (cut - first) // FRAME_SAMPLES
    if first == 0 or frames == 0:
        return clip if first == 0 else AudioClip(clip.samples[first:], clip.sample_rate_hz)
    window = clip.samples[first : first + frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES).astype(np.float32)
    quietest = int(np.argmin((window**2).mean(axis=1)))
    return AudioClip(clip.samples[first + quietest * FRAME_SAMPLES :], clip.sample_rate_hz)
