"""The queue of texts to render."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.audio import AudioClip
from engine.clock import VirtualClock
from engine.errors import SynthesisError
from tts.rendering import RenderQueue

_CLIP = AudioClip(np.ones(8000, np.int16))


class Bench:
    """A queue of one thread that is held up until `go`, and what it rendered in which order."""

    def __init__(self, limit: int = 100) -> None:
        self.clock = VirtualClock()
        self.queue = RenderQueue("hum", self.clock, limit=limit)
        self.order: list[str] = []
        self._gate, self._held = threading.Event(), threading.Event()
        self.queue.submit("first", self._hold, waited_for=True)
        assert self._held.wait(5)

    def _hold(self) -> AudioClip:
        self._held.set()
        assert self._gate.wait(5)
        return _CLIP

    def job(self, name: str, takes_s: float = 0.0) -> Callable[[], AudioClip]:
        """Make a text that notes when it is rendered."""

        def render() -> AudioClip:
            self.order.append(name)
            self.clock.advance(takes_s)
            return _CLIP

        return render

    def go(self) -> None:
        """Let the queue work."""
        self._gate.set()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.go()
    made.queue.close()


def test_the_earliest_deadline_goes_first_and_a_waiting_call_before_all(bench: Bench) -> None:
    """Foreseen texts are rendered by deadline, however they arrive; one that is waited for precedes them."""
    futures = [bench.queue.submit(f"at {at}", bench.job(f"at {at}"), deadline_s=at) for at in (30, 10, 20)]
    futures.append(bench.queue.submit("now", bench.job("now"), waited_for=True))
    bench.go()
    assert [future.result(5).duration_s for future in futures] == [1.0] * 4
    assert bench.order == ["now", "at 10", "at 20", "at 30"]


def test_a_text_is_rendered_once_however_often_it_is_asked_for(bench: Bench) -> None:
    """All who ask for the same text share one rendering."""
    futures = [bench.queue.submit("same", bench.job("same"), deadline_s=at) for at in (10, 10, 5, 20)]
    bench.go()
    assert len({id(future.result(5)) for future in futures}) == 1
    assert bench.order == ["same"]


@pytest.mark.parametrize("sooner", [{"deadline_s": 1.0}, {"waited_for": True}])
def test_a_nearer_deadline_or_a_waiting_call_moves_a_text_up(bench: Bench, sooner: dict[str, float]) -> None:
    """A text that is queued already is pulled forward, and rendered once."""
    other = bench.queue.submit("other", bench.job("other"), deadline_s=5)
    bench.queue.submit("text", bench.job("text"), deadline_s=10)
    bench.queue.submit("text", bench.job("text"), **sooner)  # type: ignore[arg-type]
    bench.go()
    other.result(5)
    assert bench.order == ["text", "other"]


def test_missed_texts_give_way_to_those_still_in_time(bench: Bench) -> None:
    """What has missed its deadline is counted and rendered last, the latest first."""
    futures = [bench.queue.submit(f"at {at}", bench.job(f"at {at}"), deadline_s=at) for at in (1, 2, 30)]
    bench.clock.advance(5)
    bench.go()
    for future in futures:
        future.result(5)
    assert bench.order == ["at 30", "at 2", "at 1"]
    assert bench.queue.stats.missed == 2


def test_a_missed_text_that_is_wanted_anew_has_its_new_deadline(bench: Bench) -> None:
    """Preparing a missed text again puts it back among those in time."""
    gate, held = threading.Event(), threading.Event()

    def hold() -> AudioClip:
        held.set()
        assert gate.wait(5)
        return _CLIP

    missed = bench.queue.submit("missed", bench.job("missed"), deadline_s=1)
    bench.clock.advance(5)
    bench.queue.submit("hold", hold, deadline_s=8)
    other = bench.queue.submit("other", bench.job("other"), deadline_s=20)
    bench.go()
    assert held.wait(5)
    bench.queue.submit("missed", bench.job("missed"), deadline_s=10)
    gate.set()
    missed.result(5)
    other.result(5)
    assert bench.order == ["missed", "other"]
    assert bench.queue.stats.missed == 1


def test_a_text_begun_in_time_but_finished_after_is_late(bench: Bench) -> None:
    """Late and in-time texts are told apart, and the time that rendering took is added up."""
    late = bench.queue.submit("late", bench.job("late", takes_s=3), deadline_s=2)
    timely = bench.queue.submit("timely", bench.job("timely", takes_s=1), deadline_s=20)
    bench.go()
    late.result(5)
    timely.result(5)
    stats = bench.queue.stats
    assert (stats.rendered, stats.late, stats.missed) == (3, 1, 0)
    assert stats.render_s == pytest.approx(4.0)
    assert stats.audio_s == pytest.approx(3.0)


def test_a_full_queue_drops_the_least_urgent_and_never_what_is_waited_for() -> None:
    """Beyond the limit the farthest deadline is dropped, with an error for whoever holds its future."""
    bench = Bench(limit=2)
    far, near = (bench.queue.submit(f"at {at}", bench.job(f"at {at}"), deadline_s=at) for at in (30, 10))
    waited = [bench.queue.submit(name, bench.job(name), waited_for=True) for name in "abc"]
    bench.go()
    for dropped in (far, near):
        with pytest.raises(SynthesisError, match="too many"):
            dropped.result(5)
    assert all(future.result(5) for future in waited)
    assert bench.queue.stats.dropped == 2
    bench.queue.close()


def test_a_voice_that_fails_leaves_the_queue_working(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Expected failures and bugs of a vendor alike end in SynthesisError, and the next text is rendered."""

    def hoarse() -> AudioClip:
        raise SynthesisError("hoarse")

    def buggy() -> AudioClip:
        raise ZeroDivisionError

    failing = [bench.queue.submit(call.__name__, call, deadline_s=1) for call in (hoarse, buggy)]
    after = bench.queue.submit("after", bench.job("after"), deadline_s=2)
    bench.go()
    assert after.result(5) is _CLIP
    with pytest.raises(SynthesisError, match="hoarse"):
        failing[0].result(5)
    with pytest.raises(SynthesisError, match="ZeroDivisionError"):
        failing[1].result(5)
    assert bench.queue.stats.failed == 2
    assert "ZeroDivisionError" in caplog.text


def test_a_failed_text_may_be_asked_for_again(bench: Bench) -> None:
    """A failure is not remembered."""

    def hoarse() -> AudioClip:
        raise SynthesisError("hoarse")

    bench.go()
    with pytest.raises(SynthesisError):
        bench.queue.submit("text", hoarse).result(5)
    assert bench.queue.submit("text", bench.job("text")).result(5) is _CLIP


def test_closing_gives_up_what_is_queued_and_takes_no_more(bench: Bench) -> None:
    """After close nobody waits for ever."""
    queued = bench.queue.submit("queued", bench.job("queued"), deadline_s=1)
    closing = threading.Thread(target=bench.queue.close)
    closing.start()
    with pytest.raises(SynthesisError, match="closed"):
        queued.result(5)
    bench.go()
    closing.join(5)
    with pytest.raises(SynthesisError, match="closed"):
        bench.queue.submit("later", bench.job("later")).result(5)
    assert bench.order == []


def test_a_text_that_nobody_wants_any_more_is_not_rendered(bench: Bench) -> None:
    """A future that was cancelled in time costs no rendering, and its text may be asked for again."""
    assert bench.queue.submit("text", bench.job("text"), deadline_s=1).cancel()
    after = bench.queue.submit("after", bench.job("after"), deadline_s=2)
    bench.go()
    after.result(5)
    assert bench.order == ["after"]
    assert bench.queue.submit("text", bench.job("text")).result(5) is _CLIP
