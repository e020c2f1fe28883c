"""What all call sessions share, and what a watcher of a live call is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.calls import LineEvent, Turn
from engine.dialog import Move
from engine.fax import FaxDetector
from engine.handover import TransferPlan
from engine.hearing import Hearer, Partial
from engine.ports import CallStore, Clock, Errands, Prompter
from engine.turns import TurnLimits

LAST_REPORTS_S = 2.0
"""How long a line may take to report its end after a fault of ours; it does so within milliseconds."""

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
        transfer: whom callers are handed over to, and how; None where transfers end with the bot's last words.
        noise_s: sound without words that is shorter than this is a cough, longer ones are speech not understood.
        tail_s: silence sent after the last word, so that it is not clipped at hang-up.
        fax: knows fax machines, and gets the same audio as the ears; None where nobody looks for them.
        errands: asks other systems for the dialogs; without it each errand fails at once.
        watch: is told what happens in live calls; must not block.
    """

    hearer: Hearer
    prompter: Prompter
    store: CallStore
    clock: Clock
    limits: TurnLimits = field(default_factory=TurnLimits)
    transfer: TransferPlan | None = None
    noise_s: float = 0.5
    tail_s: float = 0.2
    fax: FaxDetector | None = None
    errands: Errands | None = None
    watch: Callable[[str, News], None] = _unwatched
