"""The picture of a call: both channels over time, with the turns of bot and caller."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.calls import Speaker, Turn
from engine.errors import AudioError

_COLOURS = {Speaker.BOT: "#2b6cb0", Speaker.CALLER: "#c05621"}
_ROWS = (Speaker.BOT, Speaker.CALLER)
_POINTS = 4000
_LETTERS_PER_INCH = 17
_TEXT_LINES = 4


def draw_call(samples: npt.NDArray[np.int16], turns: Sequence[Turn], picture: Path, title: str) -> None:
    """Draw a stereo recording as a PNG.

    Args:
        samples: int16, shape (n, 2), 8 kHz: bot left, caller right.
        turns: of the same call, in stream seconds.
        picture: file to write.
        title: above the picture; without personal data.

    Raises:
        AudioError: they are not stereo.
    """
    if samples.ndim != 2 or samples.shape[1] != 2:
        raise AudioError(f"a call's recording is stereo, not of shape {samples.shape}")
    duration_s = max(len(samples) / SAMPLE_RATE_HZ, 0.1)
    width_in = min(40.0, max(10.0, duration_s * 0.45))
    figure = Figure(figsize=(width_in, 5.0), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subplots(2, 1, sharex=True)
    for axes, speaker, row in ((top, _ROWS[0], 0), (bottom, _ROWS[1], 1)):
        _wave(axes, samples[:, row].astype(np.int16), speaker)
        for turn in turns:
            if turn.speaker is speaker:
                _turn(axes, turn, width_in / duration_s)
        axes.set_xlim(0, duration_s)
    top.set_title(title, loc="left", fontsize=11)
    bottom.set_xlabel("seconds")
    figure.savefig(picture)


def _wave(axes: Axes, channel: Samples, speaker: Speaker) -> None:
    step = max(1, len(channel) // _POINTS)
    blocks = channel[: len(channel) // step * step].reshape(-1, step).astype(np.float32) / 32768
    times = np.arange(len(blocks)) * step / SAMPLE_RATE_HZ
    axes.fill_between(times, blocks.min(axis=1), blocks.max(axis=1), color=_COLOURS[speaker], linewidth=0)
    axes.set_ylim(-1, 2.6)
    axes.set_yticks([])
    axes.set_ylabel(speaker.value, color=_COLOURS[speaker])
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _turn(axes: Axes, turn: Turn, inches_per_s: float) -> None:
    axes.axvspan(turn.start_s, turn.end_s, color=_COLOURS[turn.speaker], alpha=0.12, linewidth=0)
    room = max(8, int((turn.end_s - turn.start_s) * inches_per_s * _LETTERS_PER_INCH))
    lines = textwrap.wrap(turn.text, room, max_lines=_TEXT_LINES, placeholder=" …", break_long_words=False)
    if turn.response_ms is not None:
        lines.insert(0, f"[{turn.response_ms:.0f} ms]")
    text = "\n".join(lines).replace("$", r"\$")
    axes.text(turn.start_s, 1.05, text, fontsize=7, color=_COLOURS[turn.speaker], va="bottom", linespacing=1.3)
