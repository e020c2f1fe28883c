"""From speech probabilities to stretches of speech: hysteresis, sans I/O.

Rules: speech begins when `Thresholds.onset_windows` windows in a row reach `begin`; it is dated to the first of them.
It stops when `Thresholds.offset_windows` in a row fall below `end`; it is dated to the first of those, less the
detector's own lag.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a probability counts as speech.

    Args:
        begin: probability that starts speech (Silero's own default).
        end: probability below which it stops (Silero: begin − 0.15).
        onset_windows: windows in a row that make a start; two reject clicks of up to 32 ms.
        offset_windows: windows in a row that make a stop.
        end_lag_s: how long after the last sound the probability falls. Silero at 8 kHz: median 76 ms, upper three
            quarters above 46 ms, over 135 human prompts with and without noise (`benchmarks/endpointing.py`).
    """

    begin: float = 0.5
    end: float = 0.35
    onset_windows: int = 2
    offset_windows: int = 2
    end_lag_s: float = 0.06


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Speech began at this stream second."""

    at_s: float


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Speech stopped at this stream second."""

    at_s: float


class VoiceActivity:
    """The speech state of one channel."""

    def __init__(self, window_s: float, thresholds: Thresholds | None = None) -> None:
        self._window_s = window_s
        self._thresholds = thresholds or Thresholds()
        self._run = 0
        self.speaking = False

    def window(self, probability: float, end_s: float) -> SpeechBegan | SpeechStopped | None:
        """Take the next window's probability.

        Args:
            probability: 0..1.
            end_s: where the window ends, in stream seconds.

        Returns:
            The change that this window completes, if any.
        """
        limits = self._thresholds
        turning = probability < limits.end if self.speaking else probability >= limits.begin
        self._run = self._run + 1 if turning else 0
        if self._run < (limits.offset_windows if self.speaking else limits.onset_windows):
            return None
        at_s = max(0.0, end_s - self._run * self._window_s)
        self._run = 0
        self.speaking = not self.speaking
        return SpeechBegan(at_s) if self.speaking else SpeechStopped(max(0.0, at_s - limits.end_lag_s))
