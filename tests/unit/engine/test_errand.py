"""Errands: what is asked of another system while the caller waits, and what comes of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from engine.calls import Disposition, Speaker
from engine.dialog import Ending, Errand, ErrandOutcome, ErrandRequest, Line, Move
from engine.speech import Language

YES, WHO, SPEAKING = 400, 800, 1600


def asking(interview: Any) -> Any:
    """Return a dialog that looks something up once the caller has said yes, and ends by what it learns."""

    class Asking(interview):  # type: ignore[misc]
        def reply(self, heard: Any) -> Move:
            if heard.text != "yes":
                return super().reply(heard)  # type: ignore[no-any-return]
            wait = Line("one moment please while this is looked up", Language.ENGLISH, "wait")
            return Move("looking", (wait,), None, None, Language.ENGLISH, errand=Errand("payments", 2.0))

        def errand_request(self) -> ErrandRequest:
            return ErrandRequest("payments", "GET", "https://core.bank.example/A-1", timeout_s=2.0)

        def done(self, outcome: ErrandOutcome) -> Move:
            disposition = Disposition.ALREADY_PAID if outcome.answer else Disposition.DISPUTE
            bye = Line("good bye", Language.ENGLISH, "bye")
            return Move("end", (bye,), None, Ending(disposition), Language.ENGLISH)

    return Asking()


class Errands:
    """Answers when the test lets it."""

    def __init__(self, outcome: ErrandOutcome | Exception) -> None:
        self.outcome, self.may, self.asked = outcome, asyncio.Event(), list[str]()

    async def run(self, request: ErrandRequest) -> ErrandOutcome:
        self.asked.append(request.url)
        await self.may.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


async def test_the_call_goes_on_by_what_was_answered(call: Callable[..., Any], interview: Any) -> None:
    """Asked at once, while the waiting words are said; they are said to their end, though the answer is there."""
    errands = Errands(ErrandOutcome(answer={"paid": True}))
    errands.may.set()
    async with call(asking(interview), errands=errands) as one:
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()

    assert closed.disposition is Disposition.ALREADY_PAID
    assert errands.asked == ["https://core.bank.example/A-1"]
    assert [turn.text for turn in one.store.turns if turn.speaker is Speaker.BOT][1:] == [
        "one moment please while this is looked up",
        "good bye",
    ]
    assert [event.detail.split(",")[0] for event in one.store.events if event.kind == "errand"] == ["payments: done"]


async def test_words_said_while_waiting_are_written_down_and_answer_nothing(
    call: Callable[..., Any], interview: Any
) -> None:
    """The dialog goes on only by the outcome."""
    errands = Errands(ErrandOutcome(answer={"paid": True}))
    async with call(asking(interview), errands=errands) as one:
        await one.until_quiet()
        await one.says(YES)
        await one.run(6.0)
        await one.says(WHO)
        await one.run(2.0)
        assert [turn.text for turn in one.store.turns][-2:] == [
            "one moment please while this is looked up",
            "who is it",
        ]
        errands.may.set()
        closed = await one.closed()

    assert closed.disposition is Disposition.ALREADY_PAID


@pytest.mark.parametrize("outcome", [ErrandOutcome(failure="answered 503"), RuntimeError("a fault of ours")])
async def test_a_failure_costs_the_step_and_not_the_call(
    call: Callable[..., Any], interview: Any, outcome: ErrandOutcome | Exception
) -> None:
    """Whether the system failed or whoever asks it."""
    errands = Errands(outcome)
    errands.may.set()
    async with call(asking(interview), errands=errands) as one:
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()

    assert closed.disposition is Disposition.DISPUTE


async def test_a_system_that_never_answers_is_given_up(
    call: Callable[..., Any], interview: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the action's time."""
    monkeypatch.setattr("engine.errand._GRACE_S", -1.95)
    async with call(asking(interview), errands=Errands(ErrandOutcome())) as one:
        await one.until_quiet()
        await one.says(YES)
        closed = await one.closed()

    assert closed.disposition is Disposition.DISPUTE
    details = [event.detail for event in one.store.events if event.kind == "errand"]
    assert details[0].startswith("payments: did not answer within 2 s")


async def test_a_caller_who_hangs_up_while_waiting_ends_the_errand(call: Callable[..., Any], interview: Any) -> None:
    """Nothing is left running."""
    errands = Errands(ErrandOutcome())
    async with call(asking(interview), errands=errands) as one:
        await one.until_quiet()
        await one.says(YES)
        await one.run(4.0)
        one.line.remote_ends()
        closed = await one.closed()

    assert closed.disposition is Disposition.HUNG_UP


async def test_words_across_the_answer_do_not_leave_the_call_silent(call: Callable[..., Any], interview: Any) -> None:
    """They begin over the waiting words, which must be heard, and end over what was found: that is said anew."""
    errands = Errands(ErrandOutcome(answer={"paid": 0}))
    errands.may.set()
    dialog = asking(interview)
    dialog.done = lambda outcome: dialog._ask(Line("no payment was found", Language.ENGLISH, "found"))
    async with call(dialog, errands=errands) as one:
        await one.until_quiet()
        await one.says(YES)
        await one.run(1.9)
        await one.says(SPEAKING, 2.0)
        await one.run(1.5)
        await one.until_quiet()
        await one.closed()

    assert (Speaker.BOT, "no payment was found is it you, or someone else") in one.turns
    assert "no_input" in one.store.kinds
