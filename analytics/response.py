"""How fast the bot answers, measured from the stereo recording alone: no internal timer is believed.

Both channels are judged in frames of 10 ms: voiced is what lies well above the channel's own noise. A *response* is the
time from the caller's last voiced frame to the bot's first one after a pause of the bot; a *barge-in* the time from the
caller's first voiced frame over the bot to the bot's last one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.audio import SAMPLE_RATE_HZ, Samples

STEP_S = 0.01
"""Resolution of the measurement."""

_ABOVE_NOISE_DB = 15.0
_BELOW_PEAK_DB = 45.0
_QUIETEST_DB = 20.0
_BOT_PAUSE_S = 0.25
_CALLER_PAUSE_S = 0.25
_SHORTEST_S = 0.05


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of sound in seconds from the recording's start."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Response:
    """The bot answered: the caller's last sound and the bot's first."""

    caller_end_s: float
    bot_start_s: float

    @property
    def delay_ms(self) -> float:
        """Silence that the caller heard."""
        return 1000 * (self.bot_start_s - self.caller_end_s)


def voiced_spans(channel: Samples, pause_s: float) -> tuple[Span, ...]:
    """Return where a channel sounds; silences shorter than ``pause_s`` do not divide.

    Args:
        channel: int16, shape (n,), 8 kHz.
        pause_s: seconds.
    """
    return spans_of(voiced_frames(levels_db(channel)), pause_s)


def spans_of(voiced_frames: npt.NDArray[np.bool_], pause_s: float) -> tuple[Span, ...]:
    """Return the stretches of voiced frames; silences shorter than ``pause_s`` do not divide.

    Args:
        voiced_frames: shape (n,), one for each `STEP_S`.
        pause_s: seconds.
    """
    voiced = np.flatnonzero(voiced_frames)
    if not len(voiced):
        return ()
    breaks = np.flatnonzero(np.diff(voiced) > round(pause_s / STEP_S))
    starts = voiced[np.concatenate([[0], breaks + 1])]
    ends = voiced[np.concatenate([breaks, [len(voiced) - 1]])] + 1
    spans = (Span(start * STEP_S, end * STEP_S) for start, end in zip(starts.tolist(), ends.tolist(), strict=True))
    return tuple(span for span in spans if span.end_s - span.start_s >= _SHORTEST_S)


def responses(bot: Samples, caller: Samples) -> tuple[Response, ...]:
    """Return every answer of the bot in a recording.

    Args:
        bot: the left channel, int16, shape (n,), 8 kHz.
        caller: the right channel, of the same length.
    """
    bot_spans = voiced_spans(bot, _BOT_PAUSE_S)
    caller_spans = voiced_spans(caller, _CALLER_PAUSE_S)
    found = []
    said_until_s = 0.0
    for span in bot_spans:
        ends = [one.end_s for one in caller_spans if said_until_s <= one.end_s <= span.start_s]
        if ends:
            found.append(Response(ends[-1], span.start_s))
        said_until_s = span.end_s
    return tuple(found)


def barge_ins(bot: Samples, caller: Samples) -> tuple[float, ...]:
    """Return, for every time that the caller silenced the bot, the milliseconds from first sound to silence."""
    bot_spans = voiced_spans(bot, _BOT_PAUSE_S)
    return tuple(
        1000 * (span.end_s - voice.start_s)
        for voice in voiced_spans(caller, _CALLER_PAUSE_S)
        for span in bot_spans
        if span.start_s < voice.start_s < span.end_s < voice.end_s
    )


def percentile(values: tuple[float, ...], share: float) -> float | None:
    """Return a percentile by linear interpolation, None of nothing."""
    return float(np.percentile(values, 100 * share)) if values else None


def levels_db(channel: Samples) -> npt.NDArray[np.float32]:
    """Return the power of each frame of `STEP_S` in decibels above one quantisation step, shape (frames,).

    Args:
        channel: int16, shape (n,), 8 kHz.
    """
    size = round(STEP_S * SAMPLE_RATE_HZ)
    frames = channel[: len(channel) // size * size].reshape(-1, size).astype(np.float32)
    power = np.einsum("fs,fs->f", frames, frames) / size
    return np.asarray(10 * np.log10(power + np.float32(1e-9)), np.float32)


def voiced_frames(levels_db: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Return which frames lie well above the channel's own noise, shape (frames,).

    Args:
        levels_db: of the whole channel, as `levels_db` gives them.
    """
    if not len(levels_db):
        return np.zeros(0, np.bool_)
    noise_db = max(float(np.percentile(levels_db, 10)), 0.0)
    threshold_db = max(noise_db + _ABOVE_NOISE_DB, float(levels_db.max()) - _BELOW_PEAK_DB, _QUIETEST_DB)
    return np.asarray(levels_db > threshold_db)
