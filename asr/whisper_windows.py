"""Speech of a recording packed into Whisper's windows, and what was read there told in the recording's seconds again.

Whisper computes 30 s for every window, however little is said in it, and on one side of a telephone call there is
silence most of the time. So stretches of speech are put one behind the other, until a window is full.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from asr.spans import Span, cut
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.speech import Word

FULL_S = 28.0
"""Of a window of 30 s; Whisper finds the end of the last word only where silence follows."""


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches of a recording that are read together.

    Args:
        spans: in the recording, in their order.
    """

    spans: tuple[Span, ...]

    @property
    def duration_s(self) -> float:
        """Seconds of speech."""
        return sum(one.end_s - one.start_s for one in self.spans)

    def samples(self, recording: Samples) -> Samples:
        """Return the stretches one behind the other: int16, shape (n,), 8 kHz."""
        return np.concatenate(
            [recording[round(one.start_s * SAMPLE_RATE_HZ) : round(one.end_s * SAMPLE_RATE_HZ)] for one in self.spans]
        )

    def told(self, words: Iterable[Word]) -> Iterator[tuple[Span, tuple[Word, ...]]]:
        """Yield the stretches in which words were read, with these, in the recording's seconds.

        Args:
            words: in the window's seconds; each belongs where its middle is, and ends with its stretch.
        """
        read: list[list[Word]] = [[] for _ in self.spans]
        begins_s = np.cumsum([0.0, *(one.end_s - one.start_s for one in self.spans[:-1])])
        for word in words:
            place = max(0, int(np.searchsorted(begins_s, (word.start_s + word.end_s) / 2, side="right")) - 1)
            span, later_s = self.spans[place], self.spans[place].start_s - float(begins_s[place])
            start_s, end_s = (min(max(at_s + later_s, span.start_s), span.end_s) for at_s in (word.start_s, word.end_s))
            read[place].append(Word(word.text, round(start_s, 3), round(end_s, 3), word.confidence))
        for span, found in zip(self.spans, read, strict=True):
            if found:
                yield span, tuple(found)


def windows(recording: Samples, spans: Sequence[Span]) -> list[Window]:
    """Return windows that hold all speech, each as full as may be.

    Args:
        recording: int16, shape (n,), 8 kHz.
        spans: where speech is, in their order; longer ones than a window are cut where it is quiet.
    """
    found: list[Window] = []
    for span in spans:
        for part in cut(recording, span, FULL_S):
            if found and found[-1].duration_s + part.end_s - part.start_s <= FULL_S:
                found[-1] = Window((*found[-1].spans, part))
            else:
                found.append(Window((part,)))
    return found
