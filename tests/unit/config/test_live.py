"""The live view of a call."""

import io

import pytest
from rich.console import Console

from config.live import LiveView
from engine.calls import Answered, DigitPressed, Disposition, EndCause, Held, LineEnded, Resumed, Ringing, Speaker, Turn
from engine.dialog import Ending, Line, Move
from engine.hearing import Partial
from engine.services import News
from engine.speech import Language

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def console(*, terminal: bool = False, width: int = 80) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, highlight=False, color_system=None)


def shown(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


def turn(speaker: Speaker, text: str, *, planned: str | None = None, **more: object) -> Turn:
    return Turn("c", 0, speaker, text, text if planned is None else planned, 0.0, 1.0, "greeting", **more)  # type: ignore[arg-type]


def move(text: str) -> Move:
    return Move("greeting", (Line(text, Language.ENGLISH, "p"),), None, Ending(Disposition.REFUSED), Language.ENGLISH)


@pytest.mark.parametrize(
    ("news", "line"),
    [
        (Ringing(False), "         it rings …"),
        (Answered(), "         the call is up"),
        (Held(1.0), "         on hold"),
        (Resumed(2.0), "         back from hold"),
        (LineEnded(EndCause.MEDIA_TIMEOUT, 0, "", 3.0), "         the call has ended (media timeout)"),
        (move("Hello [bold]you[/]."), "     bot ▸ Hello [bold]you[/]."),
        (turn(Speaker.CALLER, "pay [red]", intent="promise"), "  debtor ▸ pay [red]  promise"),
        (turn(Speaker.CALLER, "hm"), "  debtor ▸ hm  not understood"),
        (turn(Speaker.CALLER, "", intent="no_input"), "  debtor ▸ (not heard)  no_input"),
        (turn(Speaker.BOT, "Hello.", response_ms=461.4), "         (answered after 461 ms)"),
        (turn(Speaker.BOT, "Hel", planned="Hello."), "         cut short; heard of it: Hel"),
        (turn(Speaker.BOT, "", planned="Hello."), "         cut short; heard of it: nothing"),
    ],
)
def test_each_piece_of_news_is_one_line(news: News, line: str) -> None:
    """Words are shown as they are, also where they look like markup."""
    on = console()
    LiveView(on, "debtor").watch("c", news)
    assert [row.rstrip() for row in shown(on).splitlines()] == [line]


def test_a_bot_turn_that_was_heard_whole_and_answers_nobody_adds_nothing() -> None:
    """Its words were shown when it began."""
    on = console()
    LiveView(on, "debtor").watch("c", turn(Speaker.BOT, "Hello."))
    assert shown(on) == ""


def test_long_words_stay_within_a_narrow_terminal() -> None:
    """At 40 columns the text is folded under its beginning."""
    on = console(width=40)
    LiveView(on, "debtor").watch("c", move("This is an automated assistant calling from Example Bank."))
    rows = shown(on).splitlines()
    assert len(rows) == 3
    assert max(map(len, rows)) <= 40
    assert all(row.startswith(" " * 11) for row in rows[1:])


def test_partials_are_for_terminals_alone() -> None:
    """A pipe gets whole lines only."""
    on = console()
    LiveView(on, "debtor").watch("c", Partial("I will"))
    assert shown(on) == ""


def test_a_partial_gives_way_to_the_whole_turn_and_the_cursor_comes_back() -> None:
    """On a terminal the words are shown while they are spoken."""
    on = console(terminal=True)
    view = LiveView(on, "debtor")
    view.watch("c", Partial("I will"))
    view.watch("c", Partial("I will [pay]"))
    view.watch("c", turn(Speaker.CALLER, "I will pay.", intent="promise"))
    assert "debtor … I will [pay]" in shown(on)
    assert shown(on).rindex(SHOW) < shown(on).rindex("I will pay.")


def test_a_view_that_is_cut_off_leaves_the_cursor_visible() -> None:
    """Ctrl-C in the middle of a partial."""
    on = console(terminal=True)
    with LiveView(on, "debtor") as view:
        view.watch("c", Partial("I will"))
    assert shown(on).rindex(SHOW) > shown(on).rindex(HIDE)


def test_what_was_typed_is_not_repeated() -> None:
    """Only what was understood of it, and no latency."""
    on = console()
    view = LiveView(on, "you", typed=True)
    view.watch("c", turn(Speaker.CALLER, "I will pay.", intent="promise"))
    view.watch("c", turn(Speaker.BOT, "Hello.", response_ms=40.0))
    assert [row.rstrip() for row in shown(on).splitlines()] == ["         promise"]


def test_a_call_to_a_person_is_told_apart_from_the_callers() -> None:
    """What the person is told is not shown as said to the caller."""
    on = console()
    with LiveView(on, "debtor") as view:
        view.watch("c", Answered())
        for news in (Ringing(False), Answered(), move("It is about [x]."), DigitPressed("1", 1.0)):
            view.watch("c-1", news)
        view.watch("c-1", turn(Speaker.BOT, "It", planned="It is"))
        view.watch("c-1", LineEnded(EndCause.REMOTE_HANGUP, 200, "", 3.0))
    assert shown(on).splitlines() == [
        "         the call is up",
        "         a person's telephone rings …",
        "         the person answers",
        "briefing ▸ It is about [x].",
        "         the person presses 1",
        "         the call to the person has ended (remote hangup)",
    ]
