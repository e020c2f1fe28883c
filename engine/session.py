"""One call: the session joins a line, a dialog, the ears and the voice, and writes the record.

The session is one TaskGroup: a task that follows the line, one that speaks, and the loop that takes stimuli in order
and alone changes state. Nothing here knows SIP, models or files.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from engine.audio import silence
from engine.calls import (
    Answered,
    CallClosed,
    CallEvent,
    DigitPressed,
    Direction,
    Disposition,
    EndCause,
    Held,
    LineEnded,
    LineEvent,
    PlayoutCut,
    PlayoutFinished,
    PlayoutStarted,
    Resumed,
    Ringing,
    Speaker,
    Turn,
)
from engine.dialog import Ending, Line, Move
from engine.errors import TelephonyError, VoicebotError
from engine.latency import LatencyMarks
from engine.ledger import Ledger, Rest
from engine.listening import Heard, Partial, PauseRead, RecognitionFailed, Sound, Understanding
from engine.ports import CallLine, CallStore, Clock, Dialog, Prompter
from engine.speech import Hypothesis, Language, Transcript
from engine.turns import DigitsOver, Interrupt, NoInput, TimeUp, TurnLimits, TurnTaker

_log = logging.getLogger(__name__)

_QUEUE = 1024

_AHEAD_S = 2.0
"""When likely next lines should be ready: about the shortest question with its answer."""


class Hearing(Protocol):
    """One call's ear, as the session uses it."""

    def listen_in(self, language: Language) -> bool:
        """Recognise this language from now on; return whether that is possible."""

    def press(self, digit: str, at_s: float) -> None:
        """Take a key."""


class Hearer(Protocol):
    """Opens ears on channels: `engine.listening.Listener`, or a keyboard."""

    def open(
        self,
        channel: int,
        turns: TurnTaker,
        language: Language,
        understanding: Understanding,
        tell: Callable[[Sound], None],
    ) -> Hearing:
        """Begin to listen to a channel.

        Raises:
            ModelMissing: there is no recogniser for the language.
        """

    def close(self, channel: int) -> None:
        """Stop listening."""


@dataclass(frozen=True, slots=True)
class SpeechFailed:
    """A line could not be turned into audio."""

    reason: str


Stimulus = LineEvent | Sound | SpeechFailed

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


_DISPOSITIONS = {
    EndCause.REMOTE_HANGUP: Disposition.HUNG_UP,
    EndCause.LOCAL_HANGUP: Disposition.FAILED,
    EndCause.BUSY: Disposition.BUSY,
    EndCause.NO_ANSWER: Disposition.NO_ANSWER,
    EndCause.CANCELLED: Disposition.CANCELLED,
    EndCause.REJECTED: Disposition.REJECTED,
    EndCause.FAILED: Disposition.FAILED,
    EndCause.MEDIA_TIMEOUT: Disposition.MEDIA_LOST,
    EndCause.WORKER_DIED: Disposition.INTERRUPTED,
}


def _may_cut(move: Move, line: Line) -> bool:
    """Whether the caller may cut this line short; a last word is said to its end, since nothing follows it."""
    return line.interruptible and move.ending is None


class CallSession:
    """Holds one conversation; `run` it once."""

    def __init__(self, line: CallLine, dialog: Dialog, services: Services) -> None:
        self._line = line
        self._dialog = dialog
        self._services = services
        self._turns = TurnTaker(services.limits)
        self._stimuli: asyncio.Queue[Stimulus] = asyncio.Queue(_QUEUE)
        self._hearing: Hearing | None = None
        self._group: asyncio.TaskGroup | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._move: Move | None = None
        self._ledger: Ledger | None = None
        self._cut: list[Ledger] = []
        self._own_lines: list[Line] = []
        self._turn_index = 0
        self._marks: LatencyMarks | None = None
        self._disposition: Disposition | None = None
        self._ended: LineEnded | None = None

    async def run(self) -> CallClosed:
        """Hold the call from ringing to its end and return its last row, already stored.

        Raises:
            StoreError: the record could not be completed.
        """
        try:
            await self._converse()
        except* Exception:  # the task root: whatever broke, the call is ended and its record closed
            _log.exception("call %s broke", self._line.call_id)
            self._note("broken")
            self._disposition = self._disposition or Disposition.FAILED
            await self._line.hang_up()
        finally:
            self._services.hearer.close(self._line.channel)
            self._services.prompter.forget(self._own_lines)
        self._retire()
        for ledger in self._cut:
            self._store_bot_turn(ledger)
        closed = self._closing()
        await self._services.store.closed(closed)
        return closed

    async def _converse(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            follower = group.create_task(self._follow_line())
            if self._line.direction is Direction.INBOUND:
                await self._line.answer()
            while self._ended is None:
                await self._take(await self._stimuli.get())
            self._stop_speaking()
            await follower

    # Stimuli: what comes in, one at a time.

    async def _follow_line(self) -> None:
        while True:
            event = await self._line.next_event()
            await self._stimuli.put(event)
            if isinstance(event, LineEnded):
                return

    def _tell(self, sound: Sound) -> None:
        try:
            self._stimuli.put_nowait(sound)
        except asyncio.QueueFull:
            _log.error("call %s: stimulus %s lost, the session is stuck", self._line.call_id, type(sound).__name__)

    async def _take(self, stimulus: Stimulus) -> None:
        if isinstance(stimulus, LineEvent | Partial):
            self._services.watch(self._line.call_id, stimulus)
        match stimulus:
            case Ringing(early_media):
                self._note("ringing", "early media" if early_media else "")
            case Answered():
                self._answered()
            case Held(at_s):
                self._note("held", at_s=at_s)
                self._turns.hold()
                self._silence()
            case Resumed(at_s):
                self._note("resumed", at_s=at_s)
                self._turns.resume(at_s)
                await self._go_on()
            case DigitPressed(digit, at_s):
                self._note("digit", at_s=at_s)
                if self._hearing is not None:
                    self._hearing.press(digit, at_s)
            case PlayoutStarted() | PlayoutFinished() | PlayoutCut():
                await self._playout(stimulus)
            case LineEnded():
                self._ended = stimulus
            case Partial(text):
                if self._dialog.completes(text):
                    self._foresee(Transcript((Hypothesis(text, 0.5),), 0.0, 0.0, self._dialog.language))
            case PauseRead(transcript):
                self._foresee(transcript)
            case Heard():
                await self._heard(stimulus)
            case Interrupt(at_s):
                self._note("barge_in", at_s=at_s)
                self._silence()
            case NoInput(at_s):
                self._note("no_input", at_s=at_s)
                self._say(self._dialog.no_input())
            case DigitsOver(digits, start_s, end_s):
                pressed = Transcript((Hypothesis(digits, 1.0),), start_s, end_s, self._dialog.language)
                self._reply(pressed, decided_s=end_s)
            case TimeUp(at_s):
                await self._give_up("time_up", "", at_s, Disposition.TOO_LONG)
            case RecognitionFailed(reason):
                self._note("recognition_failed", reason)
            case SpeechFailed(reason):
                await self._give_up("speech_failed", reason, self._line.position_s, Disposition.FAILED)

    def _answered(self) -> None:
        self._note("answered")
        self._hearing = self._services.hearer.open(
            self._line.channel, self._turns, self._dialog.language, self._dialog, self._tell
        )
        self._say(self._dialog.begin())

    async def _give_up(self, kind: str, detail: str, at_s: float, disposition: Disposition) -> None:
        self._note(kind, detail, at_s)
        self._disposition = self._disposition or disposition
        self._silence()
        await self._line.hang_up()

    # Listening.

    async def _heard(self, heard: Heard) -> None:
        text = heard.transcript.text
        if heard.interrupted and (not text or self._dialog.backchannel(text)):
            self._note("false_interruption", at_s=heard.transcript.end_s)
            await self._go_on()
            return
        if not text and heard.voiced_s < self._services.noise_s:
            self._note("noise", at_s=heard.transcript.start_s)
            if not self._turns.bot_has_floor:
                self._turns.bot_yields(heard.transcript.end_s)
            return
        self._reply(heard.transcript, decided_s=heard.decided_s)

    def _foresee(self, transcript: Transcript) -> None:
        """Have the answer to these words rendered while it is not yet sure that they are all."""
        lines = self._dialog.foresee(transcript)
        self._own_lines += (line for line in lines if not line.fixed)
        self._services.prompter.prepare(lines, within_s=0.0)

    def _reply(self, transcript: Transcript, *, decided_s: float) -> None:
        if self._move is not None and self._move.ending is not None:
            return  # the dialog is over: only its last words are still being said
        state = self._move.state if self._move else ""
        self._retire()
        self._marks = marks = LatencyMarks(transcript.end_s, decided_s, self._line.position_s)
        move = self._dialog.reply(transcript)
        marks.answered_s = self._line.position_s
        self._store_turn(
            Turn(
                self._line.call_id,
                self._turn_index,
                Speaker.CALLER,
                transcript.text,
                transcript.text,
                transcript.start_s,
                transcript.end_s,
                state,
                intent=move.intent,
                confidence=transcript.confidence,
                transcript=transcript,
            )
        )
        self._say(move)

    # Speaking.

    def _say(self, move: Move) -> None:
        self._silence()
        self._move = move
        self._services.watch(self._line.call_id, move)
        if move.ending is not None and self._disposition is None:
            self._disposition = move.ending.disposition
        if self._hearing is not None and not self._hearing.listen_in(move.language):
            self._note("no_recogniser", str(move.language))
        self._speak(tuple(Rest(line, None) for line in move.lines), move)
        ahead = self._dialog.upcoming()
        self._own_lines += (line for line in (*move.lines, *ahead) if not line.fixed)
        self._services.prompter.prepare(ahead, within_s=_AHEAD_S)

    async def _go_on(self) -> None:
        """Say what was not heard of the turn that was cut, then wait for its answer as before."""
        move = self._move
        if move is None:
            return
        if self._ledger is not None and (rest := self._ledger.rest()):
            self._silence()
            self._speak(rest, move)
        elif move.ending is not None:
            await self._end(move.ending)
        else:
            self._turns.bot_yields(self._line.position_s)

    def _speak(self, parts: tuple[Rest, ...], move: Move) -> None:
        assert self._group is not None
        self._retire()
        self._ledger = ledger = Ledger(tuple(part.line for part in parts), move.state)
        self._turns.bot_takes_floor(move.question, interruptible=_may_cut(move, parts[0].line))
        self._speaking = self._group.create_task(self._play(parts, ledger, ends=move.ending is not None))

    async def _play(self, parts: tuple[Rest, ...], ledger: Ledger, *, ends: bool) -> None:
        try:
            for part in parts:
                clip = part.clip or await self._services.prompter.clip(part.line)
                tail_s = self._services.tail_s if ends and part is parts[-1] else 0.0
                samples = np.concatenate([clip.samples, silence(tail_s)])
                if self._marks is not None and part is parts[0]:
                    self._marks.voiced_s = self._line.position_s
                ledger.queued(self._line.play(samples), part.line, clip)
        except VoicebotError as error:
            await self._stimuli.put(SpeechFailed(str(error)))

    def _stop_speaking(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    def _silence(self) -> None:
        """Stop the bot: nothing more is queued, what is queued is dropped."""
        self._stop_speaking()
        if self._ledger is not None and not self._ledger.settled:
            self._line.flush()

    async def _playout(self, event: PlayoutStarted | PlayoutFinished | PlayoutCut) -> None:
        if any(cut.note(event) for cut in self._cut):
            self._settle()
            return
        ledger, move = self._ledger, self._move
        if ledger is None or move is None or not ledger.note(event):
            return
        if isinstance(event, PlayoutStarted):
            self._started(ledger, event)
        elif ledger.spoken and isinstance(event, PlayoutFinished):
            self._store_bot_turn(ledger)
            self._ledger = None
            if move.ending is not None:
                await self._end(move.ending)
            else:
                self._turns.bot_yields(event.at_s)

    def _started(self, ledger: Ledger, event: PlayoutStarted) -> None:
        line = ledger.line(event.playout_id)
        if line is not None and self._move is not None:
            self._turns.bot_line(interruptible=_may_cut(self._move, line))
        if self._marks is not None:
            self._marks.started_s = event.at_s
            ledger.response_ms = self._marks.response_ms
            self._note("latency", str(self._marks), event.at_s)
            self._marks = None

    async def _end(self, ending: Ending) -> None:
        target = self._services.transfer_to
        if ending.transfer and target:
            try:
                await self._line.transfer(target)
                self._note("transferred")
            except TelephonyError as error:
                self._note("transfer_failed", str(error))
        await self._line.hang_up()

    # The record.

    def _retire(self) -> None:
        """The turn now spoken will get no more audio; its record follows once the line has reported all of it."""
        if self._ledger is not None:
            self._cut.append(self._ledger)
            self._ledger = None
        self._settle()

    def _settle(self) -> None:
        for ledger in [one for one in self._cut if one.settled]:
            self._cut.remove(ledger)
            self._store_bot_turn(ledger)

    def _store_bot_turn(self, ledger: Ledger) -> None:
        said = ledger.utterance()
        if said is None:
            return
        self._store_turn(
            Turn(
                self._line.call_id,
                self._turn_index,
                Speaker.BOT,
                said.text,
                said.planned_text,
                said.start_s,
                said.end_s,
                ledger.state,
                response_ms=ledger.response_ms,
            )
        )

    def _store_turn(self, turn: Turn) -> None:
        self._turn_index += 1
        self._services.store.turn(turn)
        self._services.watch(turn.call_id, turn)

    def _note(self, kind: str, detail: str = "", at_s: float | None = None) -> None:
        position_s = self._line.position_s if at_s is None else at_s
        self._services.store.event(CallEvent(self._line.call_id, self._services.clock.now(), position_s, kind, detail))

    def _closing(self) -> CallClosed:
        ended = self._ended or LineEnded(EndCause.FAILED, 0, "broken", self._line.position_s)
        ending = self._move.ending if self._move else None
        reached = self._disposition is not None
        return CallClosed(
            self._line.call_id,
            self._services.clock.now(),
            self._disposition or _DISPOSITIONS[ended.cause],
            ended.at_s,
            ended.sip_status,
            promise=ending.promise if ending and reached else None,
            callback_at=ending.callback_at if ending and reached else None,
        )
