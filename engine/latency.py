"""Where the time goes between the caller's last sound and the bot's first: marks in stream seconds, one set a turn."""

from dataclasses import dataclass


@dataclass(slots=True)
class LatencyMarks:
    """The stations of one answer, filled in order; all are stream seconds, so each is good to one 20 ms tick.

    Args:
        caller_end_s: the caller's last sound, as the voice activity detector dates it.
        decided_s: silence had lasted long enough to call the turn over.
        heard_s: the words were there.
        answered_s: the dialog had its answer.
        voiced_s: the first line's audio was there.
        started_s: its first frame was sent.
    """

    caller_end_s: float
    decided_s: float
    heard_s: float
    answered_s: float = 0.0
    voiced_s: float = 0.0
    started_s: float = 0.0

    @property
    def response_ms(self) -> float:
        """Silence that the caller heard, by our own clock; the recording is the judge."""
        return 1000 * (self.started_s - self.caller_end_s)

    def __str__(self) -> str:
        """Return each station's share, such as ``endpointing 320, reading 0, dialog 0, voice 20, line 20 ms``."""
        stations = (
            ("endpointing", self.caller_end_s, self.decided_s),
            ("reading", self.decided_s, self.heard_s),
            ("dialog", self.heard_s, self.answered_s),
            ("voice", self.answered_s, self.voiced_s),
            ("line", self.voiced_s, self.started_s),
        )
        return ", ".join(f"{name} {1000 * (end_s - start_s):.0f}" for name, start_s, end_s in stations) + " ms"
