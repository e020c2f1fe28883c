"""The queue of playouts and the account of what was sent."""

import numpy as np
import pytest

from engine.calls import PlayoutCut, PlayoutFinished, PlayoutStarted
from engine.errors import AudioError, TelephonyError
from telephony.playouts import NEVER, PlayQueue


def _audio(samples: int, value: int = 1) -> np.ndarray:
    return np.full(samples, value, dtype=np.int16)


def test_frames_are_taken_in_order_across_playouts_and_the_last_one_is_filled_with_silence() -> None:
    """Two playouts leave as one run of frames."""
    queue = PlayQueue()
    queue.add(_audio(170, 1))
    queue.add(_audio(160, 2))
    frames = queue.take(10)
    assert frames.shape == (3, 160)
    assert frames[0].tolist() == [1] * 160
    assert frames[1].tolist() == [1] * 10 + [0] * 150
    assert frames[2].tolist() == [2] * 160


def test_take_gives_no_more_than_asked_and_goes_on_where_it_stopped() -> None:
    """A consumer that asks for single frames misses none and gets none twice."""
    queue = PlayQueue()
    queue.add(np.arange(480, dtype=np.int16))
    taken = [queue.take(1) for _ in range(3)]
    assert np.concatenate(taken).reshape(-1).tolist() == list(range(480))
    assert queue.take(1).shape == (0, 160)
    assert queue.next_number == 3


def test_start_and_finish_carry_the_ticks_at_which_the_first_and_last_frame_were_sent() -> None:
    """Times are those of the bridge, not those of the queue."""
    queue = PlayQueue()
    playout = queue.add(_audio(320))
    queue.take(2)
    assert queue.consumed(0, tick=10) == [PlayoutStarted(playout, 0.2)]
    assert queue.consumed(1, tick=11) == [PlayoutFinished(playout, 0.24)]
    assert queue.next_event == NEVER


def test_a_flush_says_of_each_playout_how_much_was_sent() -> None:
    """One finished, one was cut in the middle, one never began."""
    queue = PlayQueue()
    first, second, third = queue.add(_audio(160)), queue.add(_audio(480)), queue.add(_audio(160))
    queue.take(3)
    queue.consumed(0, tick=0)
    queue.consumed(1, tick=1)
    bound = queue.flush()
    queue.consumed(2, tick=2)  # on its way when the flush was asked for
    assert queue.flushed(bound, tick=3) == [PlayoutCut(second, 0.04, 0.06), PlayoutCut(third, 0.0, 0.06)]
    assert first == second - 1


def test_what_is_added_after_a_flush_is_not_touched_by_it() -> None:
    """The new playout has numbers above the bound and is taken at once."""
    queue = PlayQueue()
    queue.add(_audio(1600))
    queue.take(5)
    bound = queue.flush()
    after = queue.add(_audio(160, 7))
    assert queue.next_number == bound
    assert queue.take(9)[0, 0] == 7
    queue.flushed(bound, tick=1)
    assert queue.consumed(bound, tick=2) == [PlayoutStarted(after, 0.04), PlayoutFinished(after, 0.06)]


def test_a_playout_that_went_out_whole_before_the_flush_took_effect_has_finished() -> None:
    """A flush that comes too late cuts nothing."""
    queue = PlayQueue()
    playout = queue.add(_audio(160))
    queue.take(1)
    bound = queue.flush()
    assert queue.consumed(0, tick=4)[-1] == PlayoutFinished(playout, 0.1)
    assert queue.flushed(bound, tick=5) == []


def test_a_second_flush_with_nothing_taken_in_between_still_cuts() -> None:
    """The bound is the old one, and what waited behind it is reported all the same."""
    queue = PlayQueue()
    queue.add(_audio(1600))
    queue.take(5)
    queue.flush()
    queue.flushed(5, tick=0)
    playout = queue.add(_audio(160))
    assert queue.flush() == 5
    assert queue.flushed(5, tick=1) == [PlayoutCut(playout, 0.0, 0.02)]


def test_a_cut_playout_has_not_finished_when_the_last_frame_that_was_taken_of_it_is_sent() -> None:
    """Only a flush that took effect settles it."""
    queue = PlayQueue()
    playout = queue.add(_audio(1600))
    queue.take(2)
    bound = queue.flush()
    assert queue.consumed(0, tick=0) == [PlayoutStarted(playout, 0.0)]
    assert queue.consumed(1, tick=1) == []
    assert queue.flushed(bound, tick=2) == [PlayoutCut(playout, 0.04, 0.04)]


def test_a_bound_that_no_flush_asked_for_cuts_nothing() -> None:
    """The consumer's word is believed only as far as we asked."""
    queue = PlayQueue()
    queue.add(_audio(160))
    assert queue.flushed(1_000_000, tick=0) == []


def test_heard_seconds_never_exceed_the_playout() -> None:
    """The silence that fills the last frame is not heard speech."""
    queue = PlayQueue()
    queue.add(_audio(170))
    playout = queue.add(_audio(160))
    queue.take(3)
    queue.consumed(0, 0)
    queue.consumed(1, 1)
    assert queue.abandon(tick=2) == [PlayoutCut(playout, 0.0, 0.04)]


def test_an_empty_playout_starts_and_finishes() -> None:
    """It becomes one frame of silence, so that no one waits for it in vain."""
    queue = PlayQueue()
    queue.add(_audio(0))
    assert queue.take(5).tolist() == [[0] * 160]


@pytest.mark.parametrize("samples", [np.zeros(160, dtype=np.float32), np.zeros((2, 160), dtype=np.int16)])
def test_audio_of_another_shape_is_refused(samples: np.ndarray) -> None:
    """Floats and stereo would sound like noise."""
    with pytest.raises(AudioError, match="int16 of shape"):
        PlayQueue().add(samples)


def test_the_queue_is_bounded() -> None:
    """Audio for more than ten minutes is a mistake of the caller's."""
    queue = PlayQueue()
    queue.add(_audio(8000 * 599))
    with pytest.raises(TelephonyError, match="600 s"):
        queue.add(_audio(8000 * 2))
