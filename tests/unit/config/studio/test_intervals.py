"""Rates as a picture: everything lies within it, in order, and no difference is at the line of zero."""

import pytest

from config.studio.intervals import WIDTH, plot
from dialogs.library.comparison import Interval


@pytest.mark.parametrize(
    ("a", "b", "difference"),
    [
        (Interval(0.3, 0.26, 0.34), Interval(0.42, 0.34, 0.5), Interval(0.12, 0.03, 0.21)),
        (Interval(0.0, 0.0, 0.0), Interval(0.0, 0.0, 0.0), Interval(0.0, 0.0, 0.0)),
        (Interval(1.0, 0.2, 1.0), Interval(0.0, 0.0, 0.8), Interval(-1.0, -1.0, 0.1)),
    ],
)
def test_bars_lie_within_the_picture(a: Interval, b: Interval, difference: Interval) -> None:
    drawn = plot([("A", a), ("B", b)], difference)
    assert drawn.rates is not None
    assert drawn.difference is not None
    for axis in (drawn.rates, drawn.difference):
        assert 2 <= len(axis.ticks) <= 8
        for bar in axis.bars:
            assert 0 < bar.low <= bar.value <= bar.high < WIDTH
            assert 0 < bar.y < axis.height
    zero = drawn.difference.zero
    (bar,) = drawn.difference.bars
    assert zero is not None
    assert (bar.low <= zero <= bar.high) is (difference.low <= 0 <= difference.high)


def test_nothing_is_drawn_of_nothing() -> None:
    assert plot([], None).rates is None
