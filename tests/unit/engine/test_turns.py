"""Turn-taking in virtual time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.activity import SpeechBegan, SpeechStopped, Thresholds, VoiceActivity
from engine.dialog import Question
from engine.speech import Expect
from engine.turns import (
    MOST_DIGITS,
    Decision,
    DigitsOver,
    Ignore,
    Interrupt,
    Listen,
    NoInput,
    Read,
    TimeUp,
    TurnLimits,
    TurnOver,
    TurnTaker,
)

STEP_S = 0.032


def advance(turns: TurnTaker, from_s: float, to_s: float) -> list[Decision]:
    """Let time pass in windows of 32 ms and collect what is due."""
    decisions: list[Decision] = []
    for step in range(1, round((to_s - from_s) / STEP_S) + 1):
        decisions += turns.advance(from_s + step * STEP_S)
    return decisions


def asked(expect: Expect = Expect.FREE, no_input_s: float = 5.0) -> TurnTaker:
    turns = TurnTaker()
    turns.bot_takes_floor(Question(expect, no_input_s))
    turns.bot_yields(1.0)
    return turns


def kinds(decisions: list[Decision]) -> list[type[Decision]]:
    return [type(decision) for decision in decisions]


@pytest.mark.parametrize(("expect", "silence_s"), list(TurnLimits().silence_s.items()))
def test_a_turn_ends_after_the_silence_that_its_expected_answer_allows(expect: Expect, silence_s: float) -> None:
    """The end comes with the first window past the limit, and is dated to the last sound."""
    turns = asked(expect)
    assert turns.speech_began(2.0) == (Listen(2.0, expect),)
    assert advance(turns, 2.0, 3.0) == []
    turns.speech_stopped(3.0)
    before = advance(turns, 3.0, 3.0 + silence_s - 2 * STEP_S)
    assert kinds(before) in ([], [Read])
    assert TurnOver(2.0, 3.0, False) in advance(turns, 3.0 + silence_s - 2 * STEP_S, 3.0 + silence_s + 2 * STEP_S)


def test_a_pause_is_read_once_and_a_whole_answer_ends_the_turn_early() -> None:
    """A date needs 900 ms of silence, but 300 ms once the words hold one."""
    turns = asked(Expect.DATE)
    turns.speech_began(2.0)
    turns.speech_stopped(3.0)
    assert kinds(advance(turns, 3.0, 3.25)) == [Read]
    turns.pause_read(complete=True)
    assert kinds(advance(turns, 3.25, 3.25 + 3 * STEP_S)) == [TurnOver]


def test_a_question_may_have_a_pause_of_its_own() -> None:
    """It stands in for that of the kind of answer."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.YES_NO, pause_s=1.2))
    turns.bot_yields(1.0)
    turns.speech_began(2.0)
    turns.speech_stopped(3.0)
    assert kinds(advance(turns, 3.0, 4.19)) == [Read]
    assert kinds(advance(turns, 4.19, 4.19 + 3 * STEP_S)) == [TurnOver]


def test_words_that_call_for_more_are_waited_out() -> None:
    """«Нет, …» to a yes-or-no question gets 800 ms instead of 300."""
    turns = asked(Expect.YES_NO)
    turns.speech_began(2.0)
    turns.speech_stopped(3.0)
    advance(turns, 3.0, 3.2)
    turns.pause_read(complete=False, unfinished=True)
    assert advance(turns, 3.2, 3.75) == []
    assert kinds(advance(turns, 3.75, 3.9)) == [TurnOver]


def test_speech_after_a_pause_takes_back_what_the_pause_said() -> None:
    """«Пятнадцать… тысяч»: the early end is off the table as soon as the voice is back."""
    turns = asked(Expect.DATE)
    turns.speech_began(2.0)
    turns.speech_stopped(3.0)
    advance(turns, 3.0, 3.25)
    turns.pause_read(complete=True)
    assert turns.speech_began(3.26) == ()
    turns.speech_stopped(4.0)
    assert kinds(advance(turns, 4.0, 4.8)) == [Read]
    assert kinds(advance(turns, 4.8, 5.0)) == [TurnOver]


def test_speech_over_an_interruptible_line_interrupts_after_the_barge_in_time() -> None:
    """The bot falls silent once, and the caller's turn then ends as any other."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.YES_NO))
    turns.speech_began(2.0)
    decisions = advance(turns, 2.0, 2.5)
    assert kinds(decisions) == [Interrupt]
    assert isinstance(decisions[0], Interrupt)
    assert 2.24 <= decisions[0].at_s <= 2.24 + STEP_S
    turns.speech_stopped(2.6)
    assert TurnOver(2.0, 2.6, True) in advance(turns, 2.6, 3.0)


def test_a_short_sound_over_the_bot_is_ignored() -> None:
    """«Угу» of 200 ms takes no floor."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.YES_NO))
    turns.speech_began(2.0)
    turns.speech_stopped(2.2)
    decisions = advance(turns, 2.2, 4.0)
    assert Ignore() in decisions
    assert not {Interrupt, TurnOver} & set(kinds(decisions))


def test_a_line_that_must_be_heard_cannot_be_interrupted() -> None:
    """Speech over the notice does nothing, however long it is."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.YES_NO), interruptible=False)
    turns.speech_began(2.0)
    assert advance(turns, 2.0, 5.0) == []
    turns.bot_line(interruptible=True)
    assert kinds(advance(turns, 5.0, 5.1)) == [Interrupt]


def test_a_short_answer_on_the_bots_last_word_counts() -> None:
    """«Да» spoken just before the bot finished is an answer, not a noise."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.YES_NO))
    turns.speech_began(2.0)
    turns.speech_stopped(2.2)
    advance(turns, 2.2, 2.4)
    turns.bot_yields(2.4)
    assert TurnOver(2.0, 2.2, False) in advance(turns, 2.4, 2.8)


@pytest.mark.parametrize(("early_s", "counts"), [(0.1, True), (0.5, False), (1.5, False)])
def test_a_yes_counts_only_after_the_question_was_heard(early_s: float, counts: bool) -> None:
    """Speech from before the name was said is no answer to "am I speaking with …"; the question stays open."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.YES_NO, no_input_s=3.0), interruptible=False)
    turns.speech_began(5.0 - early_s)
    advance(turns, 5.0 - early_s, 5.0)
    turns.bot_yields(5.0)
    advance(turns, 5.0, 5.3)
    turns.speech_stopped(5.3)
    decisions = advance(turns, 5.3, 6.0)
    assert (TurnOver in kinds(decisions)) is counts
    if not counts:
        assert Ignore() in decisions
        assert kinds(advance(turns, 6.0, 8.4)) == [NoInput]


def test_silence_is_due_once_after_the_questions_time() -> None:
    """The clock starts when the bot yields."""
    turns = asked(no_input_s=5.0)
    assert advance(turns, 1.0, 5.9) == []
    assert kinds(advance(turns, 5.9, 20.0)) == [NoInput]


def test_nothing_is_due_on_hold_and_silence_counts_anew_after_it() -> None:
    """A minute of music on hold is not the caller's silence."""
    turns = asked(no_input_s=5.0)
    turns.hold()
    assert turns.speech_began(3.0) == ()
    assert advance(turns, 1.0, 61.0) == []
    turns.resume(61.0)
    assert advance(turns, 61.0, 65.9) == []
    assert kinds(advance(turns, 65.9, 66.2)) == [NoInput]


def test_keys_end_with_the_hash_or_with_a_pause() -> None:
    """The first key silences the bot; the keys come together."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.DIGITS))
    assert turns.digit("1", 2.0) == (Interrupt(2.0),)
    assert turns.digit("2", 2.5) == ()
    assert turns.digit("#", 3.0) == (DigitsOver("12", 2.0, 3.0),)
    turns.digit("3", 5.0)
    assert kinds(advance(turns, 5.0, 6.6)) == [DigitsOver]


def test_a_call_is_over_at_its_longest_length_even_on_hold() -> None:
    """Nothing holds a channel for ever."""
    turns = TurnTaker(TurnLimits(longest_call_s=10.0))
    turns.bot_takes_floor(Question(Expect.FREE, no_input_s=100))
    turns.hold()
    assert kinds(advance(turns, 0.0, 20.0)) == [TimeUp]


def test_an_endless_monologue_is_cut() -> None:
    """A radio in the background must not hold the floor for ever."""
    turns = asked()
    turns.speech_began(2.0)
    assert kinds(advance(turns, 2.0, 33.0)) == [TurnOver]


@given(st.lists(st.tuples(st.sampled_from("bsyirhd"), st.floats(0.01, 2.0)), max_size=60))
def test_no_order_of_events_breaks_the_floor(script: list[tuple[str, float]]) -> None:
    """Whatever happens in whatever order, at most one turn ends per speech, and never before its start."""
    turns = TurnTaker()
    now_s, listens, overs = 0.0, 0, 0
    for what, pause_s in script:
        decisions: list[Decision] = []
        match what:
            case "b":
                decisions += turns.speech_began(now_s)
            case "s":
                turns.speech_stopped(now_s)
            case "y":
                turns.bot_yields(now_s)
            case "i":
                turns.bot_takes_floor(Question(Expect.YES_NO))
            case "r":
                turns.resume(now_s)
            case "h":
                turns.hold()
            case "d":
                decisions += turns.digit("5", now_s)
        decisions += advance(turns, now_s, now_s + pause_s)
        now_s += pause_s
        listens += sum(isinstance(one, Listen) for one in decisions)
        for decision in decisions:
            if isinstance(decision, TurnOver):
                overs += 1
                assert 0 <= decision.start_s <= decision.end_s <= now_s
    assert overs <= listens


def test_activity_needs_two_windows_to_begin_and_two_to_stop() -> None:
    """A click of one window is no speech, a dip of one window no pause; changes are dated to their first window."""
    activity = VoiceActivity(STEP_S, Thresholds(end_lag_s=0.02))
    probabilities = [0.9, 0.1, 0.9, 0.9, 0.2, 0.9, 0.2, 0.2]
    changes = [activity.window(p, (i + 1) * STEP_S) for i, p in enumerate(probabilities)]
    began, stopped = changes[3], changes[7]
    assert [change for change in changes if change] == [began, stopped]
    assert isinstance(began, SpeechBegan)
    assert began.at_s == pytest.approx(2 * STEP_S)
    assert isinstance(stopped, SpeechStopped)
    assert stopped.at_s == pytest.approx(6 * STEP_S - 0.02)


def test_keys_over_a_line_that_must_be_heard_are_ignored() -> None:
    """Also those that were pressed just before it, when their pause ends over it."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.DIGITS), interruptible=False)
    assert turns.digit("1", 2.0) == ()
    assert turns.digit("#", 2.1) == ()
    turns.bot_yields(3.0)
    assert turns.digit("2", 3.1) == ()
    turns.bot_takes_floor(Question(Expect.DIGITS), interruptible=False)
    assert advance(turns, 3.1, 6.0) == []
    turns.bot_yields(6.0)
    assert turns.digit("3", 6.1) == ()
    assert kinds(advance(turns, 6.1, 8.0)) == [DigitsOver]


def test_a_jammed_key_makes_turns_of_bounded_length() -> None:
    """A key held for minutes neither fills the record nor keeps the floor for ever."""
    turns = asked(Expect.DIGITS)
    decisions = [one for i in range(100) for one in turns.digit("5", 2.0 + i / 10)]
    assert [len(one.digits) for one in decisions if isinstance(one, DigitsOver)] == [MOST_DIGITS] * 3


@pytest.mark.parametrize("resumes", [False, True])
def test_what_the_caller_was_saying_is_dropped_on_hold(resumes: bool) -> None:
    """A recogniser is not fed a minute of hold; speech after it begins anew."""
    turns = asked()
    turns.speech_began(2.0)
    turns.hold()
    if resumes:
        turns.resume(2.01)
    assert kinds(advance(turns, 2.0, 4.0)) == [Ignore]
    turns.resume(4.0)
    assert turns.speech_began(5.0) == (Listen(5.0, Expect.FREE),)
    assert advance(turns, 5.0, 5.5) == []


def test_speech_that_cut_one_turn_of_the_bot_cuts_the_next_anew_or_not_at_all() -> None:
    """The bot answers keys while the caller still speaks: a line that must be heard is not theirs to cut."""
    turns = TurnTaker()
    turns.bot_takes_floor(Question(Expect.YES_NO))
    turns.speech_began(2.0)
    assert kinds(advance(turns, 2.0, 2.5)) == [Interrupt]
    assert turns.interrupted
    turns.bot_takes_floor(Question(Expect.YES_NO), interruptible=False)
    assert not turns.interrupted
    assert advance(turns, 2.5, 3.0) == []
    turns.speech_stopped(3.0)
    assert TurnOver not in kinds(advance(turns, 3.0, 6.0))
    turns.speech_began(6.0)
    turns.bot_line(interruptible=True)
    assert kinds(advance(turns, 6.0, 6.5)) == [Interrupt]
