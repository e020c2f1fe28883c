"""The terminal of a typed conversation with a scenario."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from dialogs.conversation import CallerTurn, Conversation, Exchange, Nobody, Says, Silence
from dialogs.explaining import reasons
from dialogs.progress import Progress
from dialogs.schema import ScenarioSpec
from dialogs.trials.keeping import kept
from dialogs.trials.running import slot_value
from dialogs.trials.writing import as_yaml
from dialogs.values import machine_text

_PROMPT: Final = "debtor> "


class Chat:
    """Reads lines from the terminal, or from a pipe, and shows what the bot makes of them.

    Args:
        conversation: that has begun.
        explain: tell after each turn why it went so.
    """

    def __init__(self, conversation: Conversation, *, explain: bool = False) -> None:
        self._conversation, self._explain = conversation, explain
        self._interactive = sys.stdin.isatty()
        self._commands: Mapping[str, Callable[[str], None]] = {
            ":state": self._state,
            ":slots": self._slots,
            ":why": self._why,
            ":undo": self._undo,
            ":restart": self._restart,
            ":nobody": lambda rest: self._take(Nobody()),
            ":save": self._save,
            ":help": self._help,
        }

    def hold(self) -> None:
        """Talk until :quit, the end of input, or Ctrl-C."""
        if self._interactive:
            import readline  # noqa: F401  # lines can be edited, and called up again
        self._show(self._conversation.last)
        try:
            for line in self._lines():
                word, _, rest = line.strip().partition(" ")
                if word == ":quit":
                    return
                if word.startswith(":"):
                    self._commands.get(word, self._help)(rest.strip())
                else:
                    self._take(Says(line.strip()) if line.strip() else Silence())
        except KeyboardInterrupt:
            click.echo()

    def _lines(self) -> Iterator[str]:
        while True:
            try:
                line = input(_PROMPT if self._interactive else "")
            except EOFError:
                if self._interactive:
                    click.echo()
                return
            if not self._interactive:
                click.echo(f"{_PROMPT}{line}")
            yield line

    def _take(self, turn: CallerTurn) -> None:
        try:
            exchange = self._conversation.take(turn)
        except LookupError as error:
            click.echo(f"  {error}; :undo, :restart or :quit")
            return
        self._show(exchange)

    def _show(self, exchange: Exchange) -> None:
        understood = exchange.understood
        if understood is not None:
            more = f", also {', '.join(understood.also)}" if understood.also else ""
            more += f", or {understood.rival}" if understood.rival else ""
            sure = "" if understood.sure else ", not sure"
            self._aside(f"{understood.intent} {understood.confidence:.2f}{sure}{more}")
        if self._explain and exchange.turn is not None:
            self._why("")
        outcomes = iter(exchange.outcomes)
        for move in exchange.moves:
            click.secho(f"bot> {' '.join(line.text for line in move.lines)}", bold=True)
            if move.errand is not None:
                action, outcome = next(outcomes)
                self._aside(f"action {action}: {outcome.failure or 'answered'}")
        self._state("")
        ending = exchange.moves[-1].ending
        if ending is not None:
            parts = [f"ends: {ending.disposition}"]
            if ending.promise is not None:
                confirmed = "confirmed" if ending.promise.confirmed else "not confirmed"
                parts.append(f"promise {ending.promise.amount} on {ending.promise.due}, {confirmed}")
            if ending.callback_at is not None:
                parts.append(f"callback {ending.callback_at:%Y-%m-%d %H:%M}")
            if ending.transfer:
                parts.append("handed over to a person (:nobody if none takes it)")
            self._aside("; ".join(parts))

    def _state(self, rest: str) -> None:
        progress = self._conversation.progress
        self._aside(" · ".join([progress.state, f"party {progress.party}", progress.language, *self._filled(progress)]))

    def _slots(self, rest: str) -> None:
        filled = list(self._filled(self._conversation.progress))
        self._aside("\n  ".join(filled) or "no slot is filled")

    def _filled(self, progress: Progress) -> Iterator[str]:
        spec: ScenarioSpec = self._conversation.scenario.spec
        for name in ("amount", "due", "callback", *spec.slots):
            value = slot_value(progress, name)
            if value is not None:
                yield f"{name} = {machine_text(value)}"

    def _why(self, rest: str) -> None:
        for reason in reasons(self._conversation.scenario, self._conversation.last):
            mark = "→" if reason.taken else "✗" if reason.hindrance else " "
            why = f" ({reason.hindrance})" if reason.hindrance else ""
            self._aside(f"{mark} {reason.words}{why}  {_short(reason.place)}")

    def _undo(self, rest: str) -> None:
        if self._conversation.undo():
            self._show(self._conversation.last)
        else:
            click.echo("  nothing to take back")

    def _restart(self, rest: str) -> None:
        self._conversation.restart()
        self._show(self._conversation.last)

    def _save(self, rest: str) -> None:
        if not rest:
            click.echo("  name a file: :save tests/mine.yaml")
            return
        path = Path(rest)
        try:
            before = path.read_text("utf-8").rstrip() + "\n\n" if path.exists() else ""
            name = f"conversation {before.count('- name:') + 1}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(before + as_yaml([kept(self._conversation, name)]), "utf-8")
        except OSError as error:
            click.echo(f"  {path}: {error.strerror}; name another file")
            return
        click.echo(f"  saved to {path} as “{name}”; voicebot scenario test runs it from the scenario's folder tests")

    def _help(self, rest: str) -> None:
        click.echo(f"  commands: {', '.join(self._commands)}, :quit; an empty line is silence")

    def _aside(self, text: str) -> None:
        click.secho(f"  {text}", dim=True)


def _short(place: str) -> str:
    return "/".join(place.split("/")[-2:])
