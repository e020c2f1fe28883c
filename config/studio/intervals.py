"""Rates with their intervals as a picture: numbers for a template that draws lines and points by attributes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.library.comparison import Interval

WIDTH: Final = 640
_LEFT: Final = 120
_RIGHT: Final = 20
_ROW: Final = 36
_TOP: Final = 26


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval: a line from `low` to `high` with a point at `value`, in pixels; words for it."""

    label: str
    told: str
    y: float
    low: float
    value: float
    high: float


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale with its bars.

    Args:
        title: what is measured.
        ticks: pixel and label.
        bars: from above.
        zero: pixel of no difference, where that is what is shown.
        height: in pixels.
    """

    title: str
    ticks: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...]
    zero: float | None
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """The rates of the arms, and their difference where both have one."""

    rates: Axis | None
    difference: Axis | None
    width: int = WIDTH


def plot(rates: Sequence[tuple[str, Interval]], difference: Interval | None) -> Plot:
    """Return what is drawn of some labelled rates and a difference."""
    above = _axis("share of the debtors reached", rates, signed=False) if rates else None
    below = _axis("B less A, percentage points", [("B − A", difference)], signed=True) if difference else None
    return Plot(above, below)


def _axis(title: str, bars: Sequence[tuple[str, Interval]], *, signed: bool) -> Axis:
    low, high = min(one.low for _, one in bars), max(one.high for _, one in bars)
    if signed:
        low, high = min(low, 0), max(high, 0)
    tick = _tick(high - low)
    low, high = math.floor(low / tick) * tick, math.ceil(high / tick) * tick
    low, high = (low, high) if high > low else (low, low + tick)

    def pixel(value: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (value - low) / (high - low), 1)

    ticks = [low + i * tick for i in range(round((high - low) / tick) + 1)]
    drawn = tuple(
        Bar(label, _told(one), _TOP + _ROW * (i + 0.5), pixel(one.low), pixel(one.value), pixel(one.high))
        for i, (label, one) in enumerate(bars)
    )
    labels = tuple(
        (pixel(value), f"{100 * value:+.3g}" if signed and value else f"{100 * value:.3g}") for value in ticks
    )
    return Axis(title, labels, drawn, pixel(0) if signed else None, _TOP + _ROW * len(bars) + 34)


def _tick(span: float) -> float:
    """Return a round distance that gives at most six marks."""
    rough = max(span, 0.001) / 5
    unit: float = 10.0 ** math.floor(math.log10(rough))
    return next(unit * step for step in (1, 2, 5, 10) if unit * step >= rough)


def _told(one: Interval) -> str:
    return f"{100 * one.value:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})"
