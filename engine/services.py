"""What all call sessions share, and what a watcher of a live call is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.calls import LineEvent, Turn
from engine.dialog import Move
from engine.hearing import Hearer, Partial
from engine.ports import CallStore, Clock, Prompter
from engine.turns import TurnLimits

News = LineEvent | Partial | Turn | Move
"""What a watcher of a live call is shown."""


def _unwatched(call_id: str, news: News) -> None:
    """Show nobody."""


@dataclass(frozen=True, slots=True)
class Services:
    """What every session shares.

    Args:
        hearer: ears.
        prompter: voice.
        store: record.
        clock: time.
        limits: turn-taking.
        transfer_to: address of a person; None where transfers end with the bot's last words.
        noise_s: sound without words that is shorter than this is a cough, longer ones are speech not understood.
        tail_s: silence sent after the last word, so that it is not clipped at hang-up.
        watch: is told what happens in live calls; must not block.
    """

    hearer: Hearer
    prompter: Prompter
    store: CallStore
    clock: Clock
    limits: TurnLimits = field(default_factory=TurnLimits)
    transfer_to: str | None = None
    noise_s: float = 0.5
    tail_s: float = 0.2
    watch: Callable[[str, News], None] = _unwatched
