"""Handing a caller over to a person: whom to try, in which way, and what the caller hears meanwhile.

Rules
- Only those whom the plan lists are tried, in its order, as far as they are there at this hour. Each is tried once.
- By REFER the far end is asked to call them. Accepted is not connected: it is followed to its end. Where none is known
  in time nobody else is tried, since the far end may still be connecting; the caller is the bot's again.
- Bridged, a second call is placed beside the caller's (`engine.consultation`); its person accepts, is told about the
  call, and only then both are joined. Both calls are recorded and have a record of their own; that of the second names
  the first, the events of the first name the second.
- By default REFER is tried first, and once it is refused the rest of the call is bridged.
- Meanwhile the caller hears ring-back. When the caller hangs up, the second call is cancelled; when one of two who are
  joined hangs up, the other call is ended too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np

from engine.audio import SAMPLE_RATE_HZ, Samples, silence
from engine.call_log import CallLog
from engine.calls import CallClosed, PlayoutCut, PlayoutFinished, PlayoutStarted
from engine.dialling.permission import CallingHours
from engine.dialog import Briefing
from engine.errors import ReferRefused, StoreError, TelephonyError
from engine.ports import CallLine, Clock
from engine.speech import Language

TONE_HZ = 425
TONE_S = 1.0
PAUSE_S = 4.0
"""Ring-back of Kazakhstan and Russia (ITU-T E.180 supplement 2)."""
_TONE_LEVEL = 7200
"""-10 dBm0 (ITU-T E.180 clause 6), where a sine of full scale has 3.14 dBm0 (ITU-T G.711)."""
_RAMP_S = 0.01


class Way(StrEnum):
    """How callers are handed over."""

    REFER = "refer"
    """The far end is asked to call the person (RFC 3515)."""
    BRIDGE = "bridge"
    """We call the person, and join both calls."""
    AUTO = "auto"
    """REFER, and bridged where the far end takes none."""


class Acceptance(StrEnum):
    """How a person takes a bridged call."""

    KEY = "key"
    """By pressing 1: a mailbox, an announcement or a queue that answers takes nobody, and is told nothing."""
    ANSWER = "answer"
    """By answering."""


class Outcome(StrEnum):
    """What came of a handover."""

    REFERRED = "referred"
    """The far end took the caller elsewhere; our call may end."""
    TALKED = "talked"
    """A person took the call, and one of the two has hung up."""
    UNREACHED = "unreached"
    """The caller is the bot's again."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """One who takes callers over.

    Args:
        name: for records, such as ``operators``.
        address: a ``sip:`` URI, or the digits of a number that a trunk takes.
        hours: when somebody is there, in the plan's time zone; None: always.
    """

    name: str
    address: str
    hours: CallingHours | None = None


@dataclass(frozen=True, slots=True)
class TransferPlan:
    """Whom callers are handed over to, and how.

    Args:
        colleagues: in the order in which they are tried; nobody else ever is.
        way: REFER, bridged, or the one and then the other.
        ring_s: how long each may ring.
        acceptance: how a bridged call is taken.
        accept_s: how long after the invitation the key is waited for.
        briefing: whoever takes the call is told about it first.
        language: of invitation and briefing.
        time_zone: IANA name, of the hours.
    """

    colleagues: tuple[Colleague, ...]
    way: Way = Way.AUTO
    ring_s: float = 25.0
    acceptance: Acceptance = Acceptance.KEY
    accept_s: float = 20.0
    briefing: bool = True
    language: Language = Language.RUSSIAN
    time_zone: str = "Asia/Almaty"

    def on_hand(self, now: datetime) -> tuple[Colleague, ...]:
        """Return who is there at this moment, which carries a time zone."""
        local = now.astimezone(ZoneInfo(self.time_zone)).time()
        return tuple(one for one in self.colleagues if one.hours is None or local in one.hours)


@dataclass(frozen=True, slots=True)
class Consult:
    """An order to call a person about a caller who waits.

    Args:
        call_id: of the new call.
        caller: the line to join it to.
        colleague: whom to call.
        plan: how.
        briefing: what to tell them.
        on_taken: called when the two have been joined.
    """

    call_id: str
    caller: CallLine
    colleague: Colleague
    plan: TransferPlan
    briefing: Briefing
    on_taken: Callable[[], None]


Consulting = Callable[[Consult], Awaitable[CallClosed]]
"""Carries such an order out, and returns the last row of the new call. Cancelled, it ends that call.

Raises:
    TelephonyError: it could not be placed.
    StoreError: there is no room to record it; nothing was dialled.
"""


class Handover:
    """One attempt to hand a caller over; `run` it once.

    Args:
        line: the caller's.
        plan: whom to try, and how.
        briefing: what to tell them.
        consult: calls a person.
        log: the caller's record.
        clock: time of day.
        call_ids: for calls to people, never the same twice.
    """

    def __init__(
        self,
        line: CallLine,
        plan: TransferPlan,
        briefing: Briefing,
        *,
        consult: Consulting,
        log: CallLog,
        clock: Clock,
        call_ids: Iterator[str],
    ) -> None:
        self._line, self._plan, self._briefing = line, plan, briefing
        self._consult = consult
        self._log = log
        self._clock = clock
        self._call_ids = call_ids
        self._ring_back = RingBack(line)
        self._refers = plan.way is not Way.BRIDGE
        self._under_way = ""

    async def run(self) -> Outcome:
        """Try one after another until someone has taken the call; cancel it when the caller has hung up."""
        self._ring_back.begin()
        try:
            for colleague in self._plan.on_hand(self._clock.now()):
                outcome = await (self._refer(colleague) if self._refers else self._bridge(colleague))
                if outcome is not None:
                    return outcome
        except asyncio.CancelledError:
            if self._under_way:
                self._log.note("transfer_abandoned", self._under_way)
            raise
        finally:
            self._ring_back.end()
        return Outcome.UNREACHED

    def playout(self, event: PlayoutStarted | PlayoutFinished | PlayoutCut) -> None:
        """Take a report of the caller's line."""
        self._ring_back.playout(event)

    async def _refer(self, colleague: Colleague) -> Outcome | None:
        """Refer the caller to someone; None lets the next one be tried."""
        self._begin(f"{colleague.name} by refer")
        try:
            status = await self._line.transfer(colleague.address, self._plan.ring_s)
        except ReferRefused:
            self._fail("refer refused")
            if self._plan.way is Way.REFER:
                return Outcome.UNREACHED
            self._refers = False
            return await self._bridge(colleague)
        except TelephonyError as error:
            self._fail(str(error))
            return Outcome.UNREACHED
        if status < 300:
            self._succeed()
            return Outcome.REFERRED
        self._fail(str(status))
        return Outcome.UNREACHED if status == 408 else None

    async def _bridge(self, colleague: Colleague) -> Outcome | None:
        """Call someone beside the caller; None lets the next one be tried."""
        call_id = next(self._call_ids)
        self._begin(f"{colleague.name} by call {call_id}")
        order = Consult(call_id, self._line, colleague, self._plan, self._briefing, self._taken)
        try:
            reason: str = (await self._consult(order)).disposition
        except (TelephonyError, StoreError) as error:
            reason = str(error)
        if not self._under_way:  # taken, whatever became of the record afterwards
            return Outcome.TALKED
        self._fail(reason)
        return None

    def _taken(self) -> None:
        self._ring_back.end()
        self._succeed()

    def _begin(self, under_way: str) -> None:
        self._under_way = under_way
        self._log.note("transfer_ringing", under_way)

    def _succeed(self) -> None:
        self._log.note("transferred", self._under_way)
        self._under_way = ""

    def _fail(self, reason: str) -> None:
        self._log.note("transfer_failed", f"{self._under_way}: {reason}")
        self._under_way = ""


class RingBack:
    """What a caller hears while a telephone rings elsewhere."""

    def __init__(self, line: CallLine) -> None:
        self._line = line
        self._playout_id: int | None = None

    def begin(self) -> None:
        """Begin with a tone."""
        self._playout_id = self._line.play(ring_back())

    def playout(self, event: PlayoutStarted | PlayoutFinished | PlayoutCut) -> None:
        """Take a report of the line: the next tone follows the pause after the last."""
        if isinstance(event, PlayoutFinished) and event.playout_id == self._playout_id:
            self.begin()

    def end(self) -> None:
        """Fall silent within one frame."""
        if self._playout_id is not None:
            self._playout_id = None
            self._line.flush()


def ring_back() -> Samples:
    """Return one tone and the pause after it, int16, 8 kHz."""
    times = np.arange(round(TONE_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    ramp = np.clip(np.minimum(times, times[::-1]) / _RAMP_S, 0.0, 1.0)
    tone = (_TONE_LEVEL * ramp * np.sin(2 * np.pi * TONE_HZ * times)).astype(np.int16)
    return np.concatenate([tone, silence(PAUSE_S)])
