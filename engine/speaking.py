"""The speaking side of one call: says moves line by line, falls silent, goes on after a cut, and keeps the ledger.

Rules
- One turn is spoken at a time. `Mouth.silence` stops it: nothing more is queued, what is queued is dropped.
- A turn that was cut is written once the line has reported what became of all its playouts, never sooner: only then it
  is known what the caller heard. The same holds for going on after a cut.
"""

import asyncio
import math
from collections.abc import Callable

import numpy as np

from engine.audio import silence
from engine.call_log import CallLog
from engine.calls import PlayoutCut, PlayoutFinished, PlayoutStarted
from engine.dialog import Line, Move
from engine.errors import VoicebotError
from engine.latency import LatencyMarks
from engine.ledger import Ledger, Part, part_samples
from engine.ports import CallLine, Prompter
from engine.turns import TurnTaker

Playout = PlayoutStarted | PlayoutFinished | PlayoutCut


class Mouth:
    """Speaks in one call. Used on the event loop, inside the call's TaskGroup.

    Args:
        line: where to.
        prompter: the voice.
        turns: told when the bot takes the floor, and of each line whether it may be interrupted.
        group: owns the task that fetches and queues the lines.
        log: gets the turns.
        tail_s: silence sent after the last word of a call, so that it is not clipped at hang-up.
        on_failure: told the reason when a line of the turn that is being spoken cannot be spoken.
    """

    def __init__(
        self,
        line: CallLine,
        prompter: Prompter,
        turns: TurnTaker,
        group: asyncio.TaskGroup,
        log: CallLog,
        *,
        tail_s: float,
        on_failure: Callable[[str], None],
    ) -> None:
        self._line = line
        self._prompter = prompter
        self._turns = turns
        self._group = group
        self._log = log
        self._tail_s = tail_s
        self._on_failure = on_failure
        self._move: Move | None = None
        self._task: asyncio.Task[None] | None = None
        self._ledger: Ledger | None = None
        self._cut: list[Ledger] = []
        self._resuming = False

    @property
    def began_s(self) -> float | None:
        """Stream second at which the turn that is being said began to sound, infinity before; None where none is."""
        if self._ledger is None:
            return None
        turn = self._ledger.utterance()
        return turn.start_s if turn is not None else math.inf

    def say(self, move: Move, marks: LatencyMarks | None = None) -> None:
        """Say a move instead of whatever is being said; ``marks`` are of the answer that it gives."""
        self.silence()
        self._move = move
        self._speak(tuple(Part(line) for line in move.lines), move, marks)

    def silence(self) -> None:
        """Stop the bot."""
        self._resuming = False
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if not all(ledger.settled for ledger in self._unwritten):
            self._line.flush()

    def go_on(self) -> bool:
        """Say what was not heard of the last move; return whether all of it was.

        While the line has yet to report the cut, the rest follows as soon as it has; see `playout`.
        """
        self.silence()
        ledger, move = self._ledger, self._move
        if ledger is None or move is None:
            return True
        if not ledger.settled:
            self._resuming = True
            return False
        rest = ledger.rest()
        if rest:
            self._speak(rest, move, None)
        return not rest

    def playout(self, event: Playout) -> bool:
        """Take a report of the line; return whether by it the last move has been said to its end."""
        ledger = next((one for one in self._unwritten if one.note(event)), None)
        if ledger is None:
            return False
        if ledger is not self._ledger:
            if isinstance(event, PlayoutStarted):
                self._log.begun(ledger)
            self._settle()
            return False
        if isinstance(event, PlayoutStarted):
            self._started(ledger, event)
            return False
        if self._resuming:
            return ledger.settled and self.go_on()
        if not ledger.spoken or isinstance(event, PlayoutCut):
            return False
        self.retire()
        return True

    def retire(self) -> None:
        """The turn now spoken gets no more audio and is not gone on with; it is written once all of it is reported."""
        self.silence()
        self._cut, self._ledger = self._unwritten, None
        self._settle()

    def finish(self) -> None:
        """Write what is known of turns that are not written yet; for after the line's last report."""
        self.retire()
        for ledger in self._cut:
            self._log.bot_turn(ledger)
        self._cut.clear()

    def _speak(self, parts: tuple[Part, ...], move: Move, marks: LatencyMarks | None) -> None:
        self.retire()
        self._ledger = ledger = Ledger(parts, move.state, marks)
        self._turns.bot_takes_floor(move.question, interruptible=_may_cut(move, parts[0].line))
        self._task = self._group.create_task(self._play(parts, ledger, ends=move.ending is not None))

    async def _play(self, parts: tuple[Part, ...], ledger: Ledger, *, ends: bool) -> None:
        try:
            for part in parts:
                clip = part.clip or await self._prompter.clip(part.line)
                tail_s = self._tail_s if ends and part is parts[-1] else 0.0
                samples = np.concatenate([part_samples(part, clip), silence(tail_s)])
                if ledger.marks is not None and part is parts[0]:
                    ledger.marks.voiced_s = self._line.position_s
                ledger.queued(self._line.play(samples), part, clip)
        except VoicebotError as error:
            self._on_failure(str(error))

    def _started(self, ledger: Ledger, event: PlayoutStarted) -> None:
        line = ledger.line(event.playout_id)
        if line is not None and self._move is not None:
            self._turns.bot_line(interruptible=_may_cut(self._move, line))
        if ledger.index is None and ledger.marks is not None:
            ledger.marks.started_s = event.at_s
            self._log.note("latency", str(ledger.marks), event.at_s)
        self._log.begun(ledger)

    @property
    def _unwritten(self) -> list[Ledger]:
        return [*self._cut, *([self._ledger] if self._ledger is not None else [])]

    def _settle(self) -> None:
        for ledger in [one for one in self._cut if one.settled]:
            self._cut.remove(ledger)
            self._log.bot_turn(ledger)


def _may_cut(move: Move, line: Line) -> bool:
    """Whether the caller may cut this line short; where nothing is asked, words are said to their end."""
    return line.interruptible and move.question is not None
