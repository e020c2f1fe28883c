"""One call: the session joins a line, a dialog, the ear and the mouth.

The session is one TaskGroup: a task that follows the line, one that speaks, and the loop that takes stimuli in order
and alone changes state. Nothing here knows SIP, models or files.

Words that were over before the bot began its present turn are no answer to that turn: they are written down, and that
is all. Words that cut its first sound and answer nothing still belong to the turn before ("Yes." and then "speaking."):
the cut line is said anew, once. Whoever consents before the question was heard to its end hears the rest of it and is
asked again. While the caller is handed over to a person (`engine.handover`) the bot is deaf and silent; if nobody takes
the call, the dialog goes on. Once the session has hung up, it only waits for what the line still reports.
"""

import asyncio
import itertools
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from engine.call_log import CallLog
from engine.calls import (
    Answered,
    CallClosed,
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
)
from engine.dialog import Ending, ErrandOutcome, Line, Move
from engine.errand import PendingErrand
from engine.errors import ModelMissing, TelephonyError
from engine.fax import FaxEar
from engine.handover import Consulting, Handover, Outcome, TransferPlan
from engine.hearing import (
    FaxHeard,
    Heard,
    Hearing,
    HearingFailed,
    Partial,
    PauseRead,
    RecognitionFailed,
    Sound,
)
from engine.latency import LatencyMarks
from engine.ports import CallLine, Dialog
from engine.services import LAST_REPORTS_S, News, Services
from engine.speaking import Mouth
from engine.speech import Hypothesis, Transcript
from engine.turns import DigitsOver, Interrupt, NoInput, TimeUp, TurnTaker

_log = logging.getLogger(__name__)

_QUEUE = 1024

_AFTERTHOUGHT_S = 0.4
"""Nobody answers so soon after the bot's first sound: who speaks by then was still at the turn before."""

_AHEAD_S = 2.0
"""When likely next lines should be ready: about the shortest question with its answer."""


@dataclass(frozen=True, slots=True)
class SpeechFailed:
    """A line of this move could not be turned into audio."""

    reason: str
    move: Move | None


@dataclass(frozen=True, slots=True)
class ErrandOver:
    """An errand has come to its end."""

    errand: PendingErrand
    outcome: ErrandOutcome


Stimulus = LineEvent | Sound | SpeechFailed | Outcome | ErrandOver


class CallSession:
    """Holds one conversation; `run` it once.

    Args:
        line: the caller's.
        dialog: what is said.
        services: what all sessions share.
        consult: calls a person, for callers who are handed over to one; without it nobody is.
    """

    def __init__(self, line: CallLine, dialog: Dialog, services: Services, consult: Consulting | None = None) -> None:
        self._line = line
        self._dialog = dialog
        self._services = services
        self._consult = consult
        self._stimuli: asyncio.Queue[Stimulus] = asyncio.Queue(_QUEUE)
        self._group = asyncio.TaskGroup()
        self._turns = TurnTaker(services.limits)
        self._log = CallLog(line, services.store, services.clock, self._show)
        self._mouth = Mouth(
            line,
            services.prompter,
            self._turns,
            self._group,
            self._log,
            tail_s=services.tail_s,
            on_failure=lambda reason: self._tell(SpeechFailed(reason, self._move)),
        )
        self._hearing: Hearing | None = None
        self._fax_ear: FaxEar | None = None
        self._move: Move | None = None
        self._move_since_s = 0.0
        self._said_anew = False
        """The present move was cut by an afterthought once; echo of the bot itself could cut it for ever."""
        self._own_lines: set[Line] = set()
        self._answers: dict[str, str] = {}
        self._right_party = False
        self._disposition: Disposition | None = None
        self._wished: Disposition | None = None
        """What a handover that reached nobody would have ended with; it holds if nothing else is reached."""
        self._second_call_ids = (f"{line.call_id}-{number}" for number in itertools.count(1))
        self._handover: Handover | None = None
        self._handing: asyncio.Task[None] | None = None
        self._errand: PendingErrand | None = None
        self._running: asyncio.Task[None] | None = None
        self._leaving = False
        self._ended: LineEnded | None = None

    async def run(self) -> None:
        """Hold the call from ringing to its end; `closing` is its last row then.

        A fault of ours ends the call as failed. When cancelled it hangs up, writes what was heard, and raises.
        """
        try:
            await self._converse()
        except* Exception:  # the task root: whatever broke, the call is ended and its record completed
            _log.exception("call %s broke", self._line.call_id)
            self._log.note("broken")
            self._disposition = self._disposition or Disposition.FAILED
        finally:
            if self._hearing is not None:
                self._hearing.close()
            if self._services.fax is not None and self._fax_ear is not None:
                self._services.fax.close(self._fax_ear)
            self._services.prompter.forget(tuple(self._own_lines))
            try:
                await self._last_reports()
            finally:
                self._mouth.finish()

    def closing(self) -> CallClosed:
        """Return the last row of the call."""
        ended = self._ended or LineEnded(EndCause.FAILED, 0, "broken", self._line.position_s)
        ending = self._move.ending if self._move else None
        reached = ending if ending and ending.disposition is self._disposition else None
        return CallClosed(
            self._line.call_id,
            self._services.clock.now(),
            self._disposition or self._wished or ended.cause.disposition,
            ended.at_s,
            ended.sip_status,
            promise=reached.promise if reached else None,
            callback_at=reached.callback_at if reached else None,
        )

    async def _converse(self) -> None:
        async with self._group:
            follower = self._group.create_task(self._follow_line())
            if self._line.direction is Direction.INBOUND:
                await self._answer()
            while self._ended is None:
                await self._take(await self._stimuli.get())
            for under_way in filter(None, (self._handing, self._running)):
                under_way.cancel()
            self._mouth.silence()
            await follower

    async def _answer(self) -> None:
        try:
            await self._line.answer()
        except TelephonyError as error:  # the caller was faster; the line's end tells how
            self._log.note("answer_failed", str(error))
            await self._leave()

    async def _last_reports(self) -> None:
        """Leave a line that was not followed to its end, and take what it still reports of its playouts."""
        if self._ended is not None:
            return
        self._mouth.silence()
        await self._leave()
        try:
            async with asyncio.timeout(LAST_REPORTS_S):
                while self._ended is None:
                    waiting = not self._stimuli.empty()
                    last = self._stimuli.get_nowait() if waiting else await self._line.next_event()
                    if isinstance(last, PlayoutStarted | PlayoutFinished | PlayoutCut):
                        self._mouth.playout(last)
                    elif isinstance(last, LineEnded):
                        self._over(last)
        except TimeoutError:
            _log.error("call %s: the line did not report its end", self._line.call_id)

    # Stimuli: what comes in, one at a time.

    async def _follow_line(self) -> None:
        while True:
            event = await self._line.next_event()
            await self._stimuli.put(event)
            if isinstance(event, LineEnded):
                return

    def _tell(self, stimulus: Stimulus) -> None:
        try:
            self._stimuli.put_nowait(stimulus)
        except asyncio.QueueFull:
            _log.error("call %s: stimulus %s lost, the session is stuck", self._line.call_id, type(stimulus).__name__)

    async def _take(self, stimulus: Stimulus) -> None:
        if isinstance(stimulus, LineEvent | Partial):
            self._show(stimulus)
        match stimulus:
            case LineEnded():
                self._over(stimulus)
            case PlayoutStarted() | PlayoutFinished() | PlayoutCut():
                if self._handover is not None:
                    self._handover.playout(stimulus)
                if self._mouth.playout(stimulus):
                    await self._said(stimulus.at_s)
            case _ if self._leaving:
                pass
            case Ringing() | Answered() | Held() | Resumed() | DigitPressed():
                await self._signalled(stimulus)
            case Outcome():
                await self._handed_over(stimulus)
            case ErrandOver(errand, outcome):
                errand.outcome = outcome
                self._go_on_after_errand()
            case SpeechFailed(reason, move):
                if move is self._move:
                    await self._give_up("speech_failed", reason, self._line.position_s, Disposition.FAILED)
            case _:
                await self._sound(stimulus)

    def _over(self, event: LineEnded) -> None:
        self._ended = event
        if event.foreign_packets:
            self._log.note("foreign_rtp", str(event.foreign_packets), event.at_s)

    async def _signalled(self, event: Ringing | Answered | Held | Resumed | DigitPressed) -> None:
        match event:
            case Ringing(early_media):
                self._log.note("ringing", "early media" if early_media else "")
            case Answered():
                await self._answered()
            case Held(at_s):
                self._log.note("held", at_s=at_s)
                self._turns.hold()
                self._mouth.silence()
            case Resumed(at_s):
                self._log.note("resumed", at_s=at_s)
                self._turns.resume(at_s)
                await self._go_on()
            case DigitPressed(digit, at_s):
                self._log.note("digit", at_s=at_s)
                if self._hearing is not None:
                    self._hearing.press(digit, at_s)

    async def _sound(self, sound: Sound) -> None:
        match sound:
            case NoInput() | Interrupt() | FaxHeard() | TimeUp() | HearingFailed() if self._handover is not None:
                pass  # told before the ear was closed
            case Partial(text):
                if self._dialog.completes(text):
                    self._foresee(Transcript((Hypothesis(text, 0.5),), 0.0, 0.0, self._dialog.language))
            case PauseRead(transcript):
                self._group.create_task(self._attend_ahead(transcript))
            case Heard():
                await self._heard(sound)
            case Interrupt(at_s):
                if self._turns.interrupted:  # and the bot has not begun another turn since
                    self._log.note("barge_in", at_s=at_s)
                    self._mouth.silence()
            case NoInput(at_s):
                self._log.note("no_input", at_s=at_s)
                self._say(self._dialog.no_input())
            case DigitsOver(digits, start_s, end_s):
                pressed = Transcript((Hypothesis(digits, 1.0),), start_s, end_s, self._dialog.language)
                await self._reply(pressed, decided_s=end_s)
            case FaxHeard(tone, at_s):
                self._disposition = Disposition.FAX  # whatever the dialog made of its silence
                await self._give_up("fax", tone, at_s, Disposition.FAX)
            case TimeUp(at_s):
                await self._give_up("time_up", "", at_s, Disposition.TOO_LONG)
            case HearingFailed(reason):
                await self._give_up("hearing_failed", reason, self._line.position_s, Disposition.FAILED)
            case RecognitionFailed(reason):
                self._log.note("recognition_failed", reason)

    async def _answered(self) -> None:
        self._log.note("answered")
        if self._services.fax is not None:
            self._fax_ear = self._services.fax.open(self._line.channel, self._tell)
        if await self._listen():
            self._say(self._dialog.begin())

    async def _listen(self) -> bool:
        """Open the ear, or give the call up where there is none; return whether there is."""
        try:
            self._hearing = self._services.hearer.open(
                self._line.channel, self._turns, self._dialog.language, self._dialog, self._tell
            )
        except ModelMissing as error:
            await self._give_up("no_recogniser", str(error), self._line.position_s, Disposition.FAILED)
        return self._hearing is not None

    def _show(self, news: News) -> None:
        self._services.watch(self._line.call_id, news)

    # Listening.

    async def _heard(self, heard: Heard) -> None:
        transcript = heard.transcript
        if heard.decided_s < self._move_since_s:
            self._log.note("overtaken", at_s=transcript.start_s)
            if transcript.text and self._move is not None:
                self._log.caller_turn(transcript, self._move.state, None)
            if heard.interrupted and self._turns.interrupted:
                await self._go_on()
        elif heard.interrupted and await self._cut_in_vain(transcript):
            await self._go_on()
        elif transcript.doubtful and heard.voiced_s < self._services.noise_s:
            self._log.note("noise", at_s=transcript.start_s)
            self._turns.bot_yields(transcript.end_s)
        else:
            await self._reply(transcript, decided_s=heard.decided_s)

    async def _cut_in_vain(self, transcript: Transcript) -> bool:
        """Whether the bot goes on with the turn that these words cut; the record tells why.

        They only accompany it; or they go with the turn before and answer nothing: "Yes." and then "speaking."; or they
        consent to what was not heard to its end.
        """
        if transcript.doubtful or self._dialog.backchannel(transcript.text):
            self._log.note("false_interruption", at_s=transcript.end_s)
            return True
        began_s = self._mouth.began_s
        if self._move is None or began_s is None:  # it had just been said to its end
            return False
        await self._dialog.attend(transcript)
        if self._dialog.consents(transcript):
            kind = "early_consent"
        elif (
            transcript.start_s - began_s <= _AFTERTHOUGHT_S
            and not self._said_anew
            and not self._dialog.understands(transcript)
        ):
            kind, self._said_anew = "afterthought", True
        else:
            return False
        self._log.note(kind, at_s=transcript.start_s)
        self._log.caller_turn(transcript, self._move.state, None)
        return True

    async def _attend_ahead(self, transcript: Transcript) -> None:
        """Let the dialog ask about these words during the pause, so that a reply to them need not wait for it."""
        await self._dialog.attend(transcript)
        if not self._leaving:
            self._foresee(transcript)

    def _foresee(self, transcript: Transcript) -> None:
        """Have the answer to these words rendered while it is not yet sure that they are all."""
        self._prepare(self._dialog.foresee(transcript), within_s=0.0)

    async def _reply(self, transcript: Transcript, *, decided_s: float) -> None:
        if self._move is None or self._move.ending is not None:
            return  # the dialog is over: only its last words are still being said
        state = self._move.state
        if self._move.errand is not None:  # nothing is asked before it is known what the other system says
            self._log.caller_turn(transcript, state, None)
            return
        self._mouth.retire()
        marks = LatencyMarks(transcript.end_s, decided_s, self._line.position_s)
        await self._dialog.attend(transcript)
        move = self._dialog.reply(transcript)
        marks.answered_s = self._line.position_s
        self._log.caller_turn(transcript, state, move.intent)
        self._say(move, marks)

    # Speaking.

    def _say(self, move: Move, marks: LatencyMarks | None = None) -> None:
        self._move, self._move_since_s, self._said_anew = move, self._line.position_s, False
        self._show(move)
        if move.right_party and not self._right_party:
            self._right_party = True
            self._log.note("right_party")
        for name, value in move.answers:  # at once: the caller may hang up before the end
            if self._answers.get(name) != value:
                self._log.note("answer", f"{name}={value}")
        self._answers = dict(move.answers)
        if move.ending is not None and self._disposition is None:
            self._disposition = move.ending.disposition
        if self._hearing is not None and not self._hearing.listen_in(move.language):
            self._log.note("no_recogniser", str(move.language))
        self._own_lines.update(line for line in move.lines if not line.fixed)
        self._mouth.say(move, marks)
        if move.errand is not None:
            self._errand = PendingErrand(move, self._dialog.errand_request())
            self._running = self._group.create_task(self._run_errand(self._errand))
        self._prepare(self._dialog.upcoming(), within_s=_AHEAD_S)

    def _prepare(self, lines: Iterable[Line], *, within_s: float) -> None:
        ahead = tuple(lines)
        self._own_lines.update(line for line in ahead if not line.fixed)
        self._services.prompter.prepare(ahead, within_s=within_s)

    async def _go_on(self) -> None:
        """Say what was not heard of the turn that was cut, then wait for its answer as before."""
        if self._move is not None and self._mouth.go_on():
            await self._said(self._line.position_s)

    async def _said(self, at_s: float) -> None:
        """The last move has been said to its end."""
        if self._move is not None and self._move.ending is not None:
            await self._end(self._move.ending)
            return
        self._turns.bot_yields(at_s)
        if self._errand is not None:
            self._errand.said = True
            self._go_on_after_errand()

    async def _run_errand(self, errand: PendingErrand) -> None:
        services = self._services
        self._tell(ErrandOver(errand, await errand.run(services.errands, self._log, services.clock)))

    def _go_on_after_errand(self) -> None:
        errand = self._errand
        if errand is not None and errand.over is not None and errand.move is self._move:
            self._errand = None
            self._say(self._dialog.done(errand.over))

    # The end.

    async def _end(self, ending: Ending) -> None:
        if self._leaving or self._handover is not None:
            return
        if ending.transfer and self._services.transfer is not None and self._consult is not None:
            self._hand_over(self._services.transfer, self._consult)
        else:
            await self._leave()

    def _hand_over(self, plan: TransferPlan, consult: Consulting) -> None:
        """Begin to hand the caller over; the bot is deaf meanwhile, and no call is too long."""
        if self._hearing is not None:
            self._hearing.close()
            self._hearing = None
            self._turns.ear_closed()
        briefing = self._dialog.briefing(plan.language)
        self._handover = Handover(
            self._line,
            plan,
            briefing,
            consult=consult,
            log=self._log,
            clock=self._services.clock,
            call_ids=self._second_call_ids,
        )
        self._handing = self._group.create_task(self._carry_out(self._handover))

    async def _carry_out(self, handover: Handover) -> None:
        self._tell(await handover.run())

    async def _handed_over(self, outcome: Outcome) -> None:
        self._handover = self._handing = None
        if outcome is not Outcome.UNREACHED:
            await self._leave()
            return
        self._wished, self._disposition = self._disposition, None
        if await self._listen():
            self._say(self._dialog.unreached())

    async def _give_up(self, kind: str, detail: str, at_s: float, disposition: Disposition) -> None:
        self._log.note(kind, detail, at_s)
        self._disposition = self._disposition or disposition
        self._mouth.silence()
        await self._leave()

    async def _leave(self) -> None:
        self._leaving = True
        await self._line.hang_up()
