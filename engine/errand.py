"""Something that a call asks of another system while the waiting words are said: bounded in time, and never a fault."""

import asyncio
import logging

from engine.call_log import CallLog
from engine.dialog import ErrandOutcome, ErrandRequest, Move
from engine.ports import Clock, Errands

_log = logging.getLogger(__name__)

_GRACE_S = 0.5
"""For whoever runs the errand to tell by itself that its time is over, and why."""


class PendingErrand:
    """One errand under way. The dialog goes on once the waiting words are said and the outcome is in.

    Args:
        move: that set it.
        request: what is asked.
    """

    def __init__(self, move: Move, request: ErrandRequest) -> None:
        self.move = move
        self.said = False
        self.outcome: ErrandOutcome | None = None
        self._request = request

    @property
    def over(self) -> ErrandOutcome | None:
        """The outcome, once the waiting words are said too."""
        return self.outcome if self.said else None

    async def run(self, errands: Errands | None, log: CallLog, clock: Clock) -> ErrandOutcome:
        """Ask, and return what came of it within its time."""
        begun_s = clock.monotonic_s()
        outcome = await self._ask(errands)
        took_s = clock.monotonic_s() - begun_s
        log.note("errand", f"{self._request.action}: {outcome.failure or 'done'}, {took_s:.2f} s")
        return outcome

    async def _ask(self, errands: Errands | None) -> ErrandOutcome:
        if errands is None:
            return ErrandOutcome(failure="nobody runs errands")
        try:
            async with asyncio.timeout(self._request.timeout_s + _GRACE_S):
                return await errands.run(self._request)
        except TimeoutError:
            return ErrandOutcome(failure=f"did not answer within {self._request.timeout_s:g} s")
        except Exception as error:  # the border to whatever runs errands: a fault there costs the step, not the call
            _log.error("action %s broke (%s)", self._request.action, type(error).__name__)
            return ErrandOutcome(failure="broke")
