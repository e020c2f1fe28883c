"""The bot's side of the debtors' processes: starts them, hears whose turn it is, tells what to say."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from benchmarks.debtor_calls.callers import PORTS_A_CALL
from benchmarks.debtor_calls.line import Condition
from engine.errors import TelephonyError

_FIRST_PORT = 20000
_READY_S = 60.0
_ENDS_S = 15.0


class House:
    """A process of debtors with one kind of line.

    Args:
        process: running.
        address: of its SIP stack.
    """

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self._process = process
        self._address = address

    def uri(self, name: str) -> str:
        """Return where a debtor is called."""
        return f"sip:{name}@{self._address}"

    def say(self, name: str, wav: Path) -> None:
        """Let a debtor say what is in a file: mono, 8 kHz."""
        self._order({"to": name, "say": str(wav)})

    def hang_up(self, name: str) -> None:
        """Let a debtor end the call."""
        self._order({"to": name, "hang_up": True})

    async def hear(self, on_turn: Callable[[str], None]) -> None:
        """Tell whose turn it is, until the process ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            on_turn(json.loads(line)["turn"])

    def _order(self, order: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")


@asynccontextmanager
async def households(
    conditions: Sequence[Condition], channels: int, on_turn: Callable[[str], None]
) -> AsyncIterator[dict[Condition, House]]:
    """Run a process of debtors for each kind of line.

    Args:
        conditions: of the lines.
        channels: calls that each can hold.
        on_turn: told the name of the debtor whose turn it is.

    Raises:
        TelephonyError: one did not come up.
    """
    async with AsyncExitStack() as on_stop:
        houses: dict[Condition, House] = {}
        for number, condition in enumerate(conditions):
            first_port = _FIRST_PORT + number * channels * PORTS_A_CALL
            houses[condition] = house = await on_stop.enter_async_context(_house(condition, channels, first_port))
            hearing = asyncio.create_task(house.hear(on_turn), name=f"debtors {condition.name}")
            on_stop.callback(hearing.cancel)
        yield houses


@asynccontextmanager
async def _house(condition: Condition, channels: int, first_port: int) -> AsyncIterator[House]:
    arguments = ["--line", condition.name, "--channels", str(channels), "--rtp-port-min", str(first_port)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.debtor_calls.callers", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        try:
            address = json.loads(await asyncio.wait_for(process.stdout.readline(), _READY_S))["address"]
        except (TimeoutError, ValueError, KeyError) as error:
            raise TelephonyError("the debtors' process did not come up; see its messages above") from error
        yield House(process, address)
    finally:
        process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _ENDS_S)
        if process.returncode is None:
            process.kill()
            await process.wait()
