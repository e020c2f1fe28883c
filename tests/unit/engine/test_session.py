"""The call session: a whole call in virtual time."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.accounts import Account
from engine.calls import Disposition, EndCause, Speaker
from engine.turns import TurnLimits

YES, NO, WHO, UH_HUH, NOISE, BREAKS, SPEAKING = 400, 600, 800, 1000, 1200, 1400, 1600


async def test_a_whole_call_is_held_and_recorded(call: Callable[..., Any]) -> None:
    """The bot asks, the caller answers, the bot says good-bye and hangs up; the record tells it in order."""
    async with call() as one:
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert [(turn.index, turn.speaker, turn.text) for turn in one.store.turns] == [
        (0, Speaker.BOT, "this is a robot is it you, or someone else"),
        (1, Speaker.CALLER, "yes"),
        (2, Speaker.BOT, "good bye"),
    ]
    bot, caller, bye = one.store.turns
    assert bot.end_s < caller.start_s < caller.end_s < bye.start_s < bye.end_s <= closed.duration_s
    assert caller.end_s - caller.start_s == pytest.approx(0.6, abs=0.1)
    assert bye.response_ms == pytest.approx(1000 * (bye.start_s - caller.end_s))
    assert bye.response_ms < 500


async def test_a_whole_answer_is_taken_sooner_than_another(call: Callable[..., Any]) -> None:
    """300 ms of silence after "yes", 900 after words that do not answer."""
    response_ms = {}
    for frequency_hz in (YES, WHO):
        async with call() as one:
            await one.until_quiet()
            await one.says(frequency_hz)
            await one.run(3.0)
            answer = one.store.turns[2] if len(one.store.turns) > 2 else None
            await one.run(1.0)
            answer = answer or one.store.turns[2]
            response_ms[frequency_hz] = answer.response_ms
    assert response_ms[YES] < 450
    assert 850 < response_ms[WHO] < 1100


async def test_the_dialog_asks_elsewhere_before_it_answers(call: Callable[..., Any], interview: Any) -> None:
    """About the words of a pause before their answer is foreseen, and about the turn before the reply."""
    dialog, done = interview(), []

    async def attend(heard: Any) -> None:
        await asyncio.sleep(0)
        done.append(("attend", heard.text))

    foresee, reply = dialog.foresee, dialog.reply
    dialog.attend = attend
    dialog.foresee = lambda heard: done.append(("foresee", heard.text)) or foresee(heard)
    dialog.reply = lambda heard: done.append(("reply", heard.text)) or reply(heard)
    async with call(dialog) as one:
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert done == [(what, "yes") for what in ("attend", "foresee", "attend", "reply")]


async def test_what_was_told_is_written_down_at_once(call: Callable[..., Any], interview: Any) -> None:
    """Each answer when it is known, again where it changes, and no other time."""
    dialog = interview()
    ask, told = dialog._ask, [(), (("rating", "4"),), (("rating", "4"),), (("rating", "5"), ("way", "kiosk"))]
    dialog._ask = lambda *lines: dataclasses.replace(ask(*lines), answers=told.pop(0))
    async with call(dialog) as one:
        for _ in range(3):
            await one.until_quiet()
            await one.says(WHO)
            await one.run(2.0)
        one.line.remote_ends()
        await one.closed()
    noted = [event.detail for event in one.store.events if event.kind == "answer"]
    assert noted == ["rating=4", "rating=5", "way=kiosk"]


async def test_the_answer_is_rendered_before_the_turn_is_over(call: Callable[..., Any]) -> None:
    """The pause that may be the end is used to foresee the answer, and its audio is dropped with the call."""
    async with call() as one:
        await one.until_quiet()
        await one.says(WHO)
        await one.run(0.6)
        assert one.store.turns[-1].speaker is Speaker.BOT
        assert one.prompter.prepared == ["answer to who is it"]
        await one.run(1.5)
        await one.until_quiet()
        await one.says(YES)
        await one.closed()
    assert "answer to who is it" in one.prompter.forgotten


async def test_the_caller_can_interrupt_a_question(call: Callable[..., Any]) -> None:
    """The bot falls silent, the turn is recorded as cut, and the answer counts."""
    async with call() as one:
        await one.run(1.3)
        await one.says(NO)
        closed = await one.closed()
    assert closed.disposition is Disposition.WRONG_PERSON
    cut = one.store.turns[0]
    assert "barge_in" in one.store.kinds
    assert cut.planned_text == "this is a robot is it you, or someone else"
    assert cut.planned_text.startswith(cut.text)
    assert len(cut.text) < len(cut.planned_text)
    assert [turn.index for turn in one.store.turns] == [0, 1, 2]


async def test_the_notice_cannot_be_interrupted(call: Callable[..., Any]) -> None:
    """Speech over the notice leaves it whole."""
    async with call() as one:
        await one.says(NO, 0.5)
        await one.until_quiet()
        await one.says(YES)
        await one.closed()
    assert one.store.turns[0].text.startswith("this is a robot is it you")


async def test_a_backchannel_does_not_take_the_floor(call: Callable[..., Any]) -> None:
    """«Угу» long enough to cut the bot is followed by the rest of what it was saying."""
    async with call() as one:
        await one.run(1.3)
        await one.says(UH_HUH, 0.4)
        await one.until_quiet()
        await one.run(1.0)
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert "false_interruption" in one.store.kinds
    texts = [turn.text for turn in one.store.turns if turn.speaker is Speaker.BOT]
    assert len(texts) == 3
    assert texts[1].endswith("someone else")


@pytest.mark.parametrize(("after_s", "next_line"), [(0.1, "the bank"), (1.0, "again")])
async def test_what_the_caller_adds_as_the_bot_begins_costs_no_word_of_its_line(
    call: Callable[..., Any], after_s: float, next_line: str
) -> None:
    """Words that answer nothing, too soon to be about the line, have it said anew; later they are asked again."""
    async with call() as one:
        await one.until_quiet()
        await one.says(WHO)
        await one.until_spoken()
        await one.run(after_s)
        await one.says(SPEAKING, 0.5)
        await one.run(1.5)
        await one.until_quiet()
        await one.says(YES)
        await one.closed()
    assert one.turns[3:5] == [
        (Speaker.CALLER, "speaking"),
        (Speaker.BOT, f"{next_line} is it you, or someone else"),
    ]
    assert ("afterthought" in one.store.kinds) == (next_line == "the bank")


async def test_a_line_is_said_anew_once(call: Callable[..., Any]) -> None:
    """Whatever sounds at each of its beginnings, such as its own echo, is asked again by the second time."""
    async with call() as one:
        await one.until_quiet()
        await one.says(WHO)
        for _ in range(2):
            await one.until_spoken()
            await one.says(SPEAKING, 0.5)
            await one.run(0.8)
        await one.until_quiet()
        await one.says(YES)
        await one.closed()
    assert one.store.kinds.count("afterthought") == 1
    assert (Speaker.BOT, "again is it you, or someone else") in one.turns


async def test_a_consent_counts_once_the_question_was_heard(call: Callable[..., Any], interview: Any) -> None:
    """Said over the question it is written down, and the rest of the question is said."""
    dialog = interview()
    dialog.consent = {"yes"}
    async with call(dialog) as one:
        await one.run(1.3)
        await one.says(YES, 0.4)
        await one.run(0.6)
        await one.until_quiet()
        assert not one.task.done()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert one.store.kinds.count("early_consent") == 1
    (_, cut), early, (_, rest), taken, _ = one.turns
    assert early == taken == (Speaker.CALLER, "yes")
    assert not cut.endswith("someone else")
    assert rest.endswith("someone else")


@pytest.mark.parametrize("before_s", [0.26, 0.28])
async def test_words_over_the_end_of_a_question_are_asked_again(call: Callable[..., Any], before_s: float) -> None:
    """Though it had been said to its end before it could be cut: nothing of it is left to say anew."""
    async with call() as one:
        await one.until_quiet()
        end_s = one.store.turns[0].end_s
    async with call() as one:
        flush, due = one.line.flush, list[float]()
        one.line.flush = lambda: due.append(one.line.position_s + 0.04)  # a line in another process is told late
        while one.line.position_s < end_s - before_s - 1e-6:
            await one.run(0.02)
        one.begins_to_say((SPEAKING, 1.0))
        for _ in range(220):
            await one.run(0.02)
            if due and one.line.position_s >= due[0] - 1e-6:
                due.clear()
                flush()
    assert "barge_in" in one.store.kinds
    assert one.turns[1:] == [(Speaker.CALLER, "speaking"), (Speaker.BOT, "again is it you, or someone else")]


async def test_an_answer_as_the_bot_begins_is_taken(call: Callable[..., Any]) -> None:
    """Words that the dialog goes by are no afterthought, however soon they come."""
    async with call() as one:
        await one.until_quiet()
        await one.says(WHO)
        await one.until_spoken()
        await one.says(NO, 0.5)
        closed = await one.closed()
    assert closed.disposition is Disposition.WRONG_PERSON


async def test_a_cough_is_no_turn(call: Callable[..., Any]) -> None:
    """A short sound without words leaves the question open."""
    async with call() as one:
        await one.until_quiet()
        await one.says(NOISE, 0.3)
        await one.run(1.5)
        assert [turn.speaker for turn in one.store.turns] == [Speaker.BOT]
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert "noise" in one.store.kinds


async def test_speech_that_is_not_understood_is_asked_again(call: Callable[..., Any]) -> None:
    """A long sound without words is a turn, with nothing in it."""
    async with call() as one:
        await one.until_quiet()
        await one.says(NOISE, 1.0)
        await one.run(1.2)
        await one.until_quiet()
        await one.says(YES)
        await one.closed()
    assert [turn.text for turn in one.store.turns[1:3]] == ["", "again is it you, or someone else"]


async def test_silence_is_asked_about_and_ends_the_call(call: Callable[..., Any]) -> None:
    """Two reprompts, then good-bye."""
    async with call() as one:
        closed = await one.closed()
    assert closed.disposition is Disposition.NO_INPUT
    assert one.store.kinds.count("no_input") == 3


async def test_a_recogniser_that_breaks_ends_no_call(call: Callable[..., Any]) -> None:
    """The turn counts as not heard, the record says why, and the dialog goes on."""
    async with call() as one:
        await one.until_quiet()
        await one.says(BREAKS)
        await one.run(1.2)
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert "recognition_failed" in one.store.kinds


async def test_a_line_that_cannot_be_spoken_ends_the_call_as_failed(call: Callable[..., Any], interview: Any) -> None:
    """The record says why, and the line is hung up."""
    async with call(interview(question="unspeakable")) as one:
        closed = await one.closed()
    assert closed.disposition is Disposition.FAILED
    assert "speech_failed" in one.store.kinds


async def test_keys_answer(call: Callable[..., Any]) -> None:
    """Keys over the question silence it; without anyone to hand over to, the last words end the call."""
    async with call() as one:
        await one.run(1.3)
        one.line.remote_presses("42#")
        closed = await one.closed()
    assert closed.disposition is Disposition.OPERATOR
    assert one.turns[1:] == [(Speaker.CALLER, "42"), (Speaker.BOT, "good bye")]


async def test_foreign_packets_are_in_the_record(call: Callable[..., Any]) -> None:
    """How many of them the telephony dropped."""
    async with call() as one:
        await one.until_quiet()
        one.line.end(EndCause.REMOTE_HANGUP, 200, "", 12)
        await one.closed()
    assert [event.detail for event in one.store.events if event.kind == "foreign_rtp"] == ["12"]


@pytest.mark.parametrize(
    ("cause", "disposition"),
    [
        (EndCause.REMOTE_HANGUP, Disposition.HUNG_UP),
        (EndCause.MEDIA_TIMEOUT, Disposition.MEDIA_LOST),
        (EndCause.WORKER_DIED, Disposition.INTERRUPTED),
    ],
)
async def test_a_line_that_ends_first_gives_the_disposition(
    call: Callable[..., Any], cause: EndCause, disposition: Disposition
) -> None:
    """What was heard of the bot's turn until then is in the record."""
    async with call() as one:
        await one.run(1.0)
        one.line.remote_ends(cause)
        closed = await one.closed()
    assert closed.disposition is disposition
    assert closed.duration_s == pytest.approx(1.1, abs=0.1)
    assert one.store.turns[0].text.startswith("this is a robot")


async def test_a_hang_up_during_the_last_words_keeps_what_was_reached(call: Callable[..., Any]) -> None:
    """Most people hang up during good-bye."""
    async with call() as one:
        await one.until_quiet()
        await one.says(YES)
        await one.run(0.5)
        one.line.remote_ends()
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID


async def test_hold_stops_the_bot_and_resume_goes_on(call: Callable[..., Any]) -> None:
    """Nothing is said into the void, and the rest is said afterwards."""
    async with call() as one:
        await one.run(1.3)
        one.line.remote_holds()
        await one.run(30.0)
        assert one.store.kinds.count("no_input") == 0
        one.line.remote_resumes()
        await one.run(0.3)
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    heard = " ".join(turn.text for turn in one.store.turns if turn.speaker is Speaker.BOT)
    assert "someone else" in heard


async def test_a_call_ends_at_its_longest_length(call: Callable[..., Any]) -> None:
    """Whatever the dialog is waiting for."""
    async with call(limits=TurnLimits(longest_call_s=3.0)) as one:
        closed = await one.closed()
    assert closed.disposition is Disposition.TOO_LONG
    assert closed.duration_s == pytest.approx(3.0, abs=0.2)


async def test_a_dialog_that_breaks_ends_its_call_and_closes_the_record(
    call: Callable[..., Any], interview: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours is a failed call, never an open row."""
    dialog = interview()
    dialog.reply = lambda heard: 1 / 0
    async with call(dialog) as one:
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.FAILED
    assert one.line.call_id in caplog.text


async def test_the_bot_is_silent_soon_after_the_caller_speaks(call: Callable[..., Any]) -> None:
    """From the caller's first sound to the bot's last frame: at most 400 ms of stream time."""
    async with call() as one:
        await one.run(1.3)
        began = len(one.line.spoken)
        await one.says(NO)
        await one.run(0.2)
        voiced = np.flatnonzero(one.line.spoken[began : began + round(0.8 * 8000)])
        assert voiced.max() / 8000 <= 0.4


async def test_what_is_heard_before_the_answer_is_nobodys_speech(
    kit: Callable[..., Any], interview: Callable[..., Any], account: Account
) -> None:
    """Announcements in early media are neither heard nor answered, and nothing is said into them."""
    async with kit() as engine:
        one = await engine.call_out(interview(), account)
        one.line.remote_rings(early_media=True)
        await one.says(YES, 3.0)
        assert one.turns == []
        assert not one.line.spoken.any()
        one.line.remote_answers()
        await one.run(0.1)
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()
    assert closed.disposition is Disposition.ALREADY_PAID
    assert [text for speaker, text in one.turns if speaker is Speaker.CALLER] == ["yes"]
    assert one.store.turns[0].start_s > 3.0
