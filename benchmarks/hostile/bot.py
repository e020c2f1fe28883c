"""A bot under attack: it holds the calls of witnesses, and does to everyone else's whatever comes to its mind."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from engine.accounts import Account, Money, Person
from engine.calls import Answered, CallRequest, Direction, LineEnded, PlayoutFinished
from engine.errors import TelephonyError
from engine.ports import CallLine
from engine.speech import Language
from telephony.settings import SipSettings
from telephony.sip_telephone import SipTelephone

WITNESSES = "7701000000"
"""Callers whose number begins so are answered and hear a tone until they hang up."""
_TONE = (6000 * np.sin(2 * np.pi * 500 * np.arange(8000) / 8000)).astype(np.int16)
_OUTBOUND_AT_ONCE = 4
_DIAL_EVERY_S = 0.25


class Bot:
    """Our telephony with a worker of its own.

    Args:
        settings: of SIP.
        run: directory for rings and control socket.
        seed: of what it does to the calls of strangers.
    """

    def __init__(self, settings: SipSettings, run: Path, seed: int) -> None:
        self.telephone = SipTelephone(settings, self, run)
        self.strangers = 0
        """Calls that reached it and were no witness's."""
        self.dialled = 0
        self._chance = random.Random(seed)
        self._target = ("127.0.0.1", 9)
        self._tasks: set[asyncio.Task[None]] = set()
        self._outbound = 0

    def allow(self, destination: str, time_zone: str) -> str:
        """Permit every call: they all go to the attacker."""
        return f"sip:{destination}@{self._target[0]}:{self._target[1]}"

    async def start(self) -> None:
        """Bring the worker up."""
        await self.telephone.start(self._receive, [])

    async def stop(self) -> None:
        """End all calls and the worker."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.telephone.stop()

    async def dial_again_and_again(self, target: tuple[str, int], done: Callable[[], bool]) -> None:
        """Place calls to the attacker until it is done."""
        self._target = target
        person = Person("Full Name", "Name", Language.ENGLISH, "77010000009")
        account = Account(
            "a-1", person, "the bank", {Language.ENGLISH: "loan"}, Money.of(1), 3, date(2026, 1, 1), Money.of(1)
        )
        while not done():
            await asyncio.sleep(_DIAL_EVERY_S)
            if self._outbound >= _OUTBOUND_AT_ONCE:
                continue
            self.dialled += 1
            request = CallRequest(f"out-{self.dialled}", "77010000009", account, "demo", Language.ENGLISH)
            with contextlib.suppress(TelephonyError):
                line = await self.telephone.dial(request)
                self._outbound += 1
                self._keep(self._hold_for_a_while(line))

    def _receive(self, line: CallLine) -> None:
        if line.remote.startswith(WITNESSES):
            self._keep(self._hold(line))
            return
        self.strangers += 1
        self._keep(self._hold_for_a_while(line))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hold(self, line: CallLine) -> None:
        await line.answer()
        while not isinstance(event := await line.next_event(), LineEnded):
            if isinstance(event, Answered | PlayoutFinished):
                line.play(np.tile(_TONE, 300))

    async def _hold_for_a_while(self, line: CallLine) -> None:
        outbound = line.direction is Direction.OUTBOUND
        try:
            if not outbound and self._chance.random() < 0.7:
                await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.3)))
                await line.answer()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._chance.choice((0.0, 0.5, 1.0, 3.0, 6.0))):
                    while not isinstance(event := await line.next_event(), LineEnded):
                        if isinstance(event, Answered):
                            line.play(_TONE)
                            if self._chance.random() < 0.1:
                                await line.transfer("sip:77010000008@127.0.0.1:9", within_s=2.0)
                    return
            await line.hang_up()
            while not isinstance(await line.next_event(), LineEnded):
                pass
        except TelephonyError:  # it ended in the meantime
            return
        finally:
            self._outbound -= outbound
