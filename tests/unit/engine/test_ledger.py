"""The playout ledger: what was heard of a turn, and what is left of it."""

import numpy as np
import pytest

from engine.audio import SAMPLE_RATE_HZ, AudioClip
from engine.calls import PlayoutCut, PlayoutFinished, PlayoutStarted
from engine.dialog import Line
from engine.latency import LatencyMarks
from engine.ledger import Ledger, Part, part_samples
from engine.speech import Language

FIRST = Line("раз два три раз", Language.RUSSIAN, "first")
SECOND = Line("пять шесть семь", Language.RUSSIAN, "second")


def clip(duration_s: float, quiet_s: float | None = None) -> AudioClip:
    """Return a loud clip, quiet for 20 ms at one place."""
    samples = np.full(round(duration_s * SAMPLE_RATE_HZ), 5000, np.int16)
    if quiet_s is not None:
        at = round(quiet_s * SAMPLE_RATE_HZ)
        samples[at : at + 160] = 0
    return AudioClip(samples)


def said(*lines: Line) -> Ledger:
    """Return a turn whose lines of 2.1 s each are all with the line, as playouts 1, 2 and so on."""
    ledger = Ledger(tuple(Part(line) for line in lines), "asking")
    for number, line in enumerate(lines, 1):
        ledger.queued(number, Part(line), clip(2.1))
    return ledger


def test_a_turn_that_was_played_whole_reads_as_planned() -> None:
    """From the first line's first frame to the last line's last."""
    ledger = said(FIRST, SECOND)
    for number, start_s in ((1, 1.0), (2, 3.1)):
        assert ledger.note(PlayoutStarted(number, start_s))
        assert not ledger.spoken
        assert ledger.note(PlayoutFinished(number, start_s + 2.1))
    assert ledger.spoken
    utterance = ledger.utterance()
    assert utterance is not None
    assert utterance.text == utterance.planned_text == "раз два три раз пять шесть семь"
    assert (utterance.start_s, utterance.end_s) == (1.0, 5.2)
    assert ledger.rest() == ()


def test_a_cut_leaves_the_words_heard_and_the_rest_to_say() -> None:
    """A word counts once its greater part was played; the line after it was not heard at all."""
    ledger = said(FIRST, SECOND)
    ledger.note(PlayoutStarted(1, 1.0))
    assert not ledger.settled
    ledger.note(PlayoutCut(1, 1.2, 2.2))
    ledger.note(PlayoutCut(2, 0.0, 2.2))
    assert ledger.settled
    utterance = ledger.utterance()
    assert utterance is not None
    assert utterance.text == "раз два"
    assert utterance.end_s == 2.2
    rest = ledger.rest()
    assert [part.line for part in rest] == [FIRST, SECOND]
    assert 0.5 <= rest[0].from_s <= 1.2
    assert rest[1].from_s == 0.0


def test_a_line_that_was_not_even_queued_is_left_whole() -> None:
    """Its audio was not there yet when the bot was cut."""
    ledger = Ledger((Part(FIRST), Part(SECOND)), "asking")
    ledger.queued(1, Part(FIRST), clip(2.1))
    ledger.note(PlayoutStarted(1, 1.0))
    ledger.note(PlayoutFinished(1, 3.1))
    assert ledger.settled
    assert not ledger.spoken
    assert ledger.rest() == (Part(SECOND),)


def test_a_turn_that_never_sounded_is_none() -> None:
    """It was dropped before its first frame."""
    ledger = said(FIRST)
    ledger.note(PlayoutCut(1, 0.0, 1.0))
    assert ledger.utterance() is None


def test_reports_of_other_turns_are_not_taken() -> None:
    """So that a late report finds its own turn."""
    assert not said(FIRST).note(PlayoutStarted(7, 1.0))


def test_a_rest_begins_in_the_quietest_place_shortly_before_the_cut() -> None:
    """No word resumes in its middle."""
    ledger = Ledger((Part(FIRST),), "asking")
    ledger.queued(1, Part(FIRST), clip(2.1, quiet_s=1.1))
    ledger.note(PlayoutStarted(1, 0.0))
    ledger.note(PlayoutCut(1, 1.5, 1.5))
    (rest,) = ledger.rest()
    assert rest.from_s == pytest.approx(1.1, abs=0.02)
    assert rest.clip is not None
    assert len(part_samples(rest, rest.clip)) == round((2.1 - rest.from_s) * SAMPLE_RATE_HZ)


@pytest.mark.parametrize(("heard_s", "text"), [(0.1, ""), (0.5, "три"), (1.1, "три раз")])
def test_a_rest_is_written_as_the_words_that_it_held(heard_s: float, text: str) -> None:
    """Cut again, it tells what was heard of the rest, not of the line."""
    part = Part(FIRST, clip(2.1), 1.05)
    ledger = Ledger((part,), "asking")
    ledger.queued(1, part, clip(2.1))
    ledger.note(PlayoutStarted(1, 5.0))
    ledger.note(PlayoutFinished(1, 6.05) if heard_s > 1.0 else PlayoutCut(1, heard_s, 5.0 + heard_s))
    utterance = ledger.utterance()
    assert utterance is not None
    assert utterance.planned_text == "три раз"
    assert utterance.text == text


def test_a_rest_of_which_nothing_was_heard_begins_where_it_began() -> None:
    """Cut after cut does not walk back through what was heard."""
    part = Part(FIRST, clip(2.1, quiet_s=0.5), 1.05)
    ledger = Ledger((part,), "asking")
    ledger.queued(1, part, clip(2.1))
    ledger.note(PlayoutCut(1, 0.0, 5.0))
    assert [left.from_s for left in ledger.rest()] == [1.05]


def test_a_response_is_known_once_the_turn_has_begun_to_sound() -> None:
    """A turn that was dropped before has none, nor has one that answers nothing."""
    ledger = Ledger((Part(FIRST),), "asking", LatencyMarks(1.0, 1.3, 1.3, started_s=1.5))
    assert ledger.response_ms is None
    ledger.index = 0
    assert ledger.response_ms == pytest.approx(500)
    silent = said(FIRST)
    silent.index = 0
    assert silent.response_ms is None
