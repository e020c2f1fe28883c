"""Audio of spans is silent, without clicks, and everything else is the same to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.conversation import Role
from analytics.redaction import Kind, Span, mute
from analytics.redaction.muting import FADE_S, PAD_S


def span(start_s: float, end_s: float, kind: Kind = Kind.CARD) -> Span:
    return Span(0, 0, 1, kind, Role.CLIENT, start_s, end_s)


def test_a_span_is_silent_with_its_pad_and_fades_at_its_edges() -> None:
    tone = np.full(16_000, 10_000, dtype=np.int16)
    muted = mute(tone, [span(0.5, 1.0)])
    first, stop, fade = round((0.5 - PAD_S) * 8000), round((1.0 + PAD_S) * 8000), round(FADE_S * 8000)
    assert not muted[first:stop].any()
    assert np.array_equal(muted[: first - fade], tone[: first - fade])
    assert np.array_equal(muted[stop + fade :], tone[stop + fade :])
    steps = np.abs(np.diff(muted.astype(int)))
    assert steps.max() <= 10_000 / fade + 1
    assert tone.min() == 10_000, "the original stays"


def test_kinds_and_rates_are_chosen() -> None:
    tone = np.full(48_000, 10_000, dtype=np.int16)
    assert np.array_equal(mute(tone, [span(1, 2, Kind.NAME)], 16_000, kinds=[Kind.CARD]), tone)
    assert not mute(tone, [span(1, 2)], 16_000, pad_s=0)[16_000:32_000].any()


@pytest.mark.parametrize("samples", [np.zeros((5, 2), dtype=np.int16), np.zeros(5, dtype=np.float32)])
def test_other_shapes_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one channel of int16"):
        mute(samples, [])


@given(
    st.integers(0, 20_000),
    st.lists(st.tuples(st.floats(-1, 4), st.floats(0, 2)).map(lambda at: span(at[0], at[0] + at[1]))),
)
def test_any_spans_only_ever_make_it_quieter(length: int, spans: list[Span]) -> None:
    tone = np.full(length, -20_000, dtype=np.int16)
    muted = mute(tone, spans)
    assert len(muted) == length
    assert muted.min(initial=0) >= -20_000
    assert muted.max(initial=0) <= 0
    for one in spans:
        assert not muted[max(0, round(one.start_s * 8000)) : max(0, round(one.end_s * 8000))].any()
