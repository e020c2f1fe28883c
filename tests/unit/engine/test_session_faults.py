"""The call session when things come at the wrong moment, twice, late, or not at all."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.calls import Disposition, EndCause, Speaker
from engine.handover import Colleague, TransferPlan, Way
from engine.hearing import Heard, HearingFailed
from engine.session import CallSession
from engine.speech import Hypothesis, Language, Transcript
from engine.turns import Interrupt, NoInput, TimeUp, TurnLimits

YES, NO, WHO, UH_HUH, SPEAKING = 400, 600, 800, 1000, 1600


async def test_keys_over_the_notice_leave_it_whole_and_answer_nothing(call: Callable[..., Any]) -> None:
    """What must be heard is heard, whatever is pressed; the same keys count once it was."""
    async with call() as one:
        one.line.remote_presses("42#")
        await one.run(0.5)
        one.line.remote_presses("42")
        await one.until_quiet()
        await one.run(2.0)
        assert one.turns == [(Speaker.BOT, "this is a robot is it you, or someone else")]
        one.line.remote_presses("42#")
        closed = await one.closed()
    assert closed.disposition is Disposition.OPERATOR


async def nothing() -> None:
    """Stand in for a hang-up whose answer is long in coming."""


async def test_nothing_is_said_or_reached_after_the_bot_hung_up(call: Callable[..., Any]) -> None:
    """A far end that is slow to confirm the end holds no further conversation."""
    async with call(limits=TurnLimits(longest_call_s=3.0)) as one:
        one.line.hang_up = nothing
        await one.run(4.0)
        said = list(one.turns)
        await one.says(YES)
        await one.run(10.0)
        one.line.remote_ends()
        closed = await one.closed()
    assert closed.disposition is Disposition.TOO_LONG
    assert one.turns == said
    assert "no_input" not in one.store.kinds


async def test_a_caller_who_gives_up_before_the_answer_is_cancelled_not_failed(
    kit: Callable[..., Any], interview: Any
) -> None:
    """CANCEL overtakes our 200; that is no fault of anyone."""
    async with kit() as engine:
        one = engine.call_in(interview())
        one.line.remote_ends(EndCause.CANCELLED, 487)
        closed = await one.closed()
    assert (closed.disposition, closed.sip_status) == (Disposition.CANCELLED, 487)
    assert one.store.kinds == ["answer_failed"]


async def test_a_session_that_is_cancelled_hangs_up_and_writes_what_was_heard(call: Callable[..., Any]) -> None:
    """Nobody is left on a line without a bot, and no words without a record."""
    async with call() as one:
        await one.run(1.5)
        one.task.cancel()
        await asyncio.wait([one.task])
    assert one.task.cancelled()
    assert one.line.ended
    ((speaker, text),) = one.turns
    assert speaker is Speaker.BOT
    assert text.startswith("this is a robot is it")
    assert not text.endswith("else")


async def test_a_fault_while_the_bot_speaks_loses_no_word_of_the_record(
    call: Callable[..., Any], interview: Any
) -> None:
    """The dialog breaks on keys over the question; what was heard of the question until then is written."""
    dialog = interview()
    dialog.reply = lambda heard: 1 / 0
    async with call(dialog) as one:
        await one.run(1.9)
        one.line.remote_presses("42#")
        closed = await one.closed()
    assert closed.disposition is Disposition.FAILED
    assert one.turns[0][1].startswith("this is a robot is it")
    assert one.store.turns[0].end_s == pytest.approx(2.0, abs=0.06)


async def test_what_is_said_after_a_false_interruption_is_written_as_the_rest_that_it_was(
    call: Callable[..., Any],
) -> None:
    """The record holds the words that sounded, not the whole line again."""
    async with call() as one:
        await one.run(1.9)
        await one.says(UH_HUH, 0.4)
        await one.run(1.5)
        await one.until_quiet()
    rest = one.store.turns[1]
    assert rest.text == rest.planned_text
    assert rest.text.endswith("someone else")
    assert not rest.text.startswith("is it")
    assert rest.response_ms is None


async def test_a_resume_that_comes_before_the_cut_is_known_repeats_nothing_that_was_heard(
    call: Callable[..., Any],
) -> None:
    """Hold and resume within one tick."""
    async with call() as one:
        await one.run(1.9)
        one.line.remote_holds()
        one.line.remote_resumes()
        await one.run(0.3)
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    rest = one.turns[1][1]
    assert rest.endswith("someone else")
    assert not rest.startswith("is it")


@pytest.mark.parametrize("before_end_s", [0.16, 0.2, 0.22, 0.24, 0.26, 0.28, 0.3, 0.34])
async def test_a_false_interruption_at_the_last_frame_leaves_the_question_open(
    call: Callable[..., Any], before_end_s: float
) -> None:
    """Whether the cut or the end comes first, the bot waits for its answer, and asks again after silence."""
    async with call() as one:
        await one.run(2.46 - before_end_s)
        await one.says(UH_HUH, 0.4)
        await one.run(1.5)
        await one.until_quiet()
        await one.run(6.0)
        assert one.store.kinds.count("no_input") == 1
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID


async def test_a_hold_during_the_last_words_is_followed_by_the_rest_of_them(call: Callable[..., Any]) -> None:
    """Then the bot hangs up."""
    async with call() as one:
        await one.until_quiet()
        await one.says(YES)
        await one.run(0.6)
        one.line.remote_holds()
        await one.run(2.0)
        one.line.remote_resumes()
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert one.turns[-1][1].endswith("bye")
    assert one.store.turns[-1].start_s > 4.0


async def test_a_line_that_fails_in_the_middle_of_a_turn_leaves_what_was_heard(
    call: Callable[..., Any], interview: Any
) -> None:
    """The notice was on its way when the question's voice failed."""
    async with call() as one:
        one.prompter.unspeakable.add("the bank")
        await one.until_quiet()
        await one.says(WHO)
        closed = await one.closed()
    assert closed.disposition is Disposition.FAILED
    assert [text for _, text in one.turns] == ["this is a robot is it you, or someone else", "who is it"]


async def test_a_language_that_nobody_recognises_ends_the_call_with_its_reason(
    call: Callable[..., Any], interview: Any
) -> None:
    """The record says what is missing."""
    dialog = interview()
    dialog.language = "xx"
    async with call(dialog) as one:
        closed = await one.closed()
    assert closed.disposition is Disposition.FAILED
    (event,) = [event for event in one.store.events if event.kind == "no_recogniser"]
    assert "voicebot models list" in event.detail
    assert one.turns == []


async def test_an_ear_that_fails_ends_its_call(call: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """Without it nobody would notice that the call has lasted too long."""
    async with call() as one:
        one.kit.services.limits.silence_s.clear()
        await one.until_quiet()
        await one.says(WHO)
        closed = await one.closed()
    assert closed.disposition is Disposition.FAILED
    assert "hearing_failed" in one.store.kinds
    assert "channel 0" in caplog.text


class Prompted:
    """An ear that hears what the test says it heard."""

    def open(self, channel: int, turns: Any, language: Any, understanding: Any, tell: Callable[[Any], None]) -> Any:
        self.turns, self.tell = turns, tell
        return self

    def listen_in(self, language: Any) -> bool:
        return True

    def press(self, digit: str, at_s: float) -> None:
        pass

    def close(self) -> None:
        pass


def heard(text: str, decided_s: float, *, interrupted: bool = False) -> Heard:
    transcript = Transcript((Hypothesis(text, 0.9),), decided_s - 1.0, decided_s - 0.3, Language.ENGLISH)
    return Heard(transcript, interrupted, decided_s)


@pytest.mark.parametrize("interrupted", [False, True])
async def test_words_that_were_over_before_the_bot_spoke_again_are_no_answer_to_it(
    kit: Callable[..., Any], interview: Any, interrupted: bool
) -> None:
    """Two readings come late and together: the second is written down, and the bot's new question is asked whole."""
    async with kit() as engine:
        ear = Prompted()
        engine.services = replace(engine.services, hearer=ear)
        one = engine.call_in(interview())
        await one.run(0.2)
        await one.until_quiet()
        now_s = one.line.position_s
        ear.tell(heard("who is it", now_s - 0.3))
        await one.run(0.5)
        ear.tell(heard("yes", now_s - 0.1, interrupted=interrupted))
        await one.run(0.1)
        await one.until_quiet()
        one.line.remote_ends()
        closed = await one.closed()
    assert closed.disposition is Disposition.HUNG_UP
    assert "overtaken" in one.store.kinds
    assert sorted(text for _, text in one.turns[1:]) == ["the bank is it you, or someone else", "who is it", "yes"]


async def test_an_interruption_of_the_turn_before_does_not_silence_the_next(
    kit: Callable[..., Any], interview: Any
) -> None:
    """The turn-taker saw it while the reply was already on its way to the session."""
    async with kit() as engine:
        ear = Prompted()
        engine.services = replace(engine.services, hearer=ear)
        one = engine.call_in(interview())
        await one.run(0.2)
        await one.until_quiet()
        ear.tell(heard("who is it", 2.5))
        ear.tell(Interrupt(2.6))
        await one.run(0.2)
        await one.until_quiet()
        one.line.remote_ends()
        await one.closed()
    assert one.turns[-1] == (Speaker.BOT, "the bank is it you, or someone else")


@pytest.mark.parametrize("late", [TimeUp(2.0), NoInput(2.0), HearingFailed("broken")])
async def test_what_was_told_before_a_handover_does_not_end_it(
    kit: Callable[..., Any], interview: Any, late: Any
) -> None:
    """It was on its way to the session when the ear was closed."""
    consulted = asyncio.Event()

    async def consult(order: Any) -> Any:
        consulted.set()
        await asyncio.Event().wait()

    plan = TransferPlan((Colleague("operators", "sip:operators@127.0.0.1"),), way=Way.BRIDGE)
    async with kit(transfer=plan) as engine:
        ear = Prompted()
        engine.services = replace(engine.services, hearer=ear)
        line = engine.telephone.call_in()
        session = CallSession(line, interview("hi", "who"), engine.services, consult)
        task = asyncio.create_task(session.run())
        await engine.run(1.0)
        ear.tell(heard("42", 0.9))
        await engine.run(1.5)
        assert consulted.is_set()
        ear.tell(late)
        await engine.run(0.2)
        assert not line.ended
        assert engine.store.kinds[-1] == "transfer_ringing"
        line.remote_ends()
        await asyncio.wait_for(task, 10)


async def test_five_minutes_of_nothing_end_at_the_longest_length_with_a_whole_record(
    call: Callable[..., Any], interview: Any
) -> None:
    """A dialog that would ask for ever is ended, and what the session holds does not grow with the call."""
    dialog = interview(notice="hi", question="who")
    dialog.no_input = dialog.begin
    async with call(dialog, limits=TurnLimits(longest_call_s=300.0)) as one:
        closed = await one.closed(310.0)
    assert closed.disposition is Disposition.TOO_LONG
    assert closed.duration_s == pytest.approx(300.0, abs=0.2)
    asked = one.store.kinds.count("no_input")
    assert asked > 40
    assert [turn.index for turn in one.store.turns] == list(range(len(one.store.turns)))
    assert asked <= len(one.store.turns) <= asked + 1
    assert sorted(one.prompter.forgotten) == ["hi", "who"]


async def test_three_calls_at_once_do_not_disturb_each_other(kit: Callable[..., Any], interview: Any) -> None:
    """One answers, one is silent, one hangs up and its channel goes to a fourth in the same tick."""
    async with kit() as engine:
        answers, silent, leaves = (engine.call_in(interview()) for _ in range(3))
        await answers.run(0.1)
        await answers.until_quiet()
        leaves.line.remote_ends()
        fourth = engine.call_in(interview())
        assert fourth.line.channel == leaves.line.channel
        await answers.says(NO)
        await answers.run(1.5)
        await fourth.until_quiet()
        await fourth.says(YES)
        dispositions = [(await one.closed()).disposition for one in (answers, silent, leaves, fourth)]
    assert dispositions == [
        Disposition.WRONG_PERSON,
        Disposition.NO_INPUT,
        Disposition.HUNG_UP,
        Disposition.ALREADY_PAID,
    ]
    assert [text for _, text in answers.turns] == ["this is a robot is it you, or someone else", "no", "good bye"]
    assert {speaker for speaker, _ in silent.turns} == {Speaker.BOT}
    assert [text for _, text in fourth.turns[1:]] == ["yes", "good bye"]


async def test_a_session_that_is_cancelled_before_a_cut_is_known_does_not_go_on_speaking(
    call: Callable[..., Any],
) -> None:
    """It was to resume as soon as the line had told what was heard; now it only writes that down."""
    async with call() as one:
        await one.run(1.9)
        one.line.remote_holds()
        one.line.remote_resumes()
        for _ in range(5):
            await asyncio.sleep(0)
        one.task.cancel()
        await asyncio.wait([one.task])
    assert one.task.cancelled()
    ((_, text),) = one.turns
    assert text.startswith("this is a robot is it")


async def test_an_interruption_that_is_told_late_does_not_leave_the_call_silent(call: Callable[..., Any]) -> None:
    """After a stall, words from before the bot's turn cut it and are overtaken by it: it goes on."""
    async with call() as one:
        await one.until_quiet()
        one.begins_to_say((WHO, 0.6), (0, 0.92), (SPEAKING, 0.3))
        await one.run(1.4)
        one.kit.telephone.tick(80)
        await one.kit.listener.caught_up()
        await one.run(2.0)
        await one.until_quiet()
        closed = await one.closed()
    assert {"barge_in", "overtaken", "no_input"} <= set(one.store.kinds)
    assert closed.disposition is Disposition.NO_INPUT
