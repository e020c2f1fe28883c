"""A call's record as its session writes it: events and turns, in the order in which they began."""

from collections.abc import Callable

from engine.calls import CallEvent, Speaker, Turn
from engine.ledger import Ledger
from engine.ports import CallLine, CallStore, Clock
from engine.speech import Transcript


class CallLog:
    """Writes one call's events and turns.

    Args:
        line: whose call it is, and its stream time.
        store: keeps the rows.
        clock: time of the events.
        watch: is shown every turn.
    """

    def __init__(self, line: CallLine, store: CallStore, clock: Clock, watch: Callable[[Turn], None]) -> None:
        self._line = line
        self._store = store
        self._clock = clock
        self._watch = watch
        self._next_index = 0

    def note(self, kind: str, detail: str = "", at_s: float | None = None) -> None:
        """Note an event, by default of this moment; the detail is free of personal data."""
        position_s = self._line.position_s if at_s is None else at_s
        self._store.event(CallEvent(self._line.call_id, self._clock.now(), position_s, kind, detail))

    def begun(self, ledger: Ledger) -> None:
        """Give a turn of the bot its place when it begins to sound: it is written only once it has ended."""
        if ledger.index is None:
            ledger.index = self._take_index()

    def bot_turn(self, ledger: Ledger) -> None:
        """Write a turn of the bot as it was heard; one that never sounded is none."""
        said = ledger.utterance()
        if said is None or ledger.index is None:
            return
        self._write(
            Turn(
                self._line.call_id,
                ledger.index,
                Speaker.BOT,
                said.text,
                said.planned_text,
                said.start_s,
                said.end_s,
                ledger.state,
                response_ms=ledger.response_ms,
            )
        )

    def caller_turn(self, heard: Transcript, state: str, intent: str | None) -> None:
        """Write a turn of the caller, said in this state of the dialog."""
        self._write(
            Turn(
                self._line.call_id,
                self._take_index(),
                Speaker.CALLER,
                heard.text,
                heard.text,
                heard.start_s,
                heard.end_s,
                state,
                intent=intent,
                confidence=heard.confidence,
                transcript=heard,
            )
        )

    def _take_index(self) -> int:
        index, self._next_index = self._next_index, self._next_index + 1
        return index

    def _write(self, turn: Turn) -> None:
        self._store.turn(turn)
        self._watch(turn)
