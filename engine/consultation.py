"""A call to a person about a caller who waits: it invites, tells about the caller, and joins the two.

Rules
- Where a key is asked for, whoever answers hears the invitation twice and may press 1 to accept or 2 to decline, also
  while it is spoken. Without a key in time the call is over.
- Who has accepted hears the summary; 1 cuts it short, 2 still declines. Then caller and person are joined, and the bot
  is silent for good.
- Words that cannot be spoken are passed over: a caller waits.
- A person who puts us on hold before the two are joined has not taken the call.
"""

import asyncio
import logging
from enum import Enum, auto

from engine.audio import silence
from engine.call_log import CallLog
from engine.calls import (
    Answered,
    CallClosed,
    DigitPressed,
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
from engine.dialog import Line, Move, Question
from engine.errors import TelephonyError
from engine.handover import Acceptance, Consult
from engine.ports import CallLine
from engine.services import LAST_REPORTS_S, Services
from engine.speaking import Mouth
from engine.speech import Expect
from engine.turns import TurnTaker

_log = logging.getLogger(__name__)

_INVITATIONS = 2
"""How often it is said: people put the telephone to their ear late."""


class _Stage(Enum):
    RINGING = auto()
    INVITED = auto()
    TOLD = auto()
    """Has accepted, and hears the summary."""
    TALKING = auto()
    LEFT = auto()
    """We have hung up."""


class Consultation:
    """Holds one such call; `run` it once.

    Args:
        line: to the person.
        order: whom about, and how.
        services: voice, record, time.
    """

    def __init__(self, line: CallLine, order: Consult, services: Services) -> None:
        self._line, self._order, self._services = line, order, services
        self._group = asyncio.TaskGroup()
        self._log = CallLog(line, services.store, services.clock, lambda turn: services.watch(line.call_id, turn))
        self._mouth = Mouth(
            line,
            services.prompter,
            TurnTaker(services.limits),
            self._group,
            self._log,
            tail_s=0.0,
            on_failure=self._speechless,
        )
        self._stage = _Stage.RINGING
        self._invited = 0
        self._pause_id: int | None = None
        self._taken = False
        self._broken = False
        self._ended: LineEnded | None = None

    async def run(self) -> None:
        """Hold the call from ringing to its end; `closing` is its last row then.

        A fault of ours ends it, and the caller is not joined. When cancelled it hangs up and raises.
        """
        self._log.note("consulted_for", self._order.caller.call_id)
        briefing = self._order.briefing
        self._services.prompter.prepare((briefing.invitation, *briefing.summary), within_s=1.0)
        try:
            async with self._group:
                while self._ended is None:
                    await self._take(await self._line.next_event())
                self._mouth.silence()
        except* Exception:  # the task root: whatever broke, the call is ended and its record completed
            _log.exception("call %s broke", self._line.call_id)
            self._log.note("broken")
            self._broken = True
        finally:
            self._services.prompter.forget(tuple(line for line in briefing.summary if not line.fixed))
            try:
                await self._last_reports()
            finally:
                self._mouth.finish()

    def closing(self) -> CallClosed:
        """Return the last row of the call."""
        ended = self._ended or LineEnded(EndCause.FAILED, 0, "broken", self._line.position_s)
        return CallClosed(
            self._line.call_id, self._services.clock.now(), self._disposition(ended.cause), ended.at_s, ended.sip_status
        )

    def _disposition(self, cause: EndCause) -> Disposition:
        if self._taken and cause is not EndCause.WORKER_DIED:
            return Disposition.CONNECTED
        if self._broken:
            return Disposition.FAILED
        if self._stage is _Stage.LEFT or cause is EndCause.REMOTE_HANGUP:
            return Disposition.REJECTED
        return Disposition.CANCELLED if cause is EndCause.LOCAL_HANGUP else cause.disposition

    async def _last_reports(self) -> None:
        if self._ended is not None:
            return
        self._mouth.silence()
        await self._line.hang_up()
        try:
            async with asyncio.timeout(LAST_REPORTS_S):
                while self._ended is None:
                    match await self._line.next_event():
                        case PlayoutStarted() | PlayoutFinished() | PlayoutCut() as event:
                            self._mouth.playout(event)
                        case LineEnded() as ended:
                            self._ended = ended
        except TimeoutError:
            _log.error("call %s: the line did not report its end", self._line.call_id)

    async def _take(self, event: LineEvent) -> None:
        self._services.watch(self._line.call_id, event)
        match event:
            case LineEnded():
                self._ended = event
            case PlayoutStarted() | PlayoutFinished() | PlayoutCut():
                if event.playout_id == self._pause_id and isinstance(event, PlayoutFinished):
                    await self._pause_over()
                elif self._mouth.playout(event):
                    await self._said()
            case Ringing():
                self._log.note("ringing")
            case Answered():
                self._log.note("answered")
                await self._answered()
            case Held(at_s):
                self._log.note("held", at_s=at_s)
                if self._stage is not _Stage.TALKING:
                    await self._decline("on hold")
            case Resumed(at_s):
                self._log.note("resumed", at_s=at_s)
            case DigitPressed(digit, at_s):
                self._log.note("digit", at_s=at_s)
                await self._pressed(digit)

    async def _answered(self) -> None:
        if self._order.plan.acceptance is Acceptance.KEY:
            self._invite()
        else:
            await self._tell()

    def _invite(self) -> None:
        self._stage = _Stage.INVITED
        self._invited += 1
        self._say("invitation", (self._order.briefing.invitation,))

    async def _tell(self) -> None:
        self._stage = _Stage.TOLD
        if self._order.plan.briefing and self._order.briefing.summary:
            self._say("briefing", self._order.briefing.summary)
        else:
            await self._join()

    async def _pressed(self, digit: str) -> None:
        match self._stage, digit:
            case _Stage.INVITED, "1":
                self._fall_silent()
                await self._tell()
            case _Stage.TOLD, "1":
                await self._join()
            case ((_Stage.INVITED | _Stage.TOLD), "2"):
                await self._decline("by key")

    async def _said(self) -> None:
        """The last words have been said to their end."""
        if self._stage is _Stage.INVITED:
            self._pause_id = self._line.play(silence(self._order.plan.accept_s / _INVITATIONS))
        elif self._stage is _Stage.TOLD:
            await self._join()

    async def _pause_over(self) -> None:
        if self._stage is not _Stage.INVITED:
            return
        if self._invited < _INVITATIONS:
            self._invite()
        else:
            await self._decline("no key")

    async def _join(self) -> None:
        self._fall_silent()
        try:
            self._order.caller.join(self._line)
        except TelephonyError as error:
            await self._decline(str(error))
            return
        self._stage = _Stage.TALKING
        self._taken = True
        self._log.note("joined", self._order.caller.call_id)
        self._order.on_taken()

    async def _decline(self, why: str) -> None:
        if self._stage is _Stage.LEFT:
            return
        self._log.note("declined", why)
        self._stage = _Stage.LEFT
        self._fall_silent()
        await self._line.hang_up()

    def _say(self, state: str, lines: tuple[Line, ...]) -> None:
        question = Question(Expect.DIGITS, self._order.plan.accept_s)
        move = Move(state, lines, question, None, self._order.plan.language)
        self._services.watch(self._line.call_id, move)
        self._mouth.say(move)

    def _fall_silent(self) -> None:
        self._mouth.retire()
        self._line.flush()  # the pause too, which is none of the mouth's

    def _speechless(self, reason: str) -> None:
        self._log.note("speech_failed", reason)
        self._group.create_task(self._said())
