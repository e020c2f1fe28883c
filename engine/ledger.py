"""The playout ledger: what the caller really heard of each of the bot's turns.

A move's lines are played one after another; each is an entry. The call line reports when an entry began, finished or
was cut; the words heard of a cut entry come from the seconds that were sent (`engine.playout.heard_text`). A turn that
goes on after a cut is a ledger of its own, whose first entry begins within its line's clip.
"""

from dataclasses import dataclass

import numpy as np

from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioClip, Samples
from engine.calls import PlayoutCut, PlayoutFinished, PlayoutStarted
from engine.dialog import Line
from engine.latency import LatencyMarks
from engine.playout import heard_text

_BACK_OFF_S = 0.7
"""How far before a cut to look for a pause to resume from."""


@dataclass(frozen=True, slots=True)
class Part:
    """A line to say, or what is left of one after a cut.

    Args:
        line: the line.
        clip: of the whole line; None where it is not known yet.
        from_s: where in the clip to begin; 0 says the whole line.
    """

    line: Line
    clip: AudioClip | None = None
    from_s: float = 0.0

    @property
    def text(self) -> str:
        """The words that are to be said."""
        return self.line.text if self.clip is None else _between(self.line.text, self.clip, self.from_s, None)


@dataclass(slots=True)
class _Entry:
    line: Line
    clip: AudioClip
    from_s: float
    started_s: float | None = None
    ended_s: float | None = None
    sent_s: float = 0.0

    @property
    def text(self) -> str:
        return _between(self.line.text, self.clip, self.from_s, self.from_s + self.sent_s)

    @property
    def rest(self) -> Part | None:
        """What was not heard of the line, from a pause before the cut on; None where all of it was."""
        cut_s = self.from_s + self.sent_s
        if cut_s >= self.clip.duration_s:
            return None
        return Part(self.line, self.clip, _pause_before(self.clip, cut_s) if self.sent_s else self.from_s)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the bot said in one turn, as heard: times in stream seconds; no word of it was heard when text is empty."""

    text: str
    planned_text: str
    start_s: float
    end_s: float


class Ledger:
    """One turn of the bot, said in one state of the dialog.

    Args:
        parts: what it means to say.
        state: of the dialog.
        marks: of the answer that the turn gives; None where it answers nothing.
    """

    def __init__(self, parts: tuple[Part, ...], state: str, marks: LatencyMarks | None = None) -> None:
        self.state = state
        self.marks = marks
        self.index: int | None = None
        """Place among the call's turns; known once the turn has begun to sound."""
        self._parts = parts
        self._entries: dict[int, _Entry] = {}

    def queued(self, playout_id: int, part: Part, clip: AudioClip) -> None:
        """Note that a part was handed to the call; the clip is its whole line's."""
        self._entries[playout_id] = _Entry(part.line, clip, part.from_s)

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
                entry.ended_s, entry.sent_s = event.at_s, entry.clip.duration_s - entry.from_s
            case PlayoutCut():
                entry.ended_s, entry.sent_s = event.at_s, event.heard_s
        return True

    @property
    def settled(self) -> bool:
        """Whether every part that was queued has finished or was cut."""
        return all(entry.ended_s is not None for entry in self._entries.values())

    @property
    def spoken(self) -> bool:
        """Whether all the turn's parts were queued and have ended."""
        return len(self._entries) == len(self._parts) and self.settled

    @property
    def response_ms(self) -> float | None:
        """Caller stopped → first audio of this turn; None where it answers nothing or has not begun."""
        return self.marks.response_ms if self.marks and self.index is not None else None

    def utterance(self) -> Utterance | None:
        """Return the turn as it was heard, None if it did not begin to sound."""
        starts = [entry.started_s for entry in self._entries.values() if entry.started_s is not None]
        if not starts:
            return None
        ends = [entry.ended_s for entry in self._entries.values() if entry.ended_s is not None]
        said = " ".join(text for entry in self._entries.values() if (text := entry.text))
        planned = " ".join(part.text for part in self._parts)
        return Utterance(said, planned, min(starts), max(ends, default=min(starts)))

    def rest(self) -> tuple[Part, ...]:
        """Return what was not heard, for resuming after a false interruption."""
        entries = list(self._entries.values())
        left = [entry.rest for entry in entries]
        return (*(part for part in left if part), *self._parts[len(entries) :])


def part_samples(part: Part, clip: AudioClip) -> Samples:
    """Return the part's audio of its whole line's clip."""
    return clip.samples[round(part.from_s * SAMPLE_RATE_HZ) :]


def _between(text: str, clip: AudioClip, from_s: float, to_s: float | None) -> str:
    """Return the words of a line that lie between two places in its clip; ``to_s`` None is the end."""
    end = text if to_s is None else heard_text(text, clip.duration_s, to_s)
    return end[len(heard_text(text, clip.duration_s, from_s)) :].lstrip() if from_s else end


def _pause_before(clip: AudioClip, cut_s: float) -> float:
    """Return the second of the quietest frame shortly before the cut, so that no word resumes in its middle."""
    cut = round(cut_s * SAMPLE_RATE_HZ)
    first = max(0, cut - round(_BACK_OFF_S * SAMPLE_RATE_HZ))
    frames = (cut - first) // FRAME_SAMPLES
    if first == 0 or frames == 0:
        return first / SAMPLE_RATE_HZ
    window = clip.samples[first : first + frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES).astype(np.float32)
    quietest = int(np.argmin((window**2).mean(axis=1)))
    return (first + quietest * FRAME_SAMPLES) / SAMPLE_RATE_HZ
