"""The live view of a call in the terminal: who speaks, the words, and how fast the bot answered."""

from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.status import Status
from rich.table import Column, Table

from engine.calls import Answered, DigitPressed, Held, LineEnded, Resumed, Ringing, Speaker, Turn
from engine.dialog import Move
from engine.hearing import Partial
from engine.services import News


class LiveView:
    """Prints what a session tells its watcher; a context manager, which leaves the terminal as it was.

    Args:
        console: where to.
        caller: what the other side is called, such as "debtor".
        typed: the caller's words are on the screen already, and nobody waits for sound.
    """

    def __init__(self, console: Console, caller: str, *, typed: bool = False) -> None:
        self._console = console
        self._caller = caller
        self._typed = typed
        self._status: Status | None = None
        self._call_id: str | None = None

    def __enter__(self) -> "LiveView":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take a partial that is still shown off the screen, and show the cursor again."""
        self._clear()

    def watch(self, call_id: str, news: News) -> None:
        """Show one piece of news; given to the session as ``Services.watch``.

        The first call that is heard of is the caller's; any other is to a person who may take the caller over.
        """
        self._call_id = self._call_id or call_id
        if call_id != self._call_id:
            self._watch_person(news)
            return
        match news:
            case Partial(text):
                self._show_partial(text)
            case Turn():
                self._turn(news)
            case Move():
                self._clear()
                said = " ".join(line.text for line in news.lines)
                self._say("bot", "blue", escape(said))
            case Ringing():
                self._note("it rings …")
            case Answered():
                self._note("the call is up")
            case Held():
                self._note("on hold")
            case Resumed():
                self._note("back from hold")
            case DigitPressed(digit):
                self._note(f"key {digit}")
            case LineEnded(cause):
                self._clear()
                self._note(f"the call has ended ({cause.replace('_', ' ')})")

    def _watch_person(self, news: News) -> None:
        match news:
            case Move():
                self._clear()
                self._say("briefing", "green", escape(" ".join(line.text for line in news.lines)))
            case Ringing():
                self._note("a person's telephone rings …")
            case Answered():
                self._note("the person answers")
            case DigitPressed(digit):
                self._note(f"the person presses {digit}")
            case LineEnded(cause):
                self._note(f"the call to the person has ended ({cause.replace('_', ' ')})")

    def _turn(self, turn: Turn) -> None:
        self._clear()
        if turn.speaker is Speaker.CALLER and self._typed:
            self._note(turn.intent or "not understood")
            return
        if turn.speaker is Speaker.CALLER:
            text = escape(turn.text) if turn.text else "[dim](not heard)[/]"
            note = f"  [dim]{turn.intent or 'not understood'}[/]"
            self._say(self._caller, "dark_orange", text + note)
            return
        if turn.text != turn.planned_text:
            self._note(f"cut short; heard of it: {escape(turn.text) or 'nothing'}")
        if turn.response_ms is not None and not self._typed:
            self._note(f"(answered after {turn.response_ms:.0f} ms)")

    def _note(self, text: str) -> None:
        self._console.print(Padding(f"[dim]{text}[/]", (0, 0, 0, 9), expand=False))

    def _say(self, who: str, colour: str, text: str) -> None:
        row = Table.grid(Column(width=8, justify="right"), Column(), Column(overflow="fold"), padding=(0, 1))
        row.add_row(f"[bold {colour}]{who}[/]", "▸", text)
        self._console.print(row)

    def _show_partial(self, text: str) -> None:
        if not self._console.is_terminal:
            return
        shown = f"[dark_orange]{self._caller}[/] … [italic dim]{escape(text)}[/]"
        if self._status is None:
            self._status = self._console.status(shown)
            self._status.start()
        else:
            self._status.update(shown)

    def _clear(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
